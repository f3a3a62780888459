//! Reading pages: one after the other, with retries, while the one before is taken into the spool.

use std::collections::VecDeque;
use std::sync::{Arc, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::mpsc;
use tokio::time::sleep;

use super::report::Report;
use super::round::{End, Round};
use super::take::{Fetched, take};
use crate::api::page::{Mark, Page};
use crate::engine::blocking::blocking;
use crate::engine::ops::integrations::reader::{Later, Reader, Stop, cancelled};
use crate::model::integration::Part;
use crate::problem::{Kind, NextStep, Problem};
use crate::records::{Progress, Spool};

/// How often a page is asked for before the run stops.
const TRIES: u32 = 5;

/// How often in a row the provider may ask to wait.
const WAITS: u32 = 20;

/// Before the second try; doubled before each further one.
const BACKOFF: Duration = Duration::from_millis(250);

/// A provider that asks for a longer wait is asked again by the next run.
const LONGEST_WAIT: u64 = 15 * 60;

const MINUTE: Duration = Duration::from_secs(60);

/// Pages that may wait for the spool.
const AHEAD: usize = 2;

/// A mark as the spool keeps it.
pub(super) fn written(mark: &Mark) -> Result<String, Problem> {
    serde_json::to_string(mark).map_err(|_| Problem::internal("A saved position is not JSON."))
}

fn read(text: &str, integration: &str) -> Result<Mark, Problem> {
    serde_json::from_str(text).map_err(|_| {
        Problem::new(Kind::Storage, "The position of the interrupted run could not be read.")
            .step(NextStep::FreshSync { integration: integration.to_owned() })
    })
}

impl Round<'_> {
    /// Reads all pages that are left into the spool. Gives the spool, and why it stopped before the end.
    pub(super) async fn fetch(
        &self,
        reader: &mut Reader<'_>,
        mut spool: Spool,
        part: &mut Part,
    ) -> Result<(Spool, Option<End>), End> {
        let first = spool.progress()?.next.clone();
        let (pages, taken) = mpsc::channel(AHEAD);
        let key = reader.plan().load.key.clone();
        let fields = self.one.setup.fields.get(&part.load).cloned().unwrap_or_default();
        let (reports, noted) = (self.reports.clone(), self.noting(&part.load));
        let taking = blocking(move || Ok(take(spool, taken, &key, &fields, &reports, noted)));
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
            // Pages that would never end are no place to resume from.
            spool = blocking(move || spool.abandon().map(|()| spool)).await?;
        }
        // What the spool says comes first: a page it refused is why no further one was read.
        let ended = took.map_err(End::from).and(read).err();
        Ok((spool, ended))
    }

    /// Notes how far a kind of record is: called with each progress that was saved.
    fn noting(&self, load: &str) -> impl Fn(&Progress) + Send + 'static {
        let (entry, place, load) = (Arc::clone(&self.entry), self.place.clone(), load.to_owned());
        move |progress| {
            let mut entry = entry.lock().unwrap_or_else(PoisonError::into_inner);
            if let Some(part) = entry.parts.iter_mut().find(|part| part.load == load) {
                (part.counts, part.pages) = (progress.counts, progress.pages);
            }
            // What cannot be noted now is noted at the end.
            let _ = place.note_running(&entry);
        }
    }

    async fn read_all(
        &self,
        reader: &mut Reader<'_>,
        first: Option<String>,
        pages: &mpsc::Sender<Fetched>,
    ) -> Result<(), End> {
        let mut next = first.as_deref().map(|text| read(text, self.one.name.as_str())).transpose()?;
        let (mut pinned, mut limit) = (false, Pace::of(reader.plan().load.per_minute));
        while let Some(mark) = next.take() {
            if *self.cancel.borrow() {
                return Err(cancelled().into());
            }
            if let Some(wait) = limit.wait(Instant::now()) {
                self.pause(wait, "the provider allows so many calls a minute").await?;
            }
            let page = self.page(reader, &mark).await?;
            if !pinned {
                reader.plan().pin(self.session, self.one.id).await?;
                pinned = true;
            }
            let following = page.next.as_ref().map(written).transpose()?;
            next.clone_from(&page.next);
            let fetched = Fetched { mark: written(&mark)?, page, next: following };
            if pages.send(fetched).await.is_err() {
                // The spool has stopped, and says why.
                return Ok(());
            }
        }
        Ok(())
    }

    /// One page, asked for again where that may help.
    async fn page(&self, reader: &mut Reader<'_>, mark: &Mark) -> Result<Page, End> {
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

    /// Waits, and says so; a cancel ends it.
    async fn pause(&self, wait: Duration, why: &str) -> Result<(), End> {
        let report = Report::Waiting { seconds: wait.as_secs().max(1), why: why.to_owned() };
        let _ = self.reports.send(report).await;
        let mut cancel = self.cancel.clone();
        tokio::select! {
            () = sleep(wait) => Ok(()),
            _ = cancel.wait_for(|cancelled| *cancelled) => Err(cancelled().into()),
        }
    }
}

