//! The right account: who consented is asked for, bound to the credential, and not replaced by somebody else unasked.

use std::time::Duration;

use tokio::time::timeout;

use super::{Grant, Options};
use crate::engine::Session;
use crate::engine::ops::token::{blocking, http};
use crate::model::change::Change;
use crate::model::credential::{Account, Credential, Endpoints, Tokens};
use crate::oauth::userinfo;
use crate::problem::{Kind, Problem};

/// New tokens wait this long at most for a name: they are worth more than it.
const DEADLINE: Duration = Duration::from_secs(10);

/// Asks who consented, where the credential belongs to somebody already; before anything is replaced.
///
/// # Errors
/// OtherAccount for another account than the one it belongs to, unless that is wanted.
pub(super) async fn check(
    session: &Session,
    credential: &Credential,
    grant: &Grant,
    options: &Options,
) -> Result<Option<Account>, Problem> {
    let Some(bound) = &credential.account else { return Ok(None) };
    let account = ask(session, &grant.endpoints, &grant.tokens).await;
    match account {
        Some(account) if account.subject != bound.subject && !options.leave.other_account => {
            Err(other(&account, bound))
        }
        account => Ok(account),
    }
}

/// Binds the account, once the tokens are saved. It is asked for here where [`check`] had no reason to.
pub(super) async fn bind(session: &Session, credential: &Credential, account: Option<Account>) {
    // Nothing new is no reason for a save; and a name that cannot be saved is no reason to fail.
    if let Some(account) = account.filter(|account| credential.account.as_ref() != Some(account)) {
        let (vault, id) = (session.vault.clone(), credential.id);
        let _ = blocking(move || vault.commit(Change::Bound { id, account }).map(|_| ())).await;
    }
}

/// Who consented; `None` where the provider does not tell in time.
pub(super) async fn ask(session: &Session, endpoints: &Endpoints, tokens: &Tokens) -> Option<Account> {
    let url = endpoints.userinfo.as_ref()?;
    let http = http(session).ok()?;
    timeout(DEADLINE, userinfo::account(&http, url, tokens)).await.ok().flatten()
}

fn other(found: &Account, bound: &Account) -> Problem {
    Problem::new(Kind::OtherAccount, format!("{} signed in, and this credential is {}'s.", found.label, bound.label))
        .why("The browser was signed in with another account. Nothing was changed, and the new tokens were not kept.")
        .try_this(
            "Sign out there, or use a private window, and authenticate again; or say that the other account is wanted: \
             O on the screen, --other-account on the command line.",
        )
}
