//! Saves with optimistic concurrency: an edit is applied to the current state, and the objects that differ are written
//! together with `head`.
//!
//! Every save writes `head` on the condition that its version is unchanged, so saves are serialized whatever they are
//! about, and names stay unique. The loser of a race reads again and applies its edit again.

use std::sync::Arc;
use std::time::Duration;

use rand::Rng as _;

use super::backend::{BackendError, Expected, ObjectPath, Version, Write, Written};
use super::batch::{self, Bytes, Change};
use super::draft::{Body, Draft};
use super::envelope::{Envelope, Statement};
use super::handle::{State, Team};
use super::kit;
use super::objects::VerifiedObject;
use super::parallel;
use super::roster::{self, Roster, RosterEntry};
use super::sealing;
use super::view::{HeadBody, View};
use crate::clock::SuspendAwareInstant;
use crate::problem::{Kind, Problem};
use crate::store::error::{LockKind, StoreError};
use crate::store::snapshot::Snapshot;

/// How long a save is retried after conflicts.
const LONGEST: Duration = Duration::from_secs(30);

/// Bounds of the range that the back-off after a conflict is drawn from.
const PAUSES: [Duration; 2] = [Duration::from_millis(12), Duration::from_secs(2)];

/// The largest save, in objects, that compares versions one by one instead of listing the store.
const MAX_COMPARED: usize = 8;

/// How a save makes sure, before its conditional writes, that the view is current.
#[derive(Clone, Copy, Eq, PartialEq)]
enum FreshnessCheck {
    /// Lists the store.
    Listing,
    /// Compares the objects that it changes, `head`, and the change of the next generation.
    Comparison,
    /// As `Comparison`, unless the store has just answered.
    LastAnswer,
}

/// The outcome of a save that was sent.
enum SendOutcome {
    Saved(Vec<Option<Version>>),
    /// The save is in the store, but the versions of its objects are unknown.
    Found,
    /// Another save came first.
    Conflict,
}

/// An object to write, and the condition of the write.
type ConditionalWrite = (Envelope, Expected);

/// The path of a part of a record, and the object before the save; `None` for a new one.
type Replaced = (String, Option<Bytes>);

/// The objects of one save.
struct SaveBatch {
    /// In the order of the writes; `head` is the last one.
    objects: Vec<ConditionalWrite>,
    change: Change,
    /// Change objects that are beyond the retention limit.
    dropped: Vec<(u64, Version)>,
}

impl Team {
    /// Saves the drafts that `change` derives from the view. It is called again after a conflict.
    pub(super) fn transact<T>(
        &self,
        change: impl Fn(&View) -> Result<(Vec<Draft>, T), StoreError>,
    ) -> Result<(T, Arc<Snapshot>), StoreError> {
        self.transact_from(FreshnessCheck::Comparison, change)
    }

    /// As [`transact`](Self::transact), for a save that is large or needs to know every object in the store.
    pub(super) fn transact_after_listing<T>(
        &self,
        change: impl Fn(&View) -> Result<(Vec<Draft>, T), StoreError>,
    ) -> Result<(T, Arc<Snapshot>), StoreError> {
        self.transact_from(FreshnessCheck::Listing, change)
    }

    /// As [`transact`](Self::transact), without checking a store that has just answered. Used for new tokens: the lease
    /// holder read the record before it spent the old ones.
    pub(super) fn transact_at_once<T>(
        &self,
        change: impl Fn(&View) -> Result<(Vec<Draft>, T), StoreError>,
    ) -> Result<(T, Arc<Snapshot>), StoreError> {
        self.transact_from(FreshnessCheck::LastAnswer, change)
    }

