//! Options of a run.

use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex};

use crate::model::integration::Trigger;

/// A stream that records are written to.
pub(super) type Stream = Arc<Mutex<dyn Write + Send>>;

/// Where records are written.
#[derive(Clone)]
pub enum Target {
    /// The integration's folder: one file for each record type, each replaced in one step.
    Folder,
    /// A stream, after all records were read.
    Writer(Stream),
}

impl Target {
    /// Writes the records to `out`.
    pub fn writer(out: impl Write + Send + 'static) -> Self {
        Self::Writer(Arc::new(Mutex::new(out)))
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Self::Folder) { "Folder" } else { "Writer" })
    }
}

/// Options of a run.
#[derive(Debug)]
pub struct Options {
    /// What started it.
    pub trigger: Trigger,
    /// Load only this record type.
    pub only: Option<String>,
    pub target: Target,
    /// Start over even if an earlier run could be resumed.
    pub fresh: bool,
    /// Whether requests may go to other hosts than the pinned ones.
    pub accept_new_host: bool,
    /// Whether a file may be replaced even if any number of its records is missing now.
    pub accept_gone: bool,
}

impl Options {
    /// Loads every record type into the folder; resumes an earlier run and uses the pinned hosts.
    #[must_use]
    pub fn whole(trigger: Trigger) -> Self {
        Self { trigger, only: None, target: Target::Folder, fresh: false, accept_new_host: false, accept_gone: false }
    }
}
