//! Reads changes from the store and verifies them.

use std::collections::BTreeMap;
use std::thread;

use super::backend::{Expected, ListedObject, Object, ObjectPath, Version, Write};
use super::batch;
use super::cache::Entry;
use super::envelope::{Envelope, malformed};
use super::handle::{State, Team, no_vault};
use super::last_contact;
use super::objects::{Objects, VerifiedHashes, is_kept, is_own};
use super::parallel;
use super::roster;
use super::view::View;
use crate::clock::SuspendAwareInstant;
use crate::problem::{Kind, Problem};
use crate::store::error::{StoreError, Tampering};

/// Objects per batch: a batch is read and verified together and, on the first read, saved to the local cache.
const BATCH_SIZE: usize = 1_000;

/// How often a read starts over because of concurrent writes.
const MAX_ATTEMPTS: usize = 64;

/// A listing of the store, compared with the local state.
struct Rows {
    /// Objects to read: new ones, and those with another version.
    changed: Vec<ObjectPath>,
    changes: BTreeMap<u64, Version>,
    foreign: Vec<String>,
    all: BTreeMap<String, Version>,
}

impl Team {
    /// Updates the view from the store; if the store cannot be reached, the view keeps its last state and is marked
    /// offline.
    pub(super) fn read(&self, state: &mut State) -> Result<(), StoreError> {
        match self.refresh(state) {
            Err(StoreError::Unreachable { .. } | StoreError::Unknown { .. }) if state.view.generation() > 0 => {
                self.take_cached(state);
                state.view.is_offline = true;
                Ok(())
            }
            done => done,
        }
    }

    /// As [`read`](Self::read), but compares the versions of `paths` first: no listing if these are unchanged.
    pub(super) fn read_some(&self, state: &mut State, paths: &[String]) -> Result<(), StoreError> {
        self.take_cached(state);
        if self.is_current(&state.view, paths) {
            self.has_answered(&mut state.view);
            return Ok(());
        }
        self.read(state)
    }

    /// Whether the store still has the generation of the view, and the objects at `paths` in their known versions.
    /// Every save writes `head`, so if `head` is unchanged, no member has saved anything. Tampering elsewhere is found
    /// only by a listing. False if the store does not answer.
    pub(super) fn is_current(&self, view: &View, paths: &[String]) -> bool {
        // A change object of the next generation is an unfinished save, which counts.
        let next = batch::path(view.generation() + 1);
        let always = ["head".to_owned(), next];
        let paths: Vec<ObjectPath> = paths.iter().chain(&always).map(|path| ObjectPath(path.clone())).collect();
        let Ok(found) = self.0.backend.read_all(&paths) else { return false };
        let is_known = |(path, found): (&ObjectPath, &Option<Object>)| {
            view.objects.get(&path.0).map(|known| &known.version) == found.as_ref().map(|found| &found.version)
        };
        view.generation() > 0 && paths.iter().zip(&found).all(is_known)
    }

    /// Updates the view from the store.
    ///
    /// # Errors
    /// [`StoreError::Unreachable`], [`StoreError::Tampered`]; [`StoreError::Unusable`] for a user who is not a member.
    pub(super) fn refresh(&self, state: &mut State) -> Result<(), StoreError> {
        for _ in 0..MAX_ATTEMPTS {
            if self.pass(state)? {
                return Ok(());
            }
        }
        let problem = Problem::new(Kind::Temporary, format!("{} changes faster than it can be read.", self.place()));
        Err(problem.try_this("Try again.").into())
    }

