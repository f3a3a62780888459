//! The result of a token request: the token, how to send it, and notes about it.

use jiff::Timestamp;

use super::problems::needs_person;
use crate::api::call::ApiCaller;
pub use crate::api::call::AuthParam;
use crate::catalog::Provider;
use crate::model::credential::{AuthFailure, Credential, Setup, Tokens};
use crate::problem::Problem;
use crate::secret::{AccessToken, Secret};

/// The note about a token without an expiry.
const END_UNKNOWN: &str = "The provider does not say when this token expires.";

/// A valid access token, or a typed-in secret.
#[derive(Clone, Debug)]
pub struct Token {
    /// The access token; or the key, token or password as it was typed in.
    pub access: AccessToken,
    /// The headers or parameters that authenticate an API call; one header at most providers.
    pub sent: Vec<AuthParam>,
    /// The key that signs each request, for providers where requests are signed and nothing is sent.
    pub signs_as: Option<SigningKey>,
    /// Its expiry, if known.
    pub expires_at: Option<Timestamp>,
    /// Whether it expires at a time that the provider does not state. False for a typed-in secret.
    pub is_end_unknown: bool,
    /// What the provider changed with this refresh and the user should know: "No longer granted: a.read".
    pub notes: Vec<String>,
}

/// Identifies the key for signing requests, if the token is a secret key.
#[derive(Clone, Debug)]
pub struct SigningKey {
    /// The access key ID.
    pub id: String,
    /// The session token of temporary keys.
    pub session: Option<Secret>,
}

pub(super) fn handed_out(provider: &Provider, setup: &Setup, tokens: &Tokens) -> Result<Token, Problem> {
    let sent = ApiCaller { provider, setup, tokens: Some(tokens) }.auth_params(None)?;
    let is_end_unknown = tokens.expires_at.is_none();
    Ok(Token {
        access: tokens.access.clone(),
        sent,
        signs_as: None,
        expires_at: tokens.expires_at,
        is_end_unknown,
        notes: if is_end_unknown { vec![END_UNKNOWN.to_owned()] } else { Vec::new() },
    })
}

/// The typed-in secret, unless the provider rejected it: a script should get an error, not a secret that does not work.
pub(super) fn typed_in(provider: &Provider, credential: &Credential, key: &Secret) -> Result<Token, Problem> {
    let notes = match (&credential.setback, &credential.proof) {
        (Some(AuthFailure::Refused { code, .. }), _) => {
            return Err(needs_person(credential, &format!("The provider rejected it: {code}.")));
        }
        (Some(AuthFailure::Revoked { .. }), _) => return Err(needs_person(credential, "It was revoked.")),
        (None, None) => vec!["It has not been tested yet.".to_owned()],
        (None, Some(_)) => Vec::new(),
    };
    let setup = &credential.setup;
    let sent = ApiCaller { provider, setup, tokens: None }.auth_params(None)?;
    let signs_as: Option<Result<_, Problem>> = provider.signature.as_ref().map(|by| {
        let id = provider.fill(&by.access_key, &setup.variables)?;
        let session = by.session_token.as_ref().and_then(|name| setup.secrets.get(name)).cloned();
        Ok(SigningKey { id, session })
    });
    let signs_as = signs_as.transpose()?;
    Ok(Token { access: AccessToken::from(key.clone()), sent, signs_as, expires_at: None, is_end_unknown: false, notes })
}
