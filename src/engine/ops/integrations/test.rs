//! Test Run: reads the first records of each record type, step by step; writes nothing.

use std::time::{Duration, Instant};

use serde_json::value::RawValue;
use tokio::sync::{mpsc, watch};

use super::by_id;
use super::plan::{Plan, credential_of};
use super::reader::{MARGIN, PageError, Reader, StopKind};
pub use crate::api::page::RedactedRequest;
use crate::api::page::{Page, PageCursor};
use crate::engine::audit::{Action, PendingEntry};
use crate::engine::blocking::blocking;
use crate::engine::session::Session;
use crate::mask::Masks;
use crate::model::credential::Credential;
use crate::model::integration::{Integration, IntegrationId};
use crate::problem::{Kind, Problem};
use crate::raw_json::{compact, flatten, kind_of, text_of};
use crate::records::line;

/// Number of records that are requested.
const RECORDS: u32 = 10;

/// Most characters of a value that are shown.
const MAX_VALUE: usize = 200;

/// Most fields of a record that are shown.
const MAX_FIELDS: usize = 200;

/// Depth to which nested objects are shown as separate fields.
const MAX_DEPTH: usize = 4;

#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
pub enum Step {
    /// Reads the credential.
    Credential,
    /// Gets a valid token: the stored one, or after a refresh.
    Token,
    /// Calls the API.
    Call,
    /// Reads the records.
    Records,
}

/// Progress reports of a test.
#[derive(Clone, Debug)]
pub enum Report {
    /// The record type with this index begins.
    RecordType(usize),
    /// A step begins, with its subject: `GET https://…`.
    Begun(Step, String),
    /// A step succeeded.
    Passed(Step, Duration),
}

/// The result of a test.
#[derive(Clone, Debug)]
pub struct TestReport {
    /// The integration's name.
    pub name: String,
    /// One for each record type.
    pub loads: Vec<LoadTestReport>,
}

/// The result of one record type.
#[derive(Clone, Debug)]
pub struct LoadTestReport {
    /// Its catalog id.
    pub load: String,
    /// "ServiceDesk Plus: Assets".
    pub label: String,
    /// The steps that succeeded, with subject and duration.
    pub steps: Vec<(Step, String, Duration)>,
    /// The step that failed, with subject and problem.
    pub failed: Option<(Step, String, Problem)>,
    /// Whether the account has no such records; other record types are unaffected.
    pub not_available: bool,
    /// The request, with secrets masked.
    pub request: Option<RedactedRequest>,
    /// A sample, if there were records.
    pub sample: Option<Sample>,
}

/// The first records.
#[derive(Clone, Debug, Default)]
pub struct Sample {
    /// The HTTP status.
    pub status: u16,
    /// Bytes of the response.
    pub bytes: usize,
    /// The total that the provider reports.
    pub total: Option<u64>,
    /// Number of records in the response.
    pub count: usize,
    /// The fields in order of appearance: dotted path, type, values in the first records. All escaped.
    pub fields: Vec<SampleField>,
    /// Why some records could not be written: "Record 2: It has no id."
    pub errors: Vec<String>,
    /// Fields of the mapping that no record has.
    pub missing: Vec<String>,
    /// Substitutions made while reading, each with its position.
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

impl TestReport {
    /// Whether at least one record type worked, and none failed except those the account does not have.
    #[must_use]
    pub fn passed(&self) -> bool {
        let broken = self.loads.iter().any(|one| one.failed.is_some() && !one.not_available);
        !broken && self.loads.iter().any(|one| one.failed.is_none())
    }

    /// The problem with which a script fails.
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
    /// All steps, in order.
    pub const ALL: [Self; 4] = [Self::Credential, Self::Token, Self::Call, Self::Records];

    /// The words on the screen.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::Credential => "Read the credential",
            Self::Token => "Get an access token with enough time left",
            Self::Call => "Call",
            Self::Records => "Read the records",
        }
    }
}

