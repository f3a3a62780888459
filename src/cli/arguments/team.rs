//! Arguments of `credenza team`.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum};

use super::Strength;

/// `credenza team`.
#[derive(Debug, Subcommand)]
pub enum Team {
    /// Create a team vault, after a test that the store keeps every write.
    Create {
        /// postgres://user@host/database, s3://bucket/prefix or az://container/prefix; without a password.
        url: String,
        /// Your name in the team (default: your login name).
        #[arg(long = "as", value_name = "NAME")]
        name: Option<String>,
        /// Move the credentials of the local vault into it. Its passphrase becomes yours in the team.
        #[arg(long)]
        from_local: bool,
        /// Lock your identity with the key in this file instead of a passphrase: a private SSH key (ed25519 or RSA), or
        /// an age identity file such as age-plugin-yubikey writes.
        #[arg(long, value_name = "FILE")]
        unlock_with: Option<PathBuf>,
        /// Read the store's password from this file, and keep it in your identity: for PostgreSQL a role's, for S3
        /// `ID:SECRET`, for Azure an account key or a SAS token. Without it, you are asked where one is missing.
        #[arg(long, value_name = "FILE")]
        store_password_file: Option<PathBuf>,
        /// How strong the new passphrase has to be.
        #[command(flatten)]
        strength: Strength,
    },
    /// Ask to be let in: prints a join code for an admin, and four words to compare aloud.
    Join {
        /// The address of the team vault.
        url: String,
        /// Your name in the team (default: your login name).
        #[arg(long = "as", value_name = "NAME")]
        name: Option<String>,
        /// Lock your identity with the key in this file instead of a passphrase: a private SSH key (ed25519 or RSA), or
        /// an age identity file such as age-plugin-yubikey writes.
        #[arg(long, value_name = "FILE")]
        unlock_with: Option<PathBuf>,
        /// Read the store's password from this file, and keep it in your identity: for PostgreSQL a role's, for S3
        /// `ID:SECRET`, for Azure an account key or a SAS token. Without it, you are asked where one is missing.
        #[arg(long, value_name = "FILE")]
        store_password_file: Option<PathBuf>,
        /// How strong the new passphrase has to be.
        #[command(flatten)]
        strength: Strength,
    },
    /// Add a member with the join code that `credenza team join` printed. Asks you to compare four words with the
    /// member.
    Add {
        /// The join code.
        code: String,
        /// What the member may do.
        #[arg(long, value_enum, default_value_t = Role::Member)]
        role: Role,
        /// The four words that the member read to you, instead of the question.
        #[arg(long, value_name = "WORDS")]
        words: Option<String>,
    },
    /// Add a host that reads only the named credentials: writes an identity file for it.
    AddHost {
        /// A name for the machine.
        name: String,
        /// A credential it reads; can be repeated.
        #[arg(long = "credential", value_name = "NAME", required = true)]
        credentials: Vec<String>,
        /// Where to write the file; it must not exist yet.
        #[arg(long, value_name = "FILE")]
        key_file: PathBuf,
    },
    /// Remove a member or a machine, re-encrypt everything it could read, and list what to change at the providers.
    Remove {
        /// The member or host to remove. Without a name, finish an interrupted `team add`, `team add-host` or `team
        /// remove`.
        name: Option<String>,
    },
    /// Give a member another role. Only an admin can, and the last admin keeps that role.
    Role {
        /// The member's name.
        name: String,
        /// What the member may do from now on.
        #[arg(value_enum)]
        role: Role,
    },
    /// Accept a store that was restored from a backup: put back the newer objects of this machine. Only an admin can.
    Accept {
        /// Also give up what only other machines have seen: sign everything in the store again, so that they accept it.
        #[arg(long)]
        lost: bool,
        /// Do not ask for confirmation.
        #[arg(long)]
        yes: bool,
    },
    /// List the members and hosts.
    List,
    /// List what to change at the providers after a removal.
    Rotation {
        /// Take this credential off the list: its secret, key or grant was changed.
        #[arg(long, value_name = "NAME")]
        done: Option<String>,
    },
    /// Lock your identity with a key instead of the passphrase, or with another key.
    UnlockWith {
        /// A private SSH key (ed25519 or RSA), or an age identity file such as age-plugin-yubikey writes. To use a
        /// passphrase again: credenza passphrase.
        file: PathBuf,
    },
    /// Save the store's password in your identity, or replace it.
    StorePassword {
        /// Read it from this file (`-`: standard input) instead of asking.
        #[arg(long, value_name = "FILE")]
        store_password_file: Option<PathBuf>,
        /// Remove the saved password; the platform's is used, such as that of ~/.pgpass.
        #[arg(long, conflicts_with = "store_password_file")]
        remove: bool,
    },
    /// Make a local vault with everything that the team vault holds.
    ExportLocal,
}

/// What a member may do.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Role {
    /// Everything, and decides who is a member.
    Admin,
    /// Reads and edits every credential.
    Member,
    /// Reads every credential, and refreshes its tokens.
    Reader,
}