    fn transact_from<T>(
        &self,
        basis: FreshnessCheck,
        change: impl Fn(&View) -> Result<(Vec<Draft>, T), StoreError>,
    ) -> Result<(T, Arc<Snapshot>), StoreError> {
        let begun = SuspendAwareInstant::now();
        let mut state = self.state();
        let mut undecided: Vec<(u64, Vec<u8>, T)> = Vec::new();
        let mut conflicts = 0;
        let mut from_view = self.drafts_from_view(&mut state, basis, &change);
        loop {
            let tried = SuspendAwareInstant::now();
            let (drafts, done) = if let Some(drafts) = from_view.take() {
                drafts
            } else {
                self.refresh(&mut state)?;
                // An attempt is decided once its generation exists: its change object is the one that is there, or not.
                let generation = state.view.generation();
                for (number, bytes, done) in undecided.extract_if(.., |(number, ..)| *number <= generation) {
                    if self.is_there(number, &bytes)? {
                        return Ok((done, self.shown(&state.view)));
                    }
                }
                change(&state.view)?
            };
            if drafts.is_empty() {
                return Ok((done, self.shown(&state.view)));
            }
            let number = state.view.generation() + 1;
            let outgoing = self.packed(&state, &drafts)?;
            let mut whole = Vec::new();
            match self.send(&state, &outgoing, &mut whole) {
                Ok(SendOutcome::Saved(versions)) => {
                    self.take_saved(&mut state, outgoing, versions)?;
                    return Ok((done, self.shown(&state.view)));
                }
                Ok(SendOutcome::Found) => {
                    self.refresh(&mut state)?;
                    return Ok((done, self.shown(&state.view)));
                }
                // A request whose answer was lost may still arrive, so its change object is looked up before the save
                // is repeated.
                Ok(SendOutcome::Conflict) => undecided.push((number, whole, done)),
                Err(error) => return Err(error),
            }
            if begun.elapsed() > LONGEST {
                let (held, waited, place) = (LockKind::Writing, LONGEST, self.place());
                return Err(StoreError::Busy { held, holder: None, waited, place });
            }
            std::thread::sleep(pause(conflicts, tried.elapsed()));
            conflicts += 1;
        }
    }

    /// The drafts that `change` derives from the view as it is, if the store still has all that they are based on: a
    /// save that follows a read needs no listing then. `None` if there may be anything else to know.
    fn drafts_from_view<T>(
        &self,
        state: &mut State,
        basis: FreshnessCheck,
        change: impl Fn(&View) -> Result<(Vec<Draft>, T), StoreError>,
    ) -> Option<(Vec<Draft>, T)> {
        if basis == FreshnessCheck::Listing {
            return None;
        }
        self.take_cached(state);
        let next = state.view.generation() + 1;
        // Only a listing finds the change objects beyond the retention limit, which the save then deletes.
        if next == 1 || next.is_multiple_of(batch::KEPT) {
            return None;
        }
        let paths: Vec<String> = change(&state.view).ok()?.0.into_iter().map(|draft| draft.path).collect();
        // One listing is cheaper than many objects.
        if !(1..=MAX_COMPARED).contains(&paths.len()) {
            return None;
        }
        // The writes are conditional, so a view that is older than it seems is only a conflict.
        let is_confirmed = basis == FreshnessCheck::LastAnswer && state.view.answered_just_now();
        if !is_confirmed && !self.is_current(&state.view, &paths) {
            return None;
        }
        // Derived again, because the edit may have been canceled meanwhile.
        change(&state.view).ok()
    }

    /// The first save of a new vault.
    pub(super) fn first_save(&self) -> Result<(), StoreError> {
        let first = |view: &View| {
            let is_new = view.generation() == 0;
            Ok((if is_new { vec![super::rotation_edits::rotation_draft(&view.rotation)?] } else { Vec::new() }, ()))
        };
        self.transact(first).map(|_| ())
    }

    /// The view as a snapshot for the layers above.
    pub(super) fn shown(&self, view: &View) -> Arc<Snapshot> {
        let hosts = view.objects.roster().map_or_else(Vec::new, |roster| super::members::hosts(roster));
        let as_of = view.as_of.filter(|_| view.is_offline);
        let team = Some(self.team_snapshot(view));
        let snapshot = Snapshot::of(&view.contents, view.generation(), Some(self.0.session));
        let recovery_kit = kit::is_kept(&self.0.at);
        let snapshot = Arc::new(Snapshot { recovery_kit, hosts, as_of, team, ..snapshot });
        *self.latest() = Some(Arc::clone(&snapshot));
        snapshot
    }

