//! Checks that code below the front ends names no flag, command or key in its texts: it returns a `NextStep`, which
//! only `cli` and `tui` turn into words.

use regex_lite::Regex;

use super::hold;
use super::source::{Source, below};

/// The code below the front ends.
const BELOW: [&str; 10] = [
    "src/model/",
    "src/catalog/",
    "src/oauth/",
    "src/api/",
    "src/store/",
    "src/records/",
    "src/engine/",
    "src/audit/",
    "src/paths.rs",
    "src/settings.rs",
];

/// Texts that are not advice to a user: the file, the beginning of the text, and what it is.
#[rustfmt::skip]
const NO_ADVICE: &[(&str, &str, &str)] = &[
    ("src/engine/agent/background.rs", "--", "the command line of the process it starts"),
    ("src/engine/ops/integrations/units.rs", "{} --no-input integration sync --due", "the command line of a unit"),
    ("src/store/key_file/connection.rs", "--age-plugin=", "the command line of the program it starts"),
    ("src/store/file/key.rs", "# credenza identity, format ", "the first line of an identity file"),
];

/// What a text must not name, and the pattern that detects it.
const NAMES: [(&str, &str); 4] = [
    ("a flag", r#"(^|[\s'"`(\[])--[a-z][a-z-]+"#),
    ("a command", r"\bcredenza(\.exe)? (--?[a-z]|[a-z])"),
    ("a key", r"\b([Pp]ress(es)? |ctrl-|(with|by|key|and|or) [A-Za-z]([,.;:)]|$)|^[A-Za-z] (on|brings|opens|shows) )"),
    ("a front end", r"\bon the (screen|command line)\b"),
];

/// What a text names that it must not.
fn named(text: &str) -> Option<&'static str> {
    let named = |pattern: &str| Regex::new(pattern).unwrap().is_match(text);
    NAMES.iter().find(|(_, pattern)| named(pattern)).map(|(what, _)| *what)
}

/// All texts in the files that name something they must not.
fn breaches(sources: &[Source]) -> Vec<String> {
    let mut breaches = Vec::new();
    for source in sources.iter().filter(|source| BELOW.iter().any(|place| source.path.starts_with(place))) {
        for (at, text) in source.shipped_texts() {
            let is_known = NO_ADVICE.iter().any(|(path, start, _)| *path == source.path && text.starts_with(start));
            if let Some(what) = named(text).filter(|_| !is_known) {
                breaches.push(format!("{}:{}: names {what}: {text:?}", source.path, source.line(at)));
            }
        }
    }
    breaches
}

#[test]
fn only_the_front_doors_name_commands_flags_and_keys() {
    let to_fix = "Return a NextStep (src/problem.rs) with the problem: `cli` and `tui` have the words for it.";
    hold("Only `cli` and `tui` name commands, flags and keys", to_fix, &breaches(&below("src")));
}

#[test]
fn every_exception_is_needed() {
    let sources = below("src");
    let stale: Vec<String> = NO_ADVICE
        .iter()
        .filter(|(path, start, _)| {
            let has = |source: &Source| source.shipped_texts().iter().any(|(_, text)| text.starts_with(start));
            !sources.iter().any(|source| source.path == *path && has(source))
        })
        .map(|(path, start, _)| format!("{path} no longer has {start:?}"))
        .collect();
    hold("Every exception is needed", "Delete it from NO_ADVICE in tests/architecture/words.rs.", &stale);
}

#[test]
fn a_command_a_flag_or_a_key_below_the_front_doors_is_a_breach() {
    for text in [
        "Make one with: credenza init",
        "credenza authenticate '{}'",
        "Mount it writable, or name another folder with --dir.",
        "Name it: --integration ID",
        "Leave --force out.",
        "in the integration's page with c, or",
        "enter it with E, or give",
        "O on the screen",
        "Press a to authenticate.",
        "Go on with ctrl-o.",
        "Press u to restore a deleted one.",
    ] {
        let file = Source::new("src/engine/a.rs", &format!("fn f() {{ g({text:?}) }}"));
        assert_eq!(breaches(&[file]).len(), 1, "{text}");
    }
    let raw = Source::new("src/store/a.rs", "const A: &str = r#\"try \"credenza list\"\"#;");
    assert_eq!(breaches(&[raw]).len(), 1);
}

#[test]
fn what_people_never_read_as_advice_is_none() {
    let fine = "// credenza init\n/// --dir\nfn f() { g(\"User-Agent\", \"credenza/1\", \"a--b\", \"a key. It\", '-') }\n\
                #[cfg(test)]\nmod tests { fn x() { g(\"credenza token\"); } }";
    assert_eq!(breaches(&[Source::new("src/engine/a.rs", fine)]), Vec::<String>::new());
    let door = Source::new("src/cli/a.rs", "fn f() { g(\"credenza init\") }");
    assert_eq!(breaches(&[door]), Vec::<String>::new());
}
