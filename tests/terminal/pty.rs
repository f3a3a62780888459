//! A program in a pseudo-terminal: its output is recorded and rendered, and tests wait for conditions.

use std::fs::OpenOptions;
use std::io::{Read as _, Write};
use std::num::NonZeroU16;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, ExitStatus, MasterPty, PtySize, SlavePty, native_pty_system};
use rustix::process::{Pid, Signal, kill_process};
use vt100::{MouseProtocolMode, Parser};

/// Generous, because many tests may share two cores.
const DEADLINE: Duration = Duration::from_secs(30);

/// A pseudo-terminal and the program that runs in it.
pub(crate) struct Pty {
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
    /// Kept open, so that the terminal modes can be read after the program has exited.
    _slave: Box<dyn SlavePty + Send>,
    writer: Arc<Mutex<Box<dyn Write + Send>>>,
    seen: Arc<Mutex<Seen>>,
    before: String,
}

struct Seen {
    bytes: Vec<u8>,
    parser: Parser,
}

/// A program with arguments, without the environment of this process.
pub(crate) fn command(program: &str, arguments: &[&str], folder: &Path) -> CommandBuilder {
    let mut command = CommandBuilder::new(program);
    command.env_clear();
    command.args(arguments);
    for (name, value) in [("TERM", "xterm-256color"), ("LANG", "C.UTF-8"), ("TZ", "UTC")] {
        command.env(name, value);
    }
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("HOME", folder);
    command.env("CREDENZA_DIR", folder);
    command.env("CREDENZA_TEST_WORK_FACTOR", crate::cli::CHEAP);
    command
}

/// The Credenza program.
pub(crate) fn credenza(arguments: &[&str], folder: &Path) -> CommandBuilder {
    command(env!("CARGO_BIN_EXE_credenza"), arguments, folder)
}

/// A shell script, with the folder of the vault as for [`credenza`].
pub(crate) fn script(text: &str, folder: &Path) -> CommandBuilder {
    command("/bin/sh", &["-c", text], folder)
}

/// This test binary, running only the test with this name, and with the variable `mark` set.
pub(crate) fn myself(test: &str, mark: &str, folder: &Path) -> CommandBuilder {
    let me = std::env::current_exe().unwrap();
    let mut command = command(me.to_str().unwrap(), &["--exact", test, "--nocapture", "--test-threads=1"], folder);
    command.env(mark, folder);
    command
}

impl Pty {
    pub(crate) fn start(command: CommandBuilder) -> Self {
        let pair = native_pty_system().openpty(size(80, 24)).unwrap();
        let before = modes(&*pair.master);
        let (rows, columns) = (NonZeroU16::new(24).unwrap(), NonZeroU16::new(80).unwrap());
        let seen = Arc::new(Mutex::new(Seen { bytes: Vec::new(), parser: Parser::new(rows, columns, 0) }));
        let (mut reader, shared) = (pair.master.try_clone_reader().unwrap(), Arc::clone(&seen));
        thread::spawn(move || {
            let mut chunk = [0; 8_192];
            while let Ok(read @ 1..) = reader.read(&mut chunk) {
                let mut seen = shared.lock().unwrap();
                seen.bytes.extend_from_slice(&chunk[..read]);
                seen.parser.process(&chunk[..read]);
            }
        });
        let child = pair.slave.spawn_command(command).unwrap();
        let writer = Arc::new(Mutex::new(pair.master.take_writer().unwrap()));
        Self { child, master: pair.master, _slave: pair.slave, writer, seen, before }
    }

    /// Starts the interface with a locked vault whose passphrase is `test`.
    pub(crate) fn locked(folder: &Path) -> Self {
        let terminal = Self::start(credenza(&[], folder));
        terminal.shows("Passphrase");
        terminal
    }

    /// Starts the interface and unlocks the vault.
    pub(crate) fn open(folder: &Path) -> Self {
        let mut terminal = Self::locked(folder);
        terminal.write("test\r").shows("locks in");
        terminal
    }

    #[track_caller]
    pub(crate) fn write(&mut self, text: &str) -> &mut Self {
        self.write_bytes(text.as_bytes())
    }

    /// Writes all bytes, within the deadline: a program that does not read its input fails the test.
    #[track_caller]
    pub(crate) fn write_bytes(&mut self, bytes: &[u8]) -> &mut Self {
        let (writer, bytes) = (Arc::clone(&self.writer), bytes.to_vec());
        let done = thread::spawn(move || writer.lock().unwrap().write_all(&bytes));
        self.until("all keys to be taken", || done.is_finished());
        done.join().unwrap().unwrap();
        self
    }

    /// Presses escape and waits for its effect: immediately followed by another key, it would be read as alt with that
    /// key.
    #[track_caller]
    pub(crate) fn escape(&mut self) -> &mut Self {
        let before = self.screen();
        self.write("\u{1b}");
        self.until("escape to do something", || self.screen() != before);
        self
    }

