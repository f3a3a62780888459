//! Recognizes fields by the words in a name, with anything around them: `ACME_CLIENT_ID`, `clientId`,
//! `CLIENT_ID_ACME`, `GOOGLE_OAUTH_CLIENT_SECRET`. The remaining words are the label of the credential.

use serde_json::{Map, Value};

use super::path;
use super::text::{filled, scopes, secret};
use crate::engine::ops::transfer::{Entry, SkippedPart};

#[derive(Clone, Copy)]
enum Field {
    ClientId,
    ClientSecret,
    RefreshToken,
    AuthorizationUrl,
    TokenUrl,
    RefreshUrl,
    Issuer,
    RedirectUri,
    Scopes,
    Tenant,
    Grant,
}

/// The words of each field, the longer phrases first.
const PHRASES: [(&[&str], Field); 36] = [
    (&["ACCESS", "TOKEN", "URL"], Field::TokenUrl),
    (&["ACCESS", "TOKEN", "URI"], Field::TokenUrl),
    (&["REFRESH", "TOKEN", "URL"], Field::RefreshUrl),
    (&["REFRESH", "TOKEN"], Field::RefreshToken),
    (&["REFRESHTOKEN"], Field::RefreshToken),
    (&["CLIENT", "ID"], Field::ClientId),
    (&["CLIENTID"], Field::ClientId),
    (&["CONSUMER", "KEY"], Field::ClientId),
    (&["CONSUMERKEY"], Field::ClientId),
    (&["CLIENT", "KEY"], Field::ClientId),
    (&["CLIENT", "SECRET"], Field::ClientSecret),
    (&["CLIENTSECRET"], Field::ClientSecret),
    (&["CONSUMER", "SECRET"], Field::ClientSecret),
    (&["CONSUMERSECRET"], Field::ClientSecret),
    (&["AUTH", "URL"], Field::AuthorizationUrl),
    (&["AUTH", "URI"], Field::AuthorizationUrl),
    (&["AUTHORIZE", "URL"], Field::AuthorizationUrl),
    (&["AUTHORIZATION", "URL"], Field::AuthorizationUrl),
    (&["AUTHORIZATION", "URI"], Field::AuthorizationUrl),
    (&["AUTHORIZATION", "ENDPOINT"], Field::AuthorizationUrl),
    (&["TOKEN", "URL"], Field::TokenUrl),
    (&["TOKEN", "URI"], Field::TokenUrl),
    (&["TOKEN", "ENDPOINT"], Field::TokenUrl),
    (&["REDIRECT", "URI"], Field::RedirectUri),
    (&["REDIRECT", "URL"], Field::RedirectUri),
    (&["CALLBACK", "URL"], Field::RedirectUri),
    (&["ISSUER", "URL"], Field::Issuer),
    (&["ISSUER", "URI"], Field::Issuer),
    (&["ACCOUNTS", "URL"], Field::Issuer),
    (&["ACCOUNTS", "SERVER"], Field::Issuer),
    (&["ISSUER"], Field::Issuer),
    (&["TENANT", "ID"], Field::Tenant),
    (&["TENANT"], Field::Tenant),
    (&["GRANT", "TYPE"], Field::Grant),
    (&["SCOPES"], Field::Scopes),
    (&["SCOPE"], Field::Scopes),
];

/// Words that do not identify the provider.
const FILLING: [&str; 13] = [
    "OAUTH",
    "OAUTH2",
    "OAUTH2.0",
    "CLIENT",
    "OIDC",
    "API",
    "APP",
    "REGISTRATION",
    "SPRING",
    "SECURITY",
    "PROVIDER",
    "VITE",
    "NEXT",
];

/// Words in the names of secrets.
const SECRETIVE: [&str; 7] = ["SECRET", "PASSWORD", "TOKEN", "KEY", "PASSPHRASE", "CREDENTIALS", "PAT"];

