//! Everything that can happen to the program, in one type.

use std::sync::Arc;

use crate::engine::event::JobEvent;
use crate::engine::{Session, Snapshot};
use crate::problem::Problem;
use crate::secret::Secret;
use crate::tui::effect::{FlowId, Notice};
use crate::tui::keymap::Press;
use crate::tui::theme::Theme;

/// One event of the loop.
#[derive(Debug)]
pub enum Message {
    /// A key was pressed.
    Key(Press),
    /// A key that came at once with other characters: more likely pasted than pressed.
    Burst(Press),
    /// Text was pasted.
    Paste(Secret),
    /// A mouse click at a cell of the terminal.
    Click(u16, u16),
    /// The wheel.
    Scroll(i16),
    /// The terminal's size changed.
    Resize(u16, u16),
    /// The terminal gained focus: the vault may have changed meanwhile.
    Focus,
    /// News of a piece of work.
    Flow(FlowId, JobEvent),
    /// A vault was opened, and what it held then.
    Session(Box<Session>, Arc<Snapshot>),
    /// The vault as it is now.
    Snapshot(Result<Arc<Snapshot>, Problem>),
    /// One line to show.
    Notice(Notice),
    /// Another theme: its file or the terminal's background is known by now.
    Theme(Box<Theme>),
    /// Something on the screen moves: a spinner, a countdown, a notice that ends.
    Tick,
    /// ctrl-z and back.
    Resumed,
}
