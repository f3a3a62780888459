//! Accepts a store that its administrator restored from a backup.
//!
//! Objects that are newer on this machine are written back byte for byte, so their signatures stay valid. An object
//! that was written on both sides of the restore (a fork) is merged into one object, whose revision is higher than any
//! that a machine has seen; the losing side is kept in the history of the previous version (`change/<n>`). Leases are
//! signed again with a much higher revision, because only the machine that took a lease knows how far its revision got.
//! `head` is written last and records that a restored store was accepted.

use std::collections::BTreeSet;

use super::backend::{BackendError, Expected, ObjectPath, Write, Written};
use super::batch::{self, Bytes, Change};
use super::draft::{Body, Draft};
use super::envelope::Envelope;
use super::handle::{State, Team};
use super::merging::{self, Side};
use super::parallel;
use super::part::{Json, Part};
use super::record::{Content, Record};
use super::rollback_check::{Relation, Survey};
use super::roster::Roster;
use super::rotation::Rotation;
use super::rotation_edits::rotation_draft;
use super::sealing;
use super::view::HeadBody;
use crate::model::credential::CredentialId;
use crate::problem::{Kind, NextStep, Problem};
use crate::store::error::{StoreError, Tampering};
use crate::store::members::{Progress, Remedy, RestoreDifference};

/// Attempts before giving up while other machines keep writing.
const MAX_ATTEMPTS: usize = 16;

/// Added to the revision of an object of which other machines may have seen newer revisions: more writes than a vault
/// gets between two backups.
const REVISION_GAP_UNKNOWN: u64 = 1 << 20;

/// Added where the highest revision is known. Adding only 1 would make other machines expect the previous revision as
/// the parent.
const REVISION_GAP: u64 = 2;

/// Most object names that an error message lists.
const MAX_NAMES: usize = 5;

/// The objects to write.
#[derive(Default)]
struct Plan {
    unchanged: Vec<Write>,
    to_sign: Vec<SignedAgain>,
    /// For each merged object: its path, and the side of the fork that lost.
    set_aside: Vec<(String, Option<Bytes>)>,
}

/// An object that has to be signed again.
struct SignedAgain {
    draft: Draft,
    revision: u64,
}

impl Team {
    /// As [`Members::differences`](crate::store::Members::differences).
    pub(super) fn restored_differences(&self) -> Result<Vec<RestoreDifference>, StoreError> {
        let mut state = self.state();
        let survey = self.survey(&mut state)?;
        Ok(self.differing(&state, &survey))
    }

    /// As [`Members::accept_restored`](crate::store::Members::accept_restored).
    pub(super) fn accept_restored(
        &self,
        lost: bool,
        progress: Progress<'_>,
    ) -> Result<Vec<RestoreDifference>, StoreError> {
        let mut state = self.state();
        let mut first: Option<Vec<RestoreDifference>> = None;
        // The generation that the first attempt writes to `head`, as its last object: it shows an attempt whose answer
        // was lost. After a mere conflict with another machine, nothing is signed yet.
        let mut signed: Option<u64> = None;
        for _ in 0..MAX_ATTEMPTS {
            let survey = self.survey(&mut state)?;
            let differences = self.differing(&state, &survey);
            let stored = survey.envelope("head").map_or(0, |head| head.header.revision);
            let is_done = survey.is_good() && (!lost || signed.is_some_and(|signed| stored >= signed));
            signed.get_or_insert(survey.highest("head") + REVISION_GAP_UNKNOWN);
            let is_written = is_done || {
                refuse_lacking(&survey, &differences, lost)?;
                let writes = self.writes(&state, &survey, lost)?;
                self.write_all(writes, progress)?
            };
            let first = first.get_or_insert(differences);
            if is_written {
                self.refresh(&mut state)?;
                return Ok(std::mem::take(first));
            }
        }
        let problem = Problem::new(Kind::Temporary, format!("Others keep writing to {}.", self.place()));
        Err(problem.try_this("Try again.").into())
    }

    fn differing(&self, state: &State, survey: &Survey) -> Vec<RestoreDifference> {
        let mut differences: Vec<RestoreDifference> = survey
            .missing_rosters
            .iter()
            .map(|path| RestoreDifference {
                path: path.clone(),
                about: None,
                stored: None,
                seen: survey.objects.get(path).map_or(0, |known| known.facts.revision),
                by: None,
                remedy: Remedy::PutBack,
            })
            .collect();
        for path in survey.relations.keys() {
            let (Some(remedy), Some(known)) = (remedy(survey, path), survey.objects.get(path)) else { continue };
            let stored = survey.envelope(path);
            let is_after = matches!(remedy, Remedy::KeepSeen | Remedy::KeepStored | Remedy::Merge);
            let author = stored.filter(|_| is_after).map(|envelope| envelope.header.author.as_str());
            differences.push(RestoreDifference {
                path: path.clone(),
                about: state.view.name_at(path),
                stored: stored.map(|envelope| envelope.header.revision),
                seen: known.facts.revision,
                by: author.map(|author| survey.objects.name_of(author)),
                remedy: if self.winning_side(survey, path) == Some(Side::Stored) { Remedy::KeepStored } else { remedy },
            });
        }
        differences
    }