/// No more calls in a minute than the provider allows.
struct Pace {
    allowed: Option<usize>,
    calls: VecDeque<Instant>,
}

impl Pace {
    fn of(per_minute: Option<u32>) -> Self {
        Self { allowed: per_minute.and_then(|count| usize::try_from(count).ok()), calls: VecDeque::new() }
    }

    /// Notes a call, and gives how long to wait before it is made.
    fn wait(&mut self, now: Instant) -> Option<Duration> {
        let allowed = self.allowed?;
        let free = if self.calls.len() < allowed { None } else { self.calls.pop_front() };
        let wait = free.map(|oldest| MINUTE.saturating_sub(now.duration_since(oldest)));
        let wait = wait.filter(|wait| !wait.is_zero());
        self.calls.push_back(now + wait.unwrap_or_default());
        wait
    }
}

/// How long to wait before the next try; `None`: there is none.
fn next_try(stop: &Stop, tries: &mut u32, waits: &mut u32) -> Option<Duration> {
    match stop.later {
        Later::After(seconds) if seconds <= LONGEST_WAIT && *waits < WAITS => {
            *waits += 1;
            Some(Duration::from_secs(seconds.max(1)))
        }
        Later::Soon if *tries < TRIES => {
            *tries += 1;
            Some(BACKOFF * 2_u32.pow(*tries - 2))
        }
        Later::Never | Later::After(_) | Later::Soon => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stop(later: Later) -> Stop {
        Stop { later, ..Problem::internal("x").into() }
    }

    #[test]
    fn no_more_calls_are_made_in_a_minute_than_the_provider_allows() {
        let (start, mut pace) = (Instant::now(), Pace::of(Some(3)));
        let waits: Vec<u64> = [0, 1, 2, 3, 70, 71, 72, 73]
            .map(|second| pace.wait(start + Duration::from_secs(second)).unwrap_or_default().as_secs())
            .into();
        assert_eq!(waits, [0, 0, 0, 57, 0, 0, 48, 57]);
        assert_eq!(Pace::of(None).wait(start), None);
    }

    #[test]
    fn tries_are_counted_and_a_wait_is_what_the_provider_says() {
        let (mut tries, mut waits) = (1, 0);
        let waited: Vec<_> = std::iter::from_fn(|| next_try(&stop(Later::Soon), &mut tries, &mut waits)).collect();
        assert_eq!(waited, [250, 500, 1_000, 2_000].map(Duration::from_millis));
        let wait = |seconds| next_try(&stop(Later::After(seconds)), &mut 1, &mut 0);
        assert_eq!((wait(7), wait(0), wait(901)), (Some(Duration::from_secs(7)), Some(Duration::from_secs(1)), None));
        assert_eq!(next_try(&stop(Later::After(1)), &mut 1, &mut 20), None);
        assert_eq!(next_try(&stop(Later::Never), &mut 1, &mut 0), None);
    }
}
