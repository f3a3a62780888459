//! A provider whose consent yields a bot's and a user's tokens: signing in, showing, handing out, exporting, revoking.

use std::fs;

use serde_json::{Value, json as value};

use super::Cli;
use super::authenticate::{consent, started};
use crate::service::{Fake, json};

const BOTH: &str = r#"{"ok":true,"access_token":"tok-b1","refresh_token":"tok-br1","token_type":"bot","scope":"chat:write",
    "expires_in":43200,"authed_user":{"id":"U1","scope":"search:read,users:read","access_token":"tok-u1",
    "refresh_token":"tok-ur1","token_type":"user","expires_in":7200}}"#;

/// Creates an integration with two kinds of tokens, and a credential that requests both.
fn cli(fake: &Fake, more: &[&str]) -> (Cli, u16) {
    let cli = Cli::new();
    let catalog = cli.folder().join("config/catalog");
    fs::create_dir_all(&catalog).unwrap();
    let text = format!(
        "schema = 1\nid = \"own\"\nname = \"Own\"\ncategory = \"own\"\nverification = \"one-source\"\n\
         [[variable]]\nname = \"user_scopes\"\nlabel = \"User token scopes\"\noptional = true\n\
         [auth]\nkind = \"oauth2-code\"\nauthorize_url = \"https://own.example/a\"\ntoken_url = \"{0}\"\n\
         revoke_url = \"{0}\"\ntoken_kind = \"bot\"\ntoken_types = [\"bot\", \"user\"]\nscope_separator = \",\"\n\
         [[token_set]]\nkind = \"user\"\nlabel = \"user token\"\npath = \"authed_user\"\n\
         scope_param = \"user_scope\"\nscopes = \"{{user_scopes}}\"\n",
        fake.url
    );
    fs::write(catalog.join("own.toml"), text).unwrap();
    let port = std::net::TcpListener::bind(("127.0.0.1", 0)).unwrap().local_addr().unwrap().port();
    let secret = cli.folder().join("secret");
    fs::write(&secret, "CNRY-client-secret").unwrap();
    let redirect = format!("http://127.0.0.1:{port}/callback");
    let add = ["add", "--integration", "own", "--name", "Own", "--client-id", "id-1", "--redirect-uri", &redirect];
    let secret = ["--client-secret-file", secret.to_str().unwrap()];
    cli.run(&[&add[..], &secret, more].concat()).ends(0);
    (cli, port)
}

/// Signs in; one response contains both token pairs.
fn signed_in(fake: &Fake) -> Cli {
    let (cli, port) = cli(fake, &["--set", "user_scopes=search:read users:read"]);
    fake.script([json(200, BOTH)]);
    let (child, state) = started(&cli);
    consent(port, "c1", &state);
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    cli
}

#[test]
fn both_tokens_come_with_one_consent_and_each_is_shown_and_handed_out() {
    let fake = Fake::start();
    let cli = signed_in(&fake);
    let token = |kind: &str| cli.run(&["token", "Own", "--kind", kind]).ends(0).out;
    assert_eq!((token("bot").as_str(), token("user").as_str()), ("tok-b1\n", "tok-u1\n"));
    assert_eq!(cli.run(&["token", "Own"]).ends(0).out, "tok-b1\n");
    let shown = cli.run(&["show", "Own", "--json"]).ends(0).json();
    let sets: Vec<(&Value, &Value, &Value)> = shown["token_sets"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| (&one["kind"], &one["status"], &one["granted_scopes"]))
        .collect();
    assert_eq!(
        sets,
        [
            (&value!("bot"), &value!("authenticated"), &value!(["chat:write"])),
            (&value!("user"), &value!("authenticated"), &value!(["search:read", "users:read"])),
        ]
    );
    let end = |at: usize| shown["token_sets"][at]["access_token_expires_at"].as_str().unwrap().to_owned();
    assert!(end(1) < end(0), "each has an end of its own");
    let page = cli.run(&["show", "Own"]).ends(0).out;
    for label in ["Access token (bot)", "Refresh token (bot)", "Access token (user)", "Refresh token (user)"] {
        assert!(page.contains(label), "{page}");
    }
    assert!(!page.contains("tok-"), "{page}");
}

