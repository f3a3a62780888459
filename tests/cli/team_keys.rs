//! Team members who unlock with an SSH key, an age plugin, or a stored password of the store, on a small in-process
//! bucket.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::Command;

use super::{Cli, Ran};
use crate::backends::Small;
use crate::team::{ssh_keys, stub_plugin};
use crate::terminal::pty::{Pty, credenza};

/// A user's machine, which signs in to the bucket with environment variables, as on a cloud platform.
struct Person<'a> {
    cli: &'a Cli,
    variables: Vec<(&'a str, &'a str)>,
}

/// Runs the program without the passphrase file of the tests: a key asks for what it needs.
fn run(person: &Person<'_>, arguments: &[&str]) -> Ran {
    let mut command: Command = person.cli.command(&[&["--vault", "team"], arguments].concat());
    command.envs(person.variables.iter().copied());
    Ran::of(command.output().unwrap())
}

const SIGNED_IN: [(&str, &str); 2] = [("AWS_ACCESS_KEY_ID", "id"), ("AWS_SECRET_ACCESS_KEY", "CNRY-store-key")];

#[test]
fn an_ssh_key_makes_joins_and_opens_a_team_vault_without_a_passphrase() {
    let bucket = Small::fit();
    let address = bucket.address();
    let (ana, bob) = (Cli::empty(), Cli::empty());
    let of = |cli| Person { cli, variables: SIGNED_IN.to_vec() };
    let key = ssh_keys::plain(ana.folder(), "id_ed25519");
    let key = key.to_str().unwrap();
    let made = run(&of(&ana), &["team", "create", &address, "--as", "Ana", "--unlock-with", key]).ends(0);
    assert!(made.err.contains("this key has no passphrase"), "{}", made.err);
    assert_eq!(run(&of(&ana), &["--json", "list"]).ends(0).json(), serde_json::json!([]));

    let bobs = ssh_keys::plain(bob.folder(), "key");
    let arguments = ["--json", "team", "join", &address, "--as", "Bob", "--unlock-with", bobs.to_str().unwrap()];
    let joining = run(&of(&bob), &arguments).ends(0).json();
    let (code, words) = (joining["code"].as_str().unwrap(), joining["words"].as_str().unwrap());
    run(&of(&ana), &["team", "add", code, "--words", words]).ends(0);
    run(&of(&bob), &["list"]).ends(0);

    // The key file was moved: the error names it, and `--identity-file` gives the new path.
    let moved = bob.folder().join("moved");
    fs::rename(&bobs, &moved).unwrap();
    let gone = run(&of(&bob), &["list"]).ends(2);
    assert!(gone.err.contains("The key file") && gone.err.contains("No such file"), "{}", gone.err);
    run(&of(&bob), &["--identity-file", moved.to_str().unwrap(), "list"]).ends(0);
    fs::set_permissions(&moved, fs::Permissions::from_mode(0o644)).unwrap();
    assert!(run(&of(&bob), &["--identity-file", moved.to_str().unwrap(), "list"]).ends(8).err.contains("chmod 600"));

    // Recovery with a kit, which sets a passphrase in place of the lost key.
    let kit = run(&of(&ana), &["recovery-kit"]).ends(0);
    let kit_file = ssh_keys::private_file(ana.folder(), "kit", &kit.out);
    fs::remove_file(key).unwrap();
    fs::write(ana.folder().join("pass"), "correct horse battery staple\n").unwrap();
    let (kit, pass) = (kit_file.to_str().unwrap(), ana.folder().join("pass"));
    let pass = pass.to_str().unwrap();
    run(&of(&ana), &["recover", "--kit-file", kit, "--new-passphrase-file", pass]).ends(0);
    run(&of(&ana), &["list"]).ends(4);
    run(&of(&ana), &["--passphrase-file", pass, "list"]).ends(0);
    // Back to a key.
    let new = ssh_keys::plain(ana.folder(), "new");
    run(&of(&ana), &["--passphrase-file", pass, "team", "unlock-with", new.to_str().unwrap()]).ends(0);
    run(&of(&ana), &["list"]).ends(0);
    run(&of(&ana), &["passphrase", "--new-passphrase-file", pass]).ends(0);
    run(&of(&ana), &["list"]).ends(4);
}

