//! What an import may do to this machine: it brings in no commands, and addresses in the file need the user's consent.

use std::collections::BTreeMap;
use std::fs;

use credenza::clock::Clock;
use credenza::model::credential::{ClientId, Credential, Endpoints, Name, Setup, Tokens};
use credenza::secret::AccessToken;
use credenza::store::local::seal_credentials;
use serde_json::json;

use super::{Cli, Ran};

fn template(credential: &serde_json::Value) -> String {
    json!({ "format": "credenza-template", "credentials": [credential] }).to_string()
}

/// The key of another vault: the file with it, and its recipient.
fn key(cli: &Cli) -> (String, String) {
    let kit = Cli::new().run(&["recovery-kit", "--json"]).ends(0).json();
    let path = cli.folder().join("key");
    fs::write(&path, kit["identity"].as_str().unwrap()).unwrap();
    (path.to_str().unwrap().to_owned(), kit["recipient"].as_str().unwrap().to_owned())
}

fn import(cli: &Cli, content: impl AsRef<[u8]>, more: &[&str]) -> Ran {
    let path = cli.folder().join("file");
    fs::write(&path, content).unwrap();
    cli.run(&[&["import", path.to_str().unwrap(), "--no-refresh", "--json"], more].concat())
}

fn names(cli: &Cli) -> usize {
    cli.run(&["list", "--json"]).ends(0).json().as_array().unwrap().len()
}

fn shown(cli: &Cli, name: &str) -> serde_json::Value {
    cli.run(&["show", name, "--json"]).ends(0).json()
}

/// A credential as a malicious program would export it.
fn hostile(change: impl FnOnce(&mut Credential)) -> Credential {
    let setup = Setup {
        variables: BTreeMap::from([("accounts_host".to_owned(), "accounts.zoho.eu".to_owned())]),
        scopes: vec!["a".to_owned()],
        redirect_uri: "http://localhost:53682/callback".to_owned(),
        ..Setup::default()
    };
    let mut credential = Credential::new(Name::parse("Zoho").unwrap(), "manageengine", setup, Clock::system().now());
    credential.setup.client.id = ClientId("1000.ABC".to_owned());
    credential.setup.client.secret = Some(credenza::secret::ClientSecret::new("CNRY-s-of-somebody".to_owned()));
    change(&mut credential);
    credential
}

#[test]
fn a_browser_comes_in_by_no_import_and_goes_out_by_no_export() {
    let cli = Cli::new();
    let touched = cli.folder().join("touched");
    let command = format!("sh -c 'touch {}' %s", touched.display());
    let (key, recipient) = key(&cli);
    let file = template(&json!({ "name": "One", "integration": "manageengine", "client_id": "1000.ABC",
        "details": { "description": "kept", "browser": command } }));
    let sealed =
        seal_credentials(&[hostile(|credential| credential.details.browser.clone_from(&command))], &recipient).unwrap();
    for (content, more, name) in [(file.into_bytes(), vec![], "One"), (sealed, vec!["--key-file", &key], "Zoho")] {
        let dry = import(&cli, &content, &[&["--dry-run"], &more[..]].concat()).ends(0);
        assert_eq!(dry.json()[0]["not_read"], json!(["browser"]), "{dry:?}");
        assert!(dry.err.contains("browser") && dry.err.contains(name), "{}", dry.err);
        import(&cli, &content, &more).ends(0);
        assert_eq!(shown(&cli, name)["browser"], "", "{name}");
    }
    assert_eq!(shown(&cli, "One")["description"], "kept");
    cli.run(&["authenticate", "Zoho", "--timeout", "1s"]);
    assert!(!touched.exists());

    // A browser command that the user sets here is kept.
    let secret = cli.folder().join("secret");
    fs::write(&secret, "CNRY-s").unwrap();
    let secret = secret.to_str().unwrap();
    let add = ["add", "--integration", "manageengine", "--name", "Own", "--client-id", "1000.ABC"];
    cli.run(&[&add[..], &["--client-secret-file", secret, "--browser", "firefox -P admin"]].concat()).ends(0);
    assert_eq!(shown(&cli, "Own")["browser"], "firefox -P admin");
    let out = cli.run(&["export", "Own", "--template"]).ends(0);
    assert!(!out.out.contains("firefox") && out.err.contains("browser"), "{out:?}");
    let path = cli.folder().join("out.age");
    cli.run(&["export", "Own", "--to", &recipient, "-o", path.to_str().unwrap()]).ends(0);
    let back = import(&cli, fs::read(path).unwrap(), &["--key-file", &key]).ends(0).json();
    assert_eq!((&back[0]["name"], &back[0]["not_read"]), (&json!("Own 2"), &json!([])), "it was not in the file");
    assert_eq!(shown(&cli, "Own 2")["browser"], "");
}

