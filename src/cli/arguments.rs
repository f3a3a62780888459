//! The command line as data. One definition gives parser, help texts and completions.

pub(crate) mod agent;
pub(crate) mod catalog;
mod check;
pub(crate) mod edit;
pub(crate) mod history;
pub(crate) mod integration;
pub(crate) mod list;
pub(crate) mod log;
mod recipients;
pub(crate) mod run;
mod strength;
pub mod team;
pub(crate) mod transfer;
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

use crate::model::credential::TokenKind;

/// A terminal vault for the credentials SaaS integrations sign in with.
///
/// Without a command it opens the terminal interface.
#[derive(Debug, Parser)]
#[command(name = "credenza", version, max_term_width = 100, after_help = AFTER_HELP, disable_help_subcommand = true)]
pub struct Arguments {
    /// What to do.
    #[command(subcommand)]
    pub command: Option<Command>,
    /// Open the interface with a temporary vault and the built-in sandbox provider.
    #[arg(long)]
    pub demo: bool,
    /// For every command.
    #[command(flatten)]
    pub global: Global,
}

const AFTER_HELP: &str = "\
Topics (credenza help TOPIC): catalog-files, environment, exit-codes, files, filters, json, redirect, scripts, settings, themes.

Examples:
  credenza --demo
  credenza catalog list
  credenza add --integration ID --name 'CMDB sync' \\
      --client-id CLIENT --client-secret-file - --set KEY=VALUE
  curl --header @<(credenza token --header 'CMDB sync') \\
      https://api.example.com/devices";

/// Global options.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "Global options")]
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
    /// Use this vault: the name of a team vault (see `credenza team`), or `local` for the vault of this machine.
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        env = "CREDENZA_VAULT",
        value_name = "NAME",
        hide_env_values = true
    )]
    pub vault: Option<String>,
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
    /// Open the vault with this host's identity file, without a passphrase (see `credenza recipients`), or with the key
    /// file of a team's member.
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        env = "CREDENZA_IDENTITY_FILE",
        value_name = "FILE",
        hide_env_values = true
    )]
    pub identity_file: Option<PathBuf>,
    /// Never prompt: fail instead.
    #[arg(long, global = true)]
    pub no_input: bool,
    /// Print JSON, and errors as JSON on standard error.
    #[arg(long, global = true)]
    pub json: bool,
    /// Print more details on standard error, and log them; twice, also print the diagnostic log. Secrets are never
    /// printed.
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    pub verbose: u8,
    /// Use a sandbox on loopback instead of the real providers (see `credenza sandbox`).
    #[arg(
        long,
        global = true,
        hide_short_help = true,
        env = "CREDENZA_SANDBOX",
        value_name = "URL",
        hide_env_values = true
    )]
    pub sandbox: Option<Url>,
    /// The subcommand's name, shown to processes that wait for a lock of this one.
    #[arg(skip)]
    pub subcommand: Option<String>,
}

impl Global {
    /// The name of this process in messages of others that wait for it: `credenza token`.
    #[must_use]
    pub fn program(&self) -> Arc<str> {
        self.subcommand.as_ref().map_or_else(|| "credenza".into(), |name| format!("credenza {name}").into())
    }
}

