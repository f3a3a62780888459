//! A private socket beside an agent: hands on questions for the tokens of one credential, and nothing else.

use std::time::Duration;

use url::Url;

use super::Seat;
use super::client::Reach;
use super::door::{Answers, Door};
use super::protocol::{Answered, Asked, Question, VERSION, of_one};
use crate::engine::blocking::blocking;
use crate::model::credential::CredentialId;
use crate::problem::{Kind, NextStep, Problem};

/// Time for the answers that are under way when the command has ended; nobody is left to read them.
const LAST_WORDS: Duration = Duration::from_secs(1);

/// What is handed on, and to whom.
#[derive(Clone, Debug)]
pub struct Relay {
    reach: Reach,
    sandbox: Option<Url>,
    only: CredentialId,
}

impl Relay {
    /// To the agent that `reach` leads to.
    #[must_use]
    pub fn new(reach: Reach, sandbox: Option<Url>, only: CredentialId) -> Self {
        Self { reach, sandbox, only }
    }

    /// Serves until `ended` comes. What the agent has under way by then is finished by the agent.
    ///
    /// # Errors
    /// Storage when the socket cannot be listened at.
    pub async fn serve(self, seat: Seat, ended: impl Future<Output = ()>) -> Result<(), Problem> {
        let listener = seat.watched()?;
        let mut door = Door::new(self);
        tokio::select! {
            () = door.accept(&listener) => {}
            () = ended => {}
        }
        drop((listener, seat));
        let _ = tokio::time::timeout(LAST_WORDS, door.finish()).await;
        Ok(())
    }

    async fn token(&self, question: Question, wait: u64) -> Result<Answered, Problem> {
        let (reach, only) = (self.reach.clone(), self.only);
        let answered = blocking(move || reach.ask(question, Duration::from_secs(wait))).await?;
        match answered {
            Some(Answered::Token(handed)) if handed.id == Some(only) => Ok(Answered::Token(handed)),
            // An agent that does not say whose it is knows nothing of `only`, either.
            Some(Answered::Token(handed)) if handed.id.is_none() => Err(older_agent()),
            Some(_) => Err(of_one()),
            None => Err(Problem::new(Kind::Temporary, "The agent that provides this command's tokens has ended.")
                .step(NextStep::StartAgent)),
        }
    }
}

impl Answers for Relay {
    async fn answer(&self, asked: Asked, _process: Option<u32>) -> Answered {
        if asked.v != VERSION {
            return Answered::Elsewhere(format!("It speaks version {VERSION}."));
        }
        if asked.sandbox != self.sandbox || asked.vault.is_some_and(|vault| !self.reach.is_of(&vault)) {
            return Answered::Elsewhere("It serves another vault or another sandbox.".to_owned());
        }
        let answered = match asked.question {
            Question::Token { name, min_ttl, force, wait, only } if only.is_none_or(|only| only == self.only) => {
                let question = Question::Token { name, min_ttl, force, wait, only: Some(self.only) };
                self.token(question, wait).await
            }
            _ => Err(of_one()),
        };
        answered.unwrap_or_else(|problem| Answered::Problem(problem.into()))
    }
}

/// An agent of a version that cannot answer for one credential alone.
#[must_use]
pub fn older_agent() -> Problem {
    Problem::new(Kind::Refused, "The running agent cannot serve a single credential.")
        .why("It is an older version.")
        .try_this("Stop the agent and start it again.")
        .step(NextStep::StopAgent)
}
