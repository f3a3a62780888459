//! What is handed out: the token, what proves the caller with it, and what a person should know of it.

use jiff::Timestamp;

use super::problems::needs_person;
use crate::api::call::Caller;
pub use crate::api::call::Sent;
use crate::catalog::Provider;
use crate::model::credential::{Credential, Setback, Setup, Tokens};
use crate::problem::Problem;
use crate::secret::{AccessToken, Secret};

/// What is said of a token that the provider gave without an end.
const END_UNKNOWN: &str = "The provider does not say when this token expires.";

/// A token that works, or what was typed in.
#[derive(Clone, Debug)]
pub struct Token {
    /// The token; the key, token or password as it was typed in.
    pub access: AccessToken,
    /// What proves the caller in a call of the API: one header at most providers.
    pub sent: Vec<Sent>,
    /// Where nothing is sent because each request is signed: with which key.
    pub signs_as: Option<SigningKey>,
    /// End of its life, where known.
    pub expires_at: Option<Timestamp>,
    /// Whether it ends at a moment that the provider does not say; what was typed in has no end of its own.
    pub is_end_unknown: bool,
    /// What the provider changed with this refresh and a person should know: "Granted no longer: a.read".
    pub notes: Vec<String>,
}

/// Who signs requests with the secret key that is the token.
#[derive(Clone, Debug)]
pub struct SigningKey {
    /// The access key ID.
    pub id: String,
    /// The session token of temporary keys.
    pub session: Option<Secret>,
}

pub(super) fn handed_out(provider: &Provider, setup: &Setup, tokens: &Tokens) -> Result<Token, Problem> {
    let sent = Caller { provider, setup, tokens: Some(tokens) }.sent(None)?;
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

/// What was typed in, unless the provider refused it: a script is told rather than given what does not work.
pub(super) fn typed_in(provider: &Provider, credential: &Credential, key: &Secret) -> Result<Token, Problem> {
    let notes = match (&credential.setback, &credential.proof) {
        (Some(Setback::Refused { code, .. }), _) => {
            return Err(needs_person(credential, &format!("The provider rejected it: {code}.")));
        }
        (Some(Setback::Revoked { .. }), _) => return Err(needs_person(credential, "It was revoked.")),
        (None, None) => vec!["It has not been tested yet.".to_owned()],
        (None, Some(_)) => Vec::new(),
    };
    let setup = &credential.setup;
    let sent = Caller { provider, setup, tokens: None }.sent(None)?;
    let signs_as: Option<Result<_, Problem>> = provider.signature.as_ref().map(|by| {
        let id = provider.fill(&by.access_key, &setup.variables)?;
        let session = by.session_token.as_ref().and_then(|name| setup.secrets.get(name)).cloned();
        Ok(SigningKey { id, session })
    });
    let signs_as = signs_as.transpose()?;
    Ok(Token { access: AccessToken::from(key.clone()), sent, signs_as, expires_at: None, is_end_unknown: false, notes })
}
