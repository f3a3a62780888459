//! Arguments of `credenza log`.

use clap::Args;

/// `credenza log`.
#[derive(Args, Debug)]
pub struct Log {
    /// Of this credential alone: its name, an unambiguous prefix of it, or its id.
    pub name: Option<String>,
    /// At most so many lines, the newest.
    #[arg(long, value_name = "N", default_value_t = 50)]
    pub last: usize,
    /// Check that no line was changed, added or removed: exit code 7 if one was.
    #[arg(long, conflicts_with = "name")]
    pub verify: bool,
    /// Acknowledge that the log was changed, after you have looked into it: it is checked from its newest line on.
    #[arg(long, conflicts_with_all = ["name", "verify"])]
    pub acknowledge: bool,
    /// With --acknowledge: do not ask.
    #[arg(long, requires = "acknowledge")]
    pub yes: bool,
}