fn in_terminal(folder: &Path, arguments: &[&str], path: &std::ffi::OsStr) -> Pty {
    let mut command = credenza(&[&["--vault", "team"], arguments].concat(), folder);
    command.env("PATH", path);
    for (name, value) in SIGNED_IN {
        command.env(name, value);
    }
    Pty::start(command)
}

#[test]
fn a_plugin_asks_for_its_pin_at_the_terminal_and_without_one_nothing_waits() {
    let bucket = Small::fit();
    let address = bucket.address();
    let cli = Cli::empty();
    let path = stub_plugin::path_with(&stub_plugin::installed(cli.folder(), "pin"));
    let file = stub_plugin::identity_file(cli.folder(), 1);
    let create = ["team", "create", &address, "--as", "Ana", "--unlock-with", file.to_str().unwrap()];
    let mut made = in_terminal(cli.folder(), &create, &path);
    made.shows("Enter PIN for stub:");
    made.write(&format!("{}\r", stub_plugin::PIN)).ends_clean(0);

    // Nobody can be asked: because of the option, and because there is no terminal.
    for extra in [&["--no-input"][..], &[]] {
        let person =
            Person { cli: &cli, variables: [SIGNED_IN.as_slice(), &[("PATH", path.to_str().unwrap())]].concat() };
        let ran = run(&person, &[extra, &["list"]].concat()).ends(4);
        assert!(
            ran.err.contains("the program cannot ask for it") && ran.err.contains("Enter PIN for stub"),
            "{}",
            ran.err
        );
    }
    let mut wrong = in_terminal(cli.folder(), &["list"], &path);
    wrong.shows("Enter PIN for stub:");
    wrong.write("000000\r").shows("wrong PIN, 2 tries are left");
    wrong.ends_clean(4);

    // The unlock screen names the key that is needed, and asks for the PIN.
    let mut window = in_terminal(cli.folder(), &[], &path);
    window.shows("stub key: touch it when it asks for it").shows("PIN");
    window.write(&format!("{}\r", stub_plugin::PIN)).shows("locks in");
    window.write("q").ends_clean(0);

    // A PIN from a file need not be typed.
    let pin = ssh_keys::private_file(cli.folder(), "pin", stub_plugin::PIN);
    let person = Person { cli: &cli, variables: [SIGNED_IN.as_slice(), &[("PATH", path.to_str().unwrap())]].concat() };
    run(&person, &["--passphrase-file", pin.to_str().unwrap(), "list"]).ends(0);
    // With the agent, the PIN is not needed again.
    run(&person, &["--passphrase-file", pin.to_str().unwrap(), "agent", "start"]).ends(0);
    run(&person, &["lock"]).ends(0);
    run(&person, &["--passphrase-file", pin.to_str().unwrap(), "unlock"]).ends(0);
    run(&person, &["agent", "stop"]).ends(0);
}

