//! The settings of a credential on the command line: their names, which values are corrected, what is never assumed
//! silently, and `edit`.

use std::process::Stdio;

use serde_json::{Value, json};

use super::{Cli, Ran};

/// Runs `credenza add` for a ManageEngine credential with these options, and its secret from a file.
fn add(cli: &Cli, name: &str, options: &[&str]) -> Ran {
    let secret = cli.folder().join("secret");
    std::fs::write(&secret, "CNRY-client-secret").unwrap();
    let first = ["add", "--integration", "manageengine", "--name", name, "--client-id", "1000.ABC"];
    let secret = ["--client-secret-file", secret.to_str().unwrap()];
    cli.run(&[&first[..], &secret, options].concat())
}

fn shown(cli: &Cli, name: &str) -> Value {
    cli.run(&["show", name, "--json"]).ends(0).json()
}

#[test]
fn a_setting_is_named_by_its_label_in_any_case() {
    let cli = Cli::new();
    for (at, word) in ["accounts_host", "customer_domain", "Customer-Domain", "CUSTOMER_DOMAIN"].iter().enumerate() {
        let name = format!("Zoho {at}");
        add(&cli, &name, &["--set", &format!("{word}=eu")]).ends(0);
        assert_eq!(shown(&cli, &name)["variables"]["accounts_host"], "accounts.zoho.eu", "{word}");
    }
    let refused = add(&cli, "No", &["--set", "domain=eu"]).ends(2);
    assert!(refused.err.contains("Settings for ManageEngine: customer_domain (Customer Domain)"), "{refused:?}");
}

#[test]
fn what_is_corrected_is_told_to_people_and_programs() {
    let cli = Cli::new();
    let typo = ["--set", "accounts_host=acounts.zoho.com.au"];
    let ran = add(&cli, "Typo", &[&typo[..], &["--json"]].concat()).ends(0);
    assert!(ran.err.contains("accounts.zoho.com.au is used"), "{ran:?}");
    let corrected = &ran.json()["corrected"][0];
    assert_eq!(
        (&corrected["given"], &corrected["used"]),
        (&json!("acounts.zoho.com.au"), &json!("accounts.zoho.com.au"))
    );
    let exact = add(&cli, "Exact", &["--set", "accounts_host=accounts.zoho.eu", "--json"]).ends(0);
    assert_eq!((exact.json()["corrected"].clone(), exact.err.as_str()), (json!([]), ""), "{exact:?}");
}

#[test]
fn a_data_center_that_was_not_given_is_named_with_the_others() {
    let cli = Cli::new();
    let ran = add(&cli, "Zoho", &[]).ends(0);
    for text in
        ["Customer Domain was not given: accounts.zoho.com (United States) is used", "accounts.zoho.eu (Europe)"]
    {
        assert!(ran.err.contains(text), "{ran:?}");
    }
    assert_eq!(shown(&cli, "Zoho")["variables"]["accounts_host"], "accounts.zoho.com", "as before");
}

#[test]
fn scopes_that_the_catalog_does_not_have_are_named() {
    let cli = Cli::new();
    let ran = add(&cli, "Zoho", &["--set", "customer_domain=us", "--scope", "foo.bar"]).ends(0);
    assert!(ran.err.contains("does not have foo.bar") && ran.err.contains("10 scopes"), "{ran:?}");
    let known = add(&cli, "Known", &["--set", "customer_domain=us", "--scope", "SDPOnDemand.assets.ALL"]).ends(0);
    assert!(!known.err.contains("does not have"), "{known:?}");
}

