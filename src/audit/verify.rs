//! Whether the log is whole: every line chained to the one before, and none missing that a save has pinned.

use super::file::{files, hash, texts};
use super::line::{GENESIS, Head, Line};
use crate::paths::Paths;
use crate::problem::Problem;

/// What was found.
#[derive(Clone, Debug, Default)]
pub struct Verdict {
    /// Lines that are whole.
    pub lines: u64,
    /// Number of the first one that is kept.
    pub first: Option<u64>,
    /// Where a crash left half a line: file and line.
    pub torn: Vec<String>,
    /// The first line that is not as it was written, and why; nothing after it was looked at.
    pub bad: Option<String>,
    /// Whether the pin of the vault was found in it, or is older than what is kept.
    pub pinned: bool,
}

/// Reads all of it.
///
/// # Errors
/// Storage.
pub fn verify(paths: &Paths, pin: Option<&Head>) -> Result<Verdict, Problem> {
    let files = files(paths);
    // The oldest file is there only where one before it may have been dropped.
    let dropped = files.first().is_some_and(|oldest| oldest.exists());
    let mut reading = Reading { pin, dropped, ..Reading::default() };
    for path in files {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        for (index, text) in texts(&path)?.iter().enumerate() {
            reading.line(&format!("{name}, line {}", index + 1), text);
            if reading.verdict.bad.is_some() {
                return Ok(reading.verdict);
            }
        }
    }
    Ok(reading.end())
}

#[derive(Default)]
struct Reading<'a> {
    verdict: Verdict,
    pin: Option<&'a Head>,
    dropped: bool,
    last: Option<(u64, String)>,
    /// Where that one stands.
    before: Option<String>,
    /// What is no line; torn, if the chain goes on behind it.
    half: Option<String>,
}

impl Reading<'_> {
    fn line(&mut self, here: &str, text: &str) {
        let Ok(line) = serde_json::from_str::<Line>(text) else {
            match &self.half {
                // A crash leaves one.
                Some(half) => self.verdict.bad = Some(format!("{half}: it is no line of the log.")),
                None => self.half = Some(here.to_owned()),
            }
            return;
        };
        let (number, before) = match &self.last {
            Some((number, hash)) => (number + 1, Some(hash.as_str())),
            // Older files were dropped.
            None if self.dropped => (line.seq, None),
            None => (1, Some(GENESIS)),
        };
        let chained = before.is_none_or(|before| before == line.prev);
        if line.seq != number || !chained {
            // In its turn, but not of its predecessor: one of the two was changed, and the first is named.
            let place = self.half.take().or_else(|| self.before.take().filter(|_| line.seq == number));
            let place = place.unwrap_or_else(|| here.to_owned());
            let found = format!("{place}: a line was changed, taken out or put in before number {}.", line.seq);
            self.verdict.bad = Some(found);
            return;
        }
        self.verdict.torn.extend(self.half.take());
        let hash = hash(text);
        if let Some(pin) = self.pin.filter(|pin| pin.seq == line.seq) {
            if pin.hash != hash {
                let found = format!("{here}: number {} is not the line that the vault has pinned.", line.seq);
                self.verdict.bad = Some(found);
                return;
            }
            self.verdict.pinned = true;
        }
        self.verdict.lines += 1;
        self.verdict.first.get_or_insert(line.seq);
        self.last = Some((line.seq, hash));
        self.before = Some(here.to_owned());
    }

    fn end(mut self) -> Verdict {
        self.verdict.torn.extend(self.half.take());
        let last = self.last.as_ref().map_or(0, |(number, _)| *number);
        match self.pin {
            Some(pin) if pin.seq > last => {
                let found = format!("The vault has pinned number {}, and the log ends with {last}.", pin.seq);
                self.verdict.bad = Some(found);
            }
            Some(pin) if self.verdict.first.is_some_and(|first| pin.seq < first) => self.verdict.pinned = true,
            _ => {}
        }
        self.verdict
    }
}
