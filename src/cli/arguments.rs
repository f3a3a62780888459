//! The command line as data. One definition gives parser, help texts and completions.

pub mod agent;
pub mod catalog;
mod check;
pub mod edit;
pub mod history;
pub mod integration;
pub mod list;
pub mod log;
mod recipients;
pub mod run;
mod strength;
pub mod transfer;
mod values;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use clap::{Args, Parser, Subcommand, ValueEnum};
use jiff::SignedDuration;
use url::Url;

pub use catalog::Catalog;
pub use check::Check;
pub use recipients::Recipients;
pub use strength::Strength;
use values::{key_value, signed_time, time};

/// A terminal vault for the credentials SaaS integrations sign in with.
///
/// Without a command it opens the terminal interface.
#[derive(Debug, Parser)]
#[command(name = "credenza", version, max_term_width = 100, after_help = AFTER_HELP, disable_help_subcommand = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Open the interface over a throw-away vault and the built-in sandbox provider.
    #[arg(long)]
    pub demo: bool,
    /// For every command.
    #[command(flatten)]
    pub global: Global,
}

const AFTER_HELP: &str = "\
Topics (credenza help TOPIC): environment, exit-codes, files, filters, json, redirect, scripts, settings, themes.

Examples:
  credenza --demo
  credenza catalog list
  credenza add --integration ID --name 'CMDB sync' \\
      --client-id CLIENT --client-secret-file - --set KEY=VALUE
  curl --header @<(credenza token --header 'CMDB sync') \\
      https://api.example.com/devices";

/// Options of every command.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Options of every command")]
pub struct Global {
    /// Keep config, data and state below this folder.
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        env = "CREDENZA_DIR",
        value_name = "DIR",
        hide_env_values = true
    )]
    pub dir: Option<PathBuf>,
    /// Read the passphrase from this file (one trailing line break is dropped).
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        env = "CREDENZA_PASSPHRASE_FILE",
        value_name = "FILE",
        hide_env_values = true
    )]
    pub passphrase_file: Option<PathBuf>,
    /// Run this with `sh -c` and read the passphrase from its output.
    #[arg(long, global = true, hide_short_help = true, value_name = "COMMAND", conflicts_with = "passphrase_file")]
    pub passphrase_command: Option<String>,
    /// Read the passphrase from this file descriptor.
    #[arg(long, global = true, hide_short_help = true, value_name = "FD", conflicts_with_all = ["passphrase_file", "passphrase_command"])]
    pub passphrase_fd: Option<u32>,
    /// Open the vault by this host's identity file, without a passphrase (see `credenza recipients`).
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        env = "CREDENZA_IDENTITY_FILE",
        value_name = "FILE",
        hide_env_values = true
    )]
    pub identity_file: Option<PathBuf>,
    /// Never ask anything: fail instead.
    #[arg(long, global = true)]
    pub no_input: bool,
    /// JSON output, and JSON errors on standard error.
    #[arg(long, global = true)]
    pub json: bool,
    /// Say more on standard error. Never secrets.
    #[arg(short, long, global = true)]
    pub verbose: bool,
    /// Talk to a sandbox on loopback in place of the providers (see `credenza sandbox`).
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        env = "CREDENZA_SANDBOX",
        value_name = "URL",
        hide_env_values = true
    )]
    pub sandbox: Option<Url>,
    /// The subcommand, for the notes of locks.
    #[arg(skip)]
    pub subcommand: Option<String>,
}

