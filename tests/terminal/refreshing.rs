//! The program is ended in the middle of a refresh: whatever ends it, the response is saved first.

use credenza::secret::RefreshToken;
use rustix::process::Signal;

use super::pty::Pty;
use crate::service::{Fake, Home, both, pair};

/// Copies the token of the only credential, which has expired, and waits until the request has reached the provider.
fn refreshing(fake: &Fake, home: &Home) -> Pty {
    let mut terminal = Pty::open(home.folder.path());
    terminal.shows("Zoho EU");
    fake.hold();
    terminal.write("y");
    fake.arrived();
    terminal
}

#[test]
fn what_ends_the_screens_during_a_refresh_waits_for_its_answer_and_its_save() {
    type End = fn(&mut Pty);
    let ends: [(&str, u32, End); 4] = [
        ("q", 0, |terminal| _ = terminal.write("q")),
        ("ctrl-c", 0, |terminal| _ = terminal.write("\u{3}")),
        ("SIGTERM", 143, |terminal| terminal.signal(Signal::TERM)),
        ("SIGINT", 130, |terminal| terminal.signal(Signal::INT)),
    ];
    for (what, code, end) in ends {
        let fake = Fake::start();
        let home = Home::with(&fake);
        let mut terminal = refreshing(&fake, &home);
        end(&mut terminal);
        terminal.shows("Finishing refreshing \"Zoho EU\"");
        fake.release();
        terminal.ends_clean(code);
        assert_eq!(pair(&home.stored()), both(1), "{what}");
        assert_eq!(fake.requests().len(), 1, "{what}");
    }
}

#[test]
fn a_window_that_is_closed_during_a_refresh_loses_no_refresh_token() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let mut terminal = refreshing(&fake, &home);
    terminal.signal(Signal::HUP);
    fake.release();
    assert_eq!(terminal.ends().exit_code(), 129);
    assert_eq!(pair(&home.stored()), both(1));
    assert!(home.stored().tokens.unwrap().refresh.is_some_and(|token: RefreshToken| !token.is_empty()));
}

#[test]
fn a_second_ctrl_c_ends_it_at_once_and_names_what_that_costs() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let mut terminal = refreshing(&fake, &home);
    terminal.write("\u{3}").shows("ctrl-c again quits now");
    terminal.write("\u{3}");
    let ended = terminal.ends();
    assert_eq!((ended.exit_code(), ended.signal()), (6, None));
    let said = String::from_utf8_lossy(&terminal.bytes()).into_owned();
    assert!(said.contains("Credenza ended while refreshing \"Zoho EU\""), "{said}");
    fake.release();
}
