//! A key, token or password that was typed in: authenticated by the provider's harmless call, where there is one.

use std::sync::Arc;

use tokio::sync::mpsc;

use super::endings::{cancelled, timed_out_asking};
use super::options::Options;
use super::progress::{Authenticated, Control, Progress};
use crate::engine::ops::token::{LOCK_WAIT, blocking};
use crate::engine::ops::verify::{ask, ready};
use crate::engine::session::Session;
use crate::model::change::Change;
use crate::model::credential::{Credential, ProvenBy};
use crate::problem::Problem;

/// Cancel ends it at any time: nothing is spent by asking.
pub(super) async fn run(
    session: &Session,
    credential: Credential,
    options: &Options,
    progress: &mpsc::Sender<Progress>,
    control: mpsc::Receiver<Control>,
) -> Result<Authenticated, Problem> {
    let id = credential.id;
    let leasing = session.clone();
    // Two tests at once would tell two stories; a rotation waits for the verdict.
    let (_lease, credential) = blocking(move || {
        let lease = leasing.lease(&credential, LOCK_WAIT, &mut || ())?;
        Ok((lease, leasing.credential(id)?))
    })
    .await?;
    let done = |note: String| Authenticated { id, missing_scopes: Vec::new(), notes: vec![note], expires_at: None };
    let Some(ready) = ready(session, credential, options.leave.new_host)? else {
        let store = Arc::clone(&session.store);
        let change = Change::Proven { id, by: ProvenBy::Person, host: None, tested: None };
        blocking(move || Ok(store.commit(change.into())?)).await?;
        return Ok(done("The catalog knows no test call for it: it is taken as it is, not tested.".to_owned()));
    };
    let asking = async |asked: &str| {
        // Whether anybody watches is not the flow's concern.
        let _ = progress.send(Progress::Testing(asked.to_owned())).await;
    };
    tokio::select! {
        biased;
        () = until_cancelled(control) => Err(cancelled()),
        tested = ask(session, ready, asking) => tested.map(|tested| done(tested.in_words())),
        () = tokio::time::sleep(options.deadline) => Err(timed_out_asking(options)),
    }
}

/// Never, where nobody is left to cancel.
async fn until_cancelled(mut control: mpsc::Receiver<Control>) {
    while let Some(order) = control.recv().await {
        if matches!(order, Control::Cancel) {
            return;
        }
    }
    std::future::pending::<()>().await;
}
