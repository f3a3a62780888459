//! `docs/reference/messages.md`, generated from the texts in the source, and words that no text may contain.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::LazyLock;

use clap::CommandFactory as _;
use credenza::cli::arguments::Arguments;

use super::collector::{self, Texts};
use super::words::wrong_words;
use super::{hold, repository};

/// The area of each source folder, in the user's words; the longest matching prefix wins.
const AREAS: &[(&str, &str)] = &[
    ("src/api", "Calls to providers"),
    ("src/audit", "Audit log"),
    ("src/catalog", "Catalog"),
    ("src/cli", "Command line"),
    ("src/demo", "Demo and sandbox"),
    ("src/engine", "Operations"),
    ("src/engine/agent", "Agent"),
    ("src/model", "Credentials and integrations"),
    ("src/oauth", "Sign-in and tokens"),
    ("src/records", "Syncs and records"),
    ("src/sandbox", "Demo and sandbox"),
    ("src/store", "Vault"),
    ("src/tui", "Screens"),
];

/// The area of all other texts: settings, folders, memory, the process.
const OTHER_AREA: &str = "This machine";

/// Words of older versions that are still read and written in JSON.
const ACCEPTED: [&str; 1] = ["by hand"];

/// The maximum length of the first sentence of a problem, in characters.
const MOST: usize = 100;

fn area(path: &Path) -> &'static str {
    let fitting = AREAS.iter().filter(|(folder, _)| path.starts_with(folder));
    fitting.max_by_key(|(folder, _)| folder.len()).map_or(OTHER_AREA, |(_, name)| name)
}

/// Adds every source file in a folder and its subfolders, with its text.
fn sources(folder: &Path, found: &mut BTreeMap<PathBuf, String>) {
    for entry in std::fs::read_dir(repository().join(folder)).unwrap() {
        let path = folder.join(entry.unwrap().file_name());
        if path.extension().is_some_and(|extension| extension == "rs") {
            let text = std::fs::read_to_string(repository().join(&path)).unwrap();
            found.insert(path, text);
        } else if repository().join(&path).is_dir() {
            sources(&path, found);
        }
    }
}

/// The files of child modules that are built only for tests, for the source file `path` with this text.
fn test_files(path: &Path, text: &str) -> Vec<PathBuf> {
    let own_folder = if path.ends_with("mod.rs") { path.with_file_name("") } else { path.with_extension("") };
    collector::test_modules(text).iter().map(|name| own_folder.join(format!("{name}.rs"))).collect()
}

/// The texts by area, collected once for all tests because it parses every source file.
static TEXTS: LazyLock<BTreeMap<&'static str, Texts>> = LazyLock::new(|| {
    let (mut areas, mut files) = (BTreeMap::<_, Texts>::new(), BTreeMap::new());
    sources(Path::new("src"), &mut files);
    let tests: BTreeSet<PathBuf> = files.iter().flat_map(|(path, text)| test_files(path, text)).collect();
    for (path, text) in files.iter().filter(|(path, _)| !tests.contains(*path)) {
        collector::of_source(text, areas.entry(area(path)).or_default());
    }
    areas.insert("Catalog entries", catalog_texts());
    areas
});

/// The keys in catalog files whose values are sentences.
const CATALOG_KEYS: [&str; 10] =
    ["action", "help", "hint", "label", "lines", "note", "notes", "refresh_token_required", "retired", "steps"];

fn catalog_texts() -> Texts {
    let mut texts = Texts::default();
    for entry in std::fs::read_dir(repository().join("assets/catalog")).unwrap() {
        let path = entry.unwrap().path();
        if path.extension().is_some_and(|extension| extension == "toml") {
            let table: toml::Table = toml::from_str(&std::fs::read_to_string(&path).unwrap()).unwrap();
            sentences(&toml::Value::Table(table), false, &mut texts);
        }
    }
    texts
}

fn sentences(value: &toml::Value, is_sentence: bool, texts: &mut Texts) {
    match value {
        toml::Value::Table(table) => {
            for (key, value) in table {
                sentences(value, CATALOG_KEYS.contains(&key.as_str()), texts);
            }
        }
        toml::Value::Array(values) => values.iter().for_each(|value| sentences(value, is_sentence, texts)),
        toml::Value::String(text) if is_sentence => {
            texts.others.insert(text.split_whitespace().collect::<Vec<_>>().join(" "));
        }
        _ => {}
    }
}

