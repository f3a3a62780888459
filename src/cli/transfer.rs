//! `credenza import` and `export`. JSON of `import`: a list of `{"name", "integration", "refresh_token": "works" |
//! "refused" | "untried" | null, "lacks_secret": BOOL, "token_host", "redirect_uri", "endpoints": {NAME: URL},
//! "from_file": {NAME: VALUE}, "not_read": [NAMES], "folded": NUMBER}`, then of `{"name", "already_in_vault_as": NAME}` and `{"name", "left_out":
//! REASON}`; of `export --output`: `{"exported": [NAMES], "file": PATH}`.

mod report;

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use serde_json::json;
use zeroize::Zeroizing;

use self::report::Row;
use super::arguments::Global;
use super::arguments::transfer::{Export, Import};
use super::input;
use super::output::{Output, is_terminal};
use super::present;
use super::prompt;
use super::runtime::block_on;
use super::signals::held_back;
use crate::engine::Session;
use crate::engine::ops::credentials;
use crate::engine::ops::token::{Request, access_token};
use crate::engine::ops::transfer::{self, Import as Outcome, Imported, Options, Placing, Sealed};
use crate::problem::{Kind, NextStep, Problem};
use crate::secret::ClientSecret;

/// Longest file that is read: as long as a vault may be.
const MAX: u64 = 256 << 20;

pub(super) fn import(session: &Session, arguments: &Import, global: &Global, output: Output) -> Result<(), Problem> {
    let bytes = read(&arguments.file)?;
    let placing = placing(arguments)?;
    let import = match &arguments.key_file {
        Some(key) => {
            let identity = input::secret_file(key, "The key file")?;
            let recent = transfer::read_recent(&arguments.file, read)?;
            let sealed = Sealed { bytes: &bytes, recent: recent.as_ref().map(|recent| recent.as_slice()) };
            with_consent(arguments, global, |dry| transfer::import_sealed(session, sealed, &identity, &placing, dry))?
        }
        None if bytes.starts_with(b"age-encryption.org/") => {
            return Err(Problem::new(Kind::Usage, "The file is encrypted.")
                .try_this("To open it with an age identity, add --key-file FILE."));
        }
        None if transfer::is_payload(&bytes) => {
            with_consent(arguments, global, |dry| transfer::import_payload(session, &bytes, &placing, dry))?
        }
        None => {
            let options =
                Options { format: arguments.from.clone(), columns: arguments.columns.iter().cloned().collect() };
            let reading = transfer::read(&bytes, &options)?;
            with_consent(arguments, global, |dry| transfer::import(session, reading.clone(), &placing, dry))?
        }
    };
    report::notes(&import, output);
    let try_tokens = !(arguments.dry_run || arguments.no_refresh || import.of_vault);
    if import.of_vault && import.imported.iter().any(|one| one.has_refresh_token) {
        output.note("credenza: refresh tokens were not tested: the vault they come from may still use them");
    }
    let mut rows = Vec::new();
    for one in &import.imported {
        rows.push(Row { one, proven: proof(session, one, try_tokens, output)? });
    }
    if output.json {
        return output.value(&report::json(&import, &rows));
    }
    report::lines(&rows, &import, arguments.dry_run, output)
}

/// Runs an import once it is known that a person wants the places its file names.
fn with_consent(
    arguments: &Import,
    global: &Global,
    import: impl Fn(bool) -> Result<Outcome, Problem>,
) -> Result<Outcome, Problem> {
    if !arguments.dry_run && !arguments.yes {
        let places = transfer::chosen_places(&import(true)?);
        let agrees = || -> Result<bool, Problem> {
            Ok(prompt::has_person(global) && prompt::agrees(global, &report::question(&places))?)
        };
        if !places.is_empty() && !agrees()? {
            return Err(Problem::new(Kind::Refused, "The file names hosts or addresses that need your consent.")
                .why(format!("Secrets, codes or tokens would go there: {}.", places.join("; ")))
                .try_this("Check that they are right.")
                .step(NextStep::AcceptPlaces));
        }
    }
    import(arguments.dry_run)
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
        only: arguments.only.clone(),
        redirect_uri: arguments.redirect_uri.clone(),
        variables: arguments.variables.iter().cloned().collect(),
    })
}

/// Whether the refresh token that came along works: only the provider can say.
fn proof(session: &Session, one: &Imported, try_token: bool, output: Output) -> Result<Option<&'static str>, Problem> {
    if !one.has_refresh_token {
        return Ok(None);
    }
    if !try_token {
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

fn read(path: &Path) -> Result<Zeroizing<Vec<u8>>, Problem> {
    let failed = |error: io::Error| {
        Problem::new(Kind::Usage, format!("{} cannot be read.", path.display()))
            .why(format!("The system says: {error}."))
    };
    let too_large = || Problem::new(Kind::Usage, "The file is too large.").why("At most 256 MiB are read.");
    // Sized once: growing would leave copies of secrets behind.
    let mut bytes = Zeroizing::new(Vec::new());
    if path == Path::new("-") {
        io::stdin().lock().take(MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    } else {
        let file = File::open(path).map_err(failed)?;
        let size = file.metadata().map_err(failed)?.len();
        if size > MAX {
            return Err(too_large());
        }
        bytes.reserve_exact(usize::try_from(size).unwrap_or(0) + 1);
        file.take(MAX + 1).read_to_end(&mut bytes).map_err(failed)?;
    }
    if bytes.len() as u64 > MAX {
        return Err(too_large());
    }
    Ok(bytes)
}

pub(super) fn export(session: &Session, arguments: &Export, global: &Global, output: Output) -> Result<(), Problem> {
    let credentials =
        arguments.names.iter().map(|name| credentials::find(session, name)).collect::<Result<Vec<_>, _>>()?;
    let bytes = match &arguments.to {
        Some(recipient) => {
            if arguments.output.is_none() && is_terminal() && !global.json {
                return Err(Problem::new(Kind::Usage, "An encrypted export cannot be printed to a terminal.")
                    .try_this("Write it to a file: --output FILE"));
            }
            let export = transfer::Export { credentials: &credentials, with_tokens: arguments.with_tokens };
            transfer::encrypted(session, export, recipient)?
        }
        None => transfer::template(session, &credentials)?.into_bytes(),
    };
    for credential in credentials.iter().filter(|credential| !credential.details.browser.is_empty()) {
        output.note(&format!("credenza: {}: its browser is not exported; it belongs to this machine", credential.name));
    }
    if arguments.with_tokens {
        output.note(
            "credenza: stop using these here once they are imported there: two vaults that refresh the same token can \
             invalidate it",
        );
    }
    let Some(path) = &arguments.output else { return output.that_must_arrive().bytes(&bytes) };
    transfer::file::write_new(path, &bytes)?;
    let names: Vec<String> = credentials.iter().map(|credential| credential.name.to_string()).collect();
    let text = format!("Exported {} to {}", names.join(", "), path.display());
    output.done(&text, &json!({ "exported": names, "file": path.display().to_string() }))
}