    fn packed(&self, state: &State, drafts: &[Draft]) -> Result<SaveBatch, StoreError> {
        let (view, roster) = (&state.view, state.roster()?);
        let generation = view.generation() + 1;
        let head = Draft::public("head", &HeadBody { generation, accepted: view.accepted() })?;
        let drafts: Vec<&Draft> = drafts.iter().chain([&head]).collect();
        let (mut objects, mut replaced) = (Vec::with_capacity(drafts.len()), Vec::new());
        for packed in parallel::map(&drafts, |draft| self.packed_one(view, &roster, draft)) {
            let (object, former) = packed?;
            objects.push(object);
            replaced.extend(former);
        }
        // Every save of such a generation has listed the store, so it knows which change objects are there.
        let oldest = if generation.is_multiple_of(batch::KEPT) { generation.saturating_sub(batch::KEPT) } else { 0 };
        let dropped = view.changes.range(..oldest).map(|(number, version)| (*number, version.clone())).collect();
        Ok(SaveBatch { objects, change: Change { generation, replaced, writes: Vec::new() }, dropped })
    }

    /// Signs one object of a save; for a part of a record, also returns the object that it replaces.
    fn packed_one(
        &self,
        view: &View,
        roster: &Roster,
        draft: &Draft,
    ) -> Result<(ConditionalWrite, Option<Replaced>), StoreError> {
        if !roster.may_write(&self.0.own.member, &draft.path) {
            return Err(super::roster::not_allowed(roster, &self.0.own.member, &draft.path).into());
        }
        let known = view.objects.get(&draft.path);
        let is_unread = || view.objects.open(&draft.path, &self.0.own).is_none();
        if known.is_some() && draft.path.starts_with("record/") && is_unread() {
            return Err(not_readable().into());
        }
        let replaced = draft.path.starts_with("record/").then(|| {
            let former = known.map(|known| self.replaced(&draft.path, known)).transpose()?;
            Ok::<_, StoreError>((draft.path.clone(), former))
        });
        let envelope = self.sign(view, roster, draft)?;
        let expected = known.map_or(Expected::Absent, |known| Expected::Version(known.version.clone()));
        Ok(((envelope, expected), replaced.transpose()?))
    }

    /// The object that a save replaces: from the local cache, or from the store if the cache is damaged.
    fn replaced(&self, path: &str, known: &VerifiedObject) -> Result<Bytes, StoreError> {
        if let Some(envelope) = known.envelope() {
            return Ok(Bytes(envelope.bytes().to_vec()));
        }
        let found = self.0.backend.get(&ObjectPath(path.to_owned()))?.and_then(|found| Envelope::parse(found.body));
        let found = found.filter(|envelope| envelope.hash == known.facts.hash).ok_or_else(|| {
            Problem::new(Kind::Temporary, format!("Somebody else changed {path} in {}.", self.place()))
                .try_this("Try again.")
        })?;
        Ok(Bytes(found.bytes().to_vec()))
    }

    /// Encrypts and signs the successor of the known object.
    pub(super) fn sign(&self, view: &View, roster: &Roster, draft: &Draft) -> Result<Envelope, StoreError> {
        let body = self.sealed(roster, &draft.body)?;
        let known = view.objects.get(&draft.path);
        let number = roster::version_at(&draft.path);
        let revision = known.map_or(number.unwrap_or(1), |known| known.facts.revision + 1);
        let parent = if number.is_some() { roster.hash.clone() } else { view.objects.hash(&draft.path) };
        Ok(self.signed(&draft.path, revision, &parent, roster.version, &body)?)
    }

    /// Encrypts a body to its readers.
    pub(super) fn sealed(&self, roster: &Roster, body: &Body) -> Result<Vec<u8>, Problem> {
        let seal = |readers: &mut dyn Iterator<Item = &RosterEntry>, plain: &[u8]| {
            sealing::seal(readers.map(|member| member.recipient.as_str()), plain)
        };
        match body {
            Body::Public(bytes) => Ok(bytes.clone()),
            Body::Record { plain, credentials } => seal(&mut roster.readers(credentials), plain),
            Body::Own(plain) => sealing::seal_for_own(plain, &self.0.own.key),
            Body::People(plain) => seal(&mut roster.readers(&[]), plain),
        }
    }

    pub(super) fn signed(
        &self,
        path: &str,
        revision: u64,
        parent: &str,
        roster: u64,
        body: &[u8],
    ) -> Result<Envelope, Problem> {
        let statement = Statement {
            vault: &self.0.fingerprint,
            path,
            revision,
            parent,
            roster,
            author: &self.0.own.member,
            at: self.0.at.clock.now(),
        };
        Envelope::sign(&statement, body, &self.0.own.key)
    }

