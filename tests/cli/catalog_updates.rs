//! `credenza catalog update|diff|verify`: a signed and newer catalog is installed, anything else is refused.

use std::path::{Path, PathBuf};

use serde_json::Value;

use super::Cli;

fn fixture(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/catalogs/updates").join(name)
}

/// A folder whose settings trust the signing key of the tests.
fn trusting() -> Cli {
    let cli = Cli::empty();
    let key = std::fs::read_to_string(fixture("key.pub")).unwrap();
    let config = cli.folder().join("config");
    std::fs::create_dir_all(&config).unwrap();
    std::fs::write(config.join("settings.toml"), format!("catalog_key = \"{}\"\n", key.lines().nth(1).unwrap()))
        .unwrap();
    cli
}

fn update(cli: &Cli, name: &str) -> super::Ran {
    cli.run(&["--no-input", "catalog", "update", fixture(name).to_str().unwrap()])
}

fn name_of(cli: &Cli, id: &str) -> String {
    let shown: Value = serde_json::from_str(&cli.run(&["catalog", "show", id, "--json"]).ends(0).out).unwrap();
    format!("{} ({})", shown["name"].as_str().unwrap(), shown["source"].as_str().unwrap())
}

#[test]
fn a_signed_update_is_installed_shown_and_in_force() {
    let cli = trusting();
    assert_eq!(name_of(&cli, "box"), "Box (built in)");
    let out = update(&cli, "good.json").ends(0).out;
    assert!(out.contains("acme-updated (new)") && out.contains("name: Box -> Box, corrected"), "{out}");
    assert!(out.contains("update 12 of 2026-12-01") && !out.contains("NEW HOSTS"), "{out}");
    assert_eq!(name_of(&cli, "box"), "Box, corrected (update 12)");
    assert_eq!(name_of(&cli, "acme-updated"), "Acme Updated (update 12)");
    update(&cli, "newer.json").ends(0);
    assert_eq!(name_of(&cli, "acme-updated"), "Acme Newer (update 13)");
    assert_eq!(name_of(&cli, "box"), "Box (built in)", "each update holds all that differs from what is shipped");
    let refused = update(&cli, "good.json").ends(8).err;
    assert!(refused.contains("not newer") && refused.contains("13"), "{refused}");
    assert_eq!(name_of(&cli, "acme-updated"), "Acme Newer (update 13)");
}

#[test]
fn what_is_not_signed_by_the_key_or_not_whole_is_refused() {
    let cli = trusting();
    assert!(update(&cli, "other-key.json").ends(8).err.contains("another key"));
    let folder = crate::scratch::folder();
    let copy = folder.path().join("copy.json");
    let good = std::fs::read(fixture("good.json")).unwrap();
    let place = copy.to_str().unwrap();
    std::fs::copy(fixture("good.json.minisig"), folder.path().join("copy.json.minisig")).unwrap();
    let changed = String::from_utf8(good.clone()).unwrap().replace("api.acme.example", "api.evil.example");
    for bytes in [good[..good.len() - 1].to_vec(), Vec::new(), changed.into_bytes()] {
        std::fs::write(&copy, bytes).unwrap();
        let err = cli.run(&["catalog", "update", place]).ends(8).err;
        assert!(err.contains("changed or cut short"), "{err}");
    }
    std::fs::write(&copy, &good).unwrap();
    for damaged in ["", "nonsense\n", "untrusted comment: x\nRUQ=\ntrusted comment: y\nAAAA\n"] {
        std::fs::write(folder.path().join("copy.json.minisig"), damaged).unwrap();
        assert!(cli.run(&["catalog", "update", place]).ends(8).err.contains("signature"), "{damaged:?}");
    }
    std::fs::remove_file(folder.path().join("copy.json.minisig")).unwrap();
    assert!(cli.run(&["catalog", "update", place]).ends(2).err.contains(".minisig cannot be read"));
    assert!(cli.run(&["catalog", "show", "acme-updated"]).ends(3).out.is_empty(), "nothing was installed");
}

