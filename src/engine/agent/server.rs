//! The agent's side of the socket: what is answered, and when it locks or ends.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use zeroize::Zeroizing;

use super::door::{Answers, Door};
use super::from_memory::{Found, FromMemory};
use super::held::locked;
use super::login::Login;
use super::protocol::{Answered, Asked, Handed, Question, Status, VERSION, of_one, seconds};
use super::shared::Agent;
use super::{Seat, upkeep};
use crate::catalog::Origin;
use crate::engine::Session;
use crate::engine::audit::{Action, Note};
use crate::engine::blocking::blocking;
use crate::engine::ops::token::{self, Request, Start, Token};
use crate::engine::ops::{credentials, recipients, unlock};
use crate::model::credential::CredentialId;
use crate::problem::Problem;
use crate::secret::{Passphrase, Secret};

/// Time for what is under way when the agent ends: longer than a refresh with its save.
const LAST_WORDS: Duration = Duration::from_secs(60);

/// How often an open agent looks whether its login session is over, or its socket gone.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Serves until it is told to stop or `ended` comes; what is under way is finished first.
///
/// # Errors
/// Storage when the socket cannot be listened at.
pub async fn serve(agent: &Agent, seat: Seat, ended: impl Future<Output = ()>) -> Result<(), Problem> {
    let listener = seat.watched()?;
    let mut door = Door::new(agent.clone());
    let upkeep = tokio::spawn(upkeep::keep(agent.clone()));
    tokio::select! {
        () = door.accept(&listener) => {}
        () = ended => {}
        () = agent.0.end.notified() => {}
        () = unreachable(agent, &seat) => {}
    }
    drop((listener, seat));
    // Between two refreshes, never in the middle of one: what is spent is saved.
    let last = async {
        door.finish().await;
        agent.end();
        agent.lock("the agent ended");
        let _ = upkeep.await;
        agent.write_log().await;
    };
    let _ = timeout(LAST_WORDS, last).await;
    agent.0.workspace.supervisor.drain(LAST_WORDS).await;
    Ok(())
}

/// Locks when the login session is over; comes when nobody can reach the agent any more, since its socket was removed.
async fn unreachable(agent: &Agent, seat: &Seat) {
    // The one for a command ends with that.
    let mut login = agent.0.only.is_none().then(Login::current).filter(Login::is_known);
    while seat.is_there() {
        if login.as_ref().is_some_and(Login::has_ended) {
            agent.lock("the login session ended");
            // Who unlocks it now is in another session.
            login = None;
        }
        sleep(LOOK_EVERY).await;
    }
    agent.lock("its socket was removed");
}

impl Answers for Agent {
    async fn answer(&self, asked: Asked, process: Option<u32>) -> Answered {
        if let Some(why) = self.elsewhere(&asked) {
            return Answered::Elsewhere(why);
        }
        let answered = match asked.question {
            _ if self.0.only.is_some() && !matches!(asked.question, Question::Token { .. }) => Err(of_one()),
            Question::Token { name, min_ttl, force, wait, only } => {
                let lock_wait = Duration::from_secs(wait).min(token::LOCK_WAIT * 20);
                let request = Request { min_ttl: seconds(min_ttl), force, again: force, lock_wait };
                self.token(name, request, only, process).await
            }
            Question::Names => self.names().await,
            Question::Status | Question::Stop => {
                self.write_log().await;
                Ok(Answered::Status(self.status()))
            }
            Question::Lock => {
                self.lock("on request");
                Ok(Answered::Status(self.status()))
            }
            Question::Unlock { passphrase, identity_file } => {
                self.unlock(passphrase, identity_file).await.map(|()| Answered::Status(self.status()))
            }
        };
        answered.unwrap_or_else(|problem| Answered::Problem(problem.into()))
    }

    fn stop(&self) {
        self.0.end.notify_one();
    }
}

impl Agent {
    /// Why this agent is not the one that was meant.
    fn elsewhere(&self, asked: &Asked) -> Option<String> {
        let sandbox = match self.0.workspace.catalog.origin() {
            Origin::Internet => None,
            Origin::Sandbox(url) => Some(url),
        };
        if asked.v != VERSION {
            Some(format!("It speaks version {VERSION}."))
        } else if asked.vault.as_ref().is_some_and(|vault| *vault != self.0.workspace.vault_place()) {
            Some("It serves another vault.".to_owned())
        } else if asked.sandbox.as_ref() != sandbox {
            Some("One of the two uses a sandbox, the other the real providers.".to_owned())
        } else {
            None
        }
    }

