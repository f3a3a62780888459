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
    /// The child's variable that holds the token.
    #[arg(long, value_name = "VAR", default_value = "CREDENZA_TOKEN", value_parser = variable)]
    pub env: String,
    /// Hand the token over by a file descriptor, whose number is in this variable; none holds the token then.
    #[arg(long, value_name = "VAR", conflicts_with = "env", value_parser = variable)]
    pub fd: Option<String>,
    /// Write dots in the place of the token where the child prints it.
    #[arg(long)]
    pub mask: bool,
    /// Let `credenza token NAME` in the child have fresh tokens of this one credential for as long as it runs.
    #[arg(long, conflicts_with = "mask")]
    pub serve: bool,
    /// When the command ends with this exit code, the API did not take the token: get a new one and run the command once
    /// more.
    #[arg(long, value_name = "CODE", conflicts_with_all = ["mask", "serve"],
        value_parser = clap::value_parser!(u8).range(1..))]
    pub refresh_on: Option<u8>,
    /// Least remaining life of the token.
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
        Err("name it as API_TOKEN: letters, digits and underscores, no digit first".to_owned())
    }
}
