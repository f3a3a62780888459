//! Source files as the checks see them: their module, the code without comments and text, and the part that ships.

use std::fs;
use std::path::{Path, PathBuf};

pub(super) struct Source {
    /// Relative to the repository root: `src/vault/file.rs`.
    pub(super) path: String,
    /// The unchanged text of the file.
    pub(super) text: String,
    /// The text with comments and the contents of literals replaced by spaces; line numbers are unchanged.
    pub(super) code: String,
    /// [`Source::code`] without items under `#[cfg(test)]`.
    pub(super) shipped: String,
}

impl Source {
    fn read(root: &Path, file: &Path) -> Self {
        let path = file.strip_prefix(root).unwrap().to_string_lossy().replace('\\', "/");
        Self::new(&path, &fs::read_to_string(file).unwrap())
    }

    pub(super) fn new(path: &str, text: &str) -> Self {
        let code = blank(text);
        let shipped = without_tests(&code);
        Self { path: path.to_owned(), text: text.to_owned(), code, shipped }
    }

    /// The module path: `["vault", "file"]` for `src/vault/file.rs`; empty for the crate root.
    pub(super) fn module(&self) -> Vec<&str> {
        let inner = self.path.strip_prefix("src/").unwrap_or(&self.path).trim_end_matches(".rs");
        inner.split('/').filter(|part| !matches!(*part, "mod" | "lib" | "main")).collect()
    }

    /// All string literals that ship, with their byte offsets.
    pub(super) fn shipped_texts(&self) -> Vec<(usize, &str)> {
        let texts = texts(&self.text);
        // The opening quote is not blanked where the literal ships.
        let mut marked = self.code.clone().into_bytes();
        for (start, _) in &texts {
            marked[*start] = b'"';
        }
        let shipped = without_tests(&String::from_utf8(marked).unwrap());
        // Blanking test items keeps byte offsets only if the code outside of literals is ASCII.
        assert!(shipped.len() == self.text.len(), "{}: code outside of text is not ASCII", self.path);
        let ships = |start: usize| shipped.as_bytes()[start] == b'"';
        texts
            .into_iter()
            .filter(|(start, _)| ships(*start))
            .map(|(start, end)| (start, inside(&self.text[start..end])))
            .collect()
    }

    /// The line number of the byte offset `at`.
    pub(super) fn line(&self, at: usize) -> usize {
        self.code[..at].matches('\n').count() + 1
    }
}

/// All Rust files in `folder` (`src`, `tests`) and its subfolders, sorted by path.
pub(super) fn below(folder: &str) -> Vec<Source> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let mut files = Vec::new();
    collect(&root.join(folder), &mut files);
    files.sort();
    files.iter().map(|file| Source::read(root, file)).collect()
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_none_or(|name| name != "node_modules") {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            files.push(path);
        }
    }
}

/// A comment or a literal.
#[derive(Clone, Copy, Eq, PartialEq)]
enum Part {
    Comment,
    Text,
    Character,
}

/// All comments and literals, each with its start and end offset.
fn parts(text: &str) -> Vec<(Part, usize, usize)> {
    let bytes = text.as_bytes();
    let mut found = Vec::new();
    let mut at = 0;
    while at < bytes.len() {
        let (part, end) = match bytes[at] {
            b'/' if bytes[at..].starts_with(b"//") => (Part::Comment, find(bytes, at, b"\n")),
            b'/' if bytes[at..].starts_with(b"/*") => (Part::Comment, find(bytes, at, b"*/")),
            b'r' if !continues_a_word(bytes, at) => (Part::Text, raw_text_end(bytes, at).unwrap_or(at)),
            b'"' => (Part::Text, quoted_end(bytes, at)),
            b'\'' => (Part::Character, char_end(bytes, at).unwrap_or(at)),
            _ => (Part::Comment, at),
        };
        if end > at {
            found.push((part, at, end));
        }
        at = end.max(at + 1);
    }
    found
}

/// Replaces comments and the contents of literals by spaces, byte for byte, so that offsets and lines do not change.
fn blank(text: &str) -> String {
    let mut out = text.as_bytes().to_vec();
    for (_, start, end) in parts(text) {
        for byte in out[start..end].iter_mut().filter(|byte| **byte != b'\n') {
            *byte = b' ';
        }
    }
    String::from_utf8(out).unwrap()
}

