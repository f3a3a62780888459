//! What a test or a mode asks of the sandbox: exact next responses, consent, lifetimes.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::SignedDuration;

use super::failure_mode::{FailureMode, FailureModes};
use super::mode::{Mode, ModeEffect};
use super::recorded_request::RecordedRequest;
use super::refusal::Refusal;
use super::response::Response;
use super::roster::Roster;
use super::zoho::Product;

/// How the consent page is decided.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum Consent {
    /// A person, in a browser.
    #[default]
    Page,
    /// Accepted at once.
    Accept,
    /// Rejected at once.
    Reject,
}

/// Settings that can change while the sandbox runs. Everything queued is used once, in order.
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
    /// Requests for pages of records so far.
    pages: u64,
    /// Pages that failed once and come when asked for again.
    failed_pages: VecDeque<String>,
    /// Grants are to be doubted, or trusted again, before anything else happens.
    doubt: Option<bool>,
}

/// Most pages that are remembered to have failed.
const MAX_FAILED: usize = 1_000;

/// Lives of what is minted, and whether refresh tokens rotate against the provider's habit.
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

    /// The next token request is answered so.
    pub fn token(&self, response: Response) {
        self.knobs().tokens.push_back(response);
    }

    /// The next redirect has exactly this query; `$STATE` and `$CODE` in it are filled in.
    pub fn redirect(&self, query: &str) {
        self.knobs().redirects.push_back(query.to_owned());
    }

    /// The next revocation is answered so.
    pub fn revocation(&self, response: Response) {
        self.knobs().revocations.push_back(response);
    }

    /// The next API call is answered so, whether it is a test or asks for a page of records.
    pub fn call(&self, response: Response) {
        self.knobs().calls.push_back(response);
    }

    /// The next request for a device code is answered so; `$DC` and `$UC` in it are filled in.
    pub fn device(&self, response: Response) {
        self.knobs().devices.push_back(response);
    }

    /// This key, token or password is good no longer. Every other one is: who enters one here made it up.
    pub fn end_key(&self, key: &str) {
        self.knobs().ended_keys.push(key.to_owned());
    }

    /// Sets how consent is decided.
    pub fn consent(&self, consent: Consent) {
        self.knobs().consent = consent;
    }

    /// Who signs in if none is picked: `ann` (in the data center asked), `bea` (Europe) or `chandra` (India).
    pub fn person(&self, id: &str) {
        self.knobs().person = super::people::Person::by_id(id).map(|person| person.id);
    }

    /// From now on the provider behaves so too.
    pub fn mode(&self, mode: Mode) {
        let mut knobs = self.knobs();
        if mode.effect() == ModeEffect::Doubt {
            knobs.doubt = Some(true);
        }
        knobs.modes.push(mode);
    }

    /// Every list has so many records from now on (two or three unless said).
    pub fn records(&self, records: u64) {
        let mut knobs = self.knobs();
        knobs.modes.retain(|mode| mode.effect() != ModeEffect::Records);
        knobs.records = Some(records);
    }

    /// The records of every list are in this generation from now on, as [`Roster`] says.
    pub fn records_changed(&self, generation: u64) {
        let mut knobs = self.knobs();
        knobs.modes.retain(|mode| mode.effect() != ModeEffect::RecordsChanged);
        knobs.generation = generation;
    }

    /// No more modes and queued responses, and no doubts. What was said of the records stays.
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

    /// Title and text of the page a mode shows instead of consent.
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

    /// Whether grants are to be doubted now, or trusted again. Asked once.
    pub(super) fn next_doubt(&self) -> Option<bool> {
        self.knobs().doubt.take()
    }

    /// Which records exist; `few` unless a number was set.
    pub(super) fn roster(&self, few: u64) -> Roster {
        let knobs = self.knobs();
        let by_mode = |effect| knobs.modes.iter().rev().find(|mode| mode.effect() == effect).map(Mode::count);
        let records = by_mode(ModeEffect::Records).or(knobs.records).unwrap_or(few);
        Roster::new(records, by_mode(ModeEffect::RecordsChanged).unwrap_or(knobs.generation))
    }

    /// How pages of records go wrong.
    pub(super) fn troubles(&self) -> FailureModes {
        self.knobs().troubles()
    }

    /// Counts a request for a page of records; the status it fails with, once.
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

    /// Whether the organization is without a product.
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

    /// What a mode says to each question about a device code.
    pub(super) fn undecided(&self) -> Option<Refusal> {
        self.knobs().modes.iter().find_map(|mode| match mode.effect() {
            ModeEffect::Undecided(refusal) => Some(refusal),
            _ => None,
        })
    }

    /// How late token responses come.
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
