//! `credenza check`: deadlines as text, JSON, Prometheus metrics and a calendar, with exit codes and the hook.

use std::fs;

use crate::local_vault::Vault;

use super::{Cli, Ran};
use crate::service::{Fake, Home, passphrase};

/// A vault with one working credential whose secret expires on `day`.
fn home(fake: &Fake, day: Option<&str>) -> Home {
    let home = Home::with(fake);
    fs::write(home.folder.path().join("pass"), "test").unwrap();
    if let Some(day) = day {
        let change =
            crate::local_vault::edit(&home.stored(), |one| one.details.expires_on = Some(day.parse().unwrap()));
        Vault::unlock(&home.workspace.paths, &passphrase(), &home.clock).unwrap().commit(change).unwrap();
    }
    home
}

fn check(home: &Home, arguments: &[&str]) -> Ran {
    let mut command = std::process::Command::new(env!("CARGO_BIN_EXE_credenza"));
    command.args(["check", "--no-input"]).args(arguments).env_clear();
    command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("CREDENZA_DIR", home.folder.path()).env("CREDENZA_PASSPHRASE_FILE", home.folder.path().join("pass"));
    Ran::of(command.stdin(std::process::Stdio::null()).output().unwrap())
}

/// The date this many days from now.
fn day(days: i32) -> String {
    use jiff::ToSpan as _;
    let now = credenza::clock::Clock::system().now().to_zoned(jiff::tz::TimeZone::UTC);
    now.date().checked_add(days.days()).unwrap().to_string()
}

#[test]
fn the_exit_code_says_what_is_due() {
    let fake = Fake::start();
    check(&home(&fake, None), &[]).ends(0);
    let soon = home(&fake, Some(&day(10)));
    let ran = check(&soon, &["--json"]).ends(1);
    let one = &ran.json()["checked"][0];
    assert_eq!((one["standing"].as_str(), one["due"]["what"].as_str()), (Some("due_soon"), Some("secret")));
    assert_eq!(one["due"]["source"], "person");
    check(&soon, &["--within", "5d"]).ends(0);
    check(&home(&fake, Some(&day(-1))), &[]).ends(2);
    let never = Cli::new();
    never.add("Never authenticated").ends(0);
    assert!(never.run(&["check"]).ends(2).out.contains("NOW"));
    Cli::new().run(&["check"]).ends(0);
    never.run(&["check", "--within", "-3d"]).ends(2);
    never.run(&["check", "--ics", "--json"]).ends(2);
}

#[test]
fn monitoring_and_calendars_read_it() {
    let fake = Fake::start();
    let due = day(10);
    let home = home(&fake, Some(&due));
    let text = check(&home, &["--prometheus"]).ends(1).out;
    let line = "credenza_credential_standing{name=\"Zoho EU\",owner=\"\",status=\"expiring_soon\"} 1\n";
    assert!(text.contains(line), "{text}");
    assert!(text.contains("credenza_credential_due_timestamp_seconds{name=\"Zoho EU\""), "{text}");
    let calendar = check(&home, &["--ics"]).ends(1).out;
    assert!(calendar.starts_with("BEGIN:VCALENDAR\r\nVERSION:2.0\r\n") && calendar.ends_with("END:VCALENDAR\r\n"));
    assert!(calendar.contains(&format!("DTSTART;VALUE=DATE:{}\r\n", due.replace('-', ""))), "{calendar}");
    assert!(calendar.contains("SUMMARY:Zoho EU: secret expires\r\n"), "{calendar}");
}

#[test]
fn the_hook_is_called_for_what_is_due_and_cannot_break_the_check() {
    let fake = Fake::start();
    let home = home(&fake, Some(&day(10)));
    let out = home.folder.path().join("hook");
    let hook = format!("echo \"$CREDENZA_NAME|$CREDENZA_STANDING|$CREDENZA_DUE\" >> '{}'", out.display());
    check(&home, &["--hook", &hook]).ends(1);
    assert_eq!(fs::read_to_string(&out).unwrap(), "Zoho EU|due_soon|secret expires\n");
    check(&home, &["--within", "1d", "--hook", &hook]).ends(0);
    let quiet = check(&home, &["--within", "1d", "--quiet"]).ends(0);
    // The vault of the tests has a cheap work factor, which is reported.
    assert!(quiet.out.is_empty() && quiet.err.lines().all(|line| line.contains("work factor")), "{quiet:?}");
    assert!(check(&home, &["--quiet"]).ends(1).out.contains("Zoho EU"));
    assert_eq!(fs::read_to_string(&out).unwrap().lines().count(), 1, "nothing is due within a day");
    let failed = check(&home, &["--hook", "exit 3"]).ends(1);
    assert!(failed.err.contains("The hook for \"Zoho EU\" failed"), "{failed:?}");
    let saw = home.folder.path().join("saw");
    check(&home, &["--hook", &format!("env > '{}'", saw.display())]).ends(1);
    let saw = fs::read_to_string(saw).unwrap();
    assert!(!saw.contains("PASSPHRASE") && !saw.contains("CNRY"), "{saw}");
}
