//! `credenza list`: the credentials, filtered and sorted. JSON: an array of what `row` documents, or of the columns
//! that were asked for.

mod color;
mod column;
mod filter;
mod format;

use std::sync::Arc;

use serde_json::{Map, Value};

use super::arguments::list::List;
use super::output::Output;
use super::row;
use crate::engine::ops::credentials;
use crate::engine::{Session, Snapshot};
use crate::model::credential::Credential;
use crate::model::unreadable::Unreadable;
use crate::printable::printable;
use crate::problem::Problem;
use color::Colors;
use column::Column;
use format::Format;

/// Widest cell of the table, in characters.
const WIDEST: usize = 80;

/// The default columns of the table.
const USUAL: [Column; 5] = [Column::Name, Column::Integration, Column::Grant, Column::Status, Column::Owner];

pub(super) fn run(session: &Session, arguments: &List, output: Output) -> Result<(), Problem> {
    let columns = arguments.columns.iter().map(|word| Column::parse(word)).collect::<Result<Vec<_>, _>>()?;
    let sort = arguments.sort.as_deref().map(Column::parse).transpose()?;
    let format = Format::parse(arguments.format.as_deref(), output.json)?;
    let snapshot = credentials::snapshot(session)?;
    for name in &snapshot.unreadable {
        output.note(&format!("credenza: \"{name}\" cannot be read by this version; it is kept as it is"));
    }
    let found = filter::matches(session, &snapshot, arguments)?;
    if let Some(mistake) = &found.mistake {
        output.note(&format!("credenza: {mistake}"));
    }
    let mut list: Vec<&Arc<Credential>> =
        found.places.iter().filter_map(|place| snapshot.credentials.list.get(*place)).collect();
    if let Some(column) = sort {
        column::sort(&mut list, column, arguments.reverse, session);
    }
    match format {
        Format::Json => output.value(&list.iter().map(|one| json(one, &columns, session)).collect::<Vec<_>>()),
        Format::Table => {
            let unreadable = if found.is_filtered { &[] } else { snapshot.credentials.unreadable.as_slice() };
            let columns = if columns.is_empty() { USUAL.to_vec() } else { columns };
            table(session, &snapshot, &list, unreadable, &columns, Colors::chosen(arguments.color), output)
        }
        other => {
            let columns = if columns.is_empty() { column::ALL.to_vec() } else { columns };
            let rows = list.iter().map(|one| values(one, session));
            output.text(&other.lines(&columns, rows))
        }
    }
}

/// A credential like that of `row`, or the requested columns.
fn json(credential: &Credential, columns: &[Column], session: &Session) -> Value {
    if columns.is_empty() { row::json(credential, &session.workspace) } else { kept(credential, columns, session) }
}

fn kept(credential: &Credential, columns: &[Column], session: &Session) -> Value {
    let mut all = values(credential, session);
    let kept = columns.iter().filter_map(|column| all.remove_entry(column.key())).collect::<Map<String, Value>>();
    Value::Object(kept)
}

/// The values of all columns.
fn values(credential: &Credential, session: &Session) -> Map<String, Value> {
    let mut all = match row::json(credential, &session.workspace) {
        Value::Object(all) => all,
        _ => Map::new(),
    };
    all.insert("description".to_owned(), credential.details.description.clone().into());
    all
}

fn table(
    session: &Session,
    snapshot: &Snapshot,
    list: &[&Arc<Credential>],
    unreadable: &[Unreadable],
    columns: &[Column],
    colors: Colors,
    output: Output,
) -> Result<(), Problem> {
    if list.is_empty() && unreadable.is_empty() {
        output.note(if snapshot.credentials.list.is_empty() {
            "No credentials yet. Add one with: credenza add"
        } else {
            "No credential matches."
        });
        return Ok(());
    }
    let now = session.workspace.clock.now();
    let alike = snapshot.credentials.lookalikes();
    let cells = |credential: &&Arc<Credential>| {
        let cell = |column: &Column| match column {
            Column::Name => alike.label(credential.id, &credential.name),
            column => column.words(credential, session),
        };
        columns.iter().map(|column| printable(&cell(column), WIDEST)).collect()
    };
    let not_read = |one: &Unreadable| {
        let cell = |column: &Column| match column {
            Column::Name => one.label().to_owned(),
            Column::Status => "Cannot be read".to_owned(),
            Column::Owner => String::new(),
            _ => "-".to_owned(),
        };
        columns.iter().map(cell).collect()
    };
    let rows: Vec<Vec<String>> = list.iter().map(cells).chain(unreadable.iter().map(not_read)).collect();
    let headings: Vec<&str> = columns.iter().map(|column| column.heading()).collect();
    output.painted_table(&headings, &rows, |row, column, cell| match (row, columns.get(column)) {
        (None, _) => colors.heading(cell),
        (Some(row), Some(Column::Status)) => match list.get(row) {
            Some(credential) => colors.status(credential.status(now), cell),
            None => cell.to_owned(),
        },
        _ => cell.to_owned(),
    })
}
