//! A fresh access token: the stored one while it lasts, else one refresh, saved before it is handed out.

use jiff::{SignedDuration, Timestamp};

use super::Session;
use crate::credential::CredentialId;
use crate::problem::Problem;
use crate::secret::AccessToken;

/// What is asked.
#[derive(Clone, Copy, Debug)]
pub struct Request {
    /// Least remaining life.
    pub min_ttl: SignedDuration,
    /// Refresh even if the stored one would do.
    pub force: bool,
}

impl Default for Request {
    fn default() -> Self {
        Self { min_ttl: SignedDuration::from_secs(60), force: false }
    }
}

/// A token that works.
#[derive(Clone, Debug)]
pub struct Token {
    /// The token.
    pub access: AccessToken,
    /// Header name, usually `Authorization`.
    pub header: String,
    /// Header value with `{access_token}` where the token goes: `Zoho-oauthtoken {access_token}`.
    pub template: String,
    /// End of its life, where known.
    pub expires_at: Option<Timestamp>,
}

/// Gives a token that is good for `min_ttl`.
///
/// # Errors
/// NotFound, NeedsAuthentication, Temporary, Storage.
pub async fn access_token(_session: &Session, _id: CredentialId, _request: Request) -> Result<Token, Problem> {
    Err(Problem::internal("skeleton"))
}
