//! The program accepts every command line in the documentation.

use clap::CommandFactory as _;
use clap::error::ErrorKind;
use credenza::cli::arguments::Arguments;
use regex_lite::Regex;

use super::pages;

/// The languages of code blocks that contain commands.
const SHELLS: [&str; 4] = ["sh", "console", "bash", "cron"];

/// A code span may name a command without its required arguments; a line in a code block may not.
const NAMED_ONLY: [ErrorKind; 3] = [
    ErrorKind::MissingRequiredArgument,
    ErrorKind::MissingSubcommand,
    ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand,
];

/// What clap reports for lines that print help or the version.
const SHOWN: [ErrorKind; 2] = [ErrorKind::DisplayHelp, ErrorKind::DisplayVersion];

/// The command lines of this program in shell text, each up to where the shell ends it.
fn command_lines(text: &str) -> Vec<Vec<String>> {
    let text = text.replace("\\\n", " ");
    let start = Regex::new(r"(?m)(?:^|[\s(])(credenza )").unwrap();
    start.captures_iter(&text).map(|found| words(&text[found.get(1).unwrap().start()..])).collect()
}

/// Splits the first command into words, as a shell does.
fn words(text: &str) -> Vec<String> {
    let (mut words, mut word, mut quote): (Vec<String>, Option<String>, Option<char>) = (Vec::new(), None, None);
    let mut characters = text.chars();
    while let Some(c) = characters.next() {
        match (quote, c) {
            (Some(open), c) if c == open => quote = None,
            (None, '\'' | '"') => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (None, '\\') => word.get_or_insert_default().extend(characters.next()),
            // In `2>file`, the number belongs to the redirection.
            (None, '>') => {
                word = word.filter(|word| word != "2");
                break;
            }
            (None, '|' | '&' | ';' | ')' | '<' | '\n') => break,
            (None, '#') if word.is_none() => break,
            (None, ' ') => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

/// Replaces a placeholder whose value is not free text by a valid value.
fn filled(word: String) -> String {
    match word.as_str() {
        "N" | "NUMBER" | "OTHER" => "7".to_owned(),
        "TIME" => "5m".to_owned(),
        "DATE" => "2027-06-30".to_owned(),
        _ => word,
    }
}

fn is_accepted(kind: ErrorKind, is_span: bool) -> bool {
    SHOWN.contains(&kind) || is_span && NAMED_ONLY.contains(&kind)
}

#[test]
fn every_command_line_in_the_pages_parses() {
    let (mut count, mut wrong) = (0, Vec::new());
    for page in pages() {
        let blocks = page.blocks().into_iter().filter(|block| SHELLS.contains(&block.language));
        let lines = blocks.flat_map(|block| command_lines(&block.text)).map(|line| (line, false));
        let spans = page.spans().into_iter().filter(|span| span.starts_with("credenza "));
        let spans = spans.map(|span| (words(&span), true));
        for (line, is_span) in lines.chain(spans) {
            count += 1;
            let line: Vec<String> = line.into_iter().map(filled).collect();
            match Arguments::command().try_get_matches_from(&line) {
                Err(error) if !is_accepted(error.kind(), is_span) => {
                    wrong.push(format!("{}: {}: {error}", page.path.display(), line.join(" ")));
                }
                _ => {}
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(count >= 150, "only {count} command lines were found");
}

#[test]
fn command_lines_are_found_where_a_shell_finds_them() {
    let text = "$ curl --header @<(credenza token --header 'A b') https://x # not this\n\
                X=1 credenza list \\\n  --json | jq . > f\nuse credenza: as it is\n~/.config/credenza/x\n";
    let found = command_lines(text);
    assert_eq!(found, [vec!["credenza", "token", "--header", "A b"], vec!["credenza", "list", "--json"]]);
    assert!(Arguments::command().try_get_matches_from(["credenza", "list", "--no-such-flag"]).is_err());
}

#[test]
fn every_variable_the_pages_name_is_one_the_program_reads() {
    let variable = Regex::new(r"CREDENZA_[A-Z_]*[A-Z]").unwrap();
    let sources = super::sources(&super::repository().join("src"));
    for page in pages() {
        for found in variable.find_iter(&page.text) {
            let name = found.as_str();
            let is_of_tests = ["CREDENZA_WRITE_DOCS", "CREDENZA_TEST_THOROUGH"].contains(&name);
            let is_known = is_of_tests || sources.iter().any(|text| text.contains(name));
            assert!(is_known, "{}: {name}", page.path.display());
        }
    }
}
