//! Compares a store that was restored from a backup with the objects that this machine has seen.
//!
//! Versions prove nothing here, because a restored database may assign the same versions again; so every object is
//! read. The store is assumed to have been restored as a whole: if any object is older than seen, then every object
//! that differs without descending from the seen one was written after the restore.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::sync::Arc;

use super::backend::Version;
use super::batch;
use super::cache::Cache;
use super::envelope::{Envelope, malformed};
use super::handle::{State, Team};
use super::objects::{Objects, VerifiedObject, is_kept, is_own};
use super::roster::{self, Roster, RosterEntry};
use super::view::undo_path;
use crate::problem::{Kind, Problem};
use crate::store::error::StoreError;
use crate::store::members::Role;

/// Objects per read request.
const BATCH_SIZE: usize = 1_000;

/// Attempts before giving up while other machines keep writing.
const MAX_ATTEMPTS: usize = 64;

/// An object in the store.
pub(super) struct Stored {
    pub(super) version: Version,
    /// `None` if it is malformed.
    pub(super) envelope: Option<Envelope>,
}

/// How the object in the store relates to the one that was seen.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Relation {
    Same,
    /// Its direct successor.
    Successor,
    /// One of its predecessors.
    Predecessor,
    Missing,
    /// Not signed by a member who was allowed to write it.
    Forged,
    /// Signed by a member who may no longer write it.
    NoLongerAllowed,
    /// Both descend from the same older object.
    Forked,
    /// It has a higher revision; these two objects do not show whether it is a descendant.
    Newer,
}

/// The result of the comparison.
pub(super) struct Survey {
    /// What this machine has seen, plus new rosters from the store.
    pub(super) objects: Objects,
    pub(super) stored: BTreeMap<String, Stored>,
    /// The relation of each object that was seen.
    pub(super) relations: BTreeMap<String, Relation>,
    /// Paths of rosters that the store has lost.
    pub(super) missing_rosters: Vec<String>,
    /// The `change/<n>` objects in the store, from which former generations are rebuilt.
    pub(super) changes: BTreeMap<String, Version>,
}

impl Survey {
    /// Whether the store was rolled back behind what this machine has seen.
    fn is_rolled_back(&self) -> bool {
        let is_behind =
            |relation: &Relation| matches!(relation, Relation::Predecessor | Relation::Missing | Relation::Forked);
        !self.missing_rosters.is_empty() || self.relations.values().any(is_behind)
    }

    /// Whether every object is as seen or a successor.
    pub(super) fn is_good(&self) -> bool {
        let is_good = |relation: &Relation| matches!(relation, Relation::Same | Relation::Successor | Relation::Newer);
        !self.is_rolled_back() && self.relations.values().all(is_good)
    }

    /// Whether the object was written on both sides of the restore.
    pub(super) fn is_forked(&self, path: &str) -> bool {
        match self.relations.get(path) {
            Some(Relation::Forked) => true,
            Some(Relation::Newer) => self.is_rolled_back(),
            _ => false,
        }
    }

    /// The newest roster, from the store or from this machine.
    pub(super) fn roster(&self) -> Result<Arc<Roster>, StoreError> {
        self.objects.roster().cloned().ok_or_else(|| super::handle::no_vault().into())
    }

    pub(super) fn envelope(&self, path: &str) -> Option<&Envelope> {
        self.stored.get(path)?.envelope.as_ref()
    }

    /// The highest revision of an object, in the store or on this machine.
    pub(super) fn highest(&self, path: &str) -> u64 {
        let stored = self.envelope(path).map_or(0, |envelope| envelope.header.revision);
        stored.max(self.objects.get(path).map_or(0, |known| known.facts.revision))
    }
}

impl Team {
    /// Reads everything and compares it. Refuses anybody but an admin.
    pub(super) fn survey(&self, state: &mut State) -> Result<Survey, StoreError> {
        self.take_cached(state);
        for _ in 0..MAX_ATTEMPTS {
            let mut survey = self.read_stored(state)?;
            self.take_rosters(state, &mut survey)?;
            may_accept(survey.roster()?.member(&self.0.own.member))?;
            if self.finish_save(state, &survey)? {
                continue;
            }
            self.compare_all(state, &mut survey)?;
            return Ok(survey);
        }
        let problem = Problem::new(Kind::Temporary, format!("{} changes faster than it can be read.", self.place()));
        Err(problem.try_this("Try again.").into())
    }

    fn read_stored(&self, state: &State) -> Result<Survey, StoreError> {
        let own_undo = undo_path(&self.0.own.member);
        let (mut paths, mut changes) = (Vec::new(), BTreeMap::new());
        for row in self.0.backend.list("")? {
            let path = &row.path.0;
            let is_others = path.starts_with("undo/") && *path != own_undo;
            if path.starts_with("change/") {
                changes.insert(path.clone(), row.version);
            } else if (is_kept(path) && !is_others) || (is_own(path) && path.starts_with("lease/")) {
                paths.push(row.path);
            }
        }
        let mut stored = BTreeMap::new();
        for portion in paths.chunks(BATCH_SIZE) {
            for (path, object) in portion.iter().zip(self.0.backend.read_all(portion)?) {
                if let Some(object) = object {
                    let (version, envelope) = (object.version, Envelope::parse(object.body));
                    stored.insert(path.0.clone(), Stored { version, envelope });
                }
            }
        }
        let objects = state.view.objects.clone();
        Ok(Survey { objects, stored, relations: BTreeMap::new(), missing_rosters: Vec::new(), changes })
    }

