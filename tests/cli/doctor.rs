//! `credenza doctor`: it reports what is wrong, and nothing that does not belong in a support ticket.

use serde_json::Value;

use super::authenticate::cli;
use super::{Cli, Ran};
use crate::service::{Fake, json};

fn found<'a>(value: &'a Value, check: &str) -> Vec<&'a Value> {
    value["findings"].as_array().unwrap().iter().filter(|finding| finding["check"] == check).collect()
}

fn doctor(cli: &Cli, arguments: &[&str], variables: &[(&str, &str)]) -> Ran {
    let mut command = cli.command(&["doctor", "--json"]);
    command.args(arguments).envs(variables.iter().copied());
    command.env("CREDENZA_PASSPHRASE_FILE", cli.folder().join("pass"));
    Ran::of(command.output().unwrap())
}

#[test]
fn an_empty_machine_has_notices_but_nothing_wrong() {
    let cli = Cli::empty();
    drop(cli.with_port(""));
    let ran = doctor(&cli, &[], &[("BROWSER", "/usr/bin/some-browser")]).ends(0);
    let value = ran.json();
    assert_eq!(found(&value, "vault")[0]["verdict"], "notice");
    assert_eq!(found(&value, "vault")[0]["try_this"], "To create one: credenza init");
    assert_eq!(found(&value, "browser")[0]["what"], "/usr/bin/some-browser");
    assert_eq!(found(&value, "port")[0]["verdict"], "good");
    assert_eq!(found(&value, "proxy")[0]["what"], "none");
}

#[test]
fn what_is_wrong_is_named_with_its_cure_and_decides_the_exit_code() {
    let cli = Cli::empty();
    let _held = cli.with_port("");
    let ran = doctor(&cli, &[], &[]).ends(6);
    let value: Value = serde_json::from_str(&ran.out).unwrap();
    assert_eq!(found(&value, "port")[0]["verdict"], "bad");
    assert!(found(&value, "port")[0]["try_this"].as_str().unwrap().contains("another redirect_port"));
    let text = cli.run(&["doctor"]).ends(6);
    assert!(text.out.contains("WRONG") && text.out.contains("port"), "{text:?}");

    let cli = Cli::empty();
    drop(cli.with_port("ca_file = \"/nonexistent/ca.pem\"\n"));
    let ran = doctor(&cli, &[], &[]).ends(2);
    assert!(found(&ran.json(), "ca_file")[0]["what"].as_str().unwrap().contains("/nonexistent/ca.pem"));
}

#[test]
fn pr_23_the_way_out_is_shown_without_its_password() {
    let cli = Cli::empty();
    drop(cli.with_port(""));
    let proxy = [("HTTPS_PROXY", "http://u:CNRY-proxy@127.0.0.1:9"), ("NO_PROXY", "intranet.example")];
    let value = doctor(&cli, &[], &proxy).ends(0).json();
    let said: Vec<_> =
        found(&value, "proxy").iter().map(|finding| finding["what"].as_str().unwrap().to_owned()).collect();
    assert_eq!(said, ["HTTPS_PROXY: [concealed]@127.0.0.1:9", "NO_PROXY: intranet.example"]);
}

#[test]
fn a_credential_is_looked_after_up_to_its_provider_without_sending_a_secret() {
    let fake = Fake::start();
    let (cli, _) = cli(&fake);
    drop(cli.with_port(""));
    fake.script([json(200, "{}")]);
    let value = doctor(&cli, &["Own"], &[]).ends(5).json();
    assert_eq!(found(&value, "status")[0]["what"], "Not authenticated.");
    assert!(found(&value, "status")[0]["try_this"].as_str().unwrap().contains("credenza authenticate 'Own'"));
    assert_eq!(found(&value, "dns")[0]["verdict"], "good");
    assert!(found(&value, "server")[0]["what"].as_str().unwrap().contains("answers on loopback (status 200)"));
    assert_eq!(fake.requests(), [""], "one request, with nothing in it");
    doctor(&cli, &["Nobody"], &[]).ends(3);
}

