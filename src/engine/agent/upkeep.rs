//! What an unlocked agent does unasked: refreshes ahead of expiry, keeps idle refresh tokens alive, reminds of what is due,
//! runs the integrations whose time has come.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use tokio::task::{JoinError, JoinSet};
use tokio::time::sleep;

use super::scheduled::Scheduled;
use super::shared::Agent;
use crate::engine::blocking::blocking;
use crate::engine::ops::credentials;
use crate::engine::ops::due::{self, Checked, Standing};
use crate::engine::ops::token::{self, Request, access_token};
use crate::engine::session::Session;
use crate::model::credential::{Credential, CredentialId};
use crate::printable::printable;
use crate::problem::Problem;

/// Longest pause: so soon a lock by suspension is noticed although nobody asks.
const PAUSE: Duration = Duration::from_secs(30);

/// Shortest one, whatever seems to be due.
const BREATH: Duration = Duration::from_secs(1);

/// A token is renewed this long before its end, or in the last fifth of its life where that is less.
const AHEAD: SignedDuration = SignedDuration::from_secs(120);

/// Whose tokens are kept fresh: those that were asked for within this time.
pub(super) const ASKED_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// Least time between two renewals of one credential.
const PAUSE_BETWEEN: SignedDuration = SignedDuration::from_secs(30);

const BACKOFF: SignedDuration = SignedDuration::from_mins(5);

/// How often everything is looked at for what is due.
const LOOK_EVERY: SignedDuration = SignedDuration::from_hours(1);

/// What ends within this time is told.
const DUE_WITHIN: SignedDuration = SignedDuration::from_hours(14 * 24);

/// Characters of an event.
const MAX_EVENT: usize = 300;

/// Renewals at a time: a provider that hangs takes one place, and keeps nobody else waiting.
const AT_ONCE: usize = 16;

/// What it remembers from one round to the next.
#[derive(Default)]
struct Rounds {
    not_before: BTreeMap<CredentialId, Timestamp>,
    renewals: JoinSet<Renewed>,
    renewing: BTreeSet<CredentialId>,
    looked: Option<Timestamp>,
    told: BTreeMap<(Option<CredentialId>, String), (Standing, Option<Timestamp>)>,
}

impl Rounds {
    fn hold_off(&mut self, id: CredentialId, now: Timestamp, time: SignedDuration) {
        self.not_before.insert(id, now.checked_add(time).unwrap_or(Timestamp::MAX));
    }

    fn renewed(&mut self, agent: &Agent, ended: Result<Renewed, JoinError>) {
        // One that panicked is not tried again before the agent is restarted.
        let Ok(Renewed { credential, what, result }) = ended else { return };
        self.renewing.remove(&credential.id);
        let now = agent.0.workspace.clock.now();
        match result {
            Ok(()) => {
                // A provider may give the same token again, and its end then is as near as before.
                self.hold_off(credential.id, now, PAUSE_BETWEEN);
                agent.0.held.refreshed(now, &event(&credential, what.word()));
            }
            Err(problem) => {
                self.hold_off(credential.id, now, BACKOFF);
                agent.0.held.tell(now, &event(&credential, &format!("not {}: {}", what.word(), problem.what)));
                self.looked = None;
            }
        }
    }
}

