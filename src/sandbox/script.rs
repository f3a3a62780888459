//! What a test or a mode changes about the sandbox: exact next responses, consent, lifetimes.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::SignedDuration;

use super::failure_mode::{FailureMode, FailureModes};
use super::mode::{Mode, ModeEffect};
use super::recorded_request::RecordedRequest;
use super::refusal::Refusal;
use super::response::Response;
use super::roster::RecordSet;
use super::zoho::Product;

/// How consent is decided.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Consent {
    /// By the user, on the consent page in a browser.
    #[default]
    Page,
    /// Accepted at once.
    Accept,
    /// Rejected at once.
    Reject,
}

/// Settings that can change while the sandbox runs. Queued responses are used once each, in order.
#[derive(Debug)]
pub struct Script(Mutex<ScriptState>);

#[derive(Debug)]
struct ScriptState {
    consent: Consent,
    person: Option<&'static str>,
    modes: Vec<Mode>,
    redirects: VecDeque<String>,
    tokens: VecDeque<Response>,
    revocations: VecDeque<Response>,
    calls: VecDeque<Response>,
    devices: VecDeque<Response>,
    ended_keys: Vec<String>,
    code_life: SignedDuration,
    access_life: SignedDuration,
    records: Option<u64>,
    generation: u64,
    /// Number of requests for pages of records so far.
    pages: u64,
    /// Pages that failed once and succeed when they are requested again.
    failed_pages: VecDeque<String>,
    /// Whether to make the access tokens of the grants fail, or work again, before the next request is handled.
    doubt: Option<bool>,
}

/// Most pages in `failed_pages`.
const MAX_FAILED: usize = 1_000;

/// Lifetimes of codes and tokens, and whether refresh tokens rotate even if the provider's do not.
#[derive(Clone, Copy, Debug)]
pub(super) struct TokenRules {
    pub(super) code_life: SignedDuration,
    pub(super) access_life: SignedDuration,
    pub(super) rotate: bool,
}

impl Script {
    pub(super) fn new(consent: Consent, modes: Vec<Mode>) -> Self {
        let doubt = modes.iter().any(|mode| mode.effect() == ModeEffect::Doubt).then_some(true);
        Self(Mutex::new(ScriptState {
            consent,
            person: None,
            modes,
            redirects: VecDeque::new(),
            tokens: VecDeque::new(),
            revocations: VecDeque::new(),
            calls: VecDeque::new(),
            devices: VecDeque::new(),
            ended_keys: Vec::new(),
            code_life: SignedDuration::from_secs(60),
            access_life: SignedDuration::from_secs(3600),
            records: None,
            generation: 0,
            pages: 0,
            failed_pages: VecDeque::new(),
            doubt,
        }))
    }

    /// Queues the response to a token request.
    pub fn token(&self, response: Response) {
        self.knobs().tokens.push_back(response);
    }

    /// Queues the exact query of a redirect; `$STATE` and `$CODE` in it are filled in.
    pub fn redirect(&self, query: &str) {
        self.knobs().redirects.push_back(query.to_owned());
    }

    /// Queues the response to a revocation.
    pub fn revocation(&self, response: Response) {
        self.knobs().revocations.push_back(response);
    }

    /// Queues the response to an API call, which may be a test call or a request for a page of records.
    pub fn call(&self, response: Response) {
        self.knobs().calls.push_back(response);
    }

    /// Queues the response to a device authorization request; `$DC` and `$UC` in it are filled in.
    pub fn device(&self, response: Response) {
        self.knobs().devices.push_back(response);
    }

    /// Makes this key, token or password invalid. All others are valid, because users enter made-up ones here.
    pub fn end_key(&self, key: &str) {
        self.knobs().ended_keys.push(key.to_owned());
    }

    /// Sets how consent is decided.
    pub fn consent(&self, consent: Consent) {
        self.knobs().consent = consent;
    }

    /// Sets who signs in if no user is picked: `ann` (in the data center of the sign-in), `bea` (Europe) or `chandra`
    /// (India).
    pub fn person(&self, id: &str) {
        self.knobs().person = super::people::Person::by_id(id).map(|person| person.id);
    }

    /// Turns on a mode, in addition to those that are on.
    pub fn mode(&self, mode: Mode) {
        let mut knobs = self.knobs();
        if mode.effect() == ModeEffect::Doubt {
            knobs.doubt = Some(true);
        }
        knobs.modes.push(mode);
    }

    /// Sets the number of records of every list (two or three by default).
    pub fn records(&self, records: u64) {
        let mut knobs = self.knobs();
        knobs.modes.retain(|mode| mode.effect() != ModeEffect::Records);
        knobs.records = Some(records);
    }

    /// Sets the generation of the records of every list, see [`RecordSet`].
    pub fn records_changed(&self, generation: u64) {
        let mut knobs = self.knobs();
        knobs.modes.retain(|mode| mode.effect() != ModeEffect::RecordsChanged);
        knobs.generation = generation;
    }

    /// Turns off all modes, removes queued responses, and makes access tokens work again. Keeps the settings for
    /// records.
    pub fn clear(&self) {
        let mut knobs = self.knobs();
        knobs.modes.clear();
        knobs.doubt = Some(false);
        knobs.failed_pages.clear();
        knobs.redirects.clear();
        knobs.tokens.clear();
        knobs.revocations.clear();
        knobs.calls.clear();
        knobs.devices.clear();
    }

    pub(super) fn consent_now(&self) -> Consent {
        self.knobs().consent
    }

