//! The lines after the records: deleted records, hashes of refresh tokens, undo steps.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::index::{CREDENTIAL, INTEGRATION};
use super::raw::{kind_of, unreadable};
use crate::model::credential::Tombstone;
use crate::problem::Problem;
use crate::store::file::token_hashes::Fingerprints;
use crate::store::steps::UndoStep;
use crate::store::stored_undo::{StoredRedo, StoredUndo};

#[derive(Default)]
pub(super) struct Tail {
    pub(super) tombstones: Vec<Tombstone>,
    pub(super) undo: Vec<UndoStep>,
    pub(super) redo: Vec<UndoStep>,
    pub(super) refresh_tokens_seen: Fingerprints,
    /// Lines of kinds that only a later program version knows.
    pub(super) lines: Vec<Box<RawValue>>,
}

/// A line to be written.
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
    /// Reads the lines after the last record of the index.
    ///
    /// # Errors
    /// `Kind::Storage`, with the position, for a line that is not JSON, or a record that is not in the index.
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
        // Redo is valid only after the newest undo step.
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
                // A step that only a later program version can undo is dropped, like one that is too old.
                self.undo.extend(StoredUndo::read(raw));
            }
            Some(CREDENTIAL | INTEGRATION) => return Err("is a record that the index does not name"),
            _ => self.lines.push(RawValue::from_string(line.to_owned()).map_err(|_| NOT_JSON)?),
        }
        Ok(())
    }
}
