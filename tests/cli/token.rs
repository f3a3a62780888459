//! `credenza token`: one refresh for many processes, the token alone on standard output, saved before it is printed.

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
