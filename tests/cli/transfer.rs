//! Import and export: what other programs wrote comes in whole or not at all, and nothing secret goes out in the clear.

use std::fs;
use std::path::PathBuf;

use super::{Cli, Ran};
use crate::service::{Fake, json};

fn file(cli: &Cli, name: &str, text: &str) -> PathBuf {
    let path = cli.folder().join(name);
    fs::write(&path, text).unwrap();
    path
}

fn import(cli: &Cli, path: &std::path::Path, arguments: &[&str]) -> Ran {
    cli.run(&[&["import", path.to_str().unwrap(), "--no-refresh", "--json"], arguments].concat())
}

fn rclone() -> String {
    let token =
        r#"{"access_token":"CNRY-a","token_type":"Bearer","refresh_token":"CNRY-r","expiry":"2024-01-01T00:00:00Z"}"#;
    format!(
        "[team drive]\ntype = drive\nclient_id = 123.apps\nclient_secret = CNRY-s\nscope = drive.readonly\ntoken = {token}\n\n[local]\ntype = local\n"
    )
}

const OIDC_AGENT: &str = r#"{"name":"egi","issuer_url":"https://aai.example.org/","client_id":"abc","client_secret":"CNRY-s",
    "refresh_token":"CNRY-r","scope":"openid offline_access","redirect_uris":["http://localhost:4242"],
    "authorization_endpoint":"https://aai.example.org/auth","token_endpoint":"https://aai.example.org/token"}"#;

const PIZAUTH: &str = r#"
// mail
account "work" {
    auth_uri = "https://login.example.net/authorize";
    token_uri = "https://login.example.net/token";
    client_id = "mail-client";
    client_secret = "CNRY-s";
    scopes = [ "imap", "smtp" ];
}
"#;

const POSTMAN: &str = r#"{"info":{"name":"Acme API","_postman_id":"1"},"item":[{"name":"list","request":{"method":"GET",
    "auth":{"type":"oauth2","oauth2":[{"key":"clientId","value":"acme"},{"key":"clientSecret","value":"CNRY-s"},
    {"key":"authUrl","value":"https://acme.example/auth"},{"key":"accessTokenUrl","value":"https://acme.example/token"},
    {"key":"scope","value":"read write"},{"key":"useBrowser","value":true}]}}},{"name":"old","request":"https://acme.example/x"}]}"#;

const BRUNO: &str = "meta {\n  name: Acme list\n  type: http\n}\n\nauth:oauth2 {\n  grant_type: authorization_code\n  \
    callback_url: http://localhost:9/cb\n  authorization_url: https://acme.example/auth\n  \
    access_token_url: https://acme.example/token\n  client_id: acme\n  client_secret: CNRY-s\n  scope: read\n}\n";

const ENV: &str = "# secrets\nexport ZOHO_CLIENT_ID=\"1000.ABC\"\nZOHO_CLIENT_SECRET='CNRY-s' # of the console\nZOHO_REFRESH_TOKEN=CNRY-r\nPORT=80\n";

#[test]
fn cf_12_what_other_programs_wrote_comes_in() {
    for (name, text, arguments, expected, secret) in [
        (
            "rclone.conf",
            rclone().as_str(),
            &["--integration", "google-drive"][..],
            ("team drive", "google-drive"),
            true,
        ),
        ("egi.json", OIDC_AGENT, &[], ("egi", "custom-oauth2"), true),
        ("pizauth.conf", PIZAUTH, &[], ("work", "custom-oauth2"), false),
        ("acme.json", POSTMAN, &[], ("list", "custom-oauth2"), false),
        ("acme.bru", BRUNO, &[], ("Acme list", "custom-oauth2"), false),
        (".env", ENV, &["--integration", "manageengine", "--set", "accounts_host=eu"], ("Zoho", "manageengine"), true),
    ] {
        let cli = Cli::new();
        let told = import(&cli, &file(&cli, name, text), arguments).ends(0).json();
        assert_eq!(told.as_array().unwrap().len(), 1, "{name}: {told}");
        assert_eq!((&told[0]["name"], &told[0]["integration"]), (&expected.0.into(), &expected.1.into()), "{name}");
        let refresh = if secret { "untried".into() } else { serde_json::Value::Null };
        assert_eq!(told[0]["refresh_token"], refresh, "{name}");
        let shown = cli.run(&["show", expected.0, "--json"]).ends(0).json();
        assert!(shown.to_string().contains("imported"), "{name}: {shown}");
        // The same again is another one: nothing is written over.
        let again = import(&cli, &cli.folder().join(name), arguments).ends(0).json();
        assert_eq!(again[0]["name"], format!("{} (2)", expected.0), "{name}");
    }
}

