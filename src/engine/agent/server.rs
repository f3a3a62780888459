//! Handles the agent's requests, and decides when it locks or ends.

use std::time::Duration;

use jiff::SignedDuration;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use zeroize::Zeroizing;

use super::connections::{Connections, Responder};
use super::login::Login;
use super::protocol::{AgentRequest, AgentResponse, RequestLine, Status, TokenReply, VERSION, of_one, seconds};
use super::shared::Agent;
use super::token_cache::{CachedToken, CachedTokenRequest};
use super::unlocked_vault::locked;
use super::{AgentSocket, upkeep};
use crate::catalog::Origin;
use crate::engine::Session;
use crate::engine::audit::{Action, PendingEntry};
use crate::engine::blocking::blocking;
use crate::engine::ops::token::{self, Request, Start, Token};
use crate::engine::ops::{credentials, hosts, unlock};
use crate::model::credential::CredentialId;
use crate::problem::Problem;
use crate::secret::{Passphrase, Secret};

/// Time for pending work when the agent ends: longer than a refresh with its save.
const SHUTDOWN_GRACE: Duration = Duration::from_secs(60);

/// How often an unlocked agent checks whether its login session has ended or its socket was removed.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Serves until a stop request or until `ended` completes; finishes pending requests first.
///
/// # Errors
/// `Kind::Storage` if it cannot listen on the socket.
pub async fn serve(agent: &Agent, socket: AgentSocket, ended: impl Future<Output = ()>) -> Result<(), Problem> {
    let listener = socket.watched()?;
    let mut door = Connections::new(agent.clone());
    let upkeep = tokio::spawn(upkeep::keep(agent.clone()));
    tokio::select! {
        () = door.accept(&listener) => {}
        () = ended => {}
        () = agent.0.end.notified() => {}
        () = unreachable(agent, &socket) => {}
    }
    drop((listener, socket));
    // Never in the middle of a refresh, whose response must be saved.
    let last = async {
        door.finish().await;
        agent.end();
        agent.lock("the agent ended");
        let _ = upkeep.await;
        agent.write_log().await;
    };
    let _ = timeout(SHUTDOWN_GRACE, last).await;
    agent.0.workspace.supervisor.drain(SHUTDOWN_GRACE).await;
    Ok(())
}

/// Locks when the login session ends; completes when the agent's socket was removed and it can no longer be reached.
async fn unreachable(agent: &Agent, socket: &AgentSocket) {
    // A server for one command ends with that command.
    let mut login = agent.0.only.is_none().then(Login::current).filter(Login::is_known);
    while socket.is_there() {
        if login.as_ref().is_some_and(Login::has_ended) {
            agent.lock("the login session ended");
            // From now on it can only be unlocked from another session.
            login = None;
        }
        sleep(LOOK_EVERY).await;
    }
    agent.lock("its socket was removed");
}

impl Responder for Agent {
    async fn answer(&self, asked: RequestLine, process: Option<u32>) -> AgentResponse {
        if let Some(why) = self.elsewhere(&asked) {
            return AgentResponse::Elsewhere(why);
        }
        let answered = match asked.question {
            _ if self.0.only.is_some() && !matches!(asked.question, AgentRequest::Token { .. }) => Err(of_one()),
            AgentRequest::Token { name, min_ttl, force, wait, only, kind } => {
                let lock_wait = Duration::from_secs(wait).min(token::LOCK_WAIT * 20);
                let request = Request { min_ttl: seconds(min_ttl), force, again: force, lock_wait, kind };
                self.token(name, request, only, process).await
            }
            AgentRequest::Names => self.names().await,
            AgentRequest::Status | AgentRequest::Stop => {
                self.write_log().await;
                Ok(AgentResponse::Status(self.status()))
            }
            AgentRequest::Lock => {
                self.lock("on request");
                Ok(AgentResponse::Status(self.status()))
            }
            AgentRequest::Unlock { passphrase, identity_file } => {
                self.unlock(passphrase, identity_file).await.map(|()| AgentResponse::Status(self.status()))
            }
        };
        answered.unwrap_or_else(|problem| AgentResponse::Problem(problem.into()))
    }