#[test]
fn edit_changes_what_is_named_and_nothing_else() {
    let cli = Cli::new();
    add(&cli, "Zoho", &["--set", "customer_domain=us", "--owner", "IT", "--tag", "cmdb"]).ends(0);
    let before = shown(&cli, "Zoho");
    let edited = cli.run(&["edit", "zoho", "--owner", "Desk", "--set", "customer-domain=eu", "--json"]).ends(0).json();
    assert_eq!((&edited["owner"], &edited["corrected"][0]["used"]), (&json!("Desk"), &json!("accounts.zoho.eu")));
    cli.run(&["edit", "Zoho", "--tag", "a", "--tag", "b", "--client-id", "1000.NEW", "--scope", "foo"]).ends(0);
    let after = shown(&cli, "Zoho");
    assert_eq!(
        (&after["tags"], &after["client_id"], &after["scopes"]),
        (&json!(["a", "b"]), &json!("1000.NEW"), &json!(["foo"]))
    );
    assert_eq!((&after["has_client_secret"], &after["redirect_uri"]), (&json!(true), &before["redirect_uri"]));
    cli.run(&["edit", "Zoho", "--catalog-scopes", "--tag", "", "--owner", ""]).ends(0);
    let reset = shown(&cli, "Zoho");
    assert_eq!((&reset["scopes"], &reset["tags"], &reset["owner"]), (&before["scopes"], &json!([]), &json!("")));
    cli.run(&["undo", "--yes"]).ends(0);
    assert_eq!(shown(&cli, "Zoho")["scopes"], json!(["foo"]));
    cli.run(&["edit", "Zoho"]).ends(2);
    cli.run(&["edit", "nobody", "--owner", "x"]).ends(3);
}

#[test]
fn show_is_a_page_for_people_and_json_is_for_programs() {
    let cli = Cli::new();
    add(&cli, "Zoho", &["--set", "customer_domain=eu", "--owner", "IT"]).ends(0);
    let page = cli.run(&["show", "Zoho"]).ends(0).out;
    for line in [
        "Customer Domain      accounts.zoho.eu (Europe)",
        "Client Secret        stored, hidden",
        "Owner                IT",
    ] {
        assert!(page.lines().any(|one| one == line), "{line}\n{page}");
    }
    assert!(!page.contains(['{', '[']) && !page.lines().any(|line| line.ends_with(" -")), "{page}");
}

#[test]
fn the_catalog_as_json_has_all_that_is_printed() {
    let cli = Cli::empty();
    let printed = cli.run(&["catalog", "show", "manageengine"]).ends(0).out;
    let value = cli.run(&["catalog", "show", "manageengine", "--json"]).ends(0).json();
    assert_eq!(value["facts"].as_array().unwrap().len(), printed.lines().count());
    assert_eq!((value["scopes"].as_array().unwrap().len(), value["id"].as_str()), (10, Some("manageengine")));
    let domain = &value["variables"][0];
    assert_eq!((&domain["set"], domain["choices"].as_array().unwrap().len()), (&json!("customer_domain"), 10));
    assert!(value["Customer Domain choice"].is_string(), "the keys of earlier versions are still there");
}

#[test]
fn a_missing_passphrase_and_a_missing_client_secret_are_told_apart() {
    let cli = Cli::new();
    let locked = Ran::of(cli.command(&["token", "Zoho"]).output().unwrap()).ends(4);
    assert!(
        locked.err.contains("the passphrase cannot be asked for") && locked.err.contains("--passphrase-file"),
        "{locked:?}"
    );
    assert!(locked.err.contains("credenza recover --kit-file") && !locked.err.contains("secret-file"), "{locked:?}");
    let arguments =
        ["add", "--integration", "manageengine", "--name", "Z", "--client-id", "a", "--set", "customer_domain=us"];
    let client = cli.run(&arguments).ends(4);
    assert!(
        client.err.contains("Client Secret is missing") && client.err.contains("--client-secret-file"),
        "{client:?}"
    );
    assert!(!client.err.contains("--passphrase-file"), "{client:?}");
    std::fs::write(cli.folder().join("pass"), "wrong").unwrap();
    let wrong = cli.run(&["list"]).ends(4);
    assert!(wrong.err.contains("Wrong passphrase") && wrong.err.contains("credenza recover"), "{wrong:?}");
    assert!(!wrong.err.contains("Nothing was changed"), "{wrong:?}");
}

#[test]
fn a_sign_in_that_needs_a_person_fails_at_once_where_nobody_can_be_asked() {
    let cli = Cli::new();
    add(&cli, "Zoho", &["--set", "customer_domain=us"]).ends(0);
    let mut command = cli.command(&["authenticate", "Zoho", "--no-input", "--timeout", "1h"]);
    command.env("CREDENZA_PASSPHRASE_FILE", cli.folder().join("pass")).stdin(Stdio::null());
    let ran = Ran::of(command.output().unwrap()).ends(5);
    assert!(ran.err.contains("Someone has to sign in for \"Zoho\"") && !ran.err.contains("https://"), "{ran:?}");
}
