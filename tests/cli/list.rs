//! `credenza list`: filters, columns, sorting, formats and colors; for a misspelled word, the nearest valid one is
//! suggested.

use serde_json::json;

use super::{Cli, Ran};

/// Three credentials with owners and tags.
fn vault() -> Cli {
    let cli = Cli::new();
    let secret = cli.folder().join("secret");
    std::fs::write(&secret, "CNRY-client-secret").unwrap();
    for (name, owner, tags) in
        [("Zoho EU", "Service Desk", &["prod", "cmdb"][..]), ("acme, old", "Ana Lopez", &["test"]), ("Bolt", "", &[])]
    {
        let mut arguments = vec!["add", "--integration", "manageengine", "--name", name, "--client-id", "1000.ABC"];
        arguments.extend(["--client-secret-file", secret.to_str().unwrap(), "--set", "customer_domain=eu"]);
        arguments.extend(["--owner", owner]);
        arguments.extend(tags.iter().flat_map(|tag| ["--tag", tag]));
        cli.run(&arguments).ends(0);
    }
    cli
}

fn list(cli: &Cli, options: &[&str]) -> Ran {
    cli.run(&[&["list"], options].concat())
}

fn names(cli: &Cli, options: &[&str]) -> String {
    let ran = list(cli, &[options, &["--format", "{name}"]].concat()).ends(0);
    ran.out.lines().collect::<Vec<_>>().join("|")
}

#[test]
fn options_and_filter_words_choose_the_rows() {
    let cli = vault();
    for (options, wanted) in [
        (&[][..], "Zoho EU|acme, old|Bolt"),
        (&["--owner", "ana"], "acme, old"),
        (&["--owner", "service d"], "Zoho EU"),
        (&["--tag", "prod", "--tag", "cmdb"], "Zoho EU"),
        (&["--tag", "prod", "--tag", "test"], ""),
        (&["--status", "not-auth"], "Zoho EU|acme, old|Bolt"),
        (&["--status", "not_authenticated"], "Zoho EU|acme, old|Bolt"),
        (&["--status", "authenticated"], ""),
        (&["--integration", "manageengine"], "Zoho EU|acme, old|Bolt"),
        (&["!tag:test", "!bolt"], "Zoho EU"),
        (&["owner:Service Desk"], "Zoho EU"),
        (&["zoho", "tag:prod"], "Zoho EU"),
    ] {
        assert_eq!(names(&cli, options), wanted, "{options:?}");
    }
}

#[test]
fn rows_are_sorted_and_columns_chosen() {
    let cli = vault();
    assert_eq!(names(&cli, &["--sort", "name"]), "acme, old|Bolt|Zoho EU");
    assert_eq!(names(&cli, &["--sort", "owner", "--reverse"]), "Zoho EU|acme, old|Bolt", "no owner comes last");
    let table = list(&cli, &["--columns", "owner,name", "--sort", "name"]).ends(0).out;
    assert_eq!(table.lines().next().unwrap(), "OWNER         NAME");
    assert_eq!(table.lines().nth(1).unwrap(), "Ana Lopez     acme, old");
    let json = list(&cli, &["--json", "--columns", "name,tags", "zoho"]).ends(0).json();
    assert_eq!(json, json!([{ "name": "Zoho EU", "tags": ["prod", "cmdb"] }]));
    let all = list(&cli, &["--json"]).ends(0).json();
    assert_eq!((all.as_array().unwrap().len(), &all[0]["integration"]), (3, &json!("manageengine")));
}

#[test]
fn csv_tsv_and_templates_have_the_values_of_json() {
    let cli = vault();
    let of = |format: &str| list(&cli, &["--format", format, "--columns", "name,status,tags", "acme"]).ends(0).out;
    assert_eq!(of("csv"), "name,status,tags\n\"acme, old\",not_authenticated,test\n");
    assert_eq!(of("tsv"), "name\tstatus\ttags\nacme, old\tnot_authenticated\ttest\n");
    assert_eq!(of("{integration}\\t{owner}"), "manageengine\tAna Lopez\n");
    assert_eq!(list(&cli, &["--format", "json", "acme"]).ends(0).json()[0]["name"], "acme, old");
    let heading = list(&cli, &["--format", "csv"]).ends(0).out;
    assert!(heading.starts_with("id,name,integration,grant,status,owner,tags,description,expires_on,"), "{heading}");
}

#[test]
fn wrong_words_are_said_with_the_nearest_right_one() {
    let cli = vault();
    for (options, said) in [
        (&["onwer:ana"][..], "\"onwer:\" is not a filter word. Did you mean owner:?"),
        (&["--status", "atuhenticated"], "There is no status \"atuhenticated\". Did you mean \"authenticated\"?"),
        (&["--columns", "nmae"], "There is no column \"nmae\". Did you mean \"name\"?"),
        (&["--sort", "ownr"], "There is no column \"ownr\". Did you mean \"owner\"?"),
        (&["--format", "cvs"], "Unknown format \"cvs\". Did you mean \"csv\"?"),
        (&["--format", "{ownre}"], "There is no column \"ownre\". Did you mean \"owner\"?"),
    ] {
        let ran = list(&cli, options).ends(2);
        assert!(ran.err.contains(said) && ran.out.is_empty(), "{options:?}: {ran:?}");
    }
    // A value that matches no row is no usage error, but may be a typo, so the nearest value is suggested.
    let none = list(&cli, &["--owner", "ana lopes"]).ends(0);
    assert!(none.err.contains("Did you mean owner:\"ana lopez\"?") && none.out.is_empty(), "{none:?}");
}

#[test]
fn colors_are_only_where_somebody_sees_them() {
    let cli = vault();
    let plain = list(&cli, &[]).ends(0).out;
    assert!(!plain.contains('\u{1b}'));
    let colored = list(&cli, &["--color", "always"]).ends(0).out;
    assert!(colored.contains("\u{1b}[1mNAME\u{1b}[0m"), "{colored:?}");
    let stripped = regex_lite::Regex::new("\u{1b}\\[[0-9;]*m").unwrap().replace_all(&colored, "").into_owned();
    assert_eq!(stripped, plain, "the same text");
    assert!(!list(&cli, &["--color", "never"]).ends(0).out.contains('\u{1b}'));
}
