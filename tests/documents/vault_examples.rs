//! The contents of a real vault, for the examples in `docs/reference/vault-file.md`.

use serde_json::Value;

use super::examples::Tidy;
use crate::cli::integration::Desk;

/// The decrypted payload of the vault, read with the age crate only.
pub(super) fn decrypted(desk: &Desk) -> String {
    let read = |name: &str| std::fs::read(desk.cli.folder().join("data").join(name)).unwrap();
    let wrapped = age::scrypt::Identity::new("test".to_owned().into());
    let identity = String::from_utf8(age::decrypt(&wrapped, &read("identity.age")).unwrap()).unwrap();
    let identity = identity.lines().find(|line| line.starts_with("AGE-SECRET-KEY-1")).unwrap();
    let identity: age::x25519::Identity = identity.parse().unwrap();
    String::from_utf8(age::decrypt(&identity, &read("vault.age")).unwrap()).unwrap()
}

/// The examples of a payload of format 2, by name.
pub(super) fn of(payload: &str, tidy: &mut Tidy) -> Vec<(String, String)> {
    holds_what_the_page_says(payload);
    let root: Value = serde_json::from_str(payload).unwrap();
    let mut head = root["head"].clone();
    // Offsets and lengths depend on the number of digits in timestamps.
    for (row, (offset, length)) in head["index"].as_array_mut().unwrap().iter_mut().zip([(0, 1204), (1206, 387)]) {
        row[3] = offset.into();
        row[4] = length.into();
    }
    let record = |kind: &str| {
        let records = root["records"].as_array().unwrap();
        records.iter().find(|record| record["kind"] == kind).unwrap_or_else(|| panic!("no {kind}")).clone()
    };
    vec![
        ("vault-head".to_owned(), tidy.pretty(head)),
        ("vault-credential".to_owned(), tidy.pretty(record("credential"))),
        ("vault-integration".to_owned(), tidy.pretty(record("integration"))),
        ("vault-undo".to_owned(), tidy.pretty(record("undo"))),
    ]
}

/// Checks the layout: the head is the first line, each record is one line, and the offsets in the index are correct.
fn holds_what_the_page_says(payload: &str) {
    let (head, records) = payload.split_once(",\n\"records\":[\n").unwrap();
    assert!(head.starts_with("{\"format\":2,\"head\":{") && !head.contains('\n'));
    assert!(records.ends_with("\n]}\n"));
    let head: Value = serde_json::from_str(&format!("{head}}}")).unwrap();
    let index = head["head"]["index"].as_array().unwrap();
    assert!(!index.is_empty());
    for row in index {
        let at = |column: usize| usize::try_from(row[column].as_u64().unwrap()).unwrap();
        let record: Value = serde_json::from_str(&records[at(3)..at(3) + at(4)]).unwrap();
        assert_eq!((&record["kind"], &record["id"], &record["name"]), (&row[0], &row[1], &row[2]));
    }
}