#[test]
fn a_kind_that_is_not_there_is_a_usage_error_that_names_those_that_are() {
    let fake = Fake::start();
    let cli = signed_in(&fake);
    let wrong = cli.run(&["token", "Own", "--kind", "app"]).ends(2);
    assert!(wrong.out.is_empty() && wrong.err.contains("bot, user"), "{wrong:?}");
    cli.run(&["token", "Own", "--kind", "No Kind"]).ends(2);
    cli.add("Zoho").ends(0);
    assert!(cli.run(&["token", "Zoho", "--kind", "user"]).ends(2).err.contains("no user token"));
}

#[test]
fn without_scopes_for_it_no_further_token_is_asked_for_and_the_command_says_how() {
    let fake = Fake::start();
    let (cli, port) = cli(&fake, &[]);
    let alone = r#"{"access_token":"tok-b1","token_type":"bot","authed_user":{"id":"U1"}}"#;
    fake.script([json(200, alone)]);
    let (child, state) = started(&cli);
    consent(port, "c1", &state);
    assert!(child.wait_with_output().unwrap().status.success());
    let wrong = cli.run(&["token", "Own", "--kind", "user"]).ends(2);
    assert!(wrong.err.contains("Enter the scopes of the user token"), "{wrong:?}");
    let sets = cli.run(&["show", "Own", "--json"]).ends(0).json()["token_sets"].clone();
    assert_eq!(sets.as_array().map(Vec::len), Some(1));
}

#[test]
fn signing_in_again_without_the_other_token_takes_it_from_nobody() {
    let fake = Fake::start();
    let cli = signed_in(&fake);
    let port: u16 = {
        let shown = cli.run(&["show", "Own", "--json"]).ends(0).json();
        let uri = url::Url::parse(shown["redirect_uri"].as_str().unwrap()).unwrap();
        uri.port().unwrap()
    };
    fake.script([json(200, r#"{"access_token":"tok-b2","refresh_token":"tok-br2","token_type":"bot"}"#)]);
    let (child, state) = started(&cli);
    consent(port, "c2", &state);
    assert!(child.wait_with_output().unwrap().status.success());
    let token = |kind: &str| cli.run(&["token", "Own", "--kind", kind]).ends(0).out;
    assert_eq!((token("bot").as_str(), token("user").as_str()), ("tok-b2\n", "tok-u1\n"));
}

#[test]
fn an_export_carries_both_and_revoking_ends_both() {
    let fake = Fake::start();
    let cli = signed_in(&fake);
    let other = Cli::new();
    fs::create_dir_all(other.folder().join("config")).unwrap();
    std::process::Command::new("cp")
        .arg("-r")
        .arg(cli.folder().join("config/catalog"))
        .arg(other.folder().join("config/catalog"))
        .status()
        .unwrap();
    let kit = other.run(&["recovery-kit", "--json"]).ends(0).json();
    let (out, key) = (cli.folder().join("out.age"), other.folder().join("key"));
    fs::write(&key, kit["identity"].as_str().unwrap()).unwrap();
    let export = ["export", "Own", "--to", kit["recipient"].as_str().unwrap(), "--with-tokens", "-o"];
    cli.run(&[&export[..], &[out.to_str().unwrap()]].concat()).ends(0);
    let import = ["import", out.to_str().unwrap(), "--key-file", key.to_str().unwrap(), "--no-refresh", "--yes"];
    other.run(&import).ends(0);
    assert_eq!(other.run(&["token", "Own", "--kind", "user"]).ends(0).out, "tok-u1\n");
    let asked = fake.requests().len();
    fake.script((0..4).map(|_| json(200, "{}")));
    cli.run(&["revoke", "Own"]).ends(0);
    let sent = fake.requests()[asked..].join(" ");
    for token in ["tok-ur1", "tok-u1", "tok-br1", "tok-b1"] {
        assert!(sent.contains(&format!("token={token}&")), "{token}: {sent}");
    }
    let shown = cli.run(&["show", "Own", "--json"]).ends(0).json();
    assert_eq!((&shown["status"], &shown["token_sets"][1]["status"]), (&value!("revoked"), &value!("revoked")));
    cli.run(&["token", "Own", "--kind", "user"]).ends(5);
}