/// The start and end offsets of the string literals.
fn texts(text: &str) -> Vec<(usize, usize)> {
    parts(text).into_iter().filter(|(part, ..)| *part == Part::Text).map(|(_, start, end)| (start, end)).collect()
}

/// Strips the quotes of a literal.
fn inside(literal: &str) -> &str {
    literal.trim_start_matches('r').trim_matches('#').trim_matches('"')
}

fn continues_a_word(bytes: &[u8], at: usize) -> bool {
    at > 0 && (bytes[at - 1].is_ascii_alphanumeric() || bytes[at - 1] == b'_') && bytes[at - 1] != b'b'
}

fn find(bytes: &[u8], from: usize, end: &[u8]) -> usize {
    bytes[from..].windows(end.len()).position(|window| window == end).map_or(bytes.len(), |at| from + at + end.len())
}

/// The end of `r"…"` or `r#"…"#`.
fn raw_text_end(bytes: &[u8], at: usize) -> Option<usize> {
    let hashes = bytes[at + 1..].iter().take_while(|byte| **byte == b'#').count();
    (bytes.get(at + 1 + hashes) == Some(&b'"')).then(|| {
        let end: Vec<u8> = std::iter::once(b'"').chain(std::iter::repeat_n(b'#', hashes)).collect();
        find(bytes, at + 2 + hashes, &end)
    })
}

fn quoted_end(bytes: &[u8], at: usize) -> usize {
    let mut end = at + 1;
    while end < bytes.len() && bytes[end] != b'"' {
        end += if bytes[end] == b'\\' { 2 } else { 1 };
    }
    (end + 1).min(bytes.len())
}

/// The end of a character literal; `None` for a lifetime.
fn char_end(bytes: &[u8], at: usize) -> Option<usize> {
    if bytes.get(at + 1) == Some(&b'\\') {
        return Some(find(bytes, at + 3, b"'"));
    }
    let close = bytes[at + 1..].iter().take(5).position(|byte| *byte == b'\'')?;
    let inside = std::str::from_utf8(&bytes[at + 1..at + 1 + close]).ok()?;
    (inside.chars().count() == 1).then_some(at + close + 2)
}

/// Blanks all items under `#[cfg(test)]`.
fn without_tests(code: &str) -> String {
    const MARK: &str = "#[cfg(test)]";
    let mut out = code.to_owned();
    let mut from = 0;
    while let Some(start) = out[from..].find(MARK).map(|at| from + at) {
        let end = item_end(&out, start + MARK.len());
        let blanked: String = out[start..end].chars().map(|c| if c == '\n' { '\n' } else { ' ' }).collect();
        out = format!("{}{blanked}{}", &out[..start], &out[end..]);
        from = start + blanked.len();
    }
    out
}

/// The end of the item that begins at `from`: its `;`, or the closing brace of its body.
pub(super) fn item_end(code: &str, from: usize) -> usize {
    let mut round = 0_i32;
    let mut curly = 0_i32;
    for (at, c) in code[from..].char_indices() {
        match c {
            '(' | '[' => round += 1,
            ')' | ']' => round -= 1,
            '{' => curly += 1,
            '}' if curly == 1 && round == 0 => return from + at + 1,
            '}' => curly -= 1,
            ';' if curly == 0 && round == 0 => return from + at + 1,
            _ => {}
        }
    }
    code.len()
}

#[test]
fn comments_and_text_are_not_code() {
    let code = blank("a // b\n\"c \\\" d\" e r#\"f\"# 'g' '\\'' &'h i /* j */ k");
    assert_eq!(code.split_whitespace().collect::<Vec<_>>(), ["a", "e", "&'h", "i", "k"]);
}

#[test]
fn items_under_cfg_test_do_not_ship() {
    let shipped =
        without_tests("use a;\n#[cfg(test)]\nmod tests { fn x() { 1; } }\nfn b() {}\n#[cfg(test)]\nuse c;\nuse d;");
    assert_eq!(shipped.split_whitespace().collect::<Vec<_>>(), ["use", "a;", "fn", "b()", "{}", "use", "d;"]);
}
