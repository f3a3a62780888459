//! Who may ask at the agent's socket, how many at a time, how much and how long.
//!
//! A connection that has not asked yet costs a descriptor and nobody's turn: when all places are taken, the one that has
//! been silent longest makes room. So a `status` is answered at once beside any number of idle connections.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufReader};
use tokio::net::{UnixListener, UnixStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep, sleep_until, timeout};
use zeroize::Zeroizing;

use super::line;
use super::protocol::{Answered, Asked, Question};

/// Connections at a time; who comes after waits in the system's queue.
const CONNECTIONS: usize = 192;

/// Tokens and unlocks that are worked on at a time; the other questions take no time.
const AT_ONCE: usize = 64;

/// How long a connection may be silent when others wait for its place.
const SILENCE: Duration = Duration::from_millis(100);

/// Time for one line to come, or to be taken.
const TALK: Duration = Duration::from_secs(5);

/// Longest question: a passphrase of 64 KiB in JSON, at its worst.
const MAX_QUESTION: u64 = 512 << 10;

/// What gives the answers.
pub(super) trait Answers: Clone + Send + Sync + 'static {
    /// To one question, which the process of this number asked.
    fn answer(&self, asked: Asked, process: Option<u32>) -> impl Future<Output = Answered> + Send;

    /// [`Question::Stop`] was answered.
    fn stop(&self) {}
}

/// The connections of one listener.
pub(super) struct Door<A> {
    answers: A,
    places: Arc<Semaphore>,
    work: Arc<Semaphore>,
    silent: Silent,
    talks: JoinSet<()>,
}

impl<A: Answers> Door<A> {
    pub(super) fn new(answers: A) -> Self {
        Self {
            answers,
            places: Arc::new(Semaphore::new(CONNECTIONS)),
            work: Arc::new(Semaphore::new(AT_ONCE)),
            silent: Silent::default(),
            talks: JoinSet::new(),
        }
    }

    /// Takes connections for as long as it is polled.
    pub(super) async fn accept(&mut self, listener: &UnixListener) {
        loop {
            let Some(place) = self.place().await else { return };
            while self.talks.try_join_next().is_some() {}
            let Ok((stream, _)) = listener.accept().await else {
                // No descriptor is free: one is when a silent connection is gone, or a talk has ended.
                self.silent.dismiss_oldest();
                sleep(Duration::from_millis(50)).await;
                continue;
            };
            let (number, dismissed) = self.silent.enter();
            let talk = Talk { number, silent: self.silent.clone(), work: Arc::clone(&self.work) };
            let answers = self.answers.clone();
            self.talks.spawn(async move {
                talk.run(answers, stream, dismissed).await;
                drop(place);
            });
        }
    }

    /// Waits for the talks that are under way; not for who stays silent.
    pub(super) async fn finish(&mut self) {
        loop {
            tokio::select! {
                ended = self.talks.join_next() => {
                    if ended.is_none() {
                        return;
                    }
                }
                () = self.silent.too_long() => self.silent.dismiss_oldest(),
            }
        }
    }

    /// A place for one more connection. Taken before the connection is: who gets none costs us nothing.
    async fn place(&self) -> Option<OwnedSemaphorePermit> {
        loop {
            tokio::select! {
                biased;
                place = Arc::clone(&self.places).acquire_owned() => return place.ok(),
                () = self.silent.too_long() => self.silent.dismiss_oldest(),
            }
        }
    }
}

/// The connections that have not asked yet, in the order in which they came.
#[derive(Clone, Default)]
struct Silent(Arc<Mutex<Entries>>);

#[derive(Default)]
struct Entries {
    next: u64,
    /// Dropping the sender dismisses the connection.
    all: BTreeMap<u64, (Instant, oneshot::Sender<()>)>,
}

impl Silent {
    fn enter(&self) -> (u64, oneshot::Receiver<()>) {
        let (sender, dismissed) = oneshot::channel();
        let mut entries = self.entries();
        let number = entries.next;
        entries.next += 1;
        entries.all.insert(number, (Instant::now(), sender));
        (number, dismissed)
    }

    fn leave(&self, number: u64) {
        self.entries().all.remove(&number);
    }

    /// Comes when one has been silent for too long; never where there is none.
    async fn too_long(&self) {
        let since = self.entries().all.values().next().map(|(since, _)| *since);
        match since {
            Some(since) => sleep_until(since + SILENCE).await,
            None => std::future::pending().await,
        }
    }

    fn dismiss_oldest(&self) {
        let mut entries = self.entries();
        if entries.all.values().next().is_some_and(|(since, _)| since.elapsed() >= SILENCE) {
            entries.all.pop_first();
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Talk {
    number: u64,
    silent: Silent,
    work: Arc<Semaphore>,
}

impl Talk {
    async fn run(self, answers: impl Answers, mut stream: UnixStream, dismissed: oneshot::Receiver<()>) {
        // The socket's mode says the same; modes can be changed.
        let ours = rustix::process::geteuid().as_raw();
        let peer = stream.peer_cred().ok().filter(|peer| peer.uid() == ours);
        let asked = match &peer {
            Some(_) => tokio::select! {
                asked = timeout(TALK, question(&mut stream)) => asked.ok().flatten(),
                _ = dismissed => None,
            },
            None => None,
        };
        self.silent.leave(self.number);
        let (Some(peer), Some(asked)) = (peer, asked) else { return };
        let process = peer.pid().and_then(|pid| u32::try_from(pid).ok());
        let stop = matches!(asked.question, Question::Stop);
        let works = matches!(asked.question, Question::Token { .. } | Question::Unlock { .. });
        let turn = if works { self.work.acquire().await.ok() } else { None };
        let answered = answers.answer(asked, process).await;
        drop(turn);
        let stop = stop && matches!(answered, Answered::Status(_));
        if let Ok(line) = line::write(&answered) {
            let _ = timeout(TALK, stream.write_all(&line)).await;
        }
        if stop {
            answers.stop();
        }
    }
}

/// The question, if it comes whole and is one.
async fn question(stream: &mut UnixStream) -> Option<Asked> {
    // Nothing is set aside for who says nothing.
    stream.readable().await.ok()?;
    // The bound is a byte more than the longest line, so that a longer one is seen to be.
    let mut reader = BufReader::with_capacity(4 << 10, stream.take(MAX_QUESTION + 1));
    let mut asked = Zeroizing::new(Vec::with_capacity(4 << 10));
    let read = reader.read_until(b'\n', &mut asked).await.ok()?;
    if read == 0 || !asked.ends_with(b"\n") {
        return None;
    }
    serde_json::from_slice(&asked).ok()
}
