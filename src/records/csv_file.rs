//! Converts lines of JSON to CSV (RFC 4180): flattens nested objects with dotted names, writes lists as JSON, and
//! disarms formulas.

use std::collections::HashMap;
use std::io::{self, BufRead, Write};

use serde_json::value::RawValue;

use crate::model::integration::Field;
use crate::raw_json::{compact, flatten, members, text_of};

const MAX_COLUMNS: usize = 1_000;

/// Levels of nested objects that become separate columns; deeper objects stay JSON.
const MAX_DEPTH: usize = 8;

/// The header line.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Columns {
    names: Vec<String>,
    places: HashMap<String, usize>,
    /// Whether nested values have columns of their own.
    flat: bool,
    /// Fields beyond the first thousand, which get no column.
    pub left_out: u64,
}

impl Columns {
    /// The columns that the user chose: one per field, whatever its value is.
    #[must_use]
    pub fn chosen(fields: &[Field]) -> Self {
        let mut columns = Self::default();
        for field in fields {
            columns.add(&field.name);
        }
        columns
    }

    /// The columns that occur in the records, in the order in which they first occur.
    ///
    /// # Errors
    /// An I/O error.
    pub fn found(lines: impl BufRead) -> io::Result<Self> {
        let mut columns = Self { flat: true, ..Self::default() };
        each(lines, |record| {
            flatten(record, MAX_DEPTH, &mut |name, _| columns.add(name));
            Ok(())
        })?;
        Ok(columns)
    }

    fn add(&mut self, name: &str) {
        if self.places.contains_key(name) {
            return;
        }
        if self.names.len() == MAX_COLUMNS {
            self.left_out += 1;
            return;
        }
        self.places.insert(name.to_owned(), self.names.len());
        self.names.push(name.to_owned());
    }

    fn row(&self, record: &RawValue) -> Vec<String> {
        let mut row = vec![String::new(); self.names.len()];
        let mut put = |name: &str, value: &RawValue| {
            if let Some(cell) = self.places.get(name).and_then(|place| row.get_mut(*place)) {
                *cell = cell_of(value);
            }
        };
        if self.flat {
            flatten(record, MAX_DEPTH, &mut put);
        } else {
            members(record).into_iter().flatten().for_each(|(name, value)| put(&name, value));
        }
        row
    }
}

pub(super) fn write(lines: impl BufRead, out: &mut impl Write, columns: &Columns) -> io::Result<()> {
    let mut writer = csv::WriterBuilder::new().terminator(csv::Terminator::CRLF).from_writer(out);
    writer.write_record(columns.names.iter().map(|name| disarmed(name.clone())))?;
    each(lines, |record| writer.write_record(columns.row(record)).map_err(io::Error::from))?;
    writer.flush()
}

fn each(mut lines: impl BufRead, mut take: impl FnMut(&RawValue) -> io::Result<()>) -> io::Result<()> {
    let mut line = String::new();
    while lines.read_line(&mut line)? > 0 {
        let record: &RawValue = serde_json::from_str(&line).map_err(|_| io::Error::other("a line is not JSON"))?;
        take(record)?;
        line.clear();
    }
    Ok(())
}

fn cell_of(value: &RawValue) -> String {
    match text_of(value) {
        Some(text) if value.get().starts_with('"') => disarmed(text),
        Some(text) if text == "null" => String::new(),
        Some(text) => text,
        None => {
            let mut json = Vec::new();
            compact(value, &mut json);
            String::from_utf8(json).unwrap_or_default()
        }
    }
}

/// Puts an apostrophe before a text that a spreadsheet would run as a formula (OWASP, "CSV Injection"); a plain number
/// stays as it is.
fn disarmed(text: String) -> String {
    let runs = text.starts_with(['=', '+', '-', '@', '\t', '\r', '\n', '\u{ff1d}', '\u{ff0b}', '\u{ff0d}', '\u{ff20}']);
    if runs && text.parse::<f64>().is_err() { format!("'{text}") } else { text }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::integration::parse_fields;

    fn csv(lines: &str, columns: &Columns) -> String {
        let mut out = Vec::new();
        write(lines.as_bytes(), &mut out, columns).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn columns_are_those_of_all_records_and_nested_ones_are_flat() {
        let lines = "{\"id\":1,\"user\":{\"mail\":\"a@b\",\"x\":{}}}\n{\"id\":2,\"tags\":[1,\"a, b\"],\"none\":null}\n";
        let columns = Columns::found(lines.as_bytes()).unwrap();
        assert_eq!(
            csv(lines, &columns),
            "id,user.mail,user.x,tags,none\r\n1,a@b,{},,\r\n2,,,\"[1,\"\"a, b\"\"]\",\r\n"
        );
    }

    #[test]
    fn chosen_fields_are_the_columns_in_their_order() {
        let columns = Columns::chosen(&parse_fields("b,a").unwrap());
        assert_eq!(csv("{\"b\":{\"c\":1},\"a\":\"x\\ny\"}\n", &columns), "b,a\r\n\"{\"\"c\"\":1}\",\"x\ny\"\r\n");
    }

    #[test]
    fn formulas_are_disarmed_and_numbers_are_not() {
        for (text, cell) in [
            ("=1+1", "'=1+1"),
            ("+49 30 1", "'+49 30 1"),
            ("-cmd|x", "'-cmd|x"),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("\tx", "'\tx"),
            ("\u{ff1d}1", "'\u{ff1d}1"),
            ("-12.5", "-12.5"),
            ("plain", "plain"),
        ] {
            assert_eq!(disarmed(text.to_owned()), cell);
        }
        let lines = "{\"=x\":-5}\n";
        assert_eq!(csv(lines, &Columns::found(lines.as_bytes()).unwrap()), "'=x\r\n-5\r\n");
    }

    #[test]
    fn columns_are_bounded_and_the_rest_is_counted() {
        let many: Vec<String> = (0..1_002).map(|n| format!("\"f{n}\":{n}")).collect();
        let line = format!("{{{}}}\n", many.join(","));
        assert_eq!(Columns::found(line.as_bytes()).unwrap().left_out, 2);
    }
}
