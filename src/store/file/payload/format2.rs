//! Reads a whole payload of format 2.

use std::ops::Range;
use std::sync::Arc;

use serde_json::value::RawValue;
use zeroize::Zeroizing;

use super::head_line::{self, Line, RECORDS};
use super::index::{CREDENTIAL, INTEGRATION, Row, lines, place};
use super::raw::{record_in, unreadable, what_is_known};
use super::tail::Tail;
use crate::model::credential::{Credential, Credentials};
use crate::model::integration::{Integration, Integrations};
use crate::problem::Problem;
use crate::store::contents::Contents;
use crate::store::file::document::{Document, Kept, Unread};

/// The records, parsed or kept verbatim.
#[derive(Default)]
struct Records {
    credentials: Credentials,
    integrations: Integrations,
    unread: Unread,
    kept: Kept,
}

/// Reads a payload that starts with [`head_line::PREFIX`]. Credentials whose lines are the same in the `known`
/// document are shared with it.
///
/// # Errors
/// `Kind::Storage`, with the position.
pub(super) fn read(json: Zeroizing<Vec<u8>>, known: Option<&Document>) -> Result<Document, Problem> {
    let text = std::str::from_utf8(&json).map_err(|_| unreadable("It is not UTF-8 text."))?;
    let (line, after) = text.split_once('\n').ok_or_else(|| unreadable("It ends in its head."))?;
    let records = after.strip_prefix(RECORDS).ok_or_else(|| unreadable("Line 2 does not begin the records."))?;
    let head = Line::read(line)?;
    let rows = head.index()?;
    let (found, rest) = lines(&rows, records)?;
    let tail = Tail::read(rest)?;
    let start = text.len() - records.len();
    let mut all = Records::default();
    for (number, (row, line)) in rows.iter().zip(found).enumerate() {
        let from = start + usize::try_from(row.offset()).unwrap_or(usize::MAX);
        let shared = known.and_then(|known| known.credential_of_line(row.id(), line));
        all.take(row, line, shared, from..from + line.len()).map_err(|why| unreadable(&place(number, row, why)))?;
    }
    let head = head_line::with_unknown(head.into_head(), line)?;
    let Records { mut credentials, integrations, mut unread, kept } = all;
    credentials.tombstones = tail.tombstones;
    unread.lines = tail.lines;
    Ok(Document {
        head,
        contents: Contents {
            credentials: Arc::new(credentials),
            integrations: Arc::new(integrations),
            undo: tail.undo,
            redo: tail.redo,
        },
        unread,
        refresh_tokens_seen: tail.refresh_tokens_seen,
        kept: Arc::new(Kept { json, is_format_2: true, ..kept }),
        kept_recent: None,
    })
}

impl Records {
    /// Adds one record: parsed, or verbatim if this program version cannot read it. `shared` is the credential that was
    /// read from the same line before.
    fn take(
        &mut self,
        row: &Row<'_>,
        line: &str,
        shared: Option<&Arc<Credential>>,
        at: Range<usize>,
    ) -> Result<(), &'static str> {
        const OTHER: &str = "its line contains another record than the index says";
        match &*row.0 {
            CREDENTIAL => match shared.cloned().or_else(|| record_in(line).map(Credential::from).map(Arc::new)) {
                // A second record with the same id is from another program, or damage: it is kept as unreadable,
                // unchanged.
                Some(credential) if !self.kept.credentials.contains_key(&credential.id) => {
                    if credential.id.to_string() != row.id() || credential.name.as_str() != row.name() {
                        return Err(OTHER);
                    }
                    self.kept.credentials.insert(credential.id, (Arc::clone(&credential), at));
                    self.credentials.list.push(credential);
                }
                _ => {
                    let raw = verbatim(line)?;
                    self.credentials.unreadable.push(what_is_known(&raw));
                    self.unread.credentials.push(raw);
                }
            },
            INTEGRATION => match serde_json::from_str::<Integration>(line) {
                Ok(integration) if !self.kept.integrations.contains_key(&integration.id) => {
                    if integration.id.to_string() != row.id() || integration.name.as_str() != row.name() {
                        return Err(OTHER);
                    }
                    let integration = Arc::new(integration);
                    self.kept.integrations.insert(integration.id, (Arc::clone(&integration), at));
                    self.integrations.list.push(integration);
                }
                _ => {
                    let raw = verbatim(line)?;
                    self.integrations.unreadable.push(what_is_known(&raw));
                    self.unread.integrations.push(raw);
                }
            },
            // A kind that only a later program version knows.
            _ => self.unread.of_other_kinds.push(verbatim(line)?),
        }
        Ok(())
    }
}

fn verbatim(line: &str) -> Result<Box<RawValue>, &'static str> {
    RawValue::from_string(line.to_owned()).map_err(|_| "its line is not valid JSON")
}
