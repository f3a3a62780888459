//! `credenza token`: many processes share one refresh, standard output is only the token, and it is saved before it is
//! printed.

use std::fs::File;

use crate::service::{Fake, Home, json};

#[test]
fn cr_01_twenty_processes_cause_one_refresh_and_print_the_same_token() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let children: Vec<_> = (0..20).map(|_| home.token_command(&[]).spawn().unwrap()).collect();
    for child in children {
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), b"a1\n".as_slice()), "{output:?}");
    }
    assert_eq!(fake.requests().len(), 1);
    assert_eq!(home.token_command(&["--force"]).output().unwrap().stdout, b"a2\n", "the grant is alive");
}

#[test]
fn ag_02_standard_output_holds_the_token_and_nothing_else() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    assert_eq!(home.token_command(&["-v"]).output().unwrap().stdout, b"a1\n");
    let header = home.token_command(&["--header"]).output().unwrap();
    assert_eq!(header.stdout, b"Authorization: Zoho-oauthtoken a1\n");
}

#[test]
fn ag_03_a_token_that_cannot_be_printed_is_saved() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let full = File::options().write(true).open("/dev/full").unwrap();
    assert_ne!(home.token_command(&[]).stdout(full).output().unwrap().status.code(), Some(0));
    assert_eq!(home.token_command(&[]).output().unwrap().stdout, b"a1\n");
    assert_eq!(fake.requests().len(), 1);
}

#[test]
fn a_token_that_needs_a_proof_is_saved_and_not_handed_out_and_other_types_are_told() {
    for (word, code) in [("mac", 8), ("DPoP", 8), ("bot", 0), ("bearer", 0)] {
        let fake = Fake::start();
        let home = Home::with(&fake);
        let body = format!(r#"{{"access_token":"a9","refresh_token":"r9","expires_in":3600,"token_type":"{word}"}}"#);
        fake.script([json(200, &body)]);
        let output = home.token_command(&[]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(code), "{word}: {said}");
        assert_eq!(said.contains(&format!("type {word}, not bearer")), word != "bearer", "{said}");
        assert_eq!(output.stdout.is_empty(), code != 0, "{word}");
        assert_eq!(home.stored().tokens.unwrap().refresh.unwrap().expose(), "r9", "{word}: nothing is lost");
    }
}

#[test]
fn wp_19_a_signal_while_the_refresh_token_is_spent_waits_for_the_save() {
    for signal in ["INT", "TERM", "HUP"] {
        let fake = Fake::start();
        let home = Home::with(&fake);
        fake.hold();
        let child = home.token_command(&[]).spawn().unwrap();
        fake.arrived();
        super::deliver(signal, child.id());
        fake.release();
        let output = child.wait_with_output().unwrap();
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(6), b"".as_slice()), "it is obeyed then");
        let stored = home.stored().tokens.unwrap();
        assert_eq!(stored.refresh.unwrap().expose(), "r1", "SIG{signal}: the rotated refresh token is lost");
    }
}

#[test]
fn ag_04_a_provider_that_is_down_and_one_that_refuses_differ() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    fake.script([json(500, "{}"), json(400, r#"{"error":"invalid_grant"}"#)]);
    assert_eq!(home.token_command(&[]).output().unwrap().status.code(), Some(6));
    assert_eq!(home.token_command(&[]).output().unwrap().status.code(), Some(5));
}

#[test]
fn a_token_that_ends_before_what_was_asked_for_is_told_on_standard_error() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    fake.life(300);
    for asked in ["10m", "1h"] {
        let output = home.token_command(&["--min-ttl", asked]).output().unwrap();
        let said = String::from_utf8(output.stderr).unwrap();
        assert_eq!((output.status.code(), output.stdout.as_slice()), (Some(0), b"a1\n".as_slice()), "{said}");
        assert!(said.contains("the provider issues none that lasts"), "{said}");
    }
    assert_eq!(fake.requests().len(), 1, "it costs no refresh per call");
    let output = home.token_command(&["--min-ttl", "1m"]).output().unwrap();
    assert!(output.stderr.is_empty(), "{output:?}");
}

#[test]
fn an_answer_that_cannot_be_read_is_told_kept_and_printed() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let body = "<xml>\u{1b}[2J a1 r1</xml>\n\u{0}end";
    fake.script([json(200, body)]);
    let run = |arguments: &[&str]| {
        let mut command = home.token_command(&[]);
        let (program, folder) = (command.get_program().to_owned(), home.folder.path().to_owned());
        command = std::process::Command::new(program);
        command.args(arguments).arg("--no-input").env_clear().env("CREDENZA_DIR", &folder);
        command.env("CREDENZA_PASSPHRASE_FILE", folder.join("pass")).output().unwrap()
    };
    let refused = home.token_command(&["--force"]).output().unwrap();
    let said = String::from_utf8(refused.stderr).unwrap();
    assert_eq!(refused.status.code(), Some(5), "{said}");
    assert!(said.contains("could not be read") && said.contains("credenza show 'Zoho EU' --response"), "{said}");
    assert!(!said.contains("a1 r1"), "{said}");
    let listed = String::from_utf8(run(&["list", "--json"]).stdout).unwrap();
    assert!(listed.contains("answer_unreadable"), "{listed}");
    assert_eq!(run(&["show", "Zoho EU", "--response"]).stdout, body.as_bytes(), "byte for byte");
    let shown = String::from_utf8(run(&["show", "Zoho EU", "--response", "--json"]).stdout).unwrap();
    assert!(shown.contains("\"status\": 200") && shown.contains("a1 r1") && !shown.contains('\u{1b}'), "{shown}");
    // `--force` is a user's decision, so the refresh token is sent once more.
    assert_eq!(home.token_command(&["--force"]).output().unwrap().stdout, b"a1\n");
    assert_eq!(run(&["show", "Zoho EU", "--answer"]).status.code(), Some(3));
}
