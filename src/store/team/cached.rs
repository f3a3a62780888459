//! Reads from the state folder of this machine: the cached objects, and the index of their decrypted contents.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cache::{Cache, Copy, Entry};
use super::envelope::Envelope;
use super::handle::{State, Team};
use super::index::{self, Index};
use super::index_rows::{self, NameRow, ObjectRow};
use super::objects::{Objects, VerifiedHashes, VerifiedObject};
use super::part::Part;
use super::record::{Content, Record};
use super::sealing;
use crate::model::credential::Credential;
use crate::store::snapshot::Snapshot;

/// Bytes that the cache may always grow beyond the index before the index is rewritten.
const UNCOVERED: u64 = 256 << 10;

/// The cache may also grow beyond the index by this fraction (1/32) of what the index covers.
const SHARE: u64 = 32;

/// Most setups beyond the index that are decrypted to read one record. With more of them, everything is read.
const MAX_SETUPS: usize = 64;

impl Team {
    /// Loads the local cache, or what other processes of this machine appended to it since the last call.
    pub(super) fn take_cached(&self, state: &mut State) {
        let is_first = !state.is_loaded;
        let vouched = if is_first { self.load(state) } else { VerifiedHashes::new() };
        let entries = state.cache.read_new();
        if entries.is_empty() && !is_first {
            return;
        }
        self.take_entries(state, entries, &vouched);
        if is_first {
            state.view.drop_strays();
        }
        state.view.rebuild(&self.0.own);
        self.index_when_due(state);
    }

    /// Adds cached objects to the view.
    pub(super) fn take_entries(&self, state: &mut State, entries: Vec<Entry>, vouched: &VerifiedHashes) {
        for entry in entries {
            state.view.objects.put_cached(entry, &self.0.fingerprint, &self.0.own.key, vouched);
        }
    }

    /// Loads the index. If the cache file has to be read as well, returns the hashes of the objects that the index
    /// vouches for.
    fn load(&self, state: &mut State) -> VerifiedHashes {
        state.is_loaded = true;
        let folder = &self.0.folder;
        let Some(mut index) = Index::open(folder, &self.0.own.key, &self.0.fingerprint) else {
            return VerifiedHashes::new();
        };
        let Some((records, rows)) = index.whole() else { return VerifiedHashes::new() };
        state.view.take_records(records);
        if let Some(file) = state.cache.resume(index.covered()) {
            if let Some(rosters) = index.rosters()
                && let Some(mut objects) = self.with_rosters(rosters, &file)
            {
                for row in rows {
                    let place = file.place(row.offset, row.length);
                    objects.by_path.insert(row.path, Arc::new(VerifiedObject::kept(row.version, row.facts, place)));
                }
                state.view.objects = objects;
                state.covered = Some(index.covered().clone());
                return VerifiedHashes::new();
            }
            state.cache = Cache::at(folder);
        }
        rows.into_iter().map(|row| (row.path, row.facts.hash)).collect()
    }

    /// Reads only the rosters; `None` if the cache file is damaged.
    fn with_rosters(&self, rows: Vec<ObjectRow>, file: &Copy) -> Option<Objects> {
        let mut objects = Objects::default();
        for row in rows {
            let envelope = Envelope::parse(file.place(row.offset, row.length).read()?)?;
            objects.take_roster(row.version, envelope, &self.0.fingerprint, &self.0.own.key).ok()?;
        }
        Some(objects)
    }

    /// Rewrites the index once too much of the cache is not covered by it.
    pub(super) fn index_when_due(&self, state: &mut State) {
        if state.view.generation() == 0 {
            return;
        }
        let covered = state.covered.as_ref().map_or(0, |covered| covered.length);
        let most = UNCOVERED.max(covered / SHARE);
        if state.cache.beyond(state.covered.as_ref()).is_some_and(|beyond| beyond <= most) {
            return;
        }
        let (folder, key) = (&self.0.folder, &self.0.own.key);
        // The index only saves time, so a failure to write it is ignored.
        if let Some(covered) = index::write(folder, key, &self.0.fingerprint, &state.cache, &state.view) {
            state.covered = Some(covered);
        }
    }

    /// Whether this machine has a cached copy of the vault. Avoids reading all of it.
    pub(super) fn has_copy(&self, state: &mut State) -> bool {
        if !state.is_loaded && self.index().is_some() {
            return true;
        }
        self.take_cached(state);
        state.view.generation() > 0
    }

    fn index(&self) -> Option<Index> {
        Index::open(&self.0.folder, &self.0.own.key, &self.0.fingerprint)
    }

    /// A snapshot of the cached records, without access to the network.
    pub(super) fn snapshot_from_cache(&self) -> Option<Arc<Snapshot>> {
        // A statement of its own, so that the lock is released: `shown` takes it again.
        let latest = self.latest().clone();
        if latest.is_some() {
            return latest;
        }
        let mut state = self.try_state()?;
        self.take_cached(&mut state);
        (state.view.generation() > 0).then(|| self.shown(&state.view))
    }

