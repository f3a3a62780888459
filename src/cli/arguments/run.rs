//! Arguments of `credenza run`.

use std::ffi::OsString;

use clap::Args;
use jiff::SignedDuration;

use super::values::signed_time;

/// `credenza run`.
#[derive(Args, Debug)]
pub struct Run {
    /// Its name, an unambiguous prefix of it, or its id.
    pub name: String,
    /// The environment variable that holds the token.
    #[arg(long, value_name = "VAR", default_value = "CREDENZA_TOKEN", value_parser = variable)]
    pub env: String,
    /// Pass the token through a file descriptor, whose number is in this variable, instead of the environment.
    #[arg(long, value_name = "VAR", conflicts_with = "env", value_parser = variable)]
    pub fd: Option<String>,
    /// Replace the token with dots in the command's output.
    #[arg(long)]
    pub mask: bool,
    /// Let `credenza token NAME` in the command get fresh tokens of this credential while the command runs.
    #[arg(long, conflicts_with = "mask")]
    pub serve: bool,
    /// If the command exits with this code, get a new token and run the command once more.
    #[arg(long, value_name = "CODE", conflicts_with_all = ["mask", "serve"],
        value_parser = clap::value_parser!(u8).range(1..))]
    pub refresh_on: Option<u8>,
    /// Minimum remaining lifetime of the token.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = signed_time)]
    pub min_ttl: SignedDuration,
    /// The command and its arguments.
    #[arg(last = true, required = true, value_name = "COMMAND")]
    pub command: Vec<OsString>,
}

/// A name every shell can read.
fn variable(text: &str) -> Result<String, String> {
    let plain = text.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    if plain && text.chars().next().is_some_and(|first| !first.is_ascii_digit()) {
        Ok(text.to_owned())
    } else {
        Err("use a name such as API_TOKEN: letters, digits and underscores, not starting with a digit".to_owned())
    }
}