#[test]
fn an_update_of_fifty_megabytes_is_refused_before_it_is_read() {
    let cli = trusting();
    let folder = crate::scratch::folder();
    let huge = folder.path().join("huge.json");
    std::fs::File::create(&huge).unwrap().set_len(50 << 20).unwrap();
    std::fs::copy(fixture("good.json.minisig"), folder.path().join("huge.json.minisig")).unwrap();
    let err = cli.run(&["catalog", "update", huge.to_str().unwrap()]).ends(8).err;
    assert!(err.contains("too large"), "{err}");
}

#[test]
fn names_that_leave_the_folder_links_and_the_future_are_refused() {
    let cli = trusting();
    for (name, code, words) in [
        ("parent-folder.json", 8, "../acme.toml"),
        ("absolute.json", 8, "/etc/acme.toml"),
        ("link.json", 2, "cannot be read"),
        ("other-id.json", 8, "acme.toml has the id acme-updated"),
        ("future-schema.json", 2, "schema 9"),
        ("future-format.json", 2, "newer Credenza"),
        ("older.json", 8, "not newer"),
    ] {
        let err = update(&cli, name).ends(code).err;
        assert!(err.contains(words), "{name}: {err}");
    }
    assert!(!cli.folder().join("data/catalog-update").exists());
}

#[test]
fn an_entry_that_sends_secrets_elsewhere_needs_a_yes() {
    let cli = trusting();
    let err = update(&cli, "moved.json").ends(8).err;
    assert!(err.contains("box: tokens.elsewhere.example") && err.contains("--accept-new-hosts"), "{err}");
    assert_eq!(name_of(&cli, "box"), "Box (built in)");
    let out = cli.run(&["catalog", "diff", fixture("moved.json").to_str().unwrap()]).ends(0).out;
    assert!(out.contains("auth.token_url: https://api.box.com/oauth2/token -> https://tokens.elsewhere"), "{out}");
    assert!(out.contains("NEW HOSTS: tokens.elsewhere.example"), "{out}");
    cli.run(&["catalog", "update", fixture("moved.json").to_str().unwrap(), "--accept-new-hosts"]).ends(0);
    assert_eq!(name_of(&cli, "box"), "Box (update 12)");
}

#[test]
fn an_installed_update_that_was_changed_is_not_used_and_told() {
    let cli = trusting();
    update(&cli, "good.json").ends(0);
    let path = cli.folder().join("data/catalog-update");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("Box, corrected", "Box, poisoned")).unwrap();
    let ran = cli.run(&["catalog", "show", "box"]).ends(0);
    assert!(ran.err.contains("changed or cut short") && ran.out.contains("built in"), "{} {}", ran.err, ran.out);
}

#[test]
fn without_a_key_nothing_is_installed() {
    let err = update(&Cli::empty(), "good.json").ends(2).err;
    assert!(err.contains("no key") && err.contains("catalog_key"), "{err}");
}

#[test]
fn an_own_file_shows_what_it_changes_and_that_what_it_hides_has_ended() {
    let cli = Cli::empty();
    let catalog = cli.folder().join("config/catalog");
    std::fs::create_dir_all(&catalog).unwrap();
    let shipped = Path::new(env!("CARGO_MANIFEST_DIR")).join("assets/catalog/opsgenie.toml");
    let shipped = std::fs::read_to_string(shipped).unwrap();
    let (before, end) = shipped.split_once("[[end_date]]").expect("it has an announced end");
    let rest = end.split_once("\n[").map_or(String::new(), |(_, rest)| format!("[{rest}"));
    let own = format!("{before}{rest}").replace("name = \"Opsgenie\"", "name = \"Our Opsgenie\"");
    std::fs::write(catalog.join("opsgenie.toml"), own).unwrap();
    let ran = cli.run(&["catalog", "diff"]).ends(0);
    assert!(ran.out.contains("name: Opsgenie -> Our Opsgenie"), "{}", ran.out);
    assert!(ran.err.contains("omits an announced shutdown") && ran.err.contains("opsgenie.toml"), "{}", ran.err);
    assert!(ran.err.contains("2027-04-05") && ran.err.contains("move your file away"), "{}", ran.err);
}
