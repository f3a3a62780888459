//! Former generations, rebuilt from the newest objects by undoing each change.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use super::backend::ObjectPath;
use super::batch::{self, Change};
use super::draft::{self, Draft};
use super::envelope::{Envelope, malformed};
use super::handle::{State, Team};
use super::part::Part;
use super::record::{Content, Record};
use super::sealing;
use super::view::{View, listed};
use crate::store::contents::Contents;
use crate::store::error::StoreError;
use crate::store::snapshot::{Purged, Snapshot, Version};

/// The object that the oldest of several changes replaced, by path; `None` for a path that it created.
type Replaced = BTreeMap<String, Option<Envelope>>;

/// A replaced object is not encrypted to this member.
struct NotEncryptedToUs;

impl Team {
    /// As [`Store::versions`](crate::store::Store::versions).
    pub(super) fn versions_listed(&self) -> Result<Vec<Version>, StoreError> {
        let mut state = self.state();
        self.read(&mut state)?;
        let newest = state.view.generation();
        let oldest = oldest(&state.view);
        let row = |number: u64| {
            let place = format!("{} in {}", batch::path(number), self.place());
            Ok(Version { number, place, written_at: self.written_at(&state, number)?, size: 0 })
        };
        (oldest..=newest).map(row).collect()
    }

    fn written_at(&self, state: &State, number: u64) -> Result<Option<jiff::Timestamp>, StoreError> {
        if number == state.view.generation() {
            return Ok(state.view.objects.get("head").and_then(|known| Some(known.envelope()?.header.at)));
        }
        if !state.view.changes.contains_key(&number) || state.view.is_offline {
            return Ok(None);
        }
        Ok(self.change(state, number)?.map(|(at, _)| at))
    }

    fn change(&self, state: &State, number: u64) -> Result<Option<(jiff::Timestamp, Change)>, StoreError> {
        let path = batch::path(number);
        let Some(found) = self.0.backend.get(&ObjectPath(path.clone()))? else { return Ok(None) };
        let failed = |what| self.tampered(&state.view, &path, what);
        let envelope = Envelope::parse(found.body).ok_or_else(|| failed(malformed()))?;
        state.view.objects.verify_signature(&path, &envelope, &self.0.fingerprint).map_err(failed)?;
        state.view.objects.verify_author_allowed(&path, &envelope).map_err(failed)?;
        let at = envelope.header.at;
        Ok(Some((at, Change::read(&envelope).ok_or_else(|| failed(malformed()))?)))
    }

    /// Verifies an object that a change replaced: its author was allowed to write it then.
    fn replaced_object(&self, state: &State, path: &str, bytes: Vec<u8>) -> Result<Envelope, StoreError> {
        let failed = |what| self.tampered(&state.view, path, what);
        let envelope = Envelope::parse(bytes).ok_or_else(|| failed(malformed()))?;
        state.view.objects.verify_signature(path, &envelope, &self.0.fingerprint).map_err(failed)?;
        Ok(envelope)
    }

    /// The records as of a generation.
    fn contents_at(&self, state: &State, number: u64) -> Result<Contents, StoreError> {
        let newest = state.view.generation();
        if number > newest || number < oldest(&state.view) {
            return Err(StoreError::NoVersion { number });
        }
        if number == newest {
            return Ok(state.view.contents.clone());
        }
        let mut bodies: Replaced = BTreeMap::new();
        for later in (number + 1..=newest).rev() {
            let (_, change) = self.change(state, later)?.ok_or(StoreError::NoVersion { number })?;
            for (path, former) in change.replaced {
                let former = former.map(|bytes| self.replaced_object(state, &path, bytes.0)).transpose()?;
                bodies.insert(path, former);
            }
        }
        let mut records: Vec<Arc<Record>> = Vec::new();
        for record in state.view.records.values() {
            let former = self.former(&state.view, record, &bodies);
            records.extend(former.map_err(|NotEncryptedToUs| StoreError::NoVersion { number })?);
        }
        let (credentials, integrations) = listed(records.iter());
        Ok(Contents { credentials: Arc::new(credentials), integrations: Arc::new(integrations), ..Contents::default() })
    }

