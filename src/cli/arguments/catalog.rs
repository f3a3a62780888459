//! Arguments of `credenza catalog`.

use std::path::PathBuf;

use clap::Subcommand;

/// `credenza catalog`.
#[derive(Debug, Subcommand)]
pub enum Catalog {
    /// List the integrations, or those that a search finds.
    #[command(visible_alias = "ls")]
    List {
        /// A name or a part of it.
        words: Vec<String>,
    },
    /// Show what is known of one.
    Show {
        /// Its id.
        id: String,
    },
    /// Write a credential's integration as a catalog file of your own, with the values typed in their places. No secret
    /// is in it.
    Export {
        /// The credential.
        name: String,
        /// The new file's id; made from the credential's name by default.
        #[arg(long)]
        id: Option<String>,
    },
    /// Check a catalog file of your own.
    Check {
        /// The file.
        file: PathBuf,
    },
}