    /// All writes of the acceptance, in the order they have to happen.
    fn writes(&self, state: &State, survey: &Survey, lost: bool) -> Result<Vec<Write>, StoreError> {
        let roster = survey.roster()?;
        let mut plan = Plan::default();
        for path in &survey.missing_rosters {
            plan.unchanged.push(put_back(survey, path).ok_or_else(|| self.unreadable(state, path))?);
        }
        let paths: BTreeSet<&String> = survey.relations.keys().chain(survey.stored.keys()).collect();
        let is_planned =
            |path: &&&String| !path.starts_with("roster/") && !path.starts_with("lease/") && **path != "head";
        for path in paths.iter().filter(is_planned) {
            self.plan(state, survey, path, lost, &mut plan)?;
        }
        self.plan_leases(state, survey, &mut plan)?;
        let above = if lost { REVISION_GAP_UNKNOWN } else { REVISION_GAP };
        let generation = survey.highest("head") + above;
        let head = Draft::public("head", &HeadBody { generation, accepted: generation })?;
        plan.to_sign.push(SignedAgain { draft: head, revision: generation });
        let mut writes = plan.unchanged;
        if !plan.set_aside.is_empty() {
            writes.push(self.archived_sides(survey, &roster, generation, plan.set_aside)?);
        }
        let signed = parallel::map(&plan.to_sign, |again| self.signed_again(survey, &roster, again));
        for write in signed {
            writes.push(write?);
        }
        Ok(writes)
    }

    fn plan(&self, state: &State, survey: &Survey, path: &str, lost: bool, plan: &mut Plan) -> Result<(), StoreError> {
        let remedy = remedy(survey, path);
        let is_others = !path.starts_with("record/") && path != "rotation";
        let revision = survey.highest(path) + if lost { REVISION_GAP_UNKNOWN } else { REVISION_GAP };
        match remedy {
            None if !lost || is_others => {}
            Some(Remedy::PutBack) if !lost || is_others => {
                plan.unchanged.push(put_back(survey, path).ok_or_else(|| self.unreadable(state, path))?);
            }
            None | Some(Remedy::Unresolvable) => {
                let (_, stored) = self.bodies(survey, path);
                // This member cannot decrypt the object, so it cannot sign it again.
                plan.to_sign
                    .extend(stored.and_then(|json| draft(path, &json)).map(|draft| SignedAgain { draft, revision }));
            }
            Some(_) => {
                let Some((draft, side)) = self.merged(survey, path)? else {
                    return Err(self.unreadable(state, path));
                };
                plan.to_sign.push(SignedAgain { draft, revision });
                if survey.is_forked(path) && path.starts_with("record/") {
                    let other = match side {
                        Side::Seen => survey.envelope(path).map(|envelope| envelope.bytes().to_vec()),
                        Side::Stored => seen(survey, path).map(|envelope| envelope.bytes().to_vec()),
                    };
                    plan.set_aside.push((path.to_owned(), other.map(Bytes)));
                }
            }
        }
        Ok(())
    }

    /// Decrypts both sides: the object this machine has seen, and the one in the store.
    fn bodies(&self, survey: &Survey, path: &str) -> (Option<Json>, Option<Json>) {
        let open = |envelope: &Envelope| {
            let plain = sealing::open(envelope.body(), &self.0.own.key)?;
            Some(Part::of_bytes(plain).json().clone()).filter(|json| !json.is_empty())
        };
        (seen(survey, path).as_ref().and_then(open), survey.envelope(path).and_then(open))
    }

    /// Which side of a fork wins; `None` for an object that was not forked.
    fn winning_side(&self, survey: &Survey, path: &str) -> Option<Side> {
        if !survey.is_forked(path) || path == "rotation" || path == "head" || path.starts_with("lease/") {
            return None;
        }
        self.merged(survey, path).ok().flatten().map(|(_, side)| side)
    }

