//! Damages the files of a vault, as the words in the rows say.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use credenza::clock::Clock;
use credenza::model::change::Change;
use credenza::model::credential::Tokens;
use credenza::paths::Paths;
use credenza::secret::{AccessToken, Passphrase};
use credenza::store::local::{Local, UnlockBy};

use crate::cli::Cli;
use crate::payload::as_format_1;

/// Performs one step of a row.
pub(super) fn make(cli: &Cli, step: &str) {
    let (file, what) = step.split_once(' ').unwrap();
    match (file, what) {
        ("state", "missing") => fs::remove_dir_all(cli.folder().join("state")).unwrap(),
        ("backups", "missing") => fs::remove_dir_all(cli.folder().join("data/backups")).unwrap(),
        ("backups", "newest cut") => cut(&cli.folder().join("data/backups").join(newest_backup(cli))),
        ("both", "files outdated") => {
            let before = recovered(cli);
            fs::write(place(cli, "identity.age"), before).unwrap();
            fs::copy(cli.folder().join("own"), place(cli, "vault.age")).unwrap();
        }
        ("identity.age", "outdated") => {
            let before = recovered(cli);
            fs::write(place(cli, "identity.age"), before).unwrap();
        }
        ("passphrase", "forgotten") => fs::write(cli.folder().join("pass"), "not it\n").unwrap(),
        ("vault", "large") => enlarge(cli),
        ("recent.age", "older") => {
            fs::copy(cli.folder().join("older"), place(cli, "recent.age")).unwrap();
        }
        ("vault.age", what) => of_vault(cli, what),
        (file, what) => damage(cli, &place(cli, file), what),
    }
}

fn place(cli: &Cli, file: &str) -> PathBuf {
    let folder = if ["vault.age", "recent.age", "identity.age", "lock"].contains(&file) { "data" } else { "state" };
    cli.folder().join(folder).join(file)
}

fn damage(cli: &Cli, path: &Path, what: &str) {
    match what {
        "missing" => fs::remove_file(path).unwrap(),
        "cut" => cut(path),
        "empty" => fs::write(path, "").unwrap(),
        "text" => fs::write(path, "-----BEGIN CERTIFICATE-----\n").unwrap(),
        "extended" => fs::write(path, [fs::read(path).unwrap(), b"X".to_vec()].concat()).unwrap(),
        "changed" => {
            let mut bytes = fs::read(path).unwrap();
            let middle = bytes.len() / 2;
            bytes[middle] ^= 1;
            fs::write(path, bytes).unwrap();
        }
        "foreign" => {
            let other = Cli::new();
            other.add("other").ends(0);
            fs::copy(other.folder().join(path.strip_prefix(cli.folder()).unwrap()), path).unwrap();
        }
        _ => panic!("{what} is no damage"),
    }
}

fn cut(path: &Path) {
    let bytes = fs::read(path).unwrap();
    fs::write(path, &bytes[..bytes.len() - bytes.len() / 3]).unwrap();
}

fn of_vault(cli: &Cli, what: &str) {
    let path = place(cli, "vault.age");
    match what.split_once(' ') {
        Some(("older", number)) => {
            fs::copy(backup(cli, number), path).unwrap();
        }
        Some(("forked", saves)) => fs::write(path, forked(saves.parse().unwrap())).unwrap(),
        Some(("content", what)) => {
            let json = edited(&as_format_1(&payload(cli)), what);
            fs::write(path, age::encrypt(&identity(cli).to_public(), json.as_bytes()).unwrap()).unwrap();
            // As if another machine had written it: this one has no record of the version.
            fs::remove_file(place(cli, "seen.json")).unwrap();
        }
        _ if what == "folder" => {
            fs::remove_file(&path).unwrap();
            fs::create_dir(path).unwrap();
        }
        _ if what == "forged" => {
            let json = r#"{"format":1,"vault_id":"V","generation":9,"written_at":"2026-11-23T10:00:00Z",
                "vault_secret":"guess","recipients":[],"credentials":[]}"#;
            fs::write(path, age::encrypt(&identity(cli).to_public(), json.as_bytes()).unwrap()).unwrap();
        }
        _ => damage(cli, &path, what),
    }
}

