//! `audit.jsonl` and its older parts: appended to under a lock, in whole lines only, and rotated by size.

use std::collections::{BTreeMap, VecDeque};
use std::fs::{self, File, TryLockError};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

use super::actor::{program, user};
use super::key::{Key, hex};
use super::line::{Entry, GENESIS, Head, Line, with_mac};
use super::open::{self, Failure};
use crate::paths::{Paths, create_private};
use crate::printable::printable;
use crate::problem::Problem;

/// Size in bytes at which the file is rotated.
const TURN_AT: u64 = 5 << 20;

/// Number of older files that are kept.
const KEPT: u32 = 3;

/// Bytes read from the end of a file: more than two of the longest lines.
const TAIL: u64 = 16 << 10;

/// Most bytes read of a file, because a file that another program has written may exceed our own size limit.
const MOST: u64 = TURN_AT * 4;

/// Longest name or program, in characters.
const MAX_TEXT: usize = 120;

/// Longest wait for other processes that append; each of them takes well under a millisecond.
const WAIT: Duration = Duration::from_secs(5);

const NOT_READ: &str = "The audit log cannot be read.";
const NOT_WRITTEN: &str = "The audit log could not be written.";

/// The files, oldest first; they need not exist.
pub(super) fn files(paths: &Paths) -> Vec<PathBuf> {
    (1..=KEPT).rev().map(|number| older(paths, number)).chain([newest(paths)]).collect()
}

/// An entry to be written to the log.
#[derive(Clone, Debug)]
pub struct Queued {
    /// The key that authenticates its line; `None` if the vault is locked.
    pub key: Option<Key>,
    pub entry: Entry,
}

/// Appends a line for each entry, in order and under one lock. Not synced: a crash of the machine may lose the last
/// lines, a crash of the process loses none.
///
/// # Errors
/// `Kind::Storage` if the log cannot be written.
pub fn append(paths: &Paths, entries: &[Queued]) -> Result<(), Problem> {
    write(paths, entries).map_err(|failure| failure.problem(NOT_WRITTEN))
}

/// Checks, without writing, that nothing has replaced a file of the log. Called before something is spent that has to
/// be logged.
///
/// # Errors
/// `Kind::Storage` if something is not a regular file.
pub(crate) fn check_files(paths: &Paths) -> Result<(), Problem> {
    let mut places = files(paths);
    places.push(lock_file(paths));
    places.iter().try_for_each(|path| open::look(path)).map_err(|failure| failure.problem(NOT_WRITTEN))
}

/// The newest line; `None` if there is none.
///
/// # Errors
/// `Kind::Storage` if the log cannot be read.
pub fn head(paths: &Paths) -> Result<Option<Head>, Problem> {
    let path = newest(paths);
    let last = match open::read(&path) {
        Ok(Some(file)) => LastLine::of(&path, &file).map(|end| end.last),
        Ok(None) => Ok(None),
        Err(failure) => Err(failure),
    };
    let last = last.map_err(|failure| failure.problem(NOT_READ))?.or_else(|| last_of(&older(paths, 1)));
    Ok(last.map(|(line, hash)| Head { seq: line.seq, hash, at: Some(line.at) }))
}

/// The newest lines, at most `most`, oldest first. Leaves out whatever is not one of our lines.
///
/// # Errors
/// `Kind::Storage` if the log cannot be read.
pub fn lines(paths: &Paths, most: usize) -> Result<Vec<Line>, Problem> {
    let mut lines = VecDeque::new();
    for path in files(paths) {
        for text in texts(&path).map_err(|failure| failure.problem(NOT_READ))? {
            if let Ok(line) = serde_json::from_str::<Line>(&text) {
                if lines.len() == most {
                    lines.pop_front();
                }
                lines.push_back(line);
            }
        }
    }
    Ok(lines.into())
}

/// The lines of one file, unparsed; empty if the file does not exist.
pub(super) fn texts(path: &Path) -> Result<Vec<String>, Failure> {
    match open::read(path)? {
        Some(mut file) => tail(path, &mut file, MOST).map(|(texts, _)| texts),
        None => Ok(Vec::new()),
    }
}

