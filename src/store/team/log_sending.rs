//! Sends the entries of this machine's audit log to the store.
//!
//! The local log is the primary one, so no command waits for the store. Each object contains the position of every log
//! up to which entries were sent, and sending continues from there. So sending is idempotent: after a kill at any point
//! it can be repeated without duplicates.

use jiff::SignedDuration;

use super::backend::{BackendError, Expected, ObjectPath, Version, Write, Written};
use super::envelope::{Envelope, Statement};
use super::handle::Team;
use super::log::{KEPT, LogBody, LogObject, UnencryptedHeader, parse_path, path, prefix};
use super::log_position::Position;
use super::objects::Objects;
use crate::audit::{self, FaultKind, NewLines, RecordedFault};
use crate::store::error::{StoreError, Tampering};
use crate::store::file::LockFile;

/// Most objects that one call writes.
const AT_ONCE: usize = 8;

/// Attempts per object if another machine of the same host writes at the same time, or a response is lost.
const MAX_ATTEMPTS: usize = 16;

struct Newest {
    object: LogObject,
    body: LogBody,
    version: Version,
}

impl Team {
    /// As [`MemberLogs::send`](crate::store::MemberLogs::send).
    pub(super) fn send_log(&self, pause: SignedDuration) -> Result<usize, StoreError> {
        let mut position = self.log_position();
        let now = self.0.at.clock.now();
        // The condition `at <= now` keeps a clock that was set back from delaying the log.
        if !pause.is_zero() && self.state().view.is_offline {
            // The store was unreachable a moment ago; do not wait for it again.
            return Ok(0);
        }
        let is_early = position.at.is_some_and(|at| at <= now && now.duration_since(at) < pause);
        if is_early || self.lines_since(&position)?.lines.is_empty() {
            return Ok(0);
        }
        let Some(lists) = self.lists() else { return Ok(0) };
        let Some(_lock) = LockFile::try_acquire(&self.0.at.paths.state().join("log-send.lock"))? else { return Ok(0) };
        position = self.log_position();
        let accepted = self.state().view.accepted();
        if accepted > position.accepted {
            position.accepted = accepted;
            position.resend_from_start();
        }
        // The id of the log is saved before it is used, or a send that is repeated after a kill would use a different
        // id.
        self.keep_position(&position)?;
        let (mut count, mut written) = (0, 0);
        for _ in 0..MAX_ATTEMPTS * AT_ONCE {
            let newest = self.newest_log(&lists, &position)?;
            let known = newest.as_ref().and_then(|newest| newest.body.positions.get(&position.log).cloned());
            let since = audit::since(&self.0.at.paths, known.as_ref(), &[self.0.own.key.log_key()])?;
            match known {
                Some(known) if !since.is_found => {
                    self.note_loss(&mut position, &known)?;
                    position.start_new_log(known);
                    self.keep_position(&position)?;
                    continue;
                }
                Some(known) => self.note_sent(&mut position, newest.as_ref(), known)?,
                None => {}
            }
            if since.lines.is_empty() || written == AT_ONCE {
                break;
            }
            match self.write_log(&lists, &position, newest, &since) {
                Ok(Some(sent)) => (count, written) = (count + sent, written + 1),
                Ok(None) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(count)
    }

    /// The rosters that were last read, to verify signatures.
    pub(super) fn lists(&self) -> Option<Objects> {
        let rosters = self.state().view.objects.rosters.clone();
        (!rosters.is_empty()).then(|| Objects { rosters, ..Objects::default() })
    }

    fn lines_since(&self, position: &Position) -> Result<NewLines, StoreError> {
        Ok(audit::since(&self.0.at.paths, position.pin.head.as_ref(), &[self.0.own.key.log_key()])?)
    }

    /// The newest object of this member. It must not be older than the last one that this machine wrote.
    fn newest_log(&self, lists: &Objects, position: &Position) -> Result<Option<Newest>, StoreError> {
        let own = &self.0.own;
        let mut number = position.number;
        if number == 0 {
            number = self.newest_number()?;
            if number == 0 {
                return Ok(None);
            }
        }
        loop {
            let path = path(&own.member, number);
            let failed = |what| self.log_tampered(&path, what);
            let Some(found) = self.0.backend.get(&ObjectPath(path.clone()))? else {
                // Another machine of the same host may have deleted it to make room.
                match self.newest_number()? {
                    newest if newest > number => number = newest,
                    _ => return Err(failed(Tampering::Vanished)),
                }
                continue;
            };
            let object = LogObject::read(&path, found.body, lists, &self.0.fingerprint).map_err(failed)?;
            let header = &object.envelope.header;
            if number == position.number && header.revision < position.revision {
                return Err(failed(Tampering::RolledBack { found: header.revision, seen: position.revision }));
            }
            let is_own = number == position.number && header.revision == position.revision;
            if is_own && !position.hash.is_empty() && object.envelope.hash != position.hash {
                return Err(failed(Tampering::Forked { revision: header.revision }));
            }
            let unread = || Tampering::Forged { why: "It is not encrypted to its member.".to_owned() };
            let body = object.open(&own.key).ok_or_else(|| failed(unread()))?;
            // If it is full, another machine of the same host may have created the next one.
            if body.is_full() && self.0.backend.get(&ObjectPath(super::log::path(&own.member, number + 1)))?.is_some() {
                number += 1;
                continue;
            }
            return Ok(Some(Newest { object, body, version: found.version }));
        }
    }

    /// The number of this member's newest object; 0 if there is none.
    fn newest_number(&self) -> Result<u64, StoreError> {
        let listed = self.0.backend.list(&prefix(&self.0.own.member))?;
        Ok(listed.iter().filter_map(|row| Some(parse_path(&row.path.0)?.1)).max().unwrap_or_default())
    }

    pub(super) fn log_tampered(&self, path: &str, what: Tampering) -> StoreError {
        StoreError::Tampered { place: self.place(), path: path.to_owned(), about: None, what }
    }

    /// Writes as many of the entries as fit into one object. `None` if another machine wrote first, or if the outcome
    /// is unknown.
    fn write_log(
        &self,
        lists: &Objects,
        position: &Position,
        newest: Option<Newest>,
        since: &NewLines,
    ) -> Result<Option<usize>, StoreError> {
        let member = &self.0.own.member;
        let floor = if position.hash.is_empty() { position.revision } else { 0 };
        let (number, revision, parent, mut body, clear, expected) = match newest {
            Some(Newest { object, body, version }) if !body.is_full() => {
                let header = &object.envelope.header;
                let next = (header.revision.max(floor) + 1, object.envelope.hash.clone());
                (object.number, next.0, next.1, body, object.clear, Expected::Version(version))
            }
            full => {
                let number = full.as_ref().map_or(1, |full| full.object.number + 1);
                let before = full.as_ref().map_or_else(String::new, |full| full.object.envelope.hash.clone());
                let body = full.map_or_else(LogBody::default, |full| full.body.next());
                let clear = UnencryptedHeader { before, oldest: (number + 1).saturating_sub(KEPT).max(1) };
                (number, floor + 1, String::new(), body, clear, Expected::Absent)
            }
        };
        let lines_before: usize = body.parts.iter().map(|part| part.lines.len()).sum();
        body.add(&position.part(), &since.lines);
        let count = body.parts.iter().map(|part| part.lines.len()).sum::<usize>() - lines_before;
        let (path, roster) = (path(member, number), lists.roster().map_or(0, |roster| roster.version));
        let statement = Statement {
            vault: &self.0.fingerprint,
            path: &path,
            revision,
            parent: &parent,
            roster,
            author: member,
            at: self.0.at.clock.now(),
        };
        let envelope = Envelope::sign(&statement, &body.seal(&clear, lists, &self.0.own.key)?, &self.0.own.key)?;
        let is_new = expected == Expected::Absent;
        let write = Write { path: ObjectPath(path), expected, body: Some(envelope.bytes().to_vec()) };
        match self.0.backend.write(write) {
            Ok(Written::Done(_)) => {
                if is_new && clear.oldest > 1 {
                    self.drop_older(clear.oldest);
                }
                Ok(Some(count))
            }
            // The caller reads the object again, which shows what is left to send.
            Ok(Written::Conflict(_)) | Err(BackendError::Unknown { .. }) => Ok(None),
            Err(error) => Err(error.into()),
        }
    }

    /// Deletes objects that are older than this member keeps. Whatever fails to be deleted is deleted with the next
    /// object.
    fn drop_older(&self, oldest: u64) {
        let member = &self.0.own.member;
        for row in self.0.backend.list(&prefix(member)).unwrap_or_default() {
            if parse_path(&row.path.0).is_some_and(|(whose, number)| whose == member && number < oldest) {
                let _ = self.0.backend.write(Write {
                    path: row.path,
                    expected: Expected::Version(row.version),
                    body: None,
                });
            }
        }
    }

    fn note_sent(&self, position: &mut Position, newest: Option<&Newest>, sent: audit::Head) -> Result<(), StoreError> {
        let Some(newest) = newest else { return Ok(()) };
        let envelope = &newest.object.envelope;
        // After a loss was acknowledged, the next object has to continue from the highest revision that was written.
        let is_lower = position.hash.is_empty() && envelope.header.revision < position.revision;
        if position.hash == envelope.hash || is_lower {
            return Ok(());
        }
        position.number = newest.object.number;
        (position.revision, position.hash) = (envelope.header.revision, envelope.hash.clone());
        (position.at, position.replaced, position.pin.head) = (Some(self.0.at.clock.now()), None, Some(sent));
        Ok(self.keep_position(position)?)
    }

    /// The local log lacks the entry that was sent last. This is recorded as a fault until a person acknowledges it.
    fn note_loss(&self, position: &mut Position, sent: &audit::Head) -> Result<(), StoreError> {
        let proof = audit::Proof { keys: vec![self.0.own.key.log_key()], pin: position.pin.clone() };
        let verdict = audit::verify(&self.0.at.paths, &proof)?;
        let (kind, seq) = verdict.bad.map_or((FaultKind::Replaced, sent.seq), |bad| (bad.kind, bad.seq));
        let found = RecordedFault { since: self.0.at.clock.now(), seq, kind: kind.word().to_owned() };
        position.pin.broken.get_or_insert(found);
        position.pin.head = None;
        Ok(())
    }
}
