//! Writes pages to the spool: checks ids, duplicates and single records, and detects endless paging.

use tokio::sync::mpsc;

use super::report::Report;
use crate::api::page::Page;
use crate::model::integration::{Field, MAX_ERRORS, RecordError};
use crate::problem::{Kind, Problem};
use crate::records::{Progress, Spool, SpooledRecord, line};

/// Most pages in a row without a new record.
const MAX_STALE: u32 = 3;

/// Most empty pages in a row that still have a next page: a server may filter some pages empty, but not without end.
const MAX_EMPTY: u32 = 100;

/// Most characters of an id in an error.
const MAX_ID: usize = 80;

/// Most characters of the reason why a record was left out.
const MAX_WHY: usize = 300;

/// Most notes of pages that are kept.
const MAX_NOTES: usize = 10;

/// A page to be written to the spool.
pub(super) struct FetchedPage {
    pub(super) mark: String,
    pub(super) page: Page,
    pub(super) next: Option<String>,
}

/// Writes pages until there are no more. Returns the spool, saved up to the last complete page. Blocks.
///
/// Its errors are `Kind::Storage`, or `Kind::Temporary` for endless paging.
pub(super) fn ingest(
    mut spool: Spool,
    mut pages: mpsc::Receiver<FetchedPage>,
    key: &str,
    fields: &[Field],
    reports: &mpsc::Sender<Report>,
    noted: impl Fn(&Progress),
) -> (Spool, Result<(), Problem>) {
    while let Some(fetched) = pages.blocking_recv() {
        match ingest_page(&mut spool, fetched, key, fields) {
            Ok(()) => {}
            // A partly written page is not saved: the run resumes at this page.
            Err(problem) => return (spool, Err(problem)),
        }
        if let Ok(progress) = spool.progress() {
            let (pages, counts, total) = (progress.pages, progress.counts, progress.total);
            // A lost report is replaced by the next one.
            let _ = reports.try_send(Report::Page { pages, counts, total });
        }
        match spool.save_if_due() {
            Ok(true) => spool.unfinished().into_iter().for_each(&noted),
            Ok(false) => {}
            Err(problem) => return (spool, Err(problem)),
        }
    }
    let saved = spool.save();
    (spool, saved)
}

fn ingest_page(spool: &mut Spool, fetched: FetchedPage, key: &str, fields: &[Field]) -> Result<(), Problem> {
    if !spool.enter(&fetched.mark)? {
        return Err(endless("The pages form a loop.", "The provider's next page is one that was already read."));
    }
    let page_number = spool.progress()?.pages + 1;
    let mut lines = Vec::with_capacity(fetched.page.records.len());
    for (place, record) in (1..).zip(&fetched.page.records) {
        match line(record, key, fields, &mut spool.progress()?.present) {
            Ok(one) => lines.push((place, one)),
            Err(why) => fail(spool.progress()?, page_number, place, "", &fetched.page.masks().quote(&why, MAX_WHY)),
        }
    }
    let puts = spool.put_all(lines.iter().map(|(_, lined)| (lined.id.as_str(), lined.line.as_slice())))?;
    let progress = spool.progress()?;
    let mut fresh = false;
    for ((place, lined), put) in lines.iter().zip(puts) {
        let counts = &mut progress.counts;
        match put {
            SpooledRecord::Added => counts.added += 1,
            SpooledRecord::Updated => counts.updated += 1,
            SpooledRecord::Skipped => counts.skipped += 1,
            SpooledRecord::Again => {
                progress.again += 1;
                continue;
            }
            SpooledRecord::Twice => {
                fail(
                    progress,
                    page_number,
                    *place,
                    &fetched.page.masks().quote(&lined.id, MAX_ID),
                    "Another record had this id before; the first one is kept.",
                );
                continue;
            }
        }
        progress.counts.records += 1;
        fresh = true;
    }
    progress.pages = page_number;
    let notes = fetched.page.notes.iter().map(|note| format!("Page {page_number}: {note}"));
    progress.notes.extend(notes.take(MAX_NOTES.saturating_sub(progress.notes.len())));
    progress.next = fetched.next;
    progress.total = fetched.page.total.or(progress.total);
    progress.stale = if fresh { 0 } else { progress.stale + 1 };
    refuse_endless(progress, fetched.page.records.is_empty())
}

fn refuse_endless(progress: &Progress, empty: bool) -> Result<(), Problem> {
    if progress.next.is_none() {
        return Ok(());
    }
    if empty && progress.stale >= MAX_EMPTY {
        return Err(endless(
            "The pages do not end.",
            "A hundred pages in a row were empty, and each named a next page.",
        ));
    }
    if !empty && progress.stale >= MAX_STALE {
        return Err(endless(
            "The pages repeat.",
            "Three pages in a row contained only records that were already read.",
        ));
    }
    Ok(())
}

fn endless(what: &str, why: &str) -> Problem {
    Problem::new(Kind::Temporary, what)
        .why(format!("{why} The sync was stopped, because it would never end. Nothing new was written."))
        .try_this(
            "Ask the provider, or check the paging rules in the catalog file. Files written earlier are complete.",
        )
}

fn fail(progress: &mut Progress, page: u64, place: u64, id: &str, why: &str) {
    progress.counts.errors += 1;
    if progress.errors.len() < MAX_ERRORS {
        progress.errors.push(RecordError { page, place, id: id.to_owned(), why: why.to_owned() });
    }
}
