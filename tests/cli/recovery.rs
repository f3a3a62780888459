//! Changing the passphrase, and recovery when it is lost.

use std::fs;

use super::Cli;

fn file(cli: &Cli, name: &str, text: &str) -> String {
    let path = cli.folder().join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn pp_06_a_passphrase_is_changed_and_the_old_one_opens_nothing() {
    let cli = Cli::new();
    cli.add("one").ends(0);
    let before = fs::read(cli.folder().join("data/vault.age")).unwrap();
    let new = file(&cli, "new", "another one\n");
    let changed = cli.run(&["passphrase", "--new-passphrase-file", &new, "--json"]).ends(0);
    assert_eq!(changed.json()["changed"], true);
    assert!(changed.err.contains("still open with the old passphrase"), "{changed:?}");
    assert_eq!(fs::read(cli.folder().join("data/vault.age")).unwrap(), before, "the vault itself is not touched");
    cli.run(&["list"]).ends(4);
    assert!(cli.run(&["list", "--passphrase-file", &new]).ends(0).out.contains("one"));
    // The same passphrase again, an empty one, and a wrong old one are refused without any change.
    cli.run(&["passphrase", "--passphrase-file", &new, "--new-passphrase-file", &new]).ends(2);
    let empty = file(&cli, "empty", "\n");
    cli.run(&["passphrase", "--passphrase-file", &new, "--new-passphrase-file", &empty]).ends(2);
    cli.run(&["passphrase", "--new-passphrase-file", &new]).ends(4);
    cli.run(&["passphrase", "--passphrase-file", &new, "--no-input"]).ends(4);
    cli.run(&["list", "--passphrase-file", &new]).ends(0);
}

#[test]
fn a_recovery_kit_brings_a_vault_back_whose_passphrase_and_identity_are_lost() {
    let cli = Cli::new();
    cli.add("one").ends(0);
    let first = cli.run(&["recovery-kit"]).ends(0);
    let kit = cli.run(&["recovery-kit", "--json"]).ends(0);
    assert!(kit.json()["recipient"].as_str().unwrap().starts_with("age1"));
    let identity = kit.json()["identity"].as_str().unwrap().to_owned();
    let kit = file(&cli, "kit", &format!("# our kit\n{identity}\n"));
    let replaced = file(&cli, "replaced", &first.out);
    let new = file(&cli, "new", "another one\n");

    fs::remove_file(cli.folder().join("data/identity.age")).unwrap();
    assert!(cli.run(&["list"]).ends(7).err.contains("identity"), "half a vault is called so");
    cli.run(&["recover", "--kit-file", &replaced, "--new-passphrase-file", &new]).ends(7);
    let recovered = cli.run(&["recover", "--kit-file", &kit, "--new-passphrase-file", &new, "--json"]).ends(0);
    assert_eq!(recovered.json()["recovered"], true);
    assert!(cli.run(&["list", "--passphrase-file", &new]).ends(0).out.contains("one"));
    // The kit remains valid, also as its sheet has it: in groups, between other lines.
    let key: Vec<char> = identity.chars().collect();
    let groups: Vec<String> = key.chunks(4).map(|group| group.iter().collect()).collect();
    let rows: Vec<String> = groups.chunks(8).map(|row| row.join(" ")).collect();
    let sheet = file(&cli, "sheet", &format!("Credenza recovery kit\n\n{}\n\n\u{2588}\u{2580}\n", rows.join("\n")));
    for kit in [&kit, &sheet] {
        cli.run(&["recover", "--kit-file", kit, "--new-passphrase-file", &new]).ends(0);
    }
}

#[test]
fn only_the_kit_recovers() {
    let cli = Cli::new();
    let new = file(&cli, "new", "another one\n");
    for (text, code) in [("", 2), ("AGE-SECRET-KEY-1QQQ", 2), ("not a key", 2)] {
        let kit = file(&cli, "kit", text);
        cli.run(&["recover", "--kit-file", &kit, "--new-passphrase-file", &new]).ends(code);
    }
    // The key of another vault does not recover this one.
    let kit = file(&cli, "kit", &Cli::new().run(&["recovery-kit"]).ends(0).out);
    cli.run(&["recover", "--kit-file", &kit, "--new-passphrase-file", &new]).ends(7);
    cli.run(&["recover", "--kit-file", "/nonexistent", "--new-passphrase-file", &new]).ends(2);
    cli.run(&["list"]).ends(0);
}

#[test]
fn vf_17_an_older_vault_is_used_only_when_a_person_says_so() {
    let cli = Cli::new();
    cli.add("one").ends(0);
    let old = fs::read(cli.folder().join("data/vault.age")).unwrap();
    cli.add("two").ends(0);
    fs::write(cli.folder().join("data/vault.age"), old).unwrap();
    let refused = cli.run(&["list"]).ends(7);
    assert!(refused.err.contains("an old version") && refused.err.contains("credenza restore"), "{refused:?}");
    let restored = cli.run(&["restore", "--json"]).ends(0);
    assert_eq!((restored.json()["restored"].clone(), restored.json()["credentials"].clone()), (true.into(), 1.into()));
    assert!(!cli.run(&["list"]).ends(0).out.contains("two"));
    cli.run(&["restore", "/nonexistent"]).ends(7);
}

#[test]
fn a_vault_that_opens_is_not_restored_from_itself() {
    let cli = Cli::new();
    let before = cli.run(&["--json", "history"]).ends(0).out;
    let refused = cli.run(&["restore"]).ends(2);
    assert!(refused.err.contains("The vault opens, so there is nothing to restore."), "{}", refused.err);
    assert!(refused.err.contains("credenza history"), "{}", refused.err);
    assert_eq!(cli.run(&["--json", "history"]).ends(0).out, before);
}
