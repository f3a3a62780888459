//! Waits for what comes from the terminal, and notices when it is gone.
//!
//! crossterm reads a terminal that hung up again and again, at full speed and for ever. So it is asked only when
//! something is there; the waiting is done here.

use std::io::{self, Read as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::time::Duration;

use crossterm::event::{self, Event};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use signal_hook::consts::SIGWINCH;
use signal_hook::low_level::pipe;

/// How long crossterm is given to hand out what it has read: it looks for nothing at all in no time.
const BREATH: Duration = Duration::from_millis(2);

/// How long to look for more of what one read of the terminal brought.
const GATHER: Duration = Duration::from_micros(500);

/// Most events of one batch.
const BATCH: usize = 1_024;

/// How often crossterm is asked again after it handed out an event, before the wait has no end. A thread that the
/// scheduler holds up for longer than [`BREATH`] comes back with "nothing", though keys that were read already wait in
/// crossterm's own buffer: waiting on the terminal then would leave them unheard until the next key.
const ASKS_AGAIN: u32 = 4;

/// The wait between two of them.
const PAUSE: Timespec = Timespec { tv_sec: 0, tv_nsec: 25_000_000 };

/// What a terminal whose other side is closed says when asked.
const GONE: PollFlags = PollFlags::HUP.union(PollFlags::ERR).union(PollFlags::NVAL);

/// Whether the terminal hung up: whatever failed, failed for this. The errors themselves differ with the call, and with
/// what crossterm tries in its stead.
pub(super) fn hung_up() -> bool {
    let stdin = io::stdin();
    let mut ready = [PollFd::from_borrowed_fd(stdin.as_fd(), PollFlags::IN)];
    let now = Timespec { tv_sec: 0, tv_nsec: 0 };
    poll(&mut ready, Some(&now)).is_err() || ready[0].revents().intersects(GONE)
}

/// The terminal's events, one after the other.
pub(super) struct Events {
    /// Readable when the size changed; crossterm has a pipe of its own for the same signal, out of our reach.
    resized: UnixStream,
    /// How often crossterm had nothing since its last event.
    quiet: u32,
}

impl Events {
    /// Begins to listen for changes of the size.
    ///
    /// # Errors
    /// Where no signal can be listened for.
    pub(super) fn open() -> io::Result<Self> {
        let (resized, signal) = UnixStream::pair()?;
        resized.set_nonblocking(true)?;
        // For the rest of the process: the interface is opened once.
        pipe::register(SIGWINCH, signal)?;
        Ok(Self { resized, quiet: 0 })
    }

    /// Waits for the next events, all that came at once; `None` when the terminal is gone. Blocks.
    ///
    /// # Errors
    /// When the terminal cannot be read.
    pub(super) fn next(&mut self) -> io::Result<Option<Vec<Event>>> {
        loop {
            if event::poll(BREATH)? {
                self.quiet = 0;
                let mut batch = vec![event::read()?];
                while batch.len() < BATCH && event::poll(GATHER)? {
                    batch.push(event::read()?);
                }
                return Ok(Some(batch));
            }
            self.quiet = self.quiet.saturating_add(1);
            let stdin = io::stdin();
            let mut ready =
                [PollFd::from_borrowed_fd(stdin.as_fd(), PollFlags::IN), PollFd::new(&self.resized, PollFlags::IN)];
            match poll(&mut ready, (self.quiet <= ASKS_AGAIN).then_some(&PAUSE)) {
                Ok(_) | Err(rustix::io::Errno::INTR) => {}
                Err(error) => return Err(error.into()),
            }
            if ready[0].revents().intersects(GONE) {
                return Ok(None);
            }
            // What was in it does not matter, only that it wakes us once.
            while self.resized.read(&mut [0; 64]).is_ok_and(|read| read > 0) {}
        }
    }
}
