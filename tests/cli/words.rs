//! Words of the command line: aliases of commands, help topics, errors as JSON, and completion without an agent.

use serde_json::{Value, json};

use super::{Cli, Ran};

/// The error object on standard error.
fn error(ran: &Ran) -> Value {
    let line = ran.err.lines().find(|line| line.starts_with('{')).unwrap_or_else(|| panic!("{ran:?}"));
    serde_json::from_str::<Value>(line).unwrap()["error"].clone()
}

#[test]
fn commands_have_the_names_people_type() {
    let cli = Cli::new();
    cli.add("Zoho EU").ends(0);
    assert!(cli.run(&["ls"]).ends(0).out.contains("Zoho EU"));
    assert_eq!(cli.run(&["get", "zoho", "--json"]).ends(0).json()["name"], "Zoho EU");
    cli.run(&["mv", "zoho", "Zoho Two"]).ends(0);
    cli.run(&["rm", "Zoho Two"]).ends(0);
    assert!(cli.run(&["list", "--json"]).ends(0).json().as_array().unwrap().is_empty());
    let slip = cli.run(&["lsit"]).ends(2);
    assert!(slip.err.contains("'list'"), "{slip:?}");
}

#[test]
fn usage_errors_are_json_where_json_is_asked_for() {
    let cli = Cli::new();
    let missing = error(&cli.run(&["--json", "token"]).ends(2));
    assert_eq!((&missing["kind"], &missing["exit_code"]), (&json!("usage"), &json!(2)));
    assert!(missing["what"].as_str().unwrap().contains("<NAME>"), "{missing}");
    let flag = error(&cli.run(&["token", "x", "--forse", "--json"]).ends(2));
    assert!(flag["try_this"].as_str().unwrap().contains("--force"), "{flag}");
    assert_eq!(error(&cli.run(&["agent", "--json"]).ends(2))["what"], "A subcommand is missing.");
    let added = error(&cli.run(&["add", "--name", "x", "--json"]).ends(2));
    assert_eq!(added["what"], "The integration is missing.");
    let text = cli.run(&["token"]).ends(2);
    assert!(text.err.starts_with("error: ") && text.out.is_empty(), "{text:?}");
}

#[test]
fn help_explains_commands_and_topics() {
    let cli = Cli::empty();
    let codes = cli.run(&["help", "exit-codes"]).ends(0).out;
    assert!(codes.contains("needs_authentication") && !codes.contains('`'), "{codes}");
    assert!(cli.run(&["help", "environment"]).ends(0).out.contains("NO_COLOR"));
    let token = cli.run(&["help", "token"]).ends(0).out;
    assert_eq!(token, cli.run(&["token", "--help"]).ends(0).out);
    assert!(cli.run(&["help", "agent", "start"]).ends(0).out.contains("--lock-after"));
    assert!(cli.run(&["help"]).ends(0).out.contains("Topics"));
    let slip = cli.run(&["help", "setings"]).ends(3);
    assert!(slip.err.contains("Did you mean \"settings\"?"), "{slip:?}");
}

#[test]
fn the_short_help_of_a_command_is_about_the_command() {
    let cli = Cli::empty();
    let short = cli.run(&["list", "-h"]).ends(0).out;
    assert!(short.contains("--columns") && !short.contains("--passphrase-command"), "{short}");
    let long = cli.run(&["list", "--help"]).ends(0).out;
    let (own, global) = long.split_once("Global options:").unwrap();
    assert!(own.contains("--columns") && global.contains("--passphrase-command"), "{long}");
}

#[test]
fn nothing_to_lock_is_no_failure() {
    let cli = Cli::new();
    for command in [&["lock"][..], &["agent", "lock"]] {
        assert!(cli.run(command).ends(0).out.contains("nothing to lock"));
    }
    assert_eq!(cli.run(&["lock", "--json"]).ends(0).json(), json!({ "pid": null, "locked": true }));
    cli.run(&["unlock"]).ends(3);
    cli.run(&["agent", "status"]).ends(3);
}

#[test]
fn names_complete_without_an_agent_only_where_the_settings_allow_it() {
    let cli = Cli::new();
    let names = || Ran::of(cli.command(&["complete-names"]).output().unwrap()).ends(0).out;
    let file = cli.folder().join("state/names");
    let allow = |allowed: bool| {
        let folder = cli.folder().join("config");
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(folder.join("settings.toml"), format!("complete_names = {allowed}\n")).unwrap();
    };
    cli.add("Zoho EU").ends(0);
    cli.run(&["list"]).ends(0);
    assert!(names().is_empty() && !file.exists(), "off by default");
    allow(true);
    cli.run(&["list"]).ends(0);
    assert_eq!(names(), "Zoho EU\n");
    let mode = std::os::unix::fs::PermissionsExt::mode(&file.metadata().unwrap().permissions());
    assert_eq!(mode & 0o777, 0o600);
    cli.add("Acme").ends(0);
    assert_eq!(names(), "Acme\nZoho EU\n", "an added one is there at once");
    cli.run(&["rename", "acme", "Bolt"]).ends(0);
    cli.run(&["list"]).ends(0);
    assert_eq!(names(), "Bolt\nZoho EU\n");
    allow(false);
    assert!(names().is_empty());
    cli.run(&["list"]).ends(0);
    assert!(!file.exists(), "turned off, it is removed");
}
