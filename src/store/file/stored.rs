//! How one credential, and one step of undo, stand in the payload's JSON. The only place that writes secrets out.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::model::change::{Change, Edit};
use crate::model::credential::{
    Account, Client, ClientId, Credential, CredentialId, Details, Endpoints, Event, Name, Proof, Setback, Setup, Tokens,
};
use crate::model::integration::IntegrationChange;
use crate::secret::{AccessToken, ClientSecret, RefreshToken, Secret};

/// Keys of a later version, or of somebody else, kept as they stand.
pub(super) type Unknown = BTreeMap<String, Box<RawValue>>;

type Text = Zeroizing<String>;

/// A credential as JSON.
#[derive(Deserialize, Serialize)]
pub(super) struct StoredCredential {
    pub(super) id: CredentialId,
    name: Name,
    #[serde(default)]
    details: Details,
    provider: String,
    client_id: ClientId,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    client_secret: Option<Text>,
    #[serde(default)]
    variables: BTreeMap<String, String>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    secrets: BTreeMap<String, Text>,
    #[serde(default)]
    scopes: Vec<String>,
    #[serde(default)]
    redirect_uri: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    endpoints: Option<Endpoints>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    tokens: Option<StoredTokens>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    account: Option<Account>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    proof: Option<Proof>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    setback: Option<Setback>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_before: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    renewals: Vec<Timestamp>,
    created_at: Timestamp,
    #[serde(default)]
    history: Vec<Event>,
}

/// The keys above, to tell the unknown ones.
pub(super) const CREDENTIAL_KEYS: &[&str] = &[
    "id",
    "name",
    "details",
    "provider",
    "client_id",
    "client_secret",
    "variables",
    "secrets",
    "scopes",
    "redirect_uri",
    "endpoints",
    "tokens",
    "account",
    "proof",
    "setback",
    "not_before",
    "renewals",
    "created_at",
    "history",
];

/// A token pair as JSON.
#[derive(Deserialize, Serialize)]
pub(super) struct StoredTokens {
    access_token: Text,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh_token: Option<Text>,
    received_at: Timestamp,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    expires_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refresh_expires_at: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    scopes: Option<Vec<String>>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    captured: BTreeMap<String, String>,
}

fn texts(setup: &Setup) -> BTreeMap<String, Text> {
    setup.secrets.iter().map(|(name, secret)| (name.clone(), text(secret))).collect()
}

fn secrets(texts: BTreeMap<String, Text>) -> BTreeMap<String, Secret> {
    texts.into_iter().map(|(name, text)| (name, Secret::from(text))).collect()
}

fn text(secret: &Secret) -> Text {
    Zeroizing::new(secret.expose().to_owned())
}

impl From<&Credential> for StoredCredential {
    fn from(credential: &Credential) -> Self {
        Self {
            id: credential.id,
            name: credential.name.clone(),
            details: credential.details.clone(),
            provider: credential.provider.clone(),
            client_id: credential.setup.client.id.clone(),
            client_secret: credential.setup.client.secret.as_deref().map(text),
            variables: credential.setup.variables.clone(),
            secrets: texts(&credential.setup),
            scopes: credential.setup.scopes.clone(),
            redirect_uri: credential.setup.redirect_uri.clone(),
            endpoints: credential.endpoints.clone(),
            tokens: credential.tokens.as_ref().map(StoredTokens::from),
            account: credential.account.clone(),
            proof: credential.proof.clone(),
            setback: credential.setback.clone(),
            not_before: credential.not_before,
            renewals: credential.renewals.clone(),
            created_at: credential.created_at,
            history: credential.history.clone(),
        }
    }
}

impl From<StoredCredential> for Credential {
    fn from(stored: StoredCredential) -> Self {
        let client =
            Client { id: stored.client_id, secret: stored.client_secret.map(|text| secret(text, ClientSecret::from)) };
        Self {
            id: stored.id,
            name: stored.name,
            details: stored.details,
            provider: stored.provider,
            setup: Setup {
                client,
                variables: stored.variables,
                secrets: secrets(stored.secrets),
                scopes: stored.scopes,
                redirect_uri: stored.redirect_uri,
            },
            endpoints: stored.endpoints,
            tokens: stored.tokens.map(Tokens::from),
            account: stored.account,
            proof: stored.proof,
            setback: stored.setback,
            not_before: stored.not_before,
            renewals: stored.renewals,
            created_at: stored.created_at,
            history: stored.history,
        }
    }
}

