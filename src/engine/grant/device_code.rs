//! Signing in by a code that the person enters in any browser, while we ask again and again (RFC 8628).
//!
//! All waiting is by the monotonic clock: a clock that is set, or a machine that slept, ends no code early. Cancel takes
//! hold at any moment; what a poll in flight may bring is saved all the same, for it comes once.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::{Instant, sleep_until};

use super::attempt::Attempt;
use super::endings::{cancelled, duration};
use super::exchange::{Exchange, Owned};
use super::flow::Flow;
use super::new_tokens::NewTokens;
use super::progress::{Authenticated, Control, DeviceInvitation, Progress};
use crate::model::credential::{Endpoints, GrantType};
use crate::oauth::device::{self, Answered, DeviceAuthorization, STEP, is_openable};
use crate::oauth::http::Http;
use crate::oauth::permit::MustFinish;
use crate::oauth::token::TokenError;
use crate::problem::{Kind, Problem};

/// The longest pause after failures of the network.
const LONGEST_PAUSE: Duration = Duration::from_secs(60);

pub(super) struct DeviceCode;

/// A code that the person was shown. Whether they accept, only the polls tell.
pub(super) struct Shown {
    device: DeviceAuthorization,
    http: Http,
    schedule: Schedule,
    invitation: Box<DeviceInvitation>,
}

impl Flow for DeviceCode {
    const GRANT_TYPE: GrantType = GrantType::DeviceCode;
    type Consent = Shown;

    async fn begin(attempt: &mut Attempt, endpoints: &Endpoints) -> Result<Shown, Problem> {
        let (session, credential) = (attempt.session.clone(), attempt.credential.clone());
        let (http, now) = (session.http(&credential)?, session.workspace.clock.now());
        let asking = device::request(&http, session.provider(&credential)?, endpoints, &credential.setup, now);
        let device = tokio::select! {
            device = asking => device.map_err(TokenError::problem)?,
            () = attempt.until_cancelled() => return Err(cancelled()),
        };
        let life = device.expires_in.min(attempt.options.deadline);
        let schedule = Schedule::new(device.interval, Instant::now() + attempt.options.paced(life));
        let invitation = Box::new(invitation(&device, life));
        attempt.report(Progress::Device(invitation.clone())).await;
        Ok(Shown { device, http, schedule, invitation })
    }

    async fn finish(attempt: &mut Attempt, endpoints: Endpoints, shown: Shown) -> Result<Authenticated, Problem> {
        let Shown { device, http, mut schedule, invitation } = shown;
        let asked = Arc::new(Asked { endpoints, http, device });
        let late = || expired(invitation.expires_in);
        loop {
            let next = Instant::now() + attempt.options.paced(schedule.interval);
            wait(attempt, next.min(schedule.ends), &invitation).await?;
            if Instant::now() >= schedule.ends {
                return Err(late());
            }
            let owned = Owned::take(attempt).await?;
            let asked = Arc::clone(&asked);
            let answer = tokio::select! {
                answer = owned.run(|permit, exchange| poll(permit, exchange, asked)) => answer?,
                () = sleep_until(schedule.ends) => return Err(late()),
                () = attempt.until_cancelled() => return Err(cancelled()),
            };
            let answer = match answer {
                Polled::Done(done) => return Ok(*done),
                Polled::Again(answer) => answer,
            };
            match schedule.after(answer)? {
                Verdict::Wait(ignored) => {
                    if let Some(problem) = ignored {
                        attempt.report(Progress::Ignored(problem)).await;
                    }
                    attempt.report(Progress::Undecided { next: schedule.interval }).await;
                }
                Verdict::Expired => return Err(late()),
            }
        }
    }
}

/// What every poll asks with.
struct Asked {
    endpoints: Endpoints,
    http: Http,
    device: DeviceAuthorization,
}

enum Polled {
    /// The person has accepted, and the tokens are saved.
    Done(Box<Authenticated>),
    Again(Result<Answered, TokenError>),
}

/// Asks once. The answer that brings tokens comes once: it is saved even if nobody waits for it any more.
async fn poll(permit: MustFinish, exchange: Exchange, asked: Arc<Asked>) -> Result<Polled, Problem> {
    let Asked { endpoints, http, device } = &*asked;
    let (session, credential) = (exchange.session(), exchange.credential());
    let (provider, now) = (session.provider(credential)?, session.workspace.clock.now());
    match device::poll(&permit, http, provider, endpoints, &credential.setup, device, now).await {
        Ok(Answered::Granted(granted)) => {
            let new = NewTokens::granted(*granted, endpoints.clone(), "by device code");
            exchange.keep(new).await.map(|done| Polled::Done(Box::new(done)))
        }
        // Whatever it was, the code may be spent.
        Err(error @ TokenError::Unreadable { .. }) => Err(exchange.refused(error).await),
        other => Ok(Polled::Again(other)),
    }
}

