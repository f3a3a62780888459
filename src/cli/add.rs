//! `credenza add`: creates a credential. JSON: the credential in the format of `row`, and `corrected`:
//! `[{"variable", "given", "used", "note"}]`, the values that were corrected. At a terminal it prompts for what is
//! missing.

mod prompts;

use std::collections::BTreeMap;
use std::path::Path;

use super::arguments::{Add, Global};
use super::output::Output;
use super::prompt::PromptSubject;
use super::variables::{self, VariableOptions};
use super::{authenticate, input, prompt, row};
use crate::catalog::Provider;
use crate::engine::Session;
use crate::engine::ops::credentials::{self, Draft};
use crate::engine::ops::notes;
use crate::engine::ops::setup::secret_fields;
use crate::model::credential::{Client, ClientId, Details, MAIN_SECRET, Setup};
use crate::problem::Problem;
use crate::secret::{ClientSecret, Secret};

pub(super) fn run(session: &Session, arguments: Add, global: &Global, output: Output) -> Result<(), Problem> {
    let catalog = &session.workspace.catalog;
    let integration = prompts::integration(arguments.integration.clone(), catalog, global, output)?;
    let provider = catalog.by_id(&integration);
    let name = prompts::name(arguments.name.clone(), provider, global)?;
    let client_id = prompts::client_id(arguments.client_id.clone(), provider, global)?;
    let (given, secret, secrets) = match provider {
        Some(provider) => {
            let mut given = VariableOptions::read(provider, &arguments.variables, &arguments.secret_variables, output)?;
            fitting(provider, &arguments)?;
            variables::check_scopes(provider, &arguments.scopes, output);
            given.ask_data_center(provider, global, output)?;
            prompts::settings(&mut given, provider, global, output)?;
            let client = client_secret(provider, &arguments, global)?;
            let secrets = secrets(provider, &arguments, &given, global)?;
            (given, client, secrets)
        }
        // The service reports the error, with similar ids.
        None => (VariableOptions::default(), None, BTreeMap::new()),
    };
    let port = session.workspace.settings.redirect_port;
    let scopes = match provider {
        Some(provider) if arguments.scopes.is_empty() => provider.scopes.clone(),
        _ => arguments.scopes,
    };
    let redirect_uri =
        arguments.redirect_uri.unwrap_or_else(|| provider.map_or_else(String::new, |known| known.redirect_uri(port)));
    let draft = Draft {
        name,
        provider: integration,
        details: Details {
            description: arguments.description.unwrap_or_default(),
            owner: arguments.owner.unwrap_or_default(),
            tags: arguments.tags,
            expires_on: arguments.expires_on,
            browser: arguments.browser.unwrap_or_default(),
        },
        setup: Setup {
            client: Client { id: ClientId(client_id), secret },
            variables: given.values,
            secrets,
            scopes,
            redirect_uri,
        },
    };
    let mut noted = provider.map(|provider| notes::on_setup(provider, &draft.setup)).unwrap_or_default();
    let id = credentials::add(session, draft)?;
    noted.extend(notes::on_credential(&*credentials::snapshot(session)?, id));
    for note in noted {
        output.note(&format!("credenza: {note}"));
    }
    let added = credentials::find(session, &id.to_string())?;
    if arguments.authenticate {
        output.note(&format!("Added {}", added.name));
        return authenticate::credential(session, id, &arguments.how, global, output);
    }
    let value = variables::with_corrected(row::json(&added, &session.workspace), given.corrected);
    output.done(&format!("Added {}", added.name), &value)
}

fn client_secret(provider: &Provider, arguments: &Add, global: &Global) -> Result<Option<ClientSecret>, Problem> {
    input::client_secret(global, arguments.client_secret_file.as_deref(), provider.needs_client_secret)
}

/// The typed-in secret and the secret variables: read from their files, or else from a prompt each.
fn secrets(
    provider: &Provider,
    arguments: &Add,
    given: &VariableOptions,
    global: &Global,
) -> Result<BTreeMap<String, Secret>, Problem> {
    let mut secrets = BTreeMap::new();
    for (name, label) in secret_fields(provider) {
        let file = match given.files.get(name) {
            Some(file) => Some(Path::new(file)),
            None => arguments.secret_file.as_deref().filter(|_| name == MAIN_SECRET),
        };
        let optional = provider.variable(name).is_some_and(|variable| variable.optional);
        let secret = match file {
            Some(file) => input::secret_file(file, &format!("The file of {label}"))?,
            None if optional => continue,
            None => {
                let option =
                    if name == MAIN_SECRET { "--secret-file FILE" } else { &format!("--set-file {name}=FILE") };
                prompt::secret(global, &format!("{label}: "), &PromptSubject::Option { label, option })?
            }
        };
        secrets.insert(name.to_owned(), secret);
    }
    Ok(secrets)
}

/// Refuses an option that this kind of credential does not use; ignoring it silently would hide the mistake.
fn fitting(provider: &Provider, arguments: &Add) -> Result<(), Problem> {
    let typed_in = provider.grant.is_static_secret();
    let useless = [
        ("--client-id", typed_in && arguments.client_id.is_some()),
        ("--client-secret-file", typed_in && arguments.client_secret_file.is_some()),
        ("--scope", typed_in && !arguments.scopes.is_empty()),
        ("--redirect-uri", typed_in && arguments.redirect_uri.is_some()),
        ("--secret-file", !typed_in && arguments.secret_file.is_some()),
    ];
    variables::must_be_of_use(provider, &useless)
}
