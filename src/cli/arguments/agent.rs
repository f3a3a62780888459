//! Arguments of `credenza agent`.

use std::time::Duration;

use clap::{Args, Subcommand};

use super::values::time;

/// `credenza agent`.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Unlock the vault and start the agent in the background.
    Start(Start),
    /// Stop the agent after it has finished its current work.
    Stop,
    /// Show whether the agent is unlocked, since when, and what it did.
    Status,
    /// Lock the agent, as `credenza lock` does.
    Lock,
    /// Unlock the agent, as `credenza unlock` does.
    Unlock,
}

/// `credenza agent start`.
#[derive(Args, Debug)]
pub struct Start {
    /// Stay in the foreground, for systemd and similar.
    #[arg(long)]
    pub foreground: bool,
    /// Start locked; `credenza unlock` unlocks it.
    #[arg(long)]
    pub locked: bool,
    /// Lock after this idle time (default: 8h).
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub lock_after: Option<Duration>,
    /// Run this with `sh -c` for each credential that becomes due, as `check --hook` does.
    #[arg(long, value_name = "COMMAND")]
    pub hook: Option<String>,
    /// Internal: the detached process that `start` spawns.
    #[arg(long, hide = true)]
    pub detached: bool,
}
