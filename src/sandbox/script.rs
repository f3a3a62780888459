//! What a test or a mode asks of the sandbox: exact next answers, consent, lifetimes.

use std::collections::VecDeque;
use std::sync::{Mutex, MutexGuard, PoisonError};

use jiff::SignedDuration;

use super::answer::Answer;
use super::mode::{Effect, Mode};
use super::refusal::Refusal;
use super::roster::Roster;
use super::seen::Seen;
use super::trouble::{Trouble, Troubles};
use super::zoho::Product;

/// Who decides at the consent page.
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
pub struct Script(Mutex<Knobs>);

#[derive(Debug)]
struct Knobs {
    consent: Consent,
    person: Option<&'static str>,
    modes: Vec<Mode>,
    redirects: VecDeque<String>,
    tokens: VecDeque<Answer>,
    revocations: VecDeque<Answer>,
    calls: VecDeque<Answer>,
    devices: VecDeque<Answer>,
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
pub(super) struct Rules {
    pub(super) code_life: SignedDuration,
    pub(super) access_life: SignedDuration,
    pub(super) rotate: bool,
}

impl Script {
    pub(super) fn new(consent: Consent, modes: Vec<Mode>) -> Self {
        let doubt = modes.iter().any(|mode| mode.effect() == Effect::Doubt).then_some(true);
        Self(Mutex::new(Knobs {
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
    pub fn token(&self, answer: Answer) {
        self.knobs().tokens.push_back(answer);
    }

    /// The next redirect has exactly this query; `$STATE` and `$CODE` in it are filled in.
    pub fn redirect(&self, query: &str) {
        self.knobs().redirects.push_back(query.to_owned());
    }

    /// The next revocation is answered so.
    pub fn revocation(&self, answer: Answer) {
        self.knobs().revocations.push_back(answer);
    }

    /// The next API call is answered so, whether it is a test or asks for a page of records.
    pub fn call(&self, answer: Answer) {
        self.knobs().calls.push_back(answer);
    }

    /// The next request for a device code is answered so; `$DC` and `$UC` in it are filled in.
    pub fn device(&self, answer: Answer) {
        self.knobs().devices.push_back(answer);
    }

    /// This key, token or password is good no longer. Every other one is: who enters one here made it up.
    pub fn end_key(&self, key: &str) {
        self.knobs().ended_keys.push(key.to_owned());
    }

    /// Who decides from now on.
    pub fn consent(&self, consent: Consent) {
        self.knobs().consent = consent;
    }

    /// Who signs in from now on where nobody picks: `ann` (in the data center asked), `bea` (Europe) or `chandra` (India).
    pub fn person(&self, id: &str) {
        self.knobs().person = super::people::Person::by_id(id).map(|person| person.id);
    }

    /// From now on the provider behaves so too.
    pub fn mode(&self, mode: Mode) {
        let mut knobs = self.knobs();
        if mode.effect() == Effect::Doubt {
            knobs.doubt = Some(true);
        }
        knobs.modes.push(mode);
    }

    /// Every list has so many records from now on (two or three unless said).
    pub fn records(&self, records: u64) {
        let mut knobs = self.knobs();
        knobs.modes.retain(|mode| mode.effect() != Effect::Records);
        knobs.records = Some(records);
    }

    /// The records of every list are in this generation from now on, as [`Roster`] says.
    pub fn records_changed(&self, generation: u64) {
        let mut knobs = self.knobs();
        knobs.modes.retain(|mode| mode.effect() != Effect::RecordsChanged);
        knobs.generation = generation;
    }

    /// No more modes and queued answers, and no doubts. What was said of the records stays.
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

    /// How long codes live from now on (a minute unless said).
    pub fn code_life(&self, life: SignedDuration) {
        self.knobs().code_life = life;
    }

    /// How long access tokens live from now on (an hour unless said).
    pub fn access_life(&self, life: SignedDuration) {
        self.knobs().access_life = life;
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
                Effect::Redirect(query) => Some(query.to_owned()),
                _ => None,
            })
        })
    }

    /// Title and text of the page a mode shows instead of consent.
    pub(super) fn refusal_page(&self) -> Option<(&'static str, &'static str)> {
        self.knobs().modes.iter().find_map(|mode| match mode.effect() {
            Effect::Page(title, text) => Some((title, text)),
            _ => None,
        })
    }