/// Goes round until the agent is locked, then waits until it is not. Ends with the agent.
pub(super) async fn keep(agent: Agent) {
    let mut rounds = Rounds::default();
    let mut scheduled = Scheduled::default();
    loop {
        let now = agent.0.workspace.clock.now();
        let Some(session) = agent.0.held.session_unasked(now) else {
            // A locked agent holds no key: what is under way keeps what it read, and goes on later.
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
        // A clone of the key is not kept over the pause.
        drop(session);
        let pause = pause.min(agent.0.held.idle_left().unwrap_or(PAUSE)).max(BREATH);
        tokio::select! {
            () = agent.0.changed.notified() => {}
            Some(ended) = rounds.renewals.join_next() => rounds.renewed(&agent, ended),
            () = sleep(pause) => {}
        }
    }
}

/// A renewal that has ended.
struct Renewed {
    credential: Arc<Credential>,
    what: Renewal,
    result: Result<(), Problem>,
}

/// Does what is due, and says when to come again.
async fn round(agent: &Agent, session: &Session, rounds: &mut Rounds, now: Timestamp) -> Duration {
    let reader = session.clone();
    let Ok(snapshot) = blocking(move || credentials::snapshot(&reader)).await else { return PAUSE };
    let mut pause = PAUSE;
    let only = agent.0.only;
    for credential in snapshot.credentials.list.iter().filter(|one| only.is_none_or(|only| only == one.id)) {
        let asked = agent.0.held.asked(credential.id).is_some_and(|at| now.duration_since(at) < ASKED_WITHIN);
        let Some((at, what)) = next(session, credential, asked) else { continue };
        let at = at.max(rounds.not_before.get(&credential.id).copied().unwrap_or(Timestamp::MIN));
        if at > now {
            pause = pause.min(Duration::try_from(now.duration_until(at)).unwrap_or(PAUSE));
            continue;
        }
        if rounds.renewing.len() < AT_ONCE && rounds.renewing.insert(credential.id) {
            let (session, credential) = (session.clone(), credential.clone());
            rounds.renewals.spawn(async move {
                let result = renew(&session, &credential, what).await;
                Renewed { credential, what, result }
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
enum Renewal {
    Ahead(SignedDuration),
    KeptAlive,
}

impl Renewal {
    fn word(self) -> &'static str {
        match self {
            Self::Ahead(_) => "refreshed ahead of expiry",
            Self::KeptAlive => "kept alive",
        }
    }
}

/// The next renewal of a credential that can be renewed without a person.
fn next(session: &Session, credential: &Credential, asked: bool) -> Option<(Timestamp, Renewal)> {
    let tokens =
        credential.tokens.as_ref().filter(|_| credential.setback.is_none() && !credential.is_spent_unread())?;
    if tokens.refresh.is_none() && !credential.is_unattended() {
        return None;
    }
    let ahead = tokens.expires_at.filter(|_| asked).and_then(|end| {
        let life = tokens.received_at.duration_until(end).max(SignedDuration::ZERO);
        let ahead = AHEAD.min(life / 5);
        end.checked_sub(ahead).ok().map(|at| (at, Renewal::Ahead(ahead)))
    });
    // At two thirds of the time after which the provider would forget it, whether anybody asked or not.
    let idle = || session.provider(credential).ok()?.limits.refresh_idle_days;
    let alive = tokens.refresh.as_ref().and_then(|_| idle()).and_then(|days| {
        let at = tokens.received_at.checked_add(SignedDuration::from_hours(i64::from(days) * 16)).ok()?;
        Some((at, Renewal::KeptAlive))
    });
    let first = ahead.into_iter().chain(alive).min_by_key(|(at, _)| *at)?;
    let held_off = credential.not_before.unwrap_or(Timestamp::MIN);
    Some((first.0.max(held_off), first.1))
}

async fn renew(session: &Session, credential: &Credential, what: Renewal) -> Result<(), Problem> {
    let request = match what {
        // A second more: at the very instant the stored one would still do.
        Renewal::Ahead(ahead) => Request { min_ttl: ahead + SignedDuration::from_secs(1), ..Request::default() },
        Renewal::KeptAlive => Request { force: true, ..Request::default() },
    };
    access_token(session, credential.id, Request { lock_wait: token::LOCK_WAIT, ..request }).await.map(drop)
}

/// Tells what has become due since it was last told.
async fn remind(agent: &Agent, session: &Session, rounds: &mut Rounds, now: Timestamp) {
    let reader = session.clone();
    let Ok(checked) = blocking(move || due::check(&reader, DUE_WITHIN)).await else { return };
    let mut told = BTreeMap::new();
    for one in checked.into_iter().filter(|one| one.standing != Standing::Good) {
        let news = (one.standing, one.due.map(|due| due.at));
        let whose = (one.id, one.name.clone());
        let known = rounds.told.get(&whose) == Some(&news);
        told.insert(whose, news);
        if known {
            continue;
        }
        let what = if one.standing == Standing::NeedsPerson { "needs attention" } else { "is due soon" };
        agent.0.held.tell(now, &printable(&format!("\"{}\" {what}", one.name), MAX_EVENT));
        call(agent, one, now).await;
    }
    rounds.told = told;
}

async fn call(agent: &Agent, one: Checked, now: Timestamp) {
    let inside = std::sync::Arc::clone(&agent.0);
    let called = blocking(move || inside.remind.as_ref().map_or(Ok(()), |remind| remind(&one))).await;
    if let Err(problem) = called {
        agent.0.held.tell(now, &printable(&format!("{} {}", problem.what, problem.why), MAX_EVENT));
    }
}

fn event(credential: &Credential, text: &str) -> String {
    printable(&format!("\"{}\" {text}", credential.name), MAX_EVENT)
}