    /// One attempt to read; false if a concurrent write invalidated it.
    fn pass(&self, state: &mut State) -> Result<bool, StoreError> {
        let is_overlapping = !state.is_loaded;
        let listing = self.list_beside_cache(state)?;
        let rows = self.rows(&state.view, &listing);
        if rows.all.is_empty() {
            return if state.view.objects.roster().is_some() {
                Err(self.vanished(&state.view, "roster/0"))
            } else {
                Err(no_vault().into())
            };
        }
        if self.give_back_undo(&state.view, &rows)? {
            return Ok(false);
        }
        let kept = state.view.objects.by_path.keys().filter(|path| is_kept(path));
        if let Some(path) = kept.into_iter().find(|path| !rows.all.contains_key(*path)) {
            if is_overlapping {
                // Not yet a deletion: another process may have created the object after the listing and saved it to the
                // local cache before that was read. The next attempt does one after the other.
                return Ok(false);
            }
            return Err(self.vanished(&state.view, path));
        }
        let Some((objects, entries)) = self.read_changed(state, &rows)? else { return Ok(false) };
        self.must_be_member(&objects)?;
        let next = objects.get("head").map_or(0, |known| known.facts.revision) + 1;
        if rows.changes.contains_key(&next) && self.roll_forward(state, &objects, next)? {
            return Ok(false);
        }
        state.view.objects = objects;
        (state.view.changes, state.view.foreign) = (rows.changes, rows.foreign);
        self.keep(state, &entries)?;
        state.view.rebuild(&self.0.own);
        self.index_when_due(state);
        self.has_answered(&mut state.view);
        Ok(true)
    }

    /// Reads the local cache and lists the store: in this order, so that every cached object must be in the listing.
    /// The first read of a process loads the whole cache and does both at once, which hides the latency of the store.
    fn list_beside_cache(&self, state: &mut State) -> Result<Vec<ListedObject>, StoreError> {
        if state.is_loaded {
            self.take_cached(state);
            return Ok(self.0.backend.list("")?);
        }
        let listing = thread::scope(|scope| {
            let listing = scope.spawn(|| self.0.backend.list(""));
            self.take_cached(state);
            listing.join()
        });
        Ok(listing.unwrap_or_else(|panic| std::panic::resume_unwind(panic))?)
    }

    /// Reads and verifies the changed objects in batches. Returns them with the entries that are not in the local cache
    /// yet, or `None` after a concurrent write. The first read saves each batch, so that an interrupted read resumes
    /// there; `head` comes last and marks the cache as complete.
    fn read_changed(&self, state: &mut State, rows: &Rows) -> Result<Option<(Objects, Vec<Entry>)>, StoreError> {
        let is_first = state.view.generation() == 0;
        let total = rows.changed.len();
        let mut objects = state.view.objects.clone();
        let mut entries = Vec::new();
        for (number, portion) in rows.changed.chunks(BATCH_SIZE).enumerate() {
            if total > BATCH_SIZE && !self.0.reading.goes_on(number * BATCH_SIZE, total) {
                return Err(canceled(number * BATCH_SIZE, total).into());
            }
            let found = self.0.backend.read_all(portion)?;
            let is_same = |(path, object): (&ObjectPath, &Option<Object>)| {
                object.as_ref().is_some_and(|object| rows.all.get(&path.0) == Some(&object.version))
            };
            if !portion.iter().zip(&found).all(is_same) {
                return Ok(None);
            }
            self.take_all(&state.view, &mut objects, portion, found.into_iter().flatten().collect())?;
            entries.extend(portion.iter().filter_map(|path| objects.entry(&path.0)));
            let is_whole_list = portion.last().is_some_and(|path| !path.0.starts_with("roster/"));
            if is_first && is_whole_list && number * BATCH_SIZE + portion.len() < total {
                self.must_be_member(&objects)?;
                state.view.objects = objects;
                self.keep(state, &std::mem::take(&mut entries))?;
                state.view.read_records(&self.0.own);
                objects = state.view.objects.clone();
            }
        }
        if total > BATCH_SIZE {
            self.0.reading.goes_on(total, total);
        }
        Ok(Some((objects, entries)))
    }

