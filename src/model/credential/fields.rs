//! The fields of a credential that the user edits.

use jiff::Timestamp;

use super::{Credential, CredentialId, Event, EventKind, Name, RefusedKey};
use crate::model::field::{FieldValue, Revision};
use crate::model::field_words::field_words;
use crate::model::record::Record;
use crate::secret::ClientSecret;

/// One field. Its text form is part of the vault's format (undo steps).
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub enum CredentialField {
    Name,
    Description,
    Owner,
    Tags,
    /// `expires_on`: the day on which the client secret or key expires.
    ExpiresOn,
    Browser,
    ClientId,
    ClientSecret,
    /// `variable:NAME`.
    Variable(String),
    /// `secret:NAME`.
    Secret(String),
    Scopes,
    RedirectUri,
}

field_words! { CredentialField:
    Name => "name",
    Description => "description",
    Owner => "owner",
    Tags => "tags",
    ExpiresOn => "expires_on",
    Browser => "browser",
    ClientId => "client_id",
    ClientSecret => "client_secret",
    Scopes => "scopes",
    RedirectUri => "redirect_uri";
    Variable(name) => "variable",
    Secret(name) => "secret",
}

impl CredentialField {
    /// Whether it is part of [`Setup`](super::Setup): what signing in needs.
    #[must_use]
    pub(crate) fn is_of_setup(&self) -> bool {
        match self {
            Self::ClientId
            | Self::ClientSecret
            | Self::Variable(_)
            | Self::Secret(_)
            | Self::Scopes
            | Self::RedirectUri => true,
            Self::Name | Self::Description | Self::Owner | Self::Tags | Self::ExpiresOn | Self::Browser => false,
        }
    }
}

impl Credential {
    /// The revision of what a test call checks: every secret and variable.
    #[must_use]
    pub fn tested_revision(&self) -> Revision {
        let is_tested = |field: &CredentialField| {
            matches!(field, CredentialField::ClientSecret | CredentialField::Secret(_) | CredentialField::Variable(_))
        };
        let tested = self.fields().into_iter().filter(is_tested);
        let revisions: Vec<String> = tested.map(|field| format!("{field} {}", self.value(&field).revision())).collect();
        FieldValue::words(&revisions).revision()
    }
}

impl Record for Credential {
    type Id = CredentialId;
    type Field = CredentialField;
    const NOUN: &'static str = "credential";

    fn id(&self) -> CredentialId {
        self.id
    }

    fn name(&self) -> &Name {
        &self.name
    }

    fn fields(&self) -> Vec<CredentialField> {
        let fixed = CredentialField::FIXED.iter().cloned();
        let variables = self.setup.variables.keys().cloned().map(CredentialField::Variable);
        fixed.chain(variables).chain(self.setup.secrets.keys().cloned().map(CredentialField::Secret)).collect()
    }

    fn value(&self, field: &CredentialField) -> FieldValue {
        let (details, setup) = (&self.details, &self.setup);
        match field {
            CredentialField::Name => FieldValue::text(self.name.as_str(), false),
            CredentialField::Description => FieldValue::text(&details.description, true),
            CredentialField::Owner => FieldValue::text(&details.owner, true),
            CredentialField::Tags => FieldValue::words(&details.tags),
            CredentialField::ExpiresOn => {
                FieldValue::text(&details.expires_on.map(|day| day.to_string()).unwrap_or_default(), true)
            }
            CredentialField::Browser => FieldValue::text(&details.browser, true),
            CredentialField::ClientId => FieldValue::text(&setup.client.id.0, true),
            CredentialField::ClientSecret => {
                setup.client.secret.as_deref().map_or(FieldValue::Absent, |secret| FieldValue::Secret(secret.clone()))
            }
            CredentialField::Variable(name) => {
                setup.variables.get(name).map_or(FieldValue::Absent, |value| FieldValue::text(value, false))
            }
            CredentialField::Secret(name) => {
                setup.secrets.get(name).map_or(FieldValue::Absent, |secret| FieldValue::Secret(secret.clone()))
            }
            CredentialField::Scopes => FieldValue::words(&setup.scopes),
            CredentialField::RedirectUri => FieldValue::text(&setup.redirect_uri, true),
        }
    }

    fn set(&mut self, field: &CredentialField, value: FieldValue) -> Option<()> {
        let (details, setup) = (&mut self.details, &mut self.setup);
        match field {
            CredentialField::Name => self.name = Name::parse(&value.into_text()?).ok()?,
            CredentialField::Description => details.description = value.into_text()?,
            CredentialField::Owner => details.owner = value.into_text()?,
            CredentialField::Tags => details.tags = value.into_words()?,
            CredentialField::ExpiresOn => {
                let text = value.into_text()?;
                details.expires_on = if text.is_empty() { None } else { Some(text.parse().ok()?) };
            }
            CredentialField::Browser => details.browser = value.into_text()?,
            CredentialField::ClientId => setup.client.id.0 = value.into_text()?,
            CredentialField::ClientSecret => {
                let secret = value.into_secret()?;
                setup.client.secret = (!secret.is_empty()).then(|| ClientSecret::from(secret));
            }
            CredentialField::Variable(name) => {
                match value {
                    FieldValue::Absent => setup.variables.remove(name),
                    value => setup.variables.insert(name.clone(), value.into_text()?),
                };
            }
            CredentialField::Secret(name) => {
                let secret = value.into_secret()?;
                if secret.is_empty() {
                    setup.secrets.remove(name);
                } else {
                    setup.secrets.insert(name.clone(), secret);
                }
            }
            CredentialField::Scopes => setup.scopes = value.into_words()?,
            CredentialField::RedirectUri => setup.redirect_uri = value.into_text()?,
        }
        Some(())
    }

    fn edited(&mut self, fields: &[CredentialField], before: &Self, now: Timestamp) {
        if fields.contains(&CredentialField::Name) {
            self.record(Event::new(now, EventKind::Renamed, before.name.as_str()));
        }
        if fields.iter().any(|field| !field.is_of_setup() && *field != CredentialField::Name) {
            self.record(Event::new(now, EventKind::Edited, "details"));
        }
        if fields.iter().any(CredentialField::is_of_setup) {
            // The proof or rejection was about a value that has been replaced.
            self.proof = None;
            self.refusals = None;
            self.token_sets.values_mut().for_each(|set| set.refusals = None);
            if self.is_static_secret() {
                RefusedKey::remember(&mut self.refused_keys, before.tested_revision(), before.setback.as_ref());
                let tested = self.tested_revision();
                self.setback = RefusedKey::take(&mut self.refused_keys, tested);
            }
            self.record(Event::new(now, EventKind::Edited, "authorization"));
        }
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
            "description",
            "owner",
            "tags",
            "expires_on",
            "browser",
            "client_id",
            "client_secret",
            "scopes",
            "redirect_uri",
            "variable:a:b",
            "secret:a:b",
        ];
        assert_stored_words(&CredentialField::samples("a:b"), &stored);
    }
}
