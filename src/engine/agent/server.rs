//! The agent's side of the socket: who may ask, how much, how long, and what is answered.

use std::sync::Arc;
use std::time::Duration;

use jiff::SignedDuration;
use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::UnixStream;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio::time::timeout;
use zeroize::Zeroizing;

use super::protocol::{Answered, Asked, Handed, Question, Status, VERSION, seconds};
use super::shared::Agent;
use super::{Seat, line, upkeep};
use crate::catalog::Origin;
use crate::engine::audit::{Action, Note};
use crate::engine::blocking::blocking;
use crate::engine::ops::token::{self, Request, access_token};
use crate::engine::ops::{credentials, recipients, unlock};
use crate::problem::{Kind, Problem};
use crate::secret::{Passphrase, Secret};

/// Questions at a time; who comes after waits in the system's queue.
const AT_ONCE: usize = 64;

/// Time for one line to come, or to be taken.
const TALK: Duration = Duration::from_secs(5);

/// Time for what is under way when the agent ends: longer than a refresh with its save.
const LAST_WORDS: Duration = Duration::from_secs(60);

/// Serves until it is told to stop or `ended` comes; what is under way is finished first.
///
/// # Errors
/// Storage when the socket cannot be listened at.
pub async fn serve(agent: &Agent, seat: Seat, ended: impl Future<Output = ()>) -> Result<(), Problem> {
    let listener = tokio::net::UnixListener::from_std(seat.listener()?)
        .map_err(|_| Problem::internal("The agent's socket cannot be watched."))?;
    let permits = Arc::new(Semaphore::new(AT_ONCE));
    let mut talks = JoinSet::new();
    let upkeep = tokio::spawn(upkeep::keep(agent.clone()));
    let accepting = async {
        loop {
            // Taken before the connection is: who is not served waits in the queue, and costs us nothing.
            let Ok(permit) = Arc::clone(&permits).acquire_owned().await else { return };
            while talks.try_join_next().is_some() {}
            match listener.accept().await {
                Ok((stream, _)) => {
                    let agent = agent.clone();
                    talks.spawn(async move {
                        agent.talk(stream).await;
                        drop(permit);
                    });
                }
                // No descriptor is free: some are when a talk has ended.
                Err(_) => tokio::time::sleep(Duration::from_millis(50)).await,
            }
        }
    };
    tokio::select! {
        () = accepting => {}
        () = ended => {}
        () = agent.0.end.notified() => {}
    }
    drop((listener, seat));
    // Between two refreshes, never in the middle of one: what is spent is saved.
    let last = async {
        while talks.join_next().await.is_some() {}
        agent.end();
        agent.0.held.lock(agent.0.workspace.clock.now(), "the agent ended");
        agent.0.changed.notify_one();
        let _ = upkeep.await;
    };
    let _ = timeout(LAST_WORDS, last).await;
    agent.0.workspace.supervisor.drain(LAST_WORDS).await;
    Ok(())
}

impl Agent {
    async fn talk(&self, mut stream: UnixStream) {
        // The socket's mode says the same; modes can be changed.
        let ours = rustix::process::geteuid().as_raw();
        let Some(peer) = stream.peer_cred().ok().filter(|peer| peer.uid() == ours) else { return };
        let process = peer.pid().and_then(|pid| u32::try_from(pid).ok());
        let (reader, mut writer) = stream.split();
        // The bound is a byte more than the longest line, so that a longer one is seen to be.
        let mut reader = BufReader::new(reader.take(line::MAX as u64 + 1));
        let mut asked = Zeroizing::new(Vec::with_capacity(4 << 10));
        match timeout(TALK, reader.read_until(b'\n', &mut asked)).await {
            Ok(Ok(read)) if read > 0 && asked.ends_with(b"\n") => {}
            _ => return,
        }
        let Ok(asked) = serde_json::from_slice::<Asked>(&asked) else { return };
        let stop = matches!(asked.question, Question::Stop);
        let answered = self.answer(asked, process).await;
        let stop = stop && matches!(answered, Answered::Status(_));
        if let Ok(line) = line::write(&answered) {
            let _ = timeout(TALK, writer.write_all(&line)).await;
        }
        if stop {
            self.0.end.notify_one();
        }
    }

    async fn answer(&self, asked: Asked, process: Option<u32>) -> Answered {
        if let Some(why) = self.elsewhere(&asked) {
            return Answered::Elsewhere(why);
        }
        let answered = match asked.question {
            _ if self.0.only.is_some() && !matches!(asked.question, Question::Token { .. }) => Err(of_one()),
            Question::Token { name, min_ttl, force, wait } => {
                let lock_wait = Duration::from_secs(wait).min(token::LOCK_WAIT * 20);
                self.token(name, Request { min_ttl: seconds(min_ttl), force, again: force, lock_wait }, process).await
            }
            Question::Names => self.names().await,
            Question::Status | Question::Stop => Ok(Answered::Status(self.status())),
            Question::Lock => {
                self.0.held.lock(self.0.workspace.clock.now(), "it was told to");
                // A run of an integration that is under way ends now, not at the keeper's next round.
                self.0.changed.notify_one();
                Ok(Answered::Status(self.status()))
            }
            Question::Unlock { passphrase, identity_file } => {
                self.unlock(passphrase, identity_file).await.map(|()| Answered::Status(self.status()))
            }
        };
        answered.unwrap_or_else(|problem| Answered::Problem(problem.into()))
    }

    /// Why this agent is not the one that was meant.
    fn elsewhere(&self, asked: &Asked) -> Option<String> {
        let sandbox = match self.0.workspace.catalog.origin() {
            Origin::Internet => None,
            Origin::Sandbox(url) => Some(url),
        };
        if asked.v != VERSION {
            Some(format!("It speaks version {VERSION}."))
        } else if asked.vault.as_ref().is_some_and(|vault| *vault != self.0.workspace.vault_place()) {
            Some("It is for another vault.".to_owned())
        } else if asked.sandbox.as_ref() != sandbox {
            Some("One of the two talks to a sandbox, and the other to the providers.".to_owned())
        } else {
            None
        }
    }

    async fn token(&self, name: String, request: Request, process: Option<u32>) -> Result<Answered, Problem> {
        let now = self.0.workspace.clock.now();
        let session = self.0.held.session(now)?;
        let finder = session.clone();
        let credential = blocking(move || credentials::find(&finder, &name)).await?;
        if self.0.only.is_some_and(|only| only != credential.id) {
            return Err(of_one());
        }
        let about = Some((credential.id, credential.name.to_string()));
        let workspace = session.workspace.clone();
        let note = blocking(move || Note::begin_for(&workspace, Action::Token, about, process)).await?;
        let token = access_token(&session, credential.id, request).await;
        let token = blocking(move || note.end(token)).await?;
        self.0.held.handed_out(credential.id, now);
        self.0.changed.notify_one();
        Ok(Answered::Token(Box::new(Handed::new(credential.name.to_string(), &token))))
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
            (None, None) => Err(Problem::internal("Nothing was given to unlock with.")),
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

fn of_one() -> Problem {
    Problem::new(Kind::Refused, "This agent gives tokens of one credential.")
        .why("It was started for one command, and ends with it.")
}
