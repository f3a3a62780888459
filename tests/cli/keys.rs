//! API keys, access tokens and passwords from a script: added from a file, printed, tested, rotated.

use std::io::Write as _;
use std::process::Stdio;

use credenza::catalog::{Catalog, Origin, Provider};
use credenza::sandbox::{Mode, Options, Sandbox};

use super::{Cli, Ran};

const KEY: &str = "CNRY-key-77b1";

/// A vault, and a sandbox that replaces every provider.
struct Desk {
    cli: Cli,
    sandbox: Sandbox,
}

impl Desk {
    fn new() -> Self {
        let catalog = Catalog::load(std::path::Path::new("/nonexistent"), Origin::default()).0;
        let options = Options { catalog: catalog.into(), ..Options::default() };
        Self { cli: Cli::new(), sandbox: Sandbox::start_apart(options).unwrap() }
    }

    fn say(&self, arguments: &[&str], input: &str) -> Ran {
        let mut command = self.cli.command(arguments);
        command.env("CREDENZA_PASSPHRASE_FILE", self.cli.folder().join("pass"));
        command.env("CREDENZA_SANDBOX", self.sandbox.base().as_str());
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = command.spawn().unwrap();
        // The program may exit without reading standard input.
        let _ = child.stdin.take().unwrap().write_all(input.as_bytes());
        Ran::of(child.wait_with_output().unwrap())
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        self.say(arguments, "")
    }

    fn add(&self, integration: &str, name: &str, more: &[&str]) -> Ran {
        let arguments = ["add", "--integration", integration, "--name", name, "--secret-file", "-"];
        self.say(&[&arguments, more].concat(), &format!("{KEY}\n"))
    }

    fn status(&self, name: &str) -> String {
        self.run(&["show", name, "--json"]).ends(0).json()["status"].as_str().unwrap().to_owned()
    }
}

#[test]
fn keys_a_key_is_added_tested_and_printed() {
    let desk = Desk::new();
    desk.add("pagerduty-key", "Pager", &[]).ends(0);
    assert_eq!(desk.status("Pager"), "not_authenticated");
    let before = desk.run(&["token", "Pager"]);
    assert_eq!((before.code, before.out.as_str()), (0, format!("{KEY}\n").as_str()));
    assert!(before.err.contains("not been tested"), "{}", before.err);
    let tested = desk.run(&["test", "Pager", "--json"]).ends(0);
    let json = tested.json();
    assert_eq!((json["status"].as_u64(), json["credential_status"].as_str()), (Some(200), Some("authenticated")));
    assert!(json["asked"].as_str().unwrap().ends_with("/api.pagerduty.com/abilities"), "{json}");
    let printed = desk.run(&["token", "Pager", "--header"]);
    assert_eq!(printed.out, format!("Authorization: Token token={KEY}\n"));
    assert!(!printed.err.contains("not been tested"), "{}", printed.err);
    let shown = desk.run(&["show", "Pager", "--json"]).ends(0).json();
    assert_eq!((shown["grant"].as_str(), shown["secrets"][0].as_str()), (Some("api_key"), Some("secret")));
    assert_eq!(shown["tested"]["by"], "test");
    let listed = desk.run(&["list", "--json"]).ends(0).json();
    assert_eq!(listed[0]["status"], "authenticated");
}

