//! The binary encoding of the index sections: length-prefixed texts, and numbers.

use std::collections::HashMap;
use std::ops::Range;

use jiff::Timestamp;

use super::backend::Version;
use super::draft;
use super::objects::HeaderFields;
use super::parallel;
use super::part::{Part, Shared};
use super::record::Record;
use super::view::View;

/// Offset and length of each object in the cache file.
pub(super) type Places = HashMap<String, (u64, u64)>;

/// A row of the section `names`.
#[derive(Clone, Copy, Debug)]
pub(super) struct NameRow<'a> {
    pub(super) id: &'a str,
    pub(super) name: &'a str,
    /// Offset within the section `records`.
    pub(super) offset: u64,
    pub(super) length: u64,
}

impl<'a> NameRow<'a> {
    /// A row for lookups only, without a position.
    pub(super) fn of(id: &'a str, name: &'a str) -> Self {
        Self { id, name, offset: 0, length: 0 }
    }
}

/// A row of the section `objects`.
#[derive(Debug)]
pub(super) struct ObjectRow {
    pub(super) path: String,
    pub(super) version: Version,
    pub(super) facts: HeaderFields,
    /// Offset of the object in the cache file.
    pub(super) offset: u64,
    pub(super) length: u64,
}

/// The byte ranges of a record within its section.
pub(super) struct Span {
    id: String,
    read_from: (String, String),
    parts: [Range<usize>; 2],
}

pub(super) struct Reader<'a> {
    whole: usize,
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { whole: bytes.len(), rest: bytes }
    }

    fn is_done(&self) -> bool {
        self.rest.is_empty()
    }

    fn take(&mut self, length: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(taken)
    }

    fn number(&mut self) -> Option<u64> {
        Some(u64::from_be_bytes(self.take(8)?.try_into().ok()?))
    }

    fn bytes(&mut self) -> Option<&'a [u8]> {
        let length = u32::from_be_bytes(self.take(4)?.try_into().ok()?);
        self.take(length as usize)
    }

    fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    fn range(&mut self) -> Option<Range<usize>> {
        let length = self.bytes()?.len();
        let end = self.whole - self.rest.len();
        Some(end - length..end)
    }

    fn name(&mut self) -> Option<NameRow<'a>> {
        Some(NameRow { id: self.text()?, name: self.text()?, offset: self.number()?, length: self.number()? })
    }

    pub(super) fn record(&mut self) -> Option<Span> {
        let id = self.text()?.to_owned();
        let read_from = (self.text()?.to_owned(), self.text()?.to_owned());
        Some(Span { id, read_from, parts: [self.range()?, self.range()?] })
    }

    fn object(&mut self) -> Option<ObjectRow> {
        let (path, version) = (self.text()?.to_owned(), Version(self.text()?.to_owned()));
        let (revision, roster) = (self.number()?, self.number()?);
        let (author, hash) = (self.text()?.to_owned(), self.text()?.to_owned());
        let at = Timestamp::from_microsecond(self.number()?.cast_signed()).ok()?;
        let facts = HeaderFields { revision, roster, author, at, hash };
        Some(ObjectRow { path, version, facts, offset: self.number()?, length: self.number()? })
    }

    fn all<T>(mut self, next: impl Fn(&mut Self) -> Option<T>) -> Option<Vec<T>> {
        let mut rows = Vec::new();
        while !self.is_done() {
            rows.push(next(&mut self)?);
        }
        Some(rows)
    }
}

impl Span {
    /// The record; `bytes` is the section that contains it.
    pub(super) fn read(self, bytes: &Shared) -> Record {
        let [setup, tokens] = self.parts.map(|range| (!range.is_empty()).then(|| Part::within(bytes, range)));
        Record::read(&self.id, setup, tokens, self.read_from)
    }
}

pub(super) fn names(bytes: &[u8]) -> Option<Vec<NameRow<'_>>> {
    Reader::new(bytes).all(Reader::name)
}

pub(super) fn objects(bytes: &[u8]) -> Option<Vec<ObjectRow>> {
    Reader::new(bytes).all(Reader::object)
}

pub(super) fn records(bytes: &Shared) -> Option<Vec<Record>> {
    let spans = Reader::new(bytes).all(Reader::record)?;
    Some(parallel::map(&spans, |span| {
        let Span { id, read_from, parts } = span;
        Span { id: id.clone(), read_from: read_from.clone(), parts: parts.clone() }.read(bytes)
    }))
}

fn put(to: &mut Vec<u8>, bytes: &[u8]) -> Option<()> {
    to.extend_from_slice(&u32::try_from(bytes.len()).ok()?.to_be_bytes());
    to.extend_from_slice(bytes);
    Some(())
}

/// Appends a row to the section `names`.
pub(super) fn put_name(to: &mut Vec<u8>, name: &NameRow<'_>) -> Option<()> {
    put(to, name.id.as_bytes())?;
    put(to, name.name.as_bytes())?;
    to.extend_from_slice(&name.offset.to_be_bytes());
    to.extend_from_slice(&name.length.to_be_bytes());
    Some(())
}

/// Appends a record to the section `records`.
pub(super) fn put_record(to: &mut Vec<u8>, record: &Record) -> Option<()> {
    for text in [&record.id, &record.read_from.0, &record.read_from.1] {
        put(to, text.as_bytes())?;
    }
    for part in [&record.setup, &record.tokens] {
        match part.bytes() {
            Some(bytes) => put(to, bytes)?,
            None if part.json().is_empty() => put(to, b"")?,
            None => put(to, &draft::bytes(part.json()).ok()?)?,
        }
    }
    Some(())
}

/// Appends a row to the section `objects`, if the cache file contains this version of the object.
pub(super) fn put_object(to: &mut Vec<u8>, path: &str, view: &View, places: &Places) -> Option<()> {
    let (Some(known), Some((offset, length))) = (view.objects.get(path), places.get(path)) else { return Some(()) };
    put(to, path.as_bytes())?;
    put(to, known.version.0.as_bytes())?;
    to.extend_from_slice(&known.facts.revision.to_be_bytes());
    to.extend_from_slice(&known.facts.roster.to_be_bytes());
    put(to, known.facts.author.as_bytes())?;
    put(to, known.facts.hash.as_bytes())?;
    to.extend_from_slice(&known.facts.at.as_microsecond().to_be_bytes());
    to.extend_from_slice(&offset.to_be_bytes());
    to.extend_from_slice(&length.to_be_bytes());
    Some(())
}
