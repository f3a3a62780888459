//! What credentials and integrations share: an id, a unique name, fields that are edited one by one, and conflicts.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::fmt;
use std::sync::Arc;

use jiff::Timestamp;

use super::field::{FieldConflict, FieldEdit, FieldValue, Revision};
use super::name::Name;
use super::unreadable::Unreadable;

/// A record of the store.
pub trait Record: Clone {
    /// Never changes, and is never reused.
    type Id: Copy + Eq + Ord;
    /// A field that the user can edit.
    type Field: Clone + fmt::Display + Ord;
    /// What users call one: "credential".
    const NOUN: &'static str;

    fn id(&self) -> Self::Id;
    /// Its name, unique among records of its kind.
    fn name(&self) -> &Name;
    /// Its fields; of a map, one for each key.
    fn fields(&self) -> Vec<Self::Field>;
    /// The value of a field.
    fn value(&self, field: &Self::Field) -> FieldValue;
    /// Sets the value of a field; `None` if the field cannot hold it.
    fn set(&mut self, field: &Self::Field, value: FieldValue) -> Option<()>;
    /// Called once after an edit, with the fields that changed and the name before it.
    fn edited(&mut self, fields: &[Self::Field], before: &Self, now: Timestamp);
}

/// Why an edit cannot be applied to the store as it is now.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Conflict {
    /// The record was deleted; its last name, where known.
    Gone {
        /// [`Record::NOUN`].
        noun: &'static str,
        /// Its last name.
        name: Option<Name>,
    },
    /// Another record of this kind has that name.
    NameTaken {
        /// [`Record::NOUN`].
        noun: &'static str,
        name: Name,
    },
    /// Somebody else changed the same fields first.
    Changed {
        /// [`Record::NOUN`].
        noun: &'static str,
        /// Its name now.
        name: Name,
        /// Each field that differs.
        fields: Vec<FieldConflict>,
    },
    /// A record with that id already exists.
    Present {
        /// [`Record::NOUN`].
        noun: &'static str,
        name: Name,
    },
    /// A stored undo step has a value that its field cannot hold.
    Unfit { field: String },
}

/// The revision of every field of a record when a form or command read it.
#[derive(Clone, Debug)]
pub struct Base<R: Record> {
    pub id: R::Id,
    revisions: BTreeMap<R::Field, Revision>,
}

impl<R: Record> Base<R> {
    /// The revisions of a record as it is now.
    pub fn of(record: &R) -> Self {
        let revisions = record.fields().into_iter().map(|field| {
            let revision = record.value(&field).revision();
            (field, revision)
        });
        Self { id: record.id(), revisions: revisions.collect() }
    }

    /// The edit that gives `field` this value; `None` if it already has it.
    pub fn edit(&self, field: R::Field, to: FieldValue) -> Option<FieldEdit<R::Field>> {
        let base = self.revisions.get(&field).copied().unwrap_or_else(|| FieldValue::Absent.revision());
        (to.revision() != base).then_some(FieldEdit { field, base: Some(base), to })
    }

    /// The edits that turn the record into `wanted`, except fields for which `keep` is true.
    pub fn edits(&self, wanted: &R, keep: impl Fn(&R::Field) -> bool) -> Vec<FieldEdit<R::Field>> {
        let fields: BTreeSet<R::Field> = self.revisions.keys().cloned().chain(wanted.fields()).collect();
        let fields = fields.into_iter().filter(|field| !keep(field));
        fields.filter_map(|field| self.edit(field.clone(), wanted.value(&field))).collect()
    }
}

/// The new name, if an edit changes nothing else.
pub(crate) fn new_name<F: PartialEq>(edits: &[FieldEdit<F>], name: &F) -> Option<String> {
    match edits {
        [edit] if edit.field == *name => edit.to.clone().into_text(),
        _ => None,
    }
}

