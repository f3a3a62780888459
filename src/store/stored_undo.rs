//! The JSON of one undo step in the payload, and the forms that older versions wrote.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use super::stored::{StoredCredential, Text, secret, text};
use crate::model::change::Change;
use crate::model::credential::{ClientId, Credential, CredentialField, CredentialId, Details, Name};
use crate::model::field::{FieldEdit, FieldValue};
use crate::model::integration::{Integration, IntegrationChange, IntegrationField, IntegrationId, IntegrationSetup};
use crate::model::record::Base;
use crate::model::transaction::Edit;
use crate::secret::Secret;
use crate::store::contents::Contents;
use crate::store::steps::{SessionId, UndoStep};

#[derive(Deserialize, Serialize)]
pub(super) struct StoredUndo {
    at: Timestamp,
    label: String,
    /// Written by versions after 0.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    session: Option<SessionId>,
    /// A single inverse, as every version wrote it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    inverse: Option<StoredInverse>,
    /// Several inverses, in the order they are applied.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    inverses: Vec<StoredInverse>,
}

/// The inverses of [`Change`].
#[derive(Deserialize, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
enum StoredInverse {
    Restore {
        credential: Box<StoredCredential>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<usize>,
    },
    Remove {
        id: CredentialId,
    },
    Edit {
        id: CredentialId,
        fields: Vec<StoredField>,
    },
    /// Written up to version 0.1.
    Rename {
        id: CredentialId,
        from: Name,
        to: Name,
    },
    /// Written up to version 0.1.
    Describe {
        id: CredentialId,
        from: Details,
        to: Details,
    },
    /// Written up to version 0.1.
    Configure {
        id: CredentialId,
        client_id: ClientId,
        #[serde(default)]
        client_secret: Option<Text>,
        variables: BTreeMap<String, String>,
        #[serde(default)]
        secrets: BTreeMap<String, Text>,
        scopes: Vec<String>,
        redirect_uri: String,
    },
    Integration {
        #[serde(flatten)]
        edit: StoredIntegrationInverse,
    },
}

#[derive(Deserialize, Serialize)]
#[serde(tag = "edit", rename_all = "snake_case")]
enum StoredIntegrationInverse {
    Insert {
        integration: Box<Integration>,
        #[serde(default, skip_serializing_if = "Option::is_none")]
        place: Option<usize>,
    },
    Remove {
        id: IntegrationId,
    },
    Fields {
        id: IntegrationId,
        fields: Vec<StoredField>,
    },
    /// Written up to version 0.1.
    Rename {
        id: IntegrationId,
        from: Name,
        to: Name,
    },
    /// Written up to version 0.1.
    Configure {
        id: IntegrationId,
        from: Box<IntegrationSetup>,
        to: Box<IntegrationSetup>,
    },
    /// Written up to version 0.1.
    Pause {
        id: IntegrationId,
        paused: bool,
    },
}

/// One field of an edit; its value is absent if neither `plain` nor `secret` is set.
#[derive(Deserialize, Serialize)]
struct StoredField {
    field: String,
    base: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    plain: Option<serde_json::Value>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    secret: Option<Text>,
}

/// The steps undone since the last edit. A program without redo copies them unchanged when it edits; `after` shows that
/// such an edit was made.
#[derive(Deserialize, Serialize)]
pub(super) struct StoredRedo {
    /// When the newest undo step was saved, if there is one.
    after: Option<Timestamp>,
    steps: Vec<StoredUndo>,
}

impl StoredRedo {
    /// `None` if there is nothing to redo.
    pub(super) fn of(contents: &Contents) -> Option<Self> {
        let steps: Vec<StoredUndo> = contents.redo.iter().filter_map(StoredUndo::of).collect();
        (!steps.is_empty()).then(|| Self { after: contents.undo.last().map(|step| step.at), steps })
    }

    /// Reads the steps; returns none if an edit was made since, or a later version wrote them.
    pub(super) fn read(raw: &serde_json::value::RawValue, undo: &[UndoStep]) -> Vec<UndoStep> {
        let Ok(Self { after, steps }) = serde_json::from_str(raw.get()) else { return Vec::new() };
        if after != undo.last().map(|step| step.at) {
            return Vec::new();
        }
        steps.into_iter().map(StoredUndo::step).collect::<Option<_>>().unwrap_or_default()
    }
}

impl StoredUndo {
    /// `None` for a step that cannot be undone.
    pub(super) fn of(step: &UndoStep) -> Option<Self> {
        let mut inverses: Vec<StoredInverse> = step.inverses.iter().map(stored).collect::<Option<_>>()?;
        let inverse = if inverses.len() == 1 { inverses.pop() } else { None };
        Some(Self { at: step.at, label: step.label.clone(), session: step.session, inverse, inverses })
    }

    /// Reads one step; `None` for one of a later version.
    pub(super) fn read(raw: &serde_json::value::RawValue) -> Option<UndoStep> {
        serde_json::from_str::<Self>(raw.get()).ok()?.step()
    }

