//! Reads the lines of a log in order and finds the first one that is not as it was written.
//!
//! A line is linked to the previous one by its hash, and has a MAC under the vault's key if the vault was open. A line
//! without a MAC can only record something that failed or began, because everything that succeeded was done with the
//! vault open.

use super::fault::{Fault, FaultKind};
use super::file::hash;
use super::key::Key;
use super::line::{GENESIS, Head, Line, covered};
use super::proof::Proof;
use super::verdict::LogVerification;

impl Line {
    /// The index of the key that its MAC was made with.
    pub(super) fn code(&self, text: &str, keys: &[Key]) -> Option<usize> {
        let (mac, covered) = (self.mac.as_deref()?, covered(text)?);
        keys.iter().position(|key| key.fits(covered, mac))
    }
}

/// The first line that was read.
struct First {
    seq: u64,
    place: String,
    /// Whether it was written by a version without a key.
    is_older: bool,
}

pub(super) struct LineReader<'a> {
    proof: &'a Proof,
    verdict: LogVerification,
    first: Option<First>,
    last: Option<Head>,
    before: Option<String>,
    /// The place of a line that is not valid. It is a torn write if the chain continues after it.
    half: Option<String>,
    /// The newest key seen, by its index: 0 is the active key.
    key: Option<usize>,
    /// Whether a line of a version with a key was seen.
    is_coded: bool,
    /// The oldest line kept, according to the newest line with a MAC that states it.
    oldest: Option<u64>,
    /// The first line written later than the pinned one.
    later: Option<(u64, String)>,
    /// Whether the history before the first line is known, or its loss was acknowledged.
    from_within: bool,
}

impl<'a> LineReader<'a> {
    /// Starts at the first line that is kept.
    pub(super) fn of(proof: &'a Proof) -> Self {
        Self {
            proof,
            verdict: LogVerification::default(),
            first: None,
            last: None,
            before: None,
            half: None,
            key: None,
            is_coded: false,
            oldest: None,
            later: None,
            from_within: false,
        }
    }

    /// Starts after a line that is known by its hash, whatever key it was written under.
    pub(super) fn behind(proof: &'a Proof, known: &Head) -> Self {
        let pinned = proof.pin.head.as_ref().is_some_and(|pinned| pinned.seq <= known.seq);
        let verdict = LogVerification { lines: 1, first: Some(known.seq), pinned, ..LogVerification::default() };
        // Only versions without a key left out when a line was written.
        let is_coded = known.at.is_some();
        Self { verdict, last: Some(known.clone()), from_within: true, is_coded, ..Self::of(proof) }
    }

    /// Starts after the line up to which the user has acknowledged the log.
    pub(super) fn acknowledged(proof: &'a Proof, accepted: &Head) -> Self {
        let mut reading = Self::behind(proof, accepted);
        reading.verdict.acknowledged = Some(accepted.seq);
        reading
    }

    pub(super) fn is_bad(&self) -> bool {
        self.verdict.bad.is_some()
    }

    /// The newest line, if nothing is wrong.
    pub(super) fn head(&self) -> Option<Head> {
        self.last.clone().filter(|_| !self.is_bad())
    }

    pub(super) fn line(&mut self, here: &str, text: &str) {
        if self.is_bad() {
            return;
        }
        let next = self.last.as_ref().map_or(1, |last| last.seq + 1);
        let Ok(line) = serde_json::from_str::<Line>(text) else {
            match self.half.take() {
                // A crash leaves only one invalid line.
                Some(half) => self.bad(FaultKind::Rewritten, next, half),
                None => self.half = Some(here.to_owned()),
            }
            return;
        };
        if !self.check_link(here, &line) || !self.check_mac(here, text, &line) {
            return;
        }
        self.verdict.torn.extend(self.half.take());
        let hash = hash(text);
        if !self.check_pin(here, &line, &hash) {
            return;
        }
        self.verdict.lines += 1;
        self.verdict.first.get_or_insert(line.seq);
        let is_older = line.mac.is_none();
        self.first.get_or_insert_with(|| First { seq: line.seq, place: here.to_owned(), is_older });
        self.last = Some(Head { seq: line.seq, hash, at: Some(line.at) });
        self.before = Some(here.to_owned());
    }

