//! Reads a sample of every file format that an import accepts. `docs/reference/import-files.md` is generated from it:
//! `CREDENZA_WRITE_DOCS=1` writes it.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use credenza::engine::ops::transfer::{Entry, Options, ParsedFile, read};
use credenza::problem::Problem;
use serde::Deserialize;

#[derive(Deserialize)]
struct Files {
    file: Vec<File>,
}

#[derive(Deserialize)]
struct File {
    title: String,
    #[serde(default)]
    text: String,
    hex: Option<String>,
    encoding: Option<String>,
    format: Option<String>,
    expect: String,
}

fn files() -> Vec<File> {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/import_shapes/files.toml");
    toml::from_str::<Files>(&std::fs::read_to_string(path).unwrap()).unwrap().file
}

impl File {
    fn bytes(&self) -> Vec<u8> {
        if let Some(hex) = &self.hex {
            return (0..hex.len()).step_by(2).map(|at| u8::from_str_radix(&hex[at..at + 2], 16).unwrap()).collect();
        }
        if self.encoding.is_none() {
            return self.text.clone().into_bytes();
        }
        "\u{feff}".encode_utf16().chain(self.text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
    }

    fn read(&self) -> Result<ParsedFile, Problem> {
        read(&self.bytes(), &Options { format: self.format.clone(), ..Options::default() })
    }
}

fn whole(problem: &Problem) -> String {
    [problem.what.as_str(), &problem.why, &problem.try_this].join(" ").trim().to_owned()
}

#[test]
fn each_shape_is_read_or_refused_as_it_should_be() {
    let files = files();
    assert!(files.len() >= 87, "{}", files.len());
    let mut wrong = Vec::new();
    for file in &files {
        let (said, is_right) = match (file.read(), file.expect.strip_prefix('!')) {
            (Ok(reading), expected) => {
                let names: Vec<&str> = reading.entries.iter().map(|entry| entry.name.as_str()).collect();
                (names.join(", "), expected.is_none() && names.join(", ") == file.expect)
            }
            (Err(problem), expected) => {
                let said = whole(&problem);
                let is_right = expected.is_some_and(|part| said.contains(part)) && !said.contains("CNRY");
                (said, is_right)
            }
        };
        if !is_right {
            wrong.push(format!("{}: {said}", file.title));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn entry_of(title: &str) -> Entry {
    let files = files();
    let file = files.iter().find(|file| file.title == title).unwrap();
    file.read().unwrap().entries.remove(0)
}

#[test]
fn a_quoted_value_is_read_whole() {
    for (title, secret) in [
        (".env: escaped quotation mark", "CNRY\"s"),
        (".env: back quotes", "CNRY\"'s"),
        (".env: a value of several lines", "CNRY-s"),
        ("pizauth: escaped quotation mark", "CNRY\"s=x"),
        ("Bruno request", "CNRY:s#e"),
    ] {
        assert_eq!(entry_of(title).client_secret.unwrap().expose(), secret, "{title}");
    }
    assert_eq!(entry_of(".env: scopes as a JSON list").scopes, ["a.read", "b.read"]);
    assert_eq!(entry_of("pizauth: scopes over several lines, comments").scopes, ["one", "two"]);
    assert_eq!(entry_of("rclone: token wrapped over indented lines").refresh_token.unwrap().expose(), "CNRY-r");
}

#[test]
fn what_a_file_says_of_its_provider_is_kept() {
    assert_eq!(entry_of("rclone: drive, own client").integrations, ["google-drive"]);
    assert_eq!(entry_of("rclone: drive, own client").unread, ["team_drive"]);
    assert_eq!(entry_of("Postman environment").issuer.as_deref(), Some("https://accounts.zoho.eu"));
    let bruno = entry_of("Bruno request").variables;
    assert_eq!((bruno["client_auth"].as_str(), bruno["pkce"].as_str()), ("basic", "none"));
    let grant = entry_of("Postman collection: client credentials").grant.unwrap();
    assert_eq!(grant.code(), "client_credentials");
    let variables = entry_of("Postman collection: its own variables");
    assert_eq!(variables.token_url.as_deref(), Some("https://idp.example/token"));
}

/// The parts of an entry that an import reads.
fn parts(entry: &Entry) -> String {
    let mut parts = Vec::new();
    let all = [
        (!entry.client_id.is_empty(), "client ID"),
        (entry.client_secret.is_some(), "client secret"),
        (entry.refresh_token.is_some(), "refresh token"),
        (entry.typed_in.is_some(), "key"),
        (!entry.scopes.is_empty(), "scopes"),
        (entry.urls().next().is_some(), "endpoints"),
        (!entry.redirect_uri.is_empty(), "redirect URI"),
    ];
    parts.extend(all.into_iter().filter(|(there, _)| *there).map(|(_, word)| word.to_owned()));
    parts.extend(entry.variables.keys().map(|name| format!("`{name}`")));
    parts.join(", ")
}

/// Each kind of file once, with everything that is read from any file of that kind.
fn kinds() -> String {
    let mut kinds: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for reading in files().iter().filter_map(|file| file.read().ok()) {
        let read = kinds.entry(reading.shape).or_default();
        read.extend(
            reading.entries.iter().flat_map(|entry| parts(entry).split(", ").map(str::to_owned).collect::<Vec<_>>()),
        );
    }
    let mut table = "| kind of file | what is read |\n|---|---|\n".to_owned();
    for (kind, read) in kinds {
        let (settings, fields): (Vec<String>, Vec<String>) = read.into_iter().partition(|part| part.starts_with('`'));
        let settings = if settings.is_empty() { String::new() } else { "; settings of the integration".to_owned() };
        writeln!(table, "| {} | {}{settings} |", kind.replace('|', "\\|"), fields.join(", ")).unwrap();
    }
    table
}

fn page() -> String {
    let mut page = format!(
        "# Files that can be imported\n\n\
        `credenza import FILE` recognizes these files by their content. A secret is stored only for an integration whose\n\
        hosts the file names, or that the file identifies by name; `--dry-run` shows the host for each entry. What is not\n\
        imported is named on standard error.\n\n{}\n\
        ## Tested files\n\n\
        Every file below is read by a test of each release.\n\n\
        | file | recognized as | what is read | left out, and why |\n|---|---|---|---|\n",
        kinds()
    );
    for file in files() {
        let cell = |text: String| text.replace('|', "\\|").replace('\n', " ");
        let (shape, read, left) = match file.read() {
            Ok(reading) => {
                let mut read: Vec<String> = reading.entries.iter().map(parts).collect();
                if let [first, others @ ..] = read.as_slice()
                    && !others.is_empty()
                    && others.iter().all(|other| other == first)
                {
                    read = vec![format!("{} entries: {first}", reading.entries.len())];
                }
                let unread =
                    reading.entries.iter().flat_map(|entry| entry.unread.iter().map(|name| format!("`{name}`")));
                let left = reading.left_out.iter().map(|one| format!("{}: {}", one.name, one.why));
                (reading.shape, read.join("; "), unread.chain(left).collect::<Vec<_>>().join("; "))
            }
            Err(problem) => ("–".to_owned(), "nothing".to_owned(), whole(&problem)),
        };
        writeln!(page, "| {} | {} | {} | {} |", cell(file.title), cell(shape), cell(read), cell(left)).unwrap();
    }
    page
}

#[test]
fn the_reference_page_says_what_is_read() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/import-files.md");
    if std::env::var_os("CREDENZA_WRITE_DOCS").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    assert!(!page().contains("CNRY"));
    assert_eq!(
        std::fs::read_to_string(path).unwrap_or_default(),
        page(),
        "to write it: CREDENZA_WRITE_DOCS=1 cargo test import_shapes"
    );
}
