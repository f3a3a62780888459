//! Asking for a secret on the terminal, with the echo off and back on however it ends.
//!
//! The terminal is /dev/tty, so that standard input stays free. While the prompt stands, ctrl-c, ctrl-z and ctrl-\ are
//! bytes rather than signals, and SIGTERM and SIGHUP are waited for beside the keys: nothing leaves the echo off.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use signal_hook::consts::{SIGHUP, SIGTERM};
use zeroize::Zeroizing;

use super::arguments::Global;
use crate::problem::{Kind, Problem};
use crate::secret::Secret;

/// Longest secret that can be typed or pasted.
const MAX: usize = 16 << 10;

/// Restores the terminal when dropped.
struct Quiet<'a> {
    tty: &'a File,
    before: Termios,
}

impl<'a> Quiet<'a> {
    fn new(tty: &'a File) -> io::Result<Self> {
        let before = tcgetattr(tty)?;
        let mut quiet = before.clone();
        quiet.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        tcsetattr(tty, OptionalActions::Flush, &quiet)?;
        Ok(Self { tty, before })
    }
}

impl Drop for Quiet<'_> {
    fn drop(&mut self) {
        // There is nothing better to do when the terminal itself is gone.
        let _ = tcsetattr(self.tty, OptionalActions::Flush, &self.before);
    }
}

/// Asks for a secret.
pub(super) fn secret(global: &Global, prompt: &str) -> Result<Secret, Problem> {
    if global.no_input {
        return Err(Problem::new(Kind::Locked, "A secret is needed, and --no-input forbids asking for it.")
            .try_this("Give it with --passphrase-file, --passphrase-command or --client-secret-file."));
    }
    let unavailable = |_| {
        Problem::new(Kind::Locked, "A secret is needed, and there is no terminal to ask for it.")
            .try_this("Give it with --passphrase-file, --passphrase-command or --client-secret-file.")
    };
    let mut tty = OpenOptions::new().read(true).write(true).open("/dev/tty").map_err(unavailable)?;
    // Errors of writing a prompt show as a prompt that is not there.
    let _ = tty.write_all(prompt.as_bytes());
    let quiet = Quiet::new(&tty).map_err(unavailable)?;
    let typed = line(&tty);
    drop(quiet);
    let _ = tty.write_all(b"\n");
    typed
}

fn line(tty: &File) -> Result<Secret, Problem> {
    let broken = |_| Problem::new(Kind::Locked, "The terminal could not be read.");
    let (wake, signal) = UnixStream::pair().map_err(broken)?;
    let registered = [SIGTERM, SIGHUP]
        .map(|number| signal.try_clone().and_then(|end| signal_hook::low_level::pipe::register(number, end)));
    let typed = keys(tty, &wake);
    for id in registered.into_iter().flatten() {
        signal_hook::low_level::unregister(id);
    }
    typed
}

fn keys(mut tty: &File, wake: &UnixStream) -> Result<Secret, Problem> {
    let broken = || Problem::new(Kind::Locked, "The terminal could not be read.");
    // Sized once: growing would leave copies behind.
    let mut typed = Zeroizing::new(Vec::with_capacity(MAX));
    loop {
        let mut ready = [PollFd::from_borrowed_fd(tty.as_fd(), PollFlags::IN), PollFd::new(wake, PollFlags::IN)];
        match poll(&mut ready, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return Err(broken()),
        }
        if !ready[1].revents().is_empty() {
            return Err(Problem::new(Kind::Locked, "The prompt was ended by a signal."));
        }
        if ready[0].revents().is_empty() {
            continue;
        }
        let mut byte = Zeroizing::new([0u8]);
        match tty.read(&mut *byte) {
            Ok(1) => {}
            _ => return Err(broken()),
        }
        match byte[0] {
            b'\n' | b'\r' => break,
            // ctrl-c, ctrl-d on nothing, ctrl-\.
            3 | 28 => return Err(cancelled()),
            4 if typed.is_empty() => return Err(cancelled()),
            // backspace, delete: a whole character.
            8 | 127 => while typed.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {},
            // ctrl-u.
            21 => typed.clear(),
            byte if byte < 32 => {}
            byte if typed.len() < MAX => typed.push(byte),
            _ => return Err(Problem::new(Kind::Usage, "The secret is longer than 16 KiB.")),
        }
    }
    let text = std::str::from_utf8(&typed).map_err(|_| Problem::new(Kind::Usage, "The secret is not UTF-8."))?;
    Ok(Secret::new(text.to_owned()))
}

fn cancelled() -> Problem {
    Problem::new(Kind::Locked, "The prompt was cancelled.").why("Nothing was changed.")
}
