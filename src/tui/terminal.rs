//! The terminal's modes: set once, restored however the program ends.

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

/// Whether the terminal is in our hands: it is restored once, by the first caller.
static TAKEN: AtomicBool = AtomicBool::new(false);

/// Told when a panic ended some task: the loop has to end as well.
static DEFECT: Notify = Notify::const_new();

/// Comes back when a panic ended a task in the background; the terminal is already restored.
pub(super) async fn defect() {
    DEFECT.notified().await;
}

/// The terminal in our hands. Dropping it gives it back.
pub(super) struct Screen {
    /// Never dropped: its own drop prints to standard error when the terminal is gone, and panics when that is, too.
    pub(super) terminal: ManuallyDrop<Terminal<CrosstermBackend<TerminalOutput>>>,
    mouse: bool,
}

impl Screen {
    /// Takes the terminal.
    ///
    /// # Errors
    /// Usage where there is none, or one that cannot move its cursor.
    pub(super) fn take(mouse: bool) -> Result<Self, Problem> {
        let refuse = |why: &str| {
            Problem::new(Kind::Usage, "The interface needs a terminal.")
                .why(why)
                .try_this("Run it in one, or use the commands: credenza --help")
        };
        if !io::stdin().is_terminal() || !io::stdout().is_terminal() {
            return Err(refuse("Standard input or output is no terminal."));
        }
        if std::env::var_os("TERM").is_some_and(|term| term == "dumb") {
            return Err(refuse("TERM is \"dumb\": this terminal cannot move the cursor."));
        }
        restore_on_panic();
        restore_on_abort();
        enter(mouse).map_err(|error| {
            leave();
            refuse(&format!("The system says: {error}."))
        })?;
        let terminal = Terminal::new(CrosstermBackend::new(TerminalOutput::default())).map_err(|error| {
            leave();
            refuse(&format!("The system says: {error}."))
        })?;
        Ok(Self { terminal: ManuallyDrop::new(terminal), mouse })
    }

    /// Whether a frame may be drawn: not any more once a panic gave the terminal back.
    pub(super) fn is_ours() -> bool {
        TAKEN.load(Ordering::SeqCst)
    }

    /// Sets every mode again and forgets what was drawn: after we were continued nobody knows what a shell left.
    pub(super) fn take_again(&mut self) {
        let _ = disable_raw_mode();
        let _ = enter(self.mouse);
        self.blank();
    }

    /// Asks for the color of the background (OSC 11); the answer comes as an event, if the terminal knows the question.
    pub(super) fn ask_background(&mut self) -> bool {
        let out = self.terminal.backend_mut();
        out.write_all(b"\x1b]11;?\x07").and_then(|()| io::Write::flush(out)).is_ok()
    }

    /// Empties the screen, so that the next frame is drawn whole.
    pub(super) fn blank(&mut self) {
        // Not Terminal::clear: it asks the terminal where its cursor is, and the answer would be read as keys.
        let _ = self.terminal.backend_mut().clear();
        // Both buffers are space after this.
        self.terminal.swap_buffers();
    }

    /// Forgets every cell that was drawn: what was shown does not stay in memory.
    pub(super) fn forget(&mut self) {
        // Where the size is not told the old cells stay until they are drawn over.
        if let Ok(fresh) = Terminal::new(CrosstermBackend::new(TerminalOutput::default())) {
            drop(ManuallyDrop::into_inner(mem::replace(&mut self.terminal, ManuallyDrop::new(fresh))));
        }
        self.blank();
    }

    /// ctrl-z: gives the terminal back, stops, and takes it again when we are continued.
    pub(super) fn suspend(&mut self) {
        leave();
        // Where stopping is not possible we go on at once.
        let _ = rustix::process::kill_process(rustix::process::getpid(), rustix::process::Signal::TSTP);
        self.take_again();
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        leave();
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

/// Every mode we may have set, whether we did or not, but only once; errors leave nothing better to do.
fn leave() {
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

/// The terminal first, then a message that says where, and never what was in memory.
fn restore_on_panic() {
    panic::set_hook(Box::new(|info| {
        leave();
        let place = info.location().map_or_else(String::new, |at| format!(" ({}:{})", at.file(), at.line()));
        let _ =
            writeln!(io::stderr(), "credenza: a defect ended the program{place}; the vault is as it was last saved");
        DEFECT.notify_one();
    }));
}

/// What the screens cannot say any more.
const NO_MEMORY: &[u8] =
    b"credenza: the system gave no more memory, so the program ended; the vault is as it was last saved\n";

/// As on a panic, without memory and without the lock of standard output, which the thread that aborts may hold. Where
/// the system does not give what this needs, an abort leaves the terminal as it is.
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