#[test]
fn places_that_a_file_chose_need_consent() {
    let custom = |variables: serde_json::Value| {
        template(&json!({ "name": "Own", "integration": "custom-oauth2", "client_id": "c", "variables": variables }))
    };
    let own = json!({ "authorization_url": "https://evil.example/a", "token_url": "https://evil.example/t" });
    let env = "ACME_CLIENT_ID=c\nACME_CLIENT_SECRET=CNRY-s\nACME_TOKEN_URL=https://evil.example/t\n\
               ACME_AUTH_URL=https://evil.example/a\n";
    let key = template(&json!({ "name": "Own", "integration": "prtg", "variables": { "host": "evil.example" } }));
    let test = template(&json!({ "name": "Own", "integration": "custom-bearer", "variables":
        { "test_url": "https://evil.example/me" } }));
    for (title, content) in
        [("template", custom(own).as_str()), (".env", env), ("host of a key", &key), ("test call", &test)]
    {
        let cli = Cli::new();
        let dry = import(&cli, content, &["--dry-run"]).ends(0);
        assert!(dry.json()[0]["from_file"].to_string().contains("evil.example"), "{title}: {dry:?}");
        let path = cli.folder().join("file");
        let plain = cli.run(&["import", path.to_str().unwrap(), "--dry-run"]).ends(0);
        assert!(plain.out.contains("evil.example"), "{title}: {plain:?}");
        let refused = import(&cli, content, &[]).ends(8);
        assert!(refused.err.contains("evil.example") && refused.err.contains("--yes"), "{title}: {refused:?}");
        import(&cli, content, &["--no-input"]).ends(8);
        assert_eq!(names(&cli), 0, "{title}");
        import(&cli, content, &["--yes"]).ends(0);
        assert_eq!(names(&cli), 1, "{title}");
    }
    // Neither URLs that the user gives nor hosts of the catalog need consent.
    let cli = Cli::new();
    let said = ["--set", "authorization_url=https://own.example/a", "--set", "token_url=https://own.example/t"];
    assert_eq!(import(&cli, custom(json!({})), &said).ends(0).json()[0]["from_file"], json!({}));
    let catalog = json!({ "name": "Zoho", "integration": "manageengine", "client_id": "c",
        "variables": { "accounts_host": "accounts.zoho.eu" } });
    import(&cli, template(&catalog), &[]).ends(0);
}

#[test]
fn endpoints_of_an_export_that_are_not_the_catalog_s_need_consent() {
    let cli = Cli::new();
    let (key, recipient) = key(&cli);
    let endpoints = |value: serde_json::Value| serde_json::from_value::<Endpoints>(value).unwrap();
    let zoho = |path: &str| format!("https://accounts.zoho.eu/oauth/v2/{path}");
    for (title, kept) in [
        ("token", json!({ "token": "https://evil.example/t" })),
        ("refresh", json!({ "token": zoho("token"), "refresh": "https://evil.example/r" })),
        ("revocation", json!({ "token": zoho("token"), "revocation": "https://evil.example/r" })),
        ("userinfo", json!({ "token": zoho("token"), "userinfo": "https://evil.example/u" })),
        ("port", json!({ "token": "https://accounts.zoho.eu:8443/evil.example" })),
    ] {
        let credential = hostile(|credential| credential.endpoints = Some(endpoints(kept)));
        let sealed = seal_credentials(&[credential], &recipient).unwrap();
        let refused = import(&cli, &sealed, &["--key-file", &key]).ends(8);
        assert!(refused.err.contains("evil.example"), "{title}: {refused:?}");
    }
    assert_eq!(names(&cli), 0);
    let known = hostile(|credential| credential.endpoints = Some(endpoints(json!({ "token": zoho("token") }))));
    import(&cli, seal_credentials(&[known], &recipient).unwrap(), &["--key-file", &key]).ends(0);
    // Test calls are built from values that a token endpoint returned, so captured values from a file need consent.
    let captured = hostile(|credential| {
        let now = Clock::system().now();
        credential.tokens = Some(Tokens {
            access: AccessToken::new("CNRY-a".to_owned()),
            refresh: None,
            received_at: now,
            expires_at: None,
            refresh_expires_at: None,
            scopes: None,
            captured: BTreeMap::from([("api_domain".to_owned(), "https://evil.example".to_owned())]),
        });
    });
    let sealed = seal_credentials(&[captured], &recipient).unwrap();
    let refused = import(&cli, &sealed, &["--key-file", &key]).ends(8);
    assert!(refused.err.contains("api domain https://evil.example"), "{refused:?}");
    import(&cli, &sealed, &["--key-file", &key, "--yes"]).ends(0);
    // The provider is not in the catalog, so none of its hosts is known.
    let other = hostile(|credential| {
        credential.provider = "own".to_owned();
        credential.endpoints = Some(endpoints(json!({ "token": "https://evil.example/t" })));
    });
    import(&cli, seal_credentials(&[other], &recipient).unwrap(), &["--key-file", &key]).ends(8);
}

