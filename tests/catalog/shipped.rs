//! The shipped files as a whole: how many, how sure, and that no two can be mistaken for each other.

use std::collections::BTreeMap;

use credenza::catalog::{Provider, Verification};

use super::shipped;

/// Whoever collected the fact: the library before the colon, else the site or repository.
fn collector(source: &str) -> &str {
    source.split_once(':').map_or_else(|| source.split('/').next().unwrap_or(source), |(library, _)| library)
}

#[test]
fn there_are_at_least_a_hundred_and_ninety() {
    let catalog = shipped();
    assert!(catalog.iter().count() >= 190);
    let sure = catalog.iter().filter(|provider| provider.verification == Verification::TwoSources).count();
    assert!(sure >= 180, "{sure}");
}

#[test]
fn no_single_source_passes_for_two() {
    for provider in shipped().iter().filter(|provider| provider.verification == Verification::TwoSources) {
        let mut collectors: Vec<&str> = provider.sources.iter().map(|source| collector(source)).collect();
        collectors.sort_unstable();
        collectors.dedup();
        // Several repositories of different owners are several sources by themselves.
        let several = provider.sources.iter().any(|source| source.contains("several repositories"));
        assert!(collectors.len() >= 2 || several, "{}: {:?}", provider.id, provider.sources);
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

/// What a load needs must be asked for by its own file: a scope nobody is granted makes a load nobody can run.
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
