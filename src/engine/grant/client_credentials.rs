//! The client credentials grant: one token request, no user, no browser (RFC 6749 section 4.4).

use std::collections::BTreeMap;

use super::attempt::Attempt;
use super::exchange::LeasedJob;
use super::flow::{Grant, Renewal};
use super::new_tokens::NewTokens;
use super::progress::{Authenticated, Progress};
use crate::model::credential::{Endpoints, GrantType};
use crate::oauth::permit::MustFinish;
use crate::oauth::token::{self, RefreshedTokens, TokenError};
use crate::problem::Problem;

pub(super) struct ClientCredentials;

impl Grant for ClientCredentials {
    const GRANT_TYPE: GrantType = GrantType::ClientCredentials;
    type Consent = ();

    async fn begin(attempt: &mut Attempt, _: &Endpoints) -> Result<(), Problem> {
        attempt.report(Progress::Exchanging).await;
        Ok(())
    }

    async fn finish(attempt: &mut Attempt, endpoints: Endpoints, (): ()) -> Result<Authenticated, Problem> {
        let owned = LeasedJob::take(attempt).await?;
        owned
            .run(|_permit, exchange| async move {
                let (session, credential) = (exchange.session(), exchange.credential());
                let (provider, http) = (session.provider(credential)?, session.http(credential)?);
                let (setup, now) = (&credential.setup, session.workspace.clock.now());
                let asked = token::client_credentials(&http, provider, &endpoints, setup, &BTreeMap::new(), now).await;
                let tokens = match asked {
                    Ok(tokens) => tokens,
                    Err(error) => return Err(exchange.refused(error).await),
                };
                exchange.keep(NewTokens::new(tokens, endpoints, "by client credentials")).await
            })
            .await
    }

    /// The client authenticates with its own secret instead of a refresh token (RFC 6749 section 4.4.3).
    async fn renew(_: &MustFinish, with: &Renewal<'_>) -> Result<RefreshedTokens, TokenError> {
        let &Renewal { http, provider, endpoints, setup, of, now } = with;
        let tokens = token::client_credentials(http, provider, endpoints, setup, &of.tokens.captured, now).await?;
        Ok(RefreshedTokens { tokens, beside: Vec::new() })
    }
}
