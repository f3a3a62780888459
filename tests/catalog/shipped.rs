//! The shipped files as a whole: how many there are, how well their facts are supported, and that no two can be
//! confused.

use std::collections::BTreeMap;

use credenza::catalog::{FactGroup, Provider, Redirect, SourceKind, Verification};
use credenza::model::credential::GrantType;

use super::shipped;

fn has_lifetime(provider: &Provider) -> bool {
    let limits = &provider.limits;
    [limits.refresh_idle_days, limits.refresh_absolute_days, limits.access_token_lifetime].iter().any(Option::is_some)
}

#[test]
fn there_are_as_many_as_promised() {
    let catalog = shipped();
    let count = |holds: fn(&Provider) -> bool| catalog.iter().filter(|provider| holds(provider)).count();
    assert!(count(|_| true) >= 360, "{}", count(|_| true));
    assert!(count(|provider| provider.test_calls().next().is_some()) >= 300);
    assert!(count(has_lifetime) >= 60, "{}", count(has_lifetime));
    assert!(count(|provider| provider.verification > Verification::OneSource) >= 150);
}

/// The day the first files were read. A fact without a date, or with an earlier one, was never checked for this
/// catalog.
#[test]
fn every_fact_has_a_source_and_a_day() {
    let first = "2026-11-23".parse().unwrap();
    let catalog = shipped();
    for provider in catalog.iter().chain(catalog.retired()) {
        assert!(provider.read_on(FactGroup::Endpoints).is_some(), "{}: no source states its endpoints", provider.id);
        for row in &provider.evidence {
            assert!(row.read >= first, "{}: {row:?}", provider.id);
        }
        if has_lifetime(provider) {
            assert!(provider.read_on(FactGroup::Lifetimes).is_some(), "{}: no source for the lifetimes", provider.id);
        }
        if provider.test_calls().next().is_some() && !provider.id.starts_with("custom-") {
            assert!(provider.read_on(FactGroup::Test).is_some(), "{}: no source for the test call", provider.id);
        }
    }
}

/// Of the 22 entries that were found to be wrong, 18 cited two libraries of which one had copied the other.
#[test]
fn two_libraries_do_not_pass_for_two_sources() {
    for provider in shipped().iter().filter(|provider| provider.verification == Verification::TwoSources) {
        let stating = provider.evidence.iter().filter(|row| row.facts.contains(&FactGroup::Endpoints));
        assert!(stating.clone().any(|row| row.kind != SourceKind::Library), "{}: {:?}", provider.id, provider.evidence);
    }
}

#[test]
fn every_browser_entry_says_which_redirect_is_accepted() {
    for provider in shipped().iter().filter(|provider| provider.grant == GrantType::AuthorizationCode) {
        let path = format!("{}/assets/catalog/{}.toml", env!("CARGO_MANIFEST_DIR"), provider.id);
        let text = std::fs::read_to_string(path).unwrap();
        assert!(text.contains("\nredirect_accepts = "), "{}: unknown is said, too", provider.id);
    }
}

#[test]
fn names_are_unique_and_no_word_stands_for_many_vendors() {
    let catalog = shipped();
    let mut names = BTreeMap::new();
    let mut words: BTreeMap<String, Vec<&Provider>> = BTreeMap::new();
    for provider in catalog.iter() {
        if let Some(other) = names.insert(provider.name.to_lowercase(), &provider.id) {
            panic!("{} and {other} have the same name", provider.id);
        }
        let mut own: Vec<String> = provider.aliases.iter().map(|alias| alias.to_lowercase()).collect();
        own.sort_unstable();
        let all = own.len();
        own.dedup();
        assert_eq!(own.len(), all, "{} says an alias twice", provider.id);
        assert!(!own.contains(&provider.name.to_lowercase()), "{}: its name is no alias", provider.id);
        for word in own {
            words.entry(word).or_default().push(provider);
        }
    }
    for (word, providers) in words {
        assert!(providers.len() <= 18, "{word} finds {} providers", providers.len());
    }
}

#[test]
fn categories_are_words() {
    let catalog = shipped();
    let mut categories: BTreeMap<&str, usize> = BTreeMap::new();
    for provider in catalog.iter() {
        *categories.entry(&provider.category).or_default() += 1;
        let plain = provider.category.chars().all(|c| c.is_ascii_lowercase() || c == '-');
        assert!(plain, "{}: {}", provider.id, provider.category);
    }
    for category in ["uem", "rmm", "itsm", "security", "identity", "hr"] {
        assert!(categories[category] >= 5, "{category}: {}", categories[category]);
    }
}

/// A load's scope must be among those that its catalog file requests; otherwise no user is granted it and no load can
/// run.
#[test]
fn what_can_be_loaded_is_among_the_scopes_of_its_provider() {
    let catalog = shipped();
    let loadable: Vec<&Provider> = catalog.iter().filter(|provider| !provider.loads.is_empty()).collect();
    assert!(loadable.len() >= 11, "{}", loadable.len());
    for provider in loadable {
        for load in &provider.loads {
            let granted = load.scope.as_ref().is_none_or(|scope| provider.scopes.contains(scope));
            assert!(granted, "{}: {} needs {:?}", provider.id, load.id, load.scope);
        }
    }
}

/// RFC 8252 section 7.3. If the provider does not accept any port after all, sign-in would fail only on machines where
/// the usual port is in use.
#[test]
fn every_entry_that_takes_any_port_has_it_from_its_vendor() {
    let catalog = shipped();
    let any: Vec<&Provider> =
        catalog.iter().filter(|provider| matches!(provider.redirect, Redirect::AnyPort(_))).collect();
    for provider in &any {
        let says = |row: &&credenza::catalog::Evidence| {
            row.kind == SourceKind::Vendor && row.facts.contains(&FactGroup::Redirect)
        };
        assert!(provider.evidence.iter().any(|row| says(&row)), "{}: {:?}", provider.id, provider.evidence);
    }
    assert!(any.len() >= 12, "{:?}", any.iter().map(|provider| &provider.id).collect::<Vec<_>>());
}
