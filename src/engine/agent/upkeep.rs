//! The background work of an unlocked agent: refreshes tokens ahead of expiry, keeps idle refresh tokens alive,
//! reminds of deadlines, and runs integrations that are due.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Weak};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep;

use super::scheduled::Scheduled;
use super::shared::Agent;
use crate::engine::blocking::blocking;
use crate::engine::member_logs;
use crate::engine::ops::credentials;
use crate::engine::ops::due::{self, CheckedCredential, DueLevel};
use crate::engine::ops::token::{self, Request, access_token};
use crate::engine::session::Session;
use crate::model::credential::{Credential, CredentialId, TokenKind, Tokens};
use crate::printable::printable;
use crate::problem::Problem;

/// Longest pause between rounds, which bounds how late the lock after a suspension may come without requests.
const PAUSE: Duration = Duration::from_secs(30);

/// Shortest pause between rounds.
const IDLE_POLL: Duration = Duration::from_secs(1);

/// A token is renewed this long before it expires, or in the last fifth of its life if that is shorter.
const AHEAD: SignedDuration = SignedDuration::from_secs(120);

/// A credential is kept fresh if its token was requested within this time.
pub(super) const ASKED_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Shortest time between two renewals of one credential.
const PAUSE_BETWEEN: SignedDuration = SignedDuration::from_secs(30);

const BACKOFF: SignedDuration = SignedDuration::from_mins(5);

/// How often deadlines are checked.
const LOOK_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// Deadlines within this time are reported.
const DUE_WITHIN: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Most characters of an event.
const MAX_EVENT: usize = 300;

/// Maximum concurrent renewals: a slow provider delays only its own credentials.
const MAX_CONCURRENT_RENEWALS: usize = 16;

/// The state kept between rounds.
#[derive(Default)]
struct RenewalState {
    not_before: BTreeMap<CredentialId, Timestamp>,
    renewals: JoinSet<FinishedRenewal>,
    renewing: BTreeSet<CredentialId>,
    looked: Option<Timestamp>,
    /// The plan of each credential in the last round, in the order of the vault. Reused for unchanged credentials.
    plans: Vec<(Weak<Credential>, Plan)>,
    told: BTreeMap<(Option<CredentialId>, String), (DueLevel, Option<Timestamp>)>,
}

impl RenewalState {
    fn hold_off(&mut self, id: CredentialId, now: Timestamp, time: SignedDuration) {
        self.not_before.insert(id, now.checked_add(time).unwrap_or(Timestamp::MAX));
    }

    /// Updates the plans. A credential that is the same object in memory is unchanged, so its plan is still valid.
    fn plan(&mut self, session: &Session, list: &[Arc<Credential>]) {
        let mut before = std::mem::take(&mut self.plans).into_iter();
        let plan = |credential: &Arc<Credential>| match before.next() {
            Some(known) if std::ptr::eq(known.0.as_ptr(), Arc::as_ptr(credential)) => known,
            _ => (Arc::downgrade(credential), Plan::of(session, credential)),
        };
        self.plans = list.iter().map(plan).collect();
    }

    fn renewed(&mut self, agent: &Agent, ended: Result<FinishedRenewal, JoinError>) {
        // A renewal that panicked is not retried until the agent is restarted.
        let Ok(FinishedRenewal { credential, what, result }) = ended else { return };
        self.renewing.remove(&credential.id);
        let now = agent.0.workspace.clock.now();
        match result {
            Ok(()) => {
                // A provider may return the same token again, with the same expiry.
                self.hold_off(credential.id, now, PAUSE_BETWEEN);
                agent.0.unlocked.refreshed(now, &event(&credential, what.word()));
            }
            Err(problem) => {
                self.hold_off(credential.id, now, BACKOFF);
                agent.0.unlocked.tell(now, &event(&credential, &format!("not {}: {}", what.word(), problem.what)));
                self.looked = None;
            }
        }
    }
}

