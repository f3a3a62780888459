//! Passphrases: independent of how a keyboard encodes them, not easy to guess, and files with a hostile work factor are
//! refused.

use std::fs;

use credenza::clock::Clock;
use credenza::paths::Paths;
use credenza::secret::Passphrase;

use super::Cli;
use crate::local_vault;

fn file(cli: &Cli, name: &str, text: &str) -> String {
    let path = cli.folder().join(name);
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

#[test]
fn a_weak_passphrase_is_refused_unless_it_is_insisted_on() {
    let cli = Cli::empty();
    for weak in ["abc", "test", "password1", "zoho", "qwertyuiop", "2024-01-01", "Müller"] {
        file(&cli, "pass", weak);
        let refused = cli.run(&["init"]).ends(8);
        assert!(refused.err.contains("weak") && refused.err.contains("--allow-weak"), "{weak}: {refused:?}");
        assert!(!cli.folder().join("data/vault.age").exists(), "{weak}");
    }
    assert!(cli.run(&["init", "--allow-weak"]).ends(0).err.contains("weak"));
    let (weak, strong) = (file(&cli, "weak", "newpass"), file(&cli, "strong", "walnut prism orbit lantern"));
    cli.run(&["passphrase", "--new-passphrase-file", &weak]).ends(8);
    cli.run(&["list"]).ends(0);
    cli.run(&["passphrase", "--new-passphrase-file", &weak, "--allow-weak"]).ends(0);
    cli.run(&["passphrase", "--passphrase-file", &weak, "--new-passphrase-file", &strong]).ends(0);
    let kit = file(&cli, "kit", &cli.run(&["recovery-kit", "--passphrase-file", &strong]).ends(0).out);
    cli.run(&["recover", "--kit-file", &kit, "--new-passphrase-file", &weak]).ends(8);
    cli.run(&["list", "--passphrase-file", &strong]).ends(0);
    cli.run(&["recover", "--kit-file", &kit, "--new-passphrase-file", &weak, "--allow-weak"]).ends(0);
    cli.run(&["list", "--passphrase-file", &weak]).ends(0);
    // `--allow-weak` does not permit an empty one.
    let empty = file(&cli, "empty", "\n");
    cli.run(&["passphrase", "--passphrase-file", &weak, "--new-passphrase-file", &empty, "--allow-weak"]).ends(2);
}

#[test]
fn a_passphrase_of_one_keyboard_opens_on_another() {
    for (made, typed) in [
        ("Z\u{fc}rich-12345", "Zu\u{308}rich-12345"),
        ("Zu\u{308}rich-12345", "Z\u{fc}rich-12345"),
        ("caf\u{e9} \u{ac00}\u{b098}", "cafe\u{301} \u{1100}\u{1161}\u{1102}\u{1161}"),
        ("abc-12345 xyz", "\u{ff41}\u{ff42}\u{ff43}-12345\u{a0}xyz"),
        ("q\u{323}\u{307}-12345", "q\u{307}\u{323}-12345"),
    ] {
        let cli = Cli::empty();
        let paths = Paths::discover(Some(cli.folder())).unwrap();
        local_vault::create_throwaway(&paths, &Passphrase::new(made.to_owned()), &Clock::system(), 1).unwrap();
        for given in [made, typed] {
            file(&cli, "pass", given);
            cli.run(&["list"]).ends(0);
        }
        file(&cli, "pass", &typed.to_uppercase());
        cli.run(&["list"]).ends(4);
    }
}

/// Replaces the work factor in the header of the vault's identity file.
fn with_work_factor(cli: &Cli, factor: u8) {
    let path = cli.folder().join("data/identity.age");
    let mut bytes = fs::read(&path).unwrap();
    let lines: Vec<usize> = bytes.iter().enumerate().filter(|(_, byte)| **byte == b'\n').map(|(at, _)| at).collect();
    let end = lines[1];
    let at = bytes[..end].iter().rposition(|byte| *byte == b' ').unwrap() + 1;
    bytes.splice(at..end, factor.to_string().into_bytes());
    fs::write(&path, bytes).unwrap();
}

#[test]
fn a_work_factor_above_20_is_refused_before_memory_is_taken_and_one_below_15_is_told() {
    let cli = Cli::new();
    cli.add("Zoho EU").ends(0);
    let told = |ran: &super::Ran| ran.err.contains("work factor 1 ") || ran.out.contains("work factor 1 ");
    let check = cli.run(&["check"]);
    assert!(told(&check), "{check:?}");
    assert!(!check.out.contains("work factor"), "a table is read by scripts: {check:?}");
    assert!(told(&cli.run(&["doctor"])));
    for factor in [21, 22, 30, 63] {
        with_work_factor(&cli, factor);
        let refused = cli.run(&["list"]).ends(8);
        assert!(refused.err.contains("too much work") && refused.err.contains("above 20"), "{factor}: {refused:?}");
    }
    with_work_factor(&cli, 15);
    assert!(!cli.run(&["doctor"]).out.contains("work factor"));
}
