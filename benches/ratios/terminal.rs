//! Runs a program in a pseudo-terminal: records its output with the time of arrival, and renders it when the screen is
//! read.

use std::ffi::OsStr;
use std::io::{Read as _, Write};
use std::num::NonZeroU16;
use std::path::Path;
use std::sync::{Arc, Condvar, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};
use vt100::Parser;

/// A program that writes nothing for this long has finished drawing.
const QUIET: Duration = Duration::from_millis(40);

/// Generous, because the largest vault takes seconds.
const DEADLINE: Duration = Duration::from_secs(120);

/// The query for the background color of the terminal (OSC 11), and the response of a black one. Without a response, a
/// program that has sent the query waits before it exits, so that a late one is not typed into the shell.
const ASKS: &[u8] = b"\x1b]11;?";
const IS_BLACK: &[u8] = b"\x1b]11;rgb:0000/0000/0000\x1b\\";

const ROWS: u16 = 40;
const COLUMNS: u16 = 120;

/// Output of a program, with the time of each piece.
#[derive(Default)]
struct Output {
    bytes: Vec<u8>,
    /// The offset of the end of each piece, and its time of arrival.
    pieces: Vec<(usize, Instant)>,
    is_closed: bool,
}

/// How the program responded to a key.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Answer {
    /// The time from the key press to the last byte before the program is idle again.
    pub(crate) settled: Duration,
    pub(crate) bytes: usize,
}

/// A pseudo-terminal and the program that runs in it.
pub(crate) struct Terminal {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    writer: Arc<Mutex<Box<dyn Write + Send>>>,
    output: Arc<(Mutex<Output>, Condvar)>,
    parser: Parser,
    /// The number of pieces already rendered.
    drawn: usize,
    before: String,
    pub(crate) started: Instant,
}

/// A program for [`Terminal::start`], without the environment of this process.
pub(crate) fn program(path: &Path, words: &[&OsStr], folder: &Path) -> CommandBuilder {
    let mut command = CommandBuilder::new(path);
    command.args(words);
    command.env_clear();
    for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("TZ", "UTC")] {
        command.env(name, value);
    }
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", folder);
    command.env("CREDENZA_DIR", folder);
    command
}

impl Terminal {
    pub(crate) fn start(command: CommandBuilder) -> Self {
        let size = PtySize { rows: ROWS, cols: COLUMNS, pixel_width: 0, pixel_height: 0 };
        let pair = native_pty_system().openpty(size).unwrap();
        let before = format!("{:?}", pair.master.get_termios());
        let output = Arc::<(Mutex<Output>, Condvar)>::default();
        let (mut reader, shared) = (pair.master.try_clone_reader().unwrap(), Arc::clone(&output));
        let writer = Arc::new(Mutex::new(pair.master.take_writer().unwrap()));
        let answers = Arc::clone(&writer);
        thread::spawn(move || {
            let mut piece = vec![0; 64 << 10];
            loop {
                let read = reader.read(&mut piece).unwrap_or(0);
                let came = Instant::now();
                if piece[..read].windows(ASKS.len()).any(|bytes| bytes == ASKS) {
                    // Fails if the program has exited.
                    let _ = answers.lock().unwrap().write_all(IS_BLACK);
                }
                let mut output = shared.0.lock().unwrap();
                output.bytes.extend_from_slice(&piece[..read]);
                let end = output.bytes.len();
                if read == 0 {
                    output.is_closed = true;
                } else {
                    output.pieces.push((end, came));
                }
                shared.1.notify_all();
                if read == 0 {
                    return;
                }
            }
        });
        let parser = Parser::new(NonZeroU16::new(ROWS).unwrap(), NonZeroU16::new(COLUMNS).unwrap(), 0);
        let started = Instant::now();
        let child = pair.slave.spawn_command(command).unwrap();
        Self { child, master: pair.master, writer, output, parser, drawn: 0, before, started }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.process_id().unwrap()
    }

