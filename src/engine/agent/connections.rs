//! Accepts connections to the agent's socket: from this user only, with limits on their number, size and
//! time.
//!
//! An idle connection costs a descriptor but blocks no one: when all are in use, the one that has been idle longest is
//! closed. So `status` is answered at once, however many idle connections there are.

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
use super::protocol::{AgentRequest, AgentResponse, RequestLine};

/// Maximum concurrent connections; further ones wait in the listener's queue.
const MAX_CONNECTIONS: usize = 192;

/// Maximum token and unlock requests that are processed at a time; other requests take no time.
const MAX_CONCURRENT_REQUESTS: usize = 64;

/// How long a connection may be idle while others wait for a slot.
const IDLE_TIMEOUT: Duration = Duration::from_millis(100);

/// Timeout for reading or writing one line.
const IO_TIMEOUT: Duration = Duration::from_secs(5);

/// Longest request: a passphrase of 64 KiB, escaped in JSON.
const MAX_REQUEST_BYTES: u64 = 512 << 10;

/// Answers the requests of a connection.
pub(super) trait Responder: Clone + Send + Sync + 'static {
    /// Answers one request; `process` is the PID of the client.
    fn answer(&self, asked: RequestLine, process: Option<u32>) -> impl Future<Output = AgentResponse> + Send;

    /// Called after [`AgentRequest::Stop`](super::protocol::AgentRequest::Stop) was answered.
    fn stop(&self) {}
}

/// The connections of one listener.
pub(super) struct Connections<A> {
    answers: A,
    places: Arc<Semaphore>,
    work: Arc<Semaphore>,
    silent: IdleConnections,
    talks: JoinSet<()>,
}

impl<A: Responder> Connections<A> {
    pub(super) fn new(answers: A) -> Self {
        Self {
            answers,
            places: Arc::new(Semaphore::new(MAX_CONNECTIONS)),
            work: Arc::new(Semaphore::new(MAX_CONCURRENT_REQUESTS)),
            silent: IdleConnections::default(),
            talks: JoinSet::new(),
        }
    }

    /// Accepts connections for as long as it is polled.
    pub(super) async fn accept(&mut self, listener: &UnixListener) {
        loop {
            let Some(place) = self.place().await else { return };
            while self.talks.try_join_next().is_some() {}
            let Ok((stream, _)) = listener.accept().await else {
                // Out of descriptors: one becomes free when an idle connection is closed or a request ends.
                self.silent.dismiss_oldest();
                sleep(Duration::from_millis(50)).await;
                continue;
            };
            let (number, dismissed) = self.silent.enter();
            let talk = Connection { number, silent: self.silent.clone(), work: Arc::clone(&self.work) };
            let answers = self.answers.clone();
            self.talks.spawn(async move {
                talk.run(answers, stream, dismissed).await;
                drop(place);
            });
        }
    }

    /// Waits for connections that have sent a request; idle ones are closed.
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

    /// A permit for one more connection. Acquired before accepting, so that a connection without a permit costs
    /// nothing.
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

/// Connections without a request yet, oldest first.
#[derive(Clone, Default)]
struct IdleConnections(Arc<Mutex<Entries>>);

#[derive(Default)]
struct Entries {
    next: u64,
    /// Dropping the sender closes the connection.
    all: BTreeMap<u64, (Instant, oneshot::Sender<()>)>,
}

impl IdleConnections {
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

    /// Completes when the oldest connection has been idle for too long; never if there is none.
    async fn too_long(&self) {
        let since = self.entries().all.values().next().map(|(since, _)| *since);
        match since {
            Some(since) => sleep_until(since + IDLE_TIMEOUT).await,
            None => std::future::pending().await,
        }
    }

    fn dismiss_oldest(&self) {
        let mut entries = self.entries();
        if entries.all.values().next().is_some_and(|(since, _)| since.elapsed() >= IDLE_TIMEOUT) {
            entries.all.pop_first();
        }
    }

    fn entries(&self) -> MutexGuard<'_, Entries> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

struct Connection {
    number: u64,
    silent: IdleConnections,
    work: Arc<Semaphore>,
}

impl Connection {
    async fn run(self, answers: impl Responder, mut stream: UnixStream, dismissed: oneshot::Receiver<()>) {
        // The socket's mode already excludes other users, but modes can be changed.
        let ours = rustix::process::geteuid().as_raw();
        let peer = stream.peer_cred().ok().filter(|peer| peer.uid() == ours);
        let asked = match &peer {
            Some(_) => tokio::select! {
                asked = timeout(IO_TIMEOUT, question(&mut stream)) => asked.ok().flatten(),
                _ = dismissed => None,
            },
            None => None,
        };
        self.silent.leave(self.number);
        let (Some(peer), Some(asked)) = (peer, asked) else { return };
        let process = peer.pid().and_then(|pid| u32::try_from(pid).ok());
        let stop = matches!(asked.question, AgentRequest::Stop);
        let works = matches!(asked.question, AgentRequest::Token { .. } | AgentRequest::Unlock { .. });
        let turn = if works { self.work.acquire().await.ok() } else { None };
        let answered = answers.answer(asked, process).await;
        drop(turn);
        let stop = stop && matches!(answered, AgentResponse::Status(_));
        if let Ok(line) = line::write(&answered) {
            let _ = timeout(IO_TIMEOUT, stream.write_all(&line)).await;
        }
        if stop {
            answers.stop();
        }
    }
}

/// Reads the request; `None` if it is incomplete or invalid.
async fn question(stream: &mut UnixStream) -> Option<RequestLine> {
    // Nothing is allocated for an idle connection.
    stream.readable().await.ok()?;
    // One byte more than the longest line, to detect a longer one.
    let mut reader = BufReader::with_capacity(4 << 10, stream.take(MAX_REQUEST_BYTES + 1));
    let mut asked = Zeroizing::new(Vec::with_capacity(4 << 10));
    let read = reader.read_until(b'\n', &mut asked).await.ok()?;
    if read == 0 || !asked.ends_with(b"\n") {
        return None;
    }
    serde_json::from_slice(&asked).ok()
}
