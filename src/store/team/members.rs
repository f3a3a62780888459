//! Adds and removes members, and re-encrypts records to the members who may read them.
//!
//! The roster changes first, in one save; records are re-encrypted in batches afterwards. Each object names the roster
//! it was encrypted for, so the records that are left to re-encrypt can be computed at any time, and every member who
//! may edit can finish an interrupted re-encryption.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::Ordering;

use super::draft::{Body, Draft};
use super::handle::Team;
use super::identity::{MemberSecrets, TeamIdentity, member_id};
use super::join_code::{self, JoinCode};
use super::kit;
use super::last_seen::LastSeen;
use super::next_roster::{find, must_be_admin, next, with_role};
use super::record::Record;
use super::roster::{Roster, RosterEntry};
use super::rotation_edits::rotation_draft;
use super::view::View;
use crate::model::credential::{CredentialId, Name};
use crate::problem::{Kind, Problem};
use crate::store::contents::Contents;
use crate::store::error::StoreError;
use crate::store::file::disk;
use crate::store::members::{
    Member, Members, Progress, RestoreDifference, Role, RotationItem, TeamSnapshot, TeamState,
};
use crate::store::snapshot::Host;

/// Bounds of the number of objects per re-encryption save: a change object in a bucket contains all of them twice.
const BATCH_SIZES: [usize; 2] = [50, 250];

/// The number of saves to aim for in a large vault, because each one lists the store.
const BATCHES: usize = 100;

/// Longest name of a member, in characters.
const MAX_NAME: usize = 64;

/// The hosts of a roster, in the type that local vaults use, too.
pub(super) fn hosts(roster: &Roster) -> Vec<Host> {
    let hosts = roster.members.iter().filter(|member| member.role == Role::Host);
    let host = |member: &RosterEntry| Host {
        name: member.name.clone(),
        recipient: member.recipient.clone(),
        since: Some(member.since),
    };
    hosts.map(host).collect()
}

impl Members for Team {
    fn members(&self) -> Result<Vec<Member>, StoreError> {
        let mut state = self.state();
        self.read(&mut state)?;
        let (roster, now, is_offline) = (state.roster()?, self.0.at.clock.now(), state.view.is_offline);
        let last_seen = LastSeen::of(&state.view, now);
        // Unlocked before the logs are read, because that takes network requests.
        drop(state);
        let logs = if is_offline { self.log_times_seen() } else { self.log_times() };
        let last_seen = last_seen.with_logs(&logs, now);
        Ok(roster.members.iter().map(|member| self.told(&roster, member, &last_seen)).collect())
    }

    fn team_state(&self) -> Result<TeamState, StoreError> {
        let mut state = self.state();
        self.read(&mut state)?;
        let view = &state.view;
        Ok(TeamState {
            place: self.place(),
            fingerprint: self.0.fingerprint.clone(),
            roster: state.roster()?.version,
            to_encrypt: stale(view).len(),
            foreign: view.foreign.clone(),
            as_of: view.as_of.filter(|_| view.is_offline),
        })
    }

    fn words_of(&self, name: &str) -> Result<String, StoreError> {
        let mut state = self.state();
        self.read(&mut state)?;
        let roster = state.roster()?;
        let member = find(&roster, name)?;
        Ok(join_code::words(&self.0.fingerprint, &member.recipient, &member.signing_key))
    }

    fn look_at_code(&self, code: &str) -> Result<(String, String), StoreError> {
        let code = JoinCode::parse(code)?;
        let mut state = self.state();
        self.refresh(&mut state)?;
        let roster = state.roster()?;
        self.is_new(&roster, &code)?;
        Ok((code.name, join_code::words(&self.0.fingerprint, &code.recipient, &code.signing_key)))
    }

    fn add_member(&self, code: &str, role: Role, progress: Progress<'_>) -> Result<Member, StoreError> {
        let code = JoinCode::parse(code)?;
        let id = member_id(&code.recipient, &code.signing_key);
        let added = |roster: &Roster| {
            self.is_new(roster, &code)?;
            Ok(vec![self.listed(&id, &code, role, Vec::new())])
        };
        self.let_in(added)?;
        self.finish(progress)?;
        self.member_by_id(&id)
    }

