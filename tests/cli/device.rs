//! `authenticate --method device` from a script: what is printed to which stream, and the exit code.

use credenza::catalog::{Catalog, Origin};
use credenza::sandbox::{Consent, Mode, Options, Sandbox};

use super::{Cli, Ran};

/// A vault with one credential that signs in with a device code, at a sandbox in these modes.
struct Desk {
    cli: Cli,
    sandbox: Sandbox,
}

impl Desk {
    fn new(consent: Consent, modes: &[&str]) -> Self {
        let catalog = Catalog::load(std::path::Path::new("/nonexistent"), Origin::default()).0;
        let modes = modes.iter().map(|mode| mode.parse::<Mode>().unwrap()).collect();
        let options = Options { catalog: catalog.into(), consent, modes, ..Options::default() };
        let desk = Self { cli: Cli::new(), sandbox: Sandbox::start_apart(options).unwrap() };
        let secret = desk.cli.folder().join("secret");
        std::fs::write(&secret, "CNRY-client-secret\n").unwrap();
        let client = ["--client-id", "client-1", "--client-secret-file", secret.to_str().unwrap()];
        desk.run(&[&["add", "--integration", "google-device", "--name", "Drive"], &client[..]].concat()).ends(0);
        desk
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.cli.command(arguments);
        command.env("CREDENZA_PASSPHRASE_FILE", self.cli.folder().join("pass"));
        command.env("CREDENZA_SANDBOX", self.sandbox.base().as_str());
        Ran::of(command.output().unwrap())
    }

    fn status(&self) -> String {
        self.run(&["show", "Drive", "--json"]).ends(0).json()["status"].as_str().unwrap().to_owned()
    }
}

#[test]
fn device_the_code_stands_on_standard_error_and_the_result_on_standard_output() {
    let desk = Desk::new(Consent::Accept, &[]);
    let done = desk.run(&["authenticate", "Drive"]).ends(0);
    assert_eq!(done.out, "Authenticated Drive\n");
    let page = format!("{}_device", desk.sandbox.base());
    for line in ["In a browser on any device open", page.as_str(), "and enter the code", "the code expires in 900 s"] {
        assert!(done.err.contains(line), "{line}: {}", done.err);
    }
    assert_eq!(desk.status(), "authenticated");
    desk.run(&["token", "Drive"]).ends(0);
}

#[test]
fn device_a_no_is_final_and_needs_a_person() {
    let desk = Desk::new(Consent::Reject, &[]);
    let refused = desk.run(&["authenticate", "Drive", "--json"]).ends(5);
    let problem: serde_json::Value = serde_json::from_str(refused.err.lines().last().unwrap()).unwrap();
    assert_eq!(problem["error"]["kind"], "needs_authentication");
    assert!(problem["error"]["what"].as_str().unwrap().contains("rejected in the browser"), "{refused:?}");
    assert_eq!((refused.out.as_str(), desk.status().as_str()), ("", "not_authenticated"));
}

#[test]
fn device_an_ended_code_needs_a_person() {
    for mode in ["device-expired", "device-brief"] {
        let desk = Desk::new(Consent::Page, &[mode]);
        let ended = desk.run(&["authenticate", "Drive"]).ends(5);
        assert!(ended.err.contains("The code was not entered within"), "{mode}: {ended:?}");
    }
}

#[test]
fn pr_20_device_answers_that_cannot_be_used_are_refused_at_once_and_escaped() {
    let desk = Desk::new(Consent::Page, &["device-javascript"]);
    let refused = desk.run(&["authenticate", "Drive"]).ends(6);
    assert!(refused.err.contains("returned no web address") && !refused.err.contains("javascript"), "{refused:?}");
    let desk = Desk::new(Consent::Page, &["device-hostile"]);
    let waited = desk.run(&["authenticate", "Drive", "--timeout", "1s"]).ends(5);
    assert!(!waited.err.contains('\u{1b}') && !waited.err.contains("evil.invalid"), "{waited:?}");
    assert!(waited.err.contains("not https: check it"), "{waited:?}");
}

#[test]
fn device_only_means_only() {
    let desk = Desk::new(Consent::Accept, &[]);
    let refused = desk.run(&["authenticate", "Drive", "--no-input", "--method", "browser"]).ends(2);
    assert!(refused.err.contains("by device code only"), "{refused:?}");
}
