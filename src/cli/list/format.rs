//! How `list` prints: a table, csv, tsv, JSON, or lines by a template.

use serde_json::{Map, Value};

use super::column::{Column, text};
use crate::nearest::suggestion;
use crate::printable::printable;
use crate::problem::{Kind, Problem};

/// Longest value of a line, in characters.
const LONGEST: usize = 4_096;

const NAMES: [&str; 4] = ["table", "csv", "tsv", "json"];

/// The output format.
#[derive(Debug)]
pub(super) enum Format {
    Table,
    Json,
    /// Values separated by this character; `true`: quoted as in RFC 4180.
    Separated(char, bool),
    /// Text and columns in turn.
    Template(Vec<Part>),
}

/// A part of a template.
#[derive(Debug)]
pub(super) enum Part {
    Text(String),
    Column(Column),
}

impl Format {
    /// The format that the options name.
    pub(super) fn parse(word: Option<&str>, json: bool) -> Result<Self, Problem> {
        match word {
            None if json => Ok(Self::Json),
            None | Some("table") => Ok(Self::Table),
            Some("json") => Ok(Self::Json),
            Some("csv") => Ok(Self::Separated(',', true)),
            Some("tsv") => Ok(Self::Separated('\t', false)),
            Some(template) if template.contains('{') => Ok(Self::Template(parts(template)?)),
            Some(other) => {
                Err(Problem::new(Kind::Usage, format!("Unknown format \"{other}\".{}", suggestion(other, NAMES)))
                    .try_this("Formats: table, csv, tsv, json, or a template such as '{name}: {status}'."))
            }
        }
    }

    /// All rows, each with a line break; csv and tsv begin with the columns' names.
    pub(super) fn lines(&self, columns: &[Column], rows: impl Iterator<Item = Map<String, Value>>) -> String {
        let mut lines = String::new();
        if let Self::Separated(separator, quotes) = self {
            let heading: Vec<String> = columns.iter().map(|column| column.key().to_owned()).collect();
            lines.push_str(&separated(&heading, *separator, *quotes));
        }
        for row in rows {
            let value = |column: &Column| printable(&text(row.get(column.key())), LONGEST);
            match self {
                Self::Separated(separator, quotes) => {
                    let values: Vec<String> = columns.iter().map(value).collect();
                    lines.push_str(&separated(&values, *separator, *quotes));
                }
                Self::Template(parts) => {
                    lines.extend(parts.iter().map(|part| match part {
                        Part::Text(text) => text.clone(),
                        Part::Column(column) => value(column),
                    }));
                    lines.push('\n');
                }
                Self::Table | Self::Json => {}
            }
        }
        lines
    }
}

fn separated(values: &[String], separator: char, quotes: bool) -> String {
    let cell = |value: &String| {
        if quotes && value.contains([separator, '"', '\n', '\r']) {
            format!("\"{}\"", value.replace('"', "\"\""))
        } else if quotes {
            value.clone()
        } else {
            value.replace([separator, '\n', '\r'], " ")
        }
    };
    values.iter().map(cell).collect::<Vec<_>>().join(&separator.to_string()) + "\n"
}

/// Parses columns in braces, `{{` for a brace, `\t` and `\n`.
fn parts(template: &str) -> Result<Vec<Part>, Problem> {
    let mut parts = Vec::new();
    let mut text = String::new();
    let mut rest = template;
    while let Some(c) = rest.chars().next() {
        let after = rest.get(c.len_utf8()..).unwrap_or_default();
        let pairs = [("{{", '{'), ("}}", '}'), ("\\t", '\t'), ("\\n", '\n'), ("\\\\", '\\')];
        if let Some((pair, meant)) = pairs.iter().find(|(pair, _)| rest.starts_with(pair)) {
            text.push(*meant);
            rest = rest.get(pair.len()..).unwrap_or_default();
        } else if c == '{' {
            let (name, behind) = after.split_once('}').ok_or_else(|| {
                Problem::new(Kind::Usage, "A brace of the template is not closed.")
                    .try_this("Write a column in braces, such as {name}, and {{ for a brace.")
            })?;
            parts.extend([Part::Text(std::mem::take(&mut text)), Part::Column(Column::parse(name)?)]);
            rest = behind;
        } else {
            text.push(c);
            rest = after;
        }
    }
    parts.push(Part::Text(text));
    Ok(parts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn row() -> Map<String, Value> {
        let Value::Object(row) = json!({ "name": "Zoho \"EU\", prod", "tags": ["a", "b"], "expires_on": null }) else {
            unreachable!("an object was written")
        };
        row
    }

    #[test]
    fn values_are_quoted_only_where_csv_needs_it() {
        let columns = [Column::Name, Column::Tags, Column::ExpiresOn];
        let lines = |word| Format::parse(Some(word), false).unwrap().lines(&columns, std::iter::once(row()));
        assert_eq!(lines("csv"), "name,tags,expires_on\n\"Zoho \"\"EU\"\", prod\",\"a,b\",\n");
        assert_eq!(lines("tsv"), "name\ttags\texpires_on\nZoho \"EU\", prod\ta,b\t\n");
        assert_eq!(lines("{{{name}}}\\t{tags}."), "{Zoho \"EU\", prod}\ta,b.\n");
    }

    #[test]
    fn a_wrong_format_or_column_is_named_with_the_nearest_right_one() {
        let wrong = |word| Format::parse(Some(word), false).unwrap_err().what;
        assert_eq!(wrong("tabel"), "Unknown format \"tabel\". Did you mean \"table\"?");
        assert_eq!(wrong("{nmae}"), "There is no column \"nmae\". Did you mean \"name\"?");
        assert!(wrong("{name").contains("not closed"));
    }
}