/// What to do.
#[derive(Debug, Subcommand)]
#[allow(clippy::large_enum_variant, reason = "one of them, once a process")]
pub enum Command {
    /// Create the vault.
    Init {
        /// How strong the new passphrase has to be.
        #[command(flatten)]
        strength: Strength,
    },
    /// Add a credential; in a terminal it asks for what is missing.
    #[command(visible_alias = "new")]
    Add(Add),
    /// List the credentials, filtered and sorted.
    #[command(visible_alias = "ls")]
    List(list::List),
    /// Show one credential, with its secrets hidden.
    #[command(visible_alias = "get")]
    Show(Show),
    /// Authenticate or re-authenticate a credential; test a key, token or password.
    #[command(visible_alias = "login")]
    Authenticate(Authenticate),
    /// Print a fresh access token, or the key, token or password: one line, nothing else.
    Token(Token),
    /// Run a command with a fresh token in its environment, or at a file descriptor.
    Run(run::Run),
    /// Test a credential with a read-only call.
    Test(Test),
    /// Show the certificate of https://localhost, and how to make the system trust it.
    Trust(catalog::Trust),
    /// Replace a client secret, key, token or password; name and history are kept.
    Rotate(Rotate),
    /// Change a credential. Only the given fields change.
    Edit(edit::Edit),
    /// Rename a credential.
    #[command(visible_alias = "mv")]
    Rename {
        /// Its name, an unambiguous prefix of it, or its id.
        old: String,
        /// The new name.
        new: String,
    },
    /// Delete a credential. Asks first in a terminal; `undo` restores it.
    #[command(visible_alias = "rm")]
    Delete(Delete),
    /// Revoke a credential's tokens at the provider.
    Revoke {
        /// Its name, an unambiguous prefix of it, or its id.
        name: String,
    },
    /// Show the audit log: who used which credential; in a team vault, an admin sees all machines.
    Log(log::Log),
    /// List the stored versions of the vault and their changes, or compare one with the vault.
    History(history::History),
    /// Remove deleted credentials from backups and undo steps; without --yes, only list them.
    Purge(history::Purge),
    /// Import credentials from another program's file, an export, a backup of a vault, or its decrypted content.
    Import(transfer::Import),
    /// Export credentials, encrypted for a recipient or as a template without secrets.
    Export(transfer::Export),
    /// Undo the last change. A change older than a minute, or one that deletes something in use, has to be confirmed.
    Undo(UndoArguments),
    /// Redo the last undone change, if nothing else was changed since.
    Redo(UndoArguments),
    /// List upcoming deadlines: exit code 0 for none, 1 if something is due, 2 if somebody has to act now.
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
    /// Create and print a new recovery kit: a spare key that opens the vault without the passphrase.
    RecoveryKit,
    /// Restore a backup, or keep using an older vault file. Its refresh tokens may be used up.
    Restore {
        /// The backup to restore. Without it, keeps using the current vault.age, which was rejected because it is older
        /// or was changed in two places.
        file: Option<PathBuf>,
        /// The number of a version that `credenza history` lists.
        #[arg(long, value_name = "NUMBER", conflicts_with = "file")]
        generation: Option<u64>,
    },
    /// Keep the vault unlocked in the background, so that `token` needs no passphrase (optional).
    #[command(subcommand)]
    Agent(agent::Command),
    /// Lock the agent.
    Lock,
    /// Unlock the agent.
    Unlock,
    /// The names of the credentials, for completion.
    #[command(name = "complete-names", hide = true)]
    Names,
    /// Manage hosts that open the vault without the passphrase.
    #[command(subcommand, visible_alias = "hosts")]
    Recipients(Recipients),
    /// Share a vault with a team, on PostgreSQL or in a bucket.
    #[command(subcommand)]
    Team(team::Team),
    /// Open the vault with its recovery kit and set a new passphrase.
    Recover(history::Recover),
    /// Check this machine for problems; the --json output is meant for a ticket and contains no secrets.
    Doctor {
        /// Also check this credential and its provider.
        name: Option<String>,
        /// Write an archive for a bug report to this new file (.tar.gz): version, results and diagnostic log, without
        /// secrets.
        #[arg(long, value_name = "FILE")]
        bundle: Option<PathBuf>,
    },
    /// Manage integrations, which download records: test, run, schedule, history.
    #[command(subcommand)]
    Integration(integration::Integration),
    /// The catalog of integrations.
    #[command(subcommand)]
    Catalog(catalog::Catalog),
    /// Run the built-in simulated provider on loopback, for demos and tests of your scripts.
    Sandbox(Sandbox),
    /// Print the manual page: credenza man | man -l -
    Man,
    /// Explain a command, or a topic: catalog-files, environment, exit-codes, files, filters, json, redirect, scripts,
    /// settings, themes.
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
    /// The integration's id in the catalog; see `credenza catalog list`.
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
    /// Set one of the integration's settings, such as the Customer Domain.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_value)]
    pub variables: Vec<(String, String)>,
    /// Set a secret setting, such as a second key, from this file, or from standard input when it is `-`.
    #[arg(long = "set-file", value_name = "KEY=FILE", value_parser = key_value)]
    pub secret_variables: Vec<(String, String)>,
    /// Request this scope instead of the catalog's; can be repeated.
    #[arg(long = "scope", value_name = "SCOPE")]
    pub scopes: Vec<String>,
    /// The redirect URI registered at the provider, if it differs from the catalog's.
    #[arg(long, value_name = "URI")]
    pub redirect_uri: Option<String>,
    /// Owner or contact.
    #[arg(long)]
    pub owner: Option<String>,
    /// What it is for.
    #[arg(long)]
    pub description: Option<String>,
    /// The day the client secret, key or password expires (YYYY-MM-DD), for reminders.
    #[arg(long, value_name = "DATE")]
    pub expires_on: Option<jiff::civil::Date>,
    /// The browser or profile to sign in with, as in $BROWSER: `firefox -P admin`.
    #[arg(long, value_name = "COMMAND")]
    pub browser: Option<String>,
    /// A word to filter by; can be repeated.
    #[arg(long = "tag", value_name = "WORD")]
    pub tags: Vec<String>,
    /// Authenticate it right away.
    #[arg(long)]
    pub authenticate: bool,
    /// How to authenticate.
    #[command(flatten)]
    pub how: SignInArguments,
}