    /// Merges both sides of a fork. For an object that was not forked, takes what this machine has seen.
    fn merged(&self, survey: &Survey, path: &str) -> Result<Option<(Draft, Side)>, StoreError> {
        let (seen, stored) = self.bodies(survey, path);
        let newest = newest(survey, path);
        let (json, side) = match (seen, stored.filter(|_| survey.is_forked(path))) {
            (Some(seen), Some(stored)) if path.ends_with("/tokens") => merging::tokens(&seen, &stored, newest),
            (Some(seen), Some(stored)) if path == "rotation" => {
                let read =
                    |json| serde_json::from_value::<Rotation>(serde_json::Value::Object(json)).unwrap_or_default();
                return Ok(Some((rotation_draft(&merging::rotation(&read(seen), &read(stored)))?, newest)));
            }
            (Some(_), Some(stored)) if newest == Side::Stored => (stored, Side::Stored),
            (Some(seen), _) => (seen, Side::Seen),
            (None, Some(stored)) => (stored, Side::Stored),
            (None, None) => return Ok(None),
        };
        Ok(draft(path, &json).map(|draft| (draft, side)))
    }

    /// Plans the leases of all credentials, and leases whose credential no longer exists.
    fn plan_leases(&self, state: &State, survey: &Survey, plan: &mut Plan) -> Result<(), StoreError> {
        let is_credential = |record: &&std::sync::Arc<Record>| matches!(record.content, Content::Credential(_));
        let credentials =
            state.view.records.values().filter(is_credential).map(|record| format!("lease/{}", record.id));
        let known = survey.stored.keys().chain(survey.relations.keys()).filter(|path| path.starts_with("lease/"));
        let paths: BTreeSet<String> = credentials.chain(known.cloned()).collect();
        let now = self.0.backend.now()?;
        for path in paths {
            let (seen, stored) = (seen(survey, &path), survey.envelope(&path));
            let (seen, stored) = match survey.relations.get(&path) {
                Some(Relation::Predecessor | Relation::Missing | Relation::Forged) => (seen, None),
                Some(_) if survey.is_forked(&path) => (seen, stored),
                _ => (None, stored),
            };
            let draft = self.lease_after_restore(&path, seen.as_ref(), stored, now)?;
            plan.to_sign.push(SignedAgain { revision: survey.highest(&path) + REVISION_GAP_UNKNOWN, draft });
        }
        Ok(())
    }

    fn signed_again(&self, survey: &Survey, roster: &Roster, anew: &SignedAgain) -> Result<Write, StoreError> {
        let path = &anew.draft.path;
        let body = self.sealed(roster, &anew.draft.body)?;
        let envelope = self.signed(path, anew.revision, &survey.objects.hash(path), roster.version, &body)?;
        Ok(write(survey, path, &envelope))
    }

    /// The `change/<n>` object that keeps the losing sides as replaced bodies. What an earlier attempt kept there is
    /// carried over.
    fn archived_sides(
        &self,
        survey: &Survey,
        roster: &Roster,
        generation: u64,
        mut replaced: Vec<(String, Option<Bytes>)>,
    ) -> Result<Write, StoreError> {
        let path = batch::path(generation);
        let before = survey.changes.get(&path);
        if before.is_some()
            && let Some(found) = self.0.backend.get(&ObjectPath(path.clone()))?
            && let Some(envelope) = Envelope::parse(found.body)
            && survey.objects.verify_signature(&path, &envelope, &self.0.fingerprint).is_ok()
            && let Some(change) = Change::read(&envelope)
        {
            let is_new = |path: &String| replaced.iter().all(|(other, _)| other != path);
            let kept: Vec<_> = change.replaced.into_iter().filter(|(path, _)| is_new(path)).collect();
            replaced.extend(kept);
        }
        let object = self.change_object(roster.version, &Change { generation, replaced, writes: Vec::new() })?;
        let expected = before.map_or(Expected::Absent, |version| Expected::Version(version.clone()));
        Ok(Write { path: ObjectPath(path), expected, body: Some(object.bytes().to_vec()) })
    }

    /// Writes everything, in one transaction where the store supports it. Returns false if another machine wrote in
    /// between.
    fn write_all(&self, writes: Vec<Write>, progress: Progress<'_>) -> Result<bool, StoreError> {
        let total = writes.len();
        progress(0, total);
        let is_done = match self.0.backend.write_all(&writes) {
            Ok(None) => None,
            Ok(Some(Written::Done(_))) => Some(true),
            // Reading the store again shows whether it was written.
            Ok(Some(Written::Conflict(_))) | Err(BackendError::Unknown { .. }) => Some(false),
            Err(error) => return Err(error.into()),
        };
        if let Some(is_done) = is_done {
            progress(if is_done { total } else { 0 }, total);
            return Ok(is_done);
        }
        for (done, write) in writes.into_iter().enumerate() {
            match self.0.backend.write(write) {
                Ok(Written::Done(_)) => progress(done + 1, total),
                Ok(Written::Conflict(_)) | Err(BackendError::Unknown { .. }) => return Ok(false),
                Err(error) => return Err(error.into()),
            }
        }
        Ok(true)
    }

