//! Taking the tokens back at the provider (RFC 7009 or its own way).

use super::Session;
use crate::credential::CredentialId;
use crate::problem::Problem;

/// Revokes the refresh token (and so its access tokens) at the provider, then records it. Best effort on a dead token.
///
/// # Errors
/// Usage when the provider offers no revocation, NotFound, Temporary, Storage.
pub async fn revoke(_session: &Session, _id: CredentialId) -> Result<(), Problem> {
    Err(Problem::internal("skeleton"))
}
