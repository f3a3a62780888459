//! Changes to a large vault are written to `recent.age`, read as one version, and never lost.

use std::fs;
use std::path::PathBuf;
use std::sync::Arc;

use super::location::Location;
use super::recent::{FROM, limit};
use super::vault::FileStore;
use super::{create, disk};
use crate::clock::Clock;
use crate::model::change::Change;
use crate::model::credential::{Credential, CredentialId, Details, Name, Setup, Tokens};
use crate::model::transaction::Transaction;
use crate::paths::Paths;
use crate::problem::{Kind, Problem};
use crate::secret::{AccessToken, Passphrase, RefreshToken, Secret};
use crate::store::contract::{Store, VaultAdmin as _};
use crate::store::error::StoreError;

struct Stage {
    folder: tempfile::TempDir,
    clock: Clock,
    ids: Vec<CredentialId>,
}

fn passphrase() -> Passphrase {
    Passphrase::new("recent".to_owned())
}

/// A vault of a few hundred credentials, just large enough for a `recent.age`.
fn stage() -> Stage {
    let clock = Clock::settable("2026-11-23T10:00:00Z".parse().unwrap());
    let mut stage = Stage { folder: tempfile::tempdir().unwrap(), clock, ids: Vec::new() };
    let store = create(&stage.location(), &passphrase(), 1).unwrap();
    let details = Details { description: "x".repeat(1_000), ..Details::default() };
    let all: Vec<Credential> = (0..300)
        .map(|number| {
            let name = Name::parse(&format!("Name {number}")).unwrap();
            let one = Credential::new(name, "p", Setup::default(), stage.clock.now());
            Credential { details: details.clone(), ..one }
        })
        .collect();
    stage.ids = all.iter().map(|one| one.id).collect();
    store.commit(Transaction::of(all.into_iter().map(|one| Change::Insert(Box::new(one))))).unwrap();
    assert!(stage.size("data/vault.age") > FROM);
    stage
}

