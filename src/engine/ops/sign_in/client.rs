//! Client credentials: one token request, no person, no browser (RFC 6749 section 4.4).

use std::collections::BTreeMap;

use tokio::sync::mpsc;

use super::hosts::endpoints;
use super::{Grant, Options, Progress};
use crate::engine::Session;
use crate::engine::ops::token::http;
use crate::model::credential::Credential;
use crate::oauth::token::{self, TokenError};
use crate::problem::Problem;

pub(super) async fn run(
    session: &Session,
    credential: &Credential,
    options: &Options,
    progress: &mpsc::Sender<Progress>,
) -> Result<Grant, Problem> {
    let (provider, endpoints) = endpoints(session, credential, options)?;
    let setup = &credential.setup;
    let _ = progress.send(Progress::Exchanging).await;
    let now = session.workspace.clock.now();
    let http = http(session)?;
    let tokens = token::client_credentials(&http, provider, &endpoints, setup, &BTreeMap::new(), now)
        .await
        .map_err(TokenError::problem)?;
    Ok(Grant { tokens, endpoints, setup: None, notes: Vec::new(), by: "by client credentials" })
}
