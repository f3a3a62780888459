//! Runs a sign-in: the flow the credential's provider knows, then one job from the code to the saved tokens.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::typed_in;
use crate::engine::audit::{Action, Note, SharedNote, about};
use crate::engine::blocking::blocking;
use crate::engine::grant::{self, Attempt, Authenticated, Control, Options, Progress};
use crate::engine::ops::token::LOCK_WAIT;
use crate::engine::session::Session;
use crate::model::change::Change;
use crate::model::credential::CredentialId;
use crate::problem::{Kind, Problem};
use crate::store::Wait;

/// Runs the whole flow. Nothing of the credential changes until the new tokens are in hand; once they are asked for, the
/// rest runs to its end even if the returned future is dropped.
///
/// # Errors
/// NeedsAuthentication (rejected, timed out, cancelled, code expired), Usage (client, domain), Temporary, Storage,
/// Refused.
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
            let note = Note::begin(&session.workspace, Action::Authenticate, Some(about(&session, id)))?;
            // A vault that cannot be written is found out before the person is sent to the browser.
            let credential = session
                .store
                .reserve(Wait { longest: LOCK_WAIT, noticed: &mut || () })
                .map_err(Problem::from)
                .and_then(|()| session.credential(id));
            Ok((SharedNote::of(note), credential))
        })
        .await?
    };
    let result = match credential {
        Ok(credential) => {
            let session = session.clone();
            // Boxed: anyone who awaits a sign-in would carry the states of every grant.
            Box::pin(sign_in(Attempt { session, credential, options, progress, control, note: note.clone() })).await
        }
        Err(problem) => Err(problem),
    };
    blocking(move || note.end(result)).await
}

async fn sign_in(attempt: Attempt) -> Result<Authenticated, Problem> {
    let grant = attempt.session.provider(&attempt.credential)?.grant;
    let (session, id) = (attempt.session.clone(), attempt.credential.id);
    let outcome =
        if grant.is_typed_in() { typed_in::sign_in(attempt).await } else { grant::sign_in(grant, attempt).await };
    match outcome {
        // What the provider refused of a key is in the history already.
        Err(problem) if !(grant.is_typed_in() && problem.kind == Kind::NeedsAuthentication) => {
            Err(noted(&session, id, problem).await)
        }
        outcome => outcome,
    }
}

/// Only the history: what the credential holds stays as it is, and the problem matters more than a note of it.
async fn noted(session: &Session, id: CredentialId, problem: Problem) -> Problem {
    let (store, code) = (Arc::clone(&session.store), problem.what.clone());
    let _ = blocking(move || Ok(store.commit(Change::AuthenticationFailed { id, code }.into())?)).await;
    problem
}
