//! The diagnostic log: what the program did, for a bug report. Bounded, rotated, and without secrets by type.
//!
//! It is not the audit log: nothing depends on it, and a failure to write it does not fail an operation. Events go
//! through `tracing`, so that a level can be chosen. Events of dependencies are dropped, because they may contain
//! headers and bodies.

mod field;
mod file;

use std::fmt;
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use tracing::field::{Field as Slot, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

pub(crate) use field::{Field, Host};
pub(crate) use file::{LogFile, files};

/// The least important events that are kept.
#[derive(Clone, Copy, Debug, Eq, Ord, PartialEq, PartialOrd)]
pub(crate) enum Level {
    /// Failures.
    Warn,
    /// Jobs and requests. The default.
    Info,
    /// Details, with `--verbose`.
    Debug,
}

/// The target of this program's events; all others are dropped.
const TARGET: &str = "credenza";

/// Logs one event. `what` and the names of the fields are fixed text, and the types of the values cannot contain a
/// secret.
///
/// Text cannot be logged:
///
/// ```compile_fail
/// use credenza::diagnostics::{Level, event};
/// let token = String::from("a secret");
/// event(Level::Info, "refreshed", &[("token", &token)]);
/// ```
pub(crate) fn event(level: Level, what: &'static str, fields: &[(&'static str, &dyn Field)]) {
    let fields = Fields(fields);
    match level {
        Level::Warn => tracing::warn!(target: TARGET, what, %fields),
        Level::Info => tracing::info!(target: TARGET, what, %fields),
        Level::Debug => tracing::debug!(target: TARGET, what, %fields),
    }
}

/// Starts the log in this folder. The file is opened by the first event.
pub(crate) fn start(folder: &Path, most: Level, to_standard_error: bool) {
    let log = Log { most, to_standard_error, file: Mutex::new(LogFile::new(folder)) };
    // Fails if a log was started before: a process has only one.
    let _ = tracing::subscriber::set_global_default(log);
}

struct Fields<'a>(&'a [(&'static str, &'a dyn Field)]);

impl fmt::Display for Fields<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (name, value) in self.0 {
            write!(f, " {name}=")?;
            value.put(f)?;
        }
        Ok(())
    }
}

struct Log {
    most: Level,
    to_standard_error: bool,
    file: Mutex<LogFile>,
}

impl Subscriber for Log {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        let most = match self.most {
            Level::Warn => tracing::Level::WARN,
            Level::Info => tracing::Level::INFO,
            Level::Debug => tracing::Level::DEBUG,
        };
        metadata.target() == TARGET && *metadata.level() <= most
    }

    fn event(&self, event: &Event<'_>) {
        let mut text = Text { level: event.metadata().level().as_str(), what: String::new(), fields: String::new() };
        event.record(&mut text);
        let line = format!("{:5} {}{}", text.level, text.what, text.fields);
        if self.to_standard_error {
            use std::io::Write as _;
            // If standard error is closed, there is nowhere left to report that.
            let _ = writeln!(std::io::stderr().lock(), "credenza: {line}");
        }
        self.file.lock().unwrap_or_else(PoisonError::into_inner).write(&line);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}

    fn record_follows_from(&self, _: &Id, _: &Id) {}

    fn enter(&self, _: &Id) {}

    fn exit(&self, _: &Id) {}
}

struct Text {
    level: &'static str,
    what: String,
    fields: String,
}

impl Visit for Text {
    fn record_str(&mut self, slot: &Slot, value: &str) {
        if slot.name() == "what" {
            value.clone_into(&mut self.what);
        }
    }

    fn record_debug(&mut self, slot: &Slot, value: &dyn fmt::Debug) {
        if slot.name() == "fields" {
            self.fields = format!("{value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::problem::Kind;

    #[test]
    fn fields_are_written_in_order() {
        let url = url::Url::parse("https://name:pass@accounts.example.com:8443/token?code=secret").unwrap();
        let fields: [(&'static str, &dyn Field); 4] = [
            ("host", &Host::of(&url)),
            ("status", &200_u64),
            ("took", &Duration::from_millis(312)),
            ("kind", &Kind::Temporary),
        ];
        let written = Fields(&fields).to_string();
        assert_eq!(written, " host=accounts.example.com:8443 status=200 took=312ms kind=temporary");
    }
}
