//! Checks which account consented, binds the credential to it, and refuses another account unless that is allowed.

use std::time::Duration;

use tokio::time::timeout;

use super::new_tokens::NewTokens;
use super::options::Options;
use crate::engine::session::Session;
use crate::model::credential::{Account, Credential, Endpoints, Tokens};
use crate::oauth::userinfo;
use crate::problem::{Kind, NextStep, Problem};

/// Timeout of the request. It is short, since the new tokens matter more than the name of the account.
const DEADLINE: Duration = Duration::from_secs(10);

/// Checks which account consented, if the credential is bound to one, before anything is replaced.
///
/// # Errors
/// `Kind::OtherAccount` if another account than the bound one consented, or if the provider does not say which one did
/// (a check that cannot be made has failed), unless another account is allowed.
pub(super) async fn check(
    session: &Session,
    credential: &Credential,
    new: &NewTokens,
    options: &Options,
) -> Result<Option<Account>, Problem> {
    let Some(bound) = &credential.account else { return Ok(None) };
    let account = ask_provider(session, credential, &new.endpoints, &new.tokens).await.or_else(|| new.account.clone());
    match account {
        Some(account) if account.subject != bound.subject && !options.overrides.other_account => {
            Err(other(&account, bound, credential))
        }
        None if !options.overrides.other_account => Err(unverified(bound, credential)),
        account => Ok(account),
    }
}

/// The note for a first sign-in that does not bind the credential to an account.
pub(super) fn unbound_note(before: &Credential, account: Option<&Account>) -> Option<String> {
    let is_first = before.tokens.is_none() && before.account.is_none() && account.is_none();
    is_first.then(|| {
        "The provider does not say who signed in, so the next sign-in cannot be checked for the same account."
            .to_owned()
    })
}

/// Whether no account is bound yet, and the provider can name it.
pub(super) fn is_unknown(credential: &Credential) -> bool {
    credential.account.is_none() && credential.endpoints.as_ref().is_some_and(|known| known.userinfo.is_some())
}

/// The account that consented to the tokens of `credential`; `None` if the provider does not say in time.
pub(super) async fn ask(session: &Session, credential: &Credential) -> Option<Account> {
    ask_provider(session, credential, credential.endpoints.as_ref()?, credential.tokens.as_ref()?).await
}

async fn ask_provider(
    session: &Session,
    credential: &Credential,
    endpoints: &Endpoints,
    tokens: &Tokens,
) -> Option<Account> {
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
