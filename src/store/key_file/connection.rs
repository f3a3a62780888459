//! A running age plugin: the messages to and from it, and how it is stopped.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, ChildStdin, Stdio};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::stanza::{Message, Partial, written};
use crate::process;

/// Maximum number of bytes that a plugin may write in total.
const MAX_OUTPUT: u64 = 256 << 10;

/// Longest line of a plugin's output, in bytes.
const MAX_LINE: usize = 2 << 10;

/// Maximum number of bytes that are sent before output is read: what fits into a pipe.
const MAX_SENT: usize = 32 << 10;

/// How long a plugin may take to exit by itself.
const ENDS_WITHIN: Duration = Duration::from_secs(1);

/// Why a plugin cannot be used any more.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Fault {
    /// It could not be started.
    Start,
    /// It exited, or closed its output.
    Ended,
    /// It was silent until the deadline.
    Silent,
    /// Its output does not follow the protocol, or is too long.
    Malformed,
}

/// A running plugin, which is stopped when this is dropped.
#[derive(Debug)]
pub(super) struct Connection {
    child: Child,
    input: Option<ChildStdin>,
    lines: Receiver<Zeroizing<Vec<u8>>>,
    deadline: Duration,
    sent: usize,
}

impl Connection {
    /// Starts a plugin for one of the two jobs of the protocol.
    pub(super) fn open(program: &Path, job: &str, deadline: Duration) -> Result<Self, Fault> {
        let mut command = process::foreign(program);
        command.arg(format!("--age-plugin={job}")).current_dir("/");
        // Its own process group, so that it can be stopped together with what it has started.
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null()).process_group(0);
        let mut child = command.spawn().map_err(|_| Fault::Start)?;
        let (sender, lines) = sync_channel(8);
        let input = child.stdin.take();
        if let Some(output) = child.stdout.take() {
            thread::spawn(move || pass_on(output, &sender));
        }
        Ok(Self { child, input, lines, deadline, sent: 0 })
    }

    /// Sends a message. An exit of the plugin is noticed only when its output is read.
    pub(super) fn send<'a>(
        &mut self,
        tag: &str,
        arguments: impl IntoIterator<Item = &'a str>,
        body: &[u8],
    ) -> Result<(), Fault> {
        let text = written(tag, arguments, body);
        self.sent += text.len();
        if self.sent > MAX_SENT {
            return Err(Fault::Malformed);
        }
        let input = self.input.as_mut().ok_or(Fault::Ended)?;
        let _ = input.write_all(&text).and_then(|()| input.flush());
        Ok(())
    }

    /// Waits for the next message until the deadline.
    pub(super) fn receive(&mut self) -> Result<Message, Fault> {
        // A plugin that responds has read everything that was sent before.
        self.sent = 0;
        let end = Instant::now() + self.deadline;
        let mut partial = Partial::begin(&self.line(end)?).map_err(|_| Fault::Malformed)?;
        while !partial.add(&self.line(end)?).map_err(|_| Fault::Malformed)? {}
        partial.end().map_err(|_| Fault::Malformed)
    }

    fn line(&self, end: Instant) -> Result<Zeroizing<Vec<u8>>, Fault> {
        let line = self.lines.recv_timeout(end.saturating_duration_since(Instant::now()));
        let mut line = line.map_err(|error| match error {
            RecvTimeoutError::Timeout => Fault::Silent,
            RecvTimeoutError::Disconnected => Fault::Ended,
        })?;
        match line.pop() {
            Some(b'\n') => Ok(line),
            _ => Err(Fault::Malformed),
        }
    }
}

/// Forwards lines until the output ends, or the receiver is gone.
fn pass_on(output: impl std::io::Read, to: &SyncSender<Zeroizing<Vec<u8>>>) {
    let mut output = BufReader::new(output.take(MAX_OUTPUT));
    loop {
        // Allocated at its final size: growing would leave copies in memory.
        let mut line = Zeroizing::new(Vec::with_capacity(MAX_LINE));
        let read = (&mut output).take(MAX_LINE as u64).read_until(b'\n', &mut line);
        if !matches!(read, Ok(1..)) || to.send(line).is_err() {
            return;
        }
    }
}

impl Drop for Connection {
    fn drop(&mut self) {
        // A plugin exits when its input ends.
        drop(self.input.take());
        let end = Instant::now() + ENDS_WITHIN.min(self.deadline);
        while Instant::now() < end {
            match self.child.try_wait() {
                Ok(None) => thread::sleep(Duration::from_millis(5)),
                Ok(Some(_)) | Err(_) => return,
            }
        }
        // Errors are ignored, because the plugin may have exited by itself.
        let group = rustix::process::Pid::from_child(&self.child);
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
        let _ = self.child.wait();
    }
}
