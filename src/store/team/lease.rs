//! The lease of a credential: a lock with at most one holder among all machines, based on compare-and-swap and on the
//! store's clock.
//!
//! ```text
//! lease/ID    {"state":"free|held|spending","until":"…","write_id":"…","spending":"…","claim":"…","program":"…"}
//! ```
//!
//! The body is not encrypted. A lease expires after 90 seconds, longer than any request to a provider takes; a holder
//! whose lease expired sends no refresh token. The note `spending` stays after its holder is gone, until a response was
//! saved. If the response to a conditional write is lost, the write id tells whether the stored lease is our own.
//! Processes on the holder's machine detect that a holder has died (liveness_lock.rs), and do not wait for the lease to
//! expire.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::backend::{BackendError, Expected, ObjectPath, Version, Write, Written};
use super::draft::Draft;
use super::envelope::{Envelope, malformed};
use super::handle::{State, Team};
use super::liveness_lock::LivenessLock;
use super::rescue::{self, RescueStatus, Rescued};
use super::view::View;
use crate::clock::SuspendAwareInstant;
use crate::model::change::Change;
use crate::model::credential::CredentialId;
use crate::model::transaction::Transaction;
use crate::problem::{Kind, Problem};
use crate::store::contract::{Lease, Pending, Wait};
use crate::store::error::{Holder, LockKind, StoreError, Tampering};

/// How long a lease is valid without renewal.
const TERM: SignedDuration = SignedDuration::from_secs(90);

/// How long after its note a refresh token may still be sent: the response must arrive before the lease ends.
const LATEST_START: Duration = Duration::from_secs(50);

/// The first delay before a lease that another machine holds is polled again. Each further delay is longer (back-off),
/// so that many waiting machines do not overload a store.
const FIRST_PAUSE: Duration = Duration::from_millis(100);
const LONGEST_PAUSE: Duration = Duration::from_millis(500);

/// How long to wait before the user is told about it.
const NOTICEABLE: Duration = Duration::from_millis(300);

#[derive(Clone, Copy, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "lowercase")]
enum LeaseState {
    Free,
    Held,
    Spending,
}

#[derive(Clone, Debug, Deserialize, Serialize)]
struct LeaseBody {
    state: LeaseState,
    /// Expiry, by the store's clock.
    until: Timestamp,
    since: Timestamp,
    write_id: String,
    /// When a refresh token was sent whose response has not been saved, by the holder's clock.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    spending: Option<Timestamp>,
    /// Shows the other processes on the holder's machine whether the holder is alive (liveness_lock.rs).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    claim: Option<String>,
    pid: u32,
    program: String,
}

/// The lease as stored.
struct Found {
    version: Version,
    body: LeaseBody,
    author: String,
}

#[derive(Debug)]
pub(super) struct TeamLease {
    team: Team,
    id: CredentialId,
    version: Version,
    body: LeaseBody,
    claim: Option<LivenessLock>,
    pending: Option<Pending>,
    /// The note is to be removed. Written when the lease is released, which follows at once: if this process dies
    /// before, the stale note only makes the next refresh more careful.
    is_cleared: bool,
    /// The new tokens exist only on this machine. To all other machines the response is lost, so the note stays.
    is_rescued: bool,
    /// When the last note was begun. Also counts the time that the machine was suspended.
    noted: Option<SuspendAwareInstant>,
}

fn path(id: CredentialId) -> String {
    format!("lease/{id}")
}

