//! Sync: every page of every kind of record, to a folder or to standard output; resumable, bounded, cancellable.
//!
//! Three steps a kind: pages are read (`fetch`) while the one before is taken into the spool (`take`), then the spool
//! is written out whole (`publish`). What ends a step leaves the former output as it was, and the next run goes on
//! there.

mod fetch;
mod publish;
mod report;
mod take;

use std::path::Path;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use serde_json::json;
use sha2::{Digest as _, Sha256};
use tokio::sync::{mpsc, watch};

pub use publish::Target;
pub use report::Report;

use super::plan::{Plan, credential_of};
use super::reader::{Reader, Stop, What};
use super::{by_id, under_way};
use crate::api::page::Mark;
use crate::engine::audit::{Action, Note};
use crate::engine::blocking::blocking;
use crate::engine::session::Session;
use crate::model::credential::Credential;
use crate::model::integration::{Integration, IntegrationId, Part, PartResult, Said, SyncResult, SyncSession, Trigger};
use crate::problem::{Kind, Problem};
use crate::records::{Output, Place, Run, Spool};

/// A run that stopped longer ago is begun anew: what it had read is no picture of today.
const RESUME_WITHIN: SignedDuration = SignedDuration::from_hours(24);

/// How it is to be done.
#[derive(Debug)]
pub struct Options {
    /// What started it.
    pub trigger: Trigger,
    /// Only this kind of record.
    pub only: Option<String>,
    /// Where the records go.
    pub target: Target,
    /// Begin anew even where an earlier run could be gone on with.
    pub fresh: bool,
    /// Go to other hosts than before.
    pub accept_new_host: bool,
}

impl Options {
    /// Everything, to its folder; on from where an earlier run stopped, to the hosts known.
    #[must_use]
    pub fn whole(trigger: Trigger) -> Self {
        Self { trigger, only: None, target: Target::Folder, fresh: false, accept_new_host: false }
    }
}

/// What the parts of a run share.
struct Round<'a> {
    session: &'a Session,
    one: Integration,
    place: Place,
    options: Options,
    reports: mpsc::Sender<Report>,
    cancel: watch::Receiver<bool>,
    /// The session as it stands; whoever looks, and whoever finds that we died, reads it in the place's `running.json`.
    entry: Arc<Mutex<SyncSession>>,
}

/// Runs an integration and gives the session that the history keeps, whatever came of it. `cancel` turned true ends it
/// after the page under way.
///
/// # Errors
/// What kept it from beginning: NotFound, Temporary while another run is under way, Usage, Storage.
pub async fn sync(
    session: &Session,
    id: IntegrationId,
    options: Options,
    reports: mpsc::Sender<Report>,
    cancel: watch::Receiver<bool>,
) -> Result<SyncSession, Problem> {
    let reading = session.clone();
    let one = blocking(move || by_id(&reading, id)).await?;
    check(&one, &options)?;
    let place = Place::of(&session.workspace.paths, id);
    let (locking, busy) = (place.clone(), under_way(&one));
    let (lock, number) = blocking(move || {
        let lock = locking.lock()?.ok_or(busy)?;
        let number = locking.next_number()?;
        Ok((lock, number))
    })
    .await?;
    let credential = one.setup.credential;
    let known = {
        let session = session.clone();
        blocking(move || Ok(credential.and_then(|id| session.credential(id).ok()))).await?
    };
    let about = known.as_ref().map(|credential| (credential.id, credential.name.to_string()));
    let workspace = session.workspace.clone();
    let mut note = blocking(move || Note::begin(&workspace, Action::Sync, about)).await?;
    note.about_integration(one.name.to_string());
    let entry = Arc::new(Mutex::new(begun(session, &one, &options, number)));
    let round = Round { session, one, place, options, reports, cancel, entry };
    let ended = Box::pin(round.run()).await;
    drop(lock);
    // What came of it is in the session, and no error of ours; the log has its word.
    let said = ended.as_ref().map_err(Clone::clone).and_then(|ended| verdict(ended).map(drop));
    let noted = blocking(move || match note.end(said) {
        Err(problem) if problem.kind == Kind::Storage => Err(problem),
        _ => Ok(()),
    });
    match (ended, noted.await) {
        (Ok(ended), Err(problem)) if verdict(&ended).is_ok() => Err(problem),
        (ended, _) => ended,
    }
}

