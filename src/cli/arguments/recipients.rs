//! Arguments of `credenza recipients`.

use std::path::PathBuf;

use clap::Subcommand;

/// `credenza recipients`.
#[derive(Debug, Subcommand)]
pub enum Recipients {
    /// List the hosts.
    List,
    /// Add a host: writes a new identity file for it.
    Add {
        /// A name for the machine.
        name: String,
        /// Where to write the file; it must not exist yet.
        #[arg(long, value_name = "FILE")]
        key_file: PathBuf,
        /// Replace the identity of the host with this name.
        #[arg(long)]
        replace: bool,
    },
    /// Remove a host. Asks for the passphrase; the other hosts need new identity files.
    Remove {
        /// The host's name.
        name: String,
    },
}
