//! Arguments of `credenza recipients`.

use std::path::PathBuf;

use clap::Subcommand;

/// `credenza recipients`.
#[derive(Debug, Subcommand)]
pub enum Recipients {
    /// List them.
    List,
    /// Let a machine in: writes a new identity file for it.
    Add {
        /// A name for the machine.
        name: String,
        /// Where to write the file; it must not be there yet.
        #[arg(long, value_name = "FILE")]
        key_file: PathBuf,
    },
    /// Shut a machine out. Asks for the passphrase; the files of the others have to be made anew.
    Remove {
        /// Its name.
        name: String,
    },
}
