//! `credenza rotate`: replaces a secret. JSON: the credential, as in `row`.

use std::collections::BTreeMap;
use std::path::Path;

use super::arguments::{Global, Rotate};
use super::output::Output;
use super::prompt::PromptSubject;
use super::{input, prompt, row};
use crate::engine::Session;
use crate::engine::ops::credentials::{self, CredentialBase, Draft};
use crate::engine::ops::notes;
use crate::engine::ops::setup::secret_fields;
use crate::engine::ops::verify;
use crate::model::credential::{Client, ClientId, Credential, Details, MAIN_SECRET, Setup};
use crate::printable::shell_word;
use crate::problem::{Kind, Problem};
use crate::secret::ClientSecret;

pub(super) fn run(session: &Session, arguments: &Rotate, global: &Global, output: Output) -> Result<(), Problem> {
    let credential = credentials::find(session, &arguments.name)?;
    let base = CredentialBase::of(&credential);
    let draft = draft(session, &credential, arguments, global)?;
    let provider = session.workspace.catalog.by_id(&credential.provider);
    // The client ID is not changed.
    let given =
        Setup { client: Client { id: ClientId::default(), ..draft.setup.client.clone() }, ..draft.setup.clone() };
    let noted = provider.map(|provider| notes::on_setup(provider, &given)).unwrap_or_default();
    credentials::rotate(session, &base, draft)?;
    for note in noted {
        output.note(&format!("credenza: {note}"));
    }
    let rotated = credentials::find(session, &credential.id.to_string())?;
    let testable = provider.is_some_and(|provider| verify::call_of(provider, &rotated).is_some());
    let name = shell_word(rotated.name.as_str());
    let next = match (rotated.is_static_secret(), testable) {
        (true, true) => format!("Next: credenza test {name}"),
        (true, false) => format!("Next: credenza authenticate {name} (the catalog has no test call for it)"),
        // The next refresh uses it.
        (false, _) => {
            format!("The tokens are kept; credenza token {name} --force shows whether the provider accepts the secret.")
        }
    };
    let text = format!("Rotated the secret of {}. {next}", rotated.name);
    output.done(&text, &row::json(&rotated, &session.workspace))
}

/// A draft with the new secrets only: whatever it leaves out is kept.
fn draft(session: &Session, credential: &Credential, arguments: &Rotate, global: &Global) -> Result<Draft, Problem> {
    let mut setup = Setup { secrets: BTreeMap::new(), ..credential.setup.clone() };
    setup.client.secret = None;
    let known = session.workspace.catalog.by_id(&credential.provider).map(secret_fields).unwrap_or_default();
    for (name, file) in &arguments.secret_variables {
        if *name == *MAIN_SECRET || known.iter().all(|(known, _)| known != name) {
            let problem = Problem::new(Kind::Usage, format!("\"{}\" has no secret setting {name}.", credential.name));
            let name = shell_word(credential.name.as_str());
            return Err(problem.try_this(format!("See its fields with: credenza show {name}")));
        }
        let secret = input::secret_file(Path::new(file), &format!("The file of {name}"))?;
        setup.secrets.insert(name.clone(), secret);
    }
    let new = match &arguments.secret_file {
        Some(file) => Some(input::secret_file(file, "The secret file")?),
        None if arguments.secret_variables.is_empty() => {
            let missing = PromptSubject::Option { label: "The new secret", option: "--secret-file FILE" };
            Some(prompt::secret(global, "New secret: ", &missing)?)
        }
        None => None,
    };
    // An empty secret would mean "keep the old one".
    if new.as_ref().is_some_and(crate::secret::Secret::is_blank) {
        return Err(Problem::new(Kind::Usage, "The new secret is empty.").why("The old one was kept."));
    }
    if let Some(new) = new {
        if credential.is_static_secret() {
            setup.secrets.insert(MAIN_SECRET.to_owned(), new);
        } else {
            setup.client.secret = Some(ClientSecret::from(new));
        }
    }
    Ok(Draft {
        name: credential.name.to_string(),
        provider: credential.provider.clone(),
        details: Details { expires_on: arguments.expires_on, ..credential.details.clone() },
        setup,
    })
}
