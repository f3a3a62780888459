//! `credenza edit`: changes the given fields and nothing else. JSON: like that of `add`.

use super::arguments::edit::Edit;
use super::output::Output;
use super::row;
use super::variables::{self, VariableOptions};
use crate::catalog::Provider;
use crate::engine::Session;
use crate::engine::ops::credentials::{self, CredentialBase, Draft};
use crate::model::credential::{Credential, Details, Setup};
use crate::printable::shell_word;
use crate::problem::Problem;

pub(super) fn run(session: &Session, arguments: &Edit, output: Output) -> Result<(), Problem> {
    let credential = credentials::find(session, &arguments.name)?;
    let provider = session.provider(&credential)?;
    fitting(provider, arguments)?;
    let given = VariableOptions::read(provider, &arguments.variables, &[], output)?;
    variables::check_scopes(provider, &arguments.scopes, output);
    let draft = Draft {
        name: credential.name.to_string(),
        provider: credential.provider.clone(),
        details: details(&credential, arguments),
        setup: setup(&credential, provider, arguments, &given),
    };
    credentials::edit(session, &CredentialBase::of(&credential), draft)?;
    let edited = credentials::find(session, &credential.id.to_string())?;
    let at_next = edited.tokens.is_some() && !same_sign_in(&credential, &edited);
    if at_next {
        let name = shell_word(edited.name.as_str());
        output.note(&format!("credenza: the tokens are unchanged until: credenza authenticate {name}"));
    }
    let value = variables::with_corrected(row::json(&edited, &session.workspace), given.corrected);
    output.done(&format!("Changed {}", edited.name), &value)
}

fn details(credential: &Credential, arguments: &Edit) -> Details {
    let before = credential.details.clone();
    Details {
        description: arguments.description.clone().unwrap_or(before.description),
        owner: arguments.owner.clone().unwrap_or(before.owner),
        tags: if arguments.tags.is_empty() { before.tags } else { arguments.tags.clone() },
        expires_on: arguments.expires_on.or(before.expires_on),
        browser: arguments.browser.clone().unwrap_or(before.browser),
    }
}

fn setup(credential: &Credential, provider: &Provider, arguments: &Edit, given: &VariableOptions) -> Setup {
    let mut setup = credential.setup.clone();
    // Secrets that a draft leaves out are kept.
    setup.client.secret = None;
    setup.secrets.clear();
    if let Some(id) = &arguments.client_id {
        setup.client.id.0.clone_from(id);
    }
    setup.variables.extend(given.values.clone());
    if arguments.catalog_scopes {
        setup.scopes.clone_from(&provider.scopes);
    } else if !arguments.scopes.is_empty() {
        setup.scopes.clone_from(&arguments.scopes);
    }
    if let Some(uri) = &arguments.redirect_uri {
        setup.redirect_uri.clone_from(uri);
    }
    setup
}

fn fitting(provider: &Provider, arguments: &Edit) -> Result<(), Problem> {
    let typed_in = provider.grant.is_static_secret();
    variables::must_be_of_use(
        provider,
        &[
            ("--client-id", typed_in && arguments.client_id.is_some()),
            ("--scope", typed_in && !arguments.scopes.is_empty()),
            ("--catalog-scopes", typed_in && arguments.catalog_scopes),
            ("--redirect-uri", typed_in && arguments.redirect_uri.is_some()),
        ],
    )
}

/// Whether a sign-in would send the same request.
fn same_sign_in(before: &Credential, after: &Credential) -> bool {
    let (before, after) = (&before.setup, &after.setup);
    before.client.id == after.client.id
        && before.variables == after.variables
        && before.scopes == after.scopes
        && before.redirect_uri == after.redirect_uri
}
