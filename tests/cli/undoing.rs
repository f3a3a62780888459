//! `undo` and `redo` in scripts: immediately for the most recent change, with `--yes` for older ones.

use std::collections::BTreeMap;

use credenza::clock::Clock;
use credenza::model::change::Change;
use credenza::model::credential::{Credential, MAIN_SECRET, Name, Setup, Tokens};
use credenza::paths::Paths;
use credenza::secret::{AccessToken, Passphrase, RefreshToken, Secret};
use jiff::SignedDuration;
use serde_json::json;

use super::Cli;
use crate::local_vault::Vault;

/// The vault as another process has it open, at the time of this clock.
fn vault(cli: &Cli, clock: &Clock) -> Vault {
    let paths = Paths::discover(Some(cli.folder())).unwrap();
    Vault::unlock(&paths, &Passphrase::new("test".to_owned()), clock).unwrap()
}

fn credential(provider: &str) -> Credential {
    Credential::new(Name::parse("Zoho").unwrap(), provider, Setup::default(), Clock::system().now())
}

#[test]
fn an_older_change_needs_a_yes_and_can_be_redone() {
    let cli = Cli::new();
    cli.add("Zoho").ends(0);
    let id = {
        let clock = Clock::settable(Clock::system().now() - SignedDuration::from_mins(10));
        let vault = vault(&cli, &clock);
        let id = vault.snapshot().unwrap().credentials.list[0].id;
        let name = |text: &str| Name::parse(text).unwrap();
        vault.commit(Change::rename(id, &name("Zoho"), &name("Production"))).unwrap();
        id
    };
    let refused = cli.run(&["undo"]).ends(8);
    assert!(refused.out.is_empty() && refused.err.contains("\"rename Zoho to Production\""), "{refused:?}");
    assert!(refused.err.contains("credenza undo --yes"), "{refused:?}");
    cli.run(&["show", "Production"]).ends(0);
    let undone = cli.run(&["undo", "--yes", "--json"]).ends(0).json();
    assert_eq!(undone, json!({ "undone": "rename Zoho to Production" }));
    cli.run(&["show", "Zoho"]).ends(0);
    // A recent undo is redone without a confirmation; after that there is nothing to redo.
    assert_eq!(cli.run(&["redo", "--json"]).ends(0).json(), json!({ "redone": "rename Zoho to Production" }));
    assert_eq!(cli.run(&["show", "Production", "--json"]).ends(0).json()["id"], json!(id));
    let none = cli.run(&["redo"]).ends(3);
    assert!(none.err.contains("nothing to redo"), "{none:?}");
    let lines = cli.run(&["log", "--json"]).ends(0).json();
    let actions: Vec<&str> = lines.as_array().unwrap().iter().filter_map(|line| line["action"].as_str()).collect();
    assert!(actions.contains(&"undo") && actions.contains(&"redo"), "{actions:?}");
}

#[test]
fn undoing_the_add_of_an_authenticated_credential_needs_a_yes_however_young_it_is() {
    let cli = Cli::new();
    let tokens = Tokens {
        access: AccessToken::new("CNRY-access".to_owned()),
        refresh: Some(RefreshToken::new("CNRY-refresh".to_owned())),
        received_at: Clock::system().now(),
        expires_at: None,
        refresh_expires_at: None,
        scopes: None,
        captured: BTreeMap::new(),
    };
    let one = credential("manageengine");
    let id = one.id;
    let vault = vault(&cli, &Clock::system());
    vault.commit(Change::Insert(Box::new(one))).unwrap();
    vault.commit(Change::Refreshed { id, tokens: Box::new(tokens), spent: None }).unwrap();
    let refused = cli.run(&["undo"]).ends(8);
    assert!(refused.err.contains("its tokens would be deleted"), "{refused:?}");
    cli.run(&["undo", "--no-input"]).ends(8);
    cli.run(&["show", "Zoho"]).ends(0);
    cli.run(&["undo", "--yes"]).ends(0);
    cli.run(&["show", "Zoho"]).ends(3);
    cli.run(&["redo"]).ends(0);
    let tokens = vault.snapshot().unwrap().credentials.by_id(id).unwrap().tokens.clone().unwrap();
    assert_eq!(tokens.refresh.unwrap().expose(), "CNRY-refresh", "redo brings the tokens back");
}

#[test]
fn a_refused_key_that_undo_puts_back_is_not_printed() {
    let cli = Cli::new();
    let mut one = credential("pagerduty-key");
    one.setup.secrets.insert(MAIN_SECRET.to_owned(), Secret::new("stale-key".to_owned()));
    let id = one.id;
    let vault = vault(&cli, &Clock::system());
    vault.commit(Change::Insert(Box::new(one))).unwrap();
    vault.commit(Change::KeyRefused { id, code: "HTTP 401".to_owned(), tested: None }).unwrap();
    cli.run(&["token", "Zoho"]).ends(5);
    std::fs::write(cli.folder().join("key"), "fresh-key\n").unwrap();
    let key = cli.folder().join("key");
    cli.run(&["rotate", "Zoho", "--secret-file", key.to_str().unwrap()]).ends(0);
    assert_eq!(cli.run(&["token", "Zoho"]).ends(0).out, "fresh-key\n");
    cli.run(&["undo"]).ends(0);
    let refused = cli.run(&["token", "Zoho"]).ends(5);
    assert!(refused.out.is_empty() && refused.err.contains("HTTP 401"), "{refused:?}");
    assert_eq!(cli.run(&["show", "Zoho", "--json"]).ends(0).json()["status"], "needs_reauthentication");
    cli.run(&["redo"]).ends(0);
    assert_eq!(cli.run(&["token", "Zoho"]).ends(0).out, "fresh-key\n");
}

#[test]
fn a_delete_without_a_terminal_asks_nothing_and_comes_back_in_its_place() {
    let cli = Cli::new();
    for name in ["A", "B", "C"] {
        cli.add(name).ends(0);
    }
    let names = || -> Vec<String> {
        let list = cli.run(&["list", "--json"]).ends(0).json();
        list.as_array().unwrap().iter().map(|row| row["name"].as_str().unwrap().to_owned()).collect()
    };
    cli.run(&["delete", "B"]).ends(0);
    cli.run(&["delete", "A", "--yes"]).ends(0);
    cli.run(&["undo"]).ends(0);
    cli.run(&["undo"]).ends(0);
    assert_eq!(names(), ["A", "B", "C"]);
}
