//! Reading the head, or one record, of `vault.age` without the rest.
//!
//! The payload is encrypted in chunks, each authenticated by its own place, so a reader may seek: what it has read is
//! whole and where it was written. Only a clean file of format 2 that is the newest one seen is read so; whatever is in
//! doubt is left to the reader of the whole file, which says what is wrong.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use age::stream::StreamReader;
use age::x25519;
use zeroize::Zeroizing;

use super::disk::{self, Stamp};
use super::document::Head;
use super::key;
use super::payload::{Line, PREFIX, RECORDS, Row, record_in};
use crate::model::credential::{Credential, CredentialId};
use crate::model::name::fold;

/// Bytes that are decrypted at once, and that a buffer grows by.
const CHUNK: usize = 64 << 10;

/// The head of a file, and the file to read records from.
pub(super) struct Opened {
    pub(super) stamp: Stamp,
    pub(super) head: Head,
    /// The first line, which holds the index.
    line: Zeroizing<String>,
    /// Plaintext bytes before the first record.
    start: u64,
    reader: Mutex<StreamReader<BufReader<File>>>,
}

impl Opened {
    /// Opens a file and reads its head; `None` where that has to be left to the reader of the whole.
    pub(super) fn open(path: &Path, identity: &x25519::Identity) -> Option<Self> {
        let (file, stamp) = disk::open(path).ok()?;
        let mut reader = key::open_stream(file, identity)?;
        let line = first_line(&mut reader)?;
        let head = Line::read(&line).ok()?.into_head();
        let start = (line.len() + 1 + RECORDS.len()) as u64;
        Some(Self { stamp, head, line, start, reader: Mutex::new(reader) })
    }

    /// The credential that a whole name or an id names, where there is one and it is what the index says.
    pub(super) fn find(&self, word: &str) -> Option<Credential> {
        let rows = Line::read(&self.line).ok()?.index().ok()?;
        self.record(named(&rows, word)?)
    }

    /// The credential of a row; `None` if that is not what its line holds.
    fn record(&self, row: &Row<'_>) -> Option<Credential> {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        reader.seek(SeekFrom::Start(self.start.checked_add(row.offset())?)).ok()?;
        let length = usize::try_from(row.length()).ok().filter(|length| *length as u64 <= disk::MAX_SIZE)?;
        // One byte more: the line ends where the index says.
        let mut bytes = Zeroizing::new(vec![0; length + 1]);
        reader.read_exact(&mut bytes).ok()?;
        let (end, line) = bytes.split_last()?;
        let line = std::str::from_utf8(line).ok()?;
        if !matches!(end, b',' | b'\n') || line.contains('\n') {
            return None;
        }
        let credential = Credential::from(record_in(line)?);
        let is_it = credential.id.to_string() == row.id() && credential.name.as_str() == row.name();
        is_it.then_some(credential)
    }
}

/// The one row of a credential with this id or whole name: as it is written, or else in any case.
fn named<'a, 'r>(rows: &'a [Row<'r>], word: &str) -> Option<&'a Row<'r>> {
    let only = |is_it: &dyn Fn(&Row<'_>) -> bool| {
        let mut found = rows.iter().filter(|row| row.is_credential() && is_it(row));
        found.next().filter(|_| found.next().is_none())
    };
    if let Ok(id) = word.parse::<CredentialId>() {
        let id = id.to_string();
        return only(&|row| row.id() == id);
    }
    only(&|row| row.name() == word).or_else(|| {
        let key = fold(word);
        only(&|row| fold(row.name()) == key)
    })
}

/// The first line of a payload of format 2, without its line break.
fn first_line(reader: &mut StreamReader<BufReader<File>>) -> Option<Zeroizing<String>> {
    let mut bytes = Zeroizing::new(Vec::with_capacity(4 * CHUNK));
    let mut end = None;
    while end.is_none() {
        let from = bytes.len();
        let read = reader.by_ref().take(CHUNK as u64).read_to_end(&mut bytes).ok()?;
        if read == 0 || !bytes.starts_with(PREFIX) {
            return None;
        }
        end = bytes.get(from..)?.iter().position(|byte| *byte == b'\n').map(|at| from + at);
    }
    bytes.truncate(end?);
    String::from_utf8(std::mem::take(&mut *bytes)).ok().map(Zeroizing::new)
}
