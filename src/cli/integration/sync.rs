//! `credenza integration sync`: runs one integration, or all that are due. JSON: the session in the format of
//! `sessions`; of `--due`: an array of `{"integration": NAME, "session": SESSION | null, "problem": … | null}`.

use std::io::{self, IsTerminal as _, Write as _};
use std::time::{Duration, Instant};

use serde_json::json;
use tokio::sync::{mpsc, watch};

use crate::cli::arguments::integration::Sync;
use crate::cli::output::Output;
use crate::cli::present;
use crate::cli::runtime::{end_now, runtime};
use crate::cli::signals::{DeferredArrivals, DeferredSignals};
use crate::engine::Session;
use crate::engine::ops::integrations::sync::{self, Options, Report, Target, verdict};
use crate::engine::ops::integrations::{due, find};
use crate::model::integration::{Integration, LoadResult, PartResult, StoredProblem, SyncResult, SyncSession, Trigger};
use crate::problem::Problem;

/// The exit code if some records or record types had errors.
const WITH_ERRORS: u8 = 1;

/// Interval between progress updates on a terminal.
const TELL_EVERY: Duration = Duration::from_millis(200);

pub(super) fn run(session: &Session, arguments: &Sync, output: Output) -> Result<u8, Problem> {
    let Some(name) = &arguments.name else { return run_due(session, arguments, output) };
    let one = find(session, name)?;
    let to_stdout = arguments.output.is_some();
    let target = if to_stdout { Target::writer(io::stdout()) } else { Target::Folder };
    let ended = one_run(session, &one, arguments, target, Trigger::Hand, output)?;
    match (to_stdout, output.json) {
        // Standard output carries the records, so the summary goes to standard error.
        (true, _) => lines(&ended).iter().for_each(|line| output.note(line)),
        (false, true) => output.value(&present::session(&ended))?,
        (false, false) => lines(&ended).iter().try_for_each(|line| output.line(line))?,
    }
    code(verdict(&ended)?)
}

/// Runs every integration that is due, even after one has failed; the exit code is that of the first failure.
fn run_due(session: &Session, arguments: &Sync, output: Output) -> Result<u8, Problem> {
    let (mut first, mut errors, mut told) = (None, 0, Vec::new());
    for one in due(session)? {
        let ran = one_run(session, &one, arguments, Target::Folder, Trigger::Schedule, output);
        let (ended, judged) = match ran {
            Ok(ended) => {
                let judged = verdict(&ended);
                (Some(ended), judged)
            }
            Err(problem) => (None, Err(problem)),
        };
        if !output.json {
            output.note(&format!("credenza: {}", one.name));
            ended.iter().flat_map(lines).for_each(|line| output.note(&format!("  {line}")));
        }
        let ended_by_a_person = ended.as_ref().is_some_and(|ended| ended.result == Some(SyncResult::Canceled));
        let problem = judged.as_ref().err();
        if let Some(problem) = problem {
            output.note(&format!("credenza: {}: {}", one.name, present::in_full(problem)));
        }
        told.push(json!({ "integration": one.name, "session": ended.as_ref().map(present::session),
            "problem": problem.map(|problem| json!({ "kind": problem.kind.word(), "what": problem.what })) }));
        match judged {
            Ok(result) => errors = errors.max(code(result)?),
            Err(problem) => first = first.or(Some(problem)),
        }
        // Ctrl-c ends all runs.
        if ended_by_a_person {
            break;
        }
    }
    if output.json {
        output.value(&told)?;
    } else if told.is_empty() {
        // Cron sends a mail for every line.
        let note = "credenza: nothing is due";
        if io::stderr().is_terminal() { output.note(note) } else { output.detail(note) }
    }
    first.map_or(Ok(errors), Err)
}

fn code(result: SyncResult) -> Result<u8, Problem> {
    match result {
        SyncResult::Completed => Ok(0),
        SyncResult::CompletedWithErrors => Ok(WITH_ERRORS),
        SyncResult::Failed | SyncResult::Canceled => Err(Problem::internal("A failed run was treated as a success.")),
    }
}

fn one_run(
    session: &Session,
    one: &Integration,
    arguments: &Sync,
    target: Target,
    trigger: Trigger,
    output: Output,
) -> Result<SyncSession, Problem> {
    let options = Options {
        trigger,
        only: arguments.load.clone(),
        target,
        fresh: arguments.fresh,
        accept_new_host: arguments.accept_new_host,
        accept_gone: arguments.accept_gone,
    };
    let (reports, told) = mpsc::channel(64);
    let (cancel, canceled) = watch::channel(false);
    let unwatched = || Problem::internal("Signal handlers could not be installed.");
    // A signal cancels the run at the end of its page; a token refresh in progress is completed.
    let held = DeferredSignals::new().map_err(|_| unwatched())?;
    let ended = runtime()?.block_on(async {
        let mut arrivals = DeferredArrivals::watch();
        let mut stopping = false;
        let run = sync::sync(session, one.id, options, reports, canceled);
        let telling = print_progress(told, output);
        let both = futures_util::future::join(run, telling);
        tokio::pin!(both);
        loop {
            tokio::select! {
                (ended, ()) = &mut both => return ended,
                number = arrivals.next() => {
                    if std::mem::replace(&mut stopping, true) {
                        end_now(&session.workspace, number, output);
                    }
                    output.note("credenza: stopping; the next run resumes from here");
                }
            }
            // The run may have ended at this very moment.
            let _ = cancel.send(true);
        }
    });
    drop(held);
    ended
}

