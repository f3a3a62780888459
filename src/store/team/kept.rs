//! What this machine has kept: the copy of the objects, and the index of what they decrypted to.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::cache::{Cache, Copy, Entry};
use super::envelope::Envelope;
use super::handle::{State, Team};
use super::index::{self, Index};
use super::index_rows::{self, NameRow, ObjectRow};
use super::objects::{Known, Objects, Vouched};
use super::part::Part;
use super::record::{Content, Record};
use super::sealing;
use crate::model::credential::Credential;
use crate::store::snapshot::Snapshot;

/// Bytes of the copy that the index need not cover, at least: what is read beside it.
const UNCOVERED: u64 = 256 << 10;

/// The part of what the index covers that is read beside it.
const SHARE: u64 = 32;

/// Setups that are decrypted to read one record; with more, everything is read.
const MOST_SETUPS: usize = 64;

impl Team {
    /// Takes what processes of this machine have read or written since the last call.
    pub(super) fn take_cached(&self, state: &mut State) {
        let is_first = !state.is_loaded;
        let vouched = if is_first { self.load(state) } else { Vouched::new() };
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

    /// Takes objects that are in the copy.
    pub(super) fn take_entries(&self, state: &mut State, entries: Vec<Entry>, vouched: &Vouched) {
        for entry in entries {
            state.view.objects.put_cached(entry, &self.0.fingerprint, &self.0.own.key, vouched);
        }
    }

    /// Reads the index; gives what it vouches for, where the copy has to be read.
    fn load(&self, state: &mut State) -> Vouched {
        state.is_loaded = true;
        let folder = &self.0.folder;
        let Some(mut index) = Index::open(folder, &self.0.own.key, &self.0.fingerprint) else { return Vouched::new() };
        let Some((records, rows)) = index.whole() else { return Vouched::new() };
        state.view.take_records(records);
        if let Some(file) = state.cache.resume(index.covered()) {
            if let Some(rosters) = index.rosters()
                && let Some(mut objects) = self.with_rosters(rosters, &file)
            {
                for row in rows {
                    let place = file.place(row.offset, row.length);
                    objects.by_path.insert(row.path, Arc::new(Known::kept(row.version, row.facts, place)));
                }
                state.view.objects = objects;
                state.covered = Some(index.covered().clone());
                return Vouched::new();
            }
            state.cache = Cache::at(folder);
        }
        rows.into_iter().map(|row| (row.path, row.facts.hash)).collect()
    }

    /// The versions of the members' list alone; `None` where the copy was damaged.
    fn with_rosters(&self, rows: Vec<ObjectRow>, file: &Copy) -> Option<Objects> {
        let mut objects = Objects::default();
        for row in rows {
            let envelope = Envelope::parse(file.place(row.offset, row.length).read()?)?;
            objects.take_roster(row.version, envelope, &self.0.fingerprint, &self.0.own.key).ok()?;
        }
        Some(objects)
    }

    /// Writes the index again where much of the copy is not in it.
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
        // One that is not written is only slower.
        if let Some(covered) = index::write(folder, key, &self.0.fingerprint, &state.cache, &state.view) {
            state.covered = Some(covered);
        }
    }

    /// Whether the vault was read on this machine before, as far as can be told without reading it all.
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

    /// All records as this machine has kept them.
    pub(super) fn kept_snapshot(&self) -> Option<Arc<Snapshot>> {
        // In a statement of its own: `shown` takes the same lock.
        let latest = self.latest().clone();
        if latest.is_some() {
            return latest;
        }
        let mut state = self.try_state()?;
        self.take_cached(&mut state);
        (state.view.generation() > 0).then(|| self.shown(&state.view))
    }

    /// The credential that an id or a whole name names, as this machine has kept it. Nobody is waited for: somebody may
    /// be waiting for the store.
    pub(super) fn kept_credential(&self, word: &str) -> Option<Credential> {
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

    /// The same without reading the rest; `None` where everything has to be asked.
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

    /// What came into the copy after the index was written, by record; `None` where that is too much, or changes who
    /// is a member.
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
            objects.as_ref()?.is_signed(&entry.path, &envelope, &self.0.fingerprint).ok()?;
            let found = newer.entry(id.clone()).or_default();
            let slot = if is_setup { &mut found.setup } else { &mut found.tokens };
            if slot.as_ref().is_none_or(|known| known.header.revision <= envelope.header.revision) {
                *slot = Some(envelope);
            }
            setups += usize::from(is_setup);
            if setups > MOST_SETUPS {
                return None;
            }
        }
        for (id, newer) in &mut newer {
            newer.read(id, self);
        }
        Some(newer)
    }
}

/// The credential that a word names, as [`index::named`] does.
fn in_list(list: &[Arc<Credential>], word: &str) -> Option<Credential> {
    let ids: Vec<String> = list.iter().map(|one| one.id.to_string()).collect();
    let names: Vec<NameRow<'_>> = ids.iter().zip(list).map(|(id, one)| NameRow::of(id, one.name.as_str())).collect();
    let id = index::named(&names, word)?.id;
    ids.iter().zip(list).find(|(own, _)| *own == id).map(|(_, one)| Credential::clone(one))
}

/// Objects of one record that are newer than its row of the index.
#[derive(Default)]
struct Newer {
    setup: Option<Envelope>,
    tokens: Option<Envelope>,
    /// With the newer setup: what it is called, if it is a credential that is there.
    name: Option<String>,
    opened: Option<Part>,
}

impl Newer {
    /// Opens a newer setup.
    fn read(&mut self, id: &str, team: &Team) {
        let Some(setup) = &self.setup else { return };
        self.opened = sealing::open(setup.body(), &team.0.own.key).map(Part::of_bytes);
        let record = Record::read(id, self.opened.clone(), None, Default::default());
        if let Content::Credential(credential) = &record.content {
            self.name = Some(credential.name.to_string());
        }
    }

    /// The record that `before` became.
    fn over(&self, id: &str, before: Record, team: &Team) -> Option<Record> {
        let setup = if self.setup.is_some() { self.opened.clone()? } else { before.setup };
        let tokens = match &self.tokens {
            Some(tokens) => Part::of_bytes(sealing::open(tokens.body(), &team.0.own.key)?),
            None => before.tokens,
        };
        Some(Record::read(id, Some(setup), Some(tokens), Default::default()))
    }
}
