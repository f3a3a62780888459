//! Arguments of `credenza history`, `purge` and `recover`.

use std::path::PathBuf;

use clap::Args;

use super::strength::Strength;

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
    /// Remove all backups, such as those that a former recovery kit or host still opens.
    #[arg(long)]
    pub all: bool,
}

/// `credenza recover`.
#[derive(Args, Debug)]
pub struct Recover {
    /// Read the recovery kit from this file, or from standard input when it is `-`.
    #[arg(long, value_name = "FILE")]
    pub kit_file: PathBuf,
    /// Read the new passphrase from this file.
    #[arg(long, value_name = "FILE")]
    pub new_passphrase_file: Option<PathBuf>,
    /// How strong the new passphrase has to be.
    #[command(flatten)]
    pub strength: Strength,
    /// Go back to this generation, where vault.age itself does not open.
    #[arg(long, value_name = "NUMBER")]
    pub generation: Option<u64>,
}
