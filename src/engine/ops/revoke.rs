//! Revokes tokens at the provider (RFC 7009, or the provider's own way).

use std::sync::Arc;

use super::token::LOCK_WAIT;
use crate::engine::audit::{Action, PendingEntry, about};
use crate::engine::blocking::blocking;
use crate::engine::session::Session;
use crate::model::change::Change;
use crate::model::credential::{AuthFailure, Credential, CredentialId, TokenKind, Tokens};
use crate::oauth::revocation::{self, AccessTokenOutcome};
use crate::problem::{Kind, Problem};

/// Revokes the refresh token and the access token of each set at the provider, and records it. A token that is already
/// dead counts as revoked. Returns what may still work: "The access token may still work until 2026-11-25 21:24 UTC."
/// `waiting` is called once if the wait for another process gets long.
///
/// # Errors
/// `Kind::Usage` if the provider has no revocation, `Kind::NotFound`, `Kind::NeedsAuthentication` without tokens,
/// `Kind::Temporary`, `Kind::Storage`.
pub async fn revoke(
    session: &Session,
    id: CredentialId,
    waiting: impl FnMut() + Send + 'static,
) -> Result<Option<String>, Problem> {
    let note = {
        let session = session.clone();
        blocking(move || PendingEntry::begin(&session.workspace, Action::Revoke, Some(about(&session, id)))).await?
    };
    let result = revoke_all(session, id, waiting).await;
    blocking(move || note.end(result)).await
}

async fn revoke_all(
    session: &Session,
    id: CredentialId,
    mut waiting: impl FnMut() + Send + 'static,
) -> Result<Option<String>, Problem> {
    let credential = {
        let session = session.clone();
        blocking(move || session.credential(id)).await?
    };
    let provider = session.provider(&credential)?;
    if credential.is_static_secret() {
        return Err(Problem::new(Kind::Usage, format!("\"{}\" cannot be revoked from here.", credential.name))
            .why("It is a key, token or password, which only the provider can revoke.")
            .try_this("Revoke it in the provider's console, then delete or rotate the credential."));
    }
    let nothing = || never_authenticated(&credential);
    let revocation =
        credential.endpoints.as_ref().filter(|_| credential.tokens.is_some()).map(|found| &found.revocation);
    if revocation.ok_or_else(nothing)?.is_none() {
        return Err(Problem::new(
            Kind::Usage,
            format!("{} does not support revoking tokens from here.", provider.name),
        )
        .try_this("Remove the app's access in the provider's own settings; then delete the credential."));
    }
    let leasing = session.clone();
    let (mut lease, job, credential) = blocking(move || {
        let lease = leasing.lease(&credential, LOCK_WAIT, &mut waiting)?;
        let job = leasing.workspace.supervisor.begin("revoking", credential.name.as_str())?;
        // Read again under the lease: another process may have refreshed the tokens meanwhile.
        Ok((lease, job, leasing.credential(id)?))
    })
    .await?;
    let (Some(tokens), Some(endpoints)) = (credential.tokens.clone(), credential.endpoints.clone()) else {
        return Err(never_authenticated(&credential));
    };
    let all = sets_to_revoke(&credential, tokens);
    let session = session.clone();
    job.run(move |permit| async move {
        let (provider, http) = (session.provider(&credential)?, session.http(&credential)?);
        let (now, setup) = (session.workspace.clock.now(), &credential.setup);
        let mut remains = Vec::new();
        for (kind, tokens) in all {
            let access = revocation::revoke(&permit, &http, provider, &endpoints, setup, &tokens, now).await?;
            remains.extend(left(&access, &tokens, kind));
            let store = Arc::clone(&session.store);
            blocking(move || Ok(store.commit(Change::Revoked { id }.with_token_set(kind).into()).map(drop)?)).await?;
        }
        blocking(move || {
            // Even if a response was lost, its tokens are dead now.
            lease.clear_spending();
            Ok((!remains.is_empty()).then(|| remains.join(" ")))
        })
        .await
    })
    .await
}

/// The token sets that are not revoked yet. The main tokens come last: while they are valid, another attempt can revoke
/// the rest.
fn sets_to_revoke(credential: &Credential, tokens: Tokens) -> Vec<(Option<TokenKind>, Tokens)> {
    let sets =
        credential.token_sets.iter().filter(|(_, set)| !matches!(set.setback, Some(AuthFailure::Revoked { .. })));
    let sets = sets.map(|(kind, set)| (Some(*kind), set.tokens.clone()));
    sets.chain([(None, tokens)]).collect()
}

fn never_authenticated(credential: &Credential) -> Problem {
    Problem::new(Kind::NeedsAuthentication, format!("\"{}\" has no tokens to revoke.", credential.name))
        .why("It was never authenticated.")
}

/// A sentence for the user about what may still work.
fn left(access: &AccessTokenOutcome, tokens: &Tokens, kind: Option<TokenKind>) -> Option<String> {
    let token = kind.map_or_else(|| "access token".to_owned(), |kind| format!("{kind} access token"));
    let until = match tokens.expires_at {
        Some(end) => format!("until {}", end.strftime("%Y-%m-%d %H:%M UTC")),
        None => "until the provider ends it".to_owned(),
    };
    match access {
        AccessTokenOutcome::Ended => None,
        AccessTokenOutcome::NotAsked => Some(format!("The {token} may still work {until}.")),
        AccessTokenOutcome::Refused(why) => Some(format!("The {token} may still work {until}. {why}")),
    }
}
