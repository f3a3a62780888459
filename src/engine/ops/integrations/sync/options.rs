//! How a run is to be done.

use std::fmt;
use std::io::Write;
use std::sync::{Arc, Mutex};

use crate::model::integration::Trigger;

/// A stream records go to.
pub(super) type Stream = Arc<Mutex<dyn Write + Send>>;

/// Where records go.
#[derive(Clone)]
pub enum Target {
    /// The integration's folder: one file a kind of record, replaced whole.
    Folder,
    /// A stream, once all were read.
    Writer(Stream),
}

impl Target {
    /// A stream.
    pub fn writer(out: impl Write + Send + 'static) -> Self {
        Self::Writer(Arc::new(Mutex::new(out)))
    }
}

impl fmt::Debug for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Self::Folder) { "Folder" } else { "Writer" })
    }
}

/// What a run is asked to do.
#[derive(Debug)]
pub struct Options {
    /// What started it.
    pub trigger: Trigger,
    /// Only this kind of record.
    pub only: Option<String>,
    /// Where the records go.
    pub target: Target,
    /// Start over even if an earlier run could be resumed.
    pub fresh: bool,
    /// Go to other hosts than before.
    pub accept_new_host: bool,
    /// Replace a file however many of its records are gone.
    pub accept_gone: bool,
}

impl Options {
    /// Everything, to its folder; on from where an earlier run stopped, to the hosts known.
    #[must_use]
    pub fn whole(trigger: Trigger) -> Self {
        Self { trigger, only: None, target: Target::Folder, fresh: false, accept_new_host: false, accept_gone: false }
    }
}