/// The lines in the last `size` bytes of a file, and whether these are all lines. Leaves out a line that is cut off at
/// the front.
pub(super) fn tail(path: &Path, file: &mut File, size: u64) -> Result<(Vec<String>, bool), Failure> {
    let read = |file: &mut File| {
        let start = file.metadata()?.len().saturating_sub(size);
        file.seek(SeekFrom::Start(start))?;
        let mut bytes = Vec::new();
        file.take(size).read_to_end(&mut bytes)?;
        Ok((bytes, start == 0))
    };
    let (bytes, is_all) = read(file).map_err(|error| Failure::System(path.to_owned(), error))?;
    let text = String::from_utf8_lossy(&bytes);
    let cut = usize::from(!is_all);
    Ok((text.split_terminator('\n').skip(cut).map(str::to_owned).collect(), is_all))
}

/// Hex SHA-256 of a line without its line break.
pub(super) fn hash(line: &str) -> String {
    hex(&Sha256::digest(line.as_bytes()))
}

fn write(paths: &Paths, entries: &[Queued]) -> Result<(), Failure> {
    let _lock = match lock(paths) {
        // The folder does not exist before the first vault is created or recovered.
        Err(Failure::System(_, error)) if error.kind() == io::ErrorKind::NotFound => {
            create_private(paths.log()).map_err(|error| Failure::System(paths.log().to_owned(), error))?;
            lock(paths)?
        }
        locked => locked?,
    };
    let mut rest = entries;
    while !rest.is_empty() {
        rest = &rest[write_one_file(paths, rest)?..];
    }
    Ok(())
}

/// Appends entries up to the one that triggers a rotation; returns how many were appended.
fn write_one_file(paths: &Paths, entries: &[Queued]) -> Result<usize, Failure> {
    let path = newest(paths);
    let system = |error| Failure::System(path.clone(), error);
    let mut file = open::append(&path)?;
    let end = LastLine::of(&path, &file)?;
    // A line that a crash truncated is kept, on a line of its own.
    let mut text = if end.is_torn { "\n".to_owned() } else { String::new() };
    // A process may have died between the two renames of a rotation.
    let mut last = end.last.or_else(|| last_of(&older(paths, 1)));
    let (mut count, mut turns, mut programs) = (0, false, BTreeMap::new());
    for Queued { key, entry } in entries {
        // Only a process with the vault's key can pin the last line, so rotation is left to it.
        turns = key.is_some() && end.length + text.len() as u64 >= TURN_AT;
        let begins = key.is_some() && last.as_ref().is_some_and(|(line, _)| line.mac.is_none());
        let oldest = (turns || begins).then(|| oldest(paths, turns)).flatten();
        let (seq, prev) = last.map_or((0, GENESIS.to_owned()), |(line, hash)| (line.seq, hash));
        let mut line = line(entry, seq + 1, prev, oldest, &mut programs);
        let coded = line.text().map_err(|error| system(error.into()))?;
        let mac = key.as_ref().map_or_else(String::new, |key| key.mac(&coded));
        let whole = with_mac(&coded, &mac);
        line.mac = Some(mac);
        last = Some((line, hash(&whole)));
        text.push_str(&whole);
        text.push('\n');
        count += 1;
        if turns {
            break;
        }
    }
    file.write_all(text.as_bytes()).and_then(|()| if turns { turn_over(paths) } else { Ok(()) }).map_err(system)?;
    Ok(count)
}

/// Builds a line. `programs` caches what started each process.
fn line(entry: &Entry, seq: u64, prev: String, oldest: Option<u64>, programs: &mut BTreeMap<u32, String>) -> Line {
    let pid = entry.asker.unwrap_or_else(std::process::id);
    let uid = rustix::process::geteuid().as_raw();
    let credential = entry.about.as_ref().map(|(id, _)| *id);
    let started_by = entry.program.as_ref().unwrap_or_else(|| programs.entry(pid).or_insert_with(|| program(pid)));
    let name = entry.name.as_deref().or(entry.about.as_ref().map(|(_, name)| name.as_str()));
    Line {
        seq,
        at: entry.at,
        uid,
        user: printable(user(uid), MAX_TEXT),
        pid,
        program: printable(started_by, MAX_TEXT),
        action: entry.action.word().to_owned(),
        credential,
        name: name.map(|name| printable(name, MAX_TEXT)).unwrap_or_default(),
        result: entry.result.to_owned(),
        oldest,
        prev,
        mac: None,
    }
}

