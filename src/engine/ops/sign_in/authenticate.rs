//! Runs a sign-in: the flow of the provider's grant, then one job from the code to the saved tokens.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::static_secret;
use crate::engine::audit::{Action, PendingEntry, SharedEntry, about};
use crate::engine::blocking::blocking;
use crate::engine::grant::{self, Attempt, Authenticated, Control, Options, Progress};
use crate::engine::ops::token::LOCK_WAIT;
use crate::engine::session::Session;
use crate::model::change::Change;
use crate::model::credential::CredentialId;
use crate::problem::{Kind, Problem};
use crate::store::Wait;

/// Signs in. The credential does not change until the new tokens have arrived. Once they were requested, the rest runs
/// to its end even if the returned future is dropped.
///
/// # Errors
/// `Kind::NeedsAuthentication` (declined, timed out, canceled, code expired), `Kind::Usage` (client, domain),
/// `Kind::Temporary`, `Kind::Storage`, `Kind::Refused`.
pub async fn authenticate(
    session: &Session,
    id: CredentialId,
    options: Options,
    progress: mpsc::Sender<Progress>,
    control: mpsc::Receiver<Control>,
) -> Result<Authenticated, Problem> {
    let (note, credential) = {
        let session = session.clone();
        blocking(move || {
            let note = PendingEntry::begin(&session.workspace, Action::Authenticate, Some(about(&session, id)))?;
            // Detects a vault that cannot be written before the user is sent to the browser.
            let credential = session
                .store
                .check_can_save(Wait { longest: LOCK_WAIT, noticed: &mut || () })
                .map_err(Problem::from)
                .and_then(|()| session.credential(id));
            Ok((SharedEntry::of(note), credential))
        })
        .await?
    };
    let result = match credential {
        Ok(credential) => {
            let session = session.clone();
            // Boxed: otherwise every caller's future would contain the states of all grants.
            Box::pin(sign_in(Attempt { session, credential, options, progress, control, note: note.clone() })).await
        }
        Err(problem) => Err(problem),
    };
    blocking(move || note.end(result)).await
}

async fn sign_in(attempt: Attempt) -> Result<Authenticated, Problem> {
    let grant = attempt.session.provider(&attempt.credential)?.grant;
    let (session, id) = (attempt.session.clone(), attempt.credential.id);
    let outcome = if grant.is_static_secret() {
        static_secret::sign_in(attempt).await
    } else {
        grant::sign_in(grant, attempt).await
    };
    match outcome {
        // A provider's rejection of a key is already in the history.
        Err(problem) if !(grant.is_static_secret() && problem.kind == Kind::NeedsAuthentication) => {
            Err(record_failure(&session, id, problem).await)
        }
        outcome => outcome,
    }
}

/// Adds a failed sign-in to the history. If that fails too, the error is ignored: the problem itself matters more.
async fn record_failure(session: &Session, id: CredentialId, problem: Problem) -> Problem {
    let (store, code) = (Arc::clone(&session.store), problem.what.clone());
    let _ = blocking(move || Ok(store.commit(Change::AuthenticationFailed { id, code }.into())?)).await;
    problem
}
