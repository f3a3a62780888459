//! What every screen may read: a snapshot of the program's state, the same for `update` and `view`.

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::catalog::Catalog;
use crate::engine::ops::unlock::VaultState;
use crate::engine::{Snapshot, VaultHere, Workspace};
use crate::tui::attention_counts::AttentionCounts;
use crate::tui::effect::OperationId;
use crate::tui::theme::Theme;

/// The program's state at one instant.
#[derive(Debug)]
pub(crate) struct Context<'a> {
    /// The vault as last read; empty while locked.
    pub snapshot: &'a Snapshot,
    /// Paths and settings.
    pub workspace: &'a Workspace,
    pub catalog: &'a Catalog,
    /// Whether the vault is open.
    pub is_open: bool,
    pub vault_name: &'a str,
    /// The vaults of this machine.
    pub vaults: &'a [VaultHere],
    /// The state of the vault on disk, for unlock and first run.
    pub vault: &'a VaultState,
    /// The current time. A screen has no other clock.
    pub now: Timestamp,
    /// The time zone in which times are shown.
    pub zone: &'a TimeZone,
    /// Colors and glyphs by meaning.
    pub theme: &'a Theme,
    /// How many credentials need attention.
    pub tally: &'a AttentionCounts,
    /// Incremented while something on the screen moves; a spinner's frame is this modulo its number of frames.
    pub beat: u64,
    /// A new id for an operation that this update may start.
    pub operation: OperationId,
    /// Width and height of the terminal.
    pub size: (u16, u16),
    /// Time until the vault locks automatically.
    pub locks_in: Option<SignedDuration>,
}

/// A context that borrows the fields of the app except the stack, so that a screen on the stack can be changed while it
/// reads the rest.
macro_rules! context_of {
    ($app:ident) => {
        $crate::tui::context::Context {
            snapshot: &$app.snapshot,
            workspace: &$app.workspace,
            catalog: &$app.workspace.catalog,
            is_open: $app.session.is_some(),
            vault_name: $app.workspace.vault_name(),
            vaults: &$app.vaults,
            vault: &$app.vault,
            now: $app.now,
            zone: &$app.zone,
            theme: &$app.theme,
            tally: &$app.tally,
            beat: $app.beat,
            operation: $crate::tui::effect::OperationId($app.next_operation),
            size: $app.size,
            locks_in: $app.locks_in(),
        }
    };
}

pub(super) use context_of;