impl Team {
    /// As [`Store::lease`](crate::store::Store::lease).
    pub(super) fn acquire_lease(&self, id: CredentialId, wait: &mut Wait<'_>) -> Result<TeamLease, StoreError> {
        let (begun, mut was_noticed, mut pause) = (SuspendAwareInstant::now(), false, FIRST_PAUSE);
        loop {
            let found = self.read_lease(id)?;
            let now = self.0.backend.now()?;
            let holder = match &found {
                Some(found) if self.is_held_by_another(id, found, now) => Some(self.holder(found)),
                _ => None,
            };
            if holder.is_none()
                && let Some(mut lease) = self.try_take(id, found.as_ref(), now)?
            {
                let saved = self.save_rescued(id)?;
                // The note was about the refresh token that these tokens replace, unless it is somebody else's.
                if saved.is_some_and(|saved| saved.noted() == lease.body.spending) {
                    lease.clear_spending();
                }
                return Ok(lease);
            }
            if begun.elapsed() >= wait.longest {
                let (held, waited) = (LockKind::Lease, wait.longest);
                return Err(StoreError::Busy {
                    held,
                    holder,
                    waited,
                    place: format!("{} in {}", path(id), self.place()),
                });
            }
            if begun.elapsed() > NOTICEABLE && !was_noticed {
                (wait.noticed)();
                was_noticed = true;
            }
            std::thread::sleep(pause.min(wait.longest.saturating_sub(begun.elapsed())));
            pause = (pause * 5 / 4).min(LONGEST_PAUSE);
        }
    }

    fn is_held_by_another(&self, id: CredentialId, found: &Found, now: Timestamp) -> bool {
        let is_gone = || {
            let claim = found.body.claim.as_deref().filter(|_| found.author == self.0.own.member);
            claim.is_some_and(|claim| self.holder_is_dead(id, claim))
        };
        // A lease ends `TERM` after it was written. Twice that allows for servers of the store whose clocks differ.
        let is_running = found.body.until > now && found.body.until <= end_of_term(end_of_term(now));
        found.body.state != LeaseState::Free && is_running && !is_gone()
    }

    fn try_take(
        &self,
        id: CredentialId,
        found: Option<&Found>,
        now: Timestamp,
    ) -> Result<Option<TeamLease>, StoreError> {
        let spending = found.and_then(|found| found.body.spending);
        let claim = LivenessLock::make(&self.0.folder, id);
        let body = LeaseBody {
            state: LeaseState::Held,
            until: end_of_term(now),
            since: now,
            write_id: new_write_id(),
            spending,
            claim: claim.as_ref().map(|claim| claim.text().to_owned()),
            pid: std::process::id(),
            program: self.0.at.program.clone(),
        };
        let Some(version) = self.write_lease(id, found.map(|found| &found.version), &body)? else {
            claim.iter().for_each(LivenessLock::remove);
            return Ok(None);
        };
        self.remove_stale_locks(id);
        let pending = spending.map(|since| Pending { since });
        Ok(Some(TeamLease {
            team: self.clone(),
            id,
            version,
            body,
            claim,
            pending,
            is_cleared: false,
            is_rescued: false,
            noted: None,
        }))
    }

    fn holder(&self, found: &Found) -> Holder {
        let name = self.state().view.objects.roster().map_or_else(String::new, |roster| roster.name_of(&found.author));
        let program = crate::printable::printable(&format!("{} of {name}", found.body.program), 120);
        Holder { pid: found.body.pid, program, since: found.body.since }
    }

    /// Reads the stored lease; an error if it is not what its last holder wrote. The local cache is read before the
    /// request to the store, because other processes of this machine may renew the lease in the meantime.
    fn read_lease(&self, id: CredentialId) -> Result<Option<Found>, StoreError> {
        let path = path(id);
        let mut state = self.state();
        self.take_cached(&mut state);
        if state.view.objects.roster().is_none() {
            self.refresh(&mut state)?;
        }
        let Some((mut envelope, mut version)) = self.lease_object(&mut state, &path)? else { return Ok(None) };
        if envelope.header.roster >= state.view.objects.rosters.len() as u64 {
            self.refresh(&mut state)?;
            match self.lease_object(&mut state, &path)? {
                Some(found) => (envelope, version) = found,
                None => return Ok(None),
            }
        }
        if state.view.objects.hash(&path) != envelope.hash {
            self.check_lease(&state, &path, &envelope)?;
            state.view.objects.put(version.clone(), envelope.clone());
            let entries: Vec<_> = state.view.objects.entry(&path).into_iter().collect();
            self.keep(&mut state, &entries)?;
        }
        let author = envelope.header.author.clone();
        let is_member = state.view.objects.roster().is_some_and(|roster| roster.member(&author).is_some());
        let body = serde_json::from_slice::<LeaseBody>(envelope.body()).ok();
        let mut body = body.ok_or_else(|| self.tampered(&state.view, &path, malformed()))?;
        if !is_member {
            // A removed member's lease ends with the membership. They could still sign one that hides a refresh of
            // somebody else, so the next refresh is as careful as after a lost response.
            body.state = LeaseState::Free;
            body.spending = body.spending.or(Some(envelope.header.at));
        }
        Ok(Some(Found { version, body, author }))
    }

