//! `credenza add`: a new credential. JSON: the credential, as `row` documents.

use std::collections::BTreeMap;
use std::path::Path;

use super::arguments::{Add, Global};
use super::output::Output;
use super::{authenticate, input, prompt, row};
use crate::catalog::Provider;
use crate::engine::Session;
use crate::engine::ops::credentials::{self, Draft};
use crate::engine::ops::notes;
use crate::engine::ops::setup::secret_fields;
use crate::model::credential::{Client, ClientId, Details, MAIN_SECRET, Setup};
use crate::problem::{Kind, Problem};
use crate::secret::{ClientSecret, Secret};

pub(super) fn run(session: &Session, arguments: Add, global: &Global, output: Output) -> Result<(), Problem> {
    let provider = session.workspace.catalog.by_id(&arguments.integration);
    let (secret, secrets) = match provider {
        Some(provider) => {
            known_variables(provider, &arguments)?;
            fitting(provider, &arguments)?;
            (client_secret(provider, &arguments, global)?, secrets(provider, &arguments, global)?)
        }
        // Said with the near ones by the service.
        None => (None, BTreeMap::new()),
    };
    let port = session.workspace.settings.redirect_port;
    let client_id = arguments.client_id.unwrap_or_default();
    let scopes = match provider {
        Some(provider) if arguments.scopes.is_empty() => provider.scopes.clone(),
        _ => arguments.scopes,
    };
    let redirect_uri =
        arguments.redirect_uri.unwrap_or_else(|| provider.map_or_else(String::new, |known| known.redirect_uri(port)));
    let draft = Draft {
        name: arguments.name,
        provider: arguments.integration,
        details: Details {
            description: arguments.description.unwrap_or_default(),
            owner: arguments.owner.unwrap_or_default(),
            tags: arguments.tags,
            expires_on: arguments.expires_on,
            browser: arguments.browser.unwrap_or_default(),
        },
        setup: Setup {
            client: Client { id: ClientId(client_id), secret },
            variables: arguments.variables.into_iter().collect(),
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
    output.done(&format!("Added {}", added.name), &row::json(&added, &session.workspace))
}

fn client_secret(provider: &Provider, arguments: &Add, global: &Global) -> Result<Option<ClientSecret>, Problem> {
    input::client_secret(global, arguments.client_secret_file.as_deref(), provider.needs_client_secret)
}

/// What is typed in and the secret variables: from their files, else from a prompt each.
fn secrets(provider: &Provider, arguments: &Add, global: &Global) -> Result<BTreeMap<String, Secret>, Problem> {
    let mut secrets = BTreeMap::new();
    for (name, label) in secret_fields(provider) {
        let file = match arguments.secret_variables.iter().find(|(known, _)| known == name) {
            Some((_, file)) => Some(Path::new(file)),
            None => arguments.secret_file.as_deref().filter(|_| name == MAIN_SECRET),
        };
        let optional = provider.variable(name).is_some_and(|variable| variable.optional);
        let secret = match file {
            Some(file) => input::secret_file(file, &format!("The file of {label}"))?,
            None if optional => continue,
            None => prompt::secret(global, &format!("{label}: "))?,
        };
        secrets.insert(name.to_owned(), secret);
    }
    Ok(secrets)
}

/// An option that the kind of credential has no use for would be lost in silence.
fn fitting(provider: &Provider, arguments: &Add) -> Result<(), Problem> {
    let typed_in = provider.grant.is_typed_in();
    let useless = [
        ("--client-id", typed_in && arguments.client_id.is_some()),
        ("--client-secret-file", typed_in && arguments.client_secret_file.is_some()),
        ("--scope", typed_in && !arguments.scopes.is_empty()),
        ("--redirect-uri", typed_in && arguments.redirect_uri.is_some()),
        ("--secret-file", !typed_in && arguments.secret_file.is_some()),
    ];
    let Some((option, _)) = useless.into_iter().find(|(_, given)| *given) else { return Ok(()) };
    let fields = if typed_in { "--secret-file and --set" } else { "--client-id, --client-secret-file and --set" };
    Err(Problem::new(Kind::Usage, format!("{} has no use for {option}.", provider.name))
        .why(format!("It signs in with {}.", provider.grant_label))
        .try_this(format!("It takes {fields}.")))
}

fn known_variables(provider: &Provider, arguments: &Add) -> Result<(), Problem> {
    let secret = |name: &str| provider.variable(name).map(|variable| variable.secret);
    let given = arguments.variables.iter().map(|(name, _)| (name, false));
    for (name, by_file) in given.chain(arguments.secret_variables.iter().map(|(name, _)| (name, true))) {
        match secret(name) {
            Some(secret) if secret == by_file => {}
            Some(true) => {
                return Err(Problem::new(Kind::Usage, format!("{name} is a secret, and was given as an argument."))
                    .why("Others on this machine can read arguments, and the shell keeps them. Nothing was stored.")
                    .try_this(format!(
                        "Make a new one if others could see it, and give it by --set-file {name}=FILE."
                    )));
            }
            Some(false) => {
                return Err(Problem::new(Kind::Usage, format!("{name} is no secret."))
                    .try_this(format!("Give it by --set {name}=VALUE.")));
            }
            None => return Err(unknown_variable(provider, name)),
        }
    }
    Ok(())
}

fn unknown_variable(provider: &Provider, unknown: &str) -> Problem {
    let names: Vec<&str> = provider.variables.iter().map(|variable| variable.name.as_str()).collect();
    let problem = Problem::new(Kind::Usage, format!("{} has no variable \"{unknown}\".", provider.name));
    if names.is_empty() {
        problem.why("It has none at all.")
    } else {
        problem.try_this(format!("Its variables: {}.", names.join(", ")))
    }
}
