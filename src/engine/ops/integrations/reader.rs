//! Reads pages with a token that works: refreshed ahead of its end, and once more when an API does not take it.

use jiff::SignedDuration;
use tokio::sync::watch;
use url::Url;

use super::plan::Plan;
use super::refused;
use crate::api::call::Caller;
use crate::api::page::{Mark, Page, Refusal, RefusalClass, Shown};
use crate::catalog::ApiClass;
use crate::engine::blocking::blocking;
use crate::engine::ops::token::{self, Request};
use crate::engine::session::Session;
use crate::model::credential::{Credential, CredentialId};
use crate::problem::{Kind, Problem};

/// A token that ends sooner is renewed before a page is asked for with it.
pub(super) const MARGIN: SignedDuration = SignedDuration::from_secs(60);

/// Reads the pages of one kind of record.
#[derive(Debug)]
pub(super) struct Reader<'a> {
    session: &'a Session,
    plan: Plan<'a>,
    credential: CredentialId,
    at_most: Option<u32>,
    /// A token was renewed because the API did not take it, and no page has come since.
    renewed: bool,
    /// Ends a page that is waited for; a refresh is finished first: its answer must be saved.
    cancel: watch::Receiver<bool>,
}

/// Why there is no page.
#[derive(Clone, Debug)]
pub(super) struct Stop {
    pub(super) problem: Problem,
    /// Whether the same request may work later.
    pub(super) later: Later,
    /// What it means beside.
    pub(super) what: What,
}

/// Whether a request that failed may work later.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Later {
    /// A person has to do something first.
    Never,
    Soon,
    /// After so many seconds, the provider says.
    After(u64),
}

impl From<Option<u64>> for Later {
    fn from(wait: Option<u64>) -> Self {
        wait.map_or(Self::Soon, Self::After)
    }
}

/// What the end of a page means for others.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum What {
    Plain,
    /// The provider says that the account has no such records: others may work.
    Unavailable,
    /// Too many records are gone: what was read is not published unasked.
    Withheld,
    Cancelled,
}

impl From<Problem> for Stop {
    fn from(problem: Problem) -> Self {
        Self { problem, later: Later::Never, what: What::Plain }
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
        // Before anything is written.
        session.workspace.http.check_proxy()?;
        Ok(Self { session, plan, credential, at_most, renewed: false, cancel })
    }

    pub(super) fn plan(&self) -> &Plan<'a> {
        &self.plan
    }

    /// The request for a page as a person may see it.
    pub(super) async fn shown(&self, mark: &Mark) -> Result<Shown, Problem> {
        let credential = self.credential().await?;
        let caller = self.caller(&credential);
        caller.shown(self.plan.wanted(self.at_most), &self.url(&caller, mark)?)
    }

    /// A token for the next page: the stored one, or one refresh.
    ///
    /// # Errors
    /// As [`token::access_token`].
    pub(super) async fn token(&self) -> Result<Credential, Problem> {
        let credential = self.credential().await?;
        if credential.is_typed_in() {
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

    /// The page at `mark`. A token that is not taken is renewed once, and the page asked for again.
    ///
    /// # Errors
    /// Why there is none, and whether it may come later.
    pub(super) async fn page(&mut self, mark: &Mark) -> Result<Page, Stop> {
        let stored = self.credential().await?;
        let mut credential = self.token().await.map_err(later)?;
        // One that was refreshed for this very page is no better for one more refresh.
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

    async fn ask(&self, credential: &Credential, mark: &Mark) -> Result<Result<Page, Refusal>, Stop> {
        let (http, caller) = (self.session.http(credential)?, self.caller(credential));
        let url = self.url(&caller, mark)?;
        let located = self.session.workspace.catalog.origin().ask_at(&url)?;
        let wanted = self.plan.wanted(self.at_most);
        let now = self.session.workspace.clock.now();
        let mut cancel = self.cancel.clone();
        let answer = tokio::select! {
            answer = caller.page(&http, wanted, &located, now) => answer,
            _ = cancel.wait_for(|cancelled| *cancelled) => return Err(cancelled()),
        };
        let answer = answer.map_err(|failure| {
            // What is too long now is too long later; a network recovers.
            let mends = failure.problem.kind == Kind::Temporary && !failure.too_long;
            Stop { problem: failure.problem, later: if mends { Later::Soon } else { Later::Never }, what: What::Plain }
        })?;
        Ok(wanted.read(&answer, &url, mark))
    }

    fn stop(&self, refusal: &Refusal, credential: &Credential, mark: &Mark) -> Stop {
        let caller = self.caller(credential);
        let asked = self.url(&caller, mark).map_or_else(|_| String::new(), |url| caller.line(&url));
        let problem = refused::problem(refusal, &self.plan, credential, &asked);
        let waits = matches!(refusal.class, RefusalClass::Unclear | RefusalClass::Said(ApiClass::Throttled));
        let unavailable = refusal.class == RefusalClass::Said(ApiClass::Unavailable);
        let what = if unavailable { What::Unavailable } else { What::Plain };
        Stop { problem, later: if waits { refusal.wait.into() } else { Later::Never }, what }
    }

    fn url(&self, caller: &Caller<'_>, mark: &Mark) -> Result<Url, Problem> {
        caller.page_url(self.plan.wanted(self.at_most), mark)
    }

    fn caller<'b>(&'b self, credential: &'b Credential) -> Caller<'b> {
        Caller { provider: self.plan.provider, setup: &credential.setup, tokens: credential.tokens.as_ref() }
    }

    /// As the vault has it now: somebody may have deleted it, or authenticated it again.
    async fn credential(&self) -> Result<Credential, Problem> {
        let (session, id) = (self.session.clone(), self.credential);
        blocking(move || session.credential(id)).await
    }
}

/// Whether the tokens have been renewed in between.
fn is_another(before: &Credential, after: &Credential) -> bool {
    let received = |credential: &Credential| credential.tokens.as_ref().map(|tokens| tokens.received_at);
    received(before) != received(after)
}

pub(super) fn cancelled() -> Stop {
    let problem =
        Problem::new(Kind::Temporary, "It was cancelled.").try_this("Run it again to resume where it stopped.");
    Stop { problem, later: Later::Never, what: What::Cancelled }
}

/// A token that cannot be had now may be had later, if it says so.
fn later(problem: Problem) -> Stop {
    let later = if problem.kind == Kind::Temporary { Later::Soon } else { Later::Never };
    Stop { problem, later, what: What::Plain }
}
