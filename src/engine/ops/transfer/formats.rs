//! Reads the file formats of other programs: recognizes, parses and maps a file; errors name the line.

mod braces;
mod bru;
mod decode;
mod dotenv;
mod environment;
mod ini;
mod json;
mod mapping;
mod path;
mod shape;
mod table;
mod template;
mod text;

use std::collections::BTreeMap;

use serde_json::Value;

pub use self::shape::Options;
use self::shape::{Shape, Shapes, Syntax};
use super::{Entry, ParsedFile};
use crate::nearest::suggestion;
use crate::problem::{Kind, NextStep, Problem};
use crate::secret::Secret;

/// A bare refresh token. It cannot be recognized, so the user must name this format.
const REFRESH_TOKEN: &str = "refresh-token";
/// The format of `credenza export --template`.
const TEMPLATE: &str = "template";

/// The names of the formats.
///
/// # Errors
/// `Kind::Internal` for a table that does not parse.
pub(crate) fn format_words() -> Result<Vec<&'static str>, Problem> {
    let mut words = vec![REFRESH_TOKEN, TEMPLATE];
    words.extend(Shapes::load()?.shape.iter().map(|shape| shape.format.as_str()).filter(|word| !word.is_empty()));
    words.sort_unstable();
    words.dedup();
    Ok(words)
}

/// Reads a file.
///
/// # Errors
/// `Kind::Usage`, with the position, for a file that is encrypted, not of the named format, of an unknown format, or
/// without anything for the vault.
pub fn read(bytes: &[u8], options: &Options) -> Result<ParsedFile, Problem> {
    let shapes = Shapes::load()?;
    if let Some(sealed) = shapes.sealed(bytes) {
        return Err(
            Problem::new(Kind::Usage, format!("The file is encrypted: {}.", sealed.name)).try_this(&sealed.open)
        );
    }
    let text = decode::text(bytes)?;
    let known = format_words()?;
    match options.format.as_deref() {
        Some(REFRESH_TOKEN) => return lone(&text),
        Some(TEMPLATE) => return template::read(&text),
        Some(word) if !known.contains(&word) => {
            return Err(Problem::new(
                Kind::Usage,
                format!("Unknown format {word}.{}", suggestion(word, known.iter().copied())),
            )
            .try_this(format!("Formats: {}.", known.join(", "))));
        }
        None if template::is_one(&text) => return template::read(&text),
        _ => {}
    }
    let (shape, tree) = recognize(shapes, &text, options)?.ok_or_else(|| {
        Problem::new(Kind::Usage, "Unrecognized file format.")
            .why("The content matches none of the known formats.")
            .try_this(format!("Formats: {}.", known.join(", ")))
            .step(NextStep::NameFormat)
    })?;
    let reading = mapping::read(shape, &tree, options)?;
    if reading.entries.is_empty() {
        let why = match reading.left_out.first() {
            Some(first) if first.name.is_empty() => first.why.clone(),
            Some(first) => format!("{}: {}", first.name, first.why),
            None => "Nothing in it has a client ID, a refresh token or a key.".to_owned(),
        };
        return Err(Problem::new(Kind::Usage, "The file contains no credential that can be imported.")
            .why(format!("It contains: {}. {why}", shape.name)));
    }
    Ok(reading)
}

/// The first shape that fits, with the parsed file. If the user named the format, the first shape that parses is
/// accepted: a hand-written file may lack what the program itself always writes.
fn recognize(
    shapes: &'static Shapes,
    text: &str,
    options: &Options,
) -> Result<Option<(&'static Shape, Value)>, Problem> {
    let mut parsed: BTreeMap<Syntax, Result<Option<Value>, Problem>> = BTreeMap::new();
    let wanted = options.format.as_deref();
    let (mut failure, mut as_named) = (None, None);
    for shape in shapes.shape.iter().filter(|shape| wanted.is_none_or(|word| word == shape.format)) {
        if !shape.matches_text(text)? {
            continue;
        }
        let tree = parsed.entry(shape.syntax).or_insert_with(|| parse(shape.syntax, text, wanted.is_some()));
        match tree {
            Ok(Some(tree)) if shape.fits(tree) || shape.columns && !options.columns.is_empty() => {
                return Ok(Some((shape, tree.clone())));
            }
            Ok(Some(tree)) if wanted.is_some() && shape.refused.is_none() => {
                as_named = as_named.or_else(|| Some((shape, tree.clone())));
            }
            Ok(_) => {}
            Err(problem) => failure = failure.or_else(|| Some(problem.clone())),
        }
    }
    as_named.map_or_else(|| failure.map_or(Ok(None), Err), |found| Ok(Some(found)))
}

/// The parsed text; `None` if it does not look like this syntax.
fn parse(syntax: Syntax, text: &str, named: bool) -> Result<Option<Value>, Problem> {
    match syntax {
        Syntax::Json => json::read(text, named),
        Syntax::Ini => ini::read(text, named),
        Syntax::Env => dotenv::read(text, named),
        Syntax::Braces => braces::read(text, named),
        Syntax::Bru => bru::read(text, named),
        Syntax::Csv => table::read(text),
        Syntax::Text => Ok(Some(Value::Null)),
    }
}

fn lone(text: &str) -> Result<ParsedFile, Problem> {
    let token = text.trim();
    if token.is_empty() || token.contains(char::is_whitespace) {
        return Err(Problem::new(Kind::Usage, "The file is not one refresh token.")
            .why("It is empty, or holds more than one word."));
    }
    let entry = Entry { refresh_token: Some(Secret::new(token.to_owned())), ..Entry::default() };
    Ok(ParsedFile { shape: "refresh token".to_owned(), entries: vec![entry], ..ParsedFile::default() })
}
