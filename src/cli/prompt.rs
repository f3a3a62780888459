//! Prompts on the terminal for a confirmation, or for a secret, whose echo is turned on again however the prompt ends.
//!
//! The terminal is /dev/tty, so that standard input stays free. During the prompt ctrl-c, ctrl-z and ctrl-\ are bytes,
//! not signals, and signals are polled together with the keys: nothing can leave the echo off.

use std::fs::{File, OpenOptions};
use std::io::{self, BufRead as _, BufReader, IsTerminal as _, Read as _, Write as _};
use std::os::fd::AsFd as _;

use rustix::event::{PollFd, PollFlags, poll};
use rustix::termios::{LocalModes, OptionalActions, Termios, tcgetattr, tcsetattr};
use zeroize::Zeroizing;

use super::arguments::Global;
use super::signals::DeferredSignals;
use crate::problem::{Kind, NextStep, Problem};
use crate::secret::Secret;

/// Longest secret that can be typed or pasted.
const MAX: usize = 16 << 10;

/// Bytes of an answer that are read.
const MAX_ANSWER: u64 = 1_024;

/// Restores the terminal when dropped.
struct NoEcho<'a> {
    tty: &'a File,
    before: Termios,
    during: Termios,
}

impl<'a> NoEcho<'a> {
    fn new(tty: &'a File) -> io::Result<Self> {
        let before = tcgetattr(tty)?;
        let mut quiet = before.clone();
        quiet.local_modes -= LocalModes::ECHO | LocalModes::ICANON | LocalModes::ISIG;
        tcsetattr(tty, OptionalActions::Flush, &quiet)?;
        Ok(Self { tty, before, during: quiet })
    }

    /// Restores the terminal while the process is stopped. Typed-ahead input is kept.
    fn lift(&self) {
        // There is nothing better to do when the terminal itself is gone.
        let _ = tcsetattr(self.tty, OptionalActions::Now, &self.before);
    }

    fn lower(&self) {
        let _ = tcsetattr(self.tty, OptionalActions::Now, &self.during);
    }
}

impl Drop for NoEcho<'_> {
    fn drop(&mut self) {
        // There is nothing better to do when the terminal itself is gone.
        let _ = tcsetattr(self.tty, OptionalActions::Flush, &self.before);
    }
}

/// Whether the user answers "yes", in full.
///
/// # Errors
/// `Kind::Locked` if there is no user to prompt.
pub(super) fn agrees(global: &Global, question: &str) -> Result<bool, Problem> {
    let nobody = || {
        let problem = Problem::new(Kind::Locked, "Confirmation is required, but the program cannot ask for it.");
        if global.no_input { problem.step(NextStep::AllowPrompts) } else { problem.try_this("Run it in a terminal.") }
    };
    if global.no_input {
        return Err(nobody());
    }
    let tty = open_terminal().map_err(|_| nobody())?;
    // If the prompt cannot be written, the user sees that it is missing.
    let _ = (&tty).write_all(question.as_bytes());
    let mut answer = String::new();
    let read = BufReader::new((&tty).take(MAX_ANSWER)).read_line(&mut answer);
    Ok(read.is_ok() && answer.trim().eq_ignore_ascii_case("yes"))
}

/// The terminal of this session, also if standard input and output are redirected. Fails in a background process, such
/// as in `<(credenza token NAME)` of an interactive shell: there, the shell reads what is typed.
fn open_terminal() -> io::Result<File> {
    let tty = OpenOptions::new().read(true).write(true).open("/dev/tty")?;
    // Fails if the foreground process is in another PID namespace, where this process may well be in the foreground.
    match rustix::termios::tcgetpgrp(&tty) {
        Ok(foreground) if foreground != rustix::process::getpgrp() => Err(io::ErrorKind::PermissionDenied.into()),
        _ => Ok(tty),
    }
}

/// Whether prompting is possible.
pub(super) fn has_person(global: &Global) -> bool {
    !global.no_input && open_terminal().is_ok()
}

/// Whether a person runs the command directly: not in a pipe, a cron job or a script without a terminal.
pub(super) fn is_attended(global: &Global) -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal() && has_person(global)
}

/// What a prompt asks for; named in the error when prompting is not possible.
#[derive(Clone, Copy, Debug)]
pub(super) enum PromptSubject<'a> {
    /// The vault's passphrase.
    Passphrase,
    /// A new passphrase, and the option that provides it.
    NewPassphrase {
        /// With its value: `--new-passphrase-file FILE`.
        option: &'a str,
    },
    /// A passphrase or PIN that a key asks for, with its text.
    ForKey(&'a str),
    /// A client secret, key, token or password from a provider's console.
    Option {
        label: &'a str,
        /// The option that provides it, with its value: `--client-secret-file FILE`.
        option: &'a str,
    },
}