    /// Writes keys; returns the time.
    pub(crate) fn press(&mut self, keys: &str) -> Instant {
        let at = Instant::now();
        self.writer.lock().unwrap().write_all(keys.as_bytes()).unwrap();
        at
    }

    /// Waits until the text is on the screen; returns the time.
    pub(crate) fn shows(&mut self, text: &str) -> Instant {
        self.until(&format!("{text:?}"), |screen| screen.contains(text))
    }

    /// Waits until the screen meets a condition; returns the time of arrival of the piece that met it.
    pub(crate) fn until(&mut self, what: &str, met: impl Fn(&str) -> bool) -> Instant {
        let deadline = Instant::now() + DEADLINE;
        loop {
            while let Some((bytes, came)) = self.next_piece() {
                self.parser.process(&bytes);
                if met(&self.parser.screen().contents()) {
                    return came;
                }
            }
            let output = self.output.0.lock().unwrap();
            let left = deadline.saturating_duration_since(Instant::now());
            let is_over = left.is_zero() || output.is_closed && output.pieces.len() == self.drawn;
            assert!(!is_over, "waited in vain for {what}:\n{}", self.parser.screen().contents());
            if output.pieces.len() == self.drawn {
                drop(self.output.1.wait_timeout(output, left).unwrap());
            }
        }
    }

    fn next_piece(&mut self) -> Option<(Vec<u8>, Instant)> {
        let output = self.output.0.lock().unwrap();
        let (end, came) = *output.pieces.get(self.drawn)?;
        let start = self.drawn.checked_sub(1).map_or(0, |before| output.pieces[before].0);
        let bytes = output.bytes[start..end].to_vec();
        drop(output);
        self.drawn += 1;
        Some((bytes, came))
    }

    /// Waits until the program is idle.
    pub(crate) fn rests(&mut self) {
        let _ = self.silence(Instant::now());
        self.draw();
    }

    /// Presses a key that changes the screen, and measures the response.
    pub(crate) fn answer(&mut self, keys: &str) -> Answer {
        self.rests();
        let before = self.output.0.lock().unwrap().bytes.len();
        let pressed = self.press(keys);
        let deadline = Instant::now() + DEADLINE;
        let mut output = self.output.0.lock().unwrap();
        while output.bytes.len() == before {
            let left = deadline.saturating_duration_since(Instant::now());
            assert!(!left.is_zero() && !output.is_closed, "no answer to {keys:?}");
            output = self.output.1.wait_timeout(output, left).unwrap().0;
        }
        drop(output);
        let last = self.silence(pressed);
        self.draw();
        Answer { settled: last - pressed, bytes: self.output.0.lock().unwrap().bytes.len() - before }
    }

    /// Waits until the program is idle; returns when its last output arrived.
    fn silence(&self, since: Instant) -> Instant {
        let mut output = self.output.0.lock().unwrap();
        loop {
            let last = output.pieces.last().map_or(since, |(_, came)| (*came).max(since));
            let left = (last + QUIET).saturating_duration_since(Instant::now());
            if left.is_zero() {
                return last;
            }
            output = self.output.1.wait_timeout(output, left).unwrap().0;
        }
    }

    fn draw(&mut self) {
        while let Some((bytes, _)) = self.next_piece() {
            self.parser.process(&bytes);
        }
    }

    pub(crate) fn screen(&self) -> String {
        self.parser.screen().contents()
    }

    /// Presses keys that end the program; returns how long it takes to exit. The terminal modes must be restored.
    pub(crate) fn ends(mut self, keys: &str) -> Duration {
        let pressed = self.press(keys);
        loop {
            if self.child.try_wait().unwrap().is_some() {
                break;
            }
            assert!(pressed.elapsed() < DEADLINE, "{keys:?} does not end it:\n{}", self.screen());
            thread::sleep(Duration::from_micros(100));
        }
        let took = pressed.elapsed();
        assert_eq!(format!("{:?}", self.master.get_termios()), self.before, "the terminal is as it was");
        took
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        // Fails if the program has already exited.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