    fn add_team_host(
        &self,
        name: &str,
        credentials: &[CredentialId],
        identity_file: &Path,
        progress: Progress<'_>,
    ) -> Result<Member, StoreError> {
        let name = member_name(name)?;
        if credentials.is_empty() {
            let problem = Problem::new(Kind::Usage, "A host needs at least one credential.");
            return Err(problem.why("It reads only those.").into());
        }
        let (key, vault) = (MemberSecrets::generate(), Some(self.0.fingerprint.clone()));
        let id = member_id(&key.recipient(), &key.signing_key());
        // The host has its own access to the store, so it does not get our password.
        let (store, store_password) = (self.0.own.store.clone(), None);
        let own = TeamIdentity { key, vault, member: id.clone(), name: name.to_string(), store, store_password };
        let code = JoinCode::of(&own.key, &own.name, Some(&self.0.fingerprint));
        {
            let mut state = self.state();
            self.refresh(&mut state)?;
            self.is_new(&*state.roster()?, &code)?;
        }
        disk::create_new(identity_file, own.plain().as_bytes())?;
        let added = |roster: &Roster| {
            self.is_new(roster, &code)?;
            Ok(vec![self.listed(&id, &code, Role::Host, credentials.to_vec())])
        };
        if let Err(error) = self.let_in(added) {
            disk::remove(identity_file);
            return Err(error);
        }
        self.finish(progress)?;
        self.member_by_id(&id)
    }

    fn remove_member(&self, name: &str, progress: Progress<'_>) -> Result<Vec<RotationItem>, StoreError> {
        let now = self.0.at.clock.now();
        let removed = |view: &View| {
            let roster = view.objects.roster().ok_or_else(super::handle::no_vault)?;
            must_be_admin(roster, &self.0.own.member)?;
            let gone = find(roster, name)?;
            let left: Vec<RosterEntry> = roster.members.iter().filter(|member| member.id != gone.id).cloned().collect();
            if !left.iter().any(|member| member.role == Role::Admin) {
                let problem = Problem::new(Kind::Refused, format!("{} is the last admin.", gone.name));
                return Err(problem.try_this("Make somebody else an admin first.").into());
            }
            let read = view.contents.credentials.list.iter().filter(|one| gone.may_read(&one.id.to_string()));
            let rotation = view.rotation.with(read.map(|one| &**one), &gone.name, now);
            Ok((vec![next(view, roster, &left)?, rotation_draft(&rotation)?], ()))
        };
        self.transact(removed)?;
        self.finish(progress)?;
        self.to_rotate()
    }

    fn set_role(&self, name: &str, role: Role, progress: Progress<'_>) -> Result<Member, StoreError> {
        let id = self.transact(|view| with_role(view, &self.0.own.member, name, role))?.0;
        self.finish(progress)?;
        self.member_by_id(&id)
    }

    fn finish(&self, progress: Progress<'_>) -> Result<usize, StoreError> {
        self.0.stops.store(false, Ordering::Relaxed);
        let (mut done, mut total) = (0, 0);
        // Repeat until nothing is left: a machine that has not seen the new roster may still save under the old one.
        loop {
            let paths = self.to_encrypt()?;
            total = total.max(done + paths.len());
            let before = done;
            let [smallest, largest] = BATCH_SIZES;
            for portion in paths.chunks(paths.len().div_ceil(BATCHES).clamp(smallest, largest)) {
                progress(done, total);
                if self.0.stops.load(Ordering::Relaxed) {
                    return Ok(done);
                }
                done += self.encrypt_again(portion)?;
            }
            if done == before {
                break;
            }
        }
        if total > 0 {
            progress(done, total);
        }
        Ok(done)
    }

    fn stop_encrypting(&self) {
        self.0.stops.store(true, Ordering::Relaxed);
    }

    fn rotation(&self) -> Result<Vec<RotationItem>, StoreError> {
        self.to_rotate()
    }

    fn place(&self) -> String {
        Self::place(self)
    }

    fn offline_since(&self) -> Option<jiff::Timestamp> {
        let state = self.state();
        state.view.as_of.filter(|_| state.view.is_offline)
    }

