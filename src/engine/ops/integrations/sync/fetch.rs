//! Reads the pages one after the other, with retries, while the previous page is written to the spool.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::sleep;

use super::ingest::{FetchedPage, ingest};
use super::report::Report;
use super::sync_run::{SyncError, SyncRun};
use crate::api::page::{Page, PageCursor};
use crate::engine::blocking::blocking;
use crate::engine::ops::integrations::reader::{PageError, Reader, Retry, canceled};
use crate::model::integration::LoadResult;
use crate::problem::{Kind, NextStep, Problem};
use crate::records::{Progress, Spool};

/// How often a page is requested before the run stops.
const MAX_ATTEMPTS: u32 = 5;

/// How many times in a row the provider may tell the program to wait.
const WAITS: u32 = 20;

/// Pause before the second attempt; doubled before each further one.
const BACKOFF: Duration = Duration::from_millis(250);

/// In seconds. If the provider demands a longer wait, the run stops, and the next run tries again.
const LONGEST_WAIT: u64 = 15 * 60;

const MINUTE: Duration = Duration::from_secs(60);

/// Pages that are buffered for the spool.
const AHEAD: usize = 2;

/// The cursor of a page as the spool stores it.
pub(super) fn written(mark: &PageCursor) -> Result<String, Problem> {
    serde_json::to_string(mark).map_err(|_| Problem::internal("A saved position is not JSON."))
}

fn read(text: &str, integration: &str) -> Result<PageCursor, Problem> {
    serde_json::from_str(text).map_err(|_| {
        Problem::new(Kind::Storage, "The position of the interrupted run could not be read.")
            .step(NextStep::FreshSync { integration: integration.to_owned() })
    })
}

impl SyncRun<'_> {
    /// Reads all remaining pages into the spool. Returns the spool, and why it stopped before the end.
    pub(super) async fn fetch(
        &self,
        reader: &mut Reader<'_>,
        mut spool: Spool,
        part: &mut LoadResult,
    ) -> Result<(Spool, Option<SyncError>), SyncError> {
        let first = spool.progress()?.next.clone();
        let (pages, taken) = mpsc::channel(AHEAD);
        let key = reader.plan().load.key.clone();
        let fields = self.one.setup.fields.get(&part.load).cloned().unwrap_or_default();
        let (reports, noted) = (self.reports.clone(), self.noting(&part.load));
        let taking = blocking(move || Ok(ingest(spool, taken, &key, &fields, &reports, noted)));
        let reading = async {
            let ended = self.read_all(reader, first, &pages).await;
            drop(pages);
            ended
        };
        let (read, taken) = futures_util::future::join(reading, taking).await;
        let (mut spool, took) = taken?;
        if let Some(progress) = spool.unfinished() {
            part.counts = progress.counts;
            part.pages = progress.pages;
            part.errors.clone_from(&progress.errors);
        }
        if took.as_ref().is_err_and(|problem| problem.kind != Kind::Storage) {
            // Endless paging cannot be resumed.
            spool = blocking(move || spool.abandon().map(|()| spool)).await?;
        }
        // The spool's problem comes first: if it refused a page, that is why no further page was read.
        let ended = took.map_err(SyncError::from).and(read).err();
        Ok((spool, ended))
    }

    /// Records the progress of a record type each time it is saved.
    fn noting(&self, load: &str) -> impl Fn(&Progress) + Send + 'static {
        let (entry, place, load) = (Arc::clone(&self.entry), self.place.clone(), load.to_owned());
        move |progress| {
            let mut entry = entry.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(part) = entry.parts.iter_mut().find(|part| part.load == load) {
                (part.counts, part.pages) = (progress.counts, progress.pages);
            }
            // If this fails, the progress is recorded at the end.
            let _ = place.note_running(&entry);
        }
    }

    async fn read_all(
        &self,
        reader: &mut Reader<'_>,
        first: Option<String>,
        pages: &mpsc::Sender<FetchedPage>,
    ) -> Result<(), SyncError> {
        let mut next = first.as_deref().map(|text| read(text, self.one.name.as_str())).transpose()?;
        let (mut pinned, mut limit) = (false, RateLimiter::of(reader.plan().load.per_minute));
        while let Some(mark) = next.take() {
            if *self.cancel.borrow() {
                return Err(canceled().into());
            }
            if let Some(wait) = limit.wait(Instant::now()) {
                self.pause(wait, "to stay within the provider's limit of calls per minute").await?;
            }
            let page = self.page(reader, &mark).await?;
            if !pinned {
                reader.plan().pin(self.session, self.one.id).await?;
                pinned = true;
            }
            let following = page.next.as_ref().map(written).transpose()?;
            next.clone_from(&page.next);
            let fetched = FetchedPage { mark: written(&mark)?, page, next: following };
            if pages.send(fetched).await.is_err() {
                // The spool has stopped, and reports the reason itself.
                return Ok(());
            }
        }
        Ok(())
    }

    /// Reads one page, with retries.
    async fn page(&self, reader: &mut Reader<'_>, mark: &PageCursor) -> Result<Page, SyncError> {
        let (mut tries, mut waits) = (1, 0);
        loop {
            let stop = match reader.page(mark).await {
                Ok(page) => return Ok(page),
                Err(stop) => stop,
            };
            let Some(wait) = next_try(&stop, &mut tries, &mut waits) else { return Err(stop.into()) };
            self.pause(wait, &stop.problem.what).await?;
        }
    }

    /// Reports the wait, then waits; can be canceled.
    async fn pause(&self, wait: Duration, why: &str) -> Result<(), SyncError> {
        let report = Report::Waiting { seconds: wait.as_secs().max(1), why: why.to_owned() };
        let _ = self.reports.send(report).await;
        let mut cancel = self.cancel.clone();
        tokio::select! {
            () = sleep(wait) => Ok(()),
            _ = cancel.wait_for(|canceled| *canceled) => Err(canceled().into()),
        }
    }
}

