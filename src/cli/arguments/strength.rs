//! How strong a new passphrase has to be, for every command that takes one.

use clap::Args;

/// How strong a new passphrase has to be.
#[derive(Args, Clone, Copy, Debug)]
pub struct Strength {
    /// Accept the new passphrase even if it is easy to guess.
    #[arg(long)]
    pub allow_weak: bool,
}
