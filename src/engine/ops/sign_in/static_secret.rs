//! Authenticates a typed-in key, token or password, by the provider's test call if there is one.

use std::sync::Arc;

use crate::engine::blocking::blocking;
use crate::engine::grant::{Attempt, Authenticated, Options, Progress, canceled, duration};
use crate::engine::ops::token::LOCK_WAIT;
use crate::engine::ops::verify::{ask, ready};
use crate::model::change::Change;
use crate::model::credential::ProvenBy;
use crate::problem::{Kind, Problem};

/// Signs in. Can be canceled at any time, since a test spends nothing.
pub(super) async fn sign_in(mut attempt: Attempt) -> Result<Authenticated, Problem> {
    let (session, credential) = (attempt.session.clone(), attempt.credential.clone());
    let (id, leasing) = (credential.id, session.clone());
    // One test at a time, so that verdicts do not contradict each other; a rotation waits for it.
    let (_lease, credential) = blocking(move || {
        let lease = leasing.lease(&credential, LOCK_WAIT, &mut || ())?;
        Ok((lease, leasing.credential(id)?))
    })
    .await?;
    let done = |note: String| Authenticated {
        id,
        missing_scopes: Vec::new(),
        notes: vec![note],
        step: None,
        expires_at: None,
    };
    let Some(ready) = ready(&session, credential, attempt.options.overrides.new_host)? else {
        let store = Arc::clone(&session.store);
        let change = Change::Proven { id, by: ProvenBy::Person, host: None, tested: None };
        blocking(move || Ok(store.commit(change.into())?)).await?;
        return Ok(done("The catalog has no test call for it, so it is accepted without a test.".to_owned()));
    };
    let (progress, options) = (attempt.progress.clone(), attempt.options.clone());
    let asking = async |asked: &str| {
        // A closed receiver is not an error.
        let _ = progress.send(Progress::Testing(asked.to_owned())).await;
    };
    tokio::select! {
        biased;
        () = attempt.until_canceled() => Err(canceled()),
        tested = ask(&session, ready, asking) => tested.map(|tested| done(tested.in_words())),
        () = tokio::time::sleep(options.deadline) => Err(timed_out(&options)),
    }
}

fn timed_out(options: &Options) -> Problem {
    Problem::new(Kind::Temporary, format!("The test call received no response within {}.", duration(options.deadline)))
        .why("Nothing was changed.")
        .try_this("Check the network, then try again.")
}
