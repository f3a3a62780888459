//! Reads pages with a valid token, which is refreshed before it expires, and once more if an API rejects it.

use jiff::SignedDuration;
use tokio::sync::watch;
use url::Url;

use super::plan::Plan;
use super::refused;
use crate::api::call::ApiCaller;
use crate::api::page::{Page, PageCursor, RedactedRequest, Refusal, RefusalClass};
use crate::catalog::ApiClass;
use crate::engine::blocking::blocking;
use crate::engine::ops::token::{self, Request};
use crate::engine::session::Session;
use crate::model::credential::{Credential, CredentialId};
use crate::problem::{Kind, Problem};

/// A token that expires within this time is renewed before the next page is requested.
pub(super) const MARGIN: SignedDuration = SignedDuration::from_secs(60);

/// Reads the pages of one record type.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    session: &'a Session,
    plan: Plan<'a>,
    credential: CredentialId,
    at_most: Option<u32>,
    /// Whether a token was renewed because the API rejected it, and no page was read since.
    renewed: bool,
    /// Cancels a pending page; a refresh is finished first, since its response must be saved.
    cancel: watch::Receiver<bool>,
}

/// A failed request for a page: whether to retry it, and what it means for the other record types.
#[derive(Clone, Debug)]
pub(super) struct PageError {
    pub(super) problem: Problem,
    /// Whether a retry may succeed.
    pub(super) later: Retry,
    /// What the failure means for other record types.
    pub(super) what: StopKind,
}

/// Whether a failed request may be retried.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Retry {
    /// The user has to act first.
    Never,
    Soon,
    /// After this many seconds, according to the provider.
    After(u64),
}

impl From<Option<u64>> for Retry {
    fn from(wait: Option<u64>) -> Self {
        wait.map_or(Self::Soon, Self::After)
    }
}

/// What the failure means for other record types.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum StopKind {
    Plain,
    /// The account has no such records; other record types may work.
    Unavailable,
    /// Too many records are missing: the result is not published without confirmation.
    Withheld,
    Canceled,
}

impl From<Problem> for PageError {
    fn from(problem: Problem) -> Self {
        Self { problem, later: Retry::Never, what: StopKind::Plain }
    }
}

impl<'a> Reader<'a> {
    pub(super) fn new(
        session: &'a Session,
        plan: Plan<'a>,
        credential: CredentialId,
        at_most: Option<u32>,
        cancel: watch::Receiver<bool>,
    ) -> Result<Self, Problem> {
        // Checked before anything is written.
        session.workspace.http.check_proxy()?;
        Ok(Self { session, plan, credential, at_most, renewed: false, cancel })
    }

