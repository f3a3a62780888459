//! `credenza import` and `export`. JSON of `import`: `[{"name", "integration", "refresh_token": "works" | "refused" |
//! "untried" | null, "lacks_secret": BOOL}]`; of `export --output`: `{"exported": [NAMES], "file": PATH}`.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use serde_json::json;
use zeroize::Zeroizing;

use super::arguments::Global;
use super::arguments::transfer::{Export, Import};
use super::input;
use super::output::{Output, is_terminal};
use super::present;
use super::runtime::block_on;
use super::signals::held_back;
use crate::engine::Session;
use crate::engine::ops::credentials;
use crate::engine::ops::token::{Request, access_token};
use crate::engine::ops::transfer::{self, Format, Imported, Placing};
use crate::problem::{Kind, Problem};
use crate::secret::ClientSecret;

/// Longest file that is read.
const MAX: u64 = 10 << 20;

pub(super) fn import(session: &Session, arguments: &Import, output: Output) -> Result<(), Problem> {
    let bytes = read(&arguments.file)?;
    let imported = match &arguments.key_file {
        Some(key) => {
            let identity = input::secret_file(key, "The key file")?;
            transfer::import_sealed(session, &bytes, &identity, arguments.dry_run)?
        }
        None if bytes.starts_with(b"age-encryption.org/") => {
            return Err(Problem::new(Kind::Usage, "The file is encrypted.")
                .try_this("Name the age identity that opens it: --key-file FILE"));
        }
        None => transfer::import(session, found(&bytes, arguments)?, &placing(arguments)?, arguments.dry_run)?,
    };
    let mut rows = Vec::new();
    for one in &imported {
        let proven = proof(session, one, arguments, output)?;
        rows.push(json!({ "name": one.name, "integration": one.integration, "refresh_token": proven,
            "lacks_secret": one.lacks_secret }));
        if !output.json {
            output.line(&in_words(one, proven, arguments.dry_run))?;
        }
    }
    if output.json { output.value(&rows) } else { Ok(()) }
}

fn found(bytes: &[u8], arguments: &Import) -> Result<Vec<transfer::Found>, Problem> {
    let format = match &arguments.from {
        Some(word) => Some(named(word)?),
        None => None,
    };
    let text = std::str::from_utf8(bytes).map_err(|error| {
        Problem::new(Kind::Usage, "The file is not UTF-8 text.").why(format!("Byte {}.", error.valid_up_to()))
    })?;
    transfer::read(text, format)
}

fn named(word: &str) -> Result<Format, Problem> {
    Format::ALL.into_iter().find(|(known, _)| *known == word).map(|(_, format)| format).ok_or_else(|| {
        let known: Vec<&str> = Format::ALL.iter().map(|(word, _)| *word).collect();
        Problem::new(Kind::Usage, "This format is not known.").try_this(format!("Known are {}.", known.join(", ")))
    })
}

fn placing(arguments: &Import) -> Result<Placing, Problem> {
    let secret = match &arguments.client_secret_file {
        Some(file) => Some(ClientSecret::from(input::secret_file(file, "The client secret file")?)),
        None => None,
    };
    Ok(Placing {
        integration: arguments.integration.clone(),
        name: arguments.name.clone(),
        client_id: arguments.client_id.clone(),
        client_secret: secret,
        variables: arguments.variables.iter().cloned().collect(),
    })
}

/// Whether the refresh token that came along works: only the provider can say.
fn proof(
    session: &Session,
    one: &Imported,
    arguments: &Import,
    output: Output,
) -> Result<Option<&'static str>, Problem> {
    if !one.has_refresh_token {
        return Ok(None);
    }
    if arguments.dry_run || arguments.no_refresh {
        return Ok(Some("untried"));
    }
    match block_on(&session.workspace, output, access_token(session, one.id, Request::default())) {
        Ok(_) => Ok(Some("works")),
        // Told to end: the others are imported, and stay untried.
        Err(problem) if held_back().is_some() => Err(problem),
        Err(problem) => {
            output.note(&format!("credenza: {}: {}", one.name, present::in_full(&problem)));
            Ok(Some(if problem.kind == Kind::NeedsAuthentication { "refused" } else { "untried" }))
        }
    }
}

fn in_words(one: &Imported, proven: Option<&str>, dry_run: bool) -> String {
    let done = if dry_run { "Would import" } else { "Imported" };
    let next = match (one.lacks_secret, proven) {
        (true, _) => "it lacks its secret: credenza rotate NAME",
        (false, Some("works")) => "its refresh token works",
        (false, Some("refused")) => "its refresh token was refused: credenza authenticate NAME",
        (false, Some(_)) => "its refresh token was not tried yet",
        (false, None) => "next: credenza authenticate NAME",
    };
    format!("{done} {} ({}); {next}", one.name, one.integration)
}

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let failed = |error: io::Error| {
        Problem::new(Kind::Usage, format!("{} cannot be read.", path.display()))
            .why(format!("The system says: {error}."))
    };
    // Sized once: growing would leave copies of secrets behind.
    let mut bytes = Zeroizing::new(Vec::new());
    if path == Path::new("-") {
        io::stdin().lock().take(MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        let file = File::open(path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len().min(MAX + 1);
        bytes.reserve_exact(usize::try_from(size).unwrap_or(0) + 1);
        file.take(MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    }
    if bytes.len() as u64 > MAX {
        return Err(Problem::new(Kind::Usage, "The file is too large.").why("At most 10 MiB are read."));
    }
    Ok(bytes)
}

pub(super) fn export(session: &Session, arguments: &Export, global: &Global, output: Output) -> Result<(), Problem> {
    let credentials =
        arguments.names.iter().map(|name| credentials::find(session, name)).collect::<Result<Vec<_>, _>>()?;
    let bytes = match &arguments.to {
        Some(recipient) => {
            if arguments.output.is_none() && is_terminal() && !global.json {
                return Err(Problem::new(Kind::Usage, "An encrypted export is no text for a terminal.")
                    .try_this("Write it to a file: --output FILE"));
            }
            let export = transfer::Export { credentials: &credentials, with_tokens: arguments.with_tokens };
            transfer::encrypted(session, export, recipient)?
        }
        None => transfer::template(&credentials)?.into_bytes(),
    };
    if arguments.with_tokens {
        output.note(
            "credenza: stop using these here once they are imported there: two that renew one refresh token may end it",
        );
    }
    let Some(path) = &arguments.output else { return output.bytes(&bytes) };
    let write = || -> io::Result<()> {
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(path)?;
        file.write_all(&bytes)?;
        file.sync_all()
    };
    write().map_err(|error| {
        Problem::new(Kind::Storage, format!("{} could not be written.", path.display()))
            .why(format!("The system says: {error}."))
    })?;
    let names: Vec<String> = credentials.iter().map(|credential| credential.name.to_string()).collect();
    let text = format!("Exported {} to {}", names.join(", "), path.display());
    output.done(&text, &json!({ "exported": names, "file": path.display().to_string() }))
}
