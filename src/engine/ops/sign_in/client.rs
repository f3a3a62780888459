//! Client credentials: one token request, no person, no browser (RFC 6749 section 4.4).

use std::collections::BTreeMap;

use tokio::sync::mpsc;

use super::complete::Owned;
use super::grant::Grant;
use super::hosts::endpoints;
use super::options::Options;
use super::progress::{Authenticated, Progress};
use crate::engine::audit::SharedNote;
use crate::engine::ops::token::http;
use crate::engine::session::Session;
use crate::model::credential::Credential;
use crate::oauth::token::{self, TokenError};
use crate::problem::Problem;

pub(super) async fn run(
    session: &Session,
    credential: &Credential,
    options: &Options,
    progress: &mpsc::Sender<Progress>,
    note: &SharedNote,
) -> Result<Authenticated, Problem> {
    let (_, endpoints) = endpoints(session, credential, options)?;
    let _ = progress.send(Progress::Exchanging).await;
    let owned = Owned::take(session, credential, options, progress, note).await?;
    owned
        .run(|_permit, exchange| async move {
            let (session, credential) = (exchange.session(), exchange.credential());
            let (provider, http) = (session.provider(credential)?, http(session)?);
            let (setup, now) = (&credential.setup, session.workspace.clock.now());
            let tokens = token::client_credentials(&http, provider, &endpoints, setup, &BTreeMap::new(), now)
                .await
                .map_err(TokenError::problem)?;
            let (moved, by) = (BTreeMap::new(), "by client credentials");
            exchange.keep(Grant { tokens, endpoints, moved, notes: Vec::new(), by }).await
        })
        .await
}
