//! Writes the records of one page, one after the other.

use serde_json::{Value, json};

use super::envelope;
use super::page_plan::PagePlan;
use super::shape::Shape;
use super::template::{Row, Template};
use crate::catalog::RecordType;
use crate::sandbox::failure_mode::{FailureMode, FailureModes};
use crate::sandbox::roster::RecordSet;

/// Most bytes that are reserved for each record of a page after the first, whose size is the estimate.
const MAX_ROOM: usize = 4_096;

/// The data that the records of a page are made from.
pub(super) struct Rows<'a> {
    pub(super) load: &'a RecordType,
    pub(super) shape: &'a Shape,
    pub(super) turn: PagePlan,
    pub(super) troubles: &'a FailureModes,
    pub(super) roster: RecordSet,
}

impl Rows<'_> {
    /// Writes the records as a JSON array.
    pub(super) fn write(&self, out: &mut String) {
        let kinds: Vec<Value> = self.shape.records.iter().map(|record| self.with_key(record)).collect();
        let templates: Vec<Template> = kinds.iter().map(Template::of).collect();
        let begin = out.len();
        let first = self.roster.serial(self.turn.from);
        out.push('[');
        for at in 0..self.turn.count {
            let place = self.turn.from.saturating_add(at);
            let Some(serial) = self.roster.serial(place) else { break };
            let kind = usize::try_from((serial - 1) % kinds.len().max(1) as u64).unwrap_or(0);
            let (Some(record), Some(template)) = (kinds.get(kind), templates.get(kind)) else { break };
            let twin = first.filter(|_| at == 1 && self.troubles.has(FailureMode::Twice));
            let row = Row {
                id: twin.unwrap_or(serial),
                name: serial,
                revision: self.roster.revision(serial),
                formula: self.troubles.has(FailureMode::Formulas),
            };
            if at > 0 {
                out.push(',');
            }
            match self.odd(record, place) {
                Some(odd) => Template::of(&odd).write(row, out),
                None => template.write(row, out),
            }
            if at == 0 {
                let room = (out.len() - begin).min(MAX_ROOM);
                out.reserve(room.saturating_mul(usize::try_from(self.turn.count).unwrap_or(0)));
            }
        }
        out.push(']');
    }

    /// The record with the load's key field, if its shape does not have one.
    fn with_key(&self, record: &Value) -> Value {
        let mut record = record.clone();
        if !envelope::has(&record, &self.load.key) {
            envelope::put(&mut record, &self.load.key, json!("{n}"));
        }
        record
    }

    /// The record at a position of the list, changed by a failure mode; `None` if it is not changed.
    fn odd(&self, record: &Value, place: u64) -> Option<Value> {
        let mut odd = (place < 2).then(|| record.clone())?;
        match place {
            0 if self.troubles.has(FailureMode::Huge) => envelope::put(&mut odd, "notes", json!("{huge}")),
            0 if self.troubles.has(FailureMode::Nested) => envelope::put(&mut odd, "nested", json!("#{deep}")),
            1 if self.troubles.has(FailureMode::WithoutId) => envelope::remove(&mut odd, &self.load.key),
            _ => return None,
        }
        Some(odd)
    }
}
