//! Verifies the log of one member: every object is signed, none is missing or older than one that this machine has
//! seen, and the entries form one hash chain.

use std::collections::BTreeMap;

use super::identity::MemberSecrets;
use super::log::{KEPT, LogBody, LogObject, Part, path};
use super::log_memory::{Accepted, Seen};
use crate::audit::{Head, Link, receive};
use crate::store::error::Tampering;
use crate::store::member_logs::{LogFault, LogFaultKind as Kind, MachineLine, MachineLog};

/// Most faults that are reported per member.
const MAX_FAULTS: usize = 20;

/// The log objects of one member.
pub(super) struct Found<'a> {
    pub(super) id: &'a str,
    /// The display name of the member.
    pub(super) name: String,
    /// The numbers of all objects in the store, in order.
    pub(super) numbers: Vec<u64>,
    /// The newest objects, which were read, in order.
    pub(super) objects: Vec<Result<LogObject, (u64, Tampering)>>,
    /// The id of this machine's own log, which is read locally instead; `None` for other members.
    pub(super) own_log: Option<String>,
}

/// A verification in progress.
pub(super) struct Chain<'a> {
    found: &'a Found<'a>,
    seen: Option<&'a Seen>,
    accepted: Accepted,
    heads: BTreeMap<String, Head>,
    newest: Option<(u64, &'a LogObject)>,
    positions: BTreeMap<String, Head>,
    lines: Vec<MachineLine>,
    log: MachineLog,
}

/// The result of a verification.
pub(super) struct Checked {
    pub(super) lines: Vec<MachineLine>,
    pub(super) log: MachineLog,
    /// What to remember for the next verification; `None` if no object was found.
    pub(super) seen: Option<Seen>,
}

impl<'a> Chain<'a> {
    pub(super) fn check(found: &'a Found<'a>, seen: Option<&'a Seen>, key: &MemberSecrets) -> Checked {
        let log = MachineLog {
            member: found.name.clone(),
            objects: found.numbers.len(),
            lines: 0,
            hidden: 0,
            dropped: 0,
            newest: None,
            faults: Vec::new(),
        };
        let accepted = seen.and_then(|seen| seen.accepted.clone()).unwrap_or_default();
        let mut chain = Self {
            found,
            seen,
            accepted,
            heads: BTreeMap::new(),
            newest: None,
            positions: BTreeMap::new(),
            lines: Vec::new(),
            log,
        };
        let mut before: Option<&LogObject> = None;
        for object in &found.objects {
            match object {
                Ok(object) => {
                    chain.object(object, before, key);
                    before = Some(object);
                }
                Err((number, what)) => {
                    before = None;
                    chain.heads.clear();
                    chain.object_fault(*number, Kind::Forged, reason(what));
                }
            }
        }
        chain.whole();
        chain.check_rollback();
        chain.end()
    }

    fn object(&mut self, object: &'a LogObject, before: Option<&LogObject>, key: &MemberSecrets) {
        if let Some(before) = before.filter(|before| before.number + 1 == object.number)
            && object.clear.before != before.envelope.hash
        {
            let why = "The next object continues a different version of this one.";
            self.object_fault(before.number, Kind::Forked, why.to_owned());
        }
        if let Some(seen) = self.seen.filter(|seen| seen.number == object.number) {
            let revision = object.envelope.header.revision;
            if revision < seen.revision {
                let why = format!("It has revision {revision}; this machine has seen {}.", seen.revision);
                self.object_fault(object.number, Kind::RolledBack, why);
            } else if revision == seen.revision && object.envelope.hash != seen.hash {
                self.object_fault(
                    object.number,
                    Kind::Forked,
                    "This machine has seen another version of it.".to_owned(),
                );
            }
        }
        self.log.newest = Some(object.envelope.header.at);
        self.newest = Some((object.number, object));
        let Some(LogBody { parts, positions }) = object.open(key) else {
            self.log.hidden += 1;
            self.heads.clear();
            return;
        };
        for part in &parts {
            self.part(object.number, part);
        }
        self.positions = positions;
    }

