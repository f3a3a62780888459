//! What commands say of a machine that lacks what they need: a folder, a port, certificates, a free place.

use std::net::{Ipv4Addr, TcpListener};
use std::path::Path;

use credenza::paths::Paths;
use credenza::problem::Kind;

use super::Cli;
use super::refusals::put;
use crate::service::{Fake, Reply};

#[test]
fn a_folder_that_cannot_hold_the_vault_is_named() {
    let cli = Cli::new();
    let demo = ["The demo could not create its temporary folder.", "in one folder that is removed", "Set TMPDIR"];
    cli.refuses(&[("TMPDIR=HERE/none --demo", 7, &demo)]);
    let unnamed = Paths::discover(Some(Path::new(""))).unwrap_err();
    assert_eq!((unnamed.kind, unnamed.what.as_str()), (Kind::Usage, "The name of the vault's folder is empty."));
}

#[test]
fn a_port_that_is_in_use_is_named() {
    let taken = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let port = taken.local_addr().unwrap().port();
    let cannot = format!("The sandbox cannot listen on port {port} of 127.0.0.1.");
    let words = [cannot.as_str(), "Another program uses it, or it needs permission.", "Leave out --port"];
    Cli::new().refuses(&[(&format!("sandbox --port {port}"), 6, &words)]);
}

#[test]
fn a_machine_without_certificates_trusts_no_server() {
    let cli = Cli::empty();
    put(&cli, "certificates/", "");
    let create = "SSL_CERT_FILE=HERE/none SSL_CERT_DIR=HERE/certificates team create s3://bucket/x --as Ana";
    let words = ["The system's CA certificates could not be loaded.", "Without them no server", "(ca-certificates)"];
    cli.refuses(&[(create, 2, &words)]);
}

#[test]
fn a_setting_that_is_unknown_is_named_with_the_one_that_was_meant() {
    let cli = Cli::new();
    put(&cli, "config/settings.toml", "lock_aftr = \"1h\"\n");
    let list = cli.run(&["list"]).ends(0).err;
    assert!(list.contains("lock_aftr") && list.contains("lock_after"), "{list}");
}

#[tokio::test]
async fn the_simulated_browser_opens_nothing_but_this_machine() {
    let problem = credenza::sandbox::visit(&"https://accounts.zoho.eu/".parse().unwrap()).await.unwrap_err();
    assert_eq!(
        (problem.kind, problem.what.as_str()),
        (Kind::Refused, "The simulated browser opens loopback addresses only.")
    );
}

#[test]
fn the_usage_line_of_an_error_shows_no_option_that_only_the_environment_sets() {
    let cli = Cli::new();
    let told = cli.command(&["show"]).env("CREDENZA_SANDBOX", "http://127.0.0.1:1").output().unwrap();
    let text = String::from_utf8(told.stderr).unwrap();
    assert!(
        text.contains("Usage: credenza show <NAME>") || text.contains("Usage: credenza show [OPTIONS] <NAME>"),
        "{text}"
    );
}

#[tokio::test]
async fn the_simulated_browser_ends_a_loop_of_redirects() {
    let fake = Fake::start();
    let to_itself: &'static str = Box::leak(format!("location: {}\r\n", fake.url).into_boxed_str());
    fake.script((0..20).map(|_| Reply::Http(302, to_itself, String::new())));
    let problem = credenza::sandbox::visit(&fake.url).await.unwrap_err();
    assert_eq!(
        (problem.kind, problem.what.as_str()),
        (Kind::Temporary, "The simulated browser was redirected in a loop.")
    );
    assert!(fake.requests().len() < 20);
}
