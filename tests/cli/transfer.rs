//! Import and export: files of other programs are imported completely or not at all, and no secret is exported in plain
//! text.

use std::fs;
use std::path::PathBuf;

use super::{Cli, Ran};
use crate::service::{Fake, json};

fn file(cli: &Cli, name: &str, text: &str) -> PathBuf {
    let path = cli.folder().join(name);
    fs::write(&path, text).unwrap();
    path
}

/// Creates a custom integration that uses the fake provider.
fn integration(cli: &Cli, id: &str, url: &str) {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = cli.folder().join("config/catalog");
    fs::create_dir_all(&folder).unwrap();
    let text = format!(
        "schema = 1\nid = \"{id}\"\nname = \"{id}\"\ncategory = \"itsm\"\nverification = \"unverified\"\n[auth]\nkind = \
         \"oauth2-code\"\nauthorize_url = \"{url}authorize\"\ntoken_url = \"{url}token\"\n"
    );
    let path = folder.join(format!("{id}.toml"));
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o600)).unwrap();
}

fn import(cli: &Cli, path: &std::path::Path, arguments: &[&str]) -> Ran {
    cli.run(&[&["import", path.to_str().unwrap(), "--no-refresh", "--json", "--yes"], arguments].concat())
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
        let left_out = |row: &&serde_json::Value| row.get("left_out").is_none();
        assert_eq!(told.as_array().unwrap().iter().filter(left_out).count(), 1, "{name}: {told}");
        assert_eq!((&told[0]["name"], &told[0]["integration"]), (&expected.0.into(), &expected.1.into()), "{name}");
        let refresh = if secret { "untried".into() } else { serde_json::Value::Null };
        assert_eq!(told[0]["refresh_token"], refresh, "{name}");
        let shown = cli.run(&["show", expected.0, "--json"]).ends(0).json();
        assert!(shown.to_string().contains("imported"), "{name}: {shown}");
        // A second import adds another credential, because nothing is overwritten; but a refresh token is not stored
        // twice.
        let again = import(&cli, &cli.folder().join(name), arguments).ends(0).json();
        if secret {
            assert_eq!(again[0]["already_in_vault_as"], expected.0, "{name}");
        } else {
            assert_eq!(again[0]["name"], format!("{} 2", expected.0), "{name}");
        }
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
    fs::write(&path, "r9\n").unwrap();
    assert!(import("Other").ends(0).out.contains("was rejected"));
    cli.run(&["token", "Other"]).ends(5);
}

#[test]
fn cf_12_what_is_wrong_is_named_by_its_place_and_nothing_is_half_imported() {
    let two = format!("{}[bad]\nclient_id = a\u{200b}b\nclient_secret = x\n", rclone());
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
    let large = file(&cli, "large", "");
    fs::File::options().write(true).open(&large).unwrap().set_len((256 << 20) + 1).unwrap();
    assert!(cli.run(&["import", large.to_str().unwrap()]).ends(2).err.contains("256 MiB"));
    fs::write(&large, b"\xc3\x28").unwrap();
    assert!(cli.run(&["import", large.to_str().unwrap()]).ends(2).err.contains("UTF-8"));
    cli.run(&["import", "/nonexistent"]).ends(2);
    cli.run(&["import", large.to_str().unwrap(), "--from", "keepass"]).ends(2);
}

