//! Reads the audit logs of all machines, and when each member last wrote to its log.

use std::collections::{BTreeMap, BTreeSet};

use jiff::{SignedDuration, Timestamp};

use super::backend::{ListedObject, ObjectPath};
use super::handle::Team;
use super::log::{LogObject, parse_path, path};
use super::log_chain::{Chain, Found};
use super::log_memory::{Accepted, Memory, Seen};
use super::objects::Objects;
use crate::audit::{self, Pin};
use crate::store::error::{StoreError, Tampering};
use crate::store::member_logs::{Collected, MemberLogs};
use crate::store::members::{Progress, Role};

/// Fewest entries in a full object: no entry is longer than 2 KiB.
const LEAST_LINES: usize = super::log::FULL >> 11;

/// The log objects of each member, in order.
type Rows = BTreeMap<String, BTreeMap<u64, ListedObject>>;

/// The result of verifying a member's log.
struct FoundLog {
    seen: Seen,
    is_good: bool,
}

impl MemberLogs for Team {
    fn send(&self, pause: SignedDuration) -> Result<usize, StoreError> {
        self.send_log(pause)
    }

    fn collect(&self, most: Option<usize>, progress: Progress<'_>) -> Result<Collected, StoreError> {
        let mut memory = self.log_memory();
        let (collected, found) = self.read_logs(most, &memory, progress)?;
        // A log with faults is not remembered, so its faults are reported again until a person acknowledges them.
        memory.extend(found.into_iter().filter(|(_, found)| found.is_good).map(|(id, found)| (id, found.seen)));
        self.keep_memory(&memory)?;
        Ok(collected)
    }

    fn accept(&self) -> Result<(), StoreError> {
        let before = self.log_memory();
        let blank = before.iter().map(|(id, seen)| (id.clone(), seen.without_proof())).collect();
        let (_, found) = self.read_logs(None, &blank, &mut |_, _| ())?;
        let accepted = |FoundLog { seen, .. }: FoundLog| {
            let accepted = Accepted { number: seen.number, positions: seen.positions.clone() };
            Seen { accepted: Some(accepted), ..seen }
        };
        self.keep_memory(&found.into_iter().map(|(id, found)| (id, accepted(found))).collect())?;
        let mut position = self.log_position();
        position.resend_from_start();
        Ok(self.keep_position(&position)?)
    }
}

impl Seen {
    /// Removes all high-water marks, so that no log counts as rolled back.
    fn without_proof(&self) -> Self {
        let accepted = Accepted { number: u64::MAX, positions: BTreeMap::new() };
        Self { version: self.version.clone(), at: self.at, accepted: Some(accepted), ..Self::default() }
    }
}

/// A log object, or the number of an invalid one and the reason.
type ReadObject = Result<LogObject, (u64, Tampering)>;

impl Team {
    fn log_rows(&self) -> Result<Rows, StoreError> {
        let mut rows = Rows::new();
        for row in self.0.backend.list("log/")? {
            if let Some((member, number)) = parse_path(&row.path.0).filter(|(_, number)| *number > 0) {
                rows.entry(member.to_owned()).or_default().insert(number, row.clone());
            }
        }
        Ok(rows)
    }

    /// The display name of a member, marked if the member was removed.
    fn name_in(lists: &Objects, id: &str) -> String {
        let is_member = lists.roster().is_some_and(|roster| roster.member(id).is_some());
        let known = lists.rosters.iter().rev().find_map(|roster| roster.member(id));
        match known {
            Some(member) if is_member => member.name.clone(),
            Some(member) => format!("{} (removed)", member.name),
            None => crate::printable::printable(id, 40),
        }
    }

    fn read_logs(
        &self,
        most: Option<usize>,
        memory: &Memory,
        progress: Progress<'_>,
    ) -> Result<(Collected, BTreeMap<String, FoundLog>), StoreError> {
        self.refresh(&mut self.state())?;
        let Some(lists) = self.lists() else { return Ok((Collected::default(), BTreeMap::new())) };
        let own = &self.0.own;
        let role = lists.roster().and_then(|roster| roster.member(&own.member)).map(|member| member.role);
        let is_of_all = role == Some(Role::Admin);
        let mut rows = self.log_rows()?;
        let mut all_found = BTreeMap::new();
        let own_name = Self::name_in(&lists, &own.member);
        let mut collected = Collected { own_name, is_of_all, ..Collected::default() };
        // Members from the high-water marks are included, so that a log which was deleted as a whole is noticed.
        let mut members: BTreeSet<String> = rows.keys().chain(memory.keys()).cloned().collect();
        members.retain(|id| is_of_all || *id == own.member);
        let total = members.len();
        for (done, id) in members.into_iter().enumerate() {
            progress(done, total);
            let of = rows.remove(&id).unwrap_or_default();
            let numbers: Vec<u64> = of.keys().copied().collect();
            let skipped = most.map_or(0, |most| numbers.len().saturating_sub(1 + most.div_ceil(LEAST_LINES)));
            let objects = self.read_objects(&id, numbers.get(skipped..).unwrap_or_default(), &lists)?;
            let own_log = (id == own.member).then(|| self.log_position().log);
            let found = Found { id: &id, name: Self::name_in(&lists, &id), numbers, objects, own_log };
            let checked = Chain::check(&found, memory.get(&id), &own.key);
            let is_good = checked.log.faults.is_empty();
            all_found.extend(checked.seen.map(|seen| (id.clone(), FoundLog { seen, is_good })));
            collected.lines.extend(checked.lines);
            collected.logs.push(checked.log);
        }
        Ok((collected, all_found))
    }