/// How fast to ask, and until when.
struct Schedule {
    interval: Duration,
    ends: Instant,
}

/// What is to be done after an answer.
enum Verdict {
    /// Ask again; a failure of the network is told.
    Wait(Option<Problem>),
    Expired,
}

impl Schedule {
    fn new(interval: Duration, ends: Instant) -> Self {
        Self { interval, ends }
    }

    /// RFC 8628 section 3.5: five seconds more after each `slow_down`, and a longer pause after each lost answer.
    fn after(&mut self, answer: Result<Answered, TokenError>) -> Result<Verdict, Problem> {
        match answer {
            Ok(Answered::Granted(_)) => return Err(Problem::internal("Tokens were received but not saved.")),
            Ok(Answered::Denied) => return Err(denied()),
            Ok(Answered::Expired) => return Ok(Verdict::Expired),
            Ok(Answered::Pending) => {}
            Ok(Answered::SlowDown(said)) => {
                self.interval = self.interval.saturating_add(STEP).max(said.unwrap_or_default());
            }
            Err(TokenError::Throttled { problem, .. }) => {
                self.interval = self.interval.saturating_add(STEP);
                return Ok(Verdict::Wait(Some(problem)));
            }
            Err(TokenError::Temporary { problem, .. }) => {
                self.interval = self.interval.saturating_mul(2).min(LONGEST_PAUSE.max(self.interval));
                return Ok(Verdict::Wait(Some(problem)));
            }
            Err(other) => return Err(other.problem()),
        }
        Ok(Verdict::Wait(None))
    }
}

/// Until the next question; the person may open a browser or give up.
async fn wait(attempt: &mut Attempt, until: Instant, invitation: &DeviceInvitation) -> Result<(), Problem> {
    loop {
        tokio::select! {
            () = sleep_until(until) => return Ok(()),
            order = attempt.order() => match order {
                Control::Cancel => return Err(cancelled()),
                Control::OpenBrowser => attempt.open_browser(invitation.to_open()).await,
                Control::Paste(_) => {}
            },
        }
    }
}

fn invitation(device: &DeviceAuthorization, life: Duration) -> DeviceInvitation {
    DeviceInvitation {
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

    fn schedule() -> Schedule {
        Schedule::new(STEP, Instant::now())
    }

    #[test]
    fn pr_20_twenty_slow_downs_add_five_seconds_each() {
        let mut schedule = schedule();
        for _ in 0..20 {
            assert!(matches!(schedule.after(Ok(Answered::SlowDown(None))), Ok(Verdict::Wait(None))));
        }
        assert_eq!(schedule.interval, STEP * 21);
        let _ = schedule.after(Ok(Answered::SlowDown(Some(Duration::from_secs(300)))));
        assert_eq!(schedule.interval.as_secs(), 300);
        let _ = schedule.after(Ok(Answered::Pending));
        assert_eq!(schedule.interval.as_secs(), 300, "it never gets faster again");
    }

    #[test]
    fn a_lost_answer_makes_it_slower_and_ends_nothing() {
        let mut schedule = schedule();
        for wanted in [10, 20, 40, 60, 60] {
            let problem = Problem::new(Kind::Temporary, "x");
            let verdict = schedule.after(Err(TokenError::Temporary { problem, sent: true }));
            assert!(matches!(verdict, Ok(Verdict::Wait(Some(_)))));
            assert_eq!(schedule.interval.as_secs(), wanted);
        }
    }

    #[test]
    fn a_no_and_a_wrong_setup_end_it() {
        let denied = schedule().after(Ok(Answered::Denied)).err().unwrap();
        assert_eq!(denied.kind, Kind::NeedsAuthentication);
        let problem = Problem::new(Kind::Usage, "client");
        let wrong = TokenError::Misconfigured { code: "invalid_client".to_owned(), problem };
        assert_eq!(schedule().after(Err(wrong)).err().unwrap().kind, Kind::Usage);
        assert!(matches!(schedule().after(Ok(Answered::Expired)), Ok(Verdict::Expired)));
    }
}
