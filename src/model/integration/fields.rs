//! The fields of an integration that the user edits.

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Field, Integration, IntegrationId};
use crate::model::credential::Name;
use crate::model::field::FieldValue;
use crate::model::field_words::field_words;
use crate::model::record::Record;

/// One field. Its text form is part of the vault's format (undo steps).
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum IntegrationField {
    Name,
    Credential,
    /// `loads`: the record types.
    Loads,
    /// `parameter:NAME`.
    Parameter(String),
    /// `fields:LOAD`: which fields of a record type are kept.
    Fields(String),
    Folder,
    Format,
    Schedule,
    Paused,
    /// `accept_gone`: whether a file may lose any number of records.
    AcceptGone,
}

field_words! { IntegrationField:
    Name => "name",
    Credential => "credential",
    Loads => "loads",
    Folder => "folder",
    Format => "format",
    Schedule => "schedule",
    Paused => "paused",
    AcceptGone => "accept_gone";
    Parameter(name) => "parameter",
    Fields(load) => "fields",
}

impl Record for Integration {
    type Id = IntegrationId;
    type Field = IntegrationField;
    const NOUN: &'static str = "integration";

    fn id(&self) -> IntegrationId {
        self.id
    }

    fn name(&self) -> &Name {
        &self.name
    }

    fn fields(&self) -> Vec<IntegrationField> {
        let fixed = IntegrationField::FIXED.iter().cloned();
        let parameters = self.setup.parameters.keys().cloned().map(IntegrationField::Parameter);
        fixed.chain(parameters).chain(self.setup.fields.keys().cloned().map(IntegrationField::Fields)).collect()
    }

    fn value(&self, field: &IntegrationField) -> FieldValue {
        let setup = &self.setup;
        match field {
            IntegrationField::Name => FieldValue::text(self.name.as_str(), false),
            IntegrationField::Credential => setup.credential.map_or(FieldValue::Absent, |id| plain(&id)),
            IntegrationField::Loads => FieldValue::words(&setup.loads),
            IntegrationField::Parameter(name) => setup.parameters.get(name).map_or(FieldValue::Absent, plain),
            IntegrationField::Fields(load) => setup.fields.get(load).map_or(FieldValue::Absent, plain),
            IntegrationField::Folder => FieldValue::text(&setup.folder, true),
            IntegrationField::Format => plain(&setup.format),
            IntegrationField::Schedule => plain(&setup.schedule),
            IntegrationField::Paused => plain(&self.paused),
            IntegrationField::AcceptGone => plain(&setup.accept_gone),
        }
    }

    fn set(&mut self, field: &IntegrationField, value: FieldValue) -> Option<()> {
        let setup = &mut self.setup;
        match field {
            IntegrationField::Name => self.name = Name::parse(&value.into_text()?).ok()?,
            IntegrationField::Credential => setup.credential = read(value)?,
            IntegrationField::Loads => setup.loads = value.into_words()?,
            IntegrationField::Parameter(name) => {
                match read::<Option<String>>(value)? {
                    None => setup.parameters.remove(name),
                    Some(text) => setup.parameters.insert(name.clone(), text),
                };
            }
            IntegrationField::Fields(load) => {
                match read::<Option<Vec<Field>>>(value)? {
                    None => setup.fields.remove(load),
                    Some(fields) => setup.fields.insert(load.clone(), fields),
                };
            }
            IntegrationField::Folder => setup.folder = value.into_text()?,
            IntegrationField::Format => setup.format = read(value)?,
            IntegrationField::Schedule => setup.schedule = read(value)?,
            IntegrationField::Paused => self.paused = read(value)?,
            IntegrationField::AcceptGone => setup.accept_gone = read(value)?,
        }
        Some(())
    }

    /// Choosing another credential clears the pinned hosts, and the next run pins them again. Other edits keep them, so
    /// that no catalog file can redirect the token.
    fn edited(&mut self, fields: &[IntegrationField], _before: &Self, _now: Timestamp) {
        let same = !fields.contains(&IntegrationField::Credential);
        let loads = &self.setup.loads;
        self.hosts.retain(|load, _| same && loads.contains(load));
    }
}

/// Every value of an integration can be written as JSON.
fn plain<T: Serialize>(value: &T) -> FieldValue {
    serde_json::to_value(value).map_or(FieldValue::Absent, FieldValue::Plain)
}

/// `Absent` is read as JSON's null, which is `None` for an optional value.
fn read<T: DeserializeOwned>(value: FieldValue) -> Option<T> {
    match value {
        FieldValue::Absent => serde_json::from_value(serde_json::Value::Null).ok(),
        FieldValue::Plain(json) => serde_json::from_value(json).ok(),
        FieldValue::Secret(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::field_words::tests::assert_stored_words;

    #[test]
    fn every_field_keeps_its_stored_word_and_parses_back() {
        let stored = [
            "name",
            "credential",
            "loads",
            "folder",
            "format",
            "schedule",
            "paused",
            "accept_gone",
            "parameter:a:b",
            "fields:a:b",
        ];
        assert_stored_words(&IntegrationField::samples("a:b"), &stored);
    }
}