/// `credenza show`.
#[derive(Args, Debug)]
pub struct Show {
    /// Its name, an unambiguous prefix of it, or its id.
    pub name: String,
    /// Show the client secret, key, token or password; only in a terminal.
    #[arg(long)]
    pub reveal: bool,
    /// Print the provider's last response, if it could not be read; it may contain tokens.
    #[arg(long, alias = "answer", conflicts_with = "reveal")]
    pub response: bool,
}

/// `credenza authenticate`.
#[derive(Args, Debug)]
pub struct Authenticate {
    /// Its name, an unambiguous prefix of it, or its id.
    pub name: String,
    /// How to authenticate.
    #[command(flatten)]
    pub how: SignInArguments,
}

/// How to authenticate.
#[derive(Args, Clone, Debug)]
pub struct SignInArguments {
    /// How to sign in: with the browser, unless the integration supports only device codes.
    #[arg(long, value_enum)]
    pub method: Option<Method>,
    /// Print the address only; do not open a browser.
    #[arg(long)]
    pub no_browser: bool,
    /// Time out after this long (default: 5m, or the lifetime of a device code).
    #[arg(long, value_name = "TIME", value_parser = time)]
    pub timeout: Option<Duration>,
    /// Allow sign-in and client secret to use another host than at the last authentication.
    #[arg(long)]
    pub accept_new_host: bool,
    /// Allow a different account than the one the credential belongs to.
    #[arg(long)]
    pub other_account: bool,
    /// Part of the name of the site or tenant to use, if the provider has several.
    #[arg(long, value_name = "PART")]
    pub place: Option<String>,
}

/// How to sign in.
#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub enum Method {
    /// The browser redirects to this machine.
    Browser,
    /// You paste the address that the browser was redirected to.
    Paste,
    /// You enter a code in any browser on any device, if the provider supports it.
    Device,
}

/// `credenza token`.
#[derive(Args, Debug)]
pub struct Token {
    /// Its name, an unambiguous prefix of it, or its id.
    pub name: String,
    /// Minimum remaining lifetime; a token with less is refreshed.
    #[arg(long, value_name = "TIME", default_value = "60s", value_parser = signed_time)]
    pub min_ttl: SignedDuration,
    /// Print the whole header: `Authorization: Bearer ...`, `X-Api-Key: ...`; one line per header.
    #[arg(long)]
    pub header: bool,
    /// Which token, if the provider issues several, such as bot and user.
    #[arg(long, value_name = "KIND")]
    pub kind: Option<TokenKind>,
    /// Refresh even if the stored token is valid, or after a response that could not be read.
    #[arg(long)]
    pub force: bool,
    /// How long to wait for another process that is using the vault.
    #[arg(long, value_name = "TIME", default_value = "45s", value_parser = time)]
    pub timeout: Duration,
}

/// `credenza test`.
#[derive(Args, Debug)]
pub struct Test {
    /// Its name, an unambiguous prefix of it, or its id.
    pub name: String,
    /// Allow the key to be sent to another host than at the last test.
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
    /// Replace a secret setting, such as a second key, with the content of this file.
    #[arg(long = "set-file", value_name = "KEY=FILE", value_parser = key_value)]
    pub secret_variables: Vec<(String, String)>,
    /// The day the new secret expires (YYYY-MM-DD). Without it, the stored date is removed.
    #[arg(long, value_name = "DATE")]
    pub expires_on: Option<jiff::civil::Date>,
}

/// `credenza sandbox`.
#[derive(Args, Debug)]
pub struct Sandbox {
    /// The port on loopback (default: a free one).
    #[arg(long, default_value_t = 0)]
    pub port: u16,
    /// A failure to simulate; can be repeated.
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
    /// Do not ask for confirmation. Without a terminal, a prefix of the name is accepted only with this option.
    #[arg(long)]
    pub yes: bool,
}

/// `credenza undo` and `redo`.
#[derive(Args, Clone, Copy, Debug)]
pub struct UndoArguments {
    /// Do not ask for confirmation, even for an older change or one that deletes something in use.
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