#[test]
fn keys_each_kind_prints_its_own_header_and_a_query_key_none() {
    let desk = Desk::new();
    let folder = desk.cli.folder().to_owned();
    std::fs::write(folder.join("app"), "CNRYapp").unwrap();
    let app = format!("app_key={}", folder.join("app").display());
    desk.add("freshservice", "Fresh", &["--set", "subdomain=acme"]).ends(0);
    desk.add("notion-token", "Notion", &[]).ends(0);
    desk.add("datadog-keys", "Dog", &["--set-file", &app]).ends(0);
    desk.add("prtg", "Paessler", &["--set", "host=prtg.acme.example"]).ends(0);
    let header = |name: &str| desk.run(&["token", name, "--header"]);
    // printf 'CNRY-key-77b1:X' | base64
    assert_eq!(header("Fresh").out, "Authorization: Basic Q05SWS1rZXktNzdiMTpY\n");
    assert_eq!(header("Notion").out, format!("Authorization: Bearer {KEY}\n"));
    assert_eq!(header("Dog").out, format!("DD-API-KEY: {KEY}\nDD-APPLICATION-KEY: CNRYapp\n"));
    let none = header("Paessler").ends(2);
    assert!(none.out.is_empty() && none.err.contains("apitoken"), "{}", none.err);
    let json = desk.run(&["token", "Paessler", "--json"]).json();
    assert_eq!((json["query"]["apitoken"].as_str(), json["header"].is_null()), (Some(KEY), true));
    for name in ["Fresh", "Notion", "Dog", "Paessler"] {
        desk.run(&["test", name]).ends(0);
    }
}

#[test]
fn keys_a_refused_key_needs_a_person_and_a_new_one_mends_it() {
    let desk = Desk::new();
    desk.add("pagerduty-key", "Pager", &["--authenticate"]).ends(0);
    desk.sandbox.script().end_key(KEY);
    let refused = desk.run(&["test", "Pager"]).ends(5);
    assert!(refused.err.contains("HTTP 401"), "{}", refused.err);
    assert_eq!(desk.status("Pager"), "needs_reauthentication");
    assert_eq!(desk.run(&["token", "Pager"]).ends(5).out, "");
    assert_eq!(desk.run(&["check"]).code, 2);
    desk.say(&["rotate", "Pager", "--secret-file", "-"], " \n").ends(2);
    assert_eq!(desk.status("Pager"), "needs_reauthentication");
    desk.say(&["rotate", "Pager", "--secret-file", "-"], "CNRY-second\n").ends(0);
    assert_eq!(desk.status("Pager"), "not_authenticated");
    desk.run(&["authenticate", "Pager", "--method", "paste"]).ends(2);
    desk.run(&["authenticate", "Pager", "--no-input"]).ends(0);
    assert_eq!(desk.run(&["token", "Pager"]).out, "CNRY-second\n");
    let kinds = desk.run(&["show", "Pager", "--json"]).ends(0).json()["history"].to_string();
    assert!(kinds.contains("created") && kinds.contains("edited") && kinds.contains("authenticated"), "{kinds}");
}

#[test]
fn keys_a_provider_that_is_down_is_no_verdict() {
    let desk = Desk::new();
    desk.add("pagerduty-key", "Pager", &["--authenticate"]).ends(0);
    for mode in ["api-throttled", "api-down", "api-page"] {
        desk.sandbox.script().mode(mode.parse::<Mode>().unwrap());
        desk.run(&["test", "Pager"]).ends(6);
        desk.sandbox.script().clear();
    }
    assert_eq!(desk.status("Pager"), "authenticated");
    desk.run(&["token", "Pager"]);
}

#[test]
fn keys_what_has_no_test_call_says_so() {
    let desk = Desk::new();
    let catalog = Catalog::load(std::path::Path::new("/nonexistent"), Origin::default()).0;
    let untested = |provider: &&Provider| {
        provider.grant.is_static_secret() && provider.test_calls().next().is_none() && provider.variables.is_empty()
    };
    let provider = catalog.iter().find(untested).unwrap().id.clone();
    desk.add(&provider, "Untested", &[]).ends(0);
    let none = desk.run(&["test", "Untested"]).ends(2);
    assert!(none.err.contains("has no test call") && none.err.contains("Nothing was sent"), "{}", none.err);
    let done = desk.run(&["authenticate", "Untested"]).ends(0);
    assert!(done.err.contains("accepted without a test"), "{}", done.err);
    let shown = desk.run(&["show", "Untested", "--json"]).ends(0).json();
    assert_eq!((shown["status"].as_str(), shown["tested"]["by"].as_str()), (Some("authenticated"), Some("person")));
    assert!(desk.sandbox.seen().is_empty());
}