impl Stage {
    fn location(&self) -> Location {
        let (paths, clock) = (Paths::discover(Some(self.folder.path())).unwrap(), self.clock.clone());
        Location { paths, clock, program: "recent".to_owned() }
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn size(&self, name: &str) -> u64 {
        fs::metadata(self.file(name)).unwrap().len()
    }

    fn open(&self) -> Result<FileStore, StoreError> {
        FileStore::unlock(&self.location(), &passphrase())
    }

    /// A store that has read nothing yet, like a process that reads only one record.
    fn unread(&self) -> FileStore {
        FileStore::unlock_unread(&self.location(), &passphrase()).unwrap()
    }

    fn refresh(&self, at: usize, token: &str) {
        self.unread().commit(refreshed(self.ids[at], token)).unwrap();
    }

    /// Whether a credential has this access token, both when it is read alone and when all are read.
    fn has(&self, at: usize, token: &str) -> bool {
        let alone = self.unread().find(&format!("Name {at}")).unwrap().unwrap();
        let all = self.open().unwrap().snapshot().unwrap();
        has(&alone, token) && has(all.credentials.by_id(self.ids[at]).unwrap(), token)
    }

    fn generation(&self) -> u64 {
        self.unread().head().unwrap().generation
    }

    fn write(&self, name: &str, json: &str) {
        let recipient = self.identity().to_public();
        fs::write(self.file(name), age::encrypt(&recipient, json.as_bytes()).unwrap()).unwrap();
    }

    fn json(&self, name: &str) -> String {
        String::from_utf8(age::decrypt(&self.identity(), &fs::read(self.file(name)).unwrap()).unwrap()).unwrap()
    }

    fn identity(&self) -> age::x25519::Identity {
        let wrapped = age::scrypt::Identity::new("recent".to_owned().into());
        let text = age::decrypt(&wrapped, &fs::read(self.file("data/identity.age")).unwrap()).unwrap();
        let text = String::from_utf8(text).unwrap();
        let line = text.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap();
        line.parse().unwrap()
    }
}

fn has(credential: &Credential, token: &str) -> bool {
    let access = Secret::new(format!("access {token}"));
    credential.tokens.as_ref().is_some_and(|tokens| tokens.access.matches(&access))
}

fn refreshed(id: CredentialId, token: &str) -> Transaction {
    let tokens = Tokens {
        access: AccessToken::new(format!("access {token}")),
        refresh: Some(RefreshToken::new(format!("refresh {token}"))),
        received_at: "2026-11-23T10:00:00Z".parse().unwrap(),
        expires_at: None,
        refresh_expires_at: None,
        scopes: None,
        captured: std::collections::BTreeMap::new(),
    };
    Change::Refreshed { id, tokens: Box::new(tokens), spent: None }.into()
}

#[test]
fn a_refresh_writes_its_record_beside_the_vault_and_is_read_as_one_generation() {
    let stage = stage();
    let (whole, before) = (fs::read(stage.file("data/vault.age")).unwrap(), stage.generation());
    stage.refresh(7, "one");
    stage.refresh(8, "two");
    stage.refresh(7, "three");
    assert_eq!(fs::read(stage.file("data/vault.age")).unwrap(), whole);
    assert!(stage.size("data/recent.age") < 8 << 10);
    assert_eq!(stage.generation(), before + 3);
    assert!(stage.has(7, "three") && stage.has(8, "two"));
    let store = stage.open().unwrap();
    for spent in ["refresh one", "refresh three"] {
        let owner = store.refresh_token_owner(&Secret::new(spent.to_owned())).unwrap();
        assert_eq!(owner, Some(stage.ids[7]), "{spent}");
    }
    let json: serde_json::Value = serde_json::from_str(&stage.json("data/recent.age")).unwrap();
    assert_eq!(json["records"].as_array().unwrap().iter().filter(|record| record["kind"] == "credential").count(), 2);
}

#[test]
fn the_next_edit_writes_the_whole_and_keeps_what_it_replaces() {
    let stage = stage();
    stage.refresh(7, "one");
    let before = stage.generation();
    let rename = |from: &str, to: &str| {
        let name = |text: &str| Name::parse(text).unwrap();
        Change::rename(stage.ids[9], &name(from), &name(to)).into()
    };
    let store = stage.open().unwrap();
    store.commit(rename("Name 9", "Nine")).unwrap();
    assert!(!stage.file("data/recent.age").exists());
    assert_eq!(stage.generation(), before + 1);
    assert!(stage.has(7, "one"));
    let kept = store.version(before).unwrap();
    assert_eq!(kept.generation, before);
    assert!(kept.credentials.by_id(stage.ids[7]).unwrap().tokens.is_some(), "the backup has its recent file");
    store.restore(before).unwrap();
    assert!(stage.has(7, "one"));
    // Each backup has its own recent file.
    for turn in 0..24 {
        stage.refresh(7, "again");
        let (from, to) = if turn % 2 == 0 { ("Name 9", "Nine") } else { ("Nine", "Name 9") };
        stage.open().unwrap().commit(rename(from, to)).unwrap();
    }
    let names = disk::names(&stage.file("data/backups"));
    let count = |prefix: &str| names.iter().filter(|name| name.starts_with(prefix)).count();
    assert_eq!((count("vault-"), count("recent-")), (10, 10));
}

#[test]
fn too_many_of_them_are_put_into_the_vault() {
    let stage = stage();
    let store = stage.open().unwrap();
    let most = limit(stage.size("data/vault.age"));
    let mut was_folded = false;
    for id in &stage.ids[..100] {
        let before = stage.file("data/recent.age").exists();
        store.commit(refreshed(*id, "one")).unwrap();
        was_folded |= before && !stage.file("data/recent.age").exists();
        assert!(!stage.file("data/recent.age").exists() || stage.size("data/recent.age") <= most);
    }
    assert!(was_folded);
    let snapshot = stage.open().unwrap().snapshot().unwrap();
    assert!(stage.ids[..100].iter().all(|id| snapshot.credentials.by_id(*id).unwrap().tokens.is_some()));
}

#[test]
fn one_that_is_gone_older_or_damaged_is_told_and_the_copy_leads_out() {
    type Harm = fn(&Stage, Vec<u8>);
    let harms: [(&str, Harm); 4] = [
        ("gone", |stage, _| fs::remove_file(stage.file("data/recent.age")).unwrap()),
        ("older", |stage, older| fs::write(stage.file("data/recent.age"), older).unwrap()),
        ("cut", |stage, _| {
            let bytes = fs::read(stage.file("data/recent.age")).unwrap();
            fs::write(stage.file("data/recent.age"), &bytes[..bytes.len() - 9]).unwrap();
        }),
        ("whole", |stage, _| {
            fs::copy(stage.file("data/vault.age"), stage.file("data/recent.age")).unwrap();
        }),
    ];
    for (what, harm) in harms {
        let stage = stage();
        stage.refresh(7, "one");
        let older = fs::read(stage.file("data/recent.age")).unwrap();
        stage.refresh(7, "two");
        let newest = stage.generation();
        harm(&stage, older);
        assert!(stage.unread().find("Name 7").is_err(), "{what}");
        let problem = Problem::from(stage.open().unwrap_err());
        assert!(matches!(problem.kind, Kind::Storage | Kind::RolledBack), "{what}: {problem}");
        if what != "gone" && what != "older" {
            assert!(problem.to_string().contains("recent.age"), "{what}: {problem}");
        }
        stage.unread().restore(newest).unwrap();
        assert!(stage.has(7, "two"), "{what}");
    }
}

#[test]
fn neither_file_is_taken_for_the_other() {
    let stage = stage();
    stage.refresh(7, "one");
    fs::copy(stage.file("data/recent.age"), stage.file("data/vault.age")).unwrap();
    let problem = Problem::from(stage.open().unwrap_err());
    assert!(problem.why.contains("only part of a vault"), "{problem}");
    assert!(stage.unread().find("Name 7").is_err());
}

#[test]
fn one_that_a_crash_left_beside_a_newer_vault_says_nothing() {
    let stage = stage();
    stage.refresh(7, "one");
    let left = fs::read(stage.file("data/recent.age")).unwrap();
    let name = |text: &str| Name::parse(text).unwrap();
    let rename = Change::rename(stage.ids[9], &name("Name 9"), &name("Nine"));
    stage.open().unwrap().commit(rename.into()).unwrap();
    fs::write(stage.file("data/recent.age"), left).unwrap();
    assert!(stage.has(7, "one"));
    assert!(stage.open().unwrap().find("Nine").unwrap().is_ok());
    stage.refresh(7, "two");
    assert!(stage.has(7, "two"));
}

#[test]
fn what_a_later_version_wrote_into_it_is_kept() {
    let stage = stage();
    stage.refresh(7, "one");
    let json = stage.json("data/recent.age").replacen("\"head\":{", "\"head\":{\"later\":[1.50],", 1);
    let json = json.replacen("\n]}\n", ",\n{\"kind\":\"later\",\"n\":1e3}\n]}\n", 1);
    let json = json.replacen("\"provider\":", "\"odd\":{\"n\":2.0},\"provider\":", 1);
    let (from, to) = (json.find("\"index\":").unwrap(), json.find("]]").unwrap());
    let row = json[from..to].to_owned();
    let length: u64 = row.rsplit(',').next().unwrap().parse().unwrap();
    let longer = row.replacen(&format!(",{length}"), &format!(",{}", length + "\"odd\":{\"n\":2.0},".len() as u64), 1);
    stage.write("data/recent.age", &json.replacen(&row, &longer, 1));
    let parts = ["\"later\":[1.50]", "{\"kind\":\"later\",\"n\":1e3}", "\"odd\":{\"n\":2.0}"];
    stage.refresh(8, "two");
    let json = stage.json("data/recent.age");
    assert!(parts.iter().all(|part| json.matches(part).count() == 1), "{json}");
    let name = |text: &str| Name::parse(text).unwrap();
    let rename = Change::rename(stage.ids[9], &name("Name 9"), &name("Nine"));
    stage.open().unwrap().commit(rename.into()).unwrap();
    let json = stage.json("data/vault.age");
    assert!(parts.iter().all(|part| json.matches(part).count() == 1));
}

#[test]
fn a_crash_before_the_state_was_written_is_a_newer_generation() {
    let stage = stage();
    stage.refresh(7, "one");
    let seen = fs::read(stage.file("state/seen.json")).unwrap();
    stage.refresh(7, "two");
    fs::write(stage.file("state/seen.json"), seen).unwrap();
    assert!(stage.has(7, "two"));
}

#[test]
fn whom_a_vault_is_opened_for_next_reads_what_was_beside_it() {
    let stage = stage();
    stage.refresh(7, "one");
    let key = stage.file("host.key");
    let store = stage.open().unwrap();
    store.add_host("ci", &key).unwrap();
    assert!(!stage.file("data/recent.age").exists());
    stage.refresh(7, "two");
    let host = FileStore::unlock_as_host(&stage.location(), &key).unwrap();
    assert!(has(&host.find("Name 7").unwrap().unwrap(), "two"));
    stage.open().unwrap().remove_host("ci", &passphrase()).unwrap();
    assert!(stage.has(7, "two"));
    let error = FileStore::unlock_as_host(&stage.location(), &key).map(|_| ()).unwrap_err();
    assert_eq!(Problem::from(error).kind, Kind::Locked);
}

#[test]
fn a_small_vault_stays_one_file() {
    let clock = Clock::settable("2026-11-23T10:00:00Z".parse().unwrap());
    let stage = Stage { folder: tempfile::tempdir().unwrap(), clock, ids: Vec::new() };
    let store = create(&stage.location(), &passphrase(), 1).unwrap();
    let one = Credential::new(Name::parse("A").unwrap(), "p", Setup::default(), stage.clock.now());
    let id = one.id;
    store.commit(Change::Insert(Box::new(one)).into()).unwrap();
    store.commit(refreshed(id, "one")).unwrap();
    assert!(!stage.file("data/recent.age").exists());
    let _: Arc<_> = store.snapshot().unwrap();
}
