//! `credenza catalog`: the integrations, and how well their facts are supported.

use serde_json::Value;

use super::Cli;

#[test]
fn the_list_says_how_each_provider_signs_in_and_how_sure_its_facts_are() {
    let list = Cli::empty().run(&["catalog", "list"]).ends(0).out;
    let mut lines = list.lines();
    let head: Vec<&str> = lines.next().unwrap().split_whitespace().collect();
    assert_eq!(head, ["ID", "NAME", "SIGNS", "IN", "WITH", "FACTS", "READ"]);
    let row = |id: &str| list.lines().find(|line| line.split_whitespace().next() == Some(id)).unwrap().to_owned();
    assert!(row("okta").contains("authorization code") && row("okta").contains("one source  "));
    assert!(row("jamf-pro").contains("client credentials") && row("jamf-pro").contains("one source"));
    assert!(row("monday").contains("vendor page") && row("monday").ends_with("2026-11-29"));
    assert!(row("zendesk-token").contains("Basic"));
    assert!(lines.count() >= 180);
}

#[test]
fn a_script_can_count_what_is_verified_how() {
    let out = Cli::empty().run(&["catalog", "list", "--json"]).ends(0).out;
    let list: Vec<Value> = serde_json::from_str(&out).unwrap();
    assert!(list.len() >= 360, "{}", list.len());
    let with = |word: &str| list.iter().filter(|entry| entry["verification"] == word).count();
    assert!(with("vendor") + with("two_sources") >= 200, "{} {}", with("vendor"), with("two_sources"));
    assert_eq!(with("vendor") + with("two_sources") + with("one_source"), list.len());
    assert!(list.iter().all(|entry| entry["read_on"].as_str().is_some_and(|day| day.len() == 10)));
    assert!(list.iter().all(|entry| entry["id"] != "freshteam"), "retired");
    for entry in &list {
        for key in ["id", "name", "group", "category", "grant", "source"] {
            assert!(entry[key].as_str().is_some_and(|text| !text.is_empty()), "{key}: {entry}");
        }
    }
}

#[test]
fn an_entry_says_what_goes_with_each_call() {
    let show = |id: &str| Cli::empty().run(&["catalog", "show", id]).ends(0).out;
    let has = |id: &str, label: &str, value: &str| {
        let found = show(id)
            .lines()
            .any(|line| line.strip_prefix(label).is_some_and(|rest| rest.starts_with("  ") && rest.trim() == value));
        assert!(found, "{id} has no {label} {value}:\n{}", show(id));
    };
    has("okta-token", "Key", "Authorization: SSWS {secret}");
    has("prtg", "Key", "?apitoken={secret}");
    has("zendesk-token", "Basic credentials", "Authorization: Basic {email}/token : {secret}");
    has("azure-devops", "Basic credentials", "Authorization: Basic (empty) : {secret}");
    has("notion-token", "API header", "Authorization: Bearer {secret}");
    has("shopify", "API header", "X-Shopify-Access-Token: {access_token}");
    has("zoom-s2s", "Token parameter", "grant_type=account_credentials");
    has("workspace-one-uem", "API header", "aw-tenant-code: {tenant_code}");
    assert!(!show("okta-token").contains("Redirect URI"), "nobody is redirected for a key");
    assert!(show("okta").contains("Redirect URI"));
}

