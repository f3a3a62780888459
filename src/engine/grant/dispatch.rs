//! Chooses the flow for a grant type.

use super::attempt::Attempt;
use super::authorization_code::AuthorizationCode;
use super::client_credentials::ClientCredentials;
use super::device_code::DeviceCode;
use super::flow::{Grant, Renewal};
use super::progress::Authenticated;
use crate::model::credential::{Endpoints, GrantType};
use crate::oauth::permit::MustFinish;
use crate::oauth::token::{RefreshedTokens, TokenError};
use crate::problem::Problem;

/// Signs in with the grant of the credential's provider, or with a device code if the options ask for one.
///
/// # Errors
/// As [`Grant::begin`] and [`Grant::finish`]; `Kind::Usage` for a grant without a token request.
pub(in crate::engine) async fn sign_in(grant: GrantType, attempt: Attempt) -> Result<Authenticated, Problem> {
    // Boxed: the future of a flow is large, and would make every future that contains it large.
    match grant {
        GrantType::AuthorizationCode if attempt.options.by_device => Box::pin(run::<DeviceCode>(attempt)).await,
        GrantType::AuthorizationCode => Box::pin(run::<AuthorizationCode>(attempt)).await,
        GrantType::DeviceCode => Box::pin(run::<DeviceCode>(attempt)).await,
        GrantType::ClientCredentials => Box::pin(run::<ClientCredentials>(attempt)).await,
        GrantType::Bearer | GrantType::ApiKey | GrantType::Basic | GrantType::SignatureV4 => Err(no_request(grant)),
    }
}

/// Requests the next access token with the grant of `with.endpoints`.
///
/// # Errors
/// See [`TokenError`].
pub(in crate::engine) async fn renew(permit: &MustFinish, with: &Renewal<'_>) -> Result<RefreshedTokens, TokenError> {
    match with.endpoints.grant_type() {
        GrantType::AuthorizationCode => AuthorizationCode::renew(permit, with).await,
        GrantType::DeviceCode => DeviceCode::renew(permit, with).await,
        GrantType::ClientCredentials => ClientCredentials::renew(permit, with).await,
        grant @ (GrantType::Bearer | GrantType::ApiKey | GrantType::Basic | GrantType::SignatureV4) => {
            Err(no_request(grant).into())
        }
    }
}

async fn run<F: Grant>(mut attempt: Attempt) -> Result<Authenticated, Problem> {
    let endpoints = Endpoints { grant_type: Some(F::GRANT_TYPE), ..attempt.endpoints()? };
    let consent = F::begin(&mut attempt, &endpoints).await?;
    F::finish(&mut attempt, endpoints, consent).await
}

/// The problem of a typed-in secret, which is sent unchanged, without a token request.
fn no_request(grant: GrantType) -> Problem {
    Problem::internal(format!("The grant {} has no token request.", grant.code()))
}
