//! A private socket beside an agent that forwards requests for the tokens of one credential, and nothing else.

use std::time::Duration;

use url::Url;

use super::AgentSocket;
use super::client::AgentClient;
use super::connections::{Connections, Responder};
use super::protocol::{AgentRequest, AgentResponse, RequestLine, VERSION, of_one};
use crate::engine::blocking::blocking;
use crate::model::credential::CredentialId;
use crate::problem::{Kind, NextStep, Problem};

/// Time for pending responses after the command has ended; nothing reads them any more.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(1);

/// Forwards requests for the tokens of one credential to an agent.
#[derive(Clone, Debug)]
pub struct Relay {
    client: AgentClient,
    sandbox: Option<Url>,
    only: CredentialId,
}

impl Relay {
    /// Forwards to the agent that `client` connects to.
    #[must_use]
    pub fn new(client: AgentClient, sandbox: Option<Url>, only: CredentialId) -> Self {
        Self { client, sandbox, only }
    }

    /// Serves until `ended` completes. The agent finishes whatever it has started by then.
    ///
    /// # Errors
    /// `Kind::Storage` if it cannot listen on the socket.
    pub async fn serve(self, socket: AgentSocket, ended: impl Future<Output = ()>) -> Result<(), Problem> {
        let listener = socket.watched()?;
        let mut door = Connections::new(self);
        tokio::select! {
            () = door.accept(&listener) => {}
            () = ended => {}
        }
        drop((listener, socket));
        let _ = tokio::time::timeout(SHUTDOWN_GRACE, door.finish()).await;
        Ok(())
    }

    async fn token(&self, question: AgentRequest, wait: u64) -> Result<AgentResponse, Problem> {
        let (client, only) = (self.client.clone(), self.only);
        let answered = blocking(move || client.ask(question, Duration::from_secs(wait))).await?;
        match answered {
            Some(AgentResponse::Token(handed)) if handed.id == Some(only) => Ok(AgentResponse::Token(handed)),
            // An agent that does not send the credential's id also ignores `only`.
            Some(AgentResponse::Token(handed)) if handed.id.is_none() => Err(older_agent()),
            Some(_) => Err(of_one()),
            None => Err(Problem::new(Kind::Temporary, "The agent that provides this command's tokens has ended.")
                .step(NextStep::StartAgent)),
        }
    }
}

impl Responder for Relay {
    async fn answer(&self, asked: RequestLine, _process: Option<u32>) -> AgentResponse {
        if asked.v != VERSION {
            return AgentResponse::Elsewhere(format!("It speaks version {VERSION}."));
        }
        if asked.sandbox != self.sandbox || asked.vault.is_some_and(|vault| !self.client.is_of(&vault)) {
            return AgentResponse::Elsewhere("It serves another vault or another sandbox.".to_owned());
        }
        let answered = match asked.question {
            AgentRequest::Token { name, min_ttl, force, wait, only, kind }
                if only.is_none_or(|only| only == self.only) =>
            {
                let question = AgentRequest::Token { name, min_ttl, force, wait, only: Some(self.only), kind };
                self.token(question, wait).await
            }
            _ => Err(of_one()),
        };
        answered.unwrap_or_else(|problem| AgentResponse::Problem(problem.into()))
    }
}

/// The problem of an agent whose version cannot be limited to one credential.
#[must_use]
pub(crate) fn older_agent() -> Problem {
    Problem::new(Kind::Refused, "The running agent cannot serve a single credential.")
        .why("It is an older version.")
        .try_this("Stop the agent and start it again.")
        .step(NextStep::StopAgent)
}