/// The entries of an object, and the names of other secrets in it.
pub(super) fn entries(values: &Map<String, Value>, name: &str) -> (Vec<(Entry, Option<String>)>, Vec<SkippedPart>) {
    let mut groups: Vec<(String, Entry, Option<String>)> = Vec::new();
    let mut rest = Vec::new();
    for (key, value) in values.iter().filter(|(_, value)| !value.is_object() && !value.is_null()) {
        let words = words(key);
        let Some((field, label)) = field(&words) else {
            rest.push((key, words));
            continue;
        };
        let at = groups.iter().position(|(known, ..)| *known == label).unwrap_or_else(|| {
            groups.push((label.clone(), labeled(&label, name), None));
            groups.len() - 1
        });
        let (_, entry, grant) = &mut groups[at];
        set(entry, grant, field, value);
    }
    groups.retain(|(_, entry, _)| !entry.is_empty());
    let mut left_out = Vec::new();
    for (key, words) in rest {
        let owner =
            groups.iter_mut().filter(|(label, ..)| label.is_empty() || words.join("_").starts_with(label.as_str()));
        match owner.max_by_key(|(label, ..)| label.len()) {
            Some((_, entry, _)) => entry.unread.push(key.clone()),
            None if words.last().is_some_and(|last| SECRETIVE.contains(&last.as_str())) => {
                left_out.push(SkippedPart { name: key.clone(), why: "It is not part of an OAuth client.".to_owned() });
            }
            None => {}
        }
    }
    (groups.into_iter().map(|(_, entry, grant)| (entry, grant)).collect(), left_out)
}

fn labeled(label: &str, name: &str) -> Entry {
    let text = label.replace('_', " ").to_lowercase();
    let mut letters = text.chars();
    let own = letters.next().map(|first| first.to_uppercase().to_string() + letters.as_str());
    Entry { name: own.unwrap_or_else(|| name.to_owned()), label: filled(label), ..Entry::default() }
}

fn set(entry: &mut Entry, grant: &mut Option<String>, field: Field, value: &Value) {
    if let (Field::Scopes, Value::Array(list)) = (field, value) {
        entry.scopes = list.iter().filter_map(path::text).collect();
        return;
    }
    let Some(text) = path::text(value) else { return };
    match field {
        Field::ClientId => entry.client_id = text,
        Field::ClientSecret => entry.client_secret = secret(&text),
        Field::RefreshToken => entry.refresh_token = secret(&text),
        Field::AuthorizationUrl => entry.authorization_url = Some(text),
        Field::TokenUrl => entry.token_url = Some(text),
        Field::RefreshUrl => entry.refresh_url = Some(text),
        Field::Issuer => entry.issuer = Some(text),
        Field::RedirectUri => entry.redirect_uri = text,
        Field::Scopes => entry.scopes = scopes(&text),
        Field::Tenant => drop(entry.variables.insert("tenant".to_owned(), text)),
        Field::Grant => *grant = Some(text),
    }
}

/// The field that a name refers to, and the remaining words.
fn field(words: &[String]) -> Option<(Field, String)> {
    PHRASES.iter().find_map(|(phrase, field)| {
        let at = words.windows(phrase.len()).position(|part| part.iter().zip(*phrase).all(|(a, b)| a == b))?;
        let around = words[..at].iter().chain(&words[at + phrase.len()..]);
        let label: Vec<&str> = around.map(String::as_str).filter(|word| !FILLING.contains(word)).collect();
        Some((*field, label.join("_")))
    })
}

/// Splits `acmeClientId`, `acme.client-id` and `ACME_CLIENT_ID` into ACME, CLIENT, ID.
fn words(key: &str) -> Vec<String> {
    let mut words = vec![String::new()];
    let mut before_lower = false;
    for c in key.chars() {
        if !c.is_alphanumeric() || c.is_uppercase() && before_lower {
            words.push(String::new());
        }
        if let Some(word) = words.last_mut().filter(|_| c.is_alphanumeric()) {
            word.extend(c.to_uppercase());
        }
        before_lower = c.is_lowercase();
    }
    words.retain(|word| !word.is_empty());
    words
}