impl From<&Tokens> for StoredTokens {
    fn from(tokens: &Tokens) -> Self {
        Self {
            access_token: text(&tokens.access),
            refresh_token: tokens.refresh.as_deref().map(text),
            received_at: tokens.received_at,
            expires_at: tokens.expires_at,
            refresh_expires_at: tokens.refresh_expires_at,
            scopes: tokens.scopes.clone(),
            captured: tokens.captured.clone(),
        }
    }
}

impl From<StoredTokens> for Tokens {
    fn from(stored: StoredTokens) -> Self {
        Self {
            access: secret(stored.access_token, AccessToken::from),
            refresh: stored.refresh_token.map(|text| secret(text, RefreshToken::from)),
            received_at: stored.received_at,
            expires_at: stored.expires_at,
            refresh_expires_at: stored.refresh_expires_at,
            scopes: stored.scopes,
            captured: stored.captured,
        }
    }
}

/// What tells one token pair from another: no secret, and different for every pair.
pub(super) fn fingerprint(tokens: Option<&Tokens>) -> String {
    use sha2::{Digest as _, Sha256};
    let Some(tokens) = tokens else { return String::new() };
    let mut digest = Sha256::new();
    digest.update(tokens.access.expose());
    // No token holds a line break, so the two cannot be cut elsewhere.
    digest.update("\n");
    digest.update(tokens.refresh.as_ref().map_or("", |refresh| refresh.expose()));
    base64::Engine::encode(&base64::engine::general_purpose::STANDARD, digest.finalize())
}

fn secret<T>(text: Text, named: impl Fn(Secret) -> T) -> T {
    named(Secret::from(text))
}

/// One step that `undo` takes back.
#[derive(Deserialize, Serialize)]
pub(super) struct StoredUndo {
    pub(super) at: Timestamp,
    pub(super) label: String,
    pub(super) inverse: StoredInverse,
}

/// The inverses there are; see [`Change`].
#[derive(Deserialize, Serialize)]
#[serde(tag = "change", rename_all = "snake_case")]
pub(super) enum StoredInverse {
    Restore {
        credential: Box<StoredCredential>,
    },
    Remove {
        id: CredentialId,
    },
    Rename {
        id: CredentialId,
        from: Name,
        to: Name,
    },
    Describe {
        id: CredentialId,
        from: Details,
        to: Details,
    },
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
        edit: IntegrationChange,
    },
}

impl StoredInverse {
    /// `None` for what has no inverse.
    pub(super) fn of(edit: &Edit) -> Option<Self> {
        match edit {
            Edit::Credential(change) => Self::new(change),
            Edit::Integration(edit) => Some(Self::Integration { edit: edit.clone() }),
        }
    }

    /// `None` for what has no inverse.
    pub(super) fn new(change: &Change) -> Option<Self> {
        Some(match change {
            Change::Restore(credential) => Self::Restore { credential: Box::new((&**credential).into()) },
            Change::Remove { id } => Self::Remove { id: *id },
            Change::Rename { id, from, to } => Self::Rename { id: *id, from: from.clone(), to: to.clone() },
            Change::Describe { id, from, to } => Self::Describe { id: *id, from: from.clone(), to: to.clone() },
            Change::Configure { id, to } => Self::Configure {
                id: *id,
                client_id: to.client.id.clone(),
                client_secret: to.client.secret.as_deref().map(text),
                variables: to.variables.clone(),
                secrets: texts(to),
                scopes: to.scopes.clone(),
                redirect_uri: to.redirect_uri.clone(),
            },
            _ => return None,
        })
    }
}

impl From<StoredInverse> for Edit {
    fn from(stored: StoredInverse) -> Self {
        Self::Credential(match stored {
            StoredInverse::Integration { edit } => return Self::Integration(edit),
            StoredInverse::Restore { credential } => Change::Restore(Box::new((*credential).into())),
            StoredInverse::Remove { id } => Change::Remove { id },
            StoredInverse::Rename { id, from, to } => Change::Rename { id, from, to },
            StoredInverse::Describe { id, from, to } => Change::Describe { id, from, to },
            StoredInverse::Configure {
                id,
                client_id,
                client_secret,
                variables,
                secrets: typed,
                scopes,
                redirect_uri,
            } => {
                let client =
                    Client { id: client_id, secret: client_secret.map(|text| secret(text, ClientSecret::from)) };
                Change::Configure {
                    id,
                    to: Box::new(Setup { client, variables, secrets: secrets(typed), scopes, redirect_uri }),
                }
            }
        })
    }
}
