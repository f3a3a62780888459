//! `credenza recipients`: hosts, which are machines that open the vault with an identity file of their own. JSON of
//! `list`: `[{"name", "recipient", "since"}]`; of `add`: one of them with `"key_file"`; of `remove`: `{"removed": NAME,
//! "to_make_anew": [NAMES], "rotate": [NAMES]}`.

use serde_json::{Value, json};

use super::arguments::{Global, Recipients};
use super::input;
use super::opening::{existing, session};
use super::output::Output;
use crate::engine::ops::hosts::{self, Host};
use crate::engine::ops::{credentials, unlock};
use crate::problem::Problem;

pub(super) fn run(command: &Recipients, global: &Global, output: Output) -> Result<(), Problem> {
    match command {
        Recipients::List => list(&hosts::list(&session(global, output)?)?, output),
        Recipients::Add { name, key_file, replace } => {
            let session = session(global, output)?;
            let host = if *replace { hosts::replace } else { hosts::add }(&session, name, key_file)?;
            if let Some(note) = hosts::note_on_name(&session, &host.name)? {
                output.note(&format!("credenza: {note}"));
            }
            let path = key_file.display().to_string();
            output.note(
                "credenza: anyone who can read that file can read and change the vault; keep it on that host only",
            );
            output.note(&format!("credenza: on that host, run: credenza --identity-file '{path}' token NAME"));
            let mut value = row(&host);
            value["key_file"] = path.as_str().into();
            output.done(&format!("{} opens the vault with {path}", host.name), &value)
        }
        Recipients::Remove { name } => remove(name, global, output),
    }
}

fn list(hosts: &[Host], output: Output) -> Result<(), Problem> {
    if output.json {
        return output.value(&hosts.iter().map(row).collect::<Vec<_>>());
    }
    let since = |host: &Host| host.since.map_or_else(|| "-".to_owned(), |since| since.strftime("%Y-%m-%d").to_string());
    let rows: Vec<Vec<String>> =
        hosts.iter().map(|host| vec![host.name.clone(), since(host), host.recipient.clone()]).collect();
    output.table(&["HOST", "SINCE", "RECIPIENT"], &rows)
}

/// Removes a host, and lists what it may have read: the user has to change those secrets at the providers.
fn remove(name: &str, global: &Global, output: Output) -> Result<(), Problem> {
    let workspace = existing(global, output)?;
    let passphrase = input::passphrase(global)?;
    let session = unlock::unlock(&workspace, &passphrase)?;
    let left = hosts::remove(&session, name, &passphrase)?;
    let snapshot = credentials::snapshot(&session)?;
    let rotate: Vec<_> = snapshot.credentials.list.iter().map(|credential| credential.name.to_string()).collect();
    let left: Vec<_> = left.iter().map(|host| host.name.clone()).collect();
    if !left.is_empty() {
        output.note(&format!("credenza: the identity files of the other hosts no longer work: {}", left.join(", ")));
        output.note("credenza: to replace each of them: credenza recipients add HOST --replace --key-file FILE");
    }
    output.note("credenza: that host may have kept a copy of the vault; old backups still open with its key");
    if !rotate.is_empty() {
        output.note(&format!("credenza: change these at their providers if needed: {}", rotate.join(", ")));
    }
    output.done(
        &format!("{name} no longer opens the vault"),
        &json!({ "removed": name, "to_make_anew": left, "rotate": rotate }),
    )
}

fn row(host: &Host) -> Value {
    json!({ "name": host.name, "recipient": host.recipient, "since": host.since })
}
