//! The objects of a team's store as this machine last saw them: for reading offline, and as a high-water mark that
//! reveals rollbacks.
//!
//! The file `objects` is an append-only log, written by all processes of this machine under a lock. A later entry of a
//! path replaces an earlier one. Entries are verified before they are appended, and stay encrypted as in the store. An
//! entry that a crash truncated ends the file.

use std::fs::{File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::{FileExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::{Deserialize, Serialize};

use super::backend::Version;
use crate::problem::Problem;
use crate::store::digest::hex_sha256;
use crate::store::file::disk;

/// The first bytes of an entry.
const MAGIC: &[u8; 4] = b"crd1";

/// Bytes before the path: the magic bytes and three lengths.
const PREFIX: usize = 4 + 4 + 4 + 8;

/// Bytes of replaced entries above which the file is compacted.
const COMPACTION_THRESHOLD: u64 = 8 << 20;

/// Bytes before the end of the covered part that are hashed, to detect that the file was replaced.
const ENDING: u64 = 1 << 10;

/// Which part of which file an index was built from.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct CoveredPrefix {
    inode: u64,
    pub(super) length: u64,
    /// Hash of the last bytes.
    ending: String,
}

/// An open handle to the file. It stays valid if the file is replaced.
#[derive(Clone, Debug)]
pub(super) struct Copy(Arc<File>);

impl Copy {
    pub(super) fn place(&self, offset: u64, length: u64) -> Place {
        Place { file: Arc::clone(&self.0), offset, length }
    }
}

/// The position of an object in a file.
#[derive(Clone, Debug)]
pub(super) struct Place {
    file: Arc<File>,
    offset: u64,
    length: u64,
}

impl Place {
    pub(super) fn read(&self) -> Option<Vec<u8>> {
        let mut bytes = vec![0; usize::try_from(self.length).ok()?];
        self.file.read_exact_at(&mut bytes, self.offset).ok()?;
        Some(bytes)
    }
}

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Entry {
    pub(super) path: String,
    pub(super) version: Version,
    pub(super) bytes: Vec<u8>,
}

/// The file, and how far this process has read it.
#[derive(Debug)]
pub(super) struct Cache {
    path: PathBuf,
    inode: u64,
    offset: u64,
}

impl Cache {
    /// The cache in this folder; nothing is read yet.
    pub(super) fn at(folder: &Path) -> Self {
        Self { path: folder.join("objects"), inode: 0, offset: 0 }
    }

    /// Whether the file exists.
    pub(super) fn exists(&self) -> bool {
        self.path.exists()
    }

    /// Entries that were appended since the last call; none if the file cannot be read.
    pub(super) fn read_new(&mut self) -> Vec<Entry> {
        let Ok(mut file) = File::open(&self.path) else { return Vec::new() };
        self.read_from(&mut file).unwrap_or_default()
    }

    /// How many bytes were read beyond the covered part; `None` if the index covers no part of this file.
    pub(super) fn beyond(&self, covered: Option<&CoveredPrefix>) -> Option<u64> {
        let covered = covered.filter(|covered| covered.inode == self.inode)?;
        self.offset.checked_sub(covered.length)
    }

    /// What was read so far; `None` if the file was replaced.
    pub(super) fn covered(&self) -> Option<CoveredPrefix> {
        let file = File::open(&self.path).ok()?;
        (file.metadata().ok()?.ino() == self.inode).then_some(())?;
        Some(CoveredPrefix { inode: self.inode, length: self.offset, ending: ending(&file, self.offset)? })
    }

    /// Skips the covered part, and returns the file if it is still the one that was covered.
    pub(super) fn resume(&mut self, covered: &CoveredPrefix) -> Option<Copy> {
        let file = File::open(&self.path).ok()?;
        let is_same = file.metadata().is_ok_and(|metadata| metadata.ino() == covered.inode);
        (is_same && ending(&file, covered.length)? == covered.ending).then_some(())?;
        (self.inode, self.offset) = (covered.inode, covered.length);
        Some(Copy(Arc::new(file)))
    }

    /// The path, version, offset and length of each entry that was read so far.
    pub(super) fn places(&self) -> Option<Vec<(String, Version, u64, u64)>> {
        let mut bytes = vec![0; usize::try_from(self.offset).ok()?];
        File::open(&self.path).ok()?.read_exact_at(&mut bytes, 0).ok()?;
        let (mut places, mut rest) = (Vec::new(), bytes.as_slice());
        while let Some((entry, after)) = Parts::read(rest) {
            let end = self.offset - after.len() as u64;
            let length = entry.body.len() as u64;
            places.push((entry.path.to_owned(), Version(entry.version.to_owned()), end - length, length));
            rest = after;
        }
        Some(places)
    }

    fn read_from(&mut self, file: &mut File) -> io::Result<Vec<Entry>> {
        let metadata = file.metadata()?;
        if metadata.ino() != self.inode || metadata.len() < self.offset {
            (self.inode, self.offset) = (metadata.ino(), 0);
        }
        if metadata.len() == self.offset {
            return Ok(Vec::new());
        }
        file.seek(SeekFrom::Start(self.offset))?;
        let mut bytes = Vec::new();
        file.read_to_end(&mut bytes)?;
        let (mut entries, mut rest) = (Vec::new(), bytes.as_slice());
        while let Some((entry, after)) = Entry::read(rest) {
            self.offset += (rest.len() - after.len()) as u64;
            entries.push(entry);
            rest = after;
        }
        Ok(entries)
    }

    /// Appends entries, and returns those that other processes appended in the meantime.
    ///
    /// # Errors
    /// `Kind::Storage`.
    pub(super) fn append(&mut self, entries: &[Entry]) -> Result<Vec<Entry>, Problem> {
        let failed = |error: &io::Error| disk::failed("could not be written", &self.path.clone(), error);
        let mut options = OpenOptions::new();
        options.read(true).append(true).create(true).mode(0o600);
        let mut file = locked(&self.path, &options).map_err(|error| failed(&error))?;
        let others = self.read_from(&mut file);
        let others = others.map_err(|error| disk::failed("could not be read", &self.path, &error))?;
        let mut bytes = Vec::new();
        for entry in entries {
            entry.write(&mut bytes);
        }
        // Removes an entry that a crash truncated.
        let written = file.set_len(self.offset).and_then(|()| file.write_all(&bytes));
        written.map_err(|error| disk::failed("could not be written", &self.path, &error))?;
        self.offset += bytes.len() as u64;
        Ok(others)
    }

    /// Compacts the file if most of it was replaced. `live` returns the current entries, or `None` if they cannot be
    /// read.
    pub(super) fn compact(&mut self, live: impl Fn() -> Option<Vec<Entry>>) {
        if std::fs::metadata(&self.path).map_or(0, |metadata| metadata.len()) < COMPACTION_THRESHOLD {
            return;
        }
        let Ok(file) = locked(&self.path, OpenOptions::new().read(true)) else { return };
        let size = file.metadata().map_or(0, |metadata| metadata.len());
        let Some(live) = live() else { return };
        let mut bytes = Vec::new();
        for entry in live {
            entry.write(&mut bytes);
        }
        let is_all_read = file.metadata().is_ok_and(|metadata| metadata.len() == self.offset);
        if is_all_read && size > bytes.len() as u64 * 2 + COMPACTION_THRESHOLD {
            // Compaction is optional: without it the file only stays larger than necessary.
            let _ = disk::replace(&self.path, &bytes, None);
        }
    }
}

/// Opens and locks the file. While it waits for the lock, another process may compact the file, which gives the path to
/// a new one: what was appended to the old one would be lost.
fn locked(path: &Path, options: &OpenOptions) -> io::Result<File> {
    loop {
        let file = options.open(path)?;
        file.lock()?;
        let (own, there) = (file.metadata()?, std::fs::metadata(path));
        if there.is_ok_and(|there| (there.dev(), there.ino()) == (own.dev(), own.ino())) {
            return Ok(file);
        }
    }
}

impl Entry {
    fn write(&self, to: &mut Vec<u8>) {
        to.extend_from_slice(MAGIC);
        let short = |text: &str| u32::try_from(text.len()).unwrap_or(u32::MAX).to_be_bytes();
        to.extend_from_slice(&short(&self.path));
        to.extend_from_slice(&short(&self.version.0));
        to.extend_from_slice(&(self.bytes.len() as u64).to_be_bytes());
        to.extend_from_slice(self.path.as_bytes());
        to.extend_from_slice(self.version.0.as_bytes());
        to.extend_from_slice(&self.bytes);
    }

    /// The first entry and the rest; `None` at the end or for a truncated entry.
    fn read(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (parts, rest) = Parts::read(bytes)?;
        let version = Version(parts.version.to_owned());
        Some((Self { path: parts.path.to_owned(), version, bytes: parts.body.to_vec() }, rest))
    }
}

/// A borrowed entry.
struct Parts<'a> {
    path: &'a str,
    version: &'a str,
    body: &'a [u8],
}