/// Makes the vault large, and refreshes a token twice: generations 7 and 8 are in `recent.age`.
fn enlarge(cli: &Cli) {
    let filler = format!("\"head\":{{\"filler\":\"{}\",", "x".repeat(300 << 10));
    let json = payload(cli).replacen("\"head\":{", &filler, 1);
    fs::write(place(cli, "vault.age"), age::encrypt(&identity(cli).to_public(), json.as_bytes()).unwrap()).unwrap();
    // As if another machine had written it: this one has no record of the version.
    fs::remove_file(place(cli, "seen.json")).unwrap();
    let paths = Paths::discover(Some(cli.folder())).unwrap();
    let local = Local::at(&paths, &Clock::system(), "test");
    let store = local.unlock(UnlockBy::Passphrase(&Passphrase::new("test".to_owned()))).unwrap();
    let id = store.find("three").unwrap().unwrap().id;
    for older in ["older", "newest"] {
        let tokens = Tokens {
            access: AccessToken::new(older.to_owned()),
            refresh: None,
            received_at: "2026-11-23T10:00:00Z".parse().unwrap(),
            expires_at: None,
            refresh_expires_at: None,
            scopes: None,
            captured: BTreeMap::new(),
        };
        store.commit(Change::Refreshed { id, tokens: Box::new(tokens), spent: None }.into()).unwrap();
        fs::copy(place(cli, "recent.age"), cli.folder().join(older)).unwrap();
    }
}

/// The payload with one change that this version of the program does not understand.
fn edited(json: &str, what: &str) -> String {
    let (head, tail) = json.split_at(json.find("\"name\": \"three\"").unwrap());
    let of_three = |from: &str, to: &str| {
        assert!(tail.contains(from), "{from}");
        head.to_owned() + &tail.replacen(from, to, 1)
    };
    match what {
        "not JSON" => json.replacen("\"credentials\": [", "\"credentials\": [,", 1),
        "newer format" => json.replacen("\"format\": 1", "\"format\": 99", 1),
        "newer record" => of_three("\"client_id\": \"1000.ABC\"", "\"client_id\": { \"new\": true }"),
        "doubled key" => of_three("\"name\": \"three\"", "\"name\": \"three\", \"name\": \"three\""),
        "wrong type" => of_three("\"provider\": \"manageengine\"", "\"provider\": 7"),
        "newer history" => of_three("\"kind\": \"created\"", "\"kind\": \"teleported\""),
        _ => panic!("{what} is no edit"),
    }
}

/// The vault as another machine has it that started from version 5 and saved this many times.
fn forked(saves: usize) -> Vec<u8> {
    let there = Cli::empty();
    super::copy(&super::template().folder().join("data"), &there.folder().join("data"));
    fs::copy(backup(&there, "5"), place(&there, "vault.age")).unwrap();
    for number in 1..=saves {
        there.add(&format!("there {number}")).ends(0);
    }
    fs::read(place(&there, "vault.age")).unwrap()
}

fn backup(cli: &Cli, number: &str) -> PathBuf {
    let folder = cli.folder().join("data/backups");
    let prefix = format!("vault-{number:0>12}-");
    let names = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    names.into_iter().find(|path| path.file_name().unwrap().to_str().unwrap().starts_with(&prefix)).unwrap()
}

/// The file name of the newest backup.
pub(super) fn newest_backup(cli: &Cli) -> String {
    let names = fs::read_dir(cli.folder().join("data/backups")).unwrap();
    names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).max().unwrap()
}

/// Recovers with the kit and the same passphrase; returns the previous identity file.
fn recovered(cli: &Cli) -> Vec<u8> {
    let before = fs::read(place(cli, "identity.age")).unwrap();
    let file = |name: &str| cli.folder().join(name).to_str().unwrap().to_owned();
    let (kit, new) = (file("kit"), file("pass"));
    cli.run(&["recover", "--kit-file", &kit, "--new-passphrase-file", &new, "--allow-weak"]).ends(0);
    before
}

fn identity(cli: &Cli) -> age::x25519::Identity {
    let wrapped = age::scrypt::Identity::new("test".to_owned().into());
    let text = age::decrypt(&wrapped, &fs::read(place(cli, "identity.age")).unwrap()).unwrap();
    let text = String::from_utf8(text).unwrap();
    text.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap().parse().unwrap()
}

/// The decrypted payload of the vault.
pub(super) fn payload(cli: &Cli) -> String {
    String::from_utf8(age::decrypt(&identity(cli), &fs::read(place(cli, "vault.age")).unwrap()).unwrap()).unwrap()
}