impl Global {
    /// What this process is called where others wait for it: `credenza token`.
    #[must_use]
    pub fn program(&self) -> Arc<str> {
        self.subcommand.as_ref().map_or_else(|| "credenza".into(), |name| format!("credenza {name}").into())
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "one of them, once a process")]
pub enum Command {
    /// Make the vault.
    Init {
        /// How strong the new passphrase has to be.
        #[command(flatten)]
        strength: Strength,
    },
    /// Add a credential; on a terminal it asks for what is missing.
    #[command(visible_alias = "new")]
    Add(Add),
    /// List the credentials, filtered and sorted.
    #[command(visible_alias = "ls")]
    List(list::List),
    /// Show one credential, its secrets concealed.
    #[command(visible_alias = "get")]
    Show(Show),
    /// Authenticate a credential, first or again, in place; a key, token or password by its test call.
    #[command(visible_alias = "login")]
    Authenticate(Authenticate),
    /// Print a fresh access token, or the key, token or password: one line, nothing else.
    Token(Token),
    /// Run a command with a fresh token in its environment, or at a file descriptor.
    Run(run::Run),
    /// Ask the provider, by a call that changes nothing, whether a credential works.
    Test(Test),
    /// Show the certificate of https://localhost, and how to make the system trust it.
    Trust(catalog::Trust),
    /// Put a new client secret, key, token or password in the place of the old one; name and history stay.
    Rotate(Rotate),
    /// Change a credential: only what is named changes.
    Edit(edit::Edit),
    /// Rename a credential.
    #[command(visible_alias = "mv")]
    Rename {
        /// Its name, an unambiguous prefix of it, or its id.
        old: String,
        /// The new name.
        new: String,
    },
    /// Delete a credential; at a terminal it asks first, and `undo` brings it back.
    #[command(visible_alias = "rm")]
    Delete(Delete),
    /// Revoke a credential's tokens at the provider.
    Revoke {
        /// Its name, an unambiguous prefix of it, or its id.
        name: String,
    },
    /// Tell who did what with which credential.
    Log(log::Log),
    /// List the vault's generations that are kept and what each changed, or compare one with the vault.
    History(history::History),
    /// Remove the backups that still hold credentials which were deleted.
    Purge(history::Purge),
    /// Take credentials from another program's file, an export, a backup of a vault or its decrypted content.
    Import(transfer::Import),
    /// Write credentials out: encrypted to somebody, or as a template without secrets.
    Export(transfer::Export),
    /// Undo the last change. An older one, or one that deletes something in use, needs a "yes".
    Undo(Agreed),
    /// Redo what was undone last, until something else is changed.
    Redo(Agreed),
    /// Tell what is due: exit code 0 all good, 1 something is due, 2 a person is needed now.
    Check(Check),
    /// Change the passphrase; the vault itself is not touched.
    Passphrase {
        /// Read the new passphrase from this file, or from standard input when it is `-`.
        #[arg(long, value_name = "FILE")]
        new_passphrase_file: Option<PathBuf>,
        /// How strong the new passphrase has to be.
        #[command(flatten)]
        strength: Strength,
    },
    /// Print a new recovery kit, a key that opens the vault without the passphrase, and put it in force.
    RecoveryKit,
    /// Restore a backup, or keep using an older vault file. Its refresh tokens may be spent.
    Restore {
        /// A backup; without one, the vault.age that was refused for being older or changed in two places.
        file: Option<PathBuf>,
        /// The number of a generation that `credenza history` lists.
        #[arg(long, value_name = "NUMBER", conflicts_with = "file")]
        generation: Option<u64>,
    },
    /// A process that keeps the vault open and answers `token` at once; everything works without it.
    #[command(subcommand)]
    Agent(agent::Command),
    /// Let the agent forget the key.
    Lock,
    /// Let the agent open the vault again.
    Unlock,
    /// The names of the credentials, for completion.
    #[command(name = "complete-names", hide = true)]
    Names,
    /// Machines that open the vault by an identity file of their own, without the passphrase.
    #[command(subcommand)]
    Recipients(Recipients),
    /// Open the vault by its recovery kit and set a new passphrase.
    Recover(history::Recover),
    /// Look for what keeps things from working; its --json output is made for a ticket and holds no secret.
    Doctor {
        /// Look after this credential and its provider, too.
        name: Option<String>,
    },
    /// What loads records with the credentials: tests, runs, schedules, history.
    #[command(subcommand)]
    Integration(integration::Integration),
    /// The catalog of integrations.
    #[command(subcommand)]
    Catalog(catalog::Catalog),
    /// Run the built-in provider on loopback, for demos and for the tests of your own scripts.
    Sandbox(Sandbox),
    /// Print the manual page: credenza man | man -l -
    Man,
    /// Explain a command, or a topic: environment, exit-codes, files, filters, json, redirect, scripts, settings, themes.
    Help {
        /// A command or a topic; without one, the list of commands.
        #[arg(value_name = "COMMAND or TOPIC")]
        words: Vec<String>,
    },
    /// Print a completion script for your shell.
    Completions {
        /// Which shell.
        shell: clap_complete::Shell,
    },
}

