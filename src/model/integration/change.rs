//! An edit to the integrations as data, with its inverse; as [`crate::model::change`] is for credentials.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{Integration, IntegrationId, IntegrationSetup, Integrations};
use crate::model::credential::Name;

/// One edit.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[serde(tag = "edit", rename_all = "snake_case")]
pub enum IntegrationChange {
    /// Adds one, or brings a deleted one back.
    Insert {
        /// As it will be.
        integration: Box<Integration>,
    },
    /// Gives a new name.
    Rename {
        /// Which.
        id: IntegrationId,
        /// The name the person saw.
        from: Name,
        /// The name the person wants.
        to: Name,
    },
    /// Replaces what a person chose. With another credential the hosts are pinned anew by the next run; else they stay,
    /// so that an edit of the schedule lets no catalog file move the token.
    Configure {
        /// Which.
        id: IntegrationId,
        /// What the person saw.
        from: Box<IntegrationSetup>,
        /// What the person wants.
        to: Box<IntegrationSetup>,
    },
    /// Pauses or resumes.
    Pause {
        /// Which.
        id: IntegrationId,
        /// Paused from now on.
        paused: bool,
    },
    /// Notes which hosts were asked.
    Pin {
        /// Which.
        id: IntegrationId,
        /// By kind of record.
        hosts: BTreeMap<String, String>,
    },
    /// Deletes.
    Remove {
        /// Which.
        id: IntegrationId,
    },
}

/// Why a change does not fit the integrations as they are now.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum IntegrationConflict {
    /// It was deleted meanwhile.
    Gone,
    /// Another one has that name.
    NameTaken(Name),
    /// Somebody else changed it first.
    Changed {
        /// "name" or "setup".
        field: &'static str,
        /// Its name now.
        now: Name,
    },
    /// It is already there.
    Present(Name),
}

impl IntegrationChange {
    /// Which integration it is about.
    #[must_use]
    pub fn id(&self) -> IntegrationId {
        match self {
            Self::Insert { integration } => integration.id,
            Self::Rename { id, .. }
            | Self::Configure { id, .. }
            | Self::Pause { id, .. }
            | Self::Pin { id, .. }
            | Self::Remove { id } => *id,
        }
    }

    /// What is undone, in words: "delete the integration CMDB". `None` for what is no edit of a person's.
    #[must_use]
    pub fn label(&self, before: &Integrations) -> Option<String> {
        let name = || before.by_id(self.id()).map_or_else(String::new, |one| one.name.to_string());
        match self {
            Self::Insert { integration } => Some(format!("add the integration {}", integration.name)),
            Self::Rename { from, to, .. } => Some(format!("rename the integration {from} to {to}")),
            Self::Configure { .. } => Some(format!("edit the integration {}", name())),
            Self::Pause { paused: true, .. } => Some(format!("pause the integration {}", name())),
            Self::Pause { .. } => Some(format!("resume the integration {}", name())),
            Self::Remove { .. } => Some(format!("delete the integration {}", name())),
            Self::Pin { .. } => None,
        }
    }

    /// Applies it and gives its inverse where it has one.
    ///
    /// # Errors
    /// The conflict, with nothing changed.
    pub fn apply(self, to: &mut Integrations) -> Result<Option<Self>, IntegrationConflict> {
        match self {
            Self::Insert { integration } => insert(to, *integration).map(|id| Some(Self::Remove { id })),
            Self::Remove { id } => {
                let at = to.list.iter().position(|one| one.id == id).ok_or(IntegrationConflict::Gone)?;
                Ok(Some(Self::Insert { integration: Box::new(to.list.remove(at)) }))
            }
            Self::Rename { id, from, to: name } => rename(to, id, from, name).map(Some),
            Self::Configure { id, from, to: setup } => {
                let one = present(to, id)?;
                if one.setup != *from {
                    return Err(IntegrationConflict::Changed { field: "setup", now: one.name.clone() });
                }
                one.setup = (*setup).clone();
                let same = from.credential == setup.credential;
                one.hosts.retain(|load, _| same && setup.loads.contains(load));
                Ok(Some(Self::Configure { id, from: setup, to: from }))
            }
            Self::Pause { id, paused } => {
                let before = std::mem::replace(&mut present(to, id)?.paused, paused);
                Ok((before != paused).then_some(Self::Pause { id, paused: before }))
            }
            Self::Pin { id, hosts } => {
                present(to, id)?.hosts.extend(hosts);
                Ok(None)
            }
        }
    }
}

