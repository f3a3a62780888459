//! Arguments of `credenza catalog` and `credenza trust`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

/// `credenza catalog`.
#[derive(Debug, Subcommand)]
pub enum Catalog {
    /// List the catalog, or the entries that match a search.
    #[command(visible_alias = "ls")]
    List {
        /// A name or a part of it.
        words: Vec<String>,
    },
    /// Show everything about an integration.
    Show {
        /// The integration's id in the catalog.
        id: String,
    },
    /// Write a credential's integration as your own catalog file, with the entered values and without secrets.
    Export {
        /// The credential's name, an unambiguous prefix of it, or its id.
        name: String,
        /// The new file's id; made from the credential's name by default.
        #[arg(long)]
        id: Option<String>,
    },
    /// Print an HTML page for your web server that forwards the browser to this machine, for providers that reject
    /// localhost.
    RedirectPage,
    /// Install a signed catalog update. It shows what it changes, and asks before secrets go to new hosts.
    Update {
        /// The update, a file or an https address with FILE.minisig beside it; `catalog_url` of the settings by
        /// default.
        #[arg(value_name = "FILE|URL")]
        place: Option<String>,
        /// Do not ask about hosts an integration does not use today.
        #[arg(long)]
        accept_new_hosts: bool,
    },
    /// Show what an update would change; without one, what your own catalog files change.
    Diff {
        /// The update, a file or an https address with FILE.minisig beside it.
        #[arg(value_name = "FILE|URL")]
        place: Option<String>,
    },
    /// Check online whether the vendors' endpoints still exist. No credential is used.
    Verify {
        /// Ids of integrations; all of them by default.
        #[arg(value_name = "ID")]
        ids: Vec<String>,
    },
    /// Check a catalog file of your own.
    Check {
        /// The catalog file.
        file: PathBuf,
    },
}

/// `credenza trust`.
#[derive(Args, Debug)]
pub struct Trust {
    /// Print the certificate itself, in PEM, and nothing else.
    #[arg(long)]
    pub pem: bool,
}
