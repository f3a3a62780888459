//! The fields of an integration that a person edits.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::{Field, Integration, IntegrationId};
use crate::model::credential::{Name, UnknownField};
use crate::model::field::FieldValue;
use crate::model::record::Record;

/// One field. Its text form is part of the vault's format (steps of undo).
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum IntegrationField {
    /// `name`.
    Name,
    /// `credential`.
    Credential,
    /// `loads`: the kinds of record.
    Loads,
    /// `parameter:NAME`.
    Parameter(String),
    /// `fields:LOAD`: which fields of a kind of record are kept.
    Fields(String),
    /// `folder`.
    Folder,
    /// `format`.
    Format,
    /// `schedule`.
    Schedule,
    /// `paused`.
    Paused,
}

/// Those without a name of their own.
const FIXED: [(IntegrationField, &str); 7] = [
    (IntegrationField::Name, "name"),
    (IntegrationField::Credential, "credential"),
    (IntegrationField::Loads, "loads"),
    (IntegrationField::Folder, "folder"),
    (IntegrationField::Format, "format"),
    (IntegrationField::Schedule, "schedule"),
    (IntegrationField::Paused, "paused"),
];

impl fmt::Display for IntegrationField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Parameter(name) => write!(f, "parameter:{name}"),
            Self::Fields(load) => write!(f, "fields:{load}"),
            fixed => f.write_str(FIXED.iter().find(|(field, _)| field == fixed).map_or("", |(_, word)| word)),
        }
    }
}

impl FromStr for IntegrationField {
    type Err = UnknownField;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once(':') {
            Some(("parameter", name)) => Ok(Self::Parameter(name.to_owned())),
            Some(("fields", load)) => Ok(Self::Fields(load.to_owned())),
            _ => FIXED.iter().find(|(_, word)| *word == text).map(|(field, _)| field.clone()).ok_or(UnknownField),
        }
    }
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
        let fixed = FIXED.iter().map(|(field, _)| field.clone());
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
        }
        Some(())
    }

    /// With another credential the hosts are pinned anew by the next run; else they stay, so that an edit of the
    /// schedule lets no catalog file move the token.
    fn edited(&mut self, fields: &[IntegrationField], _before: &Self, _now: Timestamp) {
        let same = !fields.contains(&IntegrationField::Credential);
        let loads = &self.setup.loads;
        self.hosts.retain(|load, _| same && loads.contains(load));
    }
}

/// Nothing of an integration fails to be JSON.
fn plain<T: Serialize>(value: &T) -> FieldValue {
    serde_json::to_value(value).map_or(FieldValue::Absent, FieldValue::Plain)
}

/// Nothing is read as JSON's null: `None` of what may be missing.
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

    #[test]
    fn every_field_survives_its_text_form() {
        let named = [IntegrationField::Parameter("portal".into()), IntegrationField::Fields("devices".into())];
        for field in FIXED.into_iter().map(|(field, _)| field).chain(named) {
            assert_eq!(field.to_string().parse(), Ok(field));
        }
    }
}
