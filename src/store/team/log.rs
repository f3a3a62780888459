//! `log/<member>/<n>`: the lines of the audit logs of a member's machines.
//!
//! ```text
//! {"before":"<hash of log/<member>/<n-1>>","oldest":3}        one line, in the clear
//! <ciphertext>                                                 to the admins and the member: parts and positions
//! ```
//!
//! An object grows by revisions until it is full; then the next one is begun, which names its hash. So a full object
//! never changes. The last [`KEPT`] are kept: what is older than `oldest` was removed by the member.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::envelope::{Envelope, malformed};
use super::identity::MemberKey;
use super::objects::Objects;
use super::sealing;
use crate::audit::{Extract, Head};
use crate::problem::Problem;
use crate::store::error::Tampering;
use crate::store::members::Role;

/// Bytes of lines at which an object is full.
pub(super) const FULL: usize = 64 << 10;

/// Objects of one member that are kept.
pub(super) const KEPT: u64 = 64;

/// Logs whose positions are kept: a host may be a new machine every time.
const MOST_LOGS: usize = 256;

/// Bytes of what is in the clear.
const MAX_CLEAR: usize = 1 << 10;

/// What is in the clear.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
pub(super) struct Clear {
    /// Hash of the object before; empty for the first one.
    pub(super) before: String,
    /// Number of the oldest object that is kept.
    pub(super) oldest: u64,
}

/// What is encrypted.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct LogBody {
    pub(super) parts: Vec<Part>,
    /// The last line of each log that was sent, in this object or an earlier one.
    pub(super) positions: BTreeMap<String, Head>,
}

/// Lines of one log, one after the other.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
pub(super) struct Part {
    /// A random id: another one after the files of a log were lost.
    pub(super) log: String,
    /// Hash of the machine's id.
    pub(super) machine: String,
    /// The last line that was sent of a log on that machine which is gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) replaced: Option<Head>,
    pub(super) lines: Vec<String>,
}

/// An object that was checked.
#[derive(Clone, Debug)]
pub(super) struct LogObject {
    pub(super) number: u64,
    pub(super) envelope: Envelope,
    pub(super) clear: Clear,
}

pub(super) fn prefix(member: &str) -> String {
    format!("log/{member}/")
}

pub(super) fn path(member: &str, number: u64) -> String {
    format!("log/{member}/{number}")
}

/// Member and number of a path.
pub(super) fn parse_path(path: &str) -> Option<(&str, u64)> {
    let (member, number) = path.strip_prefix("log/")?.split_once('/')?;
    Some((member, number.parse().ok()?))
}

impl LogObject {
    /// Checks what was read at a path: whether its member signed it.
    pub(super) fn read(path: &str, bytes: Vec<u8>, lists: &Objects, fingerprint: &str) -> Result<Self, Tampering> {
        let (_, number) = parse_path(path).ok_or_else(malformed)?;
        let envelope = Envelope::parse(bytes).ok_or_else(malformed)?;
        lists.is_signed(path, &envelope, fingerprint)?;
        let end = envelope.body().iter().take(MAX_CLEAR).position(|byte| *byte == b'\n').ok_or_else(malformed)?;
        let clear = envelope.body().get(..end).and_then(|line| serde_json::from_slice(line).ok());
        Ok(Self { number, clear: clear.ok_or_else(malformed)?, envelope })
    }

    /// What it holds; `None` where it is encrypted to others.
    pub(super) fn open(&self, key: &MemberKey) -> Option<LogBody> {
        let end = self.envelope.body().iter().position(|byte| *byte == b'\n')?;
        let plain = sealing::open(self.envelope.body().get(end + 1..)?, key)?;
        serde_json::from_slice(&plain).ok()
    }
}

impl LogBody {
    /// The body of an object.
    pub(super) fn seal(&self, clear: &Clear, lists: &Objects, own: &MemberKey) -> Result<Vec<u8>, Problem> {
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

    /// What follows it in the next object.
    pub(super) fn next(&self) -> Self {
        Self { parts: Vec::new(), positions: self.positions.clone() }
    }

    /// Adds lines of a log until it is full; gives the last one.
    pub(super) fn add(&mut self, from: &Part, lines: &[Extract]) -> Option<Head> {
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
        while self.positions.len() > MOST_LOGS {
            let oldest = self.positions.iter().filter(|(log, _)| **log != from.log);
            let oldest = oldest.min_by_key(|(_, head)| head.at).map(|(log, _)| log.clone())?;
            self.positions.remove(&oldest);
        }
        last
    }
}