/// Tests every record type that the integration loads, or `only` one. Pins the hosts of those that work.
///
/// # Errors
/// `Kind::NotFound`, `Kind::Storage`; the problems of a record type are in the result.
pub async fn test(
    session: &Session,
    id: IntegrationId,
    only: Option<&str>,
    accept_new_host: bool,
    reports: mpsc::Sender<Report>,
    cancel: watch::Receiver<bool>,
) -> Result<TestReport, Problem> {
    let (reading, workspace) = (session.clone(), session.workspace.clone());
    let one = blocking(move || by_id(&reading, id)).await?;
    let name = one.name.to_string();
    let mut note = blocking(move || PendingEntry::begin(&workspace, Action::Test, None)).await?;
    note.about_integration(name.clone());
    let mut loads = Vec::new();
    for (place, load) in one.setup.loads.iter().enumerate().filter(|(_, load)| only.is_none_or(|only| only == *load)) {
        let _ = reports.send(Report::RecordType(place)).await;
        let mut run = TestRunner {
            session,
            one: &one,
            accept_new_host,
            reports: &reports,
            cancel: &cancel,
            done: new_report(load),
        };
        run.go().await;
        loads.push(run.done);
    }
    let tested = TestReport { name, loads };
    let said = tested.problem().cloned().map_or(Ok(()), Err);
    // A failed test is a result, not an error of this function.
    let noted = blocking(move || match note.end(said) {
        Err(problem) if problem.kind == Kind::Storage => Err(problem),
        _ => Ok(()),
    });
    noted.await?;
    Ok(tested)
}

fn new_report(load: &str) -> LoadTestReport {
    LoadTestReport {
        load: load.to_owned(),
        label: load.to_owned(),
        steps: Vec::new(),
        failed: None,
        not_available: false,
        request: None,
        sample: None,
    }
}

struct TestRunner<'a> {
    session: &'a Session,
    one: &'a Integration,
    accept_new_host: bool,
    reports: &'a mpsc::Sender<Report>,
    cancel: &'a watch::Receiver<bool>,
    done: LoadTestReport,
}

impl<'a> TestRunner<'a> {
    async fn go(&mut self) {
        let Some((credential, plan)) = self.credential().await else { return };
        self.done.label = plan.label();
        let reader = Reader::new(self.session, plan, credential.id, Some(RECORDS), self.cancel.clone());
        let Some(mut reader) = self.kept(Step::Token, "", reader.map_err(PageError::from)) else { return };
        let about = token_about(&credential, self.session);
        let began = self.begin(Step::Token, &about).await;
        let token = reader.token().await.map_err(PageError::from);
        if self.kept(Step::Token, &about, token).is_none() {
            return;
        }
        self.pass(Step::Token, about, began).await;
        self.done.request = reader.shown(&PageCursor::First).await.ok();
        let about = self.done.request.as_ref().map(|shown| shown.line.clone()).unwrap_or_default();
        let began = self.begin(Step::Call, &about).await;
        let page = reader.page(&PageCursor::First).await;
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
        // If pinning fails, the next run pins the host.
        let _ = reader.plan().pin(self.session, self.one.id).await;
    }

    async fn credential(&mut self) -> Option<(Credential, Plan<'a>)> {
        let began = self.begin(Step::Credential, "").await;
        let (session, one) = (self.session.clone(), self.one.clone());
        let credential = blocking(move || credential_of(&session, &one)).await.map_err(PageError::from);
        let credential = self.kept(Step::Credential, "", credential)?;
        let about = format!("\"{}\"", credential.name);
        let plan = Plan::new(self.session, self.one, &self.done.load, &credential, self.accept_new_host);
        let plan = self.kept(Step::Credential, &about, plan.map_err(PageError::from))?;
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

    fn kept<T>(&mut self, at: Step, about: &str, result: Result<T, PageError>) -> Option<T> {
        match result {
            Ok(value) => Some(value),
            Err(stop) => {
                self.done.not_available = stop.what == StopKind::Unavailable;
                self.done.failed = Some((at, about.to_owned(), stop.problem));
                None
            }
        }
    }
}

fn token_about(credential: &Credential, session: &Session) -> String {
    if credential.is_static_secret() {
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
