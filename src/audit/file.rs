//! `audit.jsonl` and its older parts: appended to under a lock, whole lines only, turned over by size.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Read as _, Seek as _, SeekFrom, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use sha2::{Digest as _, Sha256};

use super::line::{Entry, GENESIS, Head, Line};
use crate::paths::Paths;
use crate::printable::printable;
use crate::problem::{Kind, Problem};

/// Size at which a new file is begun.
const TURN_AT: u64 = 5 << 20;

/// Older files that are kept.
const KEPT: u32 = 3;

/// More than two lines of the longest kind.
const TAIL: u64 = 16 << 10;

/// Characters of a name or a program.
const MAX_TEXT: usize = 120;

/// Longest wait for other processes that append: each takes well under a millisecond.
const WAIT: Duration = Duration::from_secs(5);

/// The files, oldest first; they need not be there.
pub(super) fn files(paths: &Paths) -> Vec<PathBuf> {
    (1..=KEPT).rev().map(|number| older(paths, number)).chain([newest(paths)]).collect()
}

/// Appends one line. Not synced: a crash of the machine may cost the last ones, a crash of ours none.
///
/// # Errors
/// Storage.
pub fn append(paths: &Paths, entry: &Entry) -> Result<(), Problem> {
    write(paths, entry).map_err(|error| {
        Problem::new(Kind::Storage, "The audit log could not be written.")
            .why(format!("{}: {error}.", newest(paths).display()))
            .try_this("Mend that: what is done meanwhile is not in it.")
    })
}

/// The newest line, for a save to pin; `None` where there is none.
#[must_use]
pub fn head(paths: &Paths) -> Option<Head> {
    let last = |path: PathBuf| File::open(path).ok().and_then(|mut file| last_line(&mut file).ok()).flatten();
    let (line, hash) = last(newest(paths)).or_else(|| last(older(paths, 1)))?;
    Some(Head { seq: line.seq, hash })
}

/// The newest lines, at most `most`, oldest first. What is no line of ours is left out.
///
/// # Errors
/// Storage.
pub fn lines(paths: &Paths, most: usize) -> Result<Vec<Line>, Problem> {
    let mut lines = std::collections::VecDeque::new();
    for path in files(paths) {
        for text in texts(&path)? {
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

/// The lines of one file as they stand; none where it is not there.
pub(super) fn texts(path: &Path) -> Result<Vec<String>, Problem> {
    let failed = |error: io::Error| {
        Problem::new(Kind::Storage, format!("{} cannot be read.", path.display()))
            .why(format!("The system says: {error}."))
    };
    let mut bytes = Vec::new();
    match File::open(path) {
        // Somebody else may have made it longer than we do.
        Ok(file) => file.take(TURN_AT * 4).read_to_end(&mut bytes).map_err(failed)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(failed(error)),
    };
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.split_terminator('\n').map(str::to_owned).collect())
}

/// Hex SHA-256 of a line without its line break.
pub(super) fn hash(line: &str) -> String {
    use std::fmt::Write as _;
    Sha256::digest(line.as_bytes()).iter().fold(String::with_capacity(64), |mut hex, byte| {
        // Writing to a String cannot fail.
        let _ = write!(hex, "{byte:02x}");
        hex
    })
}

fn write(paths: &Paths, entry: &Entry) -> io::Result<()> {
    paths.complete();
    let _lock = lock(&paths.state().join("audit.lock"))?;
    let mut file = open(&newest(paths))?;
    let mut last = last_line(&mut file)?;
    if file.metadata()?.len() >= TURN_AT {
        turn_over(paths)?;
        file = open(&newest(paths))?;
    }
    if last.is_none() {
        // Between the two steps of a turn-over somebody may have died.
        last = File::open(older(paths, 1)).ok().and_then(|mut file| last_line(&mut file).ok()).flatten();
    }
    let (seq, prev) = last.map_or((0, GENESIS.to_owned()), |(line, hash)| (line.seq, hash));
    let line = line(entry, seq + 1, prev);
    let mut text = serde_json::to_string(&line).map_err(io::Error::other)?;
    text.push('\n');
    if is_torn(&mut file)? {
        // What a crash cut short stays to be seen, on a line of its own.
        text.insert(0, '\n');
    }
    file.write_all(text.as_bytes())
}

fn line(entry: &Entry, seq: u64, prev: String) -> Line {
    let pid = entry.asker.unwrap_or_else(std::process::id);
    let credential = entry.about.as_ref().map(|(id, _)| *id);
    let name = entry.name.as_deref().or(entry.about.as_ref().map(|(_, name)| name.as_str()));
    Line {
        seq,
        at: entry.at,
        uid: rustix::process::geteuid().as_raw(),
        pid,
        program: printable(&program(pid), MAX_TEXT),
        action: entry.action.word().to_owned(),
        credential,
        name: name.map(|name| printable(name, MAX_TEXT)).unwrap_or_default(),
        result: entry.result.to_owned(),
        prev,
    }
}

/// What started a process: the name of its parent. Empty where the system does not say.
fn program(pid: u32) -> String {
    let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap_or_default();
    let parent = status.lines().find_map(|line| line.strip_prefix("PPid:")).map_or("", str::trim);
    fs::read_to_string(format!("/proc/{parent}/comm")).map(|name| name.trim_end().to_owned()).unwrap_or_default()
}

fn newest(paths: &Paths) -> PathBuf {
    paths.state().join("audit.jsonl")
}

fn older(paths: &Paths, number: u32) -> PathBuf {
    paths.state().join(format!("audit.{number}.jsonl"))
}

/// Held until it is dropped.
fn lock(path: &Path) -> io::Result<File> {
    let file = open(path)?;
    let until = Instant::now() + WAIT;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(fs::TryLockError::WouldBlock) if Instant::now() < until => thread::sleep(Duration::from_millis(1)),
            Err(fs::TryLockError::WouldBlock) => return Err(io::ErrorKind::TimedOut.into()),
            Err(fs::TryLockError::Error(error)) => return Err(error),
        }
    }
}

fn open(path: &Path) -> io::Result<File> {
    let flags = rustix::fs::OFlags::NOFOLLOW | rustix::fs::OFlags::CLOEXEC | rustix::fs::OFlags::NONBLOCK;
    let flags = flags.bits().cast_signed();
    let file = OpenOptions::new().read(true).append(true).create(true).mode(0o600).custom_flags(flags).open(path)?;
    if file.metadata()?.is_file() { Ok(file) } else { Err(io::Error::other("it is no file")) }
}

/// The last line that is whole and ours, and its hash.
fn last_line(file: &mut File) -> io::Result<Option<(Line, String)>> {
    let length = file.metadata()?.len();
    file.seek(SeekFrom::Start(length.saturating_sub(TAIL)))?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes)?;
    let text = String::from_utf8_lossy(&bytes);
    // What follows the last line break is torn.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    Ok(whole.rsplit('\n').find_map(|text| serde_json::from_str(text).ok().map(|line| (line, hash(text)))))
}

fn is_torn(file: &mut File) -> io::Result<bool> {
    let length = file.metadata()?.len();
    if length == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::Start(length - 1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

fn turn_over(paths: &Paths) -> io::Result<()> {
    for number in (1..KEPT).rev() {
        match fs::rename(older(paths, number), older(paths, number + 1)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    fs::rename(newest(paths), older(paths, 1))
}
