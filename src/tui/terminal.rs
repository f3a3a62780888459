//! The terminal's modes: set once, and restored however the program ends.

use std::io::{self, IsTerminal as _, Write as _};
use std::mem::{self, ManuallyDrop};
use std::panic;
use std::sync::Once;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::cursor::Show;
use crossterm::event::{
    DisableBracketedPaste, DisableFocusChange, DisableMouseCapture, EnableBracketedPaste, EnableFocusChange,
    EnableMouseCapture,
};
use crossterm::execute;
use crossterm::terminal::{EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode, enable_raw_mode};
use ratatui::Terminal;
use ratatui::backend::{Backend as _, CrosstermBackend};
use tokio::sync::Notify;

use super::terminal_output::TerminalOutput;
use crate::hardening::before_abort;
use crate::problem::{Kind, Problem};

/// Whether the interface's terminal modes are set. The first caller that restores them clears this, so that they are
/// restored only once.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Notified when a task panicked: the main loop has to end as well.
static DEFECT: Notify = Notify::const_new();

/// Returns when a background task has panicked; the terminal is already restored then.
pub(super) async fn defect() {
    DEFECT.notified().await;
}

/// The terminal with the interface's modes set; dropping it restores the original ones.
pub(super) struct Screen {
    /// Never dropped: its own drop prints to standard error if the terminal is gone, and panics if standard error is
    /// gone too.
    pub(super) terminal: ManuallyDrop<Terminal<CrosstermBackend<TerminalOutput>>>,
    mouse: bool,
}

impl Screen {
    /// Sets the modes.
    /// # Errors
    /// `Kind::Usage` without a terminal, or with one that cannot move its cursor.
    pub(super) fn take(mouse: bool) -> Result<Self, Problem> {
        let refuse = |why: &str| {
            Problem::new(Kind::Usage, "The interface needs a terminal.")
                .why(why)
                .try_this("Run it in one, or use the commands: credenza --help")
        };
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Err(refuse("Standard input or output is not a terminal."));
        }
        if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
            return Err(refuse("TERM is \"dumb\": this terminal cannot move the cursor."));
        }
        restore_on_panic();
        restore_on_abort();
        enter(mouse).map_err(|error| {
            restore_terminal();
            refuse(&format!("The system says: {error}."))
        })?;
        let terminal = Terminal::new(CrosstermBackend::new(TerminalOutput::default())).map_err(|error| {
            restore_terminal();
            refuse(&format!("The system says: {error}."))
        })?;
        Ok(Self { terminal: ManuallyDrop::new(terminal), mouse })
    }

    /// Whether a frame may be drawn: not after a panic has restored the terminal.
    pub(super) fn is_ours() -> bool {
        TAKEN.load(Ordering::SeqCst)
    }

    /// Sets all modes again and draws everything, after SIGCONT.
    pub(super) fn take_again(&mut self) {
        let _ = disable_raw_mode();
        let _ = enter(self.mouse);
        self.blank();
    }

    /// Queries the background color (OSC 11). The answer arrives as an event, if the terminal supports the query.
    pub(super) fn ask_background(&mut self) -> bool {
        let out = self.terminal.backend_mut();
        out.write_all(b"\x1b]11;?\x07").and_then(|()| io::Write::flush(out)).is_ok()
    }

    /// Clears the screen, so that the next frame is drawn completely.
    pub(super) fn blank(&mut self) {
        // Not Terminal::clear: it asks the terminal for the cursor's position, and the answer would be read as keys.
        let _ = self.terminal.backend_mut().clear();
        // After this both buffers are blank.
        self.terminal.swap_buffers();
    }

    /// Drops the buffers of drawn cells, so that their content does not stay in memory.
    pub(super) fn forget(&mut self) {
        // If the size cannot be read, the old cells stay until they are drawn over.
        if let Ok(fresh) = Terminal::new(CrosstermBackend::new(TerminalOutput::default())) {
            drop(ManuallyDrop::into_inner(mem::replace(&mut self.terminal, ManuallyDrop::new(fresh))));
        }
        self.blank();
    }

    /// Handles ctrl-z: restores the terminal, stops the process, and sets the modes again when it continues.
    pub(super) fn suspend(&mut self) {
        restore_terminal();
        // If stopping is not possible, the program continues at once.
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TSTP);
        self.take_again();
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        restore_terminal();
    }
}

fn enter(mouse: bool) -> io::Result<()> {
    enable_raw_mode()?;
    TAKEN.store(true, Ordering::SeqCst);
    execute!(io::stdout(), EnterAlternateScreen, EnableBracketedPaste, EnableFocusChange)?;
    if mouse {
        execute!(io::stdout(), EnableMouseCapture)?;
    }
    Ok(())
}

/// Restores every mode that may have been set, but only once. Errors are ignored, because nothing can be done about
/// them.
fn restore_terminal() {
    if !TAKEN.swap(false, Ordering::SeqCst) {
        return;
    }
    let _ = give_back(&mut io::stdout());
    let _ = disable_raw_mode();
}

fn give_back(out: &mut impl io::Write) -> io::Result<()> {
    execute!(out, DisableMouseCapture, DisableFocusChange, DisableBracketedPaste, LeaveAlternateScreen, Show)?;
    out.flush()
}

/// On a panic, restores the terminal first, then prints a message with the panic's source location, and never any
/// content of memory.
fn restore_on_panic() {
    panic::set_hook(Box::new(|info| {
        restore_terminal();
        let place = info.location().map_or_else(String::new, |at| format!(" ({}:{})", at.file(), at.line()));
        let _ = writeln!(io::stderr(), "credenza: a bug crashed the program{place}; the vault is as it was last saved");
        DEFECT.notify_one();
    }));
}

/// Printed before an abort for lack of memory.
const NO_MEMORY: &[u8] =
    b"credenza: the system gave no more memory, so the program ended; the vault is as it was last saved\n";

/// Restores the terminal on an abort like on a panic, but without allocating and without locking standard output,
/// because the aborting thread may hold that lock. If the system does not support this, an abort leaves the terminal as
/// it is.
fn restore_on_abort() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let mut modes = Vec::new();
        // Writing to a Vec cannot fail.
        let _ = give_back(&mut modes);
        let _ = before_abort(move || {
            if TAKEN.swap(false, Ordering::SeqCst) {
                let _ = rustix::io::write(rustix::stdio::stdout(), &modes);
                let _ = disable_raw_mode();
                let _ = rustix::io::write(rustix::stdio::stderr(), NO_MEMORY);
            }
        });
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tt_05_every_mode_is_given_back() {
        let mut bytes = Vec::new();
        give_back(&mut bytes).unwrap();
        let text = String::from_utf8(bytes).unwrap();
        for mode in ["?1049l", "?25h", "?2004l", "?1004l", "?1000l", "?1006l"] {
            assert!(text.contains(mode), "{mode} in {text:?}");
        }
    }
}
