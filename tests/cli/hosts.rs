//! Hosts, which open the vault with an identity file of their own: adding them, file permissions, and removing them.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;

use super::{Cli, Ran};

fn key_file(cli: &Cli, name: &str) -> PathBuf {
    cli.folder().join(name)
}

fn add(cli: &Cli, host: &str) -> PathBuf {
    let file = key_file(cli, host);
    cli.run(&["recipients", "add", host, "--key-file", file.to_str().unwrap()]).ends(0);
    file
}

/// Runs as the host does: without a passphrase, and without a terminal.
fn as_host(cli: &Cli, file: &std::path::Path, arguments: &[&str]) -> Ran {
    let mut command = cli.command(arguments);
    command.args(["--no-input", "--identity-file"]).arg(file);
    Ran::of(command.output().unwrap())
}

#[test]
fn a_host_reads_and_writes_without_a_passphrase() {
    let cli = Cli::new();
    cli.add("Zoho EU").ends(0);
    let file = add(&cli, "ci");
    assert_eq!(fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    let list = as_host(&cli, &file, &["list", "--json"]).ends(0).json();
    assert_eq!(list[0]["name"], "Zoho EU");
    as_host(&cli, &file, &["rename", "Zoho EU", "Zoho"]).ends(0);
    cli.run(&["show", "Zoho"]).ends(0);
    let hosts = cli.run(&["recipients", "list", "--json"]).ends(0).json();
    assert_eq!((hosts.as_array().unwrap().len(), &hosts[0]["name"]), (1, &"ci".into()));
    // The environment variable works as well.
    let mut command = cli.command(&["list"]);
    Ran::of(command.env("CREDENZA_IDENTITY_FILE", &file).output().unwrap()).ends(0);
}

#[test]
fn a_file_that_others_can_read_or_that_is_none_is_refused() {
    let cli = Cli::new();
    let file = add(&cli, "ci");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o640)).unwrap();
    let refused = as_host(&cli, &file, &["list"]).ends(8);
    assert!(refused.err.contains("chmod 600"), "{}", refused.err);
    let none = key_file(&cli, "pass");
    fs::set_permissions(&none, fs::Permissions::from_mode(0o600)).unwrap();
    let refused = as_host(&cli, &none, &["list"]).ends(2);
    assert!(refused.err.contains("recipients add"), "{}", refused.err);
    as_host(&cli, &key_file(&cli, "nothing"), &["list"]).ends(2);
    // No file is overwritten, and names are unique.
    cli.run(&["recipients", "add", "two", "--key-file", file.to_str().unwrap()]).ends(8);
    cli.run(&["recipients", "add", "ci", "--key-file", key_file(&cli, "again").to_str().unwrap()]).ends(2);
    assert!(!key_file(&cli, "again").exists());
    cli.run(&["recipients", "add", "a\u{1b}b", "--key-file", key_file(&cli, "again").to_str().unwrap()]).ends(2);
}

#[test]
fn ar_08_a_host_that_is_shut_out_reads_no_new_save_and_forges_none() {
    let cli = Cli::new();
    cli.add("Zoho EU").ends(0);
    let (gone, stays) = (add(&cli, "gone"), add(&cli, "stays"));
    let vault = cli.folder().join("data/vault.age");
    let known = fs::read(&vault).unwrap();

    let removed = cli.run(&["recipients", "remove", "gone", "--json"]).ends(0);
    assert_eq!(removed.json()["to_make_anew"], serde_json::json!(["stays"]));
    assert_eq!(removed.json()["rotate"], serde_json::json!(["Zoho EU"]));
    let refused = as_host(&cli, &gone, &["list"]).ends(4);
    assert!(refused.err.contains("Its host was removed"), "{}", refused.err);
    cli.run(&["list"]).ends(0);
    let anew = as_host(&cli, &stays, &["list"]).ends(8);
    assert!(anew.err.contains("replace this host's identity file"), "{}", anew.err);
    let replace = |host: &str, file: &str| {
        let file = key_file(&cli, file);
        (cli.run(&["recipients", "add", host, "--replace", "--key-file", file.to_str().unwrap()]), file)
    };
    assert!(replace("gone", "none").0.ends(3).err.contains("There is no host named gone."));
    let (replaced, new) = replace("stays", "stays again");
    assert!(replaced.ends(0).out.contains("stays opens the vault"));
    as_host(&cli, &new, &["list"]).ends(0);
    // Its former identity opens nothing that was saved since then, and the other hosts need no new one.
    assert!(as_host(&cli, &stays, &["list"]).ends(4).err.contains("does not open this vault"));
    let other = add(&cli, "other");
    replace("stays", "stays once more").0.ends(0);
    as_host(&cli, &other, &["list"]).ends(0);

    // The host cannot get back in with its old copy of the vault, whether or not this machine still has its record of
    // newer versions.
    fs::write(&vault, known).unwrap();
    cli.run(&["list"]).ends(8);
    fs::remove_file(cli.folder().join("state/seen.json")).unwrap();
    cli.run(&["list"]).ends(8);
}

#[test]
fn pp_04_a_passphrase_comes_from_a_descriptor() {
    let cli = Cli::new();
    let mut command = cli.command(&["list", "--no-input", "--passphrase-fd", "0"]);
    command.stdin(fs::File::open(cli.folder().join("pass")).unwrap());
    Ran::of(command.output().unwrap()).ends(0);
    let closed = cli.run(&["list", "--no-input", "--passphrase-fd", "77"]);
    assert_eq!(closed.code, 2, "{closed:?}");
}