fn page() -> String {
    let mut page = String::from(
        "# Messages\n\nEvery text of the program, by area, so that one you see can be found here. `{name}` is \
         replaced by a name or a number. Problems come first: what happened, why (indented), and what to do \
         (indented, after `>`). What to do about the frequent ones is in [Troubleshooting](../troubleshooting.md); the \
         help of each command is in [Commands](commands.md).\n",
    );
    for (area, texts) in &*TEXTS {
        let _ = writeln!(page, "\n## {area}\n\n```text");
        for [what, why, advice] in &texts.problems {
            let _ = writeln!(page, "{}", if what.is_empty() { "(composed)" } else { what });
            let _ = if why.is_empty() { Ok(()) } else { writeln!(page, "  {why}") };
            let _ = if advice.is_empty() { Ok(()) } else { writeln!(page, "  > {advice}") };
        }
        for text in &texts.others {
            let _ = writeln!(page, "{text}");
        }
        page.push_str("```\n");
    }
    page
}

/// Collects the help of a command and of all its subcommands, as `--help` prints it.
fn help(command: &mut clap::Command, texts: &mut Vec<String>) {
    texts.push(command.render_long_help().to_string());
    for one in command.get_subcommands_mut() {
        help(one, texts);
    }
}

#[test]
fn the_page_of_messages_is_what_the_program_says() {
    let page = page();
    for text in ["The client secret would be sent to a new host", "Wrong passphrase.", "## Vault", "## Catalog entries"]
    {
        assert!(page.contains(text), "{text}");
    }
    hold("docs/reference/messages.md", &page);
}

#[test]
fn no_message_has_a_word_that_is_known_to_be_wrong() {
    let mut wrong = Vec::new();
    for (area, texts) in &*TEXTS {
        for text in
            texts.problems.iter().flatten().chain(&texts.others).filter(|text| !ACCEPTED.contains(&text.as_str()))
        {
            wrong.extend(wrong_words(text).iter().map(|word| format!("{area}: {word} in: {text}")));
        }
    }
    let mut command = Arguments::command();
    command.build();
    let mut helps = Vec::new();
    help(&mut command, &mut helps);
    wrong.extend(helps.iter().flat_map(|text| wrong_words(text)));
    assert!(helps.len() > 50, "only {} commands have help", helps.len());
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_first_sentence_of_a_problem_is_short() {
    let problems = TEXTS.values().flat_map(|texts| &texts.problems);
    let long: Vec<&String> = problems.map(|parts| &parts[0]).filter(|what| what.chars().count() > MOST).collect();
    assert!(long.is_empty(), "{long:#?}");
}

#[test]
fn a_problem_a_label_and_nothing_of_a_test_is_collected() {
    let source = r#"
        /// A comment is not a message.
        fn f() { Problem::new(Kind::Usage, format!("No {name} \
            here.")).why("Why not.").try_this(match x { _ => "Try." }); label("Client ID"); code("client_id") }
        const STATEMENT: &str = "SELECT path FROM objects";
        #[cfg(test)] mod tests { fn g() { label("Only in a test") } }
        #[cfg(all(test, unix))] mod more { fn g() { label("Only in a test") } }
    "#;
    let mut texts = Texts::default();
    collector::of_source(source, &mut texts);
    let problems: Vec<_> = texts.problems.into_iter().collect();
    assert_eq!(problems, [["No {name} here.", "Why not.", "Try."].map(str::to_owned)]);
    assert_eq!(texts.others.into_iter().collect::<Vec<_>>(), ["Client ID"]);
}

#[test]
fn a_file_that_is_only_built_for_tests_has_no_messages() {
    let source = "mod a; #[cfg(test)] mod b; #[cfg(unix)] mod c; #[cfg(test)] mod tests { }";
    assert_eq!(test_files(Path::new("src/x/mod.rs"), source), [Path::new("src/x/b.rs")]);
    assert_eq!(test_files(Path::new("src/x/y.rs"), source), [Path::new("src/x/y/b.rs")]);
}
