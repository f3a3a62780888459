//! Verifies that the log is as it was written: chained, authenticated with the vault's key, and containing the line
//! that a save has pinned.

use jiff::Timestamp;

use super::fault::{Fault, FaultKind, RecordedFault};
use super::file::{self, files, newest, tail, texts};
use super::line::{Head, Line};
use super::line_reader::LineReader;
use super::open;
use super::proof::{Pin, Proof};
use super::verdict::LogVerification;
use crate::paths::Paths;
use crate::problem::Problem;

/// Bytes of the log's end that are read first to find the pinned line.
const WINDOW: u64 = 16 << 10;

/// Verifies the whole log.
///
/// # Errors
/// `Kind::Storage` if the log cannot be read.
pub fn verify(paths: &Paths, proof: &Proof) -> Result<LogVerification, Problem> {
    // The lock keeps the log from being rotated meanwhile; without permission to lock, read anyway.
    let _lock = file::lock(paths);
    let (mut verdict, _) = whole(paths, proof).map_err(|failure| failure.problem("The audit log cannot be read."))?;
    verdict.broken.clone_from(&proof.pin.broken);
    Ok(verdict)
}

/// Where the pin belongs after a save: at the newest line if the pinned line still exists and all lines after it are
/// ours; otherwise it stays where it was, with the fault.
#[must_use]
pub fn advance(paths: &Paths, proof: &Proof, now: Timestamp) -> Pin {
    let pin = &proof.pin;
    if pin.broken.is_some() {
        return pin.clone();
    }
    let _lock = file::lock(paths);
    let found = match since_pin(paths, proof) {
        Some(head) => Ok((None, Some(head))),
        None => whole(paths, proof).map(|(verdict, head)| (verdict.bad, head)),
    };
    match found {
        Ok((None, head)) => Pin { head: head.or_else(|| pin.head.clone()), ..pin.clone() },
        Ok((Some(fault), _)) => Pin { broken: Some(RecordedFault::by(&fault, now)), ..pin.clone() },
        Err(failure) if failure.is_not_a_file() && pin.head.is_some() => {
            let seq = pin.head.as_ref().map_or(1, |head| head.seq);
            let fault = Fault { kind: FaultKind::Replaced, seq, place: String::new() };
            Pin { broken: Some(RecordedFault::by(&fault, now)), ..pin.clone() }
        }
        // A log that cannot be read now says nothing about its contents.
        Err(_) => pin.clone(),
    }
}

/// The newest line, if all lines from the pinned one on are as they were written. Reads no more than those.
fn since_pin(paths: &Paths, proof: &Proof) -> Option<Head> {
    let pinned = proof.pin.head.as_ref()?;
    let (path, start) = (newest(paths), format!("{{\"seq\":{},", pinned.seq));
    let mut file = open::read(&path).ok()??;
    let mut size = WINDOW;
    loop {
        let (texts, is_all) = tail(&path, &mut file, size).ok()?;
        if let Some(at) = texts.iter().rposition(|text| text.starts_with(&start)) {
            if file::hash(&texts[at]) != pinned.hash {
                return None;
            }
            let mut reading = LineReader::behind(proof, pinned);
            texts[at + 1..].iter().for_each(|text| reading.line("", text));
            return reading.head();
        }
        if is_all {
            return None;
        }
        size *= 4;
    }
}

fn whole(paths: &Paths, proof: &Proof) -> Result<(LogVerification, Option<Head>), open::Failure> {
    let files = files(paths);
    let is_there = files.iter().any(|path| path.exists());
    // The oldest file exists only if a file before it may have been dropped.
    let dropped = files.first().is_some_and(|oldest| oldest.exists());
    let mut lines = Vec::new();
    for path in files {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        let numbered = texts(&path)?.into_iter().enumerate();
        lines.extend(numbered.map(|(index, text)| (format!("{name}, line {}", index + 1), text)));
    }
    let is_accepted = |text: &str, accepted: &Head| {
        text.starts_with(&format!("{{\"seq\":{},", accepted.seq)) && file::hash(text) == accepted.hash
    };
    let accepted = proof.pin.accepted.as_ref();
    let start = accepted.and_then(|head| lines.iter().rposition(|(_, text)| is_accepted(text, head)));
    let mut reading = match accepted.filter(|_| start.is_some()) {
        Some(accepted) => LineReader::acknowledged(proof, accepted),
        None => LineReader::of(proof),
    };
    for (place, text) in &lines[start.map_or(0, |at| at + 1)..] {
        reading.line(place, text);
        if reading.is_bad() {
            break;
        }
    }
    let head = reading.head();
    let mut verdict = reading.end(is_there, dropped);
    if let Some(bad) = &mut verdict.bad
        && is_foreign(&lines, proof)
    {
        bad.kind = FaultKind::Replaced;
    }
    Ok((verdict, head))
}

/// Whether none of the lines as old as the pinned one are ours: later lines were then appended to another log.
fn is_foreign(lines: &[(String, String)], proof: &Proof) -> bool {
    let Some(pinned) = proof.pin.head.as_ref().and_then(|head| head.at) else { return false };
    let (mut ours, mut others) = (false, false);
    for (_, text) in lines {
        match serde_json::from_str::<Line>(text) {
            Ok(line) if line.code(text, &proof.keys).is_some() => ours |= line.at <= pinned,
            _ => others = true,
        }
    }
    others && !ours
}
