//! The index of a payload: the position of each record.

use std::borrow::Cow;
use std::fmt;

use serde::de::{Deserializer as _, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};

use super::raw::unreadable;
use crate::problem::Problem;

/// The kind of a credential's row and line.
pub(super) const CREDENTIAL: &str = "credential";

/// The kind of an integration's row and line.
pub(super) const INTEGRATION: &str = "integration";

/// Kind, id, name, offset, length: `["credential","7f0c…","Zoho MDM",0,812]`. Offset and length are bytes, see the
/// parent module. Id and name are empty if this program version could not read them.
#[derive(Debug, Deserialize, Serialize)]
pub(in crate::store::file) struct Row<'a>(
    #[serde(borrow)] pub(super) Cow<'a, str>,
    #[serde(borrow)] pub(super) Cow<'a, str>,
    #[serde(borrow)] pub(super) Cow<'a, str>,
    pub(super) u64,
    pub(super) u64,
);

impl Row<'_> {
    pub(in crate::store::file) fn is_credential(&self) -> bool {
        self.0 == CREDENTIAL
    }

    /// The record's id, as it is written.
    pub(in crate::store::file) fn id(&self) -> &str {
        &self.1
    }

    pub(in crate::store::file) fn name(&self) -> &str {
        &self.2
    }

    /// Number of bytes after the line `"records":[`.
    pub(in crate::store::file) fn offset(&self) -> u64 {
        self.3
    }

    /// Number of bytes, without the comma.
    pub(in crate::store::file) fn length(&self) -> u64 {
        self.4
    }
}

/// Calls `each` with every row of an index, without building a list of them.
///
/// # Errors
/// The error of the JSON parser.
pub(in crate::store::file) fn each_row<'a>(index: &'a str, each: impl FnMut(Row<'a>)) -> Result<(), serde_json::Error> {
    struct Each<F>(F);
    impl<'a, F: FnMut(Row<'a>)> Visitor<'a> for Each<F> {
        type Value = ();

        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("a list of rows")
        }

        fn visit_seq<S: SeqAccess<'a>>(mut self, mut rows: S) -> Result<(), S::Error> {
            while let Some(row) = rows.next_element()? {
                (self.0)(row);
            }
            Ok(())
        }
    }
    let mut json = serde_json::Deserializer::from_str(index);
    json.deserialize_seq(Each(each))?;
    json.end()
}

/// Returns the line of each row, and the text after the last of them.
///
/// # Errors
/// `Kind::Storage`, with the position, for an index that is truncated, reordered, doubled or stale.
pub(super) fn lines<'a>(rows: &[Row<'_>], records: &'a str) -> Result<(Vec<&'a str>, &'a str), Problem> {
    let (mut lines, mut rest, mut at) = (Vec::with_capacity(rows.len()), records, 0_u64);
    for (number, row) in rows.iter().enumerate() {
        let wrong = |why: &str| Err(unreadable(&place(number, row, why)));
        if row.offset() != at {
            return wrong(&format!("the index says byte {}, and the record before ends at byte {at}", row.offset()));
        }
        let length = usize::try_from(row.length()).unwrap_or(usize::MAX);
        let Some((line, after)) = rest.split_at_checked(length) else {
            return wrong("the content ends before it does");
        };
        if line.contains('\n') {
            return wrong("the index lists it more than once");
        }
        let is_last = after.starts_with("\n]}");
        let Some(next) = after.strip_prefix(",\n").or_else(|| if is_last { after.strip_prefix('\n') } else { None })
        else {
            return wrong("its line does not end where the index says");
        };
        lines.push(line);
        at += (rest.len() - next.len()) as u64;
        rest = next;
    }
    Ok((lines, rest))
}

/// Names the record in a message: `Record 3 ("Zoho MDM", byte 1626): …`.
pub(super) fn place(number: usize, row: &Row<'_>, why: &str) -> String {
    let name = crate::printable::printable(row.name(), 80);
    format!("Record {} (\"{name}\", byte {}): {why}.", number + 1, row.offset())
}