#[test]
fn a_redirect_uri_that_cannot_be_listened_at_is_refused_with_words() {
    let cli = Cli::new();
    let (key, recipient) = key(&cli);
    for redirect in [
        "https://evil.example/cb",
        "http://evil.example/cb",
        "https://localhost.evil.example/cb",
        "https://localhost:1/cb",
        "com.evil.app:/cb",
        "http://127.0.0.1.evil.example:1/cb",
    ] {
        let row = json!({ "name": "Zoho", "integration": "manageengine", "client_id": "c", "redirect_uri": redirect });
        let refused = import(&cli, template(&row), &["--yes"]).ends(2);
        assert!(refused.err.contains(redirect) && refused.err.contains("--redirect-uri"), "{refused:?}");
        let credential = hostile(|credential| redirect.clone_into(&mut credential.setup.redirect_uri));
        let sealed = seal_credentials(&[credential], &recipient).unwrap();
        import(&cli, &sealed, &["--key-file", &key, "--yes"]).ends(2);
    }
    assert_eq!(names(&cli), 0);
    let row = json!({ "name": "Zoho", "integration": "manageengine", "client_id": "c", "redirect_uri": "https://x.example/" });
    let said = import(&cli, template(&row), &["--redirect-uri", "https://mine.example/cb"]).ends(0);
    assert_eq!(said.json()[0]["redirect_uri"], "https://mine.example/cb");
    let row = json!({ "name": "Here", "integration": "manageengine", "client_id": "c",
        "redirect_uri": "http://127.0.0.1:8123/cb" });
    import(&cli, template(&row), &[]).ends(0);
}

#[test]
fn a_vault_with_its_kit_and_its_payload_are_checked_as_exports_are() {
    let (from, redirect) = (Cli::new(), ["--redirect-uri", "https://mine.example/cb"]);
    let kit = from.run(&["recovery-kit", "--json"]).ends(0).json()["identity"].as_str().unwrap().to_owned();
    let kit_file = from.folder().join("kit");
    fs::write(&kit_file, &kit).unwrap();
    let own = template(&json!({ "name": "Own", "integration": "custom-oauth2", "client_id": "c", "variables":
        { "authorization_url": "https://evil.example/a", "token_url": "https://evil.example/t" } }));
    import(&from, own, &[&["--yes"], &redirect[..]].concat()).ends(0);
    let vault = fs::read(from.folder().join("data/vault.age")).unwrap();
    let payload = age::decrypt(&kit.parse::<age::x25519::Identity>().unwrap(), &vault).unwrap();
    let here = ["--redirect-uri", "http://localhost:53682/callback"];
    // Options do not replace the variables in a vault or a payload, so they give no consent to them.
    let named = ["--set", "authorization_url=https://own.example/a", "--set", "token_url=https://own.example/t"];
    for (content, key) in [(vault, vec!["--key-file", kit_file.to_str().unwrap()]), (payload, vec![])] {
        let to = Cli::new();
        let unheard = import(&to, &content, &[&["--yes"], &key[..]].concat()).ends(2);
        assert!(unheard.err.contains("mine.example") && unheard.err.contains("--redirect-uri"), "{unheard:?}");
        for more in [&[][..], &named[..]] {
            let refused = import(&to, &content, &[&key[..], &here, more].concat()).ends(8);
            assert!(refused.err.contains("evil.example") && refused.err.contains("--yes"), "{refused:?}");
        }
        assert_eq!(names(&to), 0);
        import(&to, &content, &[&["--yes"], &key[..], &here].concat()).ends(0);
        assert_eq!(shown(&to, "Own")["redirect_uri"], here[1]);
    }
}

