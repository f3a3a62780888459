//! `credenza add`: a new credential. JSON: the credential, as `row` documents.

use super::arguments::{Add, Global};
use super::output::Output;
use super::{authenticate, input, row};
use crate::catalog::Provider;
use crate::credential::{Client, ClientId, Details, Setup};
use crate::problem::{Kind, Problem};
use crate::service::Session;
use crate::service::credentials::{self, Draft};

pub(super) fn run(session: &Session, arguments: Add, global: &Global, output: Output) -> Result<(), Problem> {
    let provider = session.workspace.catalog.by_id(&arguments.integration);
    let provider = match provider {
        Some(provider) => {
            known_variables(provider, &arguments)?;
            Some(provider)
        }
        // Said with the near ones by the service.
        None => None,
    };
    let port = session.workspace.settings.redirect_port;
    let needs_secret = provider.is_some_and(|provider| provider.needs_client_secret);
    let secret = input::client_secret(global, arguments.client_secret_file.as_deref(), needs_secret)?;
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
        },
        setup: Setup {
            client: Client { id: ClientId(client_id), secret },
            variables: arguments.variables.into_iter().collect(),
            scopes,
            redirect_uri,
        },
    };
    let id = credentials::add(session, draft)?;
    let added = credentials::find(session, &id.to_string())?;
    if arguments.authenticate {
        output.note(&format!("Added {}", added.name));
        return authenticate::credential(session, id, &arguments.how, global, output);
    }
    output.done(&format!("Added {}", added.name), &row::json(&added, &session.workspace))
}

fn known_variables(provider: &Provider, arguments: &Add) -> Result<(), Problem> {
    let known = |name: &str| provider.variables.iter().any(|variable| variable.name == name);
    let Some((unknown, _)) = arguments.variables.iter().find(|(name, _)| !known(name)) else { return Ok(()) };
    let names: Vec<&str> = provider.variables.iter().map(|variable| variable.name.as_str()).collect();
    let problem = Problem::new(Kind::Usage, format!("{} has no variable \"{unknown}\".", provider.name));
    Err(if names.is_empty() {
        problem.why("It has none at all.")
    } else {
        problem.try_this(format!("Its variables: {}.", names.join(", ")))
    })
}