    fn whole(&self) -> Result<Contents, StoreError> {
        let mut state = self.state();
        self.refresh(&mut state)?;
        Ok(state.view.contents.clone())
    }

    fn fill(&self, contents: Contents) -> Result<(), StoreError> {
        let now = self.0.at.clock.now();
        let filled = |view: &View| {
            if !view.records.is_empty() {
                let problem = Problem::new(Kind::Refused, "The team vault is not empty.");
                return Err(problem.why("Credentials can be moved only into an empty team vault.").into());
            }
            let mut drafts = super::draft::between(view, &contents, &self.0.own.member, now)?;
            for tombstone in &contents.credentials.tombstones {
                drafts.extend(Draft::of_record(&Record::of_tombstone(tombstone)?, None)?);
            }
            Ok((drafts, ()))
        };
        self.transact_after_listing(filled).map(|_| ())
    }

    fn rotated(&self, credential: CredentialId) -> Result<Vec<RotationItem>, StoreError> {
        self.is_rotated(credential)
    }

    fn differences(&self) -> Result<Vec<RestoreDifference>, StoreError> {
        self.restored_differences()
    }

    fn accept_restored(&self, lost: bool, progress: Progress<'_>) -> Result<Vec<RestoreDifference>, StoreError> {
        self.accept_restored(lost, progress)
    }

    fn keep_kit(&self, recipient: &str) -> Result<(), StoreError> {
        let mut state = self.state();
        self.read(&mut state)?;
        let roster = state.roster()?;
        if roster.members.iter().any(|member| member.id == self.0.own.member && member.role == Role::Host) {
            let problem = Problem::new(Kind::Refused, "A host has no recovery kit.");
            return Err(problem.try_this("Give the host a new identity file when its own is lost.").into());
        }
        kit::keep(&self.0.at, &self.0.own, recipient)
    }
}

impl Team {
    /// The objects to re-encrypt; none if this member may not edit.
    fn to_encrypt(&self) -> Result<Vec<String>, StoreError> {
        let mut state = self.state();
        self.refresh(&mut state)?;
        let is_allowed = state.roster()?.member(&self.0.own.member).is_some_and(|own| own.role.may_edit());
        Ok(if is_allowed { stale(&state.view) } else { Vec::new() })
    }

    /// Re-encrypts, in one save, those of `paths` that are still stale. Returns the number re-encrypted.
    fn encrypt_again(&self, paths: &[String]) -> Result<usize, StoreError> {
        let portion = |view: &View| -> Result<(Vec<Draft>, usize), StoreError> {
            let left = paths.iter().filter(|path| is_stale(view, path));
            let drafts: Vec<Draft> = left.filter_map(|path| again(view, path, &self.0.own)).collect();
            let count = drafts.len();
            Ok((drafts, count))
        };
        // Spares a listing if this member cannot read any of them.
        if portion(&self.state().view)?.1 == 0 {
            return Ok(0);
        }
        Ok(self.transact_after_listing(portion)?.0)
    }

    fn let_in(&self, added: impl Fn(&Roster) -> Result<Vec<RosterEntry>, StoreError>) -> Result<(), StoreError> {
        let grown = |view: &View| {
            let roster = view.objects.roster().ok_or_else(super::handle::no_vault)?;
            let mut members = roster.members.clone();
            members.extend(added(roster)?);
            Ok((vec![next(view, roster, &members)?], ()))
        };
        self.transact(grown).map(|_| ())
    }

    fn listed(&self, id: &str, code: &JoinCode, role: Role, credentials: Vec<CredentialId>) -> RosterEntry {
        RosterEntry {
            id: id.to_owned(),
            role,
            recipient: code.recipient.clone(),
            signing_key: code.signing_key.clone(),
            added_by: self.0.own.member.clone(),
            since: self.0.at.clock.now(),
            credentials,
            name: code.name.clone(),
        }
    }