#[test]
fn an_entry_says_how_sure_and_how_old_its_facts_are_and_what_ends() {
    let show = |id: &str| Cli::empty().run(&["catalog", "show", id]).ends(0).out;
    let zendesk = show("zendesk-token");
    assert!(zendesk.contains("2027-04-30: All Zendesk API tokens stop working."), "{zendesk}");
    let netsuite = show("netsuite");
    assert!(netsuite.contains("only https is accepted, read 2026-11-27"), "{netsuite}");
    assert!(show("gusto").contains("not known whether http://localhost is accepted"));
    assert!(show("hubspot").contains("vendor page, read 2026-11-29; not tried with a live account"));
    // Retired entries remain for those who have a credential for them.
    let retired = show("freshteam");
    assert!(retired.contains("Retired") && retired.contains("Export your data"), "{retired}");
    let cli = Cli::new();
    let secret = cli.folder().join("pass");
    let add = ["add", "--integration", "freshteam", "--name", "Old", "--set", "subdomain=acme", "--secret-file"];
    let refused = cli.run(&[&add[..], &[secret.to_str().unwrap()]].concat()).ends(8);
    assert!(refused.err.contains("discontinued"), "{}", refused.err);
}

#[test]
fn a_custom_integration_becomes_a_catalog_file_that_others_can_use() {
    let cli = Cli::new();
    let values = [
        "authorization_url=https://login.acme.example/authorize",
        "token_url=https://login.acme.example/token",
        "client_auth=basic",
        "scope_separator=comma",
        "header_prefix=Token",
    ];
    let mut arguments =
        vec!["add", "--integration", "custom-oauth2", "--name", "ACME Tickets (EU)", "--client-id", "abc"];
    arguments.extend(["--scope", "tickets.read", "--scope", "users.read"]);
    arguments.extend(values.iter().flat_map(|value| ["--set", value]));
    cli.run(&arguments).ends(0);
    let exported = cli.run(&["catalog", "export", "ACME"]).ends(0);
    assert!(!exported.out.contains("abc"), "the client is the credential's, not the integration's: {}", exported.out);
    for (key, value) in [
        ("id", "acme-tickets-eu"),
        ("authorize_url", "https://login.acme.example/authorize"),
        ("token_url", "https://login.acme.example/token"),
        ("client_auth", "basic"),
        ("scope_separator", "comma"),
        ("template", "Token {access_token}"),
        ("verification", "unverified"),
    ] {
        assert!(exported.out.contains(&format!("{key} = \"{value}\"")), "{key}: {}", exported.out);
    }
    for gone in ["refresh_url", "revoke_url", "[[variable]]", "console"] {
        assert!(!exported.out.contains(gone), "{gone}: {}", exported.out);
    }
    let file = cli.folder().join("config/catalog/acme-tickets-eu.toml");
    assert!(exported.err.contains(file.to_str().unwrap()), "{}", exported.err);
    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
    std::fs::write(&file, &exported.out).unwrap();
    cli.run(&["catalog", "check", file.to_str().unwrap()]).ends(0);
    // With the file installed, another credential needs neither URLs nor scopes.
    cli.run(&["add", "--integration", "acme-tickets-eu", "--name", "Second", "--client-id", "def"]).ends(0);
    let second = cli.run(&["show", "Second", "--json"]).ends(0).json();
    assert_eq!(second["scopes"], serde_json::json!(["tickets.read", "users.read"]));
}

#[test]
fn an_export_that_would_be_no_valid_file_is_refused() {
    let cli = Cli::new();
    cli.add("Zoho EU").ends(0);
    let refused = cli.run(&["catalog", "export", "Zoho", "--id", "../x"]).ends(2);
    assert!(refused.err.contains("a-z, 0-9 and hyphens"), "{refused:?}");
    let refused = cli.run(&["catalog", "export", "Zoho"]).ends(2);
    assert!(refused.err.contains("relocation"), "its data centers hang together: {refused:?}");
    let secret = cli.folder().join("pass");
    let mut arguments = vec!["--name", "Our Okta", "--client-id", "0oa1", "--set", "host=acme.okta.com"];
    arguments.extend(["--client-secret-file", secret.to_str().unwrap()]);
    cli.run(&[&["add", "--integration", "okta"], &arguments[..]].concat()).ends(0);
    let whole = cli.run(&["catalog", "export", "Our Okta", "--json"]).ends(0).json();
    assert_eq!(whole["id"], "our-okta");
    let file = whole["file"].as_str().unwrap();
    assert!(file.contains("https://acme.okta.com/") && !file.contains("0oa1"), "{file}");
}

