//! `credenza import` and `export`. JSON of `import`: a list of `{"name", "integration", "refresh_token": "works" |
//! "refused" | "untried" | null, "lacks_secret": BOOL, "token_host", "redirect_uri", "endpoints": {NAME: URL},
//! "from_file": {NAME: VALUE}, "not_read": [NAMES], "folded": NUMBER}`, then of `{"name", "already_in_vault_as": NAME}`
//! and `{"name", "left_out": REASON}`; of `export --output`: `{"exported": [NAMES], "file": PATH}`.

mod report;

use std::io;
use std::path::Path;

use serde_json::json;

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
use crate::engine::ops::transfer::file::Content;
use crate::engine::ops::transfer::{self, Import as Outcome, ImportChoices, Imported, Options};
use crate::problem::{Kind, NextStep, Problem};
use crate::secret::ClientSecret;

pub(super) fn import(session: &Session, arguments: &Import, global: &Global, output: Output) -> Result<(), Problem> {
    let identity = arguments.key_file.as_deref().map(|key| input::secret_file(key, "The key file")).transpose()?;
    let content = if arguments.file == Path::new("-") {
        Content::of_pipe(io::stdin().lock(), "Standard input", identity)?
    } else {
        Content::of_file(&arguments.file, identity)?
    };
    let choices = choices(arguments)?;
    let options = Options { format: arguments.from.clone(), columns: arguments.columns.iter().cloned().collect() };
    let import = with_consent(arguments, global, |dry_run| content.import(session, &options, &choices, dry_run))?;
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

/// Runs an import once the user has confirmed the destinations that its file names.
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

fn choices(arguments: &Import) -> Result<ImportChoices, Problem> {
    let secret = match &arguments.client_secret_file {
        Some(file) => Some(ClientSecret::from(input::secret_file(file, "The client secret file")?)),
        None => None,
    };
    Ok(ImportChoices {
        integration: arguments.integration.clone(),
        name: arguments.name.clone(),
        client_id: arguments.client_id.clone(),
        client_secret: secret,
        only: arguments.only.clone(),
        redirect_uri: arguments.redirect_uri.clone(),
        variables: arguments.variables.iter().cloned().collect(),
    })
}

/// Tries an imported refresh token, because only the provider knows whether it works.
fn proof(session: &Session, one: &Imported, try_token: bool, output: Output) -> Result<Option<&'static str>, Problem> {
    if !one.has_refresh_token {
        return Ok(None);
    }
    if !try_token {
        return Ok(Some("untried"));
    }
    match block_on(&session.workspace, output, access_token(session, one.id, Request::default())) {
        Ok(_) => Ok(Some("works")),
        // After a signal the remaining credentials are imported, but not tried.
        Err(problem) if held_back().is_some() => Err(problem),
        Err(problem) => {
            output.note(&format!("credenza: {}: {}", one.name, present::in_full(&problem)));
            Ok(Some(if problem.kind == Kind::NeedsAuthentication { "refused" } else { "untried" }))
        }
    }
}

pub(super) fn export(session: &Session, arguments: &Export, global: &Global, output: Output) -> Result<(), Problem> {
    let credentials = credentials::find_all(session, &arguments.names)?;
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
