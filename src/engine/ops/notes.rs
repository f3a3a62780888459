//! Notes on input that was accepted although it may be a mistake; shown with the success message.

use super::setup::secret_fields;
use crate::catalog::Provider;
use crate::engine::Snapshot;
use crate::model::credential::{CredentialId, MAIN_SECRET, Name, Setup};
use crate::model::integration::IntegrationId;
use crate::model::lookalike::lookalike;
use crate::secret::Secret;

/// A note if a name looks like one of `others`.
pub(crate) fn on_name<'a>(name: &str, others: impl Iterator<Item = &'a Name>) -> Option<String> {
    let name = Name::parse(name).ok()?;
    let other = lookalike(&name, others)?;
    Some(format!("The name \"{name}\" looks like \"{other}\"."))
}

/// A note if the name of this stored credential looks like another's.
#[must_use]
pub(crate) fn on_credential(snapshot: &Snapshot, id: CredentialId) -> Option<String> {
    let list = &snapshot.credentials.list;
    let others = list.iter().filter(|other| other.id != id).map(|other| &other.name);
    on_name(snapshot.credentials.by_id(id)?.name.as_str(), others)
}

/// A note if the name of this stored integration looks like another's.
#[must_use]
pub(crate) fn on_integration(snapshot: &Snapshot, id: IntegrationId) -> Option<String> {
    let list = &snapshot.integrations.list;
    let others = list.iter().filter(|other| other.id != id).map(|other| &other.name);
    on_name(snapshot.integrations.by_id(id)?.name.as_str(), others)
}

/// Notes about spaces in a client ID, a secret or a key, with their positions: RFC 6749 appendix A.2 allows them
/// (VSCHAR), but careless copying adds them.
#[must_use]
pub(crate) fn on_setup(provider: &Provider, setup: &Setup) -> Vec<String> {
    let mut notes = Vec::new();
    if !provider.grant.is_static_secret() {
        notes.extend(on_text("Client ID", &setup.client.id.0));
        notes.extend(setup.client.secret.as_deref().and_then(|secret| on_secret("Client Secret", secret)));
    }
    for (name, label) in secret_fields(provider) {
        let Some(secret) = setup.secrets.get(name) else { continue };
        let is_main = name == MAIN_SECRET;
        notes.extend(match provider.secret_prefix().filter(|_| is_main) {
            // A copied scheme is dropped.
            Some(prefix) => on_secret(label, &secret.trimmed(|_| true).without_prefix(prefix)),
            // A password may be a phrase, so only spaces at its ends are noted.
            None if is_main && provider.basic.is_some() => on_ends(label, secret),
            None => on_secret(label, secret),
        });
    }
    notes
}

fn on_ends(label: &str, secret: &Secret) -> Option<String> {
    let mut note = None;
    let trimmed = secret.trimmed(|_| true);
    if secret.chars() != trimmed.chars() && !trimmed.is_empty() {
        note = Some(dropped(label));
    }
    note
}

fn on_secret(label: &str, secret: &Secret) -> Option<String> {
    let mut note = on_ends(label, secret);
    let _ = secret.trimmed(|text| {
        note = inside(label, text).or_else(|| note.take());
        true
    });
    note
}

fn on_text(label: &str, text: &str) -> Option<String> {
    let trimmed = text.trim();
    inside(label, trimmed).or_else(|| (trimmed != text && !trimmed.is_empty()).then(|| dropped(label)))
}

fn inside(label: &str, text: &str) -> Option<String> {
    let at = text.chars().position(|c| c == ' ')? + 1;
    Some(format!("{label} contains a space (position {at}), which is kept. Check it if the provider refuses it."))
}

fn dropped(label: &str) -> String {
    format!("Spaces at the ends of {label} were dropped.")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::credential::{Client, ClientId, GrantType};
    use crate::secret::ClientSecret;

    fn notes(id: &str, secret: &str) -> Vec<String> {
        let client = Client { id: ClientId(id.to_owned()), secret: Some(ClientSecret::new(secret.to_owned())) };
        on_setup(&Provider::default(), &Setup { client, ..Setup::default() })
    }

    #[test]
    fn a_space_inside_is_told_with_its_position_and_never_with_the_secret() {
        let told = notes("my client", "s3cret basic/+%%");
        assert!(told[0].starts_with("Client ID contains a space (position 3)"), "{told:?}");
        assert!(told[1].starts_with("Client Secret contains a space (position 7)"), "{told:?}");
        assert!(!told[1].contains("basic"), "{told:?}");
        assert_eq!(notes("id", "secret"), [""; 0]);
        assert_eq!(notes("id ", "\tsecret "), [dropped("Client ID"), dropped("Client Secret")]);
        let bearer = Provider { grant: GrantType::Bearer, ..Provider::default() };
        let setup = |text: &str| Setup {
            secrets: [(MAIN_SECRET.to_owned(), Secret::new(text.to_owned()))].into(),
            ..Setup::default()
        };
        let api_key = Provider { grant: GrantType::ApiKey, ..Provider::default() };
        assert!(on_setup(&api_key, &setup("correct horse"))[0].contains("position 8"));
        assert_eq!(on_setup(&bearer, &setup("Bearer k")), [""; 0], "the scheme goes without a word");
        assert!(on_setup(&bearer, &setup("Bearer k l"))[0].contains("position 2"));
    }
}