    pub(super) fn change_object(&self, roster: u64, change: &Change) -> Result<Envelope, StoreError> {
        let body = super::draft::bytes(change)?;
        Ok(self.signed(&batch::path(change.generation), change.generation, "", roster, &body)?)
    }

    /// Sends a save. `whole` receives the bytes of its change object, by which a lost answer is resolved.
    fn send(&self, state: &State, outgoing: &SaveBatch, whole: &mut Vec<u8>) -> Result<SendOutcome, StoreError> {
        let roster = state.roster()?.version;
        let object = self.change_object(roster, &outgoing.change)?;
        let mut writes: Vec<Write> = outgoing.objects.iter().map(SaveBatch::write).collect();
        writes.push(creation(&object));
        writes.extend(outgoing.removals());
        *whole = object.bytes().to_vec();
        match self.0.backend.write_all(&writes) {
            Ok(Some(Written::Done(versions))) => Ok(SendOutcome::Saved(versions)),
            Ok(Some(Written::Conflict(_))) => Ok(SendOutcome::Conflict),
            Ok(None) => self.send_one_by_one(roster, outgoing, whole),
            Err(BackendError::Unknown { place, why }) => {
                self.look_again(outgoing.change.generation, whole, (place, why))
            }
            Err(error) => Err(error.into()),
        }
    }

    /// Without multi-object writes: creates the change object, which contains all writes, then applies them.
    fn send_one_by_one(
        &self,
        roster: u64,
        outgoing: &SaveBatch,
        whole: &mut Vec<u8>,
    ) -> Result<SendOutcome, StoreError> {
        let backend = &*self.0.backend;
        let written =
            |(envelope, _): &(Envelope, Expected)| (envelope.header.path.clone(), Bytes(envelope.bytes().to_vec()));
        let (generation, replaced) = (outgoing.change.generation, outgoing.change.replaced.clone());
        let change = Change { generation, replaced, writes: outgoing.objects.iter().map(written).collect() };
        let object = self.change_object(roster, &change)?;
        *whole = object.bytes().to_vec();
        let created = match backend.write(creation(&object)) {
            Ok(Written::Done(versions)) => versions,
            Ok(Written::Conflict(_)) => return Ok(SendOutcome::Conflict),
            Err(BackendError::Unknown { place, why }) => match self.look_again(generation, whole, (place, why))? {
                SendOutcome::Conflict => return Ok(SendOutcome::Conflict),
                SendOutcome::Saved(_) | SendOutcome::Found => vec![None],
            },
            Err(error) => return Err(error.into()),
        };
        // The save is durable from here on: if this fails, the next reader rolls it forward.
        let states =
            outgoing.objects.iter().map(|(new, expected)| (new.header.path.as_str(), expected.clone())).collect();
        let applied = batch::apply(backend, &change, &states);
        for removal in outgoing.removals() {
            let _ = backend.write(removal);
        }
        match applied {
            Ok(versions) if versions.iter().chain(&created).all(Option::is_some) => {
                Ok(SendOutcome::Saved([versions, created].concat()))
            }
            // Another machine has written some of it: this change, or another one of a generation whose change object
            // was deleted since it was read.
            Ok(_) if !self.is_in_history(generation, &change).unwrap_or(true) => {
                if let Some(version) = created.into_iter().flatten().next() {
                    let path = ObjectPath(batch::path(generation));
                    backend.write(Write { path, expected: Expected::Version(version), body: None })?;
                }
                Ok(SendOutcome::Conflict)
            }
            // Another machine has rolled it forward, or will.
            Ok(_) | Err(_) => Ok(SendOutcome::Found),
        }
    }

    /// Whether `head` is the one of this change, or follows it.
    fn is_in_history(&self, generation: u64, change: &Change) -> Result<bool, StoreError> {
        let own = change.writes.last().and_then(|(_, bytes)| Envelope::parse(bytes.0.clone()));
        let stored = self.0.backend.get(&ObjectPath("head".to_owned()))?.and_then(|found| Envelope::parse(found.body));
        let (Some(own), Some(stored)) = (own, stored) else { return Ok(false) };
        if stored.header.revision <= generation {
            return Ok(stored.hash == own.hash || stored.header.revision < generation);
        }
        let next = self.0.backend.get(&ObjectPath(batch::path(generation + 1)))?;
        let next = next.and_then(|found| Change::read(&Envelope::parse(found.body)?));
        let head = next.and_then(|next| Envelope::parse(next.writes.last()?.1.0.clone()));
        Ok(head.is_some_and(|head| head.header.parent == own.hash))
    }

