//! Every authorization type with a single command: `add ... --authenticate`, after which a script gets a token.

use std::os::unix::fs::PermissionsExt as _;

use credenza::catalog::{Catalog, Origin};
use credenza::sandbox::{Consent, Options, Sandbox, visit};
use url::Url;

use super::{Cli, Ran};

const SECRET: &str = "CNRY-secret-4e21";

struct Desk {
    cli: Cli,
    sandbox: Sandbox,
}

impl Desk {
    fn new() -> Self {
        let catalog = Catalog::load(std::path::Path::new("/nonexistent"), Origin::default()).0;
        let options = Options { catalog: catalog.into(), consent: Consent::Accept, ..Options::default() };
        let desk = Self { cli: Cli::new(), sandbox: Sandbox::start_apart(options).unwrap() };
        std::fs::write(desk.cli.folder().join("secret"), format!("{SECRET}\n")).unwrap();
        desk
    }

    fn run(&self, arguments: &[&str]) -> Ran {
        let mut command = self.cli.command(arguments);
        command.env("CREDENZA_PASSPHRASE_FILE", self.cli.folder().join("pass"));
        command.env("CREDENZA_SANDBOX", self.sandbox.base().as_str());
        command.env("BROWSER", self.cli.folder().join("browser"));
        Ran::of(command.output().unwrap())
    }

    /// Adds and authenticates a credential with the secret from a file; returns its row in `list`.
    fn adds(&self, integration: &str, secret: &str, more: &[&str]) -> serde_json::Value {
        let file = self.cli.folder().join("secret");
        let mut arguments = vec!["add", "--integration", integration, "--name", integration, "--authenticate"];
        arguments.extend([secret, file.to_str().unwrap()]);
        arguments.extend(more);
        self.run(&arguments).ends(0);
        let list = self.run(&["list", "--json"]).ends(0).json();
        list.as_array().unwrap().iter().find(|row| row["name"] == integration).unwrap().clone()
    }
}

#[test]
fn every_type_is_added_and_authenticated_by_one_command() {
    let desk = Desk::new();
    let client = ["--client-id", "client-1"];
    let rows: [(&str, &str, &str, &[&str]); 5] = [
        ("zoom-s2s", "client_credentials", "--client-secret-file", &[client[0], client[1], "--set", "account_id=abc"]),
        ("google-device", "device_code", "--client-secret-file", &client),
        ("pagerduty-key", "api_key", "--secret-file", &[]),
        ("notion-token", "bearer", "--secret-file", &[]),
        ("zendesk-token", "basic", "--secret-file", &["--set", "subdomain=acme", "--set", "email=ana@acme.example"]),
    ];
    for (integration, grant, secret, more) in rows {
        let row = desk.adds(integration, secret, more);
        assert_eq!((row["grant"].as_str(), row["status"].as_str()), (Some(grant), Some("authenticated")), "{row}");
        let printed = desk.run(&["token", integration, "--header"]);
        assert_eq!((printed.code, printed.out.lines().count()), (0, 1), "{integration}: {}", printed.err);
    }
}

#[test]
fn a_key_that_signs_is_tested_by_a_signed_request_and_handed_to_the_tools_that_sign() {
    let desk = Desk::new();
    let session = desk.cli.folder().join("session");
    std::fs::write(&session, "CNRY-session\n").unwrap();
    let session = format!("session_token={}", session.display());
    let more = ["--set", "access_key_id=AKIAIOSFODNN7EXAMPLE", "--set", "region=eu-central-1", "--set-file", &session];
    let row = desk.adds("aws", "--secret-file", &more);
    assert_eq!((row["grant"].as_str(), row["status"].as_str()), (Some("aws_signature_v4"), Some("authenticated")));

    let seen = desk.sandbox.seen();
    let call = seen.iter().find(|seen| seen.host == "sts.eu-central-1.amazonaws.com").unwrap();
    let authorization = call.header("authorization").unwrap();
    assert!(
        authorization.contains("/eu-central-1/sts/aws4_request, SignedHeaders=host;x-amz-date;x-amz-security-token")
    );
    assert_eq!(call.query("Action"), Some("GetCallerIdentity"));
    assert!(!format!("{:?}{authorization}", call.path).contains(SECRET), "the secret key is never sent");

    let printed = desk.run(&["token", "aws", "--json"]);
    let key = printed.json();
    assert_eq!((printed.code, &key["Version"], &key["AccessKeyId"]), (0, &1.into(), &"AKIAIOSFODNN7EXAMPLE".into()));
    assert_eq!((&key["SecretAccessKey"], &key["SessionToken"]), (&SECRET.into(), &"CNRY-session".into()));
    assert_eq!(desk.run(&["token", "aws"]).out, format!("{SECRET}\n"));
    let refused = desk.run(&["token", "aws", "--header"]).ends(2);
    assert!(refused.err.contains("credential_process"), "{}", refused.err);
}

/// The browser is a script that writes the authorization URL to a file for the test.
#[test]
fn the_browser_type_is_added_and_authenticated_by_one_command() {
    let desk = Desk::new();
    let (browser, address) = (desk.cli.folder().join("browser"), desk.cli.folder().join("address"));
    let script = format!("#!/bin/sh\necho \"$1\" >'{0}.new' && mv '{0}.new' '{0}'\n", address.display());
    std::fs::write(&browser, script).unwrap();
    std::fs::set_permissions(&browser, std::fs::Permissions::from_mode(0o755)).unwrap();
    let port = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let redirect = format!("http://localhost:{port}/callback");
    let row = std::thread::scope(|scope| {
        scope.spawn(|| {
            crate::service::until(|| address.exists());
            let url: Url = std::fs::read_to_string(&address).unwrap().trim().parse().unwrap();
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(visit(&url)).unwrap();
        });
        let more = ["--client-id", "1000.ABC", "--set", "accounts_host=eu", "--redirect-uri", &redirect];
        desk.adds("manageengine", "--client-secret-file", &more)
    });
    assert_eq!((row["grant"].as_str(), row["status"].as_str()), (Some("authorization_code"), Some("authenticated")));
    desk.run(&["token", "manageengine"]).ends(0);
}