/// `credenza add`.
#[derive(Args, Debug)]
pub struct Add {
    /// The integration's id; see `credenza catalog list`.
    #[arg(long, value_name = "ID")]
    pub integration: Option<String>,
    /// The credential's name.
    #[arg(long)]
    pub name: Option<String>,
    /// The client ID from the provider's console.
    #[arg(long, value_name = "ID")]
    pub client_id: Option<String>,
    /// Read the client secret from this file, or from standard input when it is `-`.
    #[arg(long, value_name = "FILE")]
    pub client_secret_file: Option<PathBuf>,
    /// Read the API key, token or password from this file, or from standard input when it is `-`.
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// Set one of the integration's variables, such as the Customer Domain.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_value)]
    pub variables: Vec<(String, String)>,
    /// Set a variable that is secret, such as a second key, from this file, or from standard input when it is `-`.
    #[arg(long = "set-file", value_name = "KEY=FILE", value_parser = key_value)]
    pub secret_variables: Vec<(String, String)>,
    /// Ask for this scope in place of the catalog's; may be given several times.
    #[arg(long = "scope", value_name = "SCOPE")]
    pub scopes: Vec<String>,
    /// The redirect URI registered at the provider, when it is not the catalog's.
    #[arg(long, value_name = "URI")]
    pub redirect_uri: Option<String>,
    /// Whom to ask about it.
    #[arg(long)]
    pub owner: Option<String>,
    /// What it is for.
    #[arg(long)]
    pub description: Option<String>,
    /// The day on which the client secret, key or password ends (YYYY-MM-DD), to be reminded of it.
    #[arg(long, value_name = "DATE")]
    pub expires_on: Option<jiff::civil::Date>,
    /// The browser or profile that signs in, as in $BROWSER: `firefox -P admin`.
    #[arg(long, value_name = "COMMAND")]
    pub browser: Option<String>,
    /// A word to filter by; may be given several times.
    #[arg(long = "tag", value_name = "WORD")]
    pub tags: Vec<String>,
    /// Authenticate it at once.
    #[arg(long)]
    pub authenticate: bool,
    /// How to authenticate.
    #[command(flatten)]
    pub how: How,
}

/// `credenza show`.
#[derive(Args, Debug)]
pub struct Show {
    /// Its name, an unambiguous prefix of it, or its id.
    pub name: String,
    /// Show the client secret, key, token or password; only on a terminal.
    #[arg(long)]
    pub reveal: bool,
    /// Print the provider's last answer, if it could not be read; it may contain tokens.
    #[arg(long, conflicts_with = "reveal")]
    pub answer: bool,
}

/// `credenza authenticate`.
#[derive(Args, Debug)]
pub struct Authenticate {
    /// Its name, an unambiguous prefix of it, or its id.
    pub name: String,
    /// How to authenticate.
    #[command(flatten)]
    pub how: How,
}

