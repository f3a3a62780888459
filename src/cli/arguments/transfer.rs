//! Arguments of `credenza import` and `export`.

use std::path::PathBuf;

use clap::{ArgGroup, Args};

use super::values::key_value;

/// `credenza import`.
#[derive(Args, Debug)]
pub struct Import {
    /// The file, or standard input when it is `-`.
    pub file: PathBuf,
    /// Its format, such as rclone, postman, env, json, csv or refresh-token; recognized from the content otherwise.
    #[arg(long, value_name = "FORMAT")]
    pub from: Option<String>,
    /// The integration; entries for another provider or host are skipped. See `credenza catalog list`.
    #[arg(long, value_name = "ID")]
    pub integration: Option<String>,
    /// Import only this entry, by its name in the file; can be repeated.
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// Which column of a CSV file holds a field: name, client_id, client_secret, refresh_token, scopes, secret.
    #[arg(long = "column", value_name = "FIELD=COLUMN", value_parser = key_value)]
    pub columns: Vec<(String, String)>,
    /// The credential's name, if the file contains one credential.
    #[arg(long)]
    pub name: Option<String>,
    /// The client ID, if the file has none.
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// Read the client secret from this file, if the imported file has none.
    #[arg(long, value_name = "FILE")]
    pub client_secret_file: Option<PathBuf>,
    /// Set one of the integration's settings, such as the Customer Domain.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_value)]
    pub variables: Vec<(String, String)>,
    /// The age identity that opens an encrypted export, or a vault or backup, such as its recovery kit.
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// The redirect URI, instead of the one in the file.
    #[arg(long, value_name = "URI")]
    pub redirect_uri: Option<String>,
    /// Accept the hosts and addresses in the file without asking; `--dry-run` shows them.
    #[arg(long)]
    pub yes: bool,
    /// Show what would be imported, and which host would get each secret; import nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Do not test the imported refresh tokens.
    #[arg(long)]
    pub no_refresh: bool,
}

/// `credenza export`.
#[derive(Args, Debug)]
#[command(group = ArgGroup::new("how").required(true).args(["to", "template"]))]
pub struct Export {
    /// The credentials: names, unambiguous prefixes of them, or ids.
    #[arg(required = true)]
    pub names: Vec<String>,
    /// Encrypt them, with their client secrets, for this age recipient.
    #[arg(long, value_name = "AGE1")]
    pub to: Option<String>,
    /// Write them as JSON without secrets, for others to fill in.
    #[arg(long, conflicts_with = "with_tokens")]
    pub template: bool,
    /// Include their tokens, to move to another machine. Two programs that refresh the same token can invalidate it
    /// for both.
    #[arg(long)]
    pub with_tokens: bool,
    /// Write to this file, which must not exist yet, instead of standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}
