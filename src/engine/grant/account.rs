//! The right account: who consented is asked for, bound to the credential, and not replaced by somebody else unasked.

use std::time::Duration;

use tokio::time::timeout;

use super::new_tokens::NewTokens;
use super::options::Options;
use crate::engine::session::Session;
use crate::model::credential::{Account, Credential, Endpoints, Tokens};
use crate::oauth::userinfo;
use crate::problem::{Kind, NextStep, Problem};

/// New tokens wait this long at most for a name: they are worth more than it.
const DEADLINE: Duration = Duration::from_secs(10);

/// Asks who consented, where the credential belongs to somebody already; before anything is replaced.
///
/// # Errors
/// OtherAccount for another account than the one it belongs to, and where the provider does not say whose consent it is,
/// unless that is wanted: a check that cannot be made has not passed.
pub(super) async fn check(
    session: &Session,
    credential: &Credential,
    new: &NewTokens,
    options: &Options,
) -> Result<Option<Account>, Problem> {
    let Some(bound) = &credential.account else { return Ok(None) };
    let account = asked(session, credential, &new.endpoints, &new.tokens).await.or_else(|| new.account.clone());
    match account {
        Some(account) if account.subject != bound.subject && !options.leave.other_account => {
            Err(other(&account, bound, credential))
        }
        None if !options.leave.other_account => Err(unverified(bound, credential)),
        account => Ok(account),
    }
}

/// What to say of a first sign-in that binds the credential to no account.
pub(super) fn unbound_note(before: &Credential, account: Option<&Account>) -> Option<String> {
    let is_first = before.tokens.is_none() && before.account.is_none() && account.is_none();
    is_first.then(|| {
        "The provider does not say who signed in, so the next sign-in cannot be checked for the same account."
            .to_owned()
    })
}

/// Whether nobody has said yet whose the credential is, and the provider can be asked.
pub(super) fn is_unknown(credential: &Credential) -> bool {
    credential.account.is_none() && credential.endpoints.as_ref().is_some_and(|known| known.userinfo.is_some())
}

/// Who consented to the tokens of `credential`; `None` where the provider does not say in time.
pub(super) async fn ask(session: &Session, credential: &Credential) -> Option<Account> {
    asked(session, credential, credential.endpoints.as_ref()?, credential.tokens.as_ref()?).await
}

async fn asked(session: &Session, credential: &Credential, endpoints: &Endpoints, tokens: &Tokens) -> Option<Account> {
    let url = endpoints.userinfo.as_ref()?;
    let http = session.http(credential).ok()?;
    timeout(DEADLINE, userinfo::account(&http, url, tokens)).await.ok().flatten()
}

fn unverified(bound: &Account, credential: &Credential) -> Problem {
    Problem::new(Kind::OtherAccount, format!("The provider does not say whether {} signed in.", bound.label))
        .why("The account could not be checked. Nothing was changed, and the new tokens were not kept.")
        .try_this("Try again later. If you are sure that it was the right account, accept it.")
        .step(NextStep::AcceptOtherAccount { name: credential.name.to_string() })
}

fn other(found: &Account, bound: &Account, credential: &Credential) -> Problem {
    Problem::new(
        Kind::OtherAccount,
        format!("{} signed in, but this credential belongs to {}.", found.label, bound.label),
    )
    .why("The browser was signed in with another account. Nothing was changed, and the new tokens were not kept.")
    .try_this("Sign out there, or use a private window, and authenticate again; or accept the other account.")
    .step(NextStep::AcceptOtherAccount { name: credential.name.to_string() })
}