    pub(super) fn plan(&self) -> &Plan<'a> {
        &self.plan
    }

    /// The request for a page, with secrets masked, to show to the user.
    pub(super) async fn shown(&self, mark: &PageCursor) -> Result<RedactedRequest, Problem> {
        let credential = self.credential().await?;
        let caller = self.caller(&credential);
        caller.shown(self.plan.wanted(self.at_most), &self.url(mark)?)
    }

    /// The credential with a valid token for the next page: the stored one, or a refreshed one.
    ///
    /// # Errors
    /// As [`token::access_token`].
    pub(super) async fn token(&self) -> Result<Credential, Problem> {
        let credential = self.credential().await?;
        if credential.is_static_secret() {
            return Ok(credential);
        }
        let now = self.session.workspace.clock.now();
        let fresh =
            |tokens: &crate::model::credential::Tokens| tokens.received_at <= now && tokens.is_fresh(now, MARGIN);
        if credential.setback.is_none() && credential.tokens.as_ref().is_some_and(fresh) {
            return Ok(credential);
        }
        token::access_token(self.session, self.credential, Request { min_ttl: MARGIN, ..Request::default() }).await?;
        self.credential().await
    }

    /// Reads the page at `mark`. If the API rejects the token, renews it once and requests the page again.
    ///
    /// # Errors
    /// Why there is no page, and whether a retry may succeed.
    pub(super) async fn page(&mut self, mark: &PageCursor) -> Result<Page, PageError> {
        let stored = self.credential().await?;
        let mut credential = self.token().await.map_err(later)?;
        // The token was refreshed for this very page, so another refresh would not help.
        self.renewed |= is_another(&stored, &credential);
        loop {
            let refusal = match self.ask(&credential, mark).await? {
                Ok(page) => {
                    self.renewed = false;
                    return Ok(page);
                }
                Err(refusal) => refusal,
            };
            let is_token = refusal.class == RefusalClass::Said(ApiClass::Token);
            let may_renew = is_token && !self.renewed;
            self.renewed |= is_token;
            let renewed =
                if may_renew { token::in_place_of(self.session, &credential).await.map_err(later)? } else { None };
            let Some(renewed) = renewed else { return Err(self.stop(&refusal, &credential, mark)) };
            credential = renewed;
        }
    }

    async fn ask(&self, credential: &Credential, mark: &PageCursor) -> Result<Result<Page, Refusal>, PageError> {
        let (http, caller) = (self.session.http(credential)?, self.caller(credential));
        let url = self.url(mark)?;
        let located = self.session.workspace.catalog.origin().ask_at(&url)?;
        let wanted = self.plan.wanted(self.at_most);
        let now = self.session.workspace.clock.now();
        let mut cancel = self.cancel.clone();
        let response = tokio::select! {
            response = caller.page(&http, wanted, &located, now) => response,
            _ = cancel.wait_for(|canceled| *canceled) => return Err(canceled()),
        };
        let response = response.map_err(|failure| {
            // A response that is too long will be too long again; a network failure may be temporary.
            let may_recover = failure.problem.kind == Kind::Temporary && !failure.too_long;
            PageError {
                problem: failure.problem,
                later: if may_recover { Retry::Soon } else { Retry::Never },
                what: StopKind::Plain,
            }
        })?;
        Ok(wanted.read(&response, &url, mark))
    }

    fn stop(&self, refusal: &Refusal, credential: &Credential, mark: &PageCursor) -> PageError {
        let caller = self.caller(credential);
        let asked = self.url(mark).map_or_else(|_| String::new(), |url| caller.line(&url));
        let problem = refused::problem(refusal, &self.plan, credential, &asked);
        let waits = matches!(refusal.class, RefusalClass::Unclear | RefusalClass::Said(ApiClass::Throttled));
        let unavailable = refusal.class == RefusalClass::Said(ApiClass::Unavailable);
        let what = if unavailable { StopKind::Unavailable } else { StopKind::Plain };
        PageError { problem, later: if waits { refusal.wait.into() } else { Retry::Never }, what }
    }

    fn url(&self, mark: &PageCursor) -> Result<Url, Problem> {
        ApiCaller::page_url(self.plan.wanted(self.at_most), mark)
    }

    fn caller<'b>(&'b self, credential: &'b Credential) -> ApiCaller<'b> {
        ApiCaller { provider: self.plan.provider, setup: &credential.setup, tokens: credential.tokens.as_ref() }
    }

    /// Reads the credential from the vault again: it may have been deleted or authenticated meanwhile.
    async fn credential(&self) -> Result<Credential, Problem> {
        let (session, id) = (self.session.clone(), self.credential);
        blocking(move || session.credential(id)).await
    }
}

/// Whether the tokens were renewed in between.
fn is_another(before: &Credential, after: &Credential) -> bool {
    let received = |credential: &Credential| credential.tokens.as_ref().map(|tokens| tokens.received_at);
    received(before) != received(after)
}

pub(super) fn canceled() -> PageError {
    let problem =
        Problem::new(Kind::Temporary, "It was canceled.").try_this("Run it again to resume where it stopped.");
    PageError { problem, later: Retry::Never, what: StopKind::Canceled }
}

/// A failed token request may be retried if its problem is temporary.
fn later(problem: Problem) -> PageError {
    let later = if problem.kind == Kind::Temporary { Retry::Soon } else { Retry::Never };
    PageError { problem, later, what: StopKind::Plain }
}
