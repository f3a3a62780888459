//! Every event that the interface handles, in one type.

use std::sync::Arc;

use crate::engine::event::JobEvent;
use crate::engine::ops::unlock::VaultState;
use crate::engine::{Session, Snapshot, VaultHere, Workspace};
use crate::problem::Problem;
use crate::secret::Secret;
use crate::tui::effect::{Notice, OperationId};
use crate::tui::keymap::Press;
use crate::tui::theme::Theme;

/// An event of the main loop.
#[derive(Debug)]
pub enum Message {
    /// A key was pressed.
    Key(Press),
    /// A key that arrived together with others: more likely pasted than pressed.
    Burst(Press),
    /// Text was pasted.
    Paste(Secret),
    /// A mouse click at a cell of the terminal.
    Click(u16, u16),
    /// The mouse wheel: rows down, negative for up.
    Scroll(i16),
    /// The terminal's size changed.
    Resize(u16, u16),
    /// The terminal gained focus: the vault may have changed meanwhile.
    Focus,
    /// An event of the operation with this id.
    Job(OperationId, JobEvent),
    /// A vault was opened, with its first snapshot.
    Session(Box<Session>, Arc<Snapshot>),
    /// The vault was read again.
    Snapshot(Result<Arc<Snapshot>, Problem>),
    /// Another vault, still locked, replaces the one that was locked for it; with the vaults on this machine.
    Vault(Box<Workspace>, VaultState, Vec<VaultHere>),
    /// A notice to show.
    Notice(Notice),
    /// The theme changed, because its file changed or the terminal reported its background.
    Theme(Box<Theme>),
    /// It is time to draw again: a spinner, a countdown, a notice that expires.
    Tick,
    /// The program continues after ctrl-z.
    Resumed,
}