/// How to authenticate.
#[derive(Args, Clone, Debug)]
pub struct How {
    /// How the answer comes back; the browser unless the integration knows only device codes.
    #[arg(long, value_enum)]
    pub method: Option<Method>,
    /// Print the address only; do not open a browser.
    #[arg(long)]
    pub no_browser: bool,
    /// Give up after this long: 5m unless said, and with a device code when the code ends.
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub timeout: Option<Duration>,
    /// Let the sign-in and the client secret go to another host than at the last authentication.
    #[arg(long)]
    pub accept_new_host: bool,
    /// Let another account take the place of the one the credential belongs to.
    #[arg(long)]
    pub other_account: bool,
    /// The site or tenant the calls are to be about, by a part of its name, where the provider has several.
    #[arg(long, value_name = "PART")]
    pub place: Option<String>,
}

/// How the answer comes back.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Method {
    /// A listener on loopback takes it.
    Browser,
    /// You paste the address the browser was sent to.
    Paste,
    /// You enter a code in any browser, on any device; for integrations that give such codes.
    Device,
}

/// `credenza token`.
#[derive(Args, Debug)]
pub struct Token {
    /// Its name, an unambiguous prefix of it, or its id.
    pub name: String,
    /// Least remaining life; a token with less is refreshed.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = signed_time)]
    pub min_ttl: SignedDuration,
    /// Print the whole header: `Authorization: Bearer ...`, `X-Api-Key: ...`; one line each where it takes several.
    #[arg(long)]
    pub header: bool,
    /// Refresh even when the stored token is good, and also after an answer that could not be read.
    #[arg(long)]
    pub force: bool,
    /// Longest wait for another process that uses the vault.
    #[arg(long, value_name = "TIME", default_value = "45s", value_parser = time)]
    pub timeout: Duration,
}

/// `credenza test`.
#[derive(Args, Debug)]
pub struct Test {
    /// Its name, an unambiguous prefix of it, or its id.
    pub name: String,
    /// Let the key go to another host than at the last test.
    #[arg(long)]
    pub accept_new_host: bool,
}

/// `credenza rotate`.
#[derive(Args, Debug)]
pub struct Rotate {
    /// Its name, an unambiguous prefix of it, or its id.
    pub name: String,
    /// Read the new client secret, key, token or password from this file, or from standard input when it is `-`.
    #[arg(long, value_name = "FILE")]
    pub secret_file: Option<PathBuf>,
    /// Replace a variable that is secret, such as a second key, by what is in this file.
    #[arg(long = "set-file", value_name = "KEY=FILE", value_parser = key_value)]
    pub secret_variables: Vec<(String, String)>,
    /// The day on which the new one ends (YYYY-MM-DD); without it the old one's day is forgotten.
    #[arg(long, value_name = "DATE")]
    pub expires_on: Option<jiff::civil::Date>,
}

/// `credenza sandbox`.
#[derive(Args, Debug)]
pub struct Sandbox {
    /// The port on loopback; a free one by default.
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// A way to fail; may be given several times.
    #[arg(long = "mode", value_name = "MODE")]
    pub modes: Vec<String>,
}

/// `credenza delete`.
#[derive(Args, Debug)]
pub struct Delete {
    /// Its name, an unambiguous prefix of it, or its id.
    pub name: String,
    /// Revoke its tokens at the provider first.
    #[arg(long)]
    pub revoke: bool,
    /// Do not ask.
    #[arg(long)]
    pub yes: bool,
}

/// `credenza undo` and `redo`.
#[derive(Args, Clone, Copy, Debug)]
pub struct Agreed {
    /// Do not ask: also an older change, or one that deletes something in use.
    #[arg(long)]
    pub yes: bool,
}

#[cfg(test)]
mod tests {
    use clap::CommandFactory as _;

    use super::*;

    #[test]
    fn ag_01_no_option_takes_a_secret() {
        Arguments::command().debug_assert();
        let mut command = Arguments::command();
        for name in ["add", "authenticate", "token", "init", "show", "passphrase", "recover", "rotate"] {
            let help = command.find_subcommand_mut(name).unwrap().render_long_help().to_string();
            for secret in ["--client-secret ", "--passphrase ", "--token ", "--password "] {
                assert!(!help.contains(secret), "{name}: {secret}");
            }
        }
    }
}