    /// Checks that the store's rosters match the seen ones as far as they go, and adds newer ones.
    fn take_rosters(&self, state: &State, survey: &mut Survey) -> Result<(), StoreError> {
        let seen = survey.objects.rosters.len() as u64;
        for number in 0..seen {
            let path = roster::path(number);
            match survey.envelope(&path) {
                Some(stored) if stored.hash == survey.objects.hash(&path) => {}
                None if !survey.stored.contains_key(&path) => survey.missing_rosters.push(path),
                Some(stored) if survey.objects.verify_signature(&path, stored, &self.0.fingerprint).is_ok() => {
                    return Err(two_lists(&path, &self.place()).into());
                }
                _ => return Err(self.tampered(&state.view, &path, malformed())),
            }
        }
        while let Some(stored) = survey.stored.get(&roster::path(survey.objects.rosters.len() as u64)) {
            let path = roster::path(survey.objects.rosters.len() as u64);
            let failed = |what| self.tampered(&state.view, &path, what);
            let envelope = stored.envelope.clone().ok_or_else(|| failed(malformed()))?;
            let (version, key) = (stored.version.clone(), &self.0.own.key);
            survey.objects.take_roster(version, envelope, &self.0.fingerprint, key).map_err(failed)?;
        }
        Ok(())
    }

    /// Rolls forward an unfinished save in the store as it is. Returns whether there was one.
    fn finish_save(&self, state: &mut State, survey: &Survey) -> Result<bool, StoreError> {
        let next = survey.envelope("head").map_or(0, |head| head.header.revision) + 1;
        Ok(survey.changes.contains_key(&batch::path(next)) && self.roll_forward(state, &survey.objects, next)?)
    }

    fn compare_all(&self, state: &State, survey: &mut Survey) -> Result<(), StoreError> {
        let objects = &survey.objects;
        let ever_cached: HashSet<String> = Cache::at(&self.0.folder)
            .read_new()
            .into_iter()
            .filter_map(|entry| Some(Envelope::parse(entry.bytes)?.hash))
            .collect();
        let paths: BTreeSet<&String> = survey.stored.keys().chain(objects.by_path.keys()).collect();
        let mut relations = BTreeMap::new();
        for path in paths.into_iter().filter(|path| !path.starts_with("roster/")) {
            let stored = survey.stored.get(path);
            match (objects.get(path), stored) {
                (Some(known), _) => {
                    relations.insert(path.clone(), self.compare(objects, (path, known), stored, &ever_cached));
                }
                (None, Some(stored)) => {
                    let failed = |what| self.tampered(&state.view, path, what);
                    let envelope = stored.envelope.as_ref().ok_or_else(|| failed(malformed()))?;
                    let is_lease = path.starts_with("lease/");
                    objects.verify_signature(path, envelope, &self.0.fingerprint).map_err(failed)?;
                    if !is_lease {
                        objects.verify_author_allowed(path, envelope).map_err(failed)?;
                    }
                }
                (None, None) => {}
            }
        }
        survey.relations = relations;
        Ok(())
    }

    /// `ever_cached` contains the hashes of all objects that this machine ever cached.
    fn compare(
        &self,
        objects: &Objects,
        (path, known): (&str, &VerifiedObject),
        stored: Option<&Stored>,
        ever_cached: &HashSet<String>,
    ) -> Relation {
        let Some(stored) = stored else { return Relation::Missing };
        let Some(envelope) = &stored.envelope else { return Relation::Forged };
        let (header, seen) = (&envelope.header, &known.facts);
        if envelope.hash == seen.hash {
            return Relation::Same;
        }
        if objects.verify_signature(path, envelope, &self.0.fingerprint).is_err() {
            return Relation::Forged;
        }
        let is_before = header.revision + 1 == seen.revision;
        let parent = known.envelope().filter(|_| is_before).map(|known| known.header.parent.clone());
        let is_on_its_line = match parent {
            _ if ever_cached.contains(&envelope.hash) => true,
            Some(parent) => parent == envelope.hash,
            // An object that was written on top of the restored one would be later, unless a clock is wrong.
            None => header.at <= seen.at,
        };
        // Another process of this machine may have cached a newer revision in the meantime.
        if is_on_its_line && header.revision < seen.revision {
            return Relation::Predecessor;
        }
        if !path.starts_with("lease/") && objects.verify_author_allowed(path, envelope).is_err() {
            return Relation::NoLongerAllowed;
        }
        if header.parent == seen.hash {
            Relation::Successor
        } else if header.revision <= seen.revision + 1 {
            Relation::Forked
        } else {
            Relation::Newer
        }
    }
}

fn may_accept(own: Option<&RosterEntry>) -> Result<(), Problem> {
    let role = own.map_or(Role::Reader, |own| own.role);
    if role == Role::Admin {
        return Ok(());
    }
    Err(Problem::new(Kind::Refused, "Only an admin can accept a store that was restored from a backup.")
        .why(format!("You are a {} of this team vault.", role.word()))
        .try_this("Ask an admin to do it."))
}

fn two_lists(path: &str, place: &str) -> Problem {
    Problem::new(Kind::Refused, format!("The store has another list of members than this machine: {path}."))
        .why(format!(
            "Admins changed who is a member before and after {place} was restored. Taking either list could let in \
             somebody whom the other one removed."
        ))
        .try_this(
            "If the list of this machine is right, have the owner of the store delete that object and higher ones, then \
             try again. Machines that have seen the other list have to join again.",
        )
}