    async fn token(
        &self,
        name: String,
        request: Request,
        only: Option<CredentialId>,
        process: Option<u32>,
    ) -> Result<Answered, Problem> {
        let now = self.0.workspace.clock.now();
        let mut locks = self.0.held.locks();
        let session = self.0.held.session(now)?;
        let asked = FromMemory { name, request, only: [self.0.only, only], process };
        let (finder, unlocked) = (session.clone(), locks.clone());
        let found = blocking(move || asked.find(&finder, &unlocked)).await;
        if !session.workspace.log.is_empty() {
            self.write_log_soon();
        }
        let credential = match found? {
            Found::Token(id, handed) => {
                // Whose tokens are kept fresh is known already, unless it is new.
                let before = self.0.held.handed_out(id, now);
                if before.is_none_or(|at| now.duration_since(at) >= upkeep::ASKED_WITHIN) {
                    self.0.changed.notify_one();
                }
                return Ok(Answered::Token(handed));
            }
            Found::Stale(credential) => credential,
        };
        let id = credential.id;
        let about = Some((id, credential.name.to_string()));
        let workspace = session.workspace.clone();
        let note = blocking(move || Note::begin_for(&workspace, Action::Token, about, process)).await?;
        // A task of its own, which a lock does not end: what was sent is saved.
        let mut work = tokio::spawn(fresh(session, id, request, locks.clone()));
        let token = tokio::select! {
            biased;
            _ = locks.changed() => Err(locked()),
            ended = &mut work => ended.unwrap_or_else(|_| Err(Problem::internal("A task ended before its time."))),
        };
        let token = blocking(move || note.end(token)).await?;
        self.0.held.handed_out(id, now);
        self.0.changed.notify_one();
        Ok(Answered::Token(Box::new(Handed::new(id, credential.name.to_string(), &token))))
    }

    async fn names(&self) -> Result<Answered, Problem> {
        // Completion is no use of a secret: it does not postpone the lock.
        let session = self.0.held.session_unasked(self.0.workspace.clock.now());
        let Some(session) = session else { return Ok(Answered::Names(Vec::new())) };
        blocking(move || {
            let snapshot = credentials::snapshot(&session)?;
            Ok(Answered::Names(snapshot.credentials.list.iter().map(|one| one.name.to_string()).collect()))
        })
        .await
    }

    async fn unlock(
        &self,
        passphrase: Option<Zeroizing<String>>,
        identity_file: Option<std::path::PathBuf>,
    ) -> Result<(), Problem> {
        let _one = self.0.unlocking.lock().await;
        let workspace = self.0.workspace.clone();
        let session = blocking(move || match (passphrase, identity_file) {
            (Some(passphrase), _) => unlock::unlock(&workspace, &Passphrase::from(Secret::from(passphrase))),
            (None, Some(file)) => recipients::unlock(&workspace, &file),
            (None, None) => Err(Problem::internal("No passphrase or identity file was given to unlock with.")),
        })
        .await?;
        self.open(session);
        Ok(())
    }

    fn status(&self) -> Status {
        let now = self.0.workspace.clock.now();
        let counted = self.0.held.counted(now);
        let left = counted.idle_left.and_then(|left| SignedDuration::try_from(left).ok());
        Status {
            pid: std::process::id(),
            vault: self.0.workspace.vault_place(),
            locked: counted.locked,
            since: counted.since,
            locks_at: left.and_then(|left| now.checked_add(left).ok()),
            memory_locked: counted.memory_locked,
            tokens: counted.tokens,
            refreshed: counted.refreshed,
            events: counted.events,
        }
    }
}

/// A token; a refresh that was not sent before the agent locked is taken back.
async fn fresh(
    session: Session,
    id: CredentialId,
    request: Request,
    locks: watch::Receiver<u64>,
) -> Result<Token, Problem> {
    let beginner = session.clone();
    let start = blocking(move || token::begin(&beginner, id, request, &mut || ())).await?;
    match start {
        Start::Token(token) => Ok(token),
        Start::Refresh(refresh) if locks.has_changed().unwrap_or(true) => {
            blocking(move || refresh.take_back(locked())).await
        }
        Start::Refresh(refresh) => token::finish(&session, *refresh).await,
    }
}
