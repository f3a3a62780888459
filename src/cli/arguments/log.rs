//! Arguments of `credenza log`.

use clap::Args;

/// `credenza log`.
#[derive(Args, Debug)]
pub struct Log {
    /// Only this credential: its name, an unambiguous prefix of it, or its id.
    pub name: Option<String>,
    /// Show at most this many entries, newest last.
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub last: usize,
    /// Verify that no entry was changed, added or removed (exit code 7 if one was).
    #[arg(long, conflicts_with = "name")]
    pub verify: bool,
    /// Acknowledge a changed log after you investigated it; it is verified from its newest entry on.
    #[arg(long, conflicts_with_all = ["name", "verify"])]
    pub acknowledge: bool,
    /// With --acknowledge: do not ask for confirmation.
    #[arg(long, requires = "acknowledge")]
    pub yes: bool,
}