/// The session at its beginning.
fn begun(session: &Session, one: &Integration, options: &Options, number: u64) -> SyncSession {
    let loads = options.only.as_ref().map_or(one.setup.loads.as_slice(), std::slice::from_ref);
    SyncSession {
        number,
        integration: one.id,
        name: one.name.to_string(),
        trigger: options.trigger,
        started: session.workspace.clock.now(),
        ended: None,
        result: None,
        problem: None,
        parts: loads.iter().map(|load| Part::waiting(load)).collect(),
    }
}

/// What would be known only after records were read.
fn check(one: &Integration, options: &Options) -> Result<(), Problem> {
    if let Some(only) = options.only.as_ref().filter(|only| !one.setup.loads.contains(only)) {
        return Err(Problem::new(Kind::Usage, format!("\"{}\" does not load {only}.", one.name))
            .try_this(format!("One of: {}.", one.setup.loads.join(", "))));
    }
    match &options.target {
        Target::Folder if one.setup.folder.is_empty() => {
            Err(Problem::new(Kind::Usage, format!("\"{}\" has no folder to write records to.", one.name))
                .try_this("Choose one in its form, or with: credenza integration edit NAME --folder DIR; or write to standard output with --output -"))
        }
        Target::Writer(_) if options.only.is_none() && one.setup.loads.len() > 1 => {
            Err(Problem::new(Kind::Usage, format!("\"{}\" loads more than one kind of record.", one.name))
                .why("They would be mixed in one stream.")
                .try_this(format!("Name one with --load: {}.", one.setup.loads.join(", "))))
        }
        _ => Ok(()),
    }
}