    fn step(self) -> Option<UndoStep> {
        let Self { at, label, session, inverse, inverses } = self;
        let inverses = inverse.into_iter().chain(inverses).map(edit).collect::<Option<Vec<Edit>>>()?;
        (!inverses.is_empty()).then(|| UndoStep { at, label, session, inverses: Arc::new(inverses) })
    }
}

fn stored(edit: &Edit) -> Option<StoredInverse> {
    Some(match edit {
        Edit::Credential(Change::Restore { credential, place }) => {
            StoredInverse::Restore { credential: Box::new((&**credential).into()), place: *place }
        }
        Edit::Credential(Change::Remove { id }) => StoredInverse::Remove { id: *id },
        Edit::Credential(Change::Edit { id, fields }) => {
            StoredInverse::Edit { id: *id, fields: fields.iter().map(StoredField::of).collect() }
        }
        Edit::Credential(_) => return None,
        Edit::Integration(change) => StoredInverse::Integration {
            edit: match change {
                IntegrationChange::Insert { integration } => {
                    StoredIntegrationInverse::Insert { integration: integration.clone(), place: None }
                }
                IntegrationChange::Restore { integration, place } => {
                    StoredIntegrationInverse::Insert { integration: integration.clone(), place: Some(*place) }
                }
                IntegrationChange::Remove { id } => StoredIntegrationInverse::Remove { id: *id },
                IntegrationChange::Edit { id, fields } => {
                    StoredIntegrationInverse::Fields { id: *id, fields: fields.iter().map(StoredField::of).collect() }
                }
                IntegrationChange::Pin { .. } => return None,
            },
        },
    })
}

fn edit(stored: StoredInverse) -> Option<Edit> {
    Some(Edit::Credential(match stored {
        StoredInverse::Restore { credential, place } => {
            Change::Restore { credential: Box::new((*credential).into()), place }
        }
        StoredInverse::Remove { id } => Change::Remove { id },
        StoredInverse::Edit { id, fields } => {
            Change::Edit { id, fields: fields.into_iter().map(StoredField::edit).collect::<Option<_>>()? }
        }
        StoredInverse::Rename { id, from, to } => Change::rename(id, &from, &to),
        StoredInverse::Describe { id, from, to } => Change::Edit { id, fields: described(&from, &to) },
        StoredInverse::Configure { id, client_id, client_secret, variables, secrets, scopes, redirect_uri } => {
            let mut fields = vec![
                set(CredentialField::ClientId, FieldValue::text(&client_id.0, true)),
                set(CredentialField::ClientSecret, value_of(client_secret)),
                set(CredentialField::Scopes, FieldValue::words(&scopes)),
                set(CredentialField::RedirectUri, FieldValue::text(&redirect_uri, true)),
            ];
            let variables = variables.into_iter();
            fields.extend(
                variables.map(|(name, text)| set(CredentialField::Variable(name), FieldValue::text(&text, false))),
            );
            let secrets = secrets.into_iter();
            fields.extend(secrets.map(|(name, text)| set(CredentialField::Secret(name), value_of(Some(text)))));
            Change::Edit { id, fields }
        }
        StoredInverse::Integration { edit } => return integration_edit(edit).map(Edit::Integration),
    }))
}

fn integration_edit(stored: StoredIntegrationInverse) -> Option<IntegrationChange> {
    Some(match stored {
        StoredIntegrationInverse::Insert { integration, place: None } => IntegrationChange::Insert { integration },
        StoredIntegrationInverse::Insert { integration, place: Some(place) } => {
            IntegrationChange::Restore { integration, place }
        }
        StoredIntegrationInverse::Remove { id } => IntegrationChange::Remove { id },
        StoredIntegrationInverse::Fields { id, fields } => {
            IntegrationChange::Edit { id, fields: fields.into_iter().map(StoredField::edit).collect::<Option<_>>()? }
        }
        StoredIntegrationInverse::Rename { id, from, to } => {
            let text = |name: &Name| FieldValue::text(name.as_str(), false);
            let base = Some(text(&from).revision());
            IntegrationChange::Edit {
                id,
                fields: vec![FieldEdit { field: IntegrationField::Name, base, to: text(&to) }],
            }
        }
        StoredIntegrationInverse::Configure { id, from, to } => {
            let name = Name::parse("x").ok()?;
            let with = |setup: IntegrationSetup| Integration {
                id,
                ..Integration::new(name.clone(), "", setup, Timestamp::UNIX_EPOCH)
            };
            IntegrationChange::between(&with(*from), &with(*to))
        }
        StoredIntegrationInverse::Pause { id, paused } => {
            let to = FieldValue::Plain(paused.into());
            IntegrationChange::Edit { id, fields: vec![set(IntegrationField::Paused, to)] }
        }
    })
}

/// Older versions did not store what an edit was based on.
fn set<F>(field: F, to: FieldValue) -> FieldEdit<F> {
    FieldEdit { field, base: None, to }
}

