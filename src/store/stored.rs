//! The JSON of one credential in the payload. The only module that serializes secrets.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::model::credential::{
    Account, AuthFailure, Client, ClientId, Credential, CredentialId, Details, Endpoints, Event, Name, Proof, Refusals,
    RefusedKey, Setup, TokenKind, TokenSet, Tokens, UnreadResponse,
};
use crate::secret::{AccessToken, ClientSecret, RefreshToken, Secret};

/// Unknown keys, such as those of a later program version, kept unchanged.
pub(super) type Unknown = BTreeMap<String, Box<RawValue>>;

pub(super) type Text = Zeroizing<String>;

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
    setback: Option<AuthFailure>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    refused_keys: Vec<StoredRefusedKey>,
    #[serde(default, rename = "unread_answer", skip_serializing_if = "Option::is_none")]
    unread_response: Option<StoredResponse>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refusals: Option<StoredRefusals>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_before: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    renewals: Vec<Timestamp>,
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    token_sets: BTreeMap<TokenKind, StoredTokenSet>,
    created_at: Timestamp,
    #[serde(default)]
    history: Vec<Event>,
}

/// The known keys; all others are kept as unknown.
pub(super) const CREDENTIAL_KEYS: &[&str] = &[
    "kind",
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
    "refused_keys",
    "unread_answer",
    "refusals",
    "not_before",
    "renewals",
    "token_sets",
    "created_at",
    "history",
];

/// A response that could not be read, as JSON; `body` is base64.
#[derive(Deserialize, Serialize)]
struct StoredResponse {
    at: Timestamp,
    status: u16,
    #[serde(default)]
    content_type: String,
    of_refresh: bool,
    body: Text,
}

impl From<&UnreadResponse> for StoredResponse {
    fn from(response: &UnreadResponse) -> Self {
        let UnreadResponse { at, status, content_type, of_refresh, body } = response;
        let (content_type, body) = (content_type.clone(), text(body));
        Self { at: *at, status: *status, content_type, of_refresh: *of_refresh, body }
    }
}

impl From<StoredResponse> for UnreadResponse {
    fn from(stored: StoredResponse) -> Self {
        let StoredResponse { at, status, content_type, of_refresh, body } = stored;
        Self { at, status, content_type, of_refresh, body: Secret::from(body) }
    }
}

/// A token pair as JSON.
#[derive(Clone, Deserialize, Serialize)]
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

/// A set of tokens besides the main one, as JSON.
#[derive(Deserialize, Serialize)]
struct StoredTokenSet {
    tokens: StoredTokens,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    setback: Option<AuthFailure>,
    #[serde(default, rename = "unread_answer", skip_serializing_if = "Option::is_none")]
    unread_response: Option<StoredResponse>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    refusals: Option<StoredRefusals>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    not_before: Option<Timestamp>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    renewals: Vec<Timestamp>,
}

impl From<&TokenSet> for StoredTokenSet {
    fn from(set: &TokenSet) -> Self {
        Self {
            tokens: StoredTokens::from(&set.tokens),
            setback: set.setback.clone(),
            unread_response: set.unread.as_ref().map(StoredResponse::from),
            refusals: set.refusals.as_ref().map(StoredRefusals::from),
            not_before: set.not_before,
            renewals: set.renewals.clone(),
        }
    }
}

impl From<StoredTokenSet> for TokenSet {
    fn from(stored: StoredTokenSet) -> Self {
        Self {
            tokens: stored.tokens.into(),
            setback: stored.setback,
            unread: stored.unread_response.map(UnreadResponse::from),
            refusals: stored.refusals.map(Refusals::from),
            not_before: stored.not_before,
            renewals: stored.renewals,
        }
    }
}

fn texts(setup: &Setup) -> BTreeMap<String, Text> {
    setup.secrets.iter().map(|(name, secret)| (name.clone(), text(secret))).collect()
}

pub(super) fn secrets(texts: BTreeMap<String, Text>) -> BTreeMap<String, Secret> {
    texts.into_iter().map(|(name, text)| (name, Secret::from(text))).collect()
}

pub(super) fn text(secret: &Secret) -> Text {
    Zeroizing::new(secret.expose().to_owned())
}

/// The digest of a rejected former key, as JSON.
#[derive(Deserialize, Serialize)]
struct StoredRefusedKey {
    tested: String,
    at: Timestamp,
    #[serde(default)]
    code: String,
}

impl From<&RefusedKey> for StoredRefusedKey {
    fn from(key: &RefusedKey) -> Self {
        Self { tested: key.tested.to_string(), at: key.at, code: key.code.clone() }
    }
}

impl StoredRefusedKey {
    /// `None` if it is not a digest.
    fn read(self) -> Option<RefusedKey> {
        Some(RefusedKey { tested: self.tested.parse().ok()?, at: self.at, code: self.code })
    }
}

/// Consecutive refusals without a known reason, as JSON.
#[derive(Deserialize, Serialize)]
struct StoredRefusals {
    first: Timestamp,
    last: Timestamp,
    count: u32,
    #[serde(default)]
    code: String,
}

impl From<&Refusals> for StoredRefusals {
    fn from(row: &Refusals) -> Self {
        Self { first: row.first, last: row.last, count: row.count, code: row.code.clone() }
    }
}

impl From<StoredRefusals> for Refusals {
    fn from(stored: StoredRefusals) -> Self {
        Self { first: stored.first, last: stored.last, count: stored.count, code: stored.code }
    }
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
            refused_keys: credential.refused_keys.iter().map(StoredRefusedKey::from).collect(),
            unread_response: credential.unread.as_ref().map(StoredResponse::from),
            refusals: credential.refusals.as_ref().map(StoredRefusals::from),
            not_before: credential.not_before,
            renewals: credential.renewals.clone(),
            token_sets: credential.token_sets.iter().map(|(kind, set)| (*kind, set.into())).collect(),
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
            refused_keys: stored.refused_keys.into_iter().filter_map(StoredRefusedKey::read).collect(),
            unread: stored.unread_response.map(UnreadResponse::from),
            refusals: stored.refusals.map(Refusals::from),
            not_before: stored.not_before,
            renewals: stored.renewals,
            token_sets: stored.token_sets.into_iter().map(|(kind, set)| (kind, set.into())).collect(),
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

pub(super) fn secret<T>(text: Text, named: impl Fn(Secret) -> T) -> T {
    named(Secret::from(text))
}