/// Prints the progress on one line of a terminal.
async fn print_progress(mut reports: mpsc::Receiver<Report>, output: Output) {
    let lively = io::stderr().is_terminal() && !output.json;
    let (mut label, mut began, mut last) = (String::new(), Instant::now(), Instant::now());
    while let Some(report) = reports.recv().await {
        let line = match report {
            Report::RecordType { label: new, .. } => {
                (label, began) = (new, Instant::now());
                format!("{label}: asking")
            }
            Report::Page { counts, total, .. } if last.elapsed() >= TELL_EVERY => {
                let of = total.map(|total| format!(" of {total}")).unwrap_or_default();
                let rate = per_second(counts.records, began.elapsed());
                format!("{label}: {}{of} records, {rate}/s", counts.records)
            }
            Report::Waiting { seconds, why } => {
                output.detail(&format!("credenza: waiting {seconds} s: {why}"));
                format!("{label}: waiting {seconds} s")
            }
            Report::Writing => format!("{label}: writing"),
            Report::Page { .. } | Report::Part(_) => continue,
        };
        last = Instant::now();
        if lively {
            // If the terminal is gone, SIGHUP ends the process.
            let _ = write!(io::stderr().lock(), "\r\u{1b}[K{}", crate::printable::printable(&line, 76));
        }
    }
    if lively {
        let _ = write!(io::stderr().lock(), "\r\u{1b}[K");
    }
}

/// Records per second.
fn per_second(records: u64, time: Duration) -> u128 {
    u128::from(records) * 1_000 / time.as_millis().max(1)
}

/// The summary of a run, as lines for the user.
pub(super) fn lines(ended: &SyncSession) -> Vec<String> {
    let mut lines = Vec::new();
    let took = ended
        .ended
        .map_or(Duration::ZERO, |end| Duration::try_from(ended.started.duration_until(end)).unwrap_or_default());
    let result = ended.result.map_or("Running", SyncResult::word);
    let records = ended.counts().records;
    let rate = per_second(records, took);
    lines.push(format!(
        "Session {}: {result}; {records} records in {:.1} s ({rate}/s)",
        ended.number,
        took.as_secs_f64()
    ));
    lines.extend(ended.problem.iter().map(|said| format!("  {}", in_words(said))));
    for part in &ended.parts {
        lines.extend(part_lines(part));
    }
    lines
}

fn in_words(said: &StoredProblem) -> String {
    let parts = [said.what.clone(), said.why.clone(), present::said_advice(said)];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(" ")
}

fn part_lines(part: &LoadResult) -> Vec<String> {
    let counts = &part.counts;
    let word = match part.result {
        PartResult::Done => "done",
        PartResult::NotAvailable => "not available",
        PartResult::Withheld => "not published",
        PartResult::Failed => "failed",
        PartResult::Canceled => "canceled",
        PartResult::Waiting => "not started",
    };
    let resumed = if part.resumed { ", resumed" } else { "" };
    let mut lines = vec![format!(
        "  {}: {word}{resumed}; {} records: {} added, {} updated, {} unchanged, {} gone, {} errors",
        part.load, counts.records, counts.added, counts.updated, counts.skipped, counts.gone, counts.errors
    )];
    lines.extend(part.file.iter().map(|file| format!("    {file}")));
    lines.extend(part.problem.iter().map(|said| format!("    {}", in_words(said))));
    lines.extend(part.remarks.iter().map(|remark| format!("    {remark}")));
    let errors = part.errors.iter().take(3).map(|error| {
        let id = if error.id.is_empty() { String::new() } else { format!(" ({})", error.id) };
        format!("    page {}, record {}{id}: {}", error.page, error.place, error.why)
    });
    lines.extend(errors);
    if counts.errors > 3 {
        let (more, noun) = (counts.errors - 3, if counts.errors == 4 { "error" } else { "errors" });
        lines.push(format!("    and {more} more {noun}: credenza integration sessions NAME NUMBER"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Kind;

    #[test]
    fn a_rate_is_whole_and_never_divides_by_nothing() {
        assert_eq!(per_second(1_000, Duration::from_millis(500)), 2_000);
        assert_eq!(per_second(5, Duration::ZERO), 5_000);
        assert_eq!(code(SyncResult::CompletedWithErrors).unwrap(), WITH_ERRORS);
        assert_eq!(code(SyncResult::Failed).unwrap_err().kind, Kind::Internal);
    }
}