#[test]
fn a_host_with_letters_of_another_script_is_told() {
    let cli = Cli::empty();
    let file = cli.folder().join("odd.toml");
    let text = |host: &str| {
        format!(
            "schema = 1\nid = \"odd\"\nname = \"Odd\"\ncategory = \"own\"\nverification = \"unverified\"\n[auth]\n\
             kind = \"oauth2-code\"\nauthorize_url = \"https://{host}/a\"\ntoken_url = \"https://{host}/t\"\n"
        )
    };
    let check = |host: &str| {
        std::fs::write(&file, text(host)).unwrap();
        cli.run(&["catalog", "check", file.to_str().unwrap(), "--json"]).ends(0)
    };
    let ran = check("\u{430}pple.example");
    for part in ["looks like apple.example", "U+0430", "xn--pple-43d.example"] {
        assert!(ran.err.contains(part), "{part}: {ran:?}");
    }
    assert_eq!(ran.json()["notes"].as_array().unwrap().len(), 1);
    let ran = check("apple.example");
    assert_eq!((ran.err.as_str(), ran.json()["notes"].as_array().unwrap().len()), ("", 0));
}

#[test]
fn the_redirect_page_runs_one_script_and_goes_to_this_machine_only() {
    use base64::Engine as _;
    use sha2::Digest as _;
    let page = Cli::empty().run(&["catalog", "redirect-page"]).ends(0).out;
    for tag in ["style", "script"] {
        let (_, rest) = page.split_once(&format!("<{tag}>")).unwrap();
        let (inner, rest) = rest.split_once(&format!("</{tag}>")).unwrap();
        assert!(!rest.contains(&format!("<{tag}")), "one {tag}");
        let hash = base64::engine::general_purpose::STANDARD.encode(sha2::Sha256::digest(inner.as_bytes()));
        assert!(page.contains(&format!("{tag}-src 'sha256-{hash}'")), "{tag}: {hash}");
    }
    assert!(page.contains("default-src 'none'") && page.contains("name=\"referrer\" content=\"no-referrer\""));
    assert_eq!(page.matches("http").count() - page.matches("http-equiv").count(), 1, "it knows one address");
    assert!(page.contains("\"http://127.0.0.1:\" + port[1] + \"/callback\" + query"));
    assert!(page.contains("history.replaceState(null, \"\", location.pathname)"));
}

#[test]
fn trust_shows_the_certificate_without_its_key_and_how_to_undo_it() {
    let cli = Cli::empty();
    let shown = cli.run(&["trust", "--json"]).ends(0).json();
    let fingerprint = shown["fingerprint"].as_str().unwrap();
    assert_eq!(fingerprint.len(), 95);
    let text = cli.run(&["trust"]).ends(0).out;
    assert!(text.contains(fingerprint) && text.contains("To undo that"), "{text}");
    let pem = cli.run(&["trust", "--pem"]).ends(0).out;
    assert!(pem.starts_with("-----BEGIN CERTIFICATE-----") && !pem.contains("PRIVATE"));
    assert_eq!(shown["certificate"].as_str().unwrap(), pem);
}

#[test]
fn an_exported_integration_knows_the_page_the_browser_comes_back_by() {
    let cli = Cli::new();
    let secret = cli.folder().join("secret");
    std::fs::write(&secret, "CNRY-secret\n").unwrap();
    let page = "https://auth.acme.example/credenza/";
    cli.run(&[
        "add",
        "--integration",
        "figma",
        "--name",
        "Design",
        "--client-id",
        "1",
        "--client-secret-file",
        secret.to_str().unwrap(),
        "--redirect-uri",
        page,
    ])
    .ends(0);
    let out = cli.run(&["catalog", "export", "Design"]).ends(0).out;
    assert!(out.contains(&format!("redirect_uri = \"{page}\"")), "{out}");
}
