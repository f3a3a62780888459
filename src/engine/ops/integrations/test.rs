//! Test Run: step by step with each kind of record, to its first records; nothing is written.

use std::time::{Duration, Instant};

use serde_json::value::RawValue;
use tokio::sync::{mpsc, watch};

use super::by_id;
use super::plan::{Plan, credential_of};
use super::reader::{MARGIN, Reader, Stop, What};
pub use crate::api::page::Shown;
use crate::api::page::{Mark, Page};
use crate::engine::audit::{Action, Note};
use crate::engine::blocking::blocking;
use crate::engine::session::Session;
use crate::mask::Masks;
use crate::model::credential::Credential;
use crate::model::integration::{Integration, IntegrationId};
use crate::problem::{Kind, Problem};
use crate::raw_json::{compact, flatten, kind_of, text_of};
use crate::records::line;

/// Records that are asked for.
const RECORDS: u32 = 10;

/// Characters of a value that are shown.
const MAX_VALUE: usize = 200;

/// Fields of a record that are shown.
const MAX_FIELDS: usize = 200;

/// Objects within objects that are shown as fields of their own.
const MAX_DEPTH: usize = 4;

/// One step.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Step {
    /// Reads the credential.
    Credential,
    /// A token that lasts: the stored one, or a refresh.
    Token,
    /// Calls the API.
    Call,
    /// Reads the records.
    Records,
}

/// What is told while it runs.
#[derive(Clone, Debug)]
pub enum Report {
    /// A kind of record is begun.
    Load(usize),
    /// A step is begun, with what it is about: `GET https://…`.
    Begun(Step, String),
    /// A step has worked.
    Passed(Step, Duration),
}

/// Its result.
#[derive(Clone, Debug)]
pub struct Tested {
    /// The integration's name.
    pub name: String,
    /// One a kind of record.
    pub loads: Vec<LoadTested>,
}

/// What came of one kind of record.
#[derive(Clone, Debug)]
pub struct LoadTested {
    /// The catalog's id of it.
    pub load: String,
    /// "ServiceDesk Plus: Assets".
    pub label: String,
    /// The steps that worked, what they were about, and how long each took.
    pub steps: Vec<(Step, String, Duration)>,
    /// The step that did not, what it was about, and why.
    pub failed: Option<(Step, String, Problem)>,
    /// Whether the account has no such records: the others are not worse for it.
    pub not_available: bool,
    /// The request, nothing secret in it.
    pub request: Option<Shown>,
    /// What came, where records came.
    pub sample: Option<Sample>,
}

/// The first records.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// The HTTP status.
    pub status: u16,
    /// Bytes of the answer.
    pub bytes: usize,
    /// How many there are in all, as the provider says.
    pub total: Option<u64>,
    /// How many came.
    pub count: usize,
    /// The fields, in the order they first come: dotted path, what it is, the values of the first records. All escaped.
    pub fields: Vec<SampleField>,
    /// Why some records could not be written: "Record 2: It has no id."
    pub errors: Vec<String>,
    /// Fields of the mapping that no record has.
    pub missing: Vec<String>,
    /// Substitutions made while reading, each with its place.
    pub notes: Vec<String>,
}

/// One field of the first records.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct SampleField {
    /// Its dotted path.
    pub path: String,
    /// `text`, `number`, ...; two of them joined by `or`.
    pub kind: String,
    /// Its value in each record; empty where it has none.
    pub values: Vec<String>,
}

impl Tested {
    /// Whether something works, and nothing is broken but what the account does not have.
    #[must_use]
    pub fn passed(&self) -> bool {
        let broken = self.loads.iter().any(|one| one.failed.is_some() && !one.not_available);
        !broken && self.loads.iter().any(|one| one.failed.is_none())
    }

    /// The problem a script is told.
    #[must_use]
    pub fn problem(&self) -> Option<&Problem> {
        if self.passed() {
            return None;
        }
        let broken = self.loads.iter().filter(|one| !one.not_available);
        broken.chain(&self.loads).find_map(|one| one.failed.as_ref().map(|(.., problem)| problem))
    }
}