    fn stop(&self) {
        self.0.end.notify_one();
    }
}

impl Agent {
    /// Why the request is meant for another agent; `None` if it is not.
    fn elsewhere(&self, asked: &RequestLine) -> Option<String> {
        let sandbox = match self.0.workspace.catalog.origin() {
            Origin::Internet => None,
            Origin::Sandbox(url) => Some(url),
        };
        if asked.v != VERSION {
            Some(format!("It speaks version {VERSION}."))
        } else if asked.vault.as_ref().is_some_and(|vault| *vault != self.0.workspace.vault_place()) {
            Some("It serves another vault.".to_owned())
        } else if asked.sandbox.as_ref() != sandbox {
            Some("The agent and this command do not use the same sandbox.".to_owned())
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
    ) -> Result<AgentResponse, Problem> {
        let now = self.0.workspace.clock.now();
        let mut locks = self.0.unlocked.locks();
        let session = self.0.unlocked.session(now)?;
        let asked = CachedTokenRequest { name, request, only: [self.0.only, only], process };
        let (finder, unlocked) = (session.clone(), locks.clone());
        let found = blocking(move || asked.find(&finder, &unlocked)).await;
        if !session.workspace.log.is_all_written() {
            self.write_log_soon();
        }
        let credential = match found? {
            CachedToken::Token(id, handed) => {
                // Upkeep already keeps the credential fresh, unless this is its first token within `ASKED_WITHIN`.
                let before = self.0.unlocked.handed_out(id, now);
                if before.is_none_or(|at| now.duration_since(at) >= upkeep::ASKED_WITHIN) {
                    self.0.changed.notify_one();
                }
                return Ok(AgentResponse::Token(handed));
            }
            CachedToken::Stale(credential) => credential,
        };
        let id = credential.id;
        let about = Some((id, credential.name.to_string()));
        let workspace = session.workspace.clone();
        let note = blocking(move || PendingEntry::begin_for(&workspace, Action::Token, about, process)).await?;
        // A separate task that locking does not end: the response to a sent refresh must be saved.
        let mut work = tokio::spawn(fresh(session, id, request, locks.clone()));
        let token = tokio::select! {
            biased;
            _ = locks.changed() => Err(locked()),
            ended = &mut work => ended.unwrap_or_else(|_| Err(Problem::panicked())),
        };
        let token = blocking(move || note.end(token)).await?;
        self.0.unlocked.handed_out(id, now);
        self.0.changed.notify_one();
        Ok(AgentResponse::Token(Box::new(TokenReply::new(id, credential.name.to_string(), request.kind, &token))))
    }

    async fn names(&self) -> Result<AgentResponse, Problem> {
        // Completion uses no secret, so it does not postpone the lock.
        let session = self.0.unlocked.session_for_upkeep(self.0.workspace.clock.now());
        let Some(session) = session else { return Ok(AgentResponse::Names(Vec::new())) };
        blocking(move || {
            let snapshot = credentials::snapshot(&session)?;
            Ok(AgentResponse::Names(snapshot.credentials.list.iter().map(|one| one.name.to_string()).collect()))
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
            (None, Some(file)) => hosts::unlock(&workspace, &file),
            (None, None) => Err(Problem::internal("No passphrase or identity file was given to unlock with.")),
        })
        .await?;
        self.open(session);
        Ok(())
    }

    fn status(&self) -> Status {
        let now = self.0.workspace.clock.now();
        let counted = self.0.unlocked.counted(now);
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

/// Gets a token; a refresh that is not yet sent when the agent locks is abandoned.
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
            blocking(move || refresh.abandon(locked())).await
        }
        Start::Refresh(refresh) => token::finish(&session, *refresh).await,
    }
}
