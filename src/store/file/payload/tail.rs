//! The lines after the records: what was deleted, which refresh tokens were seen, the steps of undo.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::index::{CREDENTIAL, INTEGRATION};
use super::raw::{kind_of, unreadable};
use crate::model::credential::Tombstone;
use crate::problem::Problem;
use crate::store::file::prints::Fingerprints;
use crate::store::file::stored_undo::{StoredRedo, StoredUndo};
use crate::store::steps::UndoStep;

#[derive(Default)]
pub(super) struct Tail {
    pub(super) tombstones: Vec<Tombstone>,
    pub(super) undo: Vec<UndoStep>,
    pub(super) redo: Vec<UndoStep>,
    pub(super) refresh_tokens_seen: Fingerprints,
    /// Lines of kinds that only a later version knows.
    pub(super) lines: Vec<Box<RawValue>>,
}

/// A line on its way out.
#[derive(Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub(super) enum TailLine<'a> {
    Tombstone(&'a Tombstone),
    RefreshTokensSeen { of: &'a Fingerprints },
    Undo(&'a StoredUndo),
    Redo(&'a StoredRedo),
}

#[derive(Deserialize)]
struct Seen {
    #[serde(default)]
    of: Fingerprints,
}

impl Tail {
    /// Reads what follows the last record of the index.
    ///
    /// # Errors
    /// Storage, with the place: a line that is not JSON, or a record that the index lacks.
    pub(super) fn read(text: &str) -> Result<Self, Problem> {
        let body = text.strip_suffix("]}\n").ok_or_else(|| unreadable("It ends before its last line."))?;
        let mut tail = Self::default();
        let mut redo = None;
        let all: Vec<&str> = body.lines().collect();
        for (number, line) in all.iter().enumerate() {
            let is_last = number + 1 == all.len();
            let line = if is_last { Some(*line) } else { line.strip_suffix(',') };
            let wrong = |what: &str| unreadable(&format!("Line {} after the records {what}.", number + 1));
            let line = line.ok_or_else(|| wrong("does not end with a comma"))?;
            match kind_of(line).as_deref() {
                Some("redo") => redo = Some(line),
                kind => tail.take(kind, line).map_err(wrong)?,
            }
        }
        // It belongs to the newest step of undo.
        let redo = redo.and_then(|line| serde_json::from_str::<&RawValue>(line).ok());
        tail.redo = redo.map_or_else(Vec::new, |raw| StoredRedo::read(raw, &tail.undo));
        Ok(tail)
    }

    fn take(&mut self, kind: Option<&str>, line: &str) -> Result<(), &'static str> {
        const NOT_JSON: &str = "is malformed";
        match kind {
            Some("tombstone") => self.tombstones.push(serde_json::from_str(line).map_err(|_| NOT_JSON)?),
            Some("refresh_tokens_seen") => {
                let Seen { of } = serde_json::from_str(line).map_err(|_| NOT_JSON)?;
                self.refresh_tokens_seen.extend(of);
            }
            Some("undo") => {
                let raw: &RawValue = serde_json::from_str(line).map_err(|_| NOT_JSON)?;
                // A step that only a later version can take back is dropped, as a step that is too old is.
                self.undo.extend(StoredUndo::read(raw));
            }
            Some(CREDENTIAL | INTEGRATION) => return Err("is a record that the index does not name"),
            _ => self.lines.push(RawValue::from_string(line.to_owned()).map_err(|_| NOT_JSON)?),
        }
        Ok(())
    }
}