/// The renewal loop; pauses while the agent is locked. Ends with the agent.
pub(super) async fn keep(agent: Agent) {
    let mut rounds = RenewalState::default();
    let mut scheduled = Scheduled::default();
    loop {
        let now = agent.0.workspace.clock.now();
        let Some(session) = agent.0.unlocked.session_for_upkeep(now) else {
            // A locked agent has no key: work in progress keeps the data it has read and continues later.
            rounds.plans.clear();
            scheduled.stop().await;
            if agent.is_ending() {
                return;
            }
            tokio::select! {
                () = agent.0.changed.notified() => {}
                Some(ended) = rounds.renewals.join_next() => rounds.renewed(&agent, ended),
            }
            continue;
        };
        let pause = round(&agent, &session, &mut rounds, now).await;
        if agent.0.only.is_none() {
            scheduled.look(&agent, &session).await;
        }
        if member_logs::has_member_logs(&session) {
            // In a separate task, so that a slow store does not delay renewals.
            tokio::spawn(blocking(move || {
                member_logs::send_entries(&session, member_logs::SEND_INTERVAL);
                Ok(())
            }));
        } else {
            // No copy of the key is kept during the pause.
            drop(session);
        }
        let pause = pause.min(agent.0.unlocked.idle_left().unwrap_or(PAUSE)).max(IDLE_POLL);
        tokio::select! {
            () = agent.0.changed.notified() => {}
            Some(ended) = rounds.renewals.join_next() => rounds.renewed(&agent, ended),
            () = sleep(pause) => {}
        }
    }
}

struct FinishedRenewal {
    credential: Arc<Credential>,
    what: RenewalReason,
    result: Result<(), Problem>,
}

/// Starts the work that is due, and returns the time until the next round.
async fn round(agent: &Agent, session: &Session, rounds: &mut RenewalState, now: Timestamp) -> Duration {
    let reader = session.clone();
    let Ok(snapshot) = blocking(move || credentials::snapshot(&reader)).await else { return PAUSE };
    let mut pause = PAUSE;
    let only = agent.0.only;
    let asked = agent.0.unlocked.asked_since(now.saturating_sub(ASKED_WITHIN).unwrap_or(Timestamp::MIN));
    rounds.plan(session, &snapshot.credentials.list);
    for (credential, (_, plan)) in snapshot.credentials.list.iter().zip(&rounds.plans) {
        if only.is_some_and(|only| only != credential.id) {
            continue;
        }
        let Some((at, what, kind)) = plan.next(asked.contains(&credential.id)) else { continue };
        let at = at.max(rounds.not_before.get(&credential.id).copied().unwrap_or(Timestamp::MIN));
        if at > now {
            pause = pause.min(Duration::try_from(now.duration_until(at)).unwrap_or(PAUSE));
            continue;
        }
        if rounds.renewing.len() < MAX_CONCURRENT_RENEWALS && rounds.renewing.insert(credential.id) {
            let (session, credential) = (session.clone(), credential.clone());
            rounds.renewals.spawn(async move {
                let result = renew(&session, &credential, what, kind).await;
                FinishedRenewal { credential, what, result }
            });
        }
    }
    if only.is_none() && rounds.looked.is_none_or(|at| now.duration_since(at) >= LOOK_EVERY || at > now) {
        rounds.looked = Some(now);
        remind(agent, session, rounds, now).await;
    }
    pause
}

/// Why a token is renewed.
#[derive(Clone, Copy)]
enum RenewalReason {
    Ahead(SignedDuration),
    KeptAlive,
}

impl RenewalReason {
    fn word(self) -> &'static str {
        match self {
            Self::Ahead(_) => "refreshed ahead of expiry",
            Self::KeptAlive => "kept alive",
        }
    }
}

/// When to renew one credential, and which of its token sets.
#[derive(Clone, Copy, Default)]
struct Plan {
    /// Renewal before the token expires, if the token was requested recently: the time, how long before the expiry, the
    /// set.
    ahead: Option<(Timestamp, SignedDuration, Option<TokenKind>)>,
    /// Renewal before the provider discards an unused refresh token, requested or not: the time, the set.
    alive: Option<(Timestamp, Option<TokenKind>)>,
}