#[test]
fn a_password_of_the_store_is_kept_in_the_identity_and_nowhere_else() {
    let bucket = Small::fit();
    let address = bucket.address();
    let cli = Cli::empty();
    let person = Person { cli: &cli, variables: Vec::new() };
    let key = ssh_keys::plain(cli.folder(), "key");
    let key = key.to_str().unwrap();
    let password = ssh_keys::private_file(cli.folder(), "password", "AKIA1:CNRY-store-key\n");
    let password = password.to_str().unwrap();
    let create = ["team", "create", &address, "--as", "Ana", "--unlock-with", key];
    // Without a terminal, the error says what is missing.
    let missing = run(&person, &create).ends(2);
    assert!(missing.err.contains("no credentials") && missing.err.contains("--store-password-file"), "{}", missing.err);
    run(&person, &[create.as_slice(), &["-vv", "--store-password-file", password]].concat()).ends(0);
    fs::remove_file(password).unwrap();
    run(&person, &["-vv", "list"]).ends(0);
    run(&person, &["--json", "team", "list"]).ends(0);

    // A new password is tried before it is stored; if it is refused, the old one remains in use.
    let malformed = ssh_keys::private_file(cli.folder(), "malformed", "CNRY-store-key");
    run(&person, &["team", "store-password", "--store-password-file", malformed.to_str().unwrap()]).ends(2);
    let empty = ssh_keys::private_file(cli.folder(), "empty", "\n");
    run(&person, &["team", "store-password", "--store-password-file", empty.to_str().unwrap()]).ends(2);
    run(&person, &["list"]).ends(0);
    let other = ssh_keys::private_file(cli.folder(), "other", "AKIA2:CNRY-other-key");
    run(&person, &["team", "store-password", "--store-password-file", other.to_str().unwrap()]).ends(0);
    run(&person, &["list"]).ends(0);
    fs::remove_file(other).unwrap();
    fs::remove_file(malformed).unwrap();
    let forgotten = run(&person, &["team", "store-password", "--remove"]).ends(2);
    assert!(forgotten.err.contains("no credentials"), "{}", forgotten.err);

    // No file on this machine contains it in plain text: neither the log nor the files next to the identity.
    let mut files = vec![cli.folder().to_owned()];
    let mut seen = 0;
    while let Some(path) = files.pop() {
        if path.is_dir() {
            files.extend(fs::read_dir(path).unwrap().map(|entry| entry.unwrap().path()));
        } else if let Ok(bytes) = fs::read(&path) {
            seen += 1;
            for secret in ["CNRY-store-key", "CNRY-other-key", "Q05SWS"] {
                let has = bytes.windows(secret.len()).any(|window| window == secret.as_bytes());
                assert!(!has, "{} has {secret}", path.display());
            }
        }
    }
    assert!(seen > 4, "{seen} files");
}

#[test]
fn a_missing_password_of_the_store_is_asked_for() {
    let bucket = Small::fit();
    let address = bucket.address();
    let cli = Cli::empty();
    let key = ssh_keys::plain(cli.folder(), "key");
    let arguments =
        ["--vault", "team", "team", "create", &address, "--as", "Ana", "--unlock-with", key.to_str().unwrap()];
    let mut asked = Pty::start(credenza(&arguments, cli.folder()));
    asked.shows("Password of the store");
    asked.write("AKIA1:CNRY-store-key\r").ends_clean(0);
    assert!(!asked.screen().contains("CNRY"), "{}", asked.screen());
    run(&Person { cli: &cli, variables: Vec::new() }, &["list"]).ends(0);
}

#[test]
fn a_question_of_a_plugin_that_nobody_can_answer_is_quoted() {
    let bucket = Small::fit();
    let address = bucket.address();
    let cli = Cli::empty();
    let file = stub_plugin::identity_file(cli.folder(), 1);
    let in_path = |manner: &str| {
        let path = stub_plugin::path_with(&stub_plugin::installed(cli.folder(), manner));
        path.into_string().unwrap()
    };
    let (plain, choice) = (in_path("plain"), in_path("choice"));
    let with = |path| Person { cli: &cli, variables: [SIGNED_IN.as_slice(), &[("PATH", path)]].concat() };
    let create = ["team", "create", &address, "--as", "Ana", "--unlock-with", file.to_str().unwrap()];
    run(&with(&plain), &create).ends(0);
    let unanswered = run(&with(&choice), &["list"]).ends(4);
    for words in
        ["The key needs an answer, but the program cannot ask for it.", "It asks: Use the stub?", "without --no-input"]
    {
        assert!(unanswered.err.contains(words), "{}", unanswered.err);
    }
}

#[test]
fn an_admin_who_declines_a_restored_store_leaves_the_vault_as_it_is() {
    let bucket = Small::fit();
    let address = bucket.address();
    let cli = Cli::empty();
    let key = ssh_keys::plain(cli.folder(), "key");
    let person = Person { cli: &cli, variables: SIGNED_IN.to_vec() };
    run(&person, &["team", "create", &address, "--as", "Ana", "--unlock-with", key.to_str().unwrap()]).ends(0);
    let before = bucket.names();
    let mut asked = in_terminal(cli.folder(), &["team", "accept", "--lost"], &std::env::var_os("PATH").unwrap());
    asked.shows("yes");
    asked.write("no\r").shows("The restored store was not accepted. Nothing was changed.");
    asked.ends_clean(8);
    assert_eq!(bucket.names(), before);
}