#[test]
fn a_clock_that_is_off_is_told_from_the_servers() {
    use crate::service::Reply;
    let fake = Fake::start();
    let (cli, _) = cli(&fake);
    drop(cli.with_port(""));
    fake.script([Reply::Http(200, "date: Mon, 23 Nov 2015 10:00:00 GMT\r\n", "{}".to_owned())]);
    let value = doctor(&cli, &["Own"], &[]).ends(5).json();
    let clock = found(&value, "clock")[0];
    assert!(clock["what"].as_str().unwrap().contains("ahead of 127.0.0.1"), "{clock}");
}

#[test]
fn a_clock_that_was_off_is_told_without_a_name_until_a_server_says_otherwise() {
    use crate::service::{Home, Reply};
    let fake = Fake::start();
    let home = Home::with(&fake);
    let answered = |date: &'static str, n: usize| {
        let body = format!(r#"{{"access_token":"a{n}","refresh_token":"r{n}","expires_in":3600}}"#);
        fake.script([Reply::Http(200, date, body)]);
        assert!(home.token_command(&["--force"]).output().unwrap().status.success());
        let mut doctor = std::process::Command::new(env!("CARGO_BIN_EXE_credenza"));
        doctor.args(["doctor", "--json"]).env_clear().env("CREDENZA_DIR", home.folder.path());
        let value: Value = serde_json::from_slice(&doctor.output().unwrap().stdout).unwrap();
        found(&value, "clock").first().map(|finding| finding["what"].as_str().unwrap().to_owned())
    };
    let told = answered("date: Mon, 23 Nov 2015 10:00:00 GMT\r\n", 1).unwrap();
    assert!(told.contains("s ahead of 127.0.0.1 when last measured"), "{told}");
    assert!(answered("", 2).is_some(), "an answer that names no time changes nothing");
    let now = credenza::clock::Clock::system().now().strftime("date: %a, %d %b %Y %H:%M:%S GMT\r\n").to_string();
    assert_eq!(answered(now.leak(), 3), None);
}

/// Runs the program in a mount namespace in which the vault file is a bind mount of itself; `None` if that is not
/// permitted.
#[cfg(target_os = "linux")]
fn with_mounted_vault(home: &crate::service::Home, arguments: &str) -> Option<std::process::Output> {
    let vault = home.folder.path().join("data/vault.age");
    let mount = format!(
        "mount --bind '{0}' '{0}' || exit 99; exec '{1}' {arguments}",
        vault.display(),
        env!("CARGO_BIN_EXE_credenza")
    );
    let mut command = std::process::Command::new("unshare");
    command.arg("--mount");
    if !rustix::process::geteuid().is_root() {
        command.arg("--map-root-user");
    }
    command.args(["sh", "-c", &mount]);
    command.env("CREDENZA_DIR", home.folder.path()).env("CREDENZA_PASSPHRASE_FILE", home.folder.path().join("pass"));
    let output = command.output().ok()?;
    let allowed = output.status.code() != Some(99) && !String::from_utf8_lossy(&output.stderr).starts_with("unshare:");
    allowed.then_some(output)
}

#[cfg(target_os = "linux")]
#[test]
fn a_vault_that_is_mounted_by_itself_is_told_before_anything_is_spent() {
    let fake = Fake::start();
    let home = crate::service::Home::with(&fake);
    let Some(output) = with_mounted_vault(&home, "token Zoho --no-input") else {
        // Some containers do not permit it; in `.ci/run` it works.
        return;
    };
    for (arguments, told) in
        [("rename Zoho Other", "mount point"), ("token Zoho", "mount point"), ("doctor", "mount point")]
    {
        let output = with_mounted_vault(&home, &format!("{arguments} --no-input")).unwrap();
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(said.contains(told) && said.contains("instead of the file"), "{arguments}: {said}");
        assert_ne!(output.status.code(), Some(0), "{arguments}");
    }
    assert_eq!(output.status.code(), Some(7), "{output:?}");
    assert!(fake.requests().is_empty(), "no refresh token was sent");
}
