//! The objects that an edit has to write: the difference between two versions of the contents.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::Timestamp;
use serde::Serialize;

use super::record::{Content, Record, ranks};
use super::view::{UndoBody, View, undo_path};
use crate::model::credential::CredentialId;
use crate::problem::Problem;
use crate::store::contents::Contents;
use crate::store::error::StoreError;
use crate::store::steps::UndoStep;

/// An object to be written.
#[derive(Clone, Debug)]
pub(super) struct Draft {
    pub(super) path: String,
    pub(super) body: Body,
}

/// The plaintext body, and who may read it.
#[derive(Clone, Debug)]
pub(super) enum Body {
    /// Not encrypted.
    Public(Vec<u8>),
    /// Encrypted to all members who may read at least one of these credentials.
    Record { plain: zeroize::Zeroizing<Vec<u8>>, credentials: Vec<CredentialId> },
    /// Encrypted to the author only.
    Own(zeroize::Zeroizing<Vec<u8>>),
    /// Encrypted to all members except hosts.
    People(zeroize::Zeroizing<Vec<u8>>),
}

impl Draft {
    /// The objects of a record that differ from those of `before`.
    pub(super) fn of_record(record: &Record, before: Option<&Record>) -> Result<Vec<Self>, Problem> {
        let mut drafts = Vec::new();
        let parts = [
            ("setup", record.setup.json(), before.map(|before| before.setup.json())),
            ("tokens", record.tokens.json(), before.map(|before| before.tokens.json())),
        ];
        for (part, json, before) in parts {
            let is_empty = json.is_empty() && before.is_none_or(serde_json::Map::is_empty);
            if !is_empty && before != Some(json) {
                drafts.push(Self {
                    path: format!("record/{}/{part}", record.id),
                    body: Body::Record { plain: bytes(json)?, credentials: record.credentials() },
                });
            }
        }
        Ok(drafts)
    }

    /// An object with an unencrypted JSON body.
    pub(super) fn public(path: &str, value: &impl Serialize) -> Result<Self, Problem> {
        Ok(Self { path: path.to_owned(), body: Body::Public(bytes(value)?.to_vec()) })
    }
}

pub(super) fn bytes(value: &impl Serialize) -> Result<zeroize::Zeroizing<Vec<u8>>, Problem> {
    // Preallocated, because growing the buffer would leave copies of secrets on the heap.
    let mut bytes = zeroize::Zeroizing::new(Vec::with_capacity(8 << 10));
    serde_json::to_writer(&mut *bytes, value).map_err(|_| Problem::internal("An object could not be written."))?;
    Ok(bytes)
}

/// The objects to write so that the contents of the view become `after`.
pub(super) fn between(view: &View, after: &Contents, member: &str, now: Timestamp) -> Result<Vec<Draft>, StoreError> {
    let before = &view.contents;
    let mut drafts = Vec::new();
    let list = &after.credentials.list;
    if !Arc::ptr_eq(&before.credentials, &after.credentials) {
        let was: BTreeMap<CredentialId, _> = before.credentials.list.iter().map(|one| (one.id, one)).collect();
        let rank = |one: &CredentialId| was.contains_key(one).then(|| view.rank(&one.to_string())).flatten();
        let ranks = ranks(&list.iter().map(|one| rank(&one.id)).collect::<Vec<_>>());
        for (one, rank) in list.iter().zip(ranks) {
            if was.get(&one.id).is_none_or(|former| !Arc::ptr_eq(former, one)) {
                let former = view.records.get(&one.id.to_string()).map(|record| &**record);
                drafts.extend(Draft::of_record(&Record::of_credential(one, rank, former)?, former)?);
            }
        }
        let there: BTreeSet<CredentialId> = list.iter().map(|one| one.id).collect();
        let gone = was.keys().filter(|id| !there.contains(id)).map(ToString::to_string);
        drafts.extend(deleted(view, gone, now)?);
    }
    if !Arc::ptr_eq(&before.integrations, &after.integrations) {
        drafts.extend(of_integrations(view, after, now)?);
    }
    if !is_same(&before.undo, &after.undo) || !is_same(&before.redo, &after.redo) {
        drafts.push(Draft { path: undo_path(member), body: Body::Own(bytes(&UndoBody::of(after))?) });
    }
    Ok(drafts)
}

fn of_integrations(view: &View, after: &Contents, now: Timestamp) -> Result<Vec<Draft>, StoreError> {
    let (was, list) = (&view.contents.integrations.list, &after.integrations.list);
    let was: BTreeMap<_, _> = was.iter().map(|one| (one.id, one)).collect();
    let rank = |one| was.contains_key(&one).then(|| view.rank(&one.to_string())).flatten();
    let ranks = ranks(&list.iter().map(|one| rank(one.id)).collect::<Vec<_>>());
    let mut drafts = Vec::new();
    for (one, rank) in list.iter().zip(ranks) {
        if was.get(&one.id).is_none_or(|former| !Arc::ptr_eq(former, one)) {
            let former = view.records.get(&one.id.to_string()).map(|record| &**record);
            drafts.extend(Draft::of_record(&Record::of_integration(one, rank, former)?, former)?);
        }
    }
    let there: BTreeSet<_> = list.iter().map(|one| one.id).collect();
    let gone = was.keys().filter(|id| !there.contains(id)).map(ToString::to_string);
    drafts.extend(deleted(view, gone, now)?);
    Ok(drafts)
}

fn deleted(view: &View, ids: impl Iterator<Item = String>, now: Timestamp) -> Result<Vec<Draft>, Problem> {
    let records = ids.filter_map(|id| view.records.get(&id));
    let drafts = records.map(|record| Draft::of_record(&record.deleted(now)?, Some(record)));
    Ok(drafts.collect::<Result<Vec<_>, Problem>>()?.into_iter().flatten().collect())
}

fn is_same(before: &[UndoStep], after: &[UndoStep]) -> bool {
    let is_same = |(a, b): (&UndoStep, &UndoStep)| a.at == b.at && Arc::ptr_eq(&a.inverses, &b.inverses);
    before.len() == after.len() && before.iter().zip(after).all(is_same)
}

impl View {
    fn rank(&self, id: &str) -> Option<u64> {
        let record = self.records.get(id)?;
        (!matches!(record.content, Content::Deleted { .. })).then(|| record.rank())
    }
}