/// Limits calls per minute to what the provider allows.
struct RateLimiter {
    allowed: Option<usize>,
    calls: VecDeque<Instant>,
}

impl RateLimiter {
    fn of(per_minute: Option<u32>) -> Self {
        Self { allowed: per_minute.and_then(|count| usize::try_from(count).ok()), calls: VecDeque::new() }
    }

    /// Counts a call, and returns how long to wait before making it.
    fn wait(&mut self, now: Instant) -> Option<Duration> {
        let allowed = self.allowed?;
        let free = if self.calls.len() < allowed { None } else { self.calls.pop_front() };
        let wait = free.map(|oldest| MINUTE.saturating_sub(now.duration_since(oldest)));
        let wait = wait.filter(|wait| !wait.is_zero());
        self.calls.push_back(now + wait.unwrap_or_default());
        wait
    }
}

/// How long to wait before the next attempt; `None` if there is no further one.
fn next_try(stop: &PageError, tries: &mut u32, waits: &mut u32) -> Option<Duration> {
    match stop.later {
        Retry::After(seconds) if seconds <= LONGEST_WAIT && *waits < WAITS => {
            *waits += 1;
            Some(Duration::from_secs(seconds.max(1)))
        }
        Retry::Soon if *tries < MAX_ATTEMPTS => {
            *tries += 1;
            Some(BACKOFF * 2_u32.pow(*tries - 2))
        }
        Retry::Never | Retry::After(_) | Retry::Soon => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stop(later: Retry) -> PageError {
        PageError { later, ..Problem::internal("x").into() }
    }

    #[test]
    fn no_more_calls_are_made_in_a_minute_than_the_provider_allows() {
        let (start, mut pace) = (Instant::now(), RateLimiter::of(Some(3)));
        let waits: Vec<u64> = [0, 1, 2, 3, 70, 71, 72, 73]
            .map(|second| pace.wait(start + Duration::from_secs(second)).unwrap_or_default().as_secs())
            .into();
        assert_eq!(waits, [0, 0, 0, 57, 0, 0, 48, 57]);
        assert_eq!(RateLimiter::of(None).wait(start), None);
    }

    #[test]
    fn a_position_of_another_version_is_not_resumed_from() {
        let problem = read("{}", "CMDB").unwrap_err();
        assert_eq!(
            (problem.kind, problem.what.as_str()),
            (Kind::Storage, "The position of the interrupted run could not be read.")
        );
        let begun_again = NextStep::FreshSync { integration: "CMDB".to_owned() };
        assert_eq!(problem.step.as_deref(), Some(&begun_again));
    }

    #[test]
    fn tries_are_counted_and_a_wait_is_what_the_provider_says() {
        let (mut tries, mut waits) = (1, 0);
        let waited: Vec<_> = std::iter::from_fn(|| next_try(&stop(Retry::Soon), &mut tries, &mut waits)).collect();
        assert_eq!(waited, [250, 500, 1_000, 2_000].map(Duration::from_millis));
        let wait = |seconds| next_try(&stop(Retry::After(seconds)), &mut 1, &mut 0);
        assert_eq!((wait(7), wait(0), wait(901)), (Some(Duration::from_secs(7)), Some(Duration::from_secs(1)), None));
        assert_eq!(next_try(&stop(Retry::After(1)), &mut 1, &mut 20), None);
        assert_eq!(next_try(&stop(Retry::Never), &mut 1, &mut 0), None);
    }
}
