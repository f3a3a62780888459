//! Taking the tokens back at the provider (RFC 7009 or its own way).

use super::token::LOCK_WAIT;
use crate::engine::audit::{Action, Note, about};
use crate::engine::blocking::blocking;
use crate::engine::session::Session;
use crate::model::change::Change;
use crate::model::credential::{CredentialId, Tokens};
use crate::oauth::revocation::{self, AccessToken};
use crate::problem::{Kind, Problem};

/// Revokes the refresh token and the access token at the provider, then records it. A token that is already dead counts
/// as revoked. Gives what is left: "The access token may still work until 2026-11-25 21:24 UTC."
///
/// # Errors
/// Usage when the provider offers no revocation, NotFound, NeedsAuthentication without tokens, Temporary, Storage.
pub async fn revoke(session: &Session, id: CredentialId) -> Result<Option<String>, Problem> {
    let note = {
        let session = session.clone();
        blocking(move || Note::begin(&session.workspace, Action::Revoke, Some(about(&session, id)))).await?
    };
    let result = take_back(session, id).await;
    blocking(move || note.end(result)).await
}

async fn take_back(session: &Session, id: CredentialId) -> Result<Option<String>, Problem> {
    let credential = {
        let session = session.clone();
        blocking(move || session.credential(id)).await?
    };
    let provider = session.provider(&credential)?;
    if credential.is_typed_in() {
        return Err(Problem::new(Kind::Usage, format!("\"{}\" cannot be revoked from here.", credential.name))
            .why("It is a key, token or password, which only the provider can revoke.")
            .try_this("Revoke it in the provider's console, then delete or rotate the credential."));
    }
    let nothing = || {
        Problem::new(Kind::NeedsAuthentication, format!("\"{}\" has no tokens to revoke.", credential.name))
            .why("It was never authenticated.")
    };
    let tokens = credential.tokens.as_ref().ok_or_else(nothing)?;
    let endpoints = credential.endpoints.as_ref().ok_or_else(nothing)?;
    if endpoints.revocation.is_none() {
        return Err(Problem::new(
            Kind::Usage,
            format!("{} does not support revoking tokens from here.", provider.name),
        )
        .try_this("Remove the app's access in the provider's own settings; then delete the credential."));
    }
    let (tokens, endpoints) = (tokens.clone(), endpoints.clone());
    let leasing = session.clone();
    let (mut lease, job, credential) = blocking(move || {
        let lease = leasing.lease(&credential, LOCK_WAIT, &mut || ())?;
        let job = leasing.workspace.supervisor.begin("revoking", credential.name.as_str())?;
        Ok((lease, job, credential))
    })
    .await?;
    let session = session.clone();
    job.run(move |permit| async move {
        let (provider, http) = (session.provider(&credential)?, session.http(&credential)?);
        let now = session.workspace.clock.now();
        let access = revocation::revoke(&permit, &http, provider, &endpoints, &credential.setup, &tokens, now).await?;
        let left = left(&access, &tokens);
        blocking(move || {
            session.store.commit(Change::Revoked { id }.into())?;
            // Whatever answer was lost, its tokens are dead now.
            lease.clear();
            Ok(left)
        })
        .await
    })
    .await
}

/// What may still work, for a person.
fn left(access: &AccessToken, tokens: &Tokens) -> Option<String> {
    let until = match tokens.expires_at {
        Some(end) => format!("until {}", end.strftime("%Y-%m-%d %H:%M UTC")),
        None => "until the provider ends it".to_owned(),
    };
    match access {
        AccessToken::Ended => None,
        AccessToken::NotAsked => Some(format!("The access token may still work {until}.")),
        AccessToken::Refused(why) => Some(format!("The access token may still work {until}. {why}")),
    }
}
