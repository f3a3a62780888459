//! Waits for the terminal's events, and detects that the terminal is gone.
//!
//! The terminal is read here and not by crossterm, whose buffers keep what was typed: see
//! [`terminal_input`](super::terminal_input).

use std::io::{self, Read as _};
use std::os::unix::net::UnixStream;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::io::{Errno, read};
use rustix::stdio::stdin;
use signal_hook::consts::SIGWINCH;
use signal_hook::low_level::pipe;
use zeroize::{Zeroize as _, Zeroizing};

use super::terminal_input::{InputParser, TerminalEvent};

/// Most bytes read at once: the size of the line discipline's buffer on Linux.
const MOST: usize = 4_096;

/// A timeout of zero: polls without waiting.
const NOW: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };

/// The poll flags of a terminal whose other side is closed.
const GONE: PollFlags = PollFlags::HUP.union(PollFlags::ERR).union(PollFlags::NVAL);

/// Whether the terminal hung up. Checked after an error, because the error code of a hangup differs from call to call.
pub(super) fn hung_up() -> bool {
    let mut ready = [PollFd::from_borrowed_fd(stdin(), PollFlags::IN)];
    poll(&mut ready, Some(&NOW)).is_err() || ready[0].revents().intersects(GONE)
}

/// Whether input can be read without blocking.
fn has_more() -> bool {
    let mut ready = [PollFd::from_borrowed_fd(stdin(), PollFlags::IN)];
    poll(&mut ready, Some(&NOW)).is_ok_and(|count| count > 0) && ready[0].revents().contains(PollFlags::IN)
}

/// Reads the terminal's events.
pub(super) struct Events {
    /// Becomes readable when the terminal's size has changed.
    resized: UnixStream,
    /// The last bytes read; each is wiped when the parser takes it.
    bytes: Zeroizing<Vec<u8>>,
    /// Index in `bytes` of the first one that the parser has not taken.
    next: usize,
    parser: InputParser,
}

impl Events {
    /// Starts watching for changes of the terminal's size.
    /// # Errors
    /// If no signal handler can be registered.
    pub(super) fn open() -> io::Result<Self> {
        let (resized, signal) = UnixStream::pair()?;
        resized.set_nonblocking(true)?;
        // Registered for the lifetime of the process, because the interface is opened only once.
        pipe::register(SIGWINCH, signal)?;
        let bytes = Zeroizing::new(Vec::with_capacity(MOST));
        Ok(Self { resized, bytes, next: 0, parser: InputParser::default() })
    }

    /// Blocks until there are events, and returns all of them; `None` when the terminal is gone.
    /// # Errors
    /// If the terminal cannot be read.
    pub(super) fn next(&mut self) -> io::Result<Option<Vec<TerminalEvent>>> {
        loop {
            let batch: Vec<TerminalEvent> = std::iter::from_fn(|| self.parsed()).collect();
            if !batch.is_empty() {
                return Ok(Some(batch));
            }
            let mut ready =
                [PollFd::from_borrowed_fd(stdin(), PollFlags::IN), PollFd::new(&self.resized, PollFlags::IN)];
            match poll(&mut ready, None) {
                Ok(_) => {}
                Err(Errno::INTR) => continue,
                Err(error) => return Err(error.into()),
            }
            let (input, size) = (ready[0].revents(), ready[1].revents());
            if input.intersects(GONE) {
                return Ok(None);
            }
            if size.contains(PollFlags::IN) {
                // Several changes become one event, with the current size.
                while self.resized.read(&mut [0; 64]).is_ok_and(|read| read > 0) {}
                let (columns, rows) = crossterm::terminal::size()?;
                return Ok(Some(vec![TerminalEvent::Resize(columns, rows)]));
            }
            if input.contains(PollFlags::IN) && !self.read()? {
                return Ok(None);
            }
        }
    }

    /// The next event in the bytes that were read.
    fn parsed(&mut self) -> Option<TerminalEvent> {
        while let Some(at) = self.bytes.get_mut(self.next) {
            let byte = *at;
            at.zeroize();
            self.next += 1;
            // A sequence may be split at the end of this buffer or the system's.
            let more = self.next < self.bytes.len() || matches!(byte, b'\x1b' | b']') && has_more();
            if let Some(event) = self.parser.advance(byte, more) {
                return Some(event);
            }
        }
        None
    }

    /// Reads the available bytes, after all earlier ones were parsed; false at the end of the input.
    fn read(&mut self) -> io::Result<bool> {
        self.next = 0;
        self.bytes.resize(MOST, 0);
        let count = match read(stdin(), &mut *self.bytes) {
            Ok(count) => count,
            // Another process read the bytes first, or a signal interrupted the call.
            Err(Errno::INTR | Errno::AGAIN) => {
                self.bytes.clear();
                return Ok(true);
            }
            Err(error) => return Err(error.into()),
        };
        self.bytes.truncate(count);
        Ok(count > 0)
    }
}
