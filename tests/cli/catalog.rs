//! `credenza catalog list`: what can be connected to, and how sure its facts are.

use serde_json::Value;

use super::Cli;

#[test]
fn the_list_says_how_each_provider_signs_in_and_how_sure_its_facts_are() {
    let list = Cli::empty().run(&["catalog", "list"]).ends(0).out;
    let mut lines = list.lines();
    let head: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(head, ["ID", "NAME", "SIGNS", "IN", "WITH", "FACTS"]);
    let row = |id: &str| list.lines().find(|line| line.split_whitespace().next() == Some(id)).unwrap().to_owned();
    assert!(row("okta").contains("authorization code") && row("okta").contains("two sources"));
    assert!(row("jamf-pro").contains("client credentials") && row("jamf-pro").contains("unverified"));
    assert!(row("zendesk-token").contains("Basic"));
    assert!(lines.count() >= 180);
}

#[test]
fn a_script_can_count_what_is_verified_how() {
    let out = Cli::empty().run(&["catalog", "list", "--json"]).ends(0).out;
    let list: Vec<Value> = serde_json::from_str(&out).unwrap();
    assert!(list.len() >= 180, "{}", list.len());
    let with = |word: &str| list.iter().filter(|entry| entry["verification"] == word).count();
    assert!(with("two_sources") >= 180);
    assert_eq!(with("two_sources") + with("unverified"), list.len());
    for entry in &list {
        for key in ["id", "name", "group", "category", "grant", "source"] {
            assert!(entry[key].as_str().is_some_and(|text| !text.is_empty()), "{key}: {entry}");
        }
    }
}

#[test]
fn an_entry_says_what_goes_with_each_call() {
    let show = |id: &str| Cli::empty().run(&["catalog", "show", id]).ends(0).out;
    let has = |id: &str, label: &str, value: &str| {
        let found = show(id)
            .lines()
            .any(|line| line.strip_prefix(label).is_some_and(|rest| rest.starts_with("  ") && rest.trim() == value));
        assert!(found, "{id} has no {label} {value}:\n{}", show(id));
    };
    has("okta-token", "Key", "Authorization: SSWS {secret}");
    has("prtg", "Key", "?apitoken={secret}");
    has("zendesk-token", "Basic credentials", "{email}/token : {secret}");
    has("azure-devops", "Basic credentials", "(empty) : {secret}");
    has("notion-token", "API header", "Authorization: Bearer {secret}");
    has("shopify", "API header", "X-Shopify-Access-Token: {access_token}");
    has("zoom-s2s", "Token parameter", "grant_type=account_credentials");
    has("workspace-one-uem", "API header", "aw-tenant-code: {tenant_code}");
    assert!(!show("okta-token").contains("Redirect URI"), "nobody is redirected for a key");
    assert!(show("okta").contains("Redirect URI"));
}