#[test]
fn a_lone_refresh_token_needs_to_be_told_about_and_is_proven_at_once() {
    let fake = Fake::start();
    let cli = Cli::new();
    let path = file(&cli, "token", "r0\n");
    cli.run(&["import", path.to_str().unwrap()]).ends(2);
    let url = fake.url.to_string();
    let import = |name: &str| {
        let secret = file(&cli, "secret", "CNRY-s");
        let (auth, token) = (format!("authorization_url={url}"), format!("token_url={url}"));
        cli.run(&[
            "import",
            path.to_str().unwrap(),
            "--from",
            "refresh-token",
            "--integration",
            "custom-oauth2",
            "--name",
            name,
            "--client-id",
            "abc",
            "--client-secret-file",
            secret.to_str().unwrap(),
            "--set",
            &auth,
            "--set",
            &token,
        ])
    };
    assert!(import("Acme").ends(0).out.contains("its refresh token works"));
    assert_eq!(cli.run(&["token", "Acme"]).ends(0).out, "a1\n");
    fake.script([json(400, r#"{"error":"invalid_grant"}"#)]);
    assert!(import("Other").ends(0).out.contains("was refused"));
    cli.run(&["token", "Other"]).ends(5);
}

#[test]
fn cf_12_what_is_wrong_is_named_by_its_place_and_nothing_is_half_imported() {
    let two = format!("{}[bad]\nclient_id = a b\nclient_secret = x\n", rclone());
    for (name, text, place) in [
        ("a", "nothing at all", "--from"),
        ("b", r#"{"issuer_url": "x", "client_id": }"#, "Line 1, column"),
        ("c", "[x]\nno pair\n", "Line 2"),
        ("d", "[x]\nclient_id = 1\ntoken = {\"refresh_token\": CNRY}\n", "Line 3"),
        ("e", "RCLONE_ENCRYPT_V0:\nabc\n[x]\n", "encrypted"),
        ("f", "account \"x\" {\nclient_id = \"1\";\n", "not closed"),
        ("g", two.as_str(), "Client ID"),
        ("h", "{\"credenza-template\": 1}", "Line 1"),
        ("i", "age-encryption.org/v1\n", "--key-file"),
    ] {
        let cli = Cli::new();
        let refused = cli.run(&["import", file(&cli, name, text).to_str().unwrap(), "--integration", "google-drive"]);
        assert_eq!(refused.code, 2, "{name}: {refused:?}");
        assert!(refused.err.contains(place) && !refused.err.contains("CNRY"), "{name}: {refused:?}");
        assert_eq!(cli.run(&["list", "--json"]).ends(0).json().as_array().unwrap().len(), 0, "{name}");
    }
    let cli = Cli::new();
    let large = file(&cli, "large", &"x".repeat((10 << 20) + 1));
    assert!(cli.run(&["import", large.to_str().unwrap()]).ends(2).err.contains("10 MiB"));
    fs::write(&large, b"\xff\xfe").unwrap();
    assert!(cli.run(&["import", large.to_str().unwrap()]).ends(2).err.contains("UTF-8"));
    cli.run(&["import", "/nonexistent"]).ends(2);
    cli.run(&["import", large.to_str().unwrap(), "--from", "keepass"]).ends(2);
}

#[test]
fn an_export_opens_with_its_key_alone_and_holds_tokens_only_when_asked() {
    let cli = Cli::new();
    let env = file(&cli, ".env", ENV);
    import(&cli, &env, &["--integration", "manageengine", "--set", "accounts_host=eu"]).ends(0);
    // The kit of another vault is a key like any other.
    let other = Cli::new();
    let kit = cli.run(&["recovery-kit", "--json"]).ends(0).json();
    let key = file(&other, "key", kit["identity"].as_str().unwrap());
    let recipient = kit["recipient"].as_str().unwrap();
    let out = cli.folder().join("out.age");
    let export = |more: &[&str]| {
        let _ = fs::remove_file(&out);
        cli.run(&[&["export", "Zoho", "--to", recipient, "--output", out.to_str().unwrap()], more].concat()).ends(0);
        assert!(!String::from_utf8_lossy(&fs::read(&out).unwrap()).contains("CNRY"));
    };
    export(&[]);
    cli.run(&["export", "Zoho", "--to", recipient, "-o", out.to_str().unwrap()]).ends(7);
    cli.run(&["export", "Zoho", "--to", "age1nothing"]).ends(2);
    cli.run(&["export", "Nothing", "--to", recipient]).ends(3);
    let bring = |name: &str| {
        let ran = import(&other, &out, &["--key-file", key.to_str().unwrap()]).ends(0);
        assert_eq!(ran.json()[0]["name"], name);
        ran.json()
    };
    assert_eq!(bring("Zoho")[0]["refresh_token"], serde_json::Value::Null);
    other.run(&["token", "Zoho"]).ends(5);
    export(&["--with-tokens"]);
    assert_eq!(bring("Zoho (2)")[0]["refresh_token"], "untried");
    let wrong = file(&other, "wrong", other.run(&["recovery-kit"]).ends(0).out.trim());
    import(&other, &out, &["--key-file", wrong.to_str().unwrap()]).ends(4);
    let mut damaged = fs::read(&out).unwrap();
    let last = damaged.len() - 1;
    damaged[last] ^= 1;
    fs::write(&out, damaged).unwrap();
    import(&other, &out, &["--key-file", key.to_str().unwrap()]).ends(7);
}

#[test]
fn a_template_has_no_secret_and_is_filled_in_by_whoever_imports_it() {
    let cli = Cli::new();
    cli.add("Zoho EU").ends(0);
    let template = cli.run(&["export", "Zoho EU", "--template"]).ends(0).out;
    assert!(template.contains("1000.ABC") && !template.contains("secret"), "{template}");
    let other = Cli::new();
    let path = file(&other, "template.json", &template);
    let dry = import(&other, &path, &["--dry-run"]).ends(0).json();
    assert_eq!((&dry[0]["name"], &dry[0]["lacks_secret"]), (&"Zoho EU".into(), &true.into()));
    assert_eq!(other.run(&["list", "--json"]).ends(0).json().as_array().unwrap().len(), 0, "only told");
    import(&other, &path, &[]).ends(0);
    let secret = file(&other, "secret", "CNRY-s");
    other.run(&["rotate", "Zoho EU", "--secret-file", secret.to_str().unwrap()]).ends(0);
    other.run(&["token", "Zoho EU"]).ends(5);
}
