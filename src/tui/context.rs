//! What every screen may look at: a read-only picture of the program, the same for `update` and `view`.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::catalog::Catalog;
use crate::engine::ops::unlock::VaultState;
use crate::engine::{Snapshot, Workspace};
use crate::tui::effect::FlowId;
use crate::tui::tally::Tally;
use crate::tui::theme::Theme;

/// A picture of the program at one instant.
#[derive(Debug)]
pub struct Context<'a> {
    /// What the vault held when it was last read; empty while locked.
    pub snapshot: &'a Snapshot,
    /// Paths and settings.
    pub workspace: &'a Workspace,
    /// The catalog.
    pub catalog: &'a Catalog,
    /// What is on disk, for unlock and first run.
    pub vault: &'a VaultState,
    /// The present instant. The only clock a screen has.
    pub now: Timestamp,
    /// For showing instants.
    pub zone: &'a TimeZone,
    /// Colors and glyphs by meaning.
    pub theme: &'a Theme,
    /// How many credentials need a person.
    pub tally: &'a Tally,
    /// Counts while something moves; a spinner's frame is this modulo its frames.
    pub beat: u64,
    /// A fresh id for the work this update may ask for.
    pub flow: FlowId,
    /// Width and height of the terminal.
    pub size: (u16, u16),
    /// Time until the vault locks by itself.
    pub locks_in: Option<SignedDuration>,
}

/// A context that borrows the fields of the app apart from the stack, so that a screen can be changed while it looks at
/// the rest.
macro_rules! context_of {
    ($app:ident) => {
        $crate::tui::context::Context {
            snapshot: &$app.snapshot,
            workspace: &$app.workspace,
            catalog: &$app.workspace.catalog,
            vault: &$app.vault,
            now: $app.now,
            zone: &$app.zone,
            theme: &$app.theme,
            tally: &$app.tally,
            beat: $app.beat,
            flow: $crate::tui::effect::FlowId($app.next_flow),
            size: $app.size,
            locks_in: $app.locks_in(),
        }
    };
}

pub(super) use context_of;
