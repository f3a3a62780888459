//! Checks pages as a whole: the README is short enough, and settings and exit codes are complete.

use credenza::paths::Paths;
use credenza::problem::Kind;
use credenza::settings::Settings;

use super::{Page, pages};

/// The maximum number of lines that a new user has to read before trying the program.
const README_LINES: usize = 200;

#[test]
fn the_readme_is_short_and_each_page_has_one_title() {
    assert!(Page::read("README.md".into()).text.lines().count() <= README_LINES);
    for page in pages().iter().filter(|page| !page.path.ends_with("SUMMARY.md")) {
        let titles = page.prose().lines().filter(|line| line.starts_with("# ")).count();
        assert_eq!(titles, 1, "{}", page.path.display());
    }
}

#[test]
fn every_exit_code_is_in_its_table() {
    let page = Page::read("docs/reference/exit-codes.md".into());
    let words = [
        "internal",
        "usage",
        "not_found",
        "locked",
        "needs_authentication",
        "temporary",
        "storage",
        "rolled_back",
        "refused",
        "other_account",
        "command_not_executable",
        "command_not_found",
    ];
    for word in words {
        let code = Kind::from_word(word).unwrap().exit_code();
        let row = page.text.lines().find(|line| line.starts_with(&format!("| {code} |")));
        let row = row.unwrap_or_else(|| panic!("no row for {code}"));
        assert!(row.contains(&format!("`{word}`")), "{row} lacks {word}");
    }
}

#[test]
fn the_settings_page_has_every_key_and_each_example_is_taken() {
    let page = Page::read("docs/reference/settings.md".into());
    let folder = crate::scratch::folder();
    let paths = Paths::discover(Some(folder.path())).unwrap();
    std::fs::create_dir_all(paths.settings().parent().unwrap()).unwrap();
    let examples: String =
        page.blocks().into_iter().filter(|block| block.language == "toml").map(|block| block.text).collect();
    std::fs::write(paths.settings(), &examples).unwrap();
    let (_, warnings) = Settings::load(&paths).unwrap();
    assert_eq!(warnings, Vec::<String>::new());
    std::fs::write(paths.settings(), "no_such_key = 1\n").unwrap();
    let (_, warnings) = Settings::load(&paths).unwrap();
    let known = warnings[0].split("Known keys: ").nth(1).unwrap().trim_end_matches('.');
    for key in known.split(", ") {
        assert!(page.text.contains(&format!("| `{key}` |")), "{key} has no row");
        assert!(examples.contains(&format!("{key} = ")), "{key} has no example");
    }
}

#[test]
fn every_message_in_troubleshooting_is_one_the_program_has() {
    let sources = super::sources(&super::repository().join("src"));
    // A message may span two lines of source.
    let line_break = regex_lite::Regex::new(r"\\\n\s*").unwrap();
    let sources: Vec<_> = sources.iter().map(|text| line_break.replace_all(text, "")).collect();
    let page = Page::read("docs/troubleshooting.md".into());
    let quoted = page.text.lines().filter_map(|line| line.strip_prefix("### \"")?.strip_suffix('"'));
    let mut count = 0;
    for message in quoted {
        count += 1;
        let parts: Vec<&str> = message.split('…').map(|part| part.trim_start_matches('\'')).collect();
        let has = sources.iter().any(|text| parts.iter().all(|part| text.contains(part)));
        assert!(has, "the program does not say: {message}");
    }
    assert!(count >= 20, "only {count} messages were found");
}