impl PromptSubject<'_> {
    fn problem(self, why: &str) -> Problem {
        match self {
            Self::Passphrase => Problem::new(
                Kind::Locked,
                "The vault is locked, and the passphrase cannot be asked for.",
            )
            .why(why)
            .try_this(
                "Use --passphrase-file, --passphrase-command, --passphrase-fd or --identity-file, or start the agent.",
            )
            .step(NextStep::Recover { generation: None }),
            Self::NewPassphrase { option } => Problem::new(Kind::Locked, "The new passphrase is missing.")
                .why(why)
                .try_this(format!("Give it with {option}.")),
            Self::ForKey(question) => {
                Problem::new(Kind::Locked, "The key needs a secret, but the program cannot ask for it.")
                    .why(format!("It asks: {question}. {why}"))
                    .try_this("Use --passphrase-file, --passphrase-command or --passphrase-fd, or start the agent.")
            }
            Self::Option { label, option } => Problem::new(Kind::Locked, format!("{label} is missing."))
                .why(why)
                .try_this(format!("Give it with {option}; - reads standard input.")),
        }
    }
}

pub(super) fn secret(global: &Global, prompt: &str, missing: &PromptSubject<'_>) -> Result<Secret, Problem> {
    if global.no_input {
        return Err(missing.problem("--no-input forbids asking for it."));
    }
    hidden(prompt).unwrap_or_else(|| {
        Err(missing.problem("There is no terminal to ask on, or the command runs in its background."))
    })
}

/// Asks for a secret without showing what is typed; `None` if there is no terminal.
pub(super) fn hidden(prompt: &str) -> Option<Result<Secret, Problem>> {
    let tty = open_terminal().ok()?;
    // Before the echo is turned off: from here on no signal can leave it off.
    let held = DeferredSignals::new().ok()?;
    let quiet = NoEcho::new(&tty).ok()?;
    // If the prompt cannot be written, the user sees that it is missing.
    let _ = (&tty).write_all(prompt.as_bytes());
    let typed = keys(&quiet, &held, prompt);
    drop(quiet);
    let _ = (&tty).write_all(b"\n");
    held.release();
    Some(typed)
}

/// Asks for a line of text that is not a secret.
pub(super) fn line(global: &Global, question: &str) -> Result<String, Problem> {
    let nobody = || Problem::new(Kind::Usage, "An answer is required, but the program cannot ask for it.");
    if global.no_input {
        return Err(nobody());
    }
    let tty = open_terminal().map_err(|_| nobody())?;
    // If the prompt cannot be written, the user sees that it is missing.
    let _ = (&tty).write_all(question.as_bytes());
    let mut answer = String::new();
    BufReader::new((&tty).take(MAX_ANSWER)).read_line(&mut answer).map_err(|_| nobody())?;
    Ok(answer.trim().to_owned())
}

/// Asks a question that needs a typed "yes".
pub(super) fn confirm(global: &Global, question: &str) -> Result<bool, Problem> {
    let unasked = || Problem::new(Kind::Usage, "This needs confirmation.").try_this("Add --yes.");
    if global.no_input {
        return Err(unasked());
    }
    let tty = open_terminal().map_err(|_| unasked())?;
    // If the prompt cannot be written, the user sees that it is missing.
    let _ = (&tty).write_all(format!("{question} Type yes: ").as_bytes());
    let mut typed = String::new();
    io::BufReader::new(&tty).take(MAX as u64).read_line(&mut typed).map_err(|_| unasked())?;
    Ok(typed.trim() == "yes")
}

fn keys(quiet: &NoEcho<'_>, held: &DeferredSignals, prompt: &str) -> Result<Secret, Problem> {
    let mut tty = quiet.tty;
    let broken = || Problem::new(Kind::Locked, "The terminal could not be read.");
    // Allocated once: growing would leave copies in memory.
    let mut typed = Zeroizing::new(Vec::with_capacity(MAX));
    loop {
        let mut ready = [PollFd::from_borrowed_fd(tty.as_fd(), PollFlags::IN), PollFd::new(&held.wake, PollFlags::IN)];
        match poll(&mut ready, None) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return Err(broken()),
        }
        if !ready[1].revents().is_empty() {
            // One byte per signal; which ones they were is recorded elsewhere.
            let _ = (&held.wake).read(&mut [0; 16]);
            if held.ending().is_some() {
                return Err(Problem::new(Kind::Locked, "The prompt was ended by a signal."));
            }
            quiet.lift();
            if held.stops() {
                let _ = tty.write_all(prompt.as_bytes());
            }
            quiet.lower();
            continue;
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
            // ctrl-c, ctrl-d on an empty line, ctrl-\.
            3 | 28 => return Err(canceled()),
            4 if typed.is_empty() => return Err(canceled()),
            // backspace, delete: a whole character.
            8 | 127 => while typed.pop().is_some_and(|byte| byte & 0xc0 == 0x80) {},
            // ctrl-u.
            21 => typed.clear(),
            byte if byte < 32 && byte != b'\t' => {}
            byte if typed.len() < MAX => typed.push(byte),
            _ => return Err(Problem::new(Kind::Usage, "The secret is longer than 16 KiB.")),
        }
    }
    let text = std::str::from_utf8(&typed).map_err(|_| Problem::new(Kind::Usage, "The secret is not UTF-8."))?;
    Ok(Secret::new(text.to_owned()))
}

fn canceled() -> Problem {
    Problem::new(Kind::Locked, "The prompt was canceled.").why("Nothing was changed.")
}
