//! Format 2: one record per line, read by seeking, copied unchanged; and the migration from format 1.

use std::fs;

use credenza::model::change::Change;
use credenza::model::credential::Name;
use credenza::problem::Kind;
use credenza::secret::{Passphrase, Secret};
use credenza::store::Store;
use credenza::store::local::{Local, UnlockBy};

use super::content::{payload, replace, rewrite};
use super::{Stage, credential, stage};
use crate::local_vault::Vault;
use crate::payload::{as_format_1, reindexed};

/// With so many credentials that the head is longer than an encryption chunk of age.
fn full() -> (Stage, std::path::PathBuf) {
    let stage = stage();
    let all =
        (0..1_000).map(|number| Change::Insert(Box::new(credential(&format!("Name {number}"), stage.clock.now()))));
    stage.vault.commit(credenza::model::transaction::Transaction::of(all)).unwrap();
    let key = stage.home.path().join("host.key");
    stage.vault.0.admin().unwrap().add_host("host", &key).unwrap();
    (stage, key)
}

/// Opens the vault with a host's key, as `token` in a script does, without reading the whole file.
fn opened(stage: &Stage, key: &std::path::Path) -> std::sync::Arc<dyn Store> {
    Local::at(&stage.paths, &stage.clock, "test").unlock(UnlockBy::IdentityFile(key)).unwrap()
}

fn line_of(payload: &str, name: &str) -> String {
    let name = format!("\"name\":\"{name}\",");
    payload
        .lines()
        .find(|line| line.starts_with("{\"kind\":\"credential\"") && line.contains(&name))
        .unwrap()
        .to_owned()
}

#[test]
fn one_credential_is_found_without_the_others_as_with_them() {
    let (stage, key) = full();
    assert!(payload(&stage).find('\n').unwrap() > 64 << 10);
    let whole = stage.again().unwrap().snapshot().unwrap();
    let one = &whole.credentials.list[500];
    for word in ["Name 0", "Name 500", "NAME 500", "Name 999", &one.id.to_string(), "Name 99x", "Name", "name 9", ""] {
        let alone = opened(&stage, &key).find(word).unwrap();
        let expected = whole.credentials.find(word).cloned();
        assert_eq!(alone.map(|one| one.name), expected.map(|one| one.name), "{word:?}");
    }
    let alone = opened(&stage, &key).credential(one.id).unwrap().unwrap();
    assert_eq!(format!("{alone:?}"), format!("{one:?}"));
}

#[test]
fn a_vault_that_another_process_changed_is_read_as_it_is_now_and_shares_what_did_not_change() {
    let (stage, _) = full();
    let (reader, writer) = (stage.again().unwrap(), stage.again().unwrap());
    let before = reader.snapshot().unwrap();
    let known = |number: usize| &before.credentials.list[number];
    let rename =
        |number: usize, name: &str| Change::rename(known(number).id, &known(number).name, &Name::parse(name).unwrap());
    writer.commit(rename(3, "Other")).unwrap();
    writer.commit(Change::Remove { id: known(5).id }).unwrap();
    writer.commit(rename(7, "Name 5")).unwrap();
    let added = credential("Added", stage.clock.now());
    writer.commit(Change::Insert(Box::new(added))).unwrap();
    let after = reader.snapshot().unwrap();
    let fresh = stage.again().unwrap().snapshot().unwrap();
    assert_eq!(format!("{:?}", after.credentials.list), format!("{:?}", fresh.credentials.list));
    let shared = |one: &std::sync::Arc<credenza::model::credential::Credential>| {
        before.credentials.list.iter().any(|known| std::sync::Arc::ptr_eq(known, one))
    };
    let changed: Vec<String> =
        after.credentials.list.iter().filter(|one| !shared(one)).map(|one| one.name.to_string()).collect();
    assert_eq!(changed, ["Other", "Name 5", "Added"]);
}

#[test]
fn a_record_is_read_though_the_end_of_the_file_is_gone_and_the_whole_is_not() {
    let (stage, key) = full();
    let bytes = fs::read(stage.paths.vault()).unwrap();
    fs::write(stage.paths.vault(), &bytes[..bytes.len() / 2]).unwrap();
    let store = opened(&stage, &key);
    assert_eq!(store.find("Name 3").unwrap().unwrap().name.as_str(), "Name 3");
    assert!(store.find("Name 999").is_err() && store.snapshot().is_err());
    // Flips one bit in the chunk of a record.
    let mut bytes = bytes;
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(stage.paths.vault(), &bytes).unwrap();
    let store = opened(&stage, &key);
    assert!((0..1_000).any(|number| store.find(&format!("Name {number}")).is_err()));
}