impl Step {
    /// All of them in their order.
    pub const ALL: [Self; 4] = [Self::Credential, Self::Token, Self::Call, Self::Records];

    /// As a person reads it.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Credential => "Read the credential",
            Self::Token => "Get a long-enough access token",
            Self::Call => "Call",
            Self::Records => "Read the records",
        }
    }
}

/// Tests every kind of record the integration loads, or `only` one. What works is pinned to the hosts that answered.
///
/// # Errors
/// NotFound, Storage; what goes wrong with a kind of record is in the answer.
pub async fn test(
    session: &Session,
    id: IntegrationId,
    only: Option<&str>,
    accept_new_host: bool,
    reports: mpsc::Sender<Report>,
    cancel: watch::Receiver<bool>,
) -> Result<Tested, Problem> {
    let (reading, workspace) = (session.clone(), session.workspace.clone());
    let one = blocking(move || by_id(&reading, id)).await?;
    let name = one.name.to_string();
    let mut note = blocking(move || Note::begin(&workspace, Action::Test, None)).await?;
    note.about_integration(name.clone());
    let mut loads = Vec::new();
    for (place, load) in one.setup.loads.iter().enumerate().filter(|(_, load)| only.is_none_or(|only| only == *load)) {
        let _ = reports.send(Report::Load(place)).await;
        let mut run =
            Run { session, one: &one, accept_new_host, reports: &reports, cancel: &cancel, done: begun(load) };
        run.go().await;
        loads.push(run.done);
    }
    let tested = Tested { name, loads };
    let said = tested.problem().cloned().map_or(Ok(()), Err);
    // Its result is the answer, not an error.
    let noted = blocking(move || match note.end(said) {
        Err(problem) if problem.kind == Kind::Storage => Err(problem),
        _ => Ok(()),
    });
    noted.await?;
    Ok(tested)
}

fn begun(load: &str) -> LoadTested {
    LoadTested {
        load: load.to_owned(),
        label: load.to_owned(),
        steps: Vec::new(),
        failed: None,
        not_available: false,
        request: None,
        sample: None,
    }
}

struct Run<'a> {
    session: &'a Session,
    one: &'a Integration,
    accept_new_host: bool,
    reports: &'a mpsc::Sender<Report>,
    cancel: &'a watch::Receiver<bool>,
    done: LoadTested,
}

impl<'a> Run<'a> {
    async fn go(&mut self) {
        let Some((credential, plan)) = self.credential().await else { return };
        self.done.label = plan.label();
        let reader = Reader::new(self.session, plan, credential.id, Some(RECORDS), self.cancel.clone());
        let Some(mut reader) = self.kept(Step::Token, "", reader.map_err(Stop::from)) else { return };
        let about = token_about(&credential, self.session);
        let began = self.begin(Step::Token, &about).await;
        let token = reader.token().await.map_err(Stop::from);
        if self.kept(Step::Token, &about, token).is_none() {
            return;
        }
        self.pass(Step::Token, about, began).await;
        self.done.request = reader.shown(&Mark::First).await.ok();
        let about = self.done.request.as_ref().map(|shown| shown.line.clone()).unwrap_or_default();
        let began = self.begin(Step::Call, &about).await;
        let page = reader.page(&Mark::First).await;
        let Some(page) = self.kept(Step::Call, &about, page) else { return };
        self.pass(Step::Call, about, began).await;
        let began = self.begin(Step::Records, "").await;
        let sample = sample(&page, reader.plan(), self.one);
        let words = match sample.total {
            Some(total) => format!("{} of {total}", sample.count),
            None => sample.count.to_string(),
        };
        self.done.sample = Some(sample);
        self.pass(Step::Records, words, began).await;
        // The next run pins it, if this one could not.
        let _ = reader.plan().pin(self.session, self.one.id).await;
    }

