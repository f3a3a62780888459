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
    /// The integration; entries that name another provider or host are left out. See `credenza catalog list`.
    #[arg(long, value_name = "ID")]
    pub integration: Option<String>,
    /// Import only this entry, by its name in the file; can be repeated.
    #[arg(long, value_name = "NAME")]
    pub only: Vec<String>,
    /// Which column of a CSV file holds a field: name, client_id, client_secret, refresh_token, scopes, secret.
    #[arg(long = "column", value_name = "FIELD=COLUMN", value_parser = key_value)]
    pub columns: Vec<(String, String)>,
    /// The credential's name, where the file holds one.
    #[arg(long)]
    pub name: Option<String>,
    /// The client ID, where the file has none.
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// Read the client secret from this file, where the one imported has none.
    #[arg(long, value_name = "FILE")]
    pub client_secret_file: Option<PathBuf>,
    /// Set one of the integration's variables, such as the Customer Domain.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_value)]
    pub variables: Vec<(String, String)>,
    /// The age identity that opens an encrypted export, or a vault or backup, such as its recovery kit.
    #[arg(long, value_name = "FILE")]
    pub key_file: Option<PathBuf>,
    /// The redirect URI, in place of the one in the file.
    #[arg(long, value_name = "URI")]
    pub redirect_uri: Option<String>,
    /// Take the hosts and addresses the file names without asking; `--dry-run` shows them.
    #[arg(long)]
    pub yes: bool,
    /// Show what would be imported, and which host would get each secret; import nothing.
    #[arg(long)]
    pub dry_run: bool,
    /// Do not try the refresh tokens that came along.
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
    /// Encrypt them, with their client secrets, to this age recipient.
    #[arg(long, value_name = "AGE1")]
    pub to: Option<String>,
    /// Write them without any secret, as JSON, for others to fill in.
    #[arg(long, conflicts_with = "with_tokens")]
    pub template: bool,
    /// With their tokens: for moving house. Two programs that renew one refresh token may end it for both.
    #[arg(long)]
    pub with_tokens: bool,
    /// Write to this file, which must not be there yet, in place of standard output.
    #[arg(short, long, value_name = "FILE")]
    pub output: Option<PathBuf>,
}
