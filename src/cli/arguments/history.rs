//! Arguments of `credenza history`, `purge` and `recover`.

use std::path::PathBuf;

use clap::Args;

use super::strength::Strength;

/// `credenza history`.
#[derive(Args, Debug)]
pub struct History {
    /// The version to compare with the vault: its number, or a file such as a sync tool's conflict copy.
    #[arg(value_name = "VERSION|FILE")]
    pub with: Option<PathBuf>,
}

/// `credenza purge`.
#[derive(Args, Debug)]
pub struct Purge {
    /// Remove them; without this option, only list what would be removed.
    #[arg(long)]
    pub yes: bool,
    /// Remove all backups, including those that an earlier recovery kit or host still opens.
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
    /// Restore this version if vault.age itself does not open.
    #[arg(long, value_name = "NUMBER")]
    pub generation: Option<u64>,
}