impl Round<'_> {
    async fn run(self) -> Result<SyncSession, Problem> {
        let loads: Vec<String> = self.entry().parts.iter().map(|part| part.load.clone()).collect();
        self.note().await?;
        // One check ahead of everything: a folder that cannot be written to costs no call.
        if let Err(problem) = self.open_folder().await {
            self.entry().problem = Some(Said::from(&problem));
        } else {
            for (place, load) in loads.iter().enumerate() {
                let part = Box::pin(self.part(load)).await;
                let _ = self.reports.send(Report::Part(Box::new(part.clone()))).await;
                let cancelled = part.result == PartResult::Cancelled;
                if let Some(slot) = self.entry().parts.get_mut(place) {
                    *slot = part;
                }
                if cancelled {
                    break;
                }
                self.note().await?;
            }
        }
        let mut ended = self.entry().clone();
        ended.ended = Some(self.session.workspace.clock.now());
        ended.result = Some(ended.judged());
        let (log, place) = (ended.clone(), self.place.clone());
        blocking(move || place.end(&log)).await?;
        Ok(ended)
    }

    fn entry(&self) -> MutexGuard<'_, SyncSession> {
        self.entry.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn note(&self) -> Result<(), Problem> {
        let (entry, place) = (self.entry().clone(), self.place.clone());
        blocking(move || place.note_running(&entry)).await
    }

    async fn open_folder(&self) -> Result<(), Problem> {
        if !matches!(self.options.target, Target::Folder) {
            return Ok(());
        }
        let folder = self.one.setup.folder.clone();
        blocking(move || Output::open(Path::new(&folder)).map(drop)).await
    }

    /// One kind of record, from its first page to its file.
    async fn part(&self, load: &str) -> Part {
        let mut part = Part::waiting(load);
        if *self.cancel.borrow() {
            part.result = PartResult::Cancelled;
            return part;
        }
        if let Err(stop) = Box::pin(self.read_and_write(&mut part)).await {
            part.result = match stop.what {
                What::Cancelled => PartResult::Cancelled,
                What::Unavailable => PartResult::NotAvailable,
                What::Plain => PartResult::Failed,
            };
            if stop.what != What::Cancelled {
                part.problem = Some(Said::from(&stop.problem));
            }
        }
        part
    }

    async fn read_and_write(&self, part: &mut Part) -> Result<(), End> {
        let credential = self.credential().await?;
        let plan = Plan::new(self.session, &self.one, &part.load, &credential, self.options.accept_new_host)?;
        let _ = self.reports.send(Report::Load { load: part.load.clone(), label: plan.label() }).await;
        let spool = self.spool(&plan, &credential, part).await?;
        let mut reader = Reader::new(self.session, plan, credential.id, None, self.cancel.clone())?;
        let (spool, ended) = Box::pin(self.fetch(&mut reader, spool, part)).await?;
        if let Some(end) = ended {
            return Err(end);
        }
        self.publish(spool, part).await?;
        Ok(())
    }

    async fn credential(&self) -> Result<Credential, Problem> {
        let (session, one) = (self.session.clone(), self.one.clone());
        blocking(move || credential_of(&session, &one)).await
    }

    /// The spool, at its beginning or where an earlier run stopped.
    async fn spool(&self, plan: &Plan<'_>, credential: &Credential, part: &mut Part) -> Result<Spool, Problem> {
        let now = self.session.workspace.clock.now();
        let run = Run { of: fingerprint(&self.one, plan, credential), began: now };
        let (place, load, fresh) = (self.place.clone(), plan.load.id.clone(), self.options.fresh);
        let fields = self.one.setup.fields.get(&load).map_or(0, Vec::len);
        let (spool, resumed) = blocking(move || {
            let mut spool = Spool::open(&place, &load)?;
            let goes_on = spool.unfinished().is_some_and(|known| {
                let age = now.duration_since(known.run.began);
                !fresh && known.run.of == run.of && age < RESUME_WITHIN && age >= SignedDuration::ZERO
            });
            // What stopped at its first page has nothing to go on with, and says so of nothing.
            let has_some = spool.unfinished().is_some_and(|known| known.pages > 0) && spool.is_whole();
            let resumes = goes_on && has_some;
            if resumes {
                spool.resume()?;
            } else {
                spool.begin(run, fetch::written(&Mark::First)?, fields)?;
            }
            Ok((spool, resumes))
        })
        .await?;
        part.resumed = resumed;
        Ok(spool)
    }
}

/// Why a kind of record did not come to its end.
type End = Box<Stop>;

impl From<Problem> for End {
    fn from(problem: Problem) -> Self {
        Self::new(problem.into())
    }
}

/// Everything that decides which records come and how a line looks.
fn fingerprint(one: &Integration, plan: &Plan<'_>, credential: &Credential) -> String {
    let what = json!([
        one.provider,
        credential.id,
        plan.load.id,
        plan.load.key,
        plan.load.records,
        plan.url.as_str(),
        plan.load.paging.in_words(),
        one.setup.fields.get(&plan.load.id),
    ]);
    STANDARD.encode(Sha256::digest(what.to_string().as_bytes()))
}

/// Whether a session is one a script should stop at.
///
/// # Errors
/// The first problem of a run that failed or was cancelled, with its kind.
pub fn verdict(session: &SyncSession) -> Result<SyncResult, Problem> {
    let result = session.result.unwrap_or(SyncResult::Failed);
    match (result, session.first_problem()) {
        (SyncResult::Failed, Some(said)) => {
            let kind = Kind::from_word(&said.kind).unwrap_or(Kind::Temporary);
            Err(Problem::new(kind, said.what.clone()).why(said.why.clone()).try_this(said.try_this.clone()))
        }
        (SyncResult::Failed, None) => Err(Problem::new(Kind::Temporary, "The run did not come to its end.")),
        (SyncResult::Cancelled, _) => Err(Problem::new(Kind::Temporary, "The run was cancelled.")
            .try_this("Run it again: it goes on where it stopped.")),
        (result, _) => Ok(result),
    }
}
