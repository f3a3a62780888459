//! Reads what other programs write: the file is told apart, parsed, and mapped; what is wrong is named by its line.

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
use super::{Entry, Reading};
use crate::problem::{Kind, NextStep, Problem};
use crate::secret::Secret;

/// Nothing but a refresh token: looks like nothing, and is never guessed.
const REFRESH_TOKEN: &str = "refresh-token";
/// What `credenza export --template` writes.
const TEMPLATE: &str = "template";

/// The words for the formats.
///
/// # Errors
/// Internal, for a table that does not parse.
pub fn format_words() -> Result<Vec<&'static str>, Problem> {
    let mut words = vec![REFRESH_TOKEN, TEMPLATE];
    words.extend(Shapes::load()?.shape.iter().map(|shape| shape.format.as_str()).filter(|word| !word.is_empty()));
    words.sort_unstable();
    words.dedup();
    Ok(words)
}

/// What the file says.
///
/// # Errors
/// `Kind::Usage`, with the place, for what is encrypted, is not of the format, is of none that is known, or is of one
/// that holds nothing for the vault.
pub fn read(bytes: &[u8], options: &Options) -> Result<Reading, Problem> {
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
            return Err(Problem::new(Kind::Usage, format!("Unknown format {word}."))
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

/// The first shape that fits, with the file parsed as it wants it. Of a format that a person named, the first one that can
/// be parsed will do: a hand-written file may lack what the program itself always writes.
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

/// The tree of a text; `None` where it does not look like this syntax.
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

fn lone(text: &str) -> Result<Reading, Problem> {
    let token = text.trim();
    if token.is_empty() || token.contains(char::is_whitespace) {
        return Err(Problem::new(Kind::Usage, "The file is not one refresh token.")
            .why("It is empty, or holds more than one word."));
    }
    let entry = Entry { refresh_token: Some(Secret::new(token.to_owned())), ..Entry::default() };
    Ok(Reading { shape: "refresh token".to_owned(), entries: vec![entry], ..Reading::default() })
}
