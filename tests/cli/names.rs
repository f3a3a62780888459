//! CF-14: whatever name the vault takes, the command line reaches it.

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
        ("", "A name is needed"),
        ("   ", "A name is needed"),
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
        cli.add("CAFE\u{301}").ends(2).err.contains("Another credential is called"),
        "names differ by more than case and composition"
    );
    assert_eq!(cli.run(&["list", "--json"]).ends(0).json().as_array().unwrap().len(), 1);
}
