//! What a person gets for what they type: the first three rows.

use std::time::Instant;

use super::shipped;

fn first_three(query: &str) -> Vec<String> {
    shipped().search(query).iter().take(3).map(|hit| hit.provider.id.clone()).collect()
}

#[test]
fn the_first_rows_are_those_one_means() {
    let table: [(&str, &[&str]); 22] = [
        ("manage", &["manageengine"]),
        ("ManageEngine", &["manageengine"]),
        ("managenegine", &["manageengine"]),
        ("mangeengine", &["manageengine"]),
        ("zoho", &["zoho", "manageengine"]),
        ("desktop central", &["manageengine"]),
        ("dsktop central", &["manageengine"]),
        ("endpoint central", &["manageengine"]),
        ("servicedesk", &["manageengine"]),
        ("service", &["servicenow", "manageengine", "jira"]),
        ("o365", &["microsoft-entra"]),
        ("microsoft", &["microsoft-entra", "microsoft-intune"]),
        ("micorsoft", &["microsoft-entra", "microsoft-intune"]),
        ("google", &["google-workspace"]),
        ("gogle", &["google-workspace"]),
        ("git", &["github", "gitlab"]),
        ("github", &["github"]),
        ("slack", &["slack", "slack-user"]),
        ("atlassian", &["confluence", "jira"]),
        ("box", &["box", "dropbox"]),
        ("oidc", &["openid-connect"]),
        ("custom", &["custom-oauth2"]),
    ];
    for (query, expected) in table {
        let found = first_three(query);
        assert_eq!(found[..expected.len().min(found.len())], *expected, "{query}");
    }
}

#[test]
fn nothing_typed_lists_all_by_name_and_nonsense_lists_none() {
    let catalog = shipped();
    let names: Vec<String> = catalog.search("  ").iter().map(|hit| hit.provider.name.to_lowercase()).collect();
    assert_eq!(names.len(), catalog.iter().count());
    assert!(names.is_sorted());
    assert!(catalog.search("qqqqzzzz").is_empty());
    assert!(catalog.search(&"x".repeat(100_000)).is_empty());
    for syntax in ["^box$", "'git", "!zoho", "\\", "\u{202e}", "é"] {
        let _ = catalog.search(syntax);
    }
}

#[test]
fn matched_letters_are_positions_in_the_name() {
    let catalog = shipped();
    let hit = catalog.search("engine").remove(0);
    assert_eq!((hit.provider.id.as_str(), hit.positions, hit.alias), ("manageengine", vec![6, 7, 8, 9, 10, 11], None));
    let hit = catalog.search("desktop central").remove(0);
    assert_eq!((hit.provider.id.as_str(), hit.positions, hit.alias), ("manageengine", vec![], Some("desktop central")));
}

#[test]
fn a_key_costs_little() {
    let catalog = shipped();
    let _ = catalog.search("warm");
    let start = Instant::now();
    for _ in 0..20 {
        let _ = catalog.search("servicedesk");
    }
    assert!(start.elapsed().as_millis() < 1_000, "{:?}", start.elapsed());
}