    fn lease_object(&self, state: &mut State, path: &str) -> Result<Option<(Envelope, Version)>, StoreError> {
        self.take_cached(state);
        let Some(object) = self.0.backend.get(&ObjectPath(path.to_owned()))? else {
            if state.view.objects.get(path).is_some() {
                return Err(self.tampered(&state.view, path, Tampering::Vanished));
            }
            return Ok(None);
        };
        let envelope = Envelope::parse(object.body);
        let envelope = envelope.ok_or_else(|| self.tampered(&state.view, path, malformed()))?;
        Ok(Some((envelope, object.version)))
    }

    fn check_lease(&self, state: &State, path: &str, envelope: &Envelope) -> Result<(), StoreError> {
        let objects = &state.view.objects;
        let failed = |what| self.tampered(&state.view, path, what);
        // The lease of a removed member is no attack: it has ended. But it may not be an old one.
        objects.verify_signature(path, envelope, &self.0.fingerprint).map_err(failed)?;
        objects.verify_succession(path, envelope).map_err(failed)
    }

    /// Writes the lease if its version is still `expected`; `None` if it is not.
    fn write_lease(
        &self,
        id: CredentialId,
        expected: Option<&Version>,
        body: &LeaseBody,
    ) -> Result<Option<Version>, StoreError> {
        let path = path(id);
        let envelope = {
            let state = self.state();
            let roster = state.roster()?;
            if !roster.may_write(&self.0.own.member, &path) {
                return Err(super::roster::not_allowed(&roster, &self.0.own.member, &path).into());
            }
            let draft = Draft::public(&path, body)?;
            self.sign(&state.view, &roster, &draft)?
        };
        let expected = expected.map_or(Expected::Absent, |version| Expected::Version(version.clone()));
        let write = Write { path: ObjectPath(path.clone()), expected, body: Some(envelope.bytes().to_vec()) };
        let version = match self.0.backend.write(write) {
            Ok(Written::Done(versions)) => versions.into_iter().next().flatten(),
            Ok(Written::Conflict(_)) => None,
            Err(error @ BackendError::Unknown { .. }) => {
                let found = self.0.backend.get(&ObjectPath(path.clone())).map_err(|_| error)?;
                found.filter(|found| found.body == envelope.bytes()).map(|found| found.version)
            }
            Err(error) => return Err(error.into()),
        };
        let Some(version) = version else { return Ok(None) };
        let mut state = self.state();
        // Another process of this machine may have taken the lease by now and cached a newer revision.
        if state.view.objects.get(&path).is_none_or(|known| known.facts.revision < envelope.header.revision) {
            state.view.objects.put(version.clone(), envelope);
            let entries: Vec<_> = state.view.objects.entry(&path).into_iter().collect();
            self.keep(&mut state, &entries)?;
        }
        Ok(Some(version))
    }

    /// The lease to write into a restored store. It keeps the last known state, so that the current holder loses
    /// nothing, and keeps the note of a refresh token whose response is unknown. `stored` was written after the
    /// restore.
    pub(super) fn lease_after_restore(
        &self,
        path: &str,
        seen: Option<&Envelope>,
        stored: Option<&Envelope>,
        now: Timestamp,
    ) -> Result<Draft, Problem> {
        let read = |envelope: &Envelope| serde_json::from_slice::<LeaseBody>(envelope.body()).ok();
        let (seen, stored) = (seen.and_then(read), stored.and_then(read));
        let spending = [&stored, &seen].into_iter().flatten().find_map(|body| body.spending);
        let (pid, program, write_id) = (std::process::id(), self.0.at.program.clone(), new_write_id());
        let (state, claim) = (LeaseState::Free, None);
        let free = LeaseBody { state, until: now, since: now, write_id, spending, claim, pid, program };
        let last = stored.or(seen).map_or(free, |last| LeaseBody { spending, write_id: new_write_id(), ..last });
        Draft::public(path, &last)
    }