    pub(super) fn next_token(&self, refreshing: bool) -> Option<Answer> {
        let mut knobs = self.knobs();
        knobs.tokens.pop_front().or_else(|| {
            knobs.modes.iter().find_map(|mode| match mode.effect() {
                Effect::Token(name) => Some(super::mode::canned(name)),
                Effect::Refresh(name) if refreshing => Some(super::mode::canned(name)),
                _ => None,
            })
        })
    }

    pub(super) fn next_revocation(&self) -> Option<Answer> {
        self.knobs().revocations.pop_front()
    }

    pub(super) fn next_call(&self) -> Option<Answer> {
        let mut knobs = self.knobs();
        knobs.calls.pop_front().or_else(|| {
            knobs.modes.iter().find_map(|mode| match mode.effect() {
                Effect::Call(name) => Some(super::mode::canned(name)),
                _ => None,
            })
        })
    }

    /// The modes that are on.
    pub(super) fn modes_now(&self) -> Vec<Mode> {
        self.knobs().modes.clone()
    }

    /// Whether grants are to be doubted now, or trusted again. Asked once.
    pub(super) fn next_doubt(&self) -> Option<bool> {
        self.knobs().doubt.take()
    }

    /// Which records there are; `few` where nobody says how many.
    pub(super) fn roster(&self, few: u64) -> Roster {
        let knobs = self.knobs();
        let by_mode = |effect| knobs.modes.iter().rev().find(|mode| mode.effect() == effect).map(Mode::count);
        let records = by_mode(Effect::Records).or(knobs.records).unwrap_or(few);
        Roster::new(records, by_mode(Effect::RecordsChanged).unwrap_or(knobs.generation))
    }

    /// How pages of records go wrong.
    pub(super) fn troubles(&self) -> Troubles {
        self.knobs().troubles()
    }

    /// Counts a request for a page of records; the status it fails with, once.
    pub(super) fn interruption(&self, asked: &Seen) -> Option<u16> {
        let mut knobs = self.knobs();
        knobs.pages += 1;
        let (pages, troubles) = (knobs.pages, knobs.troubles());
        let status = match pages {
            _ if pages % 3 == 0 && troubles.has(Trouble::Hiccup) => 503,
            _ if pages % 4 == 0 && troubles.has(Trouble::Throttled) => 429,
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
        self.knobs().modes.iter().any(|mode| mode.effect() == Effect::NotSubscribed(product))
    }

    pub(super) fn is_ended(&self, key: &str) -> bool {
        self.knobs().ended_keys.iter().any(|ended| ended == key)
    }

    pub(super) fn next_device(&self) -> Option<Answer> {
        let mut knobs = self.knobs();
        knobs.devices.pop_front().or_else(|| {
            knobs.modes.iter().find_map(|mode| match mode.effect() {
                Effect::Device(json) => Some(Answer::json_text(json)),
                _ => None,
            })
        })
    }

    /// What a mode says to each question about a device code.
    pub(super) fn undecided(&self) -> Option<Refusal> {
        self.knobs().modes.iter().find_map(|mode| match mode.effect() {
            Effect::Undecided(refusal) => Some(refusal),
            _ => None,
        })
    }

    /// How late token answers come.
    pub(super) fn delay(&self) -> std::time::Duration {
        let knobs = self.knobs();
        knobs.modes.iter().filter(|mode| mode.effect() == Effect::Slow).map(Mode::duration).sum()
    }

    pub(super) fn rules(&self) -> Rules {
        let knobs = self.knobs();
        let mut rules = Rules { code_life: knobs.code_life, access_life: knobs.access_life, rotate: false };
        for mode in &knobs.modes {
            match mode.effect() {
                Effect::StaleCodes => rules.code_life = SignedDuration::from_secs(-1),
                Effect::ShortLived => {
                    let millis = i64::try_from(mode.duration().as_millis()).unwrap_or(i64::MAX);
                    rules.access_life = SignedDuration::from_millis(millis);
                }
                Effect::Rotate => rules.rotate = true,
                _ => {}
            }
        }
        rules
    }

    fn knobs(&self) -> MutexGuard<'_, Knobs> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Knobs {
    fn troubles(&self) -> Troubles {
        let of = |mode: &Mode| match mode.effect() {
            Effect::Pages(trouble) => Some(trouble),
            _ => None,
        };
        Troubles(self.modes.iter().filter_map(of).collect())
    }
}
