//! The documentation is in plain American English: it contains none of the words that are known to be wrong.

use std::sync::LazyLock;

use credenza::model::credential::Status;
use regex_lite::Regex;

use super::{pages, repository};

/// Literal translations, archaisms and riddles, each with its replacement.
const WRONG: &[(&str, &str)] = &[
    (r"mend(s|ed|ing)?", "fix"),
    (r"anew", "again, or: from the start"),
    (r"whoever", "anyone who"),
    (r"of (ours|theirs)", "our, their"),
    (r"as (it|they) stands?", "unchanged"),
    (r"comes? of it", "happens"),
    (r"tells? of", "describes"),
    (r"in force", "active"),
    (r"told apart", "distinguished by"),
    (r"by hand", "manually"),
    (r"for good", "permanently"),
    (r"for a drawer", "in case the passphrase is lost"),
    (r"what ends", "deadlines"),
    (
        r"(it|this|that|answer|result|name|line|which) is no (json|path|text|terminal|file|secret|valid|longer a)",
        "is not",
    ),
    (r"apart by (blanks|commas)", "separated by"),
    (r"blanks?", "space"),
    (r"whom to ask", "owner or contact"),
    (r"(go|goes|gone|went) on (with|where|there)", "resume, or keep using"),
    (r"cannot be (told|listened at|gone)", "say what happens"),
    (r"(lies|stands|gives)", "is, has, prints, or another verb"),
    (r"heeds?", "obey"),
    (r"in (the )?place of", "instead of"),
    (r"(not|nothing) as (it|they) (was|were|must)", "changed, malformed"),
    (r"permissions that do", "the minimum permissions required"),
    (r"takes no", "accepts no"),
    (r"(every )?kinds? of records?", "record type"),
    (r"needs? (you|a person)", "needs attention"),
    (r"on the spot", "now"),
    (r"for ever", "forever"),
    (r"(does|do) not take the", "rejects the"),
    (r"is started again", "restarts, the next time it starts"),
];

pub(super) fn wrong_words(text: &str) -> Vec<String> {
    static CODE: LazyLock<Regex> = LazyLock::new(|| Regex::new("`[^`]*`").unwrap());
    static PATTERNS: LazyLock<Vec<(Regex, &str)>> = LazyLock::new(|| {
        let compiled = WRONG.iter().map(|(pattern, right)| (format!(r"(?i)\b{pattern}\b"), *right));
        compiled.map(|(pattern, right)| (Regex::new(&pattern).unwrap(), right)).collect()
    });
    let spaced = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // Code is not checked.
    let spaced = CODE.replace_all(&spaced, "`");
    let found = PATTERNS.iter().filter_map(|(pattern, right)| Some((pattern.find(&spaced)?.as_str(), right)));
    found.map(|(word, right)| format!("\"{word}\": {right}")).collect()
}

#[test]
fn no_page_has_a_word_that_is_known_to_be_wrong() {
    let mut wrong = Vec::new();
    let catalog = super::Page::read("assets/catalog/README.md".into());
    for page in pages().into_iter().chain([catalog]) {
        wrong.extend(wrong_words(&page.prose()).iter().map(|word| format!("{}: {word}", page.path.display())));
    }
    let changelog = super::Page::read("CHANGELOG.md".into()).prose();
    let newest = changelog.split("\n## ").nth(1).unwrap();
    wrong.extend(wrong_words(newest).iter().map(|word| format!("CHANGELOG.md: {word}")));
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_wrong_word_is_found() {
    assert_eq!(wrong_words("Mend that first."), ["\"Mend\": fix"]);
    assert_eq!(wrong_words("It recommends a\nfile of\nours."), ["\"of ours\": our, their"]);
}

#[test]
fn the_table_of_statuses_has_the_words_of_the_screens() {
    let page = std::fs::read_to_string(repository().join("docs/getting-started.md")).unwrap();
    let rows = page.lines().skip_while(|line| !line.starts_with("| status | means |")).skip(2);
    let words: Vec<&str> = rows.map_while(|row| row.strip_prefix("| ")?.split(" | ").next()).collect();
    assert_eq!(
        words,
        Status::ALL.map(Status::word),
        "docs/getting-started.md lists other statuses than the program has"
    );
}