    async fn credential(&mut self) -> Option<(Credential, Plan<'a>)> {
        let began = self.begin(Step::Credential, "").await;
        let (session, one) = (self.session.clone(), self.one.clone());
        let credential = blocking(move || credential_of(&session, &one)).await.map_err(Stop::from);
        let credential = self.kept(Step::Credential, "", credential)?;
        let about = format!("\"{}\"", credential.name);
        let plan = Plan::new(self.session, self.one, &self.done.load, &credential, self.accept_new_host);
        let plan = self.kept(Step::Credential, &about, plan.map_err(Stop::from))?;
        self.pass(Step::Credential, about, began).await;
        Some((credential, plan))
    }

    async fn begin(&self, step: Step, about: &str) -> Instant {
        let _ = self.reports.send(Report::Begun(step, about.to_owned())).await;
        Instant::now()
    }

    async fn pass(&mut self, step: Step, about: String, began: Instant) {
        let took = began.elapsed();
        self.done.steps.push((step, about, took));
        let _ = self.reports.send(Report::Passed(step, took)).await;
    }

    fn kept<T>(&mut self, at: Step, about: &str, result: Result<T, Stop>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(stop) => {
                self.done.not_available = stop.what == What::Unavailable;
                self.done.failed = Some((at, about.to_owned(), stop.problem));
                None
            }
        }
    }
}

fn token_about(credential: &Credential, session: &Session) -> String {
    if credential.is_typed_in() {
        return "as it was typed in".to_owned();
    }
    let now = session.workspace.clock.now();
    let host = credential.endpoints.as_ref().and_then(|known| known.token.host_str()).unwrap_or_default().to_owned();
    match &credential.tokens {
        Some(tokens) if tokens.is_fresh(now, MARGIN) => "stored token is valid".to_owned(),
        Some(_) => format!("stored token expired; refresh it at {host}"),
        None => String::new(),
    }
}

fn sample(page: &Page, plan: &Plan<'_>, one: &Integration) -> Sample {
    let fields = one.setup.fields.get(&plan.load.id).cloned().unwrap_or_default();
    let (mut present, masks) = (vec![false; fields.len()], page.masks());
    let mut sample = Sample {
        status: page.status,
        bytes: page.bytes,
        total: page.total,
        count: page.records.len(),
        notes: page.notes.clone(),
        ..Sample::default()
    };
    let shown = page.records.iter().take(usize::try_from(RECORDS).unwrap_or(usize::MAX));
    for (place, record) in shown.enumerate() {
        if let Err(why) = line(record, &plan.load.key, &fields, &mut present) {
            sample.errors.push(format!("Record {}: {}", place + 1, masks.quote(&why, MAX_VALUE)));
        }
        flatten(record, MAX_DEPTH, &mut |path, value| note(&masks, &mut sample.fields, place, path, value));
    }
    for field in &mut sample.fields {
        field.values.resize(page.records.len().min(RECORDS as usize), String::new());
    }
    let missing = fields.iter().zip(&present).filter(|(_, present)| !**present && sample.count > 0);
    sample.missing = missing.map(|(field, _)| field.path.clone()).collect();
    sample
}

fn note(masks: &Masks, fields: &mut Vec<SampleField>, record: usize, path: &str, value: &RawValue) {
    let path = masks.quote(path, MAX_VALUE);
    let kind = kind_of(value);
    let text = text_of(value).unwrap_or_else(|| {
        let mut json = Vec::new();
        compact(value, &mut json);
        json.truncate(MAX_VALUE * 64);
        String::from_utf8_lossy(&json).into_owned()
    });
    let found = fields.iter().position(|field| field.path == path);
    let place = found.unwrap_or(fields.len());
    if found.is_none() {
        if fields.len() == MAX_FIELDS {
            return;
        }
        fields.push(SampleField { path, kind: kind.to_owned(), values: Vec::new() });
    }
    let Some(field) = fields.get_mut(place) else { return };
    if !field.kind.split(" or ").any(|known| known == kind) {
        field.kind = if field.kind == "null" { kind.to_owned() } else { format!("{} or {kind}", field.kind) };
    }
    field.values.resize(record, String::new());
    field.values.push(masks.quote(&text, MAX_VALUE));
}