    fn unreadable(&self, state: &State, path: &str) -> StoreError {
        self.tampered(&state.view, path, Tampering::Vanished)
    }
}

/// What has to be done about an object; `None` if nothing.
fn remedy(survey: &Survey, path: &str) -> Option<Remedy> {
    let relation = *survey.relations.get(path)?;
    let is_readable = || seen(survey, path).is_some();
    match relation {
        Relation::Same | Relation::Successor => None,
        Relation::Newer if !survey.is_forked(path) => None,
        _ if !is_readable() => Some(Remedy::Unresolvable),
        Relation::Predecessor | Relation::Missing | Relation::Forged => Some(Remedy::PutBack),
        Relation::Forked | Relation::Newer if path == "rotation" => Some(Remedy::Merge),
        Relation::NoLongerAllowed | Relation::Forked | Relation::Newer => Some(Remedy::KeepSeen),
    }
}

/// The object that this machine has seen, read from the local cache.
fn seen(survey: &Survey, path: &str) -> Option<Envelope> {
    survey.objects.get(path)?.envelope().map(std::borrow::Cow::into_owned)
}

/// The side with the higher revision; the later timestamp breaks a tie.
fn newest(survey: &Survey, path: &str) -> Side {
    let facts = survey.objects.get(path).map(|known| (known.facts.revision, known.facts.at));
    let stored = survey.envelope(path).map(|envelope| (envelope.header.revision, envelope.header.at));
    if stored > facts { Side::Stored } else { Side::Seen }
}

fn draft(path: &str, json: &Json) -> Option<Draft> {
    let plain = super::draft::bytes(json).ok()?;
    let body = match path.split('/').collect::<Vec<_>>().as_slice() {
        ["rotation"] => Body::People(plain),
        ["undo", _] => Body::Own(plain),
        ["record", id, "setup"] => {
            let record = Record::read(id, Some(Part::of_json(json.clone())), None, Default::default());
            Body::Record { plain, credentials: record.credentials() }
        }
        ["record", id, _] => {
            let credential: Option<CredentialId> = id.parse().ok();
            Body::Record { plain, credentials: credential.into_iter().collect() }
        }
        _ => return None,
    };
    Some(Draft { path: path.to_owned(), body })
}

fn put_back(survey: &Survey, path: &str) -> Option<Write> {
    seen(survey, path).map(|envelope| write(survey, path, &envelope))
}

fn write(survey: &Survey, path: &str, envelope: &Envelope) -> Write {
    let stored = survey.stored.get(path);
    let expected = stored.map_or(Expected::Absent, |stored| Expected::Version(stored.version.clone()));
    Write { path: ObjectPath(path.to_owned()), expected, body: Some(envelope.bytes().to_vec()) }
}

/// Refuses if the store lost objects, or has older ones, and this machine has no readable copy of the newer ones
/// either. With `lost`, the older object is accepted where there is one.
fn refuse_lacking(survey: &Survey, differences: &[RestoreDifference], lost: bool) -> Result<(), Problem> {
    let is_lacking = |one: &&RestoreDifference| one.remedy == Remedy::Unresolvable;
    let lacking: Vec<&RestoreDifference> = differences.iter().filter(is_lacking).collect();
    let (gone, old): (Vec<&RestoreDifference>, Vec<&RestoreDifference>) =
        lacking.into_iter().partition(|one| survey.envelope(&one.path).is_none());
    if (lost || old.is_empty()) && gone.is_empty() {
        return Ok(());
    }
    let label = |one: &&RestoreDifference| {
        one.about.as_ref().map_or_else(|| one.path.clone(), |name| format!("{} (\"{name}\")", one.path))
    };
    let step = gone.is_empty().then_some(NextStep::AcceptStore { lost: true });
    let all: Vec<&RestoreDifference> = gone.iter().chain(&old).copied().collect();
    let mut names: Vec<String> = all.iter().take(MAX_NAMES).map(label).collect();
    if all.len() > MAX_NAMES {
        names.push(format!("{} more", all.len() - MAX_NAMES));
    }
    Err(Problem::new(Kind::Refused, "This machine does not have the newest copy of every object. Nothing was changed.")
        .why(format!("Its copy is damaged. Missing: {}.", names.join(", ")))
        .try_this("Do this on another machine of an admin, which has them.")
        .step(step))
}