    /// A record as of the generation whose bodies are given; `None` if it did not exist yet.
    fn former(
        &self,
        view: &View,
        record: &Arc<Record>,
        bodies: &Replaced,
    ) -> Result<Option<Arc<Record>>, NotEncryptedToUs> {
        let paths = super::record::record_paths(&record.id);
        // What is no business of this member now is left as it is.
        let is_unread = matches!(record.content, Content::NotEncryptedToUs);
        if is_unread || paths.iter().all(|path| !bodies.contains_key(path)) {
            return Ok(Some(Arc::clone(record)));
        }
        let open = |path: &String| {
            let sealed = match bodies.get(path) {
                Some(former) => former.as_ref().map(Cow::Borrowed),
                None => view.objects.get(path).and_then(|known| known.envelope()),
            };
            // Of a generation before this member was added, it is not known what it contained. That is not nothing.
            sealed.map(|envelope| sealing::open(envelope.body(), &self.0.own.key).ok_or(NotEncryptedToUs)).transpose()
        };
        let Some(setup) = open(&paths[0])? else { return Ok(None) };
        let (setup, tokens) = (Some(Part::of_bytes(setup)), open(&paths[1])?.map(Part::of_bytes));
        Ok(Some(Arc::new(Record::read(&record.id, setup, tokens, Default::default()))))
    }

    /// As [`Store::version`](crate::store::Store::version).
    pub(super) fn snapshot_at(&self, number: u64) -> Result<Snapshot, StoreError> {
        let mut state = self.state();
        self.read(&mut state)?;
        let contents = self.contents_at(&state, number)?;
        Ok(Snapshot::of(&contents, number, Some(self.0.session)))
    }

    /// As [`Store::restore`](crate::store::Store::restore).
    pub(super) fn restore_generation(&self, number: u64) -> Result<(), StoreError> {
        let former = {
            let mut state = self.state();
            self.refresh(&mut state)?;
            self.contents_at(&state, number)?
        };
        let now = self.0.at.clock.now();
        let restored = |view: &View| {
            let after = Contents {
                credentials: Arc::clone(&former.credentials),
                integrations: Arc::clone(&former.integrations),
                ..Contents::default()
            };
            Ok((draft::between(view, &after, &self.0.own.member, now)?, ()))
        };
        self.transact(restored).map(|_| ())
    }

    /// As [`Store::purge`](crate::store::Store::purge).
    pub(super) fn purge_deleted(&self, for_good: bool) -> Result<Purged, StoreError> {
        let purged = |view: &View| {
            let mut found = Purged::default();
            let mut drafts = Vec::new();
            for record in view.records.values() {
                if let Content::Deleted { tombstone, last } = &record.content
                    && (last.is_some() || !record.tokens.json().is_empty())
                {
                    found.found.extend(tombstone.as_ref().map(|tombstone| tombstone.name.to_string()));
                    drafts.extend(Draft::of_record(&record.purged(), Some(record))?);
                }
            }
            if !drafts.is_empty() {
                found.files = (oldest(view) + 1..=view.generation()).map(batch::path).collect();
                let mut after = view.contents.clone();
                let there = after.credentials.list.iter().map(|one| one.id).collect();
                let count = after.undo.len();
                after.undo.retain(|step| !step.is_beyond(&there));
                after.redo.retain(|step| !step.is_beyond(&there));
                found.undo = count - after.undo.len();
                drafts.extend(draft::between(view, &after, &self.0.own.member, self.0.at.clock.now())?);
            }
            Ok((drafts, found))
        };
        if !for_good {
            let mut state = self.state();
            self.read(&mut state)?;
            return purged(&state.view).map(|(_, found)| found);
        }
        let (found, _) = self.transact_after_listing(purged)?;
        self.delete_changes()?;
        Ok(found)
    }

    /// Deletes the objects from which former generations are rebuilt.
    fn delete_changes(&self) -> Result<(), StoreError> {
        let mut state = self.state();
        self.refresh(&mut state)?;
        for (number, version) in &state.view.changes {
            let path = ObjectPath(batch::path(*number));
            let expected = super::backend::Expected::Version(version.clone());
            self.0.backend.write(super::backend::Write { path, expected, body: None })?;
        }
        self.refresh(&mut state)
    }
}

/// The oldest generation that can be restored. The first save created the vault, so there is nothing before it.
fn oldest(view: &View) -> u64 {
    let newest = view.generation();
    let later = (0..newest.min(batch::KEPT)).map(|back| newest - back).take_while(|number| *number > 1);
    later.take_while(|number| view.changes.contains_key(number)).last().map_or(newest, |last| last - 1)
}