#[test]
fn a_save_copies_what_it_did_not_change() {
    let stage = stage();
    let ids = ["one", "two", "three"].map(|name| stage.add(name));
    let before = payload(&stage);
    let odd = line_of(&before, "two").replacen("\"provider\":", "\"later\":  [1.50, {}], \"provider\":", 1);
    replace(&stage, &reindexed(&before.replace(&line_of(&before, "two"), &odd)));
    let vault = stage.again().unwrap();
    let name = |text: &str| Name::parse(text).unwrap();
    vault.commit(Change::rename(ids[0], &name("one"), &name("first"))).unwrap();
    let after = payload(&stage);
    for unchanged in [odd, line_of(&before, "three")] {
        assert!(after.contains(unchanged.trim_end_matches(',')), "{unchanged}\n{after}");
    }
    // A record that is changed keeps the keys of a later version, too.
    stage.again().unwrap().commit(Change::rename(ids[1], &name("two"), &name("second"))).unwrap();
    assert!(line_of(&payload(&stage), "second").contains("\"later\":[1.50, {}]"), "{}", payload(&stage));
    assert!(serde_json::from_str::<serde_json::Value>(&payload(&stage)).is_ok(), "one document");
}

#[test]
fn kinds_and_lines_of_a_later_version_are_kept() {
    const KIND: &str = r#"{"kind":"team","id":"t-1","name":"Ops","members":[1.50]}"#;
    const LINE: &str = r#"{"kind":"conflict","id":"c-1","of":{"a": 1E400}}"#;
    let stage = stage();
    stage.add("one");
    let json = payload(&stage);
    let lines = json.replacen("\n]}\n", &format!(",\n{LINE}\n]}}\n"), 1);
    let (head, records) = lines.split_once("\"records\":[\n").unwrap();
    let first = records.find(",\n").unwrap();
    let row = format!(",[\"team\",\"t-1\",\"Ops\",{},{}]],\"later\":7}},\n", first + 2, KIND.len());
    let head = head.strip_suffix("]},\n").unwrap().to_owned() + &row;
    replace(&stage, &format!("{head}\"records\":[\n{},\n{KIND}{}", &records[..first], &records[first..]));
    stage.again().unwrap();
    for name in ["two", "three"] {
        stage.add(name);
        let after = payload(&stage);
        assert!(after.contains(KIND) && after.contains(LINE) && after.contains("\"later\":7"), "{after}");
        assert_eq!(after.matches("[\"team\",\"t-1\",\"Ops\",").count(), 1, "{after}");
    }
}

#[test]
fn an_index_that_is_not_that_of_the_lines_is_refused_with_its_place() {
    let stage = stage();
    for name in ["one", "two", "three"] {
        stage.add(name);
    }
    let json = payload(&stage);
    let (one, two) = (line_of(&json, "one"), line_of(&json, "two"));
    let index = |json: &str| {
        let from = json.find("\"index\":[").unwrap() + "\"index\":[".len();
        json[from..].split_once("]},").unwrap().0.to_owned()
    };
    let rows: Vec<String> = index(&json).split("],").map(|row| row.trim_end_matches(']').to_owned() + "]").collect();
    let with_index = |rows: &[&String]| {
        let rows: Vec<&str> = rows.iter().map(|row| row.as_str()).collect();
        json.replacen(&index(&json), &rows.join(","), 1)
    };
    let name_of_two = rows[1].replacen("two", "owt", 1);
    for (what, payload, place) in [
        ("truncated", with_index(&[&rows[0]]), "Line 1 after the records is a record that the index does not name"),
        ("reordered", with_index(&[&rows[1], &rows[0], &rows[2]]), "Record 1 (\"two\", byte "),
        ("doubled", with_index(&[&rows[0], &rows[0], &rows[1], &rows[2]]), "Record 2 (\"one\", byte 0)"),
        (
            "stale",
            json.replacen(&one, &one.replacen("\"name\":\"one\"", "\"name\":\"other\"", 1), 1),
            "Record 1 (\"one\"",
        ),
        ("disagrees", with_index(&[&rows[0], &name_of_two, &rows[2]]), "Record 2 (\"owt\""),
        ("swapped lines", json.replace(&one, "X").replace(&two, &one).replace('X', &two), "Record 1 (\"one\", byte 0)"),
        ("cut", json.trim_end_matches("]}\n").to_owned(), "It ends before its last line"),
        ("cut in the head", json[..200].to_owned(), "It ends in its head"),
        (
            "pretty-printed",
            serde_json::to_string_pretty(&serde_json::from_str::<serde_json::Value>(&json).unwrap()).unwrap(),
            "Its head is not the first line",
        ),
    ] {
        replace(&stage, &payload);
        let before = fs::read(stage.paths.vault()).unwrap();
        let problem = stage.again().unwrap_err();
        assert_eq!(problem.kind, Kind::Storage, "{what}: {problem}");
        assert!(problem.why.contains(place), "{what}: {problem}");
        assert!(problem.step.is_some(), "{what}: the last good generation is named: {problem:?}");
        assert_eq!(fs::read(stage.paths.vault()).unwrap(), before, "{what}");
    }
}

