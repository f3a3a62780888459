//! The trait that each grant type implements.

use jiff::Timestamp;

use super::attempt::Attempt;
use super::progress::Authenticated;
use crate::catalog::Provider;
use crate::model::credential::{Endpoints, GrantType, Setup};
use crate::oauth::http::Http;
use crate::oauth::permit::MustFinish;
use crate::oauth::token::{self, RefreshRequest, RefreshedTokens, TokenError};
use crate::problem::Problem;

/// One grant type (RFC 6749 section 1.3): consent, tokens, and further access tokens.
pub(super) trait Grant {
    const GRANT_TYPE: GrantType;
    /// The result of `begin`, which `finish` spends.
    type Consent;

    /// Obtains the user's consent. Spends nothing, and may be dropped at any time.
    ///
    /// # Errors
    /// `Kind::NeedsAuthentication` if the user cancels, declines or does not respond; `Kind::Usage`; `Kind::Temporary`.
    async fn begin(attempt: &mut Attempt, endpoints: &Endpoints) -> Result<Self::Consent, Problem>;

    /// Turns the consent into saved tokens, in a job of the supervisor.
    ///
    /// # Errors
    /// Those of the token endpoint; `Kind::Storage`.
    async fn finish(
        attempt: &mut Attempt,
        endpoints: Endpoints,
        consent: Self::Consent,
    ) -> Result<Authenticated, Problem>;

    /// Requests the next access token without the user: with the refresh token (RFC 6749 section 6), unless the grant
    /// works differently.
    ///
    /// # Errors
    /// See [`TokenError`].
    fn renew(
        permit: &MustFinish,
        with: &Renewal<'_>,
    ) -> impl Future<Output = Result<RefreshedTokens, TokenError>> + Send {
        token::refresh(permit, with.http, with.provider, with.endpoints, with.setup, with.of, with.now)
    }
}

/// The inputs of a renewal.
#[derive(Debug)]
pub(in crate::engine) struct Renewal<'a> {
    pub(in crate::engine) http: &'a Http,
    pub(in crate::engine) provider: &'a Provider,
    pub(in crate::engine) endpoints: &'a Endpoints,
    pub(in crate::engine) setup: &'a Setup,
    pub(in crate::engine) of: RefreshRequest<'a>,
    pub(in crate::engine) now: Timestamp,
}