impl<'a> Parts<'a> {
    fn read(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (prefix, rest) = bytes.split_at_checked(PREFIX)?;
        let lengths = prefix.strip_prefix(MAGIC)?;
        let short = |at: usize| Some(u32::from_be_bytes(lengths.get(at..at + 4)?.try_into().ok()?) as usize);
        let size = u64::from_be_bytes(lengths.get(8..16)?.try_into().ok()?);
        let (path, rest) = rest.split_at_checked(short(0)?)?;
        let (version, rest) = rest.split_at_checked(short(4)?)?;
        let (body, rest) = rest.split_at_checked(usize::try_from(size).ok()?)?;
        let (path, version) = (std::str::from_utf8(path).ok()?, std::str::from_utf8(version).ok()?);
        Some((Self { path, version, body }, rest))
    }
}

/// Hash of the last bytes of the first `length` bytes.
fn ending(file: &File, length: u64) -> Option<String> {
    let mut bytes = vec![0; usize::try_from(length.min(ENDING)).ok()?];
    let from = length - bytes.len() as u64;
    file.read_exact_at(&mut bytes, from).ok()?;
    Some(hex_sha256(&bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(path: &str, text: &str) -> Entry {
        Entry { path: path.to_owned(), version: Version("1".to_owned()), bytes: text.as_bytes().to_vec() }
    }

    #[test]
    fn processes_see_what_others_added_and_a_cut_entry_is_dropped() {
        let folder = tempfile::tempdir().unwrap();
        let (mut one, mut other) = (Cache::at(folder.path()), Cache::at(folder.path()));
        assert!(one.read_new().is_empty());
        assert!(one.append(&[entry("a", "1"), entry("b", "2")]).unwrap().is_empty());
        assert_eq!(other.append(&[entry("c", "3")]).unwrap(), [entry("a", "1"), entry("b", "2")]);
        assert_eq!(one.read_new(), [entry("c", "3")]);
        let file = OpenOptions::new().append(true).open(folder.path().join("objects")).unwrap();
        (&file).write_all(b"crd1\0\0\0").unwrap();
        assert!(one.read_new().is_empty());
        one.append(&[entry("d", "4")]).unwrap();
        assert_eq!(Cache::at(folder.path()).read_new().len(), 4);
    }

    /// As when two processes append and one of them compacts.
    #[test]
    fn a_lock_that_was_waited_for_is_the_one_of_the_file_that_is_there_now() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("objects");
        disk::replace(&path, b"old", None).unwrap();
        let options = || OpenOptions::new().read(true).append(true).to_owned();
        let held = locked(&path, &options()).unwrap();
        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| locked(&path, &options()).unwrap());
            disk::replace(&path, b"new", None).unwrap();
            drop(held);
            let (got, there) = (waiting.join().unwrap().metadata().unwrap(), std::fs::metadata(&path).unwrap());
            assert_eq!(got.ino(), there.ino());
        });
    }
}
