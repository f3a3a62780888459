//! Looks up, after the tokens were saved, which site or tenant they are for.

use std::collections::BTreeMap;
use std::time::Duration;

use tokio::time::timeout;

use crate::api::call::ApiCaller;
use crate::api::lookup::{self, Tenant};
use crate::catalog::Lookup;
use crate::engine::session::Session;
use crate::model::credential::Credential;
use crate::problem::{NextStep, Problem};

const DEADLINE: Duration = Duration::from_secs(15);
/// Most names of other sites in a note.
const MAX_NAMED: usize = 8;

/// What the lookups found.
#[derive(Default)]
pub(super) struct LookupResults {
    pub(super) notes: Vec<String>,
    /// How to choose another site, if there are several.
    pub(super) step: Option<NextStep>,
    /// Values to keep beside the tokens.
    pub(super) values: BTreeMap<String, String>,
}

/// Whether there is nothing to look up.
pub(super) fn needs_no_lookup(session: &Session, credential: &Credential) -> bool {
    session.provider(credential).is_ok_and(|provider| provider.lookups.is_empty())
}

/// Runs the catalog's lookups with the new tokens of `credential`; `before` is the credential before the sign-in.
///
/// The notes name the chosen site, and others. If a lookup fails, the tokens and the former site are kept.
pub(super) async fn look_up(
    session: &Session,
    before: &Credential,
    credential: &Credential,
    wanted: Option<&str>,
) -> LookupResults {
    match run(session, before, credential, wanted).await {
        Ok(found) => found,
        Err(problem) => LookupResults { notes: vec![format!("{problem}")], ..LookupResults::default() },
    }
}

async fn run(
    session: &Session,
    before: &Credential,
    credential: &Credential,
    wanted: Option<&str>,
) -> Result<LookupResults, Problem> {
    let (provider, pinned) = (session.provider(credential)?, credential.endpoints.as_ref());
    let urls = pinned.map(|endpoints| endpoints.lookups.as_slice()).unwrap_or_default();
    let mut found = LookupResults::default();
    for (lookup, url) in provider.lookups.iter().zip(urls) {
        let so_far = so_far(before, lookup);
        let caller = ApiCaller { provider, setup: &credential.setup, tokens: credential.tokens.as_ref() };
        let http = session.http(credential)?;
        let response =
            timeout(DEADLINE, lookup::tenants(&http, &caller, lookup, url, session.workspace.clock.now())).await;
        let why = match response {
            Ok(Ok(places)) => {
                let (place, note) = choose(&places, &so_far, wanted);
                if places.len() > 1 {
                    found.step = Some(NextStep::ChoosePlace { name: credential.name.to_string() });
                }
                found.notes.extend(note);
                found.values.extend(place.found.clone());
                continue;
            }
            Ok(Err(problem)) => format!("{problem}"),
            Err(_) => format!("{} did not name a site or tenant in time.", url.host_str().unwrap_or("The provider")),
        };
        found.notes.push(why);
        found.values.extend(so_far);
    }
    Ok(found)
}

/// The values of this lookup from the last sign-in.
fn so_far(before: &Credential, lookup: &Lookup) -> BTreeMap<String, String> {
    let known = before.tokens.as_ref().map(|tokens| &tokens.captured);
    let known = known.into_iter().flatten().filter(|(name, _)| lookup.pick.iter().any(|(picked, _)| picked == *name));
    known.map(|(name, value)| (name.clone(), value.clone())).collect()
}

/// Chooses the site that the user named, else the former one, else the first. The note tells the user which.
fn choose<'a>(
    places: &'a [Tenant],
    so_far: &BTreeMap<String, String>,
    wanted: Option<&str>,
) -> (&'a Tenant, Option<String>) {
    let first = &places[0];
    let fits = |place: &&Tenant| wanted.is_some_and(|wanted| is_named(place, wanted));
    let used = |place: &&Tenant| place.found == *so_far;
    let asked_for = places.iter().find(fits);
    let place = asked_for.or_else(|| places.iter().find(used)).unwrap_or(first);
    let missing = wanted.filter(|_| asked_for.is_none());
    if places.len() == 1 && missing.is_none() {
        return (place, None);
    }
    let others = places.iter().filter(|other| *other != place);
    let mut names: Vec<&str> = others.take(MAX_NAMED).map(|other| other.label.as_str()).collect();
    if places.len() > MAX_NAMED + 1 {
        names.push("...");
    }
    let none = missing.map_or_else(String::new, |wanted| {
        format!("No site or tenant is named {}. ", crate::printable::printable(wanted, 80))
    });
    let others = if names.is_empty() { String::new() } else { format!(" Also available: {}.", names.join(", ")) };
    (place, Some(format!("{none}This credential uses {}.{others}", place.label)))
}

fn is_named(place: &Tenant, wanted: &str) -> bool {
    place.label.to_lowercase().contains(&wanted.to_lowercase()) || place.found.values().any(|value| value == wanted)
}
