//! Reading the head, or one record, of `vault.age` without the rest.
//!
//! The payload is encrypted in chunks, each authenticated by its own place, so a reader may seek: what it has read is
//! whole and where it was written. Only a clean file of format 2 that is the newest one seen is read so; whatever is in
//! doubt is left to the reader of the whole file, which says what is wrong.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::ops::Range;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use age::stream::StreamReader;
use age::x25519;
use zeroize::Zeroizing;

use super::disk;
use super::document::Head;
use super::key;
use super::payload::{Line, PREFIX, RECORDS, Row, each_row, record_in};
use super::stamps::Stamps;
use crate::model::credential::{Credential, CredentialId};
use crate::model::name::fold;
use crate::paths::Paths;

/// Bytes that are decrypted at once, and that a buffer grows by.
const CHUNK: usize = 64 << 10;

/// The vault as it is now: the head that counts, and the files to read records from.
pub(super) struct Newest {
    pub(super) stamps: Stamps,
    whole: Opened,
    /// What changed since, where there is something.
    recent: Option<Opened>,
}

impl Newest {
    /// Opens the vault; `None` where that has to be left to the reader of the whole.
    pub(super) fn open(paths: &Paths, identity: &x25519::Identity, is_ours: impl Fn(&Head) -> bool) -> Option<Self> {
        let stamps = Stamps::look(paths).ok()??;
        let whole = Opened::open(&paths.vault(), identity).filter(|whole| is_ours(&whole.head))?;
        let mut recent = None;
        if stamps.recent.is_some() {
            let mut opened = Opened::open(&paths.recent(), identity)?;
            // One of another base says nothing.
            if opened.head.base.take() == whole.head.nonce {
                is_ours(&opened.head).then_some(())?;
                recent = Some(opened);
            }
        }
        // Neither may have been replaced while they were opened.
        (Stamps::look(paths).ok()? == Some(stamps)).then_some(Self { stamps, whole, recent })
    }

    /// The head that counts.
    pub(super) fn head(&self) -> &Head {
        self.recent.as_ref().map_or(&self.whole.head, |recent| &recent.head)
    }

    /// The credential that a whole name or an id names, where there is one and it is what the index says.
    pub(super) fn find(&self, word: &str) -> Option<Credential> {
        let row = self.whole.row(word)?;
        match self.recent.as_ref().and_then(|recent| Some((recent, recent.row(row.id())?))) {
            Some((recent, row)) => recent.record(&row),
            None => self.whole.record(&row),
        }
    }
}

/// The head of a file, and the file to read records from.
struct Opened {
    head: Head,
    /// The first line, and where the index is in it.
    line: Zeroizing<String>,
    index: Range<usize>,
    /// Plaintext bytes before the first record.
    start: u64,
    reader: Mutex<StreamReader<BufReader<File>>>,
}

impl Opened {
    /// Opens a file and reads its head; `None` where that has to be left to the reader of the whole.
    fn open(path: &Path, identity: &x25519::Identity) -> Option<Self> {
        let (file, _) = disk::open(path).ok()?;
        let mut reader = key::open_stream(file, identity)?;
        let line = first_line(&mut reader)?;
        let parsed = Line::read(&line).ok()?;
        let from = parsed.raw_index().as_ptr().addr().checked_sub(line.as_ptr().addr())?;
        let index = from..from + parsed.raw_index().len();
        let head = parsed.into_head();
        let start = (line.len() + 1 + RECORDS.len()) as u64;
        Some(Self { head, line, index, start, reader: Mutex::new(reader) })
    }

    /// The row of the credential that a whole name or an id names.
    fn row(&self, word: &str) -> Option<Row<'_>> {
        named(self.line.get(self.index.clone())?, word)
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
fn named<'a>(index: &'a str, word: &str) -> Option<Row<'a>> {
    if let Ok(id) = word.parse::<CredentialId>() {
        let id = id.to_string();
        return only(index, |row| row.id() == id);
    }
    only(index, |row| row.name() == word).or_else(|| {
        let key = fold(word);
        only(index, |row| fold(row.name()) == key)
    })
}

/// The one row of a credential that it is.
fn only<'a>(index: &'a str, is_it: impl Fn(&Row<'a>) -> bool) -> Option<Row<'a>> {
    let (mut found, mut count) = (None, 0);
    let read = each_row(index, |row| {
        if row.is_credential() && is_it(&row) {
            count += 1;
            found = Some(row);
        }
    });
    read.ok()?;
    found.filter(|_| count == 1)
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
