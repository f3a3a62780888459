//! Loads one record type, from its first page to its file.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use jiff::SignedDuration;
use serde_json::json;
use sha2::{Digest as _, Sha256};

use super::fetch;
use super::report::Report;
use super::sync_run::{SyncError, SyncRun};
use crate::api::page::PageCursor;
use crate::engine::blocking::blocking;
use crate::engine::ops::integrations::plan::{Plan, credential_of};
use crate::engine::ops::integrations::reader::{Reader, StopKind};
use crate::model::credential::Credential;
use crate::model::integration::{Integration, LoadResult, PartResult, StoredProblem};
use crate::problem::Problem;
use crate::records::{RunKey, Spool};

/// A run that stopped longer ago than this starts over, since its records are out of date.
const RESUME_WITHIN: SignedDuration = SignedDuration::from_hours(24);

impl SyncRun<'_> {
    /// Loads one record type.
    pub(super) async fn part(&self, load: &str) -> LoadResult {
        let mut part = LoadResult::waiting(load);
        if *self.cancel.borrow() {
            part.result = PartResult::Canceled;
            return part;
        }
        if let Err(stop) = Box::pin(self.read_and_write(&mut part)).await {
            part.result = match stop.what {
                StopKind::Canceled => PartResult::Canceled,
                StopKind::Unavailable => PartResult::NotAvailable,
                StopKind::Withheld => PartResult::Withheld,
                StopKind::Plain => PartResult::Failed,
            };
            if stop.what != StopKind::Canceled {
                part.problem = Some(StoredProblem::from(&stop.problem));
            }
        }
        part
    }

    async fn read_and_write(&self, part: &mut LoadResult) -> Result<(), SyncError> {
        let credential = self.credential().await?;
        let plan = Plan::new(self.session, &self.one, &part.load, &credential, self.options.accept_new_host)?;
        let _ = self.reports.send(Report::RecordType { load: part.load.clone(), label: plan.label() }).await;
        let spool = self.spool(&plan, &credential, part).await?;
        let mut reader = Reader::new(self.session, plan, credential.id, None, self.cancel.clone())?;
        let (spool, ended) = Box::pin(self.fetch(&mut reader, spool, part)).await?;
        if let Some(end) = ended {
            return Err(end);
        }
        self.publish(spool, part, &reader.plan().label()).await?;
        Ok(())
    }

    async fn credential(&self) -> Result<Credential, Problem> {
        let (session, one) = (self.session.clone(), self.one.clone());
        blocking(move || credential_of(&session, &one)).await
    }

    /// Opens the spool: empty, or resumed where an earlier run stopped.
    async fn spool(&self, plan: &Plan<'_>, credential: &Credential, part: &mut LoadResult) -> Result<Spool, Problem> {
        let now = self.session.workspace.clock.now();
        let run = RunKey {
            of: fingerprint(&self.one, plan, credential),
            query: digest(&query(&self.one, plan, credential)),
            began: now,
        };
        let (place, load, fresh) = (self.place.clone(), plan.load.id.clone(), self.options.fresh);
        let fields = self.one.setup.fields.get(&load).map_or(0, Vec::len);
        let (spool, resumed) = blocking(move || {
            let mut spool = Spool::open(&place, &load)?;
            let goes_on = spool.unfinished().is_some_and(|known| {
                let age = now.duration_since(known.run.began);
                !fresh && known.run.of == run.of && age < RESUME_WITHIN && age >= SignedDuration::ZERO
            });
            // A run that stopped at its first page has nothing to resume, and needs no note about it.
            let has_some = spool.unfinished().is_some_and(|known| known.pages > 0) && spool.is_whole();
            let resumes = goes_on && has_some;
            if resumes {
                spool.resume()?;
            } else {
                spool.begin(run, fetch::written(&PageCursor::First)?, fields)?;
            }
            Ok((spool, resumes))
        })
        .await?;
        part.resumed = resumed;
        Ok(spool)
    }
}

/// A hash of everything that decides which records are loaded, and how each is written.
fn fingerprint(one: &Integration, plan: &Plan<'_>, credential: &Credential) -> String {
    let form = json!([plan.load.paging.in_words(), one.setup.fields.get(&plan.load.id)]);
    digest(&json!([query(one, plan, credential), form]))
}

/// The values that decide which records exist: provider, account, URL and filters.
fn query(one: &Integration, plan: &Plan<'_>, credential: &Credential) -> serde_json::Value {
    let load = plan.load;
    json!([one.provider, credential.id, load.id, load.key, load.records, plan.url.as_str()])
}

fn digest(what: &serde_json::Value) -> String {
    STANDARD.encode(Sha256::digest(what.to_string().as_bytes()))
}