#[test]
fn keys_a_secret_is_no_argument_and_a_useless_option_is_refused() {
    let desk = Desk::new();
    let add = ["add", "--integration", "datadog-keys", "--name", "Dog"];
    let said = desk.say(&[&add[..], &["--secret-file", "-", "--set", "app_key=CNRYapp"]].concat(), KEY).ends(2);
    assert!(said.err.contains("--set-file"), "{}", said.err);
    for useless in [["--client-id", "x"], ["--scope", "x"], ["--redirect-uri", "http://localhost:1/"]] {
        let said = desk.say(&[&add[..], &["--secret-file", "-"], &useless].concat(), KEY).ends(2);
        assert!(said.err.contains(useless[0]), "{}", said.err);
    }
    let oauth = ["add", "--integration", "manageengine", "--name", "M", "--client-id", "x", "--secret-file", "-"];
    assert!(desk.say(&oauth, KEY).ends(2).err.contains("--secret-file"));
    desk.run(&["add", "--integration", "pagerduty-key", "--name", "P", "--no-input"]).ends(4);
    assert_eq!(desk.run(&["list", "--json"]).ends(0).json().as_array().unwrap().len(), 0);
}

#[test]
fn keys_revoking_says_where_a_key_is_ended() {
    let desk = Desk::new();
    desk.add("pagerduty-key", "Pager", &[]).ends(0);
    let said = desk.run(&["revoke", "Pager"]).ends(2);
    assert!(said.err.contains("console"), "{}", said.err);
}

/// ADVANCED MODE: an integration that is not in the catalog is described with options, and exported as a catalog file.
#[test]
fn keys_what_is_not_listed_is_described_by_hand() {
    let desk = Desk::new();
    let cases: [(&str, &[&str], &str); 4] = [
        (
            "custom-api-key",
            &["--set", "prefix=SSWS", "--set", "test_url=https://acme.okta.com/api/v1/users/me"],
            "Authorization: SSWS CNRY-key-77b1\n",
        ),
        ("custom-api-key", &["--set", "header=X-Acme-Key"], "X-Acme-Key: CNRY-key-77b1\n"),
        (
            "custom-bearer",
            &["--set", "test_url=https://api.notion.com/v1/users/me"],
            "Authorization: Bearer CNRY-key-77b1\n",
        ),
        // printf 'ana:CNRY-key-77b1' | base64
        ("custom-basic", &["--set", "user=ana"], "Authorization: Basic YW5hOkNOUlkta2V5LTc3YjE=\n"),
    ];
    for (at, (integration, more, header)) in cases.into_iter().enumerate() {
        let name = format!("Own {at}");
        desk.add(integration, &name, more).ends(0);
        assert_eq!(desk.run(&["token", &name, "--header"]).out, header, "{integration}");
        let tested = desk.run(&["test", &name]);
        assert_eq!(tested.code, if more.iter().any(|word| word.contains("test_url")) { 0 } else { 2 }, "{tested:?}");
    }
    desk.add("custom-api-key-query", "In the URL", &["--set", "parameter=k"]).ends(0);
    assert_eq!(desk.run(&["token", "In the URL", "--json"]).json()["query"]["k"], KEY);
    for bad in ["header=X Key", "header=X-Key:", "prefix=a b", "test_url=http://api.example.com/"] {
        desk.add("custom-api-key", "Bad", &["--set", bad]).ends(2);
    }
    for (name, needed) in [("Own 0", "SSWS {secret}"), ("Own 1", "template = \"{secret}\"")] {
        let file = desk.run(&["catalog", "export", name]).ends(0).out;
        assert!(file.contains(needed) && !file.contains("{test_url}") && !file.contains("{prefix}"), "{file}");
        let path = desk.cli.folder().join("exported.toml");
        std::fs::write(&path, &file).unwrap();
        desk.run(&["catalog", "check", path.to_str().unwrap()]).ends(0);
    }
}
