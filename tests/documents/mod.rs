//! Checks that README, SECURITY and `docs/` are correct: their commands parse, their links resolve, and their examples
//! are what the program prints. `CREDENZA_WRITE_DOCS=1 cargo test documents` writes the generated parts.

mod collector;
mod commands;
mod dependencies;
mod examples;
mod links;
mod messages;
mod reference;
mod schemas;
mod shape;
mod team_cases;
mod vault_examples;
mod words;

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

struct Page {
    /// Relative to the repository root.
    path: PathBuf,
    text: String,
}

/// A fenced code block: the word after the fence, and its lines.
struct Block<'a> {
    language: &'a str,
    text: String,
}

fn repository() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// README, SECURITY, CONTRIBUTING, and all pages in `docs/`.
fn pages() -> Vec<Page> {
    let mut paths = ["README.md", "SECURITY.md", "CONTRIBUTING.md"].map(PathBuf::from).to_vec();
    let mut folders = vec![PathBuf::from("docs")];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(repository().join(&folder)).unwrap() {
            let entry = entry.unwrap();
            let path = folder.join(entry.file_name());
            if entry.file_type().unwrap().is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "md") {
                paths.push(path);
            }
        }
    }
    paths.sort();
    paths.into_iter().map(Page::read).collect()
}

/// Compares a generated page with the file, or writes it when `CREDENZA_WRITE_DOCS` is set.
#[track_caller]
fn hold(path: &str, wanted: &str) {
    let path = repository().join(path);
    if std::env::var_os("CREDENZA_WRITE_DOCS").is_some() {
        fs::write(&path, wanted).unwrap();
    }
    let found = fs::read_to_string(&path).unwrap_or_default();
    // Only the lines that differ: some pages have thousands.
    let only_in = |one: &str, other: &str| {
        let others: BTreeSet<&str> = other.lines().collect();
        let lines: Vec<&str> = one.lines().filter(|line| !others.contains(line)).take(20).collect();
        lines.join("\n  ")
    };
    assert!(
        found == wanted,
        "{} is out of date. To write it: `just docs`, or CREDENZA_WRITE_DOCS=1 cargo test documents\nmissing:\n  {}\n\
         no longer true:\n  {}",
        path.display(),
        only_in(wanted, &found),
        only_in(&found, wanted),
    );
}

impl Page {
    fn read(path: PathBuf) -> Self {
        let text =
            fs::read_to_string(repository().join(&path)).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        Self { path, text }
    }

    fn blocks(&self) -> Vec<Block<'_>> {
        let (mut blocks, mut open): (Vec<Block<'_>>, bool) = (Vec::new(), false);
        for line in self.text.lines() {
            match (line.trim_start().strip_prefix("```"), open) {
                (Some(language), false) => {
                    blocks.push(Block { language: language.trim(), text: String::new() });
                    open = true;
                }
                (Some(_), true) => open = false,
                (None, true) => blocks.last_mut().unwrap().text.extend([line, "\n"]),
                (None, false) => {}
            }
        }
        assert!(!open, "{}: a fence is not closed", self.path.display());
        blocks
    }

    /// The text without its fenced code blocks.
    fn prose(&self) -> String {
        let mut open = false;
        let mut prose = String::new();
        for line in self.text.lines() {
            if line.trim_start().starts_with("```") {
                open = !open;
            } else if !open {
                prose.extend([line, "\n"]);
            }
        }
        prose
    }

    fn spans(&self) -> Vec<String> {
        let spans = regex_lite::Regex::new("`([^`]+)`").unwrap();
        spans.captures_iter(&self.prose()).map(|found| found[1].replace("\\|", "|").replace('\n', " ")).collect()
    }
}

/// The texts of all source files in a folder and its subfolders.
fn sources(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let texts = |path: PathBuf| {
        if path.is_dir() { sources(&path) } else { vec![fs::read_to_string(path).unwrap()] }
    };
    entries.flat_map(texts).collect()
}
