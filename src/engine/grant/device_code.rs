//! The device authorization grant (RFC 8628): the user enters a code in any browser while this program polls.
//!
//! All waits use the monotonic clock, so that setting the clock or suspending the machine does not end a code early. A
//! cancel takes effect at any time, but the response to a poll in flight is saved, since tokens are issued only once.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::attempt::Attempt;
use super::endings::{canceled, duration};
use super::exchange::{Exchange, LeasedJob};
use super::flow::Grant;
use super::new_tokens::NewTokens;
use super::progress::{Authenticated, Control, DeviceCodePrompt, Progress};
use crate::model::credential::{Endpoints, GrantType};
use crate::oauth::device::{self, DeviceAuthorization, PollResponse, STEP, is_openable};
use crate::oauth::http::Http;
use crate::oauth::permit::MustFinish;
use crate::oauth::token::TokenError;
use crate::problem::{Kind, Problem};

/// Longest pause between polls after network failures.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

pub(super) struct DeviceCode;

/// A code that was shown to the user. Only polling reveals whether the user has approved it.
pub(super) struct PendingCode {
    device: DeviceAuthorization,
    http: Http,
    schedule: PollSchedule,
    prompt: Box<DeviceCodePrompt>,
}

impl Grant for DeviceCode {
    const GRANT_TYPE: GrantType = GrantType::DeviceCode;
    type Consent = PendingCode;

    async fn begin(attempt: &mut Attempt, endpoints: &Endpoints) -> Result<PendingCode, Problem> {
        let (session, credential) = (attempt.session.clone(), attempt.credential.clone());
        let (http, now) = (session.http(&credential)?, session.workspace.clock.now());
        let asking = device::request(&http, session.provider(&credential)?, endpoints, &credential.setup, now);
        let device = tokio::select! {
            device = asking => device.map_err(TokenError::problem)?,
            () = attempt.until_canceled() => return Err(canceled()),
        };
        let life = device.expires_in.min(attempt.options.deadline);
        let schedule = PollSchedule::new(device.interval, Instant::now() + attempt.options.scaled(life));
        let prompt = Box::new(prompt(&device, life));
        attempt.report(Progress::Device(prompt.clone())).await;
        Ok(PendingCode { device, http, schedule, prompt })
    }

    async fn finish(attempt: &mut Attempt, endpoints: Endpoints, shown: PendingCode) -> Result<Authenticated, Problem> {
        let PendingCode { device, http, mut schedule, prompt } = shown;
        let asked = Arc::new(PollRequest { endpoints, http, device });
        let late = || expired(prompt.expires_in);
        loop {
            let next = Instant::now() + attempt.options.scaled(schedule.interval);
            wait(attempt, next.min(schedule.ends), &prompt).await?;
            if Instant::now() >= schedule.ends {
                return Err(late());
            }
            let owned = LeasedJob::take(attempt).await?;
            let asked = Arc::clone(&asked);
            let response = tokio::select! {
                response = owned.run(|permit, exchange| poll(permit, exchange, asked)) => response?,
                () = sleep_until(schedule.ends) => return Err(late()),
                () = attempt.until_canceled() => return Err(canceled()),
            };
            let response = match response {
                PollOutcome::Done(done) => return Ok(*done),
                PollOutcome::Again(response) => response,
            };
            match schedule.after(response)? {
                PollDecision::Wait(ignored) => {
                    if let Some(problem) = ignored {
                        attempt.report(Progress::Ignored(problem)).await;
                    }
                    attempt.report(Progress::Undecided { next: schedule.interval }).await;
                }
                PollDecision::Expired => return Err(late()),
            }
        }
    }
}

/// The inputs of a poll.
struct PollRequest {
    endpoints: Endpoints,
    http: Http,
    device: DeviceAuthorization,
}

enum PollOutcome {
    /// The user approved, and the tokens are saved.
    Done(Box<Authenticated>),
    Again(Result<PollResponse, TokenError>),
}

/// Polls once. Tokens are issued only once, so they are saved even if nothing waits for the response any more.
async fn poll(permit: MustFinish, exchange: Exchange, asked: Arc<PollRequest>) -> Result<PollOutcome, Problem> {
    let PollRequest { endpoints, http, device } = &*asked;
    let (session, credential) = (exchange.session(), exchange.credential());
    let (provider, now) = (session.provider(credential)?, session.workspace.clock.now());
    match device::poll(&permit, http, provider, endpoints, &credential.setup, device, now).await {
        Ok(PollResponse::Granted(granted)) => {
            let new = NewTokens::granted(*granted, endpoints.clone(), "by device code");
            exchange.keep(new).await.map(|done| PollOutcome::Done(Box::new(done)))
        }
        // The code may be spent, whatever the response said.
        Err(error @ TokenError::Unreadable { .. }) => Err(exchange.refused(error).await),
        other => Ok(PollOutcome::Again(other)),
    }
}