#[test]
fn an_export_opens_with_its_key_alone_and_holds_tokens_only_when_asked() {
    let cli = Cli::new();
    let env = file(&cli, ".env", ENV);
    import(&cli, &env, &["--integration", "manageengine", "--set", "accounts_host=eu"]).ends(0);
    // The recovery key of another vault works like any other age key.
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
    assert_eq!(bring("Zoho 2")[0]["refresh_token"], "untried");
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

#[test]
fn a_secret_goes_to_no_host_that_its_file_does_not_stand_for() {
    let rclone = |kind: &str| {
        format!(
            "[one]\ntype = {kind}\nclient_id = c\nclient_secret = CNRY-s\ntoken = {{\"refresh_token\":\"CNRY-r\"}}\n"
        )
    };
    for (name, text, why) in [
        ("type of another", rclone("dropbox"), "belongs to dropbox"),
        ("type without an integration", rclone("pcloud"), "belongs to api.pcloud.com"),
        ("unknown type", rclone("novelty"), "novelty"),
        (
            "token URL",
            "ACME_CLIENT_ID=c\nACME_REFRESH_TOKEN=CNRY-r\nACME_TOKEN_URL=https://login.acme.example/token\n".into(),
            "login.acme.example",
        ),
        (
            "issuer",
            "ONLY_CLIENT_ID=c\nONLY_REFRESH_TOKEN=CNRY-r\nONLY_ISSUER_URL=https://id.acme.example\n".into(),
            "id.acme.example",
        ),
        (
            "authorization URL",
            "CLIENT_ID=c\nREFRESH_TOKEN=CNRY-r\nAUTH_URL=https://id.acme.example/a\n".into(),
            "id.acme.example",
        ),
        ("name of another", "ZOHO_CLIENT_ID=c\nZOHO_REFRESH_TOKEN=CNRY-r\n".into(), "ZOHO"),
        (
            "names of two others",
            "GOOGLE_CLIENT_ID=c\nGOOGLE_REFRESH_TOKEN=CNRY-r\nBOX_CLIENT_ID=c\nBOX_REFRESH_TOKEN=CNRY-q\n".into(),
            "BOX",
        ),
        (
            "format of another",
            r#"{"type":"authorized_user","client_id":"c","client_secret":"CNRY-s","refresh_token":"CNRY-r"}"#.into(),
            "oauth2.googleapis.com",
        ),
        ("service principal", r#"{"appId":"c","password":"CNRY-s","tenant":"t"}"#.into(), "azure-resource-manager"),
        (
            "look-alike host",
            "CLIENT_ID=c\nREFRESH_TOKEN=CNRY-r\nTOKEN_URL=https://127.0.0.1.evil.example/token\n".into(),
            "evil.example",
        ),
        ("other port", "CLIENT_ID=c\nREFRESH_TOKEN=CNRY-r\nTOKEN_URL=http://127.0.0.1:9/token\n".into(), "127.0.0.1:9"),
    ] {
        let (fake, cli) = (Fake::start(), Cli::new());
        integration(&cli, "onlyone", fake.url.as_str());
        let path = file(&cli, "file", &text);
        let ran = cli.run(&["import", path.to_str().unwrap(), "--integration", "onlyone"]).ends(2);
        assert!(ran.err.contains(why), "{name}: {ran:?}");
        assert_eq!(fake.requests().len(), 0, "{name}");
        assert_eq!(cli.run(&["list", "--json"]).ends(0).json().as_array().unwrap().len(), 0, "{name}");
    }
}

#[test]
fn an_integration_takes_what_fits_and_the_rest_is_named() {
    let cli = Cli::new();
    let text = format!("{}[dbx]\ntype = dropbox\nclient_id = d\nclient_secret = CNRY-s\n", rclone());
    let path = file(&cli, "rclone.conf", &text);
    let ran = import(&cli, &path, &["--integration", "google-drive", "--dry-run"]).ends(0);
    let rows = ran.json();
    assert_eq!((&rows[0]["name"], &rows[0]["token_host"]), (&"team drive".into(), &"oauth2.googleapis.com".into()));
    let left: Vec<&str> = rows
        .as_array()
        .unwrap()
        .iter()
        .filter(|row| row.get("left_out").is_some())
        .map(|row| row["name"].as_str().unwrap())
        .collect();
    assert_eq!(left, ["local", "dbx"]);
    assert!(ran.err.contains("not imported dbx: Its type is dropbox"), "{ran:?}");
    // Without `--integration`, each section is assigned its own.
    let rows = import(&cli, &path, &["--dry-run"]).ends(0).json();
    assert_eq!((&rows[0]["integration"], &rows[1]["integration"]), (&"google-drive".into(), &"dropbox".into()));
    let rows = import(&cli, &path, &["--only", "dbx"]).ends(0).json();
    assert_eq!((rows.as_array().unwrap().len(), &rows[0]["token_host"]), (1, &"api.dropboxapi.com".into()));
    let ran = import(&cli, &path, &["--only", "nothing"]).ends(3);
    assert!(ran.err.contains("team drive, dbx, local"), "{ran:?}");
    let plain = cli.run(&["import", path.to_str().unwrap(), "--dry-run", "--only", "DBX"]).ends(0).out;
    assert!(plain.contains("api.dropboxapi.com") && plain.contains("redirect URI: http"), "{plain}");
    // The file determines the data center.
    let env = file(
        &cli,
        "env",
        "ZOHO_CLIENT_ID=1000.A\nZOHO_CLIENT_SECRET=CNRY-s\nZOHO_ACCOUNTS_URL=https://accounts.zoho.eu\n",
    );
    let rows = import(&cli, &env, &["--integration", "manageengine", "--dry-run"]).ends(0).json();
    assert_eq!(rows[0]["token_host"], "accounts.zoho.eu");
    import(&cli, &env, &["--integration", "manageengine", "--set", "accounts_host=com"]).ends(2);
}

#[test]
fn a_refresh_token_that_the_vault_has_or_has_spent_is_not_sent() {
    let (fake, cli) = (Fake::start(), Cli::new());
    integration(&cli, "acme", fake.url.as_str());
    let path = file(&cli, "env", "ACME_CLIENT_ID=c\nACME_CLIENT_SECRET=CNRY-s\nACME_REFRESH_TOKEN=r0\n");
    let bring = || cli.run(&["import", path.to_str().unwrap(), "--integration", "acme"]).ends(0);
    assert!(bring().out.contains("its refresh token works"));
    for _ in 0..3 {
        cli.run(&["token", "Acme", "--force"]).ends(0);
    }
    let asked = fake.requests().len();
    let again = bring();
    assert!(again.out.contains("Already in the vault as Acme"), "{again:?}");
    // The same token in another format.
    let lone = file(&cli, "lone", "r0");
    let rows = cli.run(&[
        "import",
        lone.to_str().unwrap(),
        "--from",
        "refresh-token",
        "--integration",
        "acme",
        "--client-id",
        "c",
        "--json",
    ]);
    assert_eq!(rows.ends(0).json()[0]["already_in_vault_as"], "Acme");
    assert_eq!(fake.requests().len(), asked, "nobody is asked");
    cli.run(&["token", "Acme", "--force"]).ends(0);
    // After deleting the credential, the user may import it again.
    cli.run(&["delete", "Acme"]).ends(0);
    let rows = import(&cli, &path, &["--integration", "acme"]).ends(0).json();
    assert_eq!(rows[0]["refresh_token"], "untried");
}

#[test]
fn one_client_of_many_requests_is_one_credential() {
    let cli = Cli::new();
    let auth = r#""auth":{"type":"oauth2","oauth2":{"clientId":"a","clientSecret":"CNRY-s","authUrl":"https://acme.example/a","accessTokenUrl":"https://acme.example/t","scope":"SCOPE"}}"#;
    let item =
        |name: &str, scope: &str| format!("{{\"name\":\"{name}\",\"request\":{{{}}}}}", auth.replace("SCOPE", scope));
    let items: Vec<String> =
        ["read", "read", "read write"].iter().enumerate().map(|(at, scope)| item(&format!("r{at}"), scope)).collect();
    let text = format!("{{\"info\":{{\"name\":\"x\",\"schema\":\"y\"}},\"item\":[{}]}}", items.join(","));
    let rows = import(&cli, &file(&cli, "c.json", &text), &[]).ends(0).json();
    assert_eq!((rows.as_array().unwrap().len(), &rows[0]["folded"]), (1, &2.into()));
    assert_eq!(rows[0]["endpoints"]["token_url"], "https://acme.example/t");
    assert_eq!(cli.run(&["show", "r0", "--json"]).ends(0).json()["scopes"], serde_json::json!(["read", "write"]));
}

#[test]
fn one_refresh_token_is_imported_once() {
    let cli = Cli::new();
    let entry = |name: &str, secret: &str| {
        let token = r#"{"access_token":"CNRY-a","refresh_token":"CNRY-r","token_type":"Bearer"}"#;
        format!("[{name}]\ntype = box\nclient_id = c\nclient_secret = {secret}\ntoken = {token}\n")
    };
    let path = file(&cli, "rclone.conf", &(entry("One", "CNRY-s") + &entry("Two", "CNRY-t")));
    let arguments = ["import", path.to_str().unwrap(), "--from", "rclone", "--integration", "box"];
    let rows = cli.run(&[&arguments[..], &["--no-refresh", "--json"]].concat()).ends(0).json();
    assert_eq!((&rows[0]["name"], rows.as_array().unwrap().len()), (&"One".into(), 2), "{rows}");
    assert_eq!(
        (&rows[1]["name"], &rows[1]["left_out"]),
        (&"Two".into(), &"It has the same refresh token as \"One\".".into())
    );
}

#[test]
fn a_table_says_by_columns_what_is_what_and_entries_are_chosen() {
    let cli = Cli::new();
    let path = file(
        &cli,
        "keys.csv",
        "\"Group\",\"Title\",\"Username\",\"Password\",\"Secret\"\n\"Root\",\"Okta\",\"a\",\"CNRY-p\",\"CNRY-s\"\n\"Root\",\"Bank\",\"b\",\"CNRY-b\",\"\"\n",
    );
    let ran = import(&cli, &path, &["--integration", "box"]).ends(2);
    assert!(ran.err.contains("--only"), "{ran:?}");
    let arguments = ["--integration", "box", "--only", "Okta", "--column", "client_secret=Secret"];
    let rows = import(&cli, &path, &arguments).ends(0).json();
    assert_eq!((rows.as_array().unwrap().len(), &rows[0]["name"]), (1, &"Okta".into()));
    assert_eq!(rows[0]["lacks_secret"], false);
}
