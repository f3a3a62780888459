//! `credenza integration units`: the files for a systemd timer, and their permissions and quoting.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::process::Command;

use serde_json::json;

use super::{Desk, names};
use crate::cli::{Cli, Ran};

/// Runs the command without a passphrase file in the environment.
fn units(cli: &Cli, arguments: &[&str]) -> Ran {
    Ran::of(cli.command(&[&["integration", "units", "--no-input"], arguments].concat()).output().unwrap())
}

#[test]
fn the_files_run_what_is_due_by_what_opens_the_vault() {
    let cli = Cli::empty();
    let folder = cli.folder().join("systemd");
    let (folder, key) = (folder.to_str().unwrap(), cli.folder().join("a \"key\" 50%$x"));
    fs::create_dir(folder).unwrap();
    fs::write(&key, "").unwrap();
    let ran = units(&cli, &[folder, "--identity-file", key.to_str().unwrap(), "--json"]).ends(0);
    assert!(ran.err.contains("enable --now credenza-sync.timer"), "{ran:?}");
    let files = ["credenza-sync.service", "credenza-sync.timer"].map(|name| format!("{folder}/{name}"));
    assert_eq!(ran.json(), json!({ "files": files }));
    let service = fs::read_to_string(&files[0]).unwrap();
    let quoted = key.to_str().unwrap().replace('"', "\\\"").replace('%', "%%").replace('$', "$$");
    let dir = cli.folder().to_str().unwrap();
    let options = format!("\"--dir\" \"{dir}\" \"--identity-file\" \"{quoted}\" --no-input integration sync --due\n");
    let program = env!("CARGO_BIN_EXE_credenza");
    assert!(service.contains(&format!("ExecStart=\"{program}\" {options}")), "{service}");
    for line in ["Type=oneshot", "NoNewPrivileges=yes", "UMask=0077", "SuccessExitStatus=6"] {
        assert!(service.lines().any(|found| found == line), "{line}: {service}");
    }
    let timer = fs::read_to_string(&files[1]).unwrap();
    assert!(timer.contains("OnUnitActiveSec=5min") && timer.contains("WantedBy=timers.target"), "{timer}");
    assert_eq!(fs::metadata(&files[0]).unwrap().permissions().mode() & 0o022, 0, "nobody else writes what runs here");
    // If systemd is installed, it checks the files, too.
    let verified = Command::new("systemd-analyze").args(["--user", "verify"]).args(&files).output();
    if let Ok(verified) = verified {
        let said = String::from_utf8_lossy(&verified.stderr).into_owned();
        assert!(!said.lines().any(|line| line.contains("credenza-sync")), "{said}");
    }
}

#[test]
fn standard_output_takes_them_as_well() {
    let cli = Cli::empty();
    let ran = units(&cli, &["-", "--passphrase-command", "pass show credenza"]).ends(0);
    assert!(ran.out.starts_with("# credenza-sync.service\n[Unit]\n"), "{ran:?}");
    assert!(ran.out.contains("\"--passphrase-command\" \"pass show credenza\" --no-input"), "{ran:?}");
    assert!(ran.out.contains("# credenza-sync.timer\n[Unit]\n"), "{ran:?}");
}

#[test]
fn a_unit_that_could_open_no_vault_is_not_written() {
    let cli = Cli::empty();
    let folder = cli.folder().join("systemd");
    fs::create_dir(&folder).unwrap();
    let folder = folder.to_str().unwrap();
    let ran = units(&cli, &[folder]).ends(2);
    assert!(ran.out.is_empty() && ran.err.contains("credenza recipients add"), "{ran:?}");
    units(&cli, &[folder, "--identity-file", "a\nb"]).ends(2);
    assert!(names(folder).is_empty());
}

#[test]
fn nothing_is_overwritten_and_no_folder_is_made_up() {
    let cli = Cli::empty();
    let folder = cli.folder().join("systemd");
    let open = ["--identity-file", "key"];
    units(&cli, &[&[folder.to_str().unwrap()], &open[..]].concat()).ends(7);
    assert!(!folder.exists());
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("credenza-sync.service"), "mine").unwrap();
    let ran = units(&cli, &[&[folder.to_str().unwrap()], &open[..]].concat()).ends(7);
    assert!(ran.err.contains("credenza-sync.service"), "{ran:?}");
    assert_eq!(fs::read_to_string(folder.join("credenza-sync.service")).unwrap(), "mine");
}

#[test]
fn what_a_unit_would_run_runs() {
    let desk = Desk::new();
    desk.add("CMDB", &["ec-computers"]);
    desk.run(&["edit", "CMDB", "--schedule", "6h"]).ends(0);
    // The arguments of ExecStart, without the program.
    let pass = desk.cli.folder().join("pass");
    let dir = desk.cli.folder().to_str().unwrap();
    let words =
        ["--dir", dir, "--passphrase-file", pass.to_str().unwrap(), "--no-input", "integration", "sync", "--due"];
    let mut command = Command::new(env!("CARGO_BIN_EXE_credenza"));
    command.args(words).env_clear().env("CREDENZA_SANDBOX", desk.sandbox.base().as_str());
    let ran = Ran::of(command.output().unwrap()).ends(0);
    assert!(ran.err.contains("CMDB"), "{ran:?}");
    assert_eq!(desk.lines("CMDB", "ec-computers.ndjson").len(), 3);
}