/// Adds a record, at its `place` or else at the end.
///
/// # Errors
/// [`Conflict::Present`], [`Conflict::NameTaken`].
pub fn insert<R: Record>(
    list: &mut Vec<Arc<R>>,
    unreadable: &[Unreadable],
    record: R,
    place: Option<usize>,
) -> Result<R::Id, Conflict> {
    let noun = R::NOUN;
    if list.iter().any(|one| one.id() == record.id()) {
        return Err(Conflict::Present { noun, name: record.name().clone() });
    }
    if is_taken(list, unreadable, record.name(), None) {
        return Err(Conflict::NameTaken { noun, name: record.name().clone() });
    }
    let id = record.id();
    list.insert(place.unwrap_or(list.len()).min(list.len()), Arc::new(record));
    Ok(id)
}

/// Adds many records at the end, all or none, in one pass over the existing ones.
///
/// # Errors
/// As [`insert`].
pub(crate) fn insert_all<R: Record>(
    list: &mut Vec<Arc<R>>,
    unreadable: &[Unreadable],
    records: Vec<R>,
) -> Result<(), Conflict> {
    let noun = R::NOUN;
    let mut ids: BTreeSet<R::Id> = list.iter().map(|one| one.id()).collect();
    let mut names: HashSet<String> = list.iter().map(|one| one.name().key()).collect();
    for record in &records {
        let name = record.name();
        if !ids.insert(record.id()) {
            return Err(Conflict::Present { noun, name: name.clone() });
        }
        if !names.insert(name.key()) || unreadable.iter().any(|one| one.is_called(name.as_str())) {
            return Err(Conflict::NameTaken { noun, name: name.clone() });
        }
    }
    list.extend(records.into_iter().map(Arc::new));
    Ok(())
}

/// Applies an edit to the record `id`: every field, or none. Returns the inverse.
///
/// # Errors
/// [`Conflict::Gone`], [`Conflict::Changed`] with every field that somebody else changed since,
/// [`Conflict::NameTaken`].
pub fn edit<R: Record>(
    list: &mut [Arc<R>],
    unreadable: &[Unreadable],
    id: R::Id,
    edits: Vec<FieldEdit<R::Field>>,
    now: Timestamp,
) -> Result<Vec<FieldEdit<R::Field>>, Conflict> {
    let noun = R::NOUN;
    let at = list.iter().position(|one| one.id() == id).ok_or(Conflict::Gone { noun, name: None })?;
    let before = R::clone(&list[at]);
    let conflicts = conflicts(&before, &edits);
    if !conflicts.is_empty() {
        return Err(Conflict::Changed { noun, name: before.name().clone(), fields: conflicts });
    }
    let (mut after, mut fields, mut inverse) = (before.clone(), Vec::new(), Vec::new());
    for FieldEdit { field, to, .. } in edits {
        let (old, base) = (before.value(&field), to.revision());
        if old.revision() == base {
            continue;
        }
        after.set(&field, to).ok_or_else(|| Conflict::Unfit { field: field.to_string() })?;
        inverse.push(FieldEdit { field: field.clone(), base: Some(base), to: old });
        fields.push(field);
    }
    if after.name() != before.name() && is_taken(list, unreadable, after.name(), Some(id)) {
        return Err(Conflict::NameTaken { noun, name: after.name().clone() });
    }
    if !fields.is_empty() {
        after.edited(&fields, &before, now);
        list[at] = Arc::new(after);
    }
    Ok(inverse)
}

/// The fields whose stored value is neither the edit's base nor its new value.
fn conflicts<R: Record>(record: &R, edits: &[FieldEdit<R::Field>]) -> Vec<FieldConflict> {
    let conflict = |edit: &FieldEdit<R::Field>| {
        let stored = record.value(&edit.field);
        let now = stored.revision();
        let is_new = edit.base.is_some_and(|base| now != base) && now != edit.to.revision();
        is_new.then(|| FieldConflict { field: edit.field.to_string(), wanted: edit.to.shown(), stored: stored.shown() })
    };
    edits.iter().filter_map(conflict).collect()
}

fn is_taken<R: Record>(list: &[Arc<R>], unreadable: &[Unreadable], name: &Name, except: Option<R::Id>) -> bool {
    let key = name.key();
    list.iter().any(|one| Some(one.id()) != except && one.name().key() == key)
        || unreadable.iter().any(|one| one.is_called(name.as_str()))
}