    /// Saves tokens that a process of this machine rescued for the credential, if they are newer than the stored ones
    /// at the time of the save: another machine may have refreshed those. Returns them if they are now in
    /// the store.
    fn save_rescued(&self, id: CredentialId) -> Result<Option<Rescued>, StoreError> {
        let Some(rescued) = rescue::read(self, id) else { return Ok(None) };
        let compared = |view: &View| {
            let (changes, is_settled, is_stored) = match rescued.against(view) {
                RescueStatus::Newer(changes) => (changes, true, true),
                RescueStatus::Stored => (Vec::new(), true, true),
                RescueStatus::Superseded => (Vec::new(), true, false),
                RescueStatus::Unknown => (Vec::new(), false, false),
            };
            (Transaction::of(changes), (is_settled, is_stored))
        };
        let ((is_settled, is_stored), _) = self.save_from(true, compared)?;
        if is_settled {
            rescue::remove(&self.0.folder, id);
        }
        Ok(is_stored.then_some(rescued))
    }

    /// Saves all tokens that processes of this machine rescued, except those of credentials that are currently leased.
    pub(super) fn save_all_rescued(&self) -> Result<(), StoreError> {
        for id in rescue::ids(&self.0.folder) {
            // The lease saves them, and its release removes the note of their refresh.
            match self.acquire_lease(id, &mut Wait { longest: Duration::ZERO, noticed: &mut || () }) {
                Ok(_) | Err(StoreError::Busy { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        Ok(())
    }
}

/// The end of a lease that is written now, by the store's clock.
fn end_of_term(now: Timestamp) -> Timestamp {
    now.checked_add(TERM).unwrap_or(Timestamp::MAX)
}

fn new_write_id() -> String {
    uuid::Uuid::new_v4().simple().to_string()
}

impl TeamLease {
    /// Writes a new state of the lease.
    fn update(&mut self, body: LeaseBody) -> Result<(), StoreError> {
        match self.team.write_lease(self.id, Some(&self.version), &body)? {
            Some(version) => {
                (self.version, self.body) = (version, body);
                Ok(())
            }
            None => Err(lost().into()),
        }
    }
}

impl Lease for TeamLease {
    fn pending(&self) -> Option<Pending> {
        self.pending
    }

    fn record_spending(&mut self) -> Result<(), StoreError> {
        let asked = SuspendAwareInstant::now();
        let now = self.team.0.backend.now()?;
        if now >= self.body.until {
            return Err(lost().into());
        }
        let spending = Some(self.team.0.at.clock.now());
        let (until, write_id) = (end_of_term(now), new_write_id());
        self.update(LeaseBody { state: LeaseState::Spending, until, write_id, spending, ..self.body.clone() })?;
        (self.noted, self.is_cleared) = (Some(asked), false);
        Ok(())
    }

    fn still_held(&self) -> Result<(), StoreError> {
        match &self.noted {
            Some(noted) if noted.elapsed() > LATEST_START => Err(lost().into()),
            _ => Ok(()),
        }
    }

    fn clear_spending(&mut self) {
        self.pending = None;
        self.is_cleared = true;
    }

    fn stash(&mut self, changes: &[Change]) -> Result<String, StoreError> {
        let place = rescue::write(&self.team, changes, self.body.spending)?;
        self.is_rescued = true;
        Ok(place)
    }

    fn discard_stash(&mut self) {
        rescue::remove(&self.team.0.folder, self.id);
        self.is_rescued = false;
    }
}

impl Drop for TeamLease {
    fn drop(&mut self) {
        let spending = self.body.spending.filter(|_| !self.is_cleared || self.is_rescued);
        let body = LeaseBody { state: LeaseState::Free, write_id: new_write_id(), spending, ..self.body.clone() };
        // If this write is lost, the lease expires; on this machine it is free at once, because the claim ends.
        if self.update(body).is_ok() {
            self.claim.iter().for_each(LivenessLock::remove);
        }
    }
}

fn lost() -> Problem {
    Problem::new(Kind::Temporary, "The lease of this credential ended before its refresh token was sent.")
        .why("Another machine may be using the same refresh token, so it was not sent.")
        .try_this("Try again.")
}
