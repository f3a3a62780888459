//! Configuration > Integrations: one file per screen.

mod actions;
pub(crate) mod add;
pub(crate) mod choose;
pub(crate) mod delete;
pub(crate) mod details;
pub(crate) mod form;
mod labels;
pub(crate) mod name;
mod results;
pub(crate) mod sync;
pub(crate) mod sync_sessions;
pub(crate) mod table;
pub(crate) mod test_run;

use crate::catalog::Provider;
use crate::model::credential::{Credential, Status};
use crate::model::integration::{Integration, IntegrationId};
use crate::problem::{Kind, Problem};
use crate::tui::context::Context;

/// The refusal of every action on an integration that was deleted.
const GONE: &str = "the integration is gone";

/// The integration in the current snapshot.
fn present<'a>(cx: &Context<'a>, id: IntegrationId) -> Result<&'a Integration, Problem> {
    cx.snapshot.integrations.by_id(id).ok_or_else(|| {
        Problem::new(Kind::NotFound, "The integration is no longer there.")
            .try_this("Press u to restore a deleted one.")
    })
}

/// The catalog's facts about a provider.
fn known<'a>(cx: &Context<'a>, id: &str) -> Result<&'a Provider, Problem> {
    cx.catalog.by_id(id).ok_or_else(|| {
        Problem::new(Kind::NotFound, format!("The catalog has no integration {id}."))
            .try_this("Put its file back into the catalog folder.")
    })
}

/// The provider's name, or its id if it is not in the catalog.
fn provider_name<'a>(cx: &Context<'a>, id: &'a str) -> &'a str {
    cx.catalog.by_id(id).map_or(id, |provider| &provider.name)
}

/// The credential that an integration signs in with; `None` if none is chosen, or if it was deleted.
fn credential_of<'a>(cx: &Context<'a>, one: &Integration) -> Option<&'a Credential> {
    one.setup.credential.and_then(|id| cx.snapshot.credentials.by_id(id))
}

/// Whether the user has to authenticate the credential before it can be used.
fn needs_person(cx: &Context<'_>, credential: &Credential) -> bool {
    !matches!(credential.status(cx.now), Status::Authenticated | Status::ExpiringSoon)
}

/// The credentials for this provider, in the order of the vault.
fn candidates<'a>(cx: &Context<'a>, provider: &str) -> Vec<&'a Credential> {
    cx.snapshot
        .credentials
        .list
        .iter()
        .map(|credential| &**credential)
        .filter(|credential| credential.provider == provider)
        .collect()
}

/// The integration's name; empty if it was deleted.
fn name_of(cx: &Context<'_>, id: IntegrationId) -> String {
    cx.snapshot.integrations.by_id(id).map_or_else(String::new, |one| one.name.to_string())
}

/// The label of a record type from the catalog, or its id if the catalog no longer has it.
fn load_label(cx: &Context<'_>, id: IntegrationId, load: &str) -> String {
    let provider = cx.snapshot.integrations.by_id(id).and_then(|one| cx.catalog.by_id(&one.provider));
    let known = provider.and_then(|provider| Some((provider, provider.load(load)?)));
    known.map_or_else(|| load.to_owned(), |(provider, load)| provider.load_label(load))
}
