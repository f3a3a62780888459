//! Valid and invalid environment variables: rows CF-10 and TM-04.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt as _;
use std::process::{Command, Stdio};

use super::{Cli, Ran};

/// Runs the program with only these variables, and the passphrase from a file.
fn run(arguments: &[&str], cli: &Cli, variables: &[(&str, &OsStr)]) -> Ran {
    let mut command = Command::new(env!("CARGO_BIN_EXE_credenza"));
    command.args(arguments).arg("--no-input").env_clear().stdin(Stdio::null());
    command.env("CREDENZA_PASSPHRASE_FILE", cli.folder().join("pass"));
    command.envs(variables.iter().copied()).current_dir(cli.folder());
    Ran::of(command.output().unwrap())
}

#[test]
fn the_long_version_names_what_was_built() {
    let cli = Cli::empty();
    let short = run(&["--version"], &cli, &[]).ends(0).out;
    assert_eq!(short, format!("credenza {}\n", env!("CARGO_PKG_VERSION")));
    let long = run(&["--version", "--verbose"], &cli, &[]).ends(0).out;
    let labels: Vec<&str> = long.lines().skip(1).filter_map(|line| line.split(": ").next()).collect();
    assert_eq!(labels, ["commit", "rustc", "target", "profile", "features", "catalog"], "{long}");
    assert!(
        long.starts_with(&short) && long.contains("rustc: rustc 1.") && long.contains(" entries, newest fact of 20"),
        "{long}"
    );
}

#[test]
fn cf_10_a_relative_xdg_folder_is_no_folder() {
    let cli = Cli::empty();
    let home = cli.folder().join("home");
    std::fs::create_dir(&home).unwrap();
    let relative = OsStr::new("somewhere");
    let variables = [("HOME", home.as_os_str()), ("XDG_DATA_HOME", relative), ("XDG_CONFIG_HOME", relative)];
    run(&["init", "--allow-weak"], &cli, &variables).ends(0);
    assert!(home.join(".local/share/credenza/vault.age").exists(), "the specification says to ignore it");
    assert!(!cli.folder().join("somewhere").exists());
}

#[test]
fn cf_10_homes_that_are_odd_work_or_are_refused_in_words() {
    let cli = Cli::empty();
    let strange = OsStr::from_bytes(b"ho\xffme\n\x1b[2J");
    let folder = cli.folder().join(strange);
    std::fs::create_dir(&folder).unwrap();
    let said = run(&["init", "--allow-weak"], &cli, &[("HOME", folder.as_os_str())]).ends(0);
    assert!(!(said.out + &said.err).contains('\u{1b}'), "the path is escaped");
    let long = format!("/{}", "x".repeat(4_095));
    let said = run(&["init", "--allow-weak"], &cli, &[("HOME", OsStr::new(&long))]).ends(2);
    assert!(said.err.len() < 4_096, "and cut: {}", said.err);
    let said = run(&["list"], &cli, &[("CREDENZA_DIR", OsStr::new(""))]);
    assert!([2, 3].contains(&said.code), "{said:?}");
    // Without HOME, the user database of the system is read; without an entry there, the command fails. Neither may
    // panic.
    let said = run(&["doctor"], &cli, &[]);
    assert!(said.code != 101 && !said.err.contains("panicked"), "{said:?}");
}

#[test]
fn tm_04_no_zone_changes_what_is_stored_or_said_to_scripts() {
    let cli = Cli::new();
    cli.add("Zoho EU").ends(0);
    let folder = cli.folder().as_os_str();
    let zones = ["UTC", "Pacific/Kiritimati", "America/New_York", "garbage", ":/dev/zero", "<+99>99", ""];
    let outputs: Vec<String> = zones
        .iter()
        .map(|zone| run(&["list", "--json"], &cli, &[("CREDENZA_DIR", folder), ("TZ", OsStr::new(zone))]).ends(0).out)
        .collect();
    assert!(outputs.iter().all(|output| *output == outputs[0]), "{outputs:?}");
    let created =
        run(&["show", "Zoho EU", "--json"], &cli, &[("CREDENZA_DIR", folder), ("TZ", OsStr::new("Asia/Tokyo"))]);
    let history = created.ends(0).json()["history"][0]["at"].as_str().unwrap().to_owned();
    assert!(history.ends_with('Z') && history.parse::<jiff::Timestamp>().is_ok(), "{history}");
}
