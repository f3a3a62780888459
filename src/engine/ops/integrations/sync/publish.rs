//! Writes the records that were read to the file in the folder or to the stream, which completes the run.

use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::PoisonError;

use super::options::{Stream, Target};
use super::report::Report;
use super::sync_run::{SyncError, SyncRun};
use crate::engine::blocking::blocking;
use crate::engine::ops::integrations::reader::{PageError, Retry, StopKind};
use crate::model::integration::{Field, Format, LoadResult, PartResult, StoredProblem};
use crate::printable::printable;
use crate::problem::{Kind, NextStep, Problem};
use crate::records::{Columns, GoneRecords, Output, Progress, Spool, copy};

/// A run needs a confirmation if more records than this, and more than this percentage of the former ones, are missing,
/// or if all of them are.
const MAX_GONE: u64 = 10;
const MAX_GONE_PERCENT: u64 = 10;

impl SyncRun<'_> {
    pub(super) async fn publish(&self, spool: Spool, part: &mut LoadResult, label: &str) -> Result<(), SyncError> {
        let spool = self.guarded(spool, part, label).await?;
        self.write(spool, part).await.map_err(SyncError::from)
    }

    /// A complete response that lacks many of the former records is not published without confirmation: a permission
    /// may be lost or a filter broken, and consumers of the file delete what is not in it.
    async fn guarded(&self, spool: Spool, part: &mut LoadResult, label: &str) -> Result<Spool, SyncError> {
        let is_accepted = self.options.accept_gone || self.one.setup.accept_gone;
        let (spool, gone) = blocking(move || spool.gone().map(|gone| (spool, gone))).await?;
        part.counts.gone = gone.records;
        if is_accepted || !is_suspicious(gone) {
            return Ok(spool);
        }
        // The next run starts over: it must neither compare with these records nor resume from them.
        let mut dropped = spool;
        blocking(move || dropped.abandon()).await?;
        let problem = withheld(self.one.name.as_str(), label, gone, part.counts.records);
        Err(SyncError::new(PageError { problem, later: Retry::Never, what: StopKind::Withheld }))
    }

    async fn write(&self, mut spool: Spool, part: &mut LoadResult) -> Result<(), Problem> {
        let _ = self.reports.send(Report::Writing).await;
        let (target, folder, format) =
            (self.options.target.clone(), self.one.setup.folder.clone(), self.one.setup.format);
        let fields = self.one.setup.fields.get(&part.load).cloned().unwrap_or_default();
        let name = format!("{}.{}", part.load, format.word());
        let (chosen, integration) = (fields.clone(), self.one.name.to_string());
        let (file, progress, gone, (left_out, of_folder)) = blocking(move || {
            let columns = columns(&spool, &chosen, format, &integration)?;
            let mut of_folder = None;
            let file = match target {
                Target::Folder => {
                    let output = Output::open(Path::new(&folder))?;
                    of_folder = output.remark();
                    Some(output.write(&name, || spool.lines(), format, &columns)?)
                }
                Target::Writer(out) => {
                    stream(&spool, &out, format, &columns)?;
                    None
                }
            };
            let (progress, gone) = (spool.progress()?.clone(), spool.gone()?.records);
            spool.complete()?;
            Ok((file, progress, gone, (columns.left_out, of_folder)))
        })
        .await?;
        part.counts = progress.counts;
        part.counts.gone = gone;
        part.file = file.map(|file: PathBuf| printable(&file.display().to_string(), 400));
        part.result = PartResult::Done;
        part.problem = missing_fields(&progress, &fields);
        part.remarks = remarks(&progress, left_out);
        part.remarks.extend(of_folder);
        Ok(())
    }
}

fn is_suspicious(gone: GoneRecords) -> bool {
    let are_many =
        gone.records > MAX_GONE && gone.records.saturating_mul(100) > gone.before.saturating_mul(MAX_GONE_PERCENT);
    let are_all = gone.records > 0 && gone.records == gone.before;
    gone.is_same_query && (are_many || are_all)
}

fn withheld(integration: &str, label: &str, gone: GoneRecords, records: u64) -> Problem {
    let GoneRecords { records: missing, before, .. } = gone;
    Problem::new(Kind::Refused, format!("{label}: {missing} of {before} records are gone."))
        .why(format!(
            "The provider returned {records}, without an error. A drop like this can mean a lost permission or a wrong \
             filter, so the file was kept unchanged."
        ))
        .try_this("Check the scopes and the account at the provider.")
        .step(NextStep::AcceptGone { integration: integration.to_owned() })
}

fn columns(spool: &Spool, fields: &[Field], format: Format, name: &str) -> Result<Columns, Problem> {
    if format == Format::Ndjson {
        return Ok(Columns::default());
    }
    if !fields.is_empty() {
        return Ok(Columns::chosen(fields));
    }
    Columns::found(spool.lines()?).map_err(|error| {
        Problem::new(Kind::Storage, "The downloaded records could not be read back.")
            .why(format!("The system says: {error}."))
            .step(NextStep::FreshSync { integration: name.to_owned() })
    })
}

fn stream(spool: &Spool, out: &Stream, format: Format, columns: &Columns) -> Result<(), Problem> {
    let mut out = out.lock().unwrap_or_else(PoisonError::into_inner);
    let mut buffered = io::BufWriter::with_capacity(256 << 10, &mut *out);
    let name = Path::new("Standard output");
    copy(spool.lines()?, &mut buffered, format, columns, name)?;
    buffered.flush().map_err(|error| {
        Problem::new(Kind::Storage, "Standard output could not be written.")
            .why(format!("The system says: {error}."))
            .try_this("Run it again: the records are kept and only need to be written again.")
    })
}

/// Fields that the user chose and no record has.
fn missing_fields(progress: &Progress, fields: &[Field]) -> Option<StoredProblem> {
    let missing: Vec<&str> = fields
        .iter()
        .zip(&progress.present)
        .filter(|(_, present)| !**present && progress.counts.records > 0)
        .map(|(field, _)| field.path.as_str())
        .collect();
    if missing.is_empty() {
        return None;
    }
    let problem = Problem::new(Kind::Usage, format!("No record has the fields: {}.", missing.join(", ")));
    let problem = problem
        .why("The mapping of the integration names them; they are empty in the output.")
        .try_this("Check the fields in a Test Run, and correct the mapping.");
    Some(StoredProblem::from(&problem))
}

fn remarks(progress: &Progress, left_out: u64) -> Vec<String> {
    let mut remarks = progress.notes.clone();
    let read = progress.counts.records + progress.counts.errors;
    if let Some(total) = progress.total.filter(|total| *total != read) {
        remarks.push(format!("The provider reported {total} records, but {read} were received."));
    }
    if progress.again > 0 {
        remarks.push(format!("{} were duplicates with the same content and were written once.", progress.again));
    }
    if left_out > 0 {
        remarks
            .push("There are more than 1,000 fields: choose those you need; the others are not in the CSV.".to_owned());
    }
    remarks
}
