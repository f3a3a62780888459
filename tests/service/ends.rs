//! Catalog entries that changed or were retired, and the existing credentials that use them.

use std::collections::BTreeMap;

use credenza::engine::ops::credentials::{self, Draft};
use credenza::engine::ops::due::{CheckedCredential, DueLevel, check};
use credenza::engine::ops::verify;
use credenza::model::change::Change;
use credenza::model::credential::{Credential, CredentialId, Details, MAIN_SECRET, Name, ProvenBy, Setup};
use credenza::problem::Kind;
use credenza::secret::Secret;
use jiff::SignedDuration;

use super::{Fake, Home, at};

fn key(provider: &str, variables: &[(&str, &str)]) -> Credential {
    let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let secrets = BTreeMap::from([(MAIN_SECRET.to_owned(), Secret::new("CNRY-key".to_owned()))]);
    let setup = Setup { variables, secrets, ..Setup::default() };
    Credential::new(Name::parse(provider).unwrap(), provider, setup, at(0))
}

/// Stores a credential that was tested with this host.
fn stored(home: &Home, credential: Credential, host: &str) -> CredentialId {
    let (id, vault) = (credential.id, home.vault());
    vault.commit(Change::Insert(Box::new(credential))).unwrap();
    vault.commit(Change::Proven { id, by: ProvenBy::Test, host: Some(host.to_owned()), tested: None }).unwrap();
    id
}

fn looked_at(home: &Home, name: &str, now: &str) -> CheckedCredential {
    home.clock.set(now.parse().unwrap());
    let all = check(&home.session(), SignedDuration::from_hours(14 * 24)).unwrap();
    all.into_iter().find(|one| one.name == name).unwrap()
}

#[test]
fn the_check_knows_when_a_kind_of_token_ends() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let zendesk = key("zendesk-token", &[("subdomain", "acme"), ("email", "ana@acme.example")]);
    stored(&home, zendesk, "acme.zendesk.com");
    let early = looked_at(&home, "zendesk-token", "2026-11-29T00:00:00Z");
    assert_eq!(early.standing, DueLevel::Good);
    let due = early.due.unwrap();
    assert_eq!((due.what.code(), due.at.to_string().as_str()), ("token_kind_end", "2027-04-30T00:00:00Z"));
    assert!(early.announced.unwrap().contains("client credentials"));
    assert_eq!(looked_at(&home, "zendesk-token", "2027-04-20T00:00:00Z").standing, DueLevel::DueSoon);
    assert_eq!(looked_at(&home, "zendesk-token", "2027-04-30T00:00:00Z").standing, DueLevel::NeedsPerson);
}

#[test]
fn a_retired_entry_serves_its_credentials_and_takes_no_new_one() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    stored(&home, key("freshteam", &[("subdomain", "acme")]), "acme.freshteam.com");
    let draft = Draft {
        name: "Another".to_owned(),
        provider: "freshteam".to_owned(),
        details: Details::default(),
        setup: key("freshteam", &[("subdomain", "acme")]).setup,
    };
    let refused = credentials::add(&home.session(), draft).unwrap_err();
    assert_eq!(refused.kind, Kind::Refused);
    assert!(refused.to_string().contains("discontinued"), "{refused}");
    let old = looked_at(&home, "freshteam", "2026-11-29T00:00:00Z");
    assert_eq!(old.standing, DueLevel::NeedsPerson);
    assert!(old.announced.unwrap().contains("Export your data"));
}

#[test]
fn a_tenant_that_is_said_to_be_elsewhere_is_asked_about_before_it_gets_the_key() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    // As an older version stored it, whose catalog file had no region.
    let id = stored(&home, key("kandji", &[("subdomain", "acme")]), "acme.api.kandji.io");
    let session = home.session();
    let credential = home.vault().snapshot().unwrap().credentials.by_id(id).unwrap().clone();
    let (provider, origin) = (session.provider(&credential).unwrap(), session.workspace.catalog.origin());
    let url =
        provider.test_call_url(provider.test_calls().next().unwrap(), &credential.setup.variables, origin).unwrap();
    assert_eq!(url.as_str(), "https://acme.api.kandji.io/api/v1/devices?limit=1", "it stays where it was");
    // The catalog file now leads to another host than the one that has received the key.
    let mut moved = key("kandji", &[("subdomain", "acme"), ("region", "eu")]);
    moved.name = Name::parse("Moved").unwrap();
    let id = stored(&home, moved, "acme.api.kandji.io");
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let session = home.session();
    let refused = runtime.block_on(verify::test(&session, id, false, async |_: &str| ())).unwrap_err();
    assert_eq!(
        (refused.kind, refused.what.as_str()),
        (Kind::Refused, "The key would be sent to a new host: acme.api.eu.kandji.io.")
    );
}