    /// Whether the line is linked to the previous one.
    fn check_link(&mut self, here: &str, line: &Line) -> bool {
        let Some(last) = &self.last else {
            let is_genesis = line.seq != 1 || line.prev == GENESIS;
            if !is_genesis {
                self.bad(FaultKind::Rewritten, 1, here.to_owned());
            }
            return is_genesis;
        };
        let next = last.seq + 1;
        if line.seq == next && line.prev == last.hash {
            return true;
        }
        let half = self.half.take();
        let (kind, seq) = match line.seq.cmp(&next) {
            _ if half.is_some() => (FaultKind::Rewritten, next),
            std::cmp::Ordering::Greater => (FaultKind::Removed, next),
            // The number is right, but the previous line's hash is not: one of the two was changed, and the first one
            // is reported.
            std::cmp::Ordering::Equal => (FaultKind::Rewritten, last.seq),
            std::cmp::Ordering::Less => (FaultKind::Rewritten, line.seq),
        };
        let place = half.or_else(|| self.before.take().filter(|_| line.seq == next));
        self.bad(kind, seq, place.unwrap_or_else(|| here.to_owned()));
        false
    }

    /// Whether its MAC is right, or none is required.
    fn check_mac(&mut self, here: &str, text: &str, line: &Line) -> bool {
        let code = line.code(text, &self.proof.keys);
        let is_right = match (&line.mac, code) {
            _ if self.proof.keys.is_empty() => true,
            // Once a newer key was used, a line under a former key is treated like one without a MAC.
            (_, Some(key)) if self.key.is_none_or(|newest| key <= newest) => true,
            (Some(_), Some(_)) => line.result != "ok",
            (Some(mac), None) => mac.is_empty() && line.result != "ok",
            (None, _) => !self.is_coded,
        };
        if !is_right {
            self.bad(FaultKind::Rewritten, line.seq, here.to_owned());
            return false;
        }
        if line.mac.is_some() {
            self.is_coded = true;
        } else {
            self.verdict.unkeyed_until = Some(line.seq);
        }
        if let Some(key) = code {
            self.key = Some(self.key.map_or(key, |newest| newest.min(key)));
            self.oldest = line.oldest.or(self.oldest);
        }
        true
    }

    /// Whether it is the pinned line, if it has the same number.
    fn check_pin(&mut self, here: &str, line: &Line, hash: &str) -> bool {
        let Some(pinned) = &self.proof.pin.head else { return true };
        if pinned.seq >= line.seq && pinned.at.is_some_and(|at| line.at > at) {
            self.later.get_or_insert_with(|| (line.seq, here.to_owned()));
        }
        if pinned.seq != line.seq {
            return true;
        }
        if pinned.hash == hash {
            self.verdict.pinned = true;
            return true;
        }
        let (kind, seq, place) = self.displaced().unwrap_or((FaultKind::Rewritten, line.seq, here.to_owned()));
        self.bad(kind, seq, place);
        false
    }

    /// What happened to the pinned line, if lines that were written later have its number or a smaller one.
    fn displaced(&mut self) -> Option<(FaultKind, u64, String)> {
        let (seq, place) = self.later.take()?;
        let is_first = self.first.as_ref().is_none_or(|first| first.seq == seq);
        Some((if is_first { FaultKind::Deleted } else { FaultKind::Cut }, seq, place))
    }

    pub(super) fn end(mut self, is_there: bool, dropped: bool) -> LogVerification {
        if self.is_bad() {
            return self.verdict;
        }
        self.verdict.torn.extend(self.half.take());
        let last = self.last.as_ref().map_or(0, |last| last.seq);
        let proof = self.proof;
        match &proof.pin.head {
            Some(pinned) if pinned.seq > last => {
                let place = format!("The log ends at entry {last}, but the vault has seen entry {}", pinned.seq);
                let kind = self.displaced().map(|(kind, ..)| kind).filter(|_| is_there);
                let kind = kind.unwrap_or(if is_there { FaultKind::Cut } else { FaultKind::Deleted });
                self.bad(kind, last + 1, place);
            }
            Some(pinned) if self.first.as_ref().is_some_and(|first| pinned.seq < first.seq) => {
                self.verdict.pinned = true;
            }
            _ => {}
        }
        self.front(dropped);
        self.verdict
    }

    /// Checks that the first line may be the first: older ones are dropped only by a rotation.
    fn front(&mut self, dropped: bool) {
        let Some(first) = self.first.take().filter(|_| !self.from_within && !self.is_bad()) else { return };
        let from = match self.oldest {
            Some(oldest) => oldest,
            None if first.is_older && dropped => first.seq,
            None => 1,
        };
        if first.seq > from {
            self.bad(FaultKind::Removed, from, first.place);
        } else if let Some(accepted) = self.proof.pin.accepted.as_ref().filter(|accepted| accepted.seq >= first.seq) {
            self.bad(FaultKind::Rewritten, accepted.seq, first.place);
        }
    }

    fn bad(&mut self, kind: FaultKind, seq: u64, place: String) {
        self.verdict.bad = Some(Fault { kind, seq, place });
    }
}