fn value_of(text: Option<Text>) -> FieldValue {
    text.map_or(FieldValue::Absent, |text| FieldValue::Secret(secret(text, Secret::from)))
}

/// The edits that turn one set of details into another.
fn described(from: &Details, to: &Details) -> Vec<FieldEdit<CredentialField>> {
    let Ok(name) = Name::parse("x") else { return Vec::new() };
    let with = |details: &Details| {
        let mut credential =
            Credential::new(name.clone(), "", crate::model::credential::Setup::default(), Timestamp::UNIX_EPOCH);
        credential.details = details.clone();
        credential
    };
    Base::of(&with(from)).edits(&with(to), |_| false)
}

impl StoredField {
    fn of<F: std::fmt::Display>(edit: &FieldEdit<F>) -> Self {
        let (plain, secret) = match &edit.to {
            FieldValue::Absent => (None, None),
            FieldValue::Plain(json) => (Some(json.clone()), None),
            FieldValue::Secret(secret) => (None, Some(text(secret))),
        };
        Self { field: edit.field.to_string(), base: edit.base.map(|base| base.to_string()), plain, secret }
    }

    fn edit<F: std::str::FromStr>(self) -> Option<FieldEdit<F>> {
        let base = match self.base {
            Some(base) => Some(base.parse().ok()?),
            None => None,
        };
        let to = match (self.plain, self.secret) {
            (Some(json), _) => FieldValue::Plain(json),
            (None, secret) => value_of(secret),
        };
        Some(FieldEdit { field: self.field.parse().ok()?, base, to })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Option<UndoStep> {
        StoredUndo::read(&serde_json::value::RawValue::from_string(json.to_owned()).unwrap())
    }

    #[test]
    fn steps_of_older_versions_are_read() {
        let id = "7f0c6a3e-7d3b-4a52-9a44-0a3a4e9a3f11";
        let inverses = [
            format!(r#"{{"change":"rename","id":"{id}","from":"B","to":"A"}}"#),
            format!(r#"{{"change":"describe","id":"{id}","from":{{"owner":"b"}},"to":{{"owner":"a"}}}}"#),
            format!(
                r#"{{"change":"configure","id":"{id}","client_id":"c","client_secret":"s","variables":{{"d":"e"}},
                "scopes":["x"],"redirect_uri":"http://localhost/"}}"#
            ),
            format!(r#"{{"change":"integration","edit":"pause","id":"{id}","paused":true}}"#),
            format!(r#"{{"change":"integration","edit":"rename","id":"{id}","from":"B","to":"A"}}"#),
            format!(
                r#"{{"change":"integration","edit":"configure","id":"{id}","from":{{"loads":["a"]}},"to":{{"loads":["b"]}}}}"#
            ),
        ];
        for inverse in inverses {
            let json = format!(r#"{{"at":"2026-11-23T10:00:00Z","label":"edit A","inverse":{inverse}}}"#);
            let step = read(&json).unwrap_or_else(|| panic!("{json}"));
            assert_eq!((step.label.as_str(), step.inverses.len()), ("edit A", 1));
            // The form that is written now is read as well.
            let written = serde_json::to_string(&StoredUndo::of(&step).unwrap()).unwrap();
            assert_eq!(format!("{:?}", read(&written).unwrap().inverses), format!("{:?}", step.inverses));
        }
        assert!(read(r#"{"at":"2026-11-23T10:00:00Z","label":"x","inverse":{"change":"later"}}"#).is_none());
    }

    #[test]
    fn what_can_be_redone_is_forgotten_once_a_version_without_redo_has_edited() {
        let step = |at: &str| UndoStep {
            at: at.parse().unwrap(),
            label: "delete A".to_owned(),
            session: Some(SessionId::random()),
            inverses: Arc::new(vec![Edit::Credential(Change::Remove { id: CredentialId::random() })]),
        };
        let (undo, redo) = (vec![step("2026-11-23T10:00:00Z")], vec![step("2026-11-23T10:01:00Z")]);
        let contents = Contents { undo: undo.clone(), redo: redo.clone(), ..Contents::default() };
        let json = serde_json::to_string(&StoredRedo::of(&contents).unwrap()).unwrap();
        let raw = serde_json::value::RawValue::from_string(json).unwrap();
        let read = StoredRedo::read(&raw, &undo);
        assert_eq!((read.len(), read[0].session), (1, redo[0].session));
        assert!(StoredRedo::read(&raw, &[undo, vec![step("2026-11-23T10:02:00Z")]].concat()).is_empty());
        assert!(StoredRedo::read(&raw, &[]).is_empty());
        let later = serde_json::value::RawValue::from_string(r#"{"steps":"other"}"#.to_owned()).unwrap();
        assert!(StoredRedo::read(&later, &[]).is_empty());
        assert!(StoredRedo::of(&Contents::default()).is_none());
    }
}