/// What the value of a field can make the program do.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Reaches {
    Nothing,
    /// Start a program.
    Exec,
    /// Connect to this host, or send a browser there.
    Connect,
    /// Write to this file.
    Open,
}

/// Whether an imported file can set a field.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Import {
    /// Cannot be imported.
    Never,
    /// Imported as data that has no effect.
    Taken,
    /// Imported if it is a name in the catalog.
    OfCatalog,
    /// Imported only with the user's consent, after it was shown.
    Consent,
}

/// Each field of a type: one that is added does not compile until it has a row.
macro_rules! fields {
    ($kind:ident: $($field:ident $reaches:ident $import:ident),+ $(,)?) => {{
        let _ = |value: $kind| { let $kind { $($field: _),+ } = value; };
        vec![$((concat!(stringify!($kind), ".", stringify!($field)), Reaches::$reaches, Import::$import)),+]
    }};
}

#[test]
fn every_field_that_reaches_exec_connect_or_open_is_known() {
    use credenza::model::credential::{Client, Details};
    use credenza::model::integration::{Integration, IntegrationSetup};
    use credenza::settings::Settings;
    let table = [
        fields!(Details: description Nothing Taken, owner Nothing Taken, tags Nothing Taken, expires_on Nothing Taken,
            browser Exec Never),
        fields!(Client: id Nothing Taken, secret Nothing Taken),
        fields!(Setup: client Nothing Taken, variables Connect Consent, secrets Nothing Taken, scopes Nothing Taken,
            redirect_uri Connect Consent),
        fields!(Endpoints: grant_type Nothing Taken, authorization Connect Consent, token Connect Consent,
            refresh Connect Consent, revocation Connect Consent, userinfo Connect Consent, issuer Nothing Taken,
            device Connect Consent, lookups Connect Consent),
        fields!(Tokens: access Nothing Taken, refresh Nothing Taken, received_at Nothing Taken, expires_at Nothing Taken,
            refresh_expires_at Nothing Taken, scopes Nothing Taken, captured Connect Consent),
        fields!(Credential: id Nothing Never, name Nothing Taken, details Exec Never, provider Connect OfCatalog,
            setup Connect Consent, endpoints Connect Consent, tokens Connect Consent, account Nothing Taken,
            proof Nothing Taken, setback Nothing Taken, refused_keys Nothing Taken, unread Nothing Taken,
            refusals Nothing Taken, not_before Nothing Taken, renewals Nothing Taken, token_sets Connect Consent,
            created_at Nothing Taken, history Nothing Taken),
        // No file can import integrations or settings.
        fields!(IntegrationSetup: credential Nothing Never, loads Connect Never, parameters Connect Never,
            fields Nothing Never, folder Open Never, format Nothing Never, schedule Nothing Never,
            accept_gone Nothing Never),
        fields!(Integration: id Nothing Never, name Nothing Never, provider Connect Never, setup Open Never,
            paused Nothing Never, hosts Connect Never, created_at Nothing Never),
        fields!(Settings: theme Open Never, theme_place Nothing Never, folder Open Never, ascii Nothing Never,
            mouse Nothing Never, lock_after Nothing Never, clear_clipboard_after Nothing Never, redirect_port Open Never,
            other_redirect_ports Open Never, audit_required Nothing Never, ca_file Open Never, catalog_key Nothing Never,
            catalog_url Connect Never, proxy Connect Never, complete_names Nothing Never, vault Open Never),
    ]
    .concat();
    for (field, reaches, import) in table {
        let safe = match reaches {
            Reaches::Nothing => true,
            Reaches::Exec | Reaches::Open => import == Import::Never,
            Reaches::Connect => import != Import::Taken,
        };
        assert!(safe, "{field} reaches {reaches:?} and is imported: {import:?}");
    }
}