/// Number of the oldest line that is kept, or will be kept after the rotation.
fn oldest(paths: &Paths, turns: bool) -> Option<u64> {
    let mut files = files(paths);
    if turns && older(paths, KEPT - 1).exists() {
        files.remove(0);
    }
    let first = |path: &PathBuf| {
        let texts = texts(path).unwrap_or_default();
        texts.iter().find_map(|text| serde_json::from_str::<Line>(text).ok()).map(|line| line.seq)
    };
    files.iter().find_map(first)
}

pub(super) fn newest(paths: &Paths) -> PathBuf {
    paths.log().join("audit.jsonl")
}

fn older(paths: &Paths, number: u32) -> PathBuf {
    paths.log().join(format!("audit.{number}.jsonl"))
}

fn lock_file(paths: &Paths) -> PathBuf {
    paths.log().join("audit.lock")
}

/// Locks the log until the file is dropped.
pub(super) fn lock(paths: &Paths) -> Result<File, Failure> {
    let path = lock_file(paths);
    let file = open::append(&path)?;
    let until = Instant::now() + WAIT;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if Instant::now() < until => thread::sleep(Duration::from_millis(1)),
            Err(TryLockError::WouldBlock) => return Err(Failure::System(path, io::ErrorKind::TimedOut.into())),
            Err(TryLockError::Error(error)) => return Err(Failure::System(path, error)),
        }
    }
}

fn last_of(path: &Path) -> Option<(Line, String)> {
    let file = open::read(path).ok().flatten()?;
    LastLine::of(path, &file).ok()?.last
}

/// The end of a file of the log.
struct LastLine {
    /// Bytes of the whole file.
    length: u64,
    /// Whether the file ends in the middle of a line.
    is_torn: bool,
    /// The last line that is complete and ours, and its hash.
    last: Option<(Line, String)>,
}

impl LastLine {
    fn of(path: &Path, file: &File) -> Result<Self, Failure> {
        let read = || {
            let length = file.metadata()?.len();
            let size = length.min(TAIL);
            let mut bytes = vec![0; usize::try_from(size).unwrap_or_default()];
            file.read_exact_at(&mut bytes, length - size)?;
            Ok((length, bytes))
        };
        let (length, bytes) = read().map_err(|error| Failure::System(path.to_owned(), error))?;
        let is_torn = bytes.last().is_some_and(|last| *last != b'\n');
        let mut whole: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
        // After the last line break there is nothing, or a torn line.
        whole.pop();
        if length > TAIL && !whole.is_empty() {
            whole.remove(0);
        }
        let last = whole.iter().rev().find_map(|text| {
            let text = String::from_utf8_lossy(text);
            serde_json::from_str(&text).ok().map(|line| (line, hash(&text)))
        });
        Ok(Self { length, is_torn, last })
    }
}

/// Moves the log from the folder of `from` to that of `to`, unless one is there.
///
/// # Errors
/// `Kind::Storage` if a file cannot be moved.
pub(crate) fn move_log(from: &Paths, to: &Paths) -> Result<(), Problem> {
    if !newest(from).exists() || newest(to).exists() {
        return Ok(());
    }
    let moved = || -> Result<(), Failure> {
        let _lock = lock(from)?;
        // The newest file last: until it is moved, the next call goes on.
        for (old, new) in files(from).into_iter().zip(files(to)) {
            rename_existing(&old, &new).map_err(|error| Failure::System(old, error))?;
        }
        Ok(())
    };
    moved().map_err(|failure| failure.problem(NOT_WRITTEN))
}

/// Renames a file; a missing one is no error.
fn rename_existing(old: &Path, new: &Path) -> io::Result<()> {
    match fs::rename(old, new) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        renamed => renamed,
    }
}

fn turn_over(paths: &Paths) -> io::Result<()> {
    for number in (1..KEPT).rev() {
        rename_existing(&older(paths, number), &older(paths, number + 1))?;
    }
    fs::rename(newest(paths), older(paths, 1))
}