fn present(all: &mut Integrations, id: IntegrationId) -> Result<&mut Integration, IntegrationConflict> {
    all.by_id_mut(id).ok_or(IntegrationConflict::Gone)
}

fn insert(all: &mut Integrations, one: Integration) -> Result<IntegrationId, IntegrationConflict> {
    if all.by_id(one.id).is_some() {
        return Err(IntegrationConflict::Present(one.name));
    }
    if all.has_name(&one.name, None) {
        return Err(IntegrationConflict::NameTaken(one.name));
    }
    let id = one.id;
    all.list.push(one);
    Ok(id)
}

fn rename(
    all: &mut Integrations,
    id: IntegrationId,
    from: Name,
    to: Name,
) -> Result<IntegrationChange, IntegrationConflict> {
    let taken = all.has_name(&to, Some(id));
    let one = present(all, id)?;
    if one.name != from {
        return Err(IntegrationConflict::Changed { field: "name", now: one.name.clone() });
    }
    if taken {
        return Err(IntegrationConflict::NameTaken(to));
    }
    one.name = to.clone();
    Ok(IntegrationChange::Rename { id, from: to, to: from })
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;
    use crate::model::credential::CredentialId;

    fn all() -> Integrations {
        let mut all = Integrations::default();
        for name in ["CMDB", "Users"] {
            let setup = IntegrationSetup { loads: vec!["devices".to_owned()], ..IntegrationSetup::default() };
            let one = Integration::new(Name::parse(name).unwrap(), "p", setup, Timestamp::UNIX_EPOCH);
            IntegrationChange::Insert { integration: Box::new(one) }.apply(&mut all).unwrap();
        }
        all
    }

    #[test]
    fn every_edit_is_undone_by_its_inverse() {
        let before = all();
        let (id, setup) = (before.list[0].id, before.list[0].setup.clone());
        let other = IntegrationSetup { credential: Some(CredentialId::random()), ..setup.clone() };
        let name = |text| Name::parse(text).unwrap();
        for edit in [
            IntegrationChange::Rename { id, from: name("CMDB"), to: name("Assets") },
            IntegrationChange::Configure { id, from: Box::new(setup), to: Box::new(other) },
            IntegrationChange::Pause { id, paused: true },
            IntegrationChange::Remove { id },
        ] {
            let mut now = before.clone();
            assert!(edit.label(&now).is_some());
            let inverse = edit.apply(&mut now).unwrap().unwrap();
            assert_ne!(now.list, before.list);
            inverse.apply(&mut now).unwrap();
            now.list.sort_by_key(|one| one.id != id);
            assert_eq!(now.list, before.list);
        }
    }

    #[test]
    fn who_was_faster_is_told() {
        let mut all = all();
        let (id, name) = (all.list[0].id, |text| Name::parse(text).unwrap());
        let taken = IntegrationChange::Rename { id, from: name("CMDB"), to: name("users") };
        assert_eq!(taken.apply(&mut all).unwrap_err(), IntegrationConflict::NameTaken(name("users")));
        let late = IntegrationChange::Configure { id, from: Box::default(), to: Box::default() };
        assert!(matches!(late.apply(&mut all), Err(IntegrationConflict::Changed { field: "setup", .. })));
        IntegrationChange::Remove { id }.apply(&mut all).unwrap();
        let pause = IntegrationChange::Pause { id, paused: true };
        assert_eq!(pause.apply(&mut all).unwrap_err(), IntegrationConflict::Gone);
    }

    #[test]
    fn hosts_stay_pinned_until_there_is_another_credential() {
        let mut all = all();
        let (id, setup) = (all.list[0].id, all.list[0].setup.clone());
        let hosts = BTreeMap::from([("devices".to_owned(), "api.example.com".to_owned())]);
        assert!(IntegrationChange::Pin { id, hosts }.apply(&mut all).unwrap().is_none());
        let mut configure = |from: &IntegrationSetup, to: &IntegrationSetup| {
            let (from, to) = (Box::new(from.clone()), Box::new(to.clone()));
            IntegrationChange::Configure { id, from, to }.apply(&mut all).unwrap();
            all.list[0].hosts.len()
        };
        let daily = IntegrationSetup { folder: "/srv".to_owned(), ..setup.clone() };
        assert_eq!(configure(&setup, &daily), 1);
        let other = IntegrationSetup { credential: Some(CredentialId::random()), ..daily.clone() };
        assert_eq!(configure(&daily, &other), 0);
    }
}
