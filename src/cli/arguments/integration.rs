//! Arguments of `credenza integration`.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::values::key_value;
use crate::model::integration::{Field, Format, Schedule, parse_fields};

/// `credenza integration`.
#[derive(Debug, Subcommand)]
pub enum Integration {
    /// List the integrations.
    List,
    /// List the record types that can be loaded, of all providers or one.
    Loads {
        /// The provider's id in the catalog.
        provider: Option<String>,
    },
    /// Show an integration.
    Show {
        /// The integration's name, an unambiguous prefix of it, or its id.
        name: String,
    },
    /// Add an integration.
    Add(Add),
    /// Change an integration. Only the given fields change.
    Edit(Edit),
    /// Rename an integration.
    Rename {
        /// The integration's name, an unambiguous prefix of it, or its id.
        old: String,
        /// The new name.
        new: String,
    },
    /// Copy an integration under a new name, paused and without its folder.
    Duplicate {
        /// The integration's name, an unambiguous prefix of it, or its id.
        name: String,
        /// The name of the copy.
        new: String,
    },
    /// Delete an integration. Asks first in a terminal; `undo` restores it.
    Delete {
        /// The integration's name, an unambiguous prefix of it, or its id.
        name: String,
        /// Do not ask for confirmation. Without a terminal, a prefix of the name is accepted only with this option.
        #[arg(long)]
        yes: bool,
    },
    /// Pause its schedule.
    Pause {
        /// The integration's name, an unambiguous prefix of it, or its id.
        name: String,
    },
    /// Resume its schedule.
    Resume {
        /// The integration's name, an unambiguous prefix of it, or its id.
        name: String,
    },
    /// Test an integration: sign in and read the first records. Nothing is written.
    Test(Test),
    /// Load its records into its folder, or to standard output. Exit code 1: done, but some records or record types
    /// had errors.
    Sync(Sync),
    /// List its sync sessions, or show one of them.
    Sessions(Sessions),
    /// Write systemd unit files that run what is due.
    Units {
        /// The folder for them, such as ~/.config/systemd/user; standard output when it is `-`.
        folder: PathBuf,
    },
}

/// What add and edit have in common.
#[derive(Args, Clone, Debug)]
pub struct SetupArguments {
    /// The credential to sign in with.
    #[arg(long, value_name = "NAME")]
    pub credential: Option<String>,
    /// A record type to load, by the id that `credenza integration loads` shows; can be repeated.
    #[arg(long = "load", value_name = "ID")]
    pub loads: Vec<String>,
    /// Set a parameter, such as a portal or a filter; an empty value removes it.
    #[arg(long = "set", value_name = "KEY=VALUE", value_parser = key_value)]
    pub parameters: Vec<(String, String)>,
    /// Keep only these fields, under these names: `users=id,profile.email=email`; without fields, all are kept.
    #[arg(long = "fields", value_name = "LOAD=PATH[=NAME],...", value_parser = fields)]
    pub fields: Vec<(String, Vec<Field>)>,
    /// The folder the records are written to; empty for none.
    #[arg(long, value_name = "DIR")]
    pub folder: Option<String>,
    /// File format: ndjson or csv.
    #[arg(long, value_name = "FORMAT", value_parser = format)]
    pub format: Option<Format>,
    /// When it runs: 30m, 6h, 2d, a time of day such as 06:30, or `manual`.
    #[arg(long, value_name = "WHEN", value_parser = schedule)]
    pub schedule: Option<Schedule>,
    /// Whether a sync may replace a file if more than 10 records and 10 % are missing: yes or no.
    #[arg(long, value_name = "YES|NO", value_parser = yes_or_no)]
    pub accept_gone: Option<bool>,
}

/// `credenza integration add`.
#[derive(Args, Debug)]
pub struct Add {
    /// Its name.
    #[arg(long)]
    pub name: String,
    /// The provider's id in the catalog (default: that of the credential).
    #[arg(long, value_name = "ID", required_unless_present = "credential")]
    pub provider: Option<String>,
    /// The integration's settings.
    #[command(flatten)]
    pub chosen: SetupArguments,
}

/// `credenza integration edit`.
#[derive(Args, Debug)]
pub struct Edit {
    /// The integration's name, an unambiguous prefix of it, or its id.
    pub name: String,
    /// The settings to change.
    #[command(flatten)]
    pub chosen: SetupArguments,
}

/// `credenza integration test`.
#[derive(Args, Debug)]
pub struct Test {
    /// The integration's name, an unambiguous prefix of it, or its id.
    pub name: String,
    /// Only this record type.
    #[arg(long, value_name = "ID")]
    pub load: Option<String>,
    /// Allow the token to be sent to another host than before.
    #[arg(long)]
    pub accept_new_host: bool,
}

/// `credenza integration sync`.
#[derive(Args, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own on the command line")]
pub struct Sync {
    /// The integration's name, an unambiguous prefix of it, or its id.
    #[arg(required_unless_present = "due")]
    pub name: Option<String>,
    /// Run every integration that is due; paused ones are skipped.
    #[arg(long, conflicts_with_all = ["name", "load", "output"])]
    pub due: bool,
    /// Only this record type.
    #[arg(long, value_name = "ID")]
    pub load: Option<String>,
    /// `-`: write the records to standard output, after all were read, instead of the folder.
    #[arg(short, long, value_name = "-", value_parser = ["-"])]
    pub output: Option<String>,
    /// Start over instead of resuming an interrupted run.
    #[arg(long)]
    pub fresh: bool,
    /// Allow the token to be sent to another host than before.
    #[arg(long)]
    pub accept_new_host: bool,
    /// Replace the file this time even if more than 10 records and 10 % were removed.
    #[arg(long)]
    pub accept_gone: bool,
}

/// `credenza integration sessions`.
#[derive(Args, Debug)]
pub struct Sessions {
    /// The integration's name, an unambiguous prefix of it, or its id.
    pub name: String,
    /// The number of a session, to show its errors.
    pub number: Option<u64>,
    /// Compare it with this session.
    #[arg(long, value_name = "NUMBER", requires = "number")]
    pub with: Option<u64>,
    /// Show at most this many sessions, newest first.
    #[arg(long, value_name = "N", default_value_t = 20)]
    pub last: usize,
    /// Only sessions with this result: completed, completed with errors, failed, canceled or running.
    #[arg(long, value_name = "WORD")]
    pub result: Option<String>,
}

fn fields(text: &str) -> Result<(String, Vec<Field>), String> {
    let (load, fields) = text.split_once('=').ok_or("write LOAD=FIELD,FIELD, such as users=id,email")?;
    Ok((load.trim().to_owned(), parse_fields(fields).map_err(|error| error.to_string())?))
}

fn yes_or_no(text: &str) -> Result<bool, String> {
    match text {
        "yes" => Ok(true),
        "no" => Ok(false),
        _ => Err("write yes or no".to_owned()),
    }
}

fn format(text: &str) -> Result<Format, String> {
    Format::from_word(text).ok_or_else(|| "write ndjson or csv".to_owned())
}

fn schedule(text: &str) -> Result<Schedule, String> {
    text.parse().map_err(|error: crate::model::integration::ScheduleError| error.to_string())
}