#[test]
fn two_records_of_one_id_are_kept_and_the_second_is_put_aside() {
    let stage = stage();
    stage.add("one");
    let json = payload(&stage);
    let one = line_of(&json, "one");
    let twin = one.trim_end_matches(',').replacen("\"name\":\"one\"", "\"name\":\"twin\"", 1);
    replace(&stage, &reindexed(&json.replacen(&one, &format!("{},\n{twin},", one.trim_end_matches(',')), 1)));
    for name in ["two", "three"] {
        let snapshot = stage.again().unwrap().snapshot().unwrap();
        assert_eq!(snapshot.unreadable, ["twin"]);
        stage.add(name);
        assert!(payload(&stage).contains(&twin), "{}", payload(&stage));
    }
}

#[test]
fn a_vault_of_format_1_is_rewritten_with_the_first_save_and_its_file_stays_for_good() {
    const ODD: &str = r#"{"n": 123456789012345678901234567890.10, "e": 1E400, "z": [null, "\u00e9"]}"#;
    let (stage, _) = full();
    let row = r#"{"id": "x-1", "name": "Later", "new": [1.50]}"#;
    rewrite(&stage, |json| {
        // The last three are keys of the head in format 2, which have no meaning in format 1.
        let keys = format!("{{\n\"later\": {ODD},\n\"nonce\": {{\"n\": 1.5}}, \"index\": [], \"base\": \"x\",\n");
        json.replacen("{\n", &keys, 1)
            .replacen("\"credentials\": [", &format!("\"credentials\": [{row}, "), 1)
            .replace("\"provider\": ", &format!("\"odd\": {ODD}, \"provider\": "))
    });
    let old = fs::read(stage.paths.vault()).unwrap();
    let vault = stage.again().unwrap();
    let before = vault.snapshot().unwrap();
    assert_eq!((before.credentials.list.len(), before.unreadable.as_slice()), (1_000, ["Later".to_owned()].as_slice()));
    for number in 0..60 {
        // One save per day, so that the rotation deletes as many backups as it can.
        stage.clock.set(stage.clock.now() + jiff::SignedDuration::from_hours(24));
        vault.commit(Change::Insert(Box::new(credential(&format!("new {number}"), stage.clock.now())))).unwrap();
    }
    let after = payload(&stage);
    assert!(after.starts_with("{\"format\":2,") && after.matches(ODD).count() == 1_001 && after.contains(row));
    let kept: Vec<_> = fs::read_dir(stage.paths.backups()).unwrap().map(|entry| entry.unwrap().path()).collect();
    let first: Vec<_> = kept.iter().filter(|path| path.to_str().unwrap().ends_with("-format1.age")).collect();
    assert_eq!(first.len(), 1, "{kept:?}");
    assert_eq!(fs::read(first[0]).unwrap(), old);
    assert!(kept.len() < 50, "the others are rotated");
    let generation = before.generation;
    vault.0.restore(generation).unwrap();
    let back = stage.again().unwrap().snapshot().unwrap();
    assert_eq!(back.credentials.list.len(), 1_000);
    assert!(payload(&stage).starts_with("{\"format\":2,"), "what is written is format 2");
}

/// A version that knows only format 1 parses one JSON object, of which only `format` has to be present.
#[test]
fn a_version_that_knows_format_1_only_is_told_that_a_newer_one_wrote_the_vault() {
    #[derive(serde::Deserialize)]
    struct Head {
        format: u32,
    }
    let stage = stage();
    stage.add("one");
    assert_eq!(serde_json::from_str::<Head>(&payload(&stage)).unwrap().format, 2);
    let later = payload(&stage).replacen("\"format\":2", "\"format\":3", 1);
    replace(&stage, &later);
    let problem = stage.again().unwrap_err();
    assert_eq!(problem.kind, Kind::Refused);
    assert!(problem.what.contains("format 3") && problem.why.contains("newer version"), "{problem}");
}

#[test]
fn the_same_content_is_read_of_either_format() {
    let (stage, _) = full();
    stage.vault.undo().unwrap();
    for name in ["a", "b"] {
        stage.add(name);
    }
    let of_2 = format!("{:?}", stage.again().unwrap().snapshot().unwrap());
    let json = as_format_1(&payload(&stage));
    replace(&stage, &json);
    assert_eq!(format!("{:?}", stage.again().unwrap().snapshot().unwrap()), of_2);
    let identity = Secret::new(stage.identity());
    let by_identity = Vault::unlock_with_identity(&stage.paths, &identity, &stage.clock).unwrap();
    assert_eq!(format!("{:?}", by_identity.snapshot().unwrap()), of_2);
    assert!(Vault::unlock(&stage.paths, &Passphrase::new("wrong".to_owned()), &stage.clock).is_err());
}
