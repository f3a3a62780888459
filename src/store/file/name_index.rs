//! An index of a snapshot's credentials by name and id, built once for each state of the file.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::disk::Stamp;
use crate::model::credential::{Credential, CredentialId, Credentials, FindError};
use crate::model::name::fold;

/// The index of one state of the file; built on first use.
#[derive(Default)]
pub(super) struct NameIndex(Mutex<Kept>);

type Kept = Option<(Stamp, Arc<Places>)>;

struct Places {
    /// By folded name; `None` if several credentials have the name.
    by_name: HashMap<String, Option<usize>>,
    by_id: HashMap<CredentialId, usize>,
}

impl NameIndex {
    /// As [`Credentials::find`].
    pub(super) fn find<'a>(&self, stamp: Stamp, all: &'a Credentials, word: &str) -> Result<&'a Credential, FindError> {
        let places = self.places(stamp, all);
        let by_id = word.parse::<CredentialId>().ok().and_then(|id| places.by_id.get(&id));
        let at = by_id.or_else(|| places.by_name.get(&fold(word))?.as_ref());
        // Prefixes and errors need a linear search.
        at.and_then(|at| all.list.get(*at)).map_or_else(|| all.find(word), |credential| Ok(credential))
    }

    /// As [`Credentials::by_id`]; searches linearly instead of building the index for it.
    pub(super) fn by_id<'a>(&self, stamp: Stamp, all: &'a Credentials, id: CredentialId) -> Option<&'a Credential> {
        match known(&self.kept(), stamp) {
            Some(places) => all.list.get(*places.by_id.get(&id)?).map(|credential| &**credential),
            None => all.by_id(id),
        }
    }

    fn places(&self, stamp: Stamp, all: &Credentials) -> Arc<Places> {
        let mut kept = self.kept();
        known(&kept, stamp).unwrap_or_else(|| {
            let places = Arc::new(Places::of(all));
            *kept = Some((stamp, Arc::clone(&places)));
            places
        })
    }

    fn kept(&self) -> MutexGuard<'_, Kept> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn known(kept: &Kept, stamp: Stamp) -> Option<Arc<Places>> {
    kept.as_ref().filter(|(of, _)| *of == stamp).map(|(_, places)| Arc::clone(places))
}

impl Places {
    fn of(all: &Credentials) -> Self {
        let mut by_name: HashMap<String, Option<usize>> = HashMap::with_capacity(all.list.len());
        for (at, credential) in all.list.iter().enumerate() {
            by_name.entry(credential.name.key()).and_modify(|place| *place = None).or_insert(Some(at));
        }
        let mut by_id = HashMap::with_capacity(all.list.len());
        for (at, credential) in all.list.iter().enumerate() {
            // If two have the same id the first wins, as in a linear search.
            by_id.entry(credential.id).or_insert(at);
        }
        Self { by_name, by_id }
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::model::credential::{Name, Setup};
    use crate::model::unreadable::Unreadable;
    use crate::store::file::disk;

    fn credentials(names: &[&str], unreadable: &[&str]) -> Credentials {
        let one = |name: &&str| {
            Arc::new(Credential::new(Name::parse(name).unwrap(), "x", Setup::default(), Timestamp::UNIX_EPOCH))
        };
        let unread = |name: &&str| Unreadable { id: String::new(), name: (*name).to_owned() };
        Credentials {
            list: names.iter().map(one).collect(),
            unreadable: unreadable.iter().map(unread).collect(),
            ..Credentials::default()
        }
    }

    #[test]
    fn every_word_finds_what_going_through_all_of_them_finds() {
        let all = credentials(&["Zoho EU", "zoho us", "Okta", "OKTA", "Caf\u{e9}"], &["Slack", "Zoho EU 2"]);
        let mut words: Vec<String> = all.list.iter().map(|one| one.id.to_string()).collect();
        let names =
            ["Zoho EU", "zoho eu", "zoho", "okta", "CAFE\u{301}", "caf", "Slack", "sl", "none", "", " zoho us "];
        words.extend(names.map(str::to_owned));
        words.push(CredentialId::random().to_string());
        let (names, stamp) = (NameIndex::default(), Stamp::default());
        for word in &words {
            assert_eq!(names.find(stamp, &all, word).map(|one| one.id), all.find(word).map(|one| one.id), "{word}");
        }
        for one in &all.list {
            assert_eq!(names.by_id(stamp, &all, one.id).map(|found| &found.name), Some(&one.name));
        }
        assert!(names.by_id(stamp, &all, CredentialId::random()).is_none());
    }

    #[test]
    fn another_state_of_the_file_has_places_of_its_own() {
        let (before, after) = (credentials(&["A", "B"], &[]), credentials(&["B", "A"], &[]));
        let file = tempfile::NamedTempFile::new().unwrap();
        let (stamp, ..) = disk::look(file.path()).unwrap().unwrap();
        let names = NameIndex::default();
        assert_eq!(names.find(Stamp::default(), &before, "a").unwrap().id, before.list[0].id);
        assert_eq!(names.find(stamp, &after, "a").unwrap().id, after.list[1].id);
    }
}
