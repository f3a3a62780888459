//! Parses CSV with a header into a list of objects with the columns as keys.

use serde_json::{Map, Value};

use crate::problem::{Kind, Problem};

pub(super) fn read(text: &str) -> Result<Option<Value>, Problem> {
    let first = text.lines().next().unwrap_or_default();
    let Some(delimiter) = [b',', b';', b'\t'].into_iter().find(|one| first.contains(char::from(*one))) else {
        return Ok(None);
    };
    let mut reader = csv::ReaderBuilder::new().delimiter(delimiter).from_reader(text.as_bytes());
    let broken = |error: &csv::Error| {
        let line = error.position().map_or(0, csv::Position::line);
        Problem::new(Kind::Usage, "A row has more or fewer columns than the header.").why(format!("Line {line}."))
    };
    let header = reader.headers().map_err(|error| broken(&error))?.clone();
    let mut rows = Vec::new();
    for row in reader.records() {
        let row = row.map_err(|error| broken(&error))?;
        let cells = header.iter().zip(&row).map(|(name, cell)| (name.trim().to_owned(), Value::from(cell)));
        rows.push(Value::Object(cells.collect::<Map<_, _>>()));
    }
    Ok(Some(Value::Array(rows)))
}
