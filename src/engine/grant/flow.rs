//! What a grant implements.

use jiff::Timestamp;

use super::attempt::Attempt;
use super::progress::Authenticated;
use crate::catalog::Provider;
use crate::model::credential::{Endpoints, GrantType, Setup, Tokens};
use crate::oauth::http::Http;
use crate::oauth::permit::MustFinish;
use crate::oauth::token::{self, TokenError};
use crate::problem::Problem;

/// One grant (RFC 6749 section 1.3): consent, tokens, and the next access token.
pub(super) trait Flow {
    const GRANT_TYPE: GrantType;
    /// What consent left to be spent.
    type Consent;

    /// Up to the person's consent. Spends nothing, and may be dropped at any time.
    ///
    /// # Errors
    /// `NeedsAuthentication` when the person cancels, rejects or does not come; Usage; Temporary.
    async fn begin(attempt: &mut Attempt, endpoints: &Endpoints) -> Result<Self::Consent, Problem>;

    /// From consent to saved tokens. What it spends, it spends in a job of the supervisor.
    ///
    /// # Errors
    /// Those of the token endpoint; Storage.
    async fn finish(
        attempt: &mut Attempt,
        endpoints: Endpoints,
        consent: Self::Consent,
    ) -> Result<Authenticated, Problem>;

    /// The next access token, with nobody there: by the refresh token (RFC 6749 section 6), unless the grant has
    /// another way.
    ///
    /// # Errors
    /// See [`TokenError`].
    fn renew(permit: &MustFinish, with: &Renewal<'_>) -> impl Future<Output = Result<Tokens, TokenError>> + Send {
        token::refresh(permit, with.http, with.provider, with.endpoints, with.setup, with.tokens, with.now)
    }
}

/// What a renewal asks with.
#[derive(Debug)]
pub(in crate::engine) struct Renewal<'a> {
    pub(in crate::engine) http: &'a Http,
    pub(in crate::engine) provider: &'a Provider,
    pub(in crate::engine) endpoints: &'a Endpoints,
    pub(in crate::engine) setup: &'a Setup,
    pub(in crate::engine) tokens: &'a Tokens,
    pub(in crate::engine) now: Timestamp,
}
