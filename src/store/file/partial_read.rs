//! Reads the head, or one record, of `vault.age` without the rest.
//!
//! The payload is encrypted in chunks, each authenticated together with its position, so seeking is safe: what is read
//! is authentic and in its place. This is done only for the newest version seen, in format 2; in case of doubt the
//! whole file is read instead, which reports what is wrong.

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
use super::stamps::FileStamps;
use crate::model::credential::{Credential, CredentialId};
use crate::model::name::fold;
use crate::paths::Paths;

/// Number of bytes that are decrypted at once, and by which a buffer grows.
const CHUNK: usize = 64 << 10;

/// The current vault: its newest head, and the open files to read records from.
pub(super) struct NewestHead {
    pub(super) stamps: FileStamps,
    whole: OpenedFile,
    /// The `recent.age` with later changes, if there is one.
    recent: Option<OpenedFile>,
}

impl NewestHead {
    /// Opens the vault; `None` if it has to be read as a whole.
    pub(super) fn open(paths: &Paths, identity: &x25519::Identity, is_ours: impl Fn(&Head) -> bool) -> Option<Self> {
        let stamps = FileStamps::look(paths).ok()??;
        let whole = OpenedFile::open(&paths.vault(), identity).filter(|whole| is_ours(&whole.head))?;
        let mut recent = None;
        if stamps.recent.is_some() {
            let mut opened = OpenedFile::open(&paths.recent(), identity)?;
            // A file with another base does not belong to this `vault.age`.
            if opened.head.base.take() == whole.head.nonce {
                is_ours(&opened.head).then_some(())?;
                recent = Some(opened);
            }
        }
        // Neither file may have been replaced while they were opened.
        (FileStamps::look(paths).ok()? == Some(stamps)).then_some(Self { stamps, whole, recent })
    }

    /// The newest head.
    pub(super) fn head(&self) -> &Head {
        self.recent.as_ref().map_or(&self.whole.head, |recent| &recent.head)
    }

    /// The credential with this full name or id, if its line matches the index.
    pub(super) fn find(&self, word: &str) -> Option<Credential> {
        let row = self.whole.row(word)?;
        match self.recent.as_ref().and_then(|recent| Some((recent, recent.row(row.id())?))) {
            Some((recent, row)) => recent.record(&row),
            None => self.whole.record(&row),
        }
    }
}

/// The head of a file, and the file to read records from.
struct OpenedFile {
    head: Head,
    /// The first line; the index is a part of it.
    line: Zeroizing<String>,
    index: Range<usize>,
    /// Plaintext bytes before the first record.
    start: u64,
    reader: Mutex<StreamReader<BufReader<File>>>,
}

impl OpenedFile {
    /// Opens a file and reads its head; `None` if it has to be read as a whole.
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

    /// The index row of the credential with this full name or id.
    fn row(&self, word: &str) -> Option<Row<'_>> {
        named(self.line.get(self.index.clone())?, word)
    }

    /// The credential of a row; `None` if its line contains something else.
    fn record(&self, row: &Row<'_>) -> Option<Credential> {
        let mut reader = self.reader.lock().unwrap_or_else(PoisonError::into_inner);
        reader.seek(SeekFrom::Start(self.start.checked_add(row.offset())?)).ok()?;
        let length = usize::try_from(row.length()).ok().filter(|length| *length as u64 <= disk::MAX_SIZE)?;
        // Reads one byte more, to check that the line ends where the index says.
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

/// The only row of a credential with this id or full name. An exact match wins over a case-insensitive one.
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

/// The only row of a credential that matches.
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
