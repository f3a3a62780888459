//! An edit of the integrations as data, with its inverse, like [`crate::model::change`] for credentials.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;

use super::{Integration, IntegrationField, IntegrationId, Integrations};
use crate::model::field::FieldEdit;
use crate::model::record::{self, Base, Conflict, Record as _};

/// An edit of one integration.
#[derive(Clone, Debug)]
pub enum IntegrationChange {
    Insert {
        /// The new integration.
        integration: Box<Integration>,
    },
    /// Restores a deleted integration.
    Restore {
        integration: Box<Integration>,
        /// Its index in the list.
        place: usize,
    },
    /// Changes the values of fields.
    Edit {
        id: IntegrationId,
        /// The fields, each with the revision of the value it was based on.
        fields: Vec<FieldEdit<IntegrationField>>,
    },
    /// Records which hosts were contacted.
    Pin {
        id: IntegrationId,
        /// By record type.
        hosts: BTreeMap<String, String>,
    },
    /// Deletes the integration.
    Remove { id: IntegrationId },
}

impl IntegrationChange {
    /// The edit that turns `before` into `wanted`.
    #[must_use]
    pub fn between(before: &Integration, wanted: &Integration) -> Self {
        Self::Edit { id: before.id, fields: Base::of(before).edits(wanted, |_| false) }
    }

    /// The integration that the change applies to.
    #[must_use]
    pub fn id(&self) -> IntegrationId {
        match self {
            Self::Insert { integration } | Self::Restore { integration, .. } => integration.id,
            Self::Edit { id, .. } | Self::Pin { id, .. } | Self::Remove { id } => *id,
        }
    }

    /// The label of its undo step, such as "delete the integration CMDB"; `None` for a change that is not an edit by
    /// the user.
    #[must_use]
    pub fn label(&self, before: &Integrations) -> Option<String> {
        let name = || before.by_id(self.id()).map_or_else(String::new, |one| one.name.to_string());
        match self {
            Self::Insert { integration } => Some(format!("add the integration {}", integration.name)),
            Self::Restore { integration, .. } => Some(format!("restore the integration {}", integration.name)),
            Self::Edit { fields, .. } => Some(match fields.as_slice() {
                [edit] if edit.field == IntegrationField::Paused => {
                    let word = if edit.to.shown() == "true" { "pause" } else { "resume" };
                    format!("{word} the integration {}", name())
                }
                fields => match record::new_name(fields, &IntegrationField::Name) {
                    Some(to) => format!("rename the integration {} to {to}", name()),
                    None => format!("edit the integration {}", name()),
                },
            }),
            Self::Remove { .. } => Some(format!("delete the integration {}", name())),
            Self::Pin { .. } => None,
        }
    }

    /// Applies the change and returns its inverse if there is one.
    ///
    /// # Errors
    /// The conflict, with nothing changed.
    pub fn apply(self, to: &mut Integrations, now: Timestamp) -> Result<Option<Self>, Conflict> {
        const GONE: Conflict = Conflict::Gone { noun: Integration::NOUN, name: None };
        match self {
            Self::Insert { integration } => {
                record::insert(&mut to.list, &to.unreadable, *integration, None).map(|id| Some(Self::Remove { id }))
            }
            Self::Restore { integration, place } => {
                record::insert(&mut to.list, &to.unreadable, *integration, Some(place))
                    .map(|id| Some(Self::Remove { id }))
            }
            Self::Remove { id } => {
                let place = to.list.iter().position(|one| one.id == id).ok_or(GONE)?;
                let old = Arc::unwrap_or_clone(to.list.remove(place));
                Ok(Some(Self::Restore { integration: Box::new(old), place }))
            }
            Self::Edit { id, fields } => {
                let inverse = record::edit(&mut to.list, &to.unreadable, id, fields, now)?;
                Ok((!inverse.is_empty()).then_some(Self::Edit { id, fields: inverse }))
            }
            Self::Pin { id, hosts } => {
                to.by_id_mut(id).ok_or(GONE)?.hosts.extend(hosts);
                Ok(None)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::credential::{CredentialId, Name};
    use crate::model::integration::IntegrationSetup;

    fn all() -> Integrations {
        let mut all = Integrations::default();
        for name in ["CMDB", "Users"] {
            let setup = IntegrationSetup { loads: vec!["devices".to_owned()], ..IntegrationSetup::default() };
            let one = Integration::new(Name::parse(name).unwrap(), "p", setup, Timestamp::UNIX_EPOCH);
            apply(IntegrationChange::Insert { integration: Box::new(one) }, &mut all).unwrap();
        }
        all
    }

    fn apply(change: IntegrationChange, to: &mut Integrations) -> Result<Option<IntegrationChange>, Conflict> {
        change.apply(to, Timestamp::UNIX_EPOCH)
    }

    /// The edit that `change` makes of the first one.
    fn edit(all: &Integrations, change: impl FnOnce(&mut Integration)) -> IntegrationChange {
        let mut wanted = Integration::clone(&all.list[0]);
        change(&mut wanted);
        IntegrationChange::between(&all.list[0], &wanted)
    }

    fn name(text: &str) -> Name {
        Name::parse(text).unwrap()
    }

    #[test]
    fn every_edit_is_undone_by_its_inverse() {
        let before = all();
        let id = before.list[0].id;
        for change in [
            edit(&before, |one| one.name = name("Assets")),
            edit(&before, |one| one.setup.credential = Some(CredentialId::random())),
            edit(&before, |one| _ = one.setup.parameters.insert("portal".into(), "it".into())),
            edit(&before, |one| one.paused = true),
            IntegrationChange::Remove { id },
        ] {
            let mut now = before.clone();
            assert!(change.label(&now).is_some());
            let inverse = apply(change, &mut now).unwrap().unwrap();
            assert_ne!(now.list, before.list);
            apply(inverse, &mut now).unwrap();
            assert_eq!(now.list, before.list);
        }
    }

    #[test]
    fn who_was_faster_is_told_and_other_fields_merge() {
        let mut all = all();
        let id = all.list[0].id;
        let taken = edit(&all, |one| one.name = name("users"));
        let refused = apply(taken, &mut all).unwrap_err();
        assert_eq!(refused, Conflict::NameTaken { noun: "integration", name: name("users") });
        let (late, other) =
            (edit(&all, |one| one.setup.folder = "/a".into()), edit(&all, |one| one.setup.loads.clear()));
        let first = edit(&all, |one| one.setup.folder = "/b".into());
        apply(first, &mut all).unwrap();
        assert!(matches!(apply(late, &mut all), Err(Conflict::Changed { fields, .. }) if fields[0].field == "folder"));
        apply(other, &mut all).unwrap();
        apply(IntegrationChange::Remove { id }, &mut all).unwrap();
        let gone = apply(IntegrationChange::Remove { id }, &mut all).unwrap_err();
        assert_eq!(gone, Conflict::Gone { noun: "integration", name: None });
    }

    #[test]
    fn hosts_stay_pinned_until_there_is_another_credential() {
        let mut all = all();
        let id = all.list[0].id;
        let hosts = BTreeMap::from([("devices".to_owned(), "api.example.com".to_owned())]);
        assert!(apply(IntegrationChange::Pin { id, hosts }, &mut all).unwrap().is_none());
        let daily = edit(&all, |one| one.setup.folder = "/srv".into());
        apply(daily, &mut all).unwrap();
        assert_eq!(all.list[0].hosts.len(), 1);
        let other = edit(&all, |one| one.setup.credential = Some(CredentialId::random()));
        apply(other, &mut all).unwrap();
        assert_eq!(all.list[0].hosts.len(), 0);
    }
}