    /// The cached credential with this id or full name. Never blocks: another thread may hold the state while it waits
    /// for the store.
    pub(super) fn credential_from_cache(&self, word: &str) -> Option<Credential> {
        let Some(mut state) = self.try_state() else {
            let latest = self.latest().clone();
            return latest.map_or_else(|| self.single(word), |latest| in_list(&latest.credentials.list, word));
        };
        if !state.is_loaded
            && let Some(credential) = self.single(word)
        {
            return Some(credential);
        }
        self.take_cached(&mut state);
        (state.view.generation() > 0).then_some(())?;
        in_list(&state.view.contents.credentials.list, word)
    }

    /// Reads a single credential through the index; `None` if that is not possible and everything has to be read.
    fn single(&self, word: &str) -> Option<Credential> {
        let mut index = self.index()?;
        let mut cache = Cache::at(&self.0.folder);
        let file = cache.resume(index.covered())?;
        let newer = self.newer(&mut index, cache.read_new(), &file)?;
        let section = index.names()?;
        let rows = index_rows::names(&section)?;
        let is_same = |row: &&NameRow<'_>| newer.get(row.id).is_none_or(|newer| newer.setup.is_none());
        let renamed = newer.iter().filter_map(|(id, newer)| Some(NameRow::of(id, newer.name.as_deref()?)));
        let names: Vec<NameRow<'_>> = rows.iter().filter(is_same).copied().chain(renamed).collect();
        let id = index::named(&names, word)?.id;
        let before = rows.iter().find(|row| row.id == id).and_then(|row| index.record(row));
        let record = match newer.get(id) {
            None => before?,
            Some(newer) => newer.over(id, before.unwrap_or_default(), self)?,
        };
        match record.content {
            Content::Credential(credential) => Some(Arc::unwrap_or_clone(credential)),
            _ => None,
        }
    }

    /// The objects that were cached after the index was written, by record. `None` if there are too many of them, or if
    /// one of them is a roster.
    fn newer(&self, index: &mut Index, entries: Vec<Entry>, file: &Copy) -> Option<BTreeMap<String, Newer>> {
        let mut newer: BTreeMap<String, Newer> = BTreeMap::new();
        let mut objects: Option<Objects> = None;
        let mut setups = 0;
        for entry in entries {
            if entry.path.starts_with("roster/") {
                return None;
            }
            let Some((id, part)) = entry.path.strip_prefix("record/").and_then(|rest| rest.split_once('/')) else {
                continue;
            };
            let (id, is_setup) = (id.to_owned(), part == "setup");
            if objects.is_none() {
                objects = Some(self.with_rosters(index.rosters()?, file)?);
            }
            let envelope = Envelope::parse(entry.bytes)?;
            objects.as_ref()?.verify_signature(&entry.path, &envelope, &self.0.fingerprint).ok()?;
            let found = newer.entry(id.clone()).or_default();
            let slot = if is_setup { &mut found.setup } else { &mut found.tokens };
            if slot.as_ref().is_none_or(|known| known.header.revision <= envelope.header.revision) {
                *slot = Some(envelope);
            }
            setups += usize::from(is_setup);
            if setups > MAX_SETUPS {
                return None;
            }
        }
        for (id, newer) in &mut newer {
            newer.read(id, self);
        }
        Some(newer)
    }
}

/// The credential that matches a word, by the rules of [`index::named`].
fn in_list(list: &[Arc<Credential>], word: &str) -> Option<Credential> {
    let ids: Vec<String> = list.iter().map(|one| one.id.to_string()).collect();
    let names: Vec<NameRow<'_>> = ids.iter().zip(list).map(|(id, one)| NameRow::of(id, one.name.as_str())).collect();
    let id = index::named(&names, word)?.id;
    ids.iter().zip(list).find(|(own, _)| *own == id).map(|(_, one)| Credential::clone(one))
}

/// Objects of one record that are newer than its row in the index.
#[derive(Default)]
struct Newer {
    setup: Option<Envelope>,
    tokens: Option<Envelope>,
    /// The credential's name in the newer setup; `None` if the newer setup is not that of a live credential.
    name: Option<String>,
    opened: Option<Part>,
}

impl Newer {
    /// Decrypts the newer setup.
    fn read(&mut self, id: &str, team: &Team) {
        let Some(setup) = &self.setup else { return };
        self.opened = sealing::open(setup.body(), &team.0.own.key).map(Part::of_bytes);
        let record = Record::read(id, self.opened.clone(), None, Default::default());
        if let Content::Credential(credential) = &record.content {
            self.name = Some(credential.name.to_string());
        }
    }

    /// Applies the newer objects to the record from the index.
    fn over(&self, id: &str, before: Record, team: &Team) -> Option<Record> {
        let setup = if self.setup.is_some() { self.opened.clone()? } else { before.setup };
        let tokens = match &self.tokens {
            Some(tokens) => Part::of_bytes(sealing::open(tokens.body(), &team.0.own.key)?),
            None => before.tokens,
        };
        Some(Record::read(id, Some(setup), Some(tokens), Default::default()))
    }
}
