//! `log/<member>/<n>`: audit log entries of a member's machines.
//!
//! ```text
//! {"before":"<hash of log/<member>/<n-1>>","oldest":3}        one line, in the clear
//! <ciphertext>                                                 to the admins and the member: parts and positions
//! ```
//!
//! An object grows with each revision until it is full; then the next one is created and names its hash. So a full
//! object never changes. The last [`KEPT`] objects are kept; the member deletes those before `oldest`.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::envelope::{Envelope, malformed};
use super::identity::MemberSecrets;
use super::objects::Objects;
use super::sealing;
use crate::audit::{Head, SentLine};
use crate::problem::Problem;
use crate::store::error::Tampering;
use crate::store::members::Role;

/// Bytes of entries at which an object is full.
pub(super) const FULL: usize = 64 << 10;

/// Objects per member that are kept.
pub(super) const KEPT: u64 = 64;

/// Logs whose positions are kept. Bounded, because a host may run on a new machine every time.
const MAX_LOGS: usize = 256;

/// Longest unencrypted line, in bytes.
const MAX_CLEAR: usize = 1 << 10;

/// The unencrypted line of the body.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct UnencryptedHeader {
    /// Hash of the previous object; empty for the first one.
    pub(super) before: String,
    /// Number of the oldest object that the member keeps.
    pub(super) oldest: u64,
}

/// The encrypted part of the body.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct LogBody {
    pub(super) parts: Vec<Part>,
    /// The last entry of each log that was sent in this object or an earlier one.
    pub(super) positions: BTreeMap<String, Head>,
}

/// Consecutive entries of one log.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Part {
    /// The random id of the log. A machine starts a new log if it lost the files of the old one.
    pub(super) log: String,
    /// Hash of the machine id.
    pub(super) machine: String,
    /// The last entry that was sent of the log that this one replaces, because its files were lost.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) replaced: Option<Head>,
    pub(super) lines: Vec<String>,
}

/// A log object whose signature was verified.
#[derive(Clone, Debug)]
pub(super) struct LogObject {
    pub(super) number: u64,
    pub(super) envelope: Envelope,
    pub(super) clear: UnencryptedHeader,
}

pub(super) fn prefix(member: &str) -> String {
    format!("log/{member}/")
}

pub(super) fn path(member: &str, number: u64) -> String {
    format!("log/{member}/{number}")
}

/// The member and number in a path.
pub(super) fn parse_path(path: &str) -> Option<(&str, u64)> {
    let (member, number) = path.strip_prefix("log/")?.split_once('/')?;
    Some((member, number.parse().ok()?))
}

impl LogObject {
    /// Parses an object and verifies that the member in its path signed it.
    pub(super) fn read(path: &str, bytes: Vec<u8>, lists: &Objects, fingerprint: &str) -> Result<Self, Tampering> {
        let (_, number) = parse_path(path).ok_or_else(malformed)?;
        let envelope = Envelope::parse(bytes).ok_or_else(malformed)?;
        lists.verify_signature(path, &envelope, fingerprint)?;
        let end = envelope.body().iter().take(MAX_CLEAR).position(|byte| *byte == b'\n').ok_or_else(malformed)?;
        let clear = envelope.body().get(..end).and_then(|line| serde_json::from_slice(line).ok());
        Ok(Self { number, clear: clear.ok_or_else(malformed)?, envelope })
    }

    /// Decrypts the entries; `None` if they are encrypted to others.
    pub(super) fn open(&self, key: &MemberSecrets) -> Option<LogBody> {
        let end = self.envelope.body().iter().position(|byte| *byte == b'\n')?;
        let plain = sealing::open(self.envelope.body().get(end + 1..)?, key)?;
        serde_json::from_slice(&plain).ok()
    }
}

impl LogBody {
    /// Encodes and encrypts the body of an object, to the admins and the member.
    pub(super) fn seal(
        &self,
        clear: &UnencryptedHeader,
        lists: &Objects,
        own: &MemberSecrets,
    ) -> Result<Vec<u8>, Problem> {
        let failed = |_| Problem::internal("A part of the audit log could not be written.");
        let mut body = serde_json::to_vec(clear).map_err(failed)?;
        body.push(b'\n');
        let own = own.recipient();
        let members = lists.roster().map_or(&[][..], |roster| roster.members.as_slice());
        let admins = members.iter().filter(|member| member.role == Role::Admin && member.recipient != own);
        let recipients = admins.map(|admin| admin.recipient.as_str()).chain([own.as_str()]);
        body.extend(sealing::seal(recipients, &serde_json::to_vec(self).map_err(failed)?)?);
        Ok(body)
    }

    pub(super) fn is_full(&self) -> bool {
        self.parts.iter().flat_map(|part| &part.lines).map(String::len).sum::<usize>() >= FULL
    }

    /// The initial body of the next object.
    pub(super) fn next(&self) -> Self {
        Self { parts: Vec::new(), positions: self.positions.clone() }
    }

    /// Appends entries until the object is full; returns the last one that was appended.
    pub(super) fn add(&mut self, from: &Part, lines: &[SentLine]) -> Option<Head> {
        if self.parts.last().is_none_or(|last| last.log != from.log) {
            self.parts.push(Part { lines: Vec::new(), ..from.clone() });
        }
        let mut last = None;
        for line in lines {
            if self.is_full() {
                break;
            }
            self.parts.last_mut()?.lines.push(line.text.clone());
            last = Some(line.head.clone());
        }
        self.positions.insert(from.log.clone(), last.clone()?);
        while self.positions.len() > MAX_LOGS {
            let oldest = self.positions.iter().filter(|(log, _)| **log != from.log);
            let oldest = oldest.min_by_key(|(_, head)| head.at).map(|(log, _)| log.clone())?;
            self.positions.remove(&oldest);
        }
        last
    }
}
