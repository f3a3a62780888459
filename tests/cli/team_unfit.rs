//! A store that loses writes is refused before anything of a vault is written to it (case 27).

use std::fs;

use super::{Cli, Ran};
use crate::backends::{Manner, Small};

fn team(cli: &Cli, arguments: &[&str]) -> Ran {
    let mut command = cli.command(&[&["--vault", "team", "team"], arguments].concat());
    command.env("AWS_ACCESS_KEY_ID", "id").env("AWS_SECRET_ACCESS_KEY", "id");
    Ran::of(command.env("CREDENZA_PASSPHRASE_FILE", cli.folder().join("pass")).output().unwrap())
}

fn files_of_the_vault(cli: &Cli) -> Vec<String> {
    let entries = fs::read_dir(cli.folder().join("data/vaults/team")).into_iter().flatten();
    entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).filter(|name| name != "lock").collect()
}

/// The objects in the bucket, without the marker that notifies other machines of a change.
fn objects(bucket: &Small) -> Vec<String> {
    bucket.names().into_iter().filter(|name| !name.ends_with("/CHANGED")).collect()
}

#[test]
fn a_store_that_loses_writes_is_refused_at_create_and_at_join_and_nothing_is_half_made() {
    let (ana, bob) = (Cli::empty(), Cli::empty());
    let bucket = Small::that(Manner::IgnoresAbsence);
    let address = bucket.address();
    let create = ["create", &address, "--as", "Ana", "--allow-weak"];
    let refused = team(&ana, &create).ends(8);
    assert!(refused.err.contains("simultaneous attempts to create one object succeeded"), "{}", refused.err);
    assert_eq!(files_of_the_vault(&ana), Vec::<String>::new());
    assert_eq!(objects(&bucket), Vec::<String>::new(), "what the self-test wrote is removed");

    bucket.set(Manner::Fit);
    team(&ana, &create).ends(0);
    let before = objects(&bucket);
    bucket.set(Manner::IgnoresVersions);
    let refused = team(&bob, &["join", &address, "--as", "Bob", "--allow-weak"]).ends(8);
    assert!(refused.err.contains("ignores the condition"), "{}", refused.err);
    assert_eq!(files_of_the_vault(&bob), Vec::<String>::new());
    assert_eq!(objects(&bucket), before);
}