    pub(super) fn person_now(&self) -> Option<&'static str> {
        self.knobs().person
    }

    pub(super) fn next_redirect(&self) -> Option<String> {
        let mut knobs = self.knobs();
        knobs.redirects.pop_front().or_else(|| {
            knobs.modes.iter().find_map(|mode| match mode.effect() {
                ModeEffect::Redirect(query) => Some(query.to_owned()),
                _ => None,
            })
        })
    }

    /// Title and text of the error page that a mode shows instead of the consent page.
    pub(super) fn refusal_page(&self) -> Option<(&'static str, &'static str)> {
        self.knobs().modes.iter().find_map(|mode| match mode.effect() {
            ModeEffect::Page(title, text) => Some((title, text)),
            _ => None,
        })
    }

    pub(super) fn next_token(&self, refreshing: bool) -> Option<Response> {
        let mut knobs = self.knobs();
        knobs.tokens.pop_front().or_else(|| {
            knobs.modes.iter().find_map(|mode| match mode.effect() {
                ModeEffect::Token(name) => Some(super::mode::canned(name)),
                ModeEffect::Refresh(name) if refreshing => Some(super::mode::canned(name)),
                _ => None,
            })
        })
    }

    pub(super) fn next_revocation(&self) -> Option<Response> {
        self.knobs().revocations.pop_front()
    }

    pub(super) fn next_call(&self) -> Option<Response> {
        let mut knobs = self.knobs();
        knobs.calls.pop_front().or_else(|| {
            knobs.modes.iter().find_map(|mode| match mode.effect() {
                ModeEffect::Call(name) => Some(super::mode::canned(name)),
                _ => None,
            })
        })
    }

    pub(super) fn modes_now(&self) -> Vec<Mode> {
        self.knobs().modes.clone()
    }

    /// Whether the access tokens of the grants have to fail from now on, or work again. Returned once.
    pub(super) fn next_doubt(&self) -> Option<bool> {
        self.knobs().doubt.take()
    }

    /// The records that exist; `few` of them unless a number was set.
    pub(super) fn roster(&self, few: u64) -> RecordSet {
        let knobs = self.knobs();
        let by_mode = |effect| knobs.modes.iter().rev().find(|mode| mode.effect() == effect).map(Mode::count);
        let records = by_mode(ModeEffect::Records).or(knobs.records).unwrap_or(few);
        RecordSet::new(records, by_mode(ModeEffect::RecordsChanged).unwrap_or(knobs.generation))
    }

    /// The failures of pages of records that are on.
    pub(super) fn troubles(&self) -> FailureModes {
        self.knobs().troubles()
    }

    /// Counts a request for a page of records. Returns the status with which it has to fail; the same page fails only
    /// once.
    pub(super) fn interruption(&self, asked: &RecordedRequest) -> Option<u16> {
        let mut knobs = self.knobs();
        knobs.pages += 1;
        let (pages, troubles) = (knobs.pages, knobs.troubles());
        let status = match pages {
            _ if pages % 3 == 0 && troubles.has(FailureMode::Hiccup) => 503,
            _ if pages % 4 == 0 && troubles.has(FailureMode::Throttled) => 429,
            _ => return None,
        };
        let page = format!("{}{}?{:?}", asked.host, asked.path, asked.query);
        if knobs.failed_pages.contains(&page) {
            return None;
        }
        if knobs.failed_pages.len() >= MAX_FAILED {
            knobs.failed_pages.pop_front();
        }
        knobs.failed_pages.push_back(page);
        Some(status)
    }

    /// Whether the organization has no license for a product.
    pub(super) fn is_without(&self, product: Product) -> bool {
        self.knobs().modes.iter().any(|mode| mode.effect() == ModeEffect::NotSubscribed(product))
    }

    pub(super) fn is_ended(&self, key: &str) -> bool {
        self.knobs().ended_keys.iter().any(|ended| ended == key)
    }

    pub(super) fn next_device(&self) -> Option<Response> {
        let mut knobs = self.knobs();
        knobs.devices.pop_front().or_else(|| {
            knobs.modes.iter().find_map(|mode| match mode.effect() {
                ModeEffect::Device(json) => Some(Response::json_text(json)),
                _ => None,
            })
        })
    }

    /// The error that a mode returns to every poll for a device code.
    pub(super) fn undecided(&self) -> Option<Refusal> {
        self.knobs().modes.iter().find_map(|mode| match mode.effect() {
            ModeEffect::Undecided(refusal) => Some(refusal),
            _ => None,
        })
    }

    /// The delay of token responses.
    pub(super) fn delay(&self) -> std::time::Duration {
        let knobs = self.knobs();
        knobs.modes.iter().filter(|mode| mode.effect() == ModeEffect::Slow).map(Mode::duration).sum()
    }

    pub(super) fn rules(&self) -> TokenRules {
        let knobs = self.knobs();
        let mut rules = TokenRules { code_life: knobs.code_life, access_life: knobs.access_life, rotate: false };
        for mode in &knobs.modes {
            match mode.effect() {
                ModeEffect::StaleCodes => rules.code_life = SignedDuration::from_secs(-1),
                ModeEffect::ShortLived => {
                    let millis = i64::try_from(mode.duration().as_millis()).unwrap_or(i64::MAX);
                    rules.access_life = SignedDuration::from_millis(millis);
                }
                ModeEffect::Rotate => rules.rotate = true,
                _ => {}
            }
        }
        rules
    }

    fn knobs(&self) -> MutexGuard<'_, ScriptState> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl ScriptState {
    fn troubles(&self) -> FailureModes {
        let of = |mode: &Mode| match mode.effect() {
            ModeEffect::Pages(trouble) => Some(trouble),
            _ => None,
        };
        FailureModes(self.modes.iter().filter_map(of).collect())
    }
}
