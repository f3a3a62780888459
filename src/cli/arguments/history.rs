//! Arguments of `credenza history` and `purge`.

use std::path::PathBuf;

use clap::Args;

/// `credenza history`.
#[derive(Args, Debug)]
pub struct History {
    /// Compare this one with the vault: its number, or a file such as a copy that a sync tool left.
    #[arg(value_name = "GENERATION|FILE")]
    pub with: Option<PathBuf>,
}

/// `credenza purge`.
#[derive(Args, Debug)]
pub struct Purge {
    /// Do it; without this it only tells what it would remove.
    #[arg(long)]
    pub yes: bool,
}
