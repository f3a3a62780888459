//! Runs an integration: takes the lock, records the session, loads the record types.

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use tokio::sync::{mpsc, watch};

use super::options::{Options, Target};
use super::report::Report;
use super::sync_run::SyncRun;
use crate::engine::audit::{Action, PendingEntry};
use crate::engine::blocking::blocking;
use crate::engine::ops::integrations::{by_id, refuse_own_folder, under_way};
use crate::engine::session::Session;
use crate::model::integration::{
    Integration, IntegrationId, LoadResult, PartResult, StoredProblem, SyncResult, SyncSession,
};
use crate::problem::{Kind, NextStep, Problem};
use crate::records::{Output, RunDir};

/// Runs an integration and returns its session, even if the run failed. Setting `cancel` stops it after the page in
/// progress.
///
/// # Errors
/// Why it did not start: `Kind::NotFound`, `Kind::Temporary` while another run is in progress, `Kind::Usage`,
/// `Kind::Storage`.
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
    let place = RunDir::of(&session.workspace.paths, id);
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
    let mut note = blocking(move || PendingEntry::begin(&workspace, Action::Sync, about)).await?;
    note.about_integration(one.name.to_string());
    let entry = Arc::new(Mutex::new(new_session(session, &one, &options, number)));
    let round = SyncRun { session, one, place, options, reports, cancel, entry };
    let ended = Box::pin(round.run()).await;
    drop(lock);
    // A failed run is a session, not an error of this function; but the audit log gets its problem.
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

/// The session of a run that begins.
fn new_session(session: &Session, one: &Integration, options: &Options, number: u64) -> SyncSession {
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
        parts: loads.iter().map(|load| LoadResult::waiting(load)).collect(),
    }
}

/// Checks in advance what would otherwise fail only after records were read.
fn check(one: &Integration, options: &Options) -> Result<(), Problem> {
    if let Some(only) = options.only.as_ref().filter(|only| !one.setup.loads.contains(only)) {
        return Err(Problem::new(Kind::Usage, format!("\"{}\" does not load {only}.", one.name))
            .try_this(format!("Choose one of: {}.", one.setup.loads.join(", "))));
    }
    match &options.target {
        Target::Folder if one.setup.folder.is_empty() => {
            Err(Problem::new(Kind::Usage, format!("\"{}\" has no folder to write records to.", one.name))
                .step(NextStep::ChooseOutput { integration: one.name.to_string() }))
        }
        Target::Writer(_) if options.only.is_none() && one.setup.loads.len() > 1 => {
            Err(Problem::new(Kind::Usage, format!("\"{}\" loads more than one record type.", one.name))
                .why("They would be mixed in one stream.")
                .try_this(format!("Choose one of {}.", one.setup.loads.join(", ")))
                .step(NextStep::ChooseLoad))
        }
        _ => Ok(()),
    }
}

impl SyncRun<'_> {
    async fn run(self) -> Result<SyncSession, Problem> {
        let loads: Vec<String> = self.entry().parts.iter().map(|part| part.load.clone()).collect();
        self.note().await?;
        // Checked first, so that a folder that cannot be written to costs no request.
        if let Err(problem) = self.open_folder().await {
            self.entry().problem = Some(StoredProblem::from(&problem));
        } else {
            for (place, load) in loads.iter().enumerate() {
                let part = Box::pin(self.part(load)).await;
                let _ = self.reports.send(Report::Part(Box::new(part.clone()))).await;
                let canceled = part.result == PartResult::Canceled;
                if let Some(slot) = self.entry().parts.get_mut(place) {
                    *slot = part;
                }
                if canceled {
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

    async fn open_folder(&self) -> Result<(), Problem> {
        if !matches!(self.options.target, Target::Folder) {
            return Ok(());
        }
        let (folder, place) = (PathBuf::from(&self.one.setup.folder), self.place.clone());
        let paths = self.session.workspace.paths.clone();
        blocking(move || {
            refuse_own_folder(&paths, &folder)?;
            refuse_missing_again(&folder, &place)?;
            Output::open(&folder).map(drop)
        })
        .await
    }
}

/// Refuses to create a missing folder that earlier runs wrote to: it may be on a share that is not mounted. A new
/// folder would fill the local disk, and readers of the share would see nothing.
fn refuse_missing_again(folder: &Path, place: &RunDir) -> Result<(), Problem> {
    if folder.exists() {
        return Ok(());
    }
    let is_known = |part: &LoadResult| part.file.as_ref().is_some_and(|file| Path::new(file).parent() == Some(folder));
    if !place.sessions()?.iter().any(|session| session.parts.iter().any(is_known)) {
        return Ok(());
    }
    Err(Problem::new(Kind::Storage, format!("{} is missing.", folder.display()))
        .why("Earlier runs wrote to it. It may be on a share that is not mounted now.")
        .try_this("Mount the share, or create the folder yourself if it was removed."))
}

/// Whether a script should treat the session as failed.
///
/// # Errors
/// The first problem of a run that failed or was canceled, with its kind.
pub fn verdict(session: &SyncSession) -> Result<SyncResult, Problem> {
    let result = session.result.unwrap_or(SyncResult::Failed);
    match (result, session.first_problem()) {
        (SyncResult::Failed, Some(said)) => {
            let kind = Kind::from_word(&said.kind).unwrap_or(Kind::Temporary);
            Err(Problem::new(kind, said.what.clone())
                .why(said.why.clone())
                .try_this(said.try_this.clone())
                .step(said.step.clone()))
        }
        (SyncResult::Failed, None) => Err(Problem::new(Kind::Temporary, "The run did not finish.")),
        (SyncResult::Canceled, _) => {
            Err(Problem::new(Kind::Temporary, "The run was canceled.")
                .try_this("Run it again to resume where it stopped."))
        }
        (result, _) => Ok(result),
    }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;

    use super::*;

    #[test]
    fn a_session_that_ended_without_a_reason_is_a_failure_all_the_same() {
        let session = |result: Option<SyncResult>| -> SyncSession {
            let json = serde_json::json!({
                "number": 1, "integration": IntegrationId::random(), "name": "A", "trigger": "hand",
                "started": Timestamp::UNIX_EPOCH, "result": result, "parts": [],
            });
            serde_json::from_value(json).unwrap()
        };
        let problem = verdict(&session(None)).unwrap_err();
        assert_eq!((problem.kind, problem.what.as_str()), (Kind::Temporary, "The run did not finish."));
        let problem = verdict(&session(Some(SyncResult::Canceled))).unwrap_err();
        assert_eq!((problem.kind, problem.what.as_str()), (Kind::Temporary, "The run was canceled."));
        assert_eq!(problem.try_this, "Run it again to resume where it stopped.");
    }
}