    /// Checks that a join code is for this vault, and that neither its keys nor its name belong to a member.
    fn is_new(&self, roster: &Roster, code: &JoinCode) -> Result<(), Problem> {
        let name = member_name(&code.name)?;
        if code.vault.as_ref().is_some_and(|vault| !self.0.fingerprint.starts_with(vault.as_str())) {
            return Err(Problem::new(Kind::Refused, format!("The join code of {name} is for another vault."))
                .why("It was made with another address, or somebody shows that machine another vault.")
                .try_this(format!("Compare the addresses: this one is {}.", self.place())));
        }
        let is_same =
            |member: &&RosterEntry| member.recipient == code.recipient || member.signing_key == code.signing_key;
        if let Some(member) = roster.members.iter().find(is_same) {
            return Err(Problem::new(Kind::Refused, "This join code was already used.")
                .why(format!("{} joined with it.", member.name))
                .try_this("Join from the new machine to get another code."));
        }
        if roster.members.iter().any(|member| Name::parse(&member.name).is_ok_and(|other| other.key() == name.key())) {
            return Err(Problem::new(Kind::Refused, format!("A member named {name} already exists."))
                .try_this("Join again under another name, such as with the machine's name."));
        }
        Ok(())
    }

    /// The team part of a snapshot.
    pub(super) fn team_snapshot(&self, view: &View) -> TeamSnapshot {
        let last_seen = LastSeen::of(view, self.0.at.clock.now());
        let members = view.objects.roster().map_or_else(Vec::new, |roster| {
            roster.members.iter().map(|member| self.told(roster, member, &last_seen)).collect()
        });
        TeamSnapshot {
            place: self.place(),
            members,
            rotation: view.rotation.items.clone(),
            authors: Arc::clone(&view.authors),
        }
    }

    fn told(&self, roster: &Roster, member: &RosterEntry, last_seen: &LastSeen) -> Member {
        Member {
            id: member.id.clone(),
            name: member.name.clone(),
            role: member.role,
            since: member.since,
            added_by: roster.name_of(&member.added_by),
            credentials: member.credentials.clone(),
            is_own: member.id == self.0.own.member,
            last_seen: last_seen.last(&member.id),
        }
    }

    fn member_by_id(&self, id: &str) -> Result<Member, StoreError> {
        let state = self.state();
        let roster = state.roster()?;
        let member = roster.member(id).ok_or_else(|| Problem::internal("The new member is not on the list."))?;
        Ok(self.told(&roster, member, &LastSeen::of(&state.view, self.0.at.clock.now())))
    }
}

/// Paths of record objects whose recipients are not exactly the members who may read them now.
fn stale(view: &View) -> Vec<String> {
    view.objects.by_path.keys().filter(|path| is_stale(view, path)).cloned().collect()
}

fn is_stale(view: &View, path: &str) -> bool {
    let Some(now) = view.objects.roster() else { return false };
    let Some(id) = path.strip_prefix("record/").and_then(|rest| rest.split('/').next()) else { return false };
    let (Some(record), Some(known)) = (view.records.get(id), view.objects.get(path)) else { return false };
    let facts = &known.facts;
    let then = usize::try_from(facts.roster).ok().and_then(|number| view.objects.rosters.get(number));
    let credentials = record.credentials();
    let readers = |roster: &Roster| -> Vec<String> {
        roster.readers(&credentials).map(|member| member.recipient.clone()).collect()
    };
    let is_inherited = !now.may_write(&facts.author, path);
    is_inherited || then.is_none_or(|then| readers(then) != readers(now))
}

/// A draft that re-encrypts the same content; `None` if this member cannot read it: a member whose addition is not
/// finished cannot read everything, and must not replace what they cannot read.
fn again(view: &View, path: &str, own: &TeamIdentity) -> Option<Draft> {
    let (id, _) = path.strip_prefix("record/")?.split_once('/')?;
    let credentials = view.records.get(id)?.credentials();
    let plain = view.objects.open(path, own)?;
    Some(Draft { path: path.to_owned(), body: Body::Record { plain, credentials } })
}

/// Validates a member's name by the rules for names of credentials.
pub(super) fn member_name(text: &str) -> Result<Name, Problem> {
    let refused = |why: String| Problem::new(Kind::Usage, "This name of a member is not allowed.").why(why);
    let name = Name::parse(text).map_err(|error| refused(error.to_string()))?;
    match name.as_str().chars().count() {
        count if count > MAX_NAME => Err(refused(format!("It has {count} characters; at most {MAX_NAME} fit."))),
        _ => Ok(name),
    }
}
