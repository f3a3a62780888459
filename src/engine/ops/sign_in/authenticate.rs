//! Runs a sign-in: the flow the credential's provider knows, then one job from the code to the saved tokens.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::options::Options;
use super::progress::{Authenticated, Control, Progress};
use super::{client, device, flow, key};
use crate::catalog;
use crate::engine::audit::{Action, Note, SharedNote, about};
use crate::engine::ops::token::{LOCK_WAIT, blocking};
use crate::engine::session::Session;
use crate::model::change::Change;
use crate::model::credential::{Credential, CredentialId};
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
        Ok(credential) => sign_in(session, credential, &options, progress, control, &note).await,
        Err(problem) => Err(problem),
    };
    blocking(move || note.end(result)).await
}

async fn sign_in(
    session: &Session,
    credential: Credential,
    options: &Options,
    progress: mpsc::Sender<Progress>,
    control: mpsc::Receiver<Control>,
    note: &SharedNote,
) -> Result<Authenticated, Problem> {
    let (id, grant) = (credential.id, session.provider(&credential)?.grant);
    if grant.is_typed_in() {
        let outcome = key::run(session, credential, options, &progress, control).await;
        return match outcome {
            // What the provider refused is in the history already.
            Err(problem) if problem.kind != Kind::NeedsAuthentication => Err(noted(session, id, problem).await),
            outcome => outcome,
        };
    }
    let outcome = match grant {
        catalog::Grant::ClientCredentials => client::run(session, &credential, options, &progress, note).await,
        catalog::Grant::DeviceCode => device::run(session, &credential, options, &progress, control, note).await,
        _ if options.by_device => device::run(session, &credential, options, &progress, control, note).await,
        _ => flow::run(session, &credential, options, &progress, control, note).await,
    };
    match outcome {
        Ok(done) => Ok(done),
        Err(problem) => Err(noted(session, id, problem).await),
    }
}

/// Only the history: what the credential holds stays as it is, and the problem matters more than a note of it.
async fn noted(session: &Session, id: CredentialId, problem: Problem) -> Problem {
    let (store, code) = (Arc::clone(&session.store), problem.what.clone());
    let _ = blocking(move || Ok(store.commit(Change::AuthenticationFailed { id, code }.into())?)).await;
    problem
}