/// The polling interval, and when to stop.
struct PollSchedule {
    interval: Duration,
    ends: Instant,
}

/// What to do after a poll.
enum PollDecision {
    /// Poll again; a network failure is reported.
    Wait(Option<Problem>),
    Expired,
}

impl PollSchedule {
    fn new(interval: Duration, ends: Instant) -> Self {
        Self { interval, ends }
    }

    /// Follows RFC 8628 section 3.5: adds five seconds after each `slow_down`, and pauses longer after each lost
    /// response.
    fn after(&mut self, response: Result<PollResponse, TokenError>) -> Result<PollDecision, Problem> {
        match response {
            Ok(PollResponse::Granted(_)) => return Err(Problem::internal("Tokens were received but not saved.")),
            Ok(PollResponse::Denied) => return Err(denied()),
            Ok(PollResponse::Expired) => return Ok(PollDecision::Expired),
            Ok(PollResponse::Pending) => {}
            Ok(PollResponse::SlowDown(said)) => {
                self.interval = self.interval.saturating_add(STEP).max(said.unwrap_or_default());
            }
            Err(TokenError::Throttled { problem, .. }) => {
                self.interval = self.interval.saturating_add(STEP);
                return Ok(PollDecision::Wait(Some(problem)));
            }
            Err(TokenError::Temporary { problem, .. }) => {
                self.interval = self.interval.saturating_mul(2).min(LONGEST_PAUSE.max(self.interval));
                return Ok(PollDecision::Wait(Some(problem)));
            }
            Err(other) => return Err(other.problem()),
        }
        Ok(PollDecision::Wait(None))
    }
}

/// Waits until the next poll. Meanwhile the user may open a browser or cancel.
async fn wait(attempt: &mut Attempt, until: Instant, prompt: &DeviceCodePrompt) -> Result<(), Problem> {
    loop {
        tokio::select! {
            () = sleep_until(until) => return Ok(()),
            order = attempt.order() => match order {
                Control::Cancel => return Err(canceled()),
                Control::OpenBrowser => attempt.open_browser(prompt.to_open()).await,
                Control::Paste(_) => {}
            },
        }
    }
}

fn prompt(device: &DeviceAuthorization, life: Duration) -> DeviceCodePrompt {
    DeviceCodePrompt {
        user_code: device.user_code.clone(),
        verification_uri: device.verification_uri.clone(),
        complete: device.complete.clone(),
        openable: is_openable(&device.verification_uri),
        expires_in: life,
        interval: device.interval,
    }
}

fn denied() -> Problem {
    Problem::new(Kind::NeedsAuthentication, "The request was rejected in the browser.")
        .why("You or a policy of the provider declined. Nothing was changed.")
        .try_this("Authenticate again and accept. If you did accept, ask the provider's administrator.")
}

fn expired(life: Duration) -> Problem {
    let within = duration(life);
    Problem::new(Kind::NeedsAuthentication, format!("The code was not entered within {within}."))
        .why("The code has expired. Nothing was changed.")
        .try_this("Authenticate again for a new code.")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn schedule() -> PollSchedule {
        PollSchedule::new(STEP, Instant::now())
    }

    #[test]
    fn pr_20_twenty_slow_downs_add_five_seconds_each() {
        let mut schedule = schedule();
        for _ in 0..20 {
            assert!(matches!(schedule.after(Ok(PollResponse::SlowDown(None))), Ok(PollDecision::Wait(None))));
        }
        assert_eq!(schedule.interval, STEP * 21);
        let _ = schedule.after(Ok(PollResponse::SlowDown(Some(Duration::from_secs(300)))));
        assert_eq!(schedule.interval.as_secs(), 300);
        let _ = schedule.after(Ok(PollResponse::Pending));
        assert_eq!(schedule.interval.as_secs(), 300, "it never gets faster again");
    }

    #[test]
    fn a_lost_answer_makes_it_slower_and_ends_nothing() {
        let mut schedule = schedule();
        for wanted in [10, 20, 40, 60, 60] {
            let problem = Problem::new(Kind::Temporary, "x");
            let verdict = schedule.after(Err(TokenError::Temporary { problem, sent: true }));
            assert!(matches!(verdict, Ok(PollDecision::Wait(Some(_)))));
            assert_eq!(schedule.interval.as_secs(), wanted);
        }
    }

    #[test]
    fn a_no_and_a_wrong_setup_end_it() {
        let denied = schedule().after(Ok(PollResponse::Denied)).err().unwrap();
        assert_eq!(denied.kind, Kind::NeedsAuthentication);
        let problem = Problem::new(Kind::Usage, "client");
        let wrong = TokenError::Misconfigured { code: "invalid_client".to_owned(), problem };
        assert_eq!(schedule().after(Err(wrong)).err().unwrap().kind, Kind::Usage);
        assert!(matches!(schedule().after(Ok(PollResponse::Expired)), Ok(PollDecision::Expired)));
    }
}