    /// Verifies objects and adds them: rosters in sequence, because each verifies the next one, the others in parallel.
    fn take_all(
        &self,
        view: &View,
        objects: &mut Objects,
        paths: &[ObjectPath],
        found: Vec<Object>,
    ) -> Result<(), StoreError> {
        let rosters = paths.iter().take_while(|path| path.0.starts_with("roster/")).count();
        let mut found: Vec<(&ObjectPath, Object)> = paths.iter().zip(found).collect();
        let others = found.split_off(rosters);
        for (path, object) in found {
            self.take(view, objects, &path.0, object)?;
        }
        let known = &*objects;
        let checked = parallel::map(&others, |(path, object)| {
            let envelope = Envelope::parse(object.body.clone()).ok_or_else(malformed)?;
            if known.get(&path.0).is_none_or(|known| known.facts.hash != envelope.hash) {
                known.check(&path.0, &envelope, &self.0.fingerprint)?;
            }
            Ok(envelope)
        });
        for ((path, object), checked) in others.into_iter().zip(checked) {
            let envelope = checked.map_err(|what: Tampering| self.tampered(view, &path.0, what))?;
            objects.put(object.version, envelope);
        }
        Ok(())
    }

    /// Saves verified objects to the local cache.
    pub(super) fn keep(&self, state: &mut State, entries: &[Entry]) -> Result<(), StoreError> {
        if entries.is_empty() {
            return Ok(());
        }
        let others = state.cache.append(entries)?;
        if !others.is_empty() {
            self.take_entries(state, others, &VerifiedHashes::new());
            // Records must always match the objects: equal versions are taken to mean that nothing changed.
            state.view.rebuild(&self.0.own);
        }
        let objects = &state.view.objects;
        state.cache.compact(|| {
            let mut paths: Vec<String> = (0..objects.rosters.len() as u64).map(super::roster::path).collect();
            paths.extend(objects.by_path.keys().filter(|path| !path.starts_with("roster/")).cloned());
            paths.iter().map(|path| objects.entry(path)).collect()
        });
        Ok(())
    }

    fn rows(&self, view: &View, listing: &[ListedObject]) -> Rows {
        let own_undo = super::view::undo_path(&self.0.own.member);
        let mut rows =
            Rows { changed: Vec::new(), changes: BTreeMap::new(), foreign: Vec::new(), all: BTreeMap::new() };
        for row in listing {
            let path = &row.path.0;
            if !is_own(path) {
                rows.foreign.push(path.clone());
                continue;
            }
            rows.all.insert(path.clone(), row.version.clone());
            if let Some(number) = path.strip_prefix("change/").and_then(|number| number.parse().ok()) {
                rows.changes.insert(number, row.version.clone());
            } else if is_kept(path)
                && (!path.starts_with("undo/") || *path == own_undo)
                && view.objects.get(path).is_none_or(|known| known.version != row.version)
            {
                rows.changed.push(row.path.clone());
            }
        }
        // A roster is verified by the previous one, everything else by the rosters. `head` comes last.
        rows.changed.sort_by_key(|path| {
            let roster = roster::version_at(&path.0);
            (roster.is_none(), roster, path.0 == "head", path.0.clone())
        });
        rows
    }

    /// Verifies one roster and adds it.
    fn take(&self, view: &View, objects: &mut Objects, path: &str, object: Object) -> Result<(), StoreError> {
        let failed = |what| self.tampered(view, path, what);
        let envelope = Envelope::parse(object.body).ok_or_else(|| failed(malformed()))?;
        match objects.get(path) {
            None => {
                let taken = objects.take_roster(object.version, envelope, &self.0.fingerprint, &self.0.own.key);
                taken.map_err(failed)
            }
            // The same object under a new version of the store.
            Some(known) if known.facts.hash == envelope.hash => {
                objects.put(object.version, envelope);
                Ok(())
            }
            Some(_) => Err(failed(Tampering::Forked { revision: envelope.header.revision })),
        }
    }