    pub(crate) fn resize(&self, columns: u16, rows: u16) {
        // The rendering terminal is resized first: output for the new size must not be rendered at the old one.
        if let (Some(columns), Some(rows)) = (NonZeroU16::new(columns), NonZeroU16::new(rows)) {
            self.seen.lock().unwrap().parser.screen_mut().set_size(rows, columns);
        }
        self.master.resize(size(columns, rows)).unwrap();
    }

    pub(crate) fn signal(&self, signal: Signal) {
        kill_process(self.pid(), signal).unwrap();
    }

    pub(crate) fn pid(&self) -> Pid {
        Pid::from_raw(i32::try_from(self.child.process_id().unwrap()).unwrap()).unwrap()
    }

    pub(crate) fn screen(&self) -> String {
        self.seen.lock().unwrap().parser.screen().contents()
    }

    /// The rows of the screen, once the rendering terminal is this wide.
    pub(crate) fn rows_at(&self, columns: u16) -> Vec<String> {
        let seen = self.seen.lock().unwrap();
        let screen = seen.parser.screen();
        if screen.size().1.get() != columns {
            return Vec::new();
        }
        screen.rows(0, columns).collect()
    }

    /// All output so far, including escape sequences.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        self.seen.lock().unwrap().bytes.clone()
    }

    /// The terminal modes (termios).
    pub(crate) fn modes(&self) -> String {
        modes(&*self.master)
    }

    /// The terminal modes before the program started.
    pub(crate) fn before(&self) -> &str {
        &self.before
    }

    #[track_caller]
    pub(crate) fn shows(&self, text: &str) -> &Self {
        self.until(&format!("{text:?} on the screen"), || self.screen().contains(text))
    }

    #[track_caller]
    pub(crate) fn until(&self, what: &str, met: impl Fn() -> bool) -> &Self {
        let deadline = Instant::now() + DEADLINE;
        while !met() {
            assert!(Instant::now() < deadline, "waited in vain for {what}; the screen:\n{}", self.screen());
            thread::sleep(Duration::from_millis(5));
        }
        self
    }

    /// Waits until the program has exited and all its output was read.
    #[track_caller]
    pub(crate) fn ends(&mut self) -> ExitStatus {
        let deadline = Instant::now() + DEADLINE;
        let status = loop {
            if let Some(status) = self.child.try_wait().unwrap() {
                break status;
            }
            assert!(Instant::now() < deadline, "it does not end; the screen:\n{}", self.screen());
            thread::sleep(Duration::from_millis(5));
        };
        self.drain();
        status
    }

    /// Writes a marker to the terminal and waits for it: all earlier output precedes it.
    fn drain(&self) {
        const MARK: &str = "<<the end>>";
        let tty = self.master.tty_name().unwrap();
        let flags = i32::try_from(rustix::fs::OFlags::NOCTTY.bits()).unwrap();
        let mut tty = OpenOptions::new().write(true).custom_flags(flags).open(tty).unwrap();
        tty.write_all(MARK.as_bytes()).unwrap();
        self.until("the last output", || {
            let bytes = self.bytes();
            bytes.windows(MARK.len()).any(|part| part == MARK.as_bytes())
        });
    }

    /// Waits for the exit with this code, and checks that the terminal is restored.
    #[track_caller]
    pub(crate) fn ends_clean(&mut self, code: u32) {
        let status = self.ends();
        assert_eq!((status.exit_code(), status.signal()), (code, None), "{}", self.screen());
        self.is_given_back();
    }

    #[track_caller]
    pub(crate) fn is_given_back(&self) {
        assert_eq!(self.modes(), self.before, "the line discipline is as it was");
        let seen = self.seen.lock().unwrap();
        let screen = seen.parser.screen();
        assert!(!screen.alternate_screen(), "the alternate screen is left");
        assert!(!screen.hide_cursor(), "the cursor is shown");
        assert!(!screen.bracketed_paste(), "pastes are keys again");
        assert_eq!(screen.mouse_protocol_mode(), MouseProtocolMode::None, "the mouse is the terminal's");
        let last = |on: &str, off: &str| {
            let place = |what: &str| seen.bytes.windows(what.len()).rposition(|part| part == what.as_bytes());
            place(on) <= place(off)
        };
        assert!(last("\u{1b}[?1004h", "\u{1b}[?1004l"), "focus is not reported any more");
    }
}

impl Drop for Pty {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn size(cols: u16, rows: u16) -> PtySize {
    PtySize { rows, cols, pixel_width: 0, pixel_height: 0 }
}

fn modes(master: &dyn MasterPty) -> String {
    format!("{:?}", master.get_termios().unwrap())
}