    fn read_objects(&self, member: &str, numbers: &[u64], lists: &Objects) -> Result<Vec<ReadObject>, StoreError> {
        let paths: Vec<ObjectPath> = numbers.iter().map(|number| ObjectPath(path(member, *number))).collect();
        let found = self.0.backend.read_all(&paths)?;
        let read = |((number, path), found): ((&u64, &ObjectPath), Option<super::backend::Object>)| {
            // An object that was deleted after the listing is older than the oldest one to keep, so it is skipped.
            let read = LogObject::read(&path.0, found?.body, lists, &self.0.fingerprint);
            Some(read.map_err(|what| (*number, what)))
        };
        Ok(numbers.iter().zip(&paths).zip(found).filter_map(read).collect())
    }

    /// When the newest object of each member's log was written. If the store cannot be read, the last known times.
    pub(super) fn log_times(&self) -> BTreeMap<String, Timestamp> {
        let mut memory = self.log_memory();
        if let (Ok(rows), Some(lists)) = (self.log_rows(), self.lists())
            && self.look_at_newest(&rows, &lists, &mut memory)
        {
            // For display only, so a failure is ignored.
            let _ = self.keep_memory(&memory);
        }
        times(memory)
    }

    /// As [`log_times`](Self::log_times), without access to the store.
    pub(super) fn log_times_seen(&self) -> BTreeMap<String, Timestamp> {
        times(self.log_memory())
    }

    fn look_at_newest(&self, rows: &Rows, lists: &Objects, memory: &mut Memory) -> bool {
        let newest = rows.iter().filter_map(|(id, of)| Some((id, of.values().next_back()?)));
        let newest: Vec<_> = newest
            .filter(|(id, row)| memory.get(*id).is_none_or(|seen| seen.version != row.version.0))
            .map(|(id, row)| (id, row.clone()))
            .collect();
        let paths: Vec<ObjectPath> = newest.iter().map(|(_, row)| row.path.clone()).collect();
        let Ok(found) = self.0.backend.read_all(&paths) else { return false };
        for ((id, row), object) in newest.iter().zip(found) {
            let read = object.map(|found| LogObject::read(&row.path.0, found.body, lists, &self.0.fingerprint));
            if let Some(Ok(object)) = read {
                let seen = memory.entry((*id).clone()).or_default();
                let at = object.envelope.header.at;
                seen.at = Some(seen.at.map_or(at, |before| before.max(at)));
                seen.version.clone_from(&row.version.0);
            }
        }
        !newest.is_empty()
    }

    /// What the local log is verified against.
    pub(super) fn local_proof(&self) -> audit::Proof {
        audit::Proof { keys: vec![self.0.own.key.log_key()], pin: self.log_position().pin }
    }

    /// Acknowledges the local log as it is.
    pub(super) fn acknowledge_local(&self) -> Result<(), StoreError> {
        let mut position = self.log_position();
        let accepted = audit::head(&self.0.at.paths)?;
        let sent = position.pin.head.take();
        let is_there = |sent: &audit::Head| -> Result<bool, StoreError> {
            Ok(audit::since(&self.0.at.paths, Some(sent), &[])?.is_found)
        };
        let head = match sent {
            Some(sent) if is_there(&sent)? => Some(sent),
            // Starting a new log tells other machines that this one replaces the one they know.
            Some(sent) => {
                position.start_new_log(sent);
                None
            }
            None => None,
        };
        position.pin = Pin { head, accepted, broken: None };
        Ok(self.keep_position(&position)?)
    }
}

fn times(memory: Memory) -> BTreeMap<String, Timestamp> {
    memory.into_iter().filter_map(|(id, seen)| Some((id, seen.at?))).collect()
}