    /// Resolves a lost answer by looking for the change object.
    fn look_again(&self, number: u64, whole: &[u8], (place, why): (String, String)) -> Result<SendOutcome, StoreError> {
        match self.is_there(number, whole) {
            Ok(true) => Ok(SendOutcome::Found),
            // If the request still arrives, its condition on `head` fails: the save cannot happen twice.
            Ok(false) => Ok(SendOutcome::Conflict),
            Err(_) => Err(BackendError::Unknown { place, why }.into()),
        }
    }

    fn is_there(&self, number: u64, whole: &[u8]) -> Result<bool, StoreError> {
        let found = self.0.backend.get(&ObjectPath(batch::path(number)))?;
        Ok(found.is_some_and(|found| found.body == whole))
    }

    fn take_saved(
        &self,
        state: &mut State,
        outgoing: SaveBatch,
        versions: Vec<Option<Version>>,
    ) -> Result<(), StoreError> {
        let mut versions = versions.into_iter();
        let mut entries = Vec::new();
        for (envelope, _) in outgoing.objects {
            let Some(version) = versions.next().flatten() else { return self.refresh(state) };
            let path = envelope.header.path.clone();
            if path.starts_with("roster/") {
                let own = &self.0.own.key;
                let taken = state.view.objects.take_roster(version, envelope, &self.0.fingerprint, own);
                taken.map_err(|what| self.tampered(&state.view, &path, what))?;
            } else {
                state.view.objects.put(version, envelope);
            }
            entries.extend(state.view.objects.entry(&path));
        }
        if let Some(version) = versions.next().flatten() {
            state.view.changes.insert(outgoing.change.generation, version);
        }
        for (number, _) in outgoing.dropped {
            state.view.changes.remove(&number);
        }
        self.keep(state, &entries)?;
        state.view.rebuild(&self.0.own);
        self.index_when_due(state);
        self.has_answered(&mut state.view);
        Ok(())
    }
}

impl SaveBatch {
    fn write((envelope, expected): &(Envelope, Expected)) -> Write {
        let path = ObjectPath(envelope.header.path.clone());
        Write { path, expected: expected.clone(), body: Some(envelope.bytes().to_vec()) }
    }

    fn removals(&self) -> impl Iterator<Item = Write> + '_ {
        self.dropped.iter().map(|(number, version)| Write {
            path: ObjectPath(batch::path(*number)),
            expected: Expected::Version(version.clone()),
            body: None,
        })
    }
}

fn not_readable() -> Problem {
    Problem::new(Kind::Temporary, "A part of this credential is not encrypted to you yet.")
        .why("A membership change is not finished, and saving would overwrite data that you cannot read.")
        .try_this("Ask the admin who made that change to finish it, then try again.")
}

/// Back-off with full jitter after a conflict that `conflicts` others came before: the range starts at the duration of
/// the attempt, so that it fits fast and slow stores, and doubles with each conflict.
fn pause(conflicts: u32, tried: Duration) -> Duration {
    let [shortest, longest] = PAUSES;
    let range = tried.max(shortest).saturating_mul(2_u32.saturating_pow(conflicts)).min(longest);
    range.mul_f64(rand::rng().random_range(0.0..1.0))
}

/// A write that creates an object.
fn creation(object: &Envelope) -> Write {
    let path = ObjectPath(object.header.path.clone());
    Write { path, expected: Expected::Absent, body: Some(object.bytes().to_vec()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_with_the_conflicts_and_the_time_of_a_try_and_have_an_end() {
        let longest =
            |conflicts, tried| (0..200).map(|_| pause(conflicts, Duration::from_millis(tried))).max().unwrap();
        for (conflicts, tried, range) in [(0, 1, 12), (3, 1, 96), (0, 300, 300), (2, 300, 1_200), (90, 300, 2_000)] {
            let longest = longest(conflicts, tried);
            let range = Duration::from_millis(range);
            assert!(longest <= range && longest > range / 2, "{conflicts} {tried}: {longest:?} of {range:?}");
        }
    }
}