    fn part(&mut self, number: u64, part: &Part) {
        let machine = crate::printable::printable(&part.machine, 16);
        let at = |seq: u64| format!("{machine}, entry {seq}");
        let mut head = self.heads.remove(&part.log);
        if let Some(lost) = part.replaced.as_ref().filter(|_| head.is_none())
            && !self.accepted.positions.contains_key(&part.log)
        {
            let why = "Its log was deleted or replaced on that machine after this entry had been sent.";
            self.fault(Kind::Replaced, at(lost.seq), why.to_owned());
        }
        for text in &part.lines {
            let Some(received) = receive(text, head.as_ref()) else {
                self.object_fault(number, Kind::Rewritten, "It contains something other than log entries.".to_owned());
                break;
            };
            let seq = received.head.seq;
            let seen = self.seen.and_then(|seen| seen.positions.get(&part.log));
            let is_other = seen.is_some_and(|seen| seen.seq == seq && seen.hash != received.head.hash);
            if !self.accepted.covers(&part.log, seq) {
                match received.link {
                    _ if is_other => {
                        self.fault(Kind::Rewritten, at(seq), "This machine has seen another entry.".to_owned());
                    }
                    Link::Next => {}
                    Link::Gap => {
                        let first = head.as_ref().map_or(1, |head| head.seq + 1);
                        self.fault(Kind::Gap, at(first), format!("Entries {first} to {} are missing.", seq - 1));
                    }
                    Link::Broken => {
                        let why = "It does not follow the entry before: one of the two was changed.";
                        self.fault(Kind::Rewritten, at(seq), why.to_owned());
                    }
                }
            }
            self.log.lines += 1;
            if self.found.own_log.as_ref() != Some(&part.log) {
                let (member, machine) = (self.found.name.clone(), machine.clone());
                self.lines.extend(received.line.map(|line| MachineLine { member, machine, line }));
            }
            head = Some(received.head);
        }
        self.heads.extend(head.map(|head| (part.log.clone(), head)));
    }

    /// Checks that no object is missing.
    fn whole(&mut self) {
        let Some((newest, object)) = self.newest else { return };
        let oldest = object.clear.oldest.max(1);
        self.log.dropped = oldest - 1;
        if oldest > newest.saturating_sub(KEPT - 1).max(1) {
            let why = format!("The member has removed objects that have to be kept, up to {}.", oldest - 1);
            self.object_fault(newest, Kind::Missing, why);
        }
        let mut next = oldest;
        for number in self.found.numbers.iter().filter(|number| **number >= oldest) {
            if *number > next {
                self.object_fault(next, Kind::Missing, "It was removed from the store.".to_owned());
            }
            next = number.saturating_add(1);
        }
    }

    fn check_rollback(&mut self) {
        let Some(seen) = self.seen.filter(|seen| seen.number > 0) else { return };
        if self.found.numbers.last().is_none_or(|newest| *newest < seen.number) {
            let place = path(self.found.id, seen.number);
            self.fault(Kind::Missing, place, "This machine has seen it.".to_owned());
            return;
        }
        for (log, head) in &seen.positions {
            let now = self.positions.get(log).filter(|now| now.seq < head.seq);
            if let Some(now) = now.cloned() {
                let why = format!("This machine has seen entry {}.", head.seq);
                self.fault(Kind::RolledBack, format!("the log ends at entry {}", now.seq), why);
            }
        }
        for (log, head) in self.heads.clone() {
            if self.positions.get(&log).is_some_and(|position| *position != head && position.seq <= head.seq) {
                self.fault(
                    Kind::Rewritten,
                    format!("entry {}", head.seq),
                    "This entry differs from the one that was sent to the store.".to_owned(),
                );
            }
        }
    }

    fn end(self) -> Checked {
        let seen = self.newest.map(|(number, object)| Seen {
            number,
            revision: object.envelope.header.revision,
            hash: object.envelope.hash.clone(),
            positions: self.positions,
            accepted: Some(self.accepted).filter(|accepted| accepted.number > 0),
            at: Some(object.envelope.header.at),
            version: self.seen.map_or_else(String::new, |seen| seen.version.clone()),
        });
        Checked { lines: self.lines, log: self.log, seen }
    }

    fn object_fault(&mut self, number: u64, kind: Kind, why: String) {
        // The acknowledged newest object is still compared with its acknowledged state; only its missing or rewritten
        // entries are excused.
        let is_in_it = number == self.accepted.number && matches!(kind, Kind::Missing | Kind::Rewritten);
        if number >= self.accepted.number && !is_in_it {
            self.fault(kind, path(self.found.id, number), why);
        }
    }

    fn fault(&mut self, kind: Kind, place: String, why: String) {
        if self.log.faults.len() < MAX_FAULTS {
            self.log.faults.push(LogFault { kind, place, why });
        }
    }
}

fn reason(what: &Tampering) -> String {
    match what {
        Tampering::Forged { why } => why.clone(),
        Tampering::RolledBack { found, seen } => format!("It has revision {found}; this machine has seen {seen}."),
        Tampering::Forked { revision } => format!("There are two versions of revision {revision}."),
        Tampering::Vanished => "It was removed from the store.".to_owned(),
    }
}
