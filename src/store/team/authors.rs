//! Who last saved each record, according to the signed objects.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::identity::TeamIdentity;
use super::objects::Objects;
use crate::store::members::Authorship;

/// Keyed by record id.
pub(super) type Authors = Arc<BTreeMap<String, Authorship>>;

impl Objects {
    /// Updates the authors of these records from their setup objects.
    pub(super) fn note_authors(&self, authors: &mut Authors, ids: &[String], own: &TeamIdentity) {
        if ids.is_empty() {
            return;
        }
        let authors = Arc::make_mut(authors);
        for id in ids {
            let Some(known) = self.get(&format!("record/{id}/setup")) else { continue };
            let facts = &known.facts;
            let authorship = Authorship {
                by: self.name_of(&facts.author),
                is_own: facts.author == own.member,
                at: facts.at,
                revision: facts.revision,
            };
            authors.insert(id.clone(), authorship);
        }
    }

    /// The display name of a current or former member.
    pub(super) fn name_of(&self, id: &str) -> String {
        let named = self.rosters.iter().rev().find(|roster| roster.member(id).is_some());
        named.or(self.roster()).map_or_else(String::new, |roster| roster.name_of(id))
    }
}