impl Plan {
    /// Finds the earliest renewals among the token sets; none if only the user can renew the credential.
    fn of(session: &Session, credential: &Credential) -> Self {
        let mut plan = Self::default();
        for (kind, set) in credential.each_kind() {
            let (ahead, alive) = Self::of_set(session, &set);
            let ahead = ahead.map(|(at, ahead)| (at, ahead, kind));
            plan.ahead = plan.ahead.into_iter().chain(ahead).min_by_key(|(at, ..)| *at);
            plan.alive = plan.alive.into_iter().chain(alive.map(|at| (at, kind))).min_by_key(|(at, _)| *at);
        }
        plan
    }

    fn of_set(session: &Session, credential: &Credential) -> (Option<(Timestamp, SignedDuration)>, Option<Timestamp>) {
        let usable = |_: &&Tokens| credential.setback.is_none() && !credential.is_spent_unread();
        let Some(tokens) = credential.tokens.as_ref().filter(usable) else { return (None, None) };
        if tokens.refresh.is_none() && !credential.uses_client_credentials() {
            return (None, None);
        }
        let held_off = credential.not_before.unwrap_or(Timestamp::MIN);
        let ahead = tokens.expires_at.and_then(|end| {
            let life = tokens.received_at.duration_until(end).max(SignedDuration::ZERO);
            let ahead = AHEAD.min(life / 5);
            end.checked_sub(ahead).ok().map(|at| (at.max(held_off), ahead))
        });
        let idle = || session.provider(credential).ok()?.limits.refresh_idle_days;
        let alive = tokens.refresh.as_ref().and_then(|_| idle()).and_then(|days| {
            // After two thirds of the idle time that the provider allows.
            let at = tokens.received_at.checked_add(SignedDuration::from_hours(i64::from(days) * 16)).ok()?;
            Some(at.max(held_off))
        });
        (ahead, alive)
    }

    /// The next renewal: its time, reason and token set.
    fn next(&self, is_asked: bool) -> Option<(Timestamp, RenewalReason, Option<TokenKind>)> {
        let ahead = self.ahead.filter(|_| is_asked).map(|(at, ahead, kind)| (at, RenewalReason::Ahead(ahead), kind));
        let alive = self.alive.map(|(at, kind)| (at, RenewalReason::KeptAlive, kind));
        ahead.into_iter().chain(alive).min_by_key(|(at, ..)| *at)
    }
}

async fn renew(
    session: &Session,
    credential: &Credential,
    what: RenewalReason,
    kind: Option<TokenKind>,
) -> Result<(), Problem> {
    let request = match what {
        // One second more, since at this very moment the stored token would still meet the request.
        RenewalReason::Ahead(ahead) => Request { min_ttl: ahead + SignedDuration::from_secs(1), ..Request::default() },
        RenewalReason::KeptAlive => Request { force: true, ..Request::default() },
    };
    access_token(session, credential.id, Request { lock_wait: token::LOCK_WAIT, kind, ..request }).await.map(drop)
}

/// Reports deadlines that have become due since the last report.
async fn remind(agent: &Agent, session: &Session, rounds: &mut RenewalState, now: Timestamp) {
    let reader = session.clone();
    let Ok(checked) = blocking(move || due::check(&reader, DUE_WITHIN)).await else { return };
    let mut told = BTreeMap::new();
    for one in checked.into_iter().filter(|one| one.standing != DueLevel::Good) {
        let news = (one.standing, one.due.map(|due| due.at));
        let whose = (one.id, one.name.clone());
        let known = rounds.told.get(&whose) == Some(&news);
        told.insert(whose, news);
        if known {
            continue;
        }
        let what = if one.standing == DueLevel::NeedsPerson { "needs attention" } else { "is due soon" };
        agent.0.unlocked.tell(now, &printable(&format!("\"{}\" {what}", one.name), MAX_EVENT));
        call(agent, one, now).await;
    }
    rounds.told = told;
}

async fn call(agent: &Agent, one: CheckedCredential, now: Timestamp) {
    let inside = std::sync::Arc::clone(&agent.0);
    let called = blocking(move || inside.remind.as_ref().map_or(Ok(()), |remind| remind(&one))).await;
    if let Err(problem) = called {
        agent.0.unlocked.tell(now, &printable(&format!("{} {}", problem.what, problem.why), MAX_EVENT));
    }
}

fn event(credential: &Credential, text: &str) -> String {
    printable(&format!("\"{}\" {text}", credential.name), MAX_EVENT)
}
