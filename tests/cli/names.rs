//! CF-14: every name that the vault accepts can be used on the command line.

use super::Cli;

#[test]
fn cf_14_every_stored_name_is_reached_by_name_or_id() {
    let cli = Cli::new();
    for name in ["x", "-rf", "--help", "a/b", "../../x", "$(touch p)", "%s", "caf\u{e9} \u{65e5}\u{672c}", "\u{1f511}"]
    {
        cli.add(name).ends(0);
        let shown = cli.run(&["show", "--json", "--", name]).ends(0).json();
        assert_eq!(shown["name"], name);
        let id = shown["id"].as_str().unwrap();
        assert_eq!(cli.run(&["show", "--json", id]).ends(0).json()["name"], name);
        let other = format!("{name} renamed");
        cli.run(&["rename", "--", name, &other]).ends(0);
        assert_eq!(cli.run(&["show", "--json", id]).ends(0).json()["name"], other.as_str());
        cli.run(&["delete", "--", &other]).ends(0);
    }
    assert!(!cli.folder().join("p").exists());
    assert!(!cli.folder().join("x").exists() && !cli.folder().parent().unwrap().join("x").exists());
}

#[test]
fn cf_14_a_name_that_cannot_be_is_refused_precisely() {
    let cli = Cli::new();
    let long = "x".repeat(10_000);
    for (name, says) in [
        ("", "Enter a name"),
        ("   ", "Enter a name"),
        (long.as_str(), "10000 characters"),
        ("a\u{202e}b", "U+202E"),
        ("a\nb", "U+000A"),
        ("\u{1f469}\u{200d}\u{1f4bb}", "U+200D"),
        ("a\u{1b}[2J", "U+001B"),
    ] {
        let ran = cli.add(name).ends(2);
        assert!(ran.err.contains(says) && !ran.err.contains('\u{1b}') && !ran.err.contains('\u{202e}'), "{ran:?}");
    }
    cli.add("Caf\u{e9}").ends(0);
    assert!(
        cli.add("CAFE\u{301}").ends(2).err.contains("Names are case-insensitive"),
        "names differ by more than case and composition"
    );
    assert_eq!(cli.run(&["list", "--json"]).ends(0).json().as_array().unwrap().len(), 1);
}

#[test]
fn what_cannot_be_seen_is_refused_in_every_kind_of_name_with_its_position() {
    let cli = Cli::new();
    cli.add("Zoho").ends(0);
    let key = cli.folder().join("key");
    for c in ['\u{fe0f}', '\u{2800}', '\u{1d173}', '\u{e000}', '\u{200b}', '\u{e0041}'] {
        let name = format!("ab{c}c");
        let says = format!("U+{:04X} (position 3)", u32::from(c));
        for ran in [
            cli.add(&name),
            cli.run(&["rename", "Zoho", &name]),
            cli.run(&["integration", "add", "--name", &name, "--provider", "manageengine", "--load", "mdm-devices"]),
            cli.run(&["recipients", "add", &name, "--key-file", key.to_str().unwrap()]),
        ] {
            let ran = ran.ends(2);
            assert!(ran.err.contains(&says), "{says}: {ran:?}");
        }
    }
    assert!(cli.add(&format!("a{}", "\u{301}".repeat(60))).ends(2).err.contains("combining marks"), "60 marks");
    assert!(cli.add("zoho\u{a0}").ends(2).err.contains("Names are case-insensitive"), "a no-break space is a space");
    assert!(!key.exists());
}

#[test]
fn a_name_that_looks_like_another_is_told_and_both_show_a_short_id_that_names_them() {
    let cli = Cli::new();
    cli.add("Zoho").ends(0);
    let plain = cli.run(&["list"]).ends(0).out;
    assert!(!plain.contains('('), "{plain}");
    let ran = cli.add("Z\u{3bf}ho").ends(0);
    assert!(ran.err.contains("looks like \"Zoho\""), "{ran:?}");
    let list = cli.run(&["list", "--json"]).ends(0).json();
    let table = cli.run(&["list"]).ends(0).out;
    for one in list.as_array().unwrap() {
        let (name, short) = (one["name"].as_str().unwrap(), &one["id"].as_str().unwrap()[..8]);
        assert!(table.contains(&format!("{name} ({short})")), "{table}");
        assert_eq!(cli.run(&["show", "--json", short]).ends(0).json()["name"], name);
        assert!(cli.run(&["show", short]).ends(0).out.contains(&format!("{name} ({short})")));
    }
    let renamed = cli.run(&["rename", "Z\u{3bf}ho", "Z\u{43e}h\u{43e}"]).ends(0);
    assert!(renamed.err.contains("looks like"), "{renamed:?}");
    for name in ["ci", "\u{441}i"] {
        let key = cli.folder().join(name);
        let ran = cli.run(&["recipients", "add", name, "--key-file", key.to_str().unwrap()]).ends(0);
        assert_eq!(ran.err.contains("looks like \"ci\""), name != "ci", "{ran:?}");
    }
}

#[test]
fn a_space_inside_a_secret_is_kept_and_told_with_its_position() {
    let cli = Cli::new();
    let secret = cli.folder().join("secret");
    let add = |name: &str, id: &str, text: &str| {
        std::fs::write(&secret, text).unwrap();
        let file = secret.to_str().unwrap();
        let name = format!("--name={name}");
        cli.run(&["add", "--integration", "box", &name, "--client-id", id, "--client-secret-file", file])
    };
    let ran = add("A", "native id", "s3cret basic/+%%").ends(0);
    assert!(ran.err.contains("Client ID contains a space (position 7)"), "{ran:?}");
    assert!(ran.err.contains("Client Secret contains a space (position 7)") && !ran.err.contains("basic"), "{ran:?}");
    assert_eq!(cli.run(&["show", "A", "--json"]).ends(0).json()["client_id"], "native id");
    assert!(add("B", "id", " s3cret\t\n").ends(0).err.contains("Spaces at the ends of Client Secret were dropped"));
    assert_eq!(add("C", "id", "s3cret\n").ends(0).err, "");
    for (bad, at) in [("a\u{7}b", 2), ("ab\u{200b}c", 3), ("a\tb", 2), ("a\u{a0}b", 2)] {
        let ran = add("D", "id", bad).ends(2);
        assert!(ran.err.contains(&format!("Client Secret contains an invisible character (position {at})")), "{ran:?}");
    }
    std::fs::write(&secret, "n3w s3cret\n").unwrap();
    let ran = cli.run(&["rotate", "A", "--secret-file", secret.to_str().unwrap()]).ends(0);
    assert!(ran.err.contains("Client Secret contains a space (position 4)"), "{ran:?}");
    assert!(!ran.err.contains("Client ID"), "it is what it was: {ran:?}");
}
