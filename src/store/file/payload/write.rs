//! Writes a payload; records that did not change are copied byte for byte.

use std::borrow::Cow;
use std::collections::HashMap;
use std::ops::Range;
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::head_line::{self, RECORDS};
use super::index::{CREDENTIAL, INTEGRATION, Row};
use super::raw::{kind_of, unknown, what_is_known};
use super::tail::TailLine;
use crate::problem::Problem;
use crate::store::file::document::{Before, Document, Kept};
use crate::store::stored::{CREDENTIAL_KEYS, StoredCredential, Unknown};
use crate::store::stored_undo::{StoredRedo, StoredUndo};

/// The keys of an integration's line.
const INTEGRATION_KEYS: &[&str] = &["kind", "id", "name", "provider", "setup", "paused", "hosts", "created_at"];

/// The last bytes of a payload.
const END: &[u8] = b"]}\n";

/// Bytes allocated for a record that changed: most are smaller.
const ROOM: usize = 4_096;

/// A payload before encryption, in two parts: the head, and the rest.
pub(in crate::store::file) struct Written {
    head: Zeroizing<Vec<u8>>,
    body: Zeroizing<Vec<u8>>,
    kept: Kept,
}

impl Written {
    /// Its parts in order.
    pub(in crate::store::file) fn parts(&self) -> [&[u8]; 2] {
        [&self.head, &self.body]
    }

    /// The records as they were written, for the next save.
    pub(in crate::store::file) fn into_kept(self) -> Kept {
        Kept { json: self.body, is_format_2: true, ..self.kept }
    }
}

/// The payload of a document, written at `now`.
///
/// # Errors
/// `Kind::Internal`.
pub(in crate::store::file) fn write(document: &Document, now: Timestamp) -> Result<Written, Problem> {
    let Document { contents, kept, unread, .. } = document;
    let new = contents.credentials.list.len().saturating_sub(kept.credentials.len());
    let mut body = Body::with_room_for(kept.json.len() + (new + 16) * ROOM);
    let (mut credentials, mut integrations) = (HashMap::new(), HashMap::new());
    for one in &contents.credentials.list {
        let before = document.credential_before(one.id);
        let stored = || StoredCredential::from(&**one);
        let at =
            body.record((CREDENTIAL, one.id.to_string(), one.name.as_str()), one, before, stored, CREDENTIAL_KEYS)?;
        credentials.insert(one.id, (Arc::clone(one), at));
    }
    for raw in &unread.credentials {
        body.unread(CREDENTIAL, raw);
    }
    for one in &contents.integrations.list {
        let before = kept.integration(one.id);
        let row = (INTEGRATION, one.id.to_string(), one.name.as_str());
        let at = body.record(row, one, before, || &**one, INTEGRATION_KEYS)?;
        integrations.insert(one.id, (Arc::clone(one), at));
    }
    for raw in &unread.integrations {
        body.unread(INTEGRATION, raw);
    }
    for raw in &unread.of_other_kinds {
        body.unread(&kind_of(raw.get()).unwrap_or_default(), raw);
    }
    tail(&mut body, document)?;
    body.end();
    let head = head_line::write(&document.head, &body.index, now)?;
    let kept = Kept { credentials, integrations, ..Kept::default() };
    Ok(Written { head, body: body.bytes, kept })
}

/// Writes the lines after the records.
fn tail(body: &mut Body, document: &Document) -> Result<(), Problem> {
    for raw in &document.unread.lines {
        body.add(raw.get().as_bytes());
    }
    for tombstone in &document.contents.credentials.tombstones {
        body.serialize(&TailLine::Tombstone(tombstone))?;
    }
    if !document.refresh_tokens_seen.is_empty() {
        body.serialize(&TailLine::RefreshTokensSeen { of: &document.refresh_tokens_seen })?;
    }
    for step in document.contents.undo.iter().filter_map(StoredUndo::of) {
        body.serialize(&TailLine::Undo(&step))?;
    }
    if let Some(redo) = StoredRedo::of(&document.contents) {
        body.serialize(&TailLine::Redo(&redo))?;
    }
    Ok(())
}

/// The lines of the records.
struct Body {
    bytes: Zeroizing<Vec<u8>>,
    index: Vec<Row<'static>>,
}

#[derive(Serialize)]
struct Record<'a, T> {
    kind: &'a str,
    #[serde(flatten)]
    known: T,
    #[serde(flatten)]
    unknown: Unknown,
}

impl Body {
    fn with_room_for(size: usize) -> Self {
        // Allocated at its final size, so that growing leaves no copies of secrets in memory.
        let mut bytes = Zeroizing::new(Vec::with_capacity(size));
        bytes.extend_from_slice(RECORDS.as_bytes());
        Self { bytes, index: Vec::new() }
    }

    /// Adds a record, copied if it is unchanged since `before`; returns the range of its line.
    fn record<T, S: Serialize>(
        &mut self,
        (kind, id, name): (&'static str, String, &str),
        record: &Arc<T>,
        before: Option<Before<'_, T>>,
        stored: impl FnOnce() -> S,
        keys: &[&str],
    ) -> Result<Range<usize>, Problem> {
        let at = match before {
            Some(before) if before.is_line && Arc::ptr_eq(before.record, record) => self.add(before.json.as_bytes()),
            before => {
                let unknown = before.map_or(Ok(Unknown::new()), |before| unknown(before.json, keys));
                let unknown = unknown.map_err(|_| not_written())?;
                self.serialize(&Record { kind, known: stored(), unknown })?
            }
        };
        self.name(kind.into(), id, name.to_owned(), &at);
        Ok(at)
    }

    /// Adds a record that this program version cannot read.
    fn unread(&mut self, kind: &str, raw: &RawValue) {
        let known = what_is_known(raw);
        let at = self.add(raw.get().as_bytes());
        self.name(kind.to_owned().into(), known.id, known.name, &at);
    }

    fn name(&mut self, kind: Cow<'static, str>, id: String, name: String, at: &Range<usize>) {
        let offset = (at.start - RECORDS.len()) as u64;
        self.index.push(Row(kind, id.into(), name.into(), offset, at.len() as u64));
    }

    fn serialize(&mut self, line: &impl Serialize) -> Result<Range<usize>, Problem> {
        let from = self.begin();
        serde_json::to_writer(&mut *self.bytes, line).map_err(|_| not_written())?;
        Ok(from..self.bytes.len())
    }

    fn add(&mut self, line: &[u8]) -> Range<usize> {
        let from = self.begin();
        self.bytes.extend_from_slice(line);
        from..self.bytes.len()
    }

    /// Ends the last line, if there is one, and the payload.
    fn end(&mut self) {
        if self.bytes.len() > RECORDS.len() {
            self.bytes.push(b'\n');
        }
        self.bytes.extend_from_slice(END);
    }

    /// Begins a line, after the comma of the previous one.
    fn begin(&mut self) -> usize {
        if self.bytes.len() > RECORDS.len() {
            self.bytes.extend_from_slice(b",\n");
        }
        self.bytes.len()
    }
}

fn not_written() -> Problem {
    Problem::internal("A record could not be written as JSON.")
}