    /// Restores the member's own undo steps if the store has lost them: no other machine has or writes them. Returns
    /// whether something was restored.
    fn give_back_undo(&self, view: &View, rows: &Rows) -> Result<bool, StoreError> {
        let path = super::view::undo_path(&self.0.own.member);
        let Some(known) = view.objects.get(&path) else { return Ok(false) };
        let path = ObjectPath(path);
        let expected = match rows.all.get(&path.0) {
            Some(version) if *version == known.version => return Ok(false),
            None => Expected::Absent,
            Some(_) => {
                let Some(found) = self.0.backend.get(&path)? else { return Ok(false) };
                let Some(envelope) = Envelope::parse(found.body) else { return Ok(false) };
                let verify_signature = view.objects.verify_signature(&path.0, &envelope, &self.0.fingerprint).is_ok();
                if !verify_signature || envelope.header.revision >= known.facts.revision {
                    return Ok(false);
                }
                Expected::Version(found.version)
            }
        };
        let Some(envelope) = known.envelope() else { return Ok(false) };
        self.0.backend.write(Write { path, expected, body: Some(envelope.bytes().to_vec()) })?;
        Ok(true)
    }

    fn must_be_member(&self, objects: &Objects) -> Result<(), StoreError> {
        let roster = objects.roster().ok_or_else(no_vault)?;
        let own = &self.0.own;
        match roster.member(&own.member) {
            Some(member) if member.signing_key == own.key.signing_key() => Ok(()),
            _ => {
                let was = objects.rosters.iter().any(|roster| roster.member(&own.member).is_some());
                Err(not_a_member(&self.place(), was).into())
            }
        }
    }

    /// Rolls an unfinished save of several objects forward; false if there is none.
    pub(super) fn roll_forward(&self, state: &mut State, objects: &Objects, number: u64) -> Result<bool, StoreError> {
        let path = batch::path(number);
        let Some(found) = self.0.backend.get(&ObjectPath(path.clone()))? else { return Ok(true) };
        let failed = |what| self.tampered(&state.view, &path, what);
        let envelope = Envelope::parse(found.body).ok_or_else(|| failed(malformed()))?;
        objects.verify_signature(&path, &envelope, &self.0.fingerprint).map_err(failed)?;
        objects.verify_author_allowed(&path, &envelope).map_err(failed)?;
        let change = batch::Change::read(&envelope).ok_or_else(|| failed(malformed()))?;
        if change.writes.is_empty() {
            // It only keeps replaced objects: its writes were sent together with it, or never.
            return Ok(false);
        }
        // Written with this member's rights, so nothing may be in it that its author may not write.
        for (path, bytes) in &change.writes {
            let failed = |what| self.tampered(&state.view, path, what);
            let written = Envelope::parse(bytes.0.clone()).ok_or_else(|| failed(malformed()))?;
            objects.verify_signature(path, &written, &self.0.fingerprint).map_err(failed)?;
        }
        if change.writes.last().is_none_or(|(path, _)| path != "head") {
            return Err(failed(malformed()));
        }
        batch::apply(&*self.0.backend, &change, &batch::States::new())?;
        Ok(true)
    }

    pub(super) fn has_answered(&self, view: &mut View) {
        let now = self.0.at.clock.now();
        last_contact::note_answer(&self.0.folder, view.as_of, now);
        (view.as_of, view.answered, view.is_offline) = (Some(now), Some(SuspendAwareInstant::now()), false);
    }

    fn vanished(&self, view: &View, path: &str) -> StoreError {
        self.tampered(view, path, Tampering::Vanished)
    }
}

fn canceled(done: usize, total: usize) -> Problem {
    Problem::new(Kind::Temporary, "Reading the team vault was canceled.")
        .why(format!("{done} of {total} objects were read and are kept on this machine."))
        .try_this("Open it again to read the others.")
}

fn not_a_member(place: &str, was: bool) -> Problem {
    if was {
        return Problem::new(Kind::Refused, "You are no longer a member of this team vault.")
            .why(format!("An admin removed you from {place}."))
            .try_this("Ask an admin if that is a mistake, and join again.");
    }
    Problem::new(Kind::NeedsAuthentication, "You are not a member of this team vault yet.")
        .why(format!("No admin has added your join code to {place}."))
        .try_this("Send the code to an admin, and wait until they add you.")
}
