//! `docs/reference/catalog.md` is generated from the shipped files; `CREDENZA_WRITE_DOCS=1 cargo test the_catalog_page`
//! writes it.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use credenza::catalog::{FactGroup, Provider, Redirect, RedirectAcceptance, Verification};
use credenza::model::credential::GrantType;

use super::shipped;

fn redirect(provider: &Provider) -> &'static str {
    match (provider.grant, provider.accepts) {
        (GrantType::AuthorizationCode, RedirectAcceptance::HttpLoopback)
            if matches!(provider.redirect, Redirect::AnyPort(_)) =>
        {
            "http loopback, any port"
        }
        (GrantType::AuthorizationCode, RedirectAcceptance::HttpLoopback) => "http loopback",
        (GrantType::AuthorizationCode, RedirectAcceptance::HttpsOnly) => "https only",
        (GrantType::AuthorizationCode, RedirectAcceptance::Unknown) => "unknown",
        (GrantType::DeviceCode, _) => "none (device code)",
        _ => "none",
    }
}

fn lifetimes(provider: &Provider) -> String {
    let limits = &provider.limits;
    let named = [
        (limits.access_token_lifetime, "access", " s"),
        (limits.refresh_idle_days, "unused refresh", " d"),
        (limits.refresh_absolute_days, "refresh", " d"),
    ];
    let known = named.iter().filter_map(|(value, what, unit)| value.map(|value| format!("{what} {value}{unit}")));
    known.collect::<Vec<_>>().join(", ")
}

fn read_on(provider: &Provider) -> String {
    provider.read_on(FactGroup::Endpoints).map(|day| day.to_string()).unwrap_or_default()
}

fn test_call(provider: &Provider) -> &'static str {
    if provider.test_calls().next().is_some() { "yes" } else { "no" }
}

/// Appends a table of the values of a property, with the number of entries that have each value.
fn counted(page: &mut String, title: &str, all: &[&Provider], property: fn(&Provider) -> String) {
    let mut counts: BTreeMap<String, usize> = BTreeMap::new();
    for provider in all {
        *counts.entry(property(provider)).or_default() += 1;
    }
    writeln!(page, "\n| {title} | Entries |\n|---|---|").unwrap();
    for (value, number) in counts {
        writeln!(page, "| {value} | {number} |").unwrap();
    }
}

fn page() -> String {
    let catalog = shipped();
    let all: Vec<&Provider> = catalog.iter().collect();
    let mut page = format!(
        "# Catalog\n\nThe {} integrations that are shipped. This page is made by the program; \
         [assets/catalog/README.md](../../assets/catalog/README.md) explains the keys of a file. *Facts* says who states \
         the endpoints: a page of the vendor (or the standard), two independent sources that are not both libraries, or \
         less. *Read* is the day on which they were last read. None was tried with a live account.\n",
        all.len()
    );
    counted(&mut page, "Signs in with", &all, |one| one.grant.label().to_owned());
    counted(&mut page, "Facts", &all, |one| one.verification.label().to_owned());
    counted(&mut page, "Read", &all, read_on);
    counted(&mut page, "Redirect URI", &all, |one| redirect(one).to_owned());
    counted(&mut page, "Test call", &all, |one| test_call(one).to_owned());
    counted(&mut page, "Lifetimes", &all, |one| {
        if lifetimes(one).is_empty() { "unknown".to_owned() } else { "known".to_owned() }
    });
    page.push_str("\n## End dates\n\n| Integration | From | Ending | What to do |\n|---|---|---|---|\n");
    for one in catalog.iter().chain(catalog.retired()) {
        for end in &one.end_dates {
            writeln!(page, "| `{}` | {} | {} | {} |", one.id, end.on, end.note, end.action).unwrap();
        }
    }
    page.push_str(
        "\nRetired entries serve the credentials that exist, are not found by a search, and take no new credential: ",
    );
    let retired: Vec<String> = catalog.retired().map(|one| format!("`{}`", one.id)).collect();
    writeln!(page, "{}.", retired.join(", ")).unwrap();
    page.push_str(
        "\n## Entries\n\n| Id | Name | Signs in with | Facts | Read | Redirect URI | Test call | Lifetimes |\n",
    );
    page.push_str("|---|---|---|---|---|---|---|---|\n");
    for one in all {
        let cells = [
            format!("`{}`", one.id),
            one.name.clone(),
            one.grant.label().to_owned(),
            one.verification.label().to_owned(),
            read_on(one),
            redirect(one).to_owned(),
            test_call(one).to_owned(),
            lifetimes(one),
        ];
        writeln!(page, "| {} |", cells.join(" | ")).unwrap();
    }
    page
}

#[test]
fn the_catalog_page_says_what_is_shipped() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/catalog.md");
    if std::env::var_os("CREDENZA_WRITE_DOCS").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    assert_eq!(std::fs::read_to_string(path).unwrap_or_default(), page(), "write it anew: see the top of this file");
}

#[test]
fn the_readme_counts_what_is_shipped() {
    let catalog = shipped();
    let count = |wanted: Verification| catalog.iter().filter(|one| one.verification == wanted).count();
    let text = std::fs::read_to_string(Path::new(env!("CARGO_MANIFEST_DIR")).join("README.md")).unwrap();
    let sentence = format!(
        "{} entries: for {} a vendor's page confirms the facts, for {} two independent sources do",
        catalog.iter().count(),
        count(Verification::Vendor),
        count(Verification::TwoSources)
    );
    let words = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words(&text).contains(&sentence), "README.md should say: {sentence}");
}
