//! The evidence that a catalog file gives for its facts, and what the program derives from it.

use credenza::catalog::{FactGroup, RedirectAcceptance, Verification, check};
use credenza::model::credential::{Credential, DeadlineKind, Endpoints, Name, Setup};

use super::provider;

const GOOD: &str = include_str!("../catalogs/good/evidence.toml");

#[test]
fn sources_dates_and_ends_reach_the_provider() {
    let provider = check(GOOD, "evidence").unwrap();
    assert_eq!((provider.verification, provider.accepts), (Verification::TwoSources, RedirectAcceptance::HttpsOnly));
    assert_eq!(provider.sources, ["nango:acme", "n8n:acme", "help.example.com/acme", "docs.acme.example.com/sunset"]);
    assert_eq!(provider.verification_summary(), "two sources, read 2026-11-27");
    assert_eq!(provider.redirect_summary(), "only https is accepted, read 2026-11-27");
    assert_eq!(provider.read_on(FactGroup::Lifetimes).unwrap().to_string(), "2026-11-29");
    assert_eq!(provider.retired.as_deref(), Some("Use the other one."));
    assert_eq!(provider.end_dates.len(), 2);
}

#[test]
fn a_file_of_an_earlier_version_says_itself_how_sure_it_is() {
    let head = "schema = 1\nid = \"acme\"\nname = \"Acme\"\ncategory = \"itsm\"\nsources = [\"a\", \"b\"]\n";
    let read =
        |word: &str| check(&format!("{head}verification = \"{word}\"\n[auth]\nkind = \"bearer\"\n"), "acme").unwrap();
    assert_eq!(read("two-sources").verification, Verification::TwoSources);
    let old = read("unverified");
    assert_eq!(
        (old.verification, old.verification_summary().as_str(), old.sources.len()),
        (Verification::OneSource, "one source", 2)
    );
}

fn pinned(id: &str, token: &str) -> Credential {
    let now = "2026-11-29T00:00:00Z".parse().unwrap();
    let mut credential = Credential::new(Name::parse("One").unwrap(), id, Setup::default(), now);
    credential.endpoints = Some(Endpoints {
        grant_type: None,
        authorization: None,
        token: token.parse().unwrap(),
        refresh: None,
        revocation: None,
        userinfo: None,
        issuer: None,
        device: None,
        lookups: Vec::new(),
    });
    credential
}

/// When an endpoint is shut down, only the credentials pinned to it are affected.
#[test]
fn an_end_concerns_the_credentials_that_use_what_ends() {
    for (id, old, day) in [
        ("hubspot", "https://api.hubapi.com/oauth/v1/token", "2027-02-16"),
        ("monday", "https://auth.monday.com/oauth2/token", "2027-04-01"),
    ] {
        let provider = provider(id);
        let end = provider.end_of(&pinned(id, old)).unwrap();
        assert_eq!((end.what, end.on.to_string().as_str()), (DeadlineKind::EndpointEnd, day));
        assert_eq!(provider.end_of(&pinned(id, &provider.urls.token)), None, "{id} was authenticated anew");
    }
    let both = check(GOOD, "evidence").unwrap();
    assert_eq!(both.end_of(&pinned("evidence", "https://acme.example.com/token")).unwrap().what, DeadlineKind::ApiEnd);
}
