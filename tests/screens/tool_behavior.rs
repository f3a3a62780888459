//! What the pages of settings, catalog and hosts do to files, the vault and other screens.

use std::fs;

use credenza::engine::event::Outcome;
use credenza::engine::operation::Operation;
use credenza::engine::ops::{credentials, recovery};
use credenza::problem::Kind;
use credenza::secret::Secret;
use credenza::tui::route::Route;
use credenza::tui::theme::Theme;
use jiff::SignedDuration;

use super::Stage;

fn stage() -> Stage {
    let mut stage = Stage::full(Theme::colored(false));
    stage.reads = true;
    stage
}

/// The settings page of a vault with this settings file.
fn settings(text: &str) -> Stage {
    let mut stage = stage();
    let path = stage.paths().settings();
    fs::create_dir_all(path.parent().unwrap()).unwrap();
    fs::write(path, text).unwrap();
    stage.visit(Route::Settings);
    stage
}

fn file(stage: &Stage) -> String {
    fs::read_to_string(stage.paths().settings()).unwrap()
}

#[test]
fn a_setting_is_saved_with_all_comments_and_felt_at_once() {
    let mut stage = settings("# Mine.\nlock_after = \"2h\" # policy\nother = 1\n");
    stage.keys("down down down enter ctrl-u").typed("20s").keys("enter");
    assert!(stage.frame().contains("Saved lock_after."), "{}", stage.frame());
    assert_eq!(file(&stage), "# Mine.\nlock_after = \"20s\" # policy\nother = 1\n");
    stage.pass(SignedDuration::from_secs(21));
    assert!(stage.frame().contains("Passphrase"), "it locks after 20 s: {}", stage.frame());
}

#[test]
fn what_needs_a_restart_is_said_and_a_reset_goes_back() {
    let mut stage = settings("mouse = true # keep\n");
    stage.keys("down down enter down enter");
    assert_eq!(file(&stage), "mouse = false # keep\n");
    assert!(stage.frame().contains("takes effect the next time Credenza starts"), "{}", stage.frame());
    stage.keys("d");
    assert_eq!(file(&stage), "# keep\n");
    stage.keys("d");
    assert!(stage.frame().contains("has its default already"), "{}", stage.frame());
}

#[test]
fn a_wrong_value_stays_in_the_field_and_a_broken_file_stays_on_disk() {
    let mut stage = settings("");
    stage.keys("down down down down down enter enter");
    assert!(stage.frame().contains("Type a value."), "{}", stage.frame());
    stage.typed("70000").keys("enter");
    assert!(stage.frame().contains("70000") && stage.frame().contains("1 to 65535"), "{}", stage.frame());
    assert_eq!(file(&stage), "");
    stage.keys("esc");
    fs::write(stage.paths().settings(), "mouse = ").unwrap();
    stage.keys("r");
    assert!(stage.frame().contains("Line 1, column"), "{}", stage.frame());
    stage.keys("enter d");
    assert!(stage.frame().contains("is broken"), "{}", stage.frame());
    assert_eq!(file(&stage), "mouse = ");
    fs::write(stage.paths().settings(), "mouse = false").unwrap();
    stage.keys("r");
    assert!(stage.frame().contains("settings.toml:1"), "{}", stage.frame());
}

#[test]
fn an_entry_of_the_catalog_begins_a_credential() {
    let mut stage = stage();
    stage.visit(Route::Catalog).typed("okta").keys("enter");
    assert!(stage.frame().contains("Verification"), "{}", stage.frame());
    stage.keys("+");
    assert!(stage.frame().contains("INFORMATION"), "{}", stage.frame());
    stage.keys("esc esc");
    assert!(stage.frame().contains("okta▏"), "the search is as it was: {}", stage.frame());
    stage.keys("+");
    assert!(stage.frame().contains("INFORMATION"), "{}", stage.frame());
}

#[test]
fn errors_of_own_files_have_their_places() {
    let mut stage = stage();
    let folder = stage.paths().catalog();
    fs::create_dir_all(&folder).unwrap();
    fs::write(folder.join("acme.toml"), "id = \"acme\"\nnme = \"ACME\"\n").unwrap();
    stage.visit(Route::CatalogFiles);
    assert!(stage.frame().contains("acme.toml") && stage.frame().contains("line 2, column 1"), "{}", stage.frame());
    stage.keys("enter");
    assert!(stage.frame().contains("not in use"), "{}", stage.frame());
}

#[test]
fn a_host_is_added_with_a_key_file_of_its_own() {
    let mut stage = stage();
    let key_file = stage.paths().data().join("ci.key");
    stage.visit(Route::Hosts).keys("+").typed("ci").keys("enter").paste(&key_file.display().to_string());
    stage.keys("enter").resize(120, 40);
    assert!(stage.frame().contains("credenza --identity-file"), "{}", stage.frame());
    assert!(fs::read_to_string(&key_file).unwrap().contains("AGE-SECRET-KEY-"));
    stage.keys("enter").refresh();
    assert!(stage.frame().contains("> ci "), "{}", stage.frame());
    stage.keys("+").typed("ci").keys("enter").typed("/nowhere/x").keys("enter");
    assert!(stage.frame().contains("already"), "{}", stage.frame());
}

#[test]
fn a_host_is_removed_with_the_passphrase_only() {
    let mut stage = stage();
    let key_file = stage.paths().data().join("ci.key");
    stage.meanwhile(|session| {
        credenza::engine::ops::hosts::add(session, "ci", &key_file).unwrap();
    });
    stage.refresh().visit(Route::Hosts).keys("d enter");
    assert!(stage.waiting.is_none() && stage.frame().contains("Type the passphrase"), "{}", stage.frame());
    stage.typed("correct").keys("enter");
    let Some(Operation::RemoveHost { name, passphrase }) = stage.asked.take() else { panic!("{}", stage.frame()) };
    assert_eq!(name, "ci");
    assert!(!format!("{passphrase:?}").contains("correct"));
    stage.ends(Ok(Outcome::HostRemoved(vec!["backup".to_owned()])));
    assert!(stage.frame().contains("Make new identity files for backup"), "{}", stage.frame());
    stage.meanwhile(|session| assert_eq!(credentials::snapshot(session).unwrap().hosts.len(), 1));
}

#[test]
fn a_recovery_kit_is_activated_only_by_its_last_characters() {
    let stage = stage();
    stage.meanwhile(|session| {
        let kit = recovery::prepare();
        let refused = recovery::confirm(session, &kit, &Secret::new("EXAMPL".to_owned())).unwrap_err();
        assert_eq!(refused.kind, Kind::Usage);
        assert!(refused.what.starts_with("These are not the last "), "{refused:?}");
        assert!(!credentials::snapshot(session).unwrap().recovery_kit);
    });
}
