//! The backend for buckets and containers: one blob per object, with preconditions on the `ETag`.
//!
//! Conditional deletes are not supported by all of these stores, so a deleted object is overwritten with an empty one;
//! listings and reads skip empty objects. No request is retried: one that was sent but not answered is
//! [`BackendError::Unknown`].

mod azure;
mod exchange;
mod foreign;
mod http;
mod refusal;
mod requests;
mod s3;
mod signal;

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;

use super::address::Bucket;
use super::contract::{Backend, BackendError, ListedObject, Object, ObjectPath, Write, Written};
use super::driver::{Driver, Late};
use super::platform::Platform;
use crate::problem::Problem;
use http::ANSWER;
use requests::Requests;
use signal::Signal;

/// Deadline of listings with many pages and of reads of many objects.
const LONG: Duration = Duration::from_secs(120);

/// A bucket or container.
#[derive(Debug)]
pub(super) struct Objects {
    /// Declared before the driver, so that it is dropped first: it may still have to signal a write.
    signal: Signal,
    requests: Arc<Requests>,
    driver: Driver,
}

pub(super) fn s3(bucket: &Bucket, platform: &Platform) -> Result<Objects, Problem> {
    Objects::new(s3::open(bucket, platform)?)
}

pub(super) fn azure(container: &Bucket, platform: &Platform) -> Result<Objects, Problem> {
    Objects::new(azure::open(container, platform)?)
}

impl Objects {
    fn new(requests: Requests) -> Result<Self, Problem> {
        Ok(Self { signal: Signal::default(), requests: Arc::new(requests), driver: Driver::new()? })
    }

    /// Runs requests on the driver. Requests that miss the deadline are abandoned.
    fn run<T, F>(&self, longest: Duration, work: impl FnOnce(Arc<Requests>) -> F) -> Result<T, BackendError>
    where
        T: Send + 'static,
        F: Future<Output = Result<T, BackendError>> + Send + 'static,
    {
        let done = self.driver.run(longest, work(Arc::clone(&self.requests)));
        done.map_err(|Late| self.requests.refusals.unanswered(late(longest), false))?
    }
}

fn late(after: Duration) -> String {
    format!("it did not answer within {} seconds", after.as_secs())
}

/// Whether a write has to be signaled. A lease is polled by those who wait for it, and a change is followed by the
/// objects that it names.
fn is_watched(path: &ObjectPath) -> bool {
    !["lease/", "change/"].iter().any(|folder| path.0.starts_with(folder))
}

impl Backend for Objects {
    fn place(&self) -> String {
        self.requests.refusals.place.clone()
    }

    fn get(&self, path: &ObjectPath) -> Result<Option<Object>, BackendError> {
        let path = path.clone();
        self.run(ANSWER * 2, |requests| async move { requests.get(&path).await })
    }

    fn read_all(&self, paths: &[ObjectPath]) -> Result<Vec<Option<Object>>, BackendError> {
        let paths = paths.to_vec();
        self.run(LONG, |requests| async move { requests.read_all(&paths).await })
    }

    fn list(&self, prefix: &str) -> Result<Vec<ListedObject>, BackendError> {
        let prefix = prefix.to_owned();
        self.run(LONG, |requests| async move { requests.list(&prefix).await })
    }

    fn write(&self, write: Write) -> Result<Written, BackendError> {
        let (requests, is_watched) = (Arc::clone(&self.requests), is_watched(&write.path));
        let written = self.driver.run(ANSWER * 4, async move { requests.write(&write).await });
        let written = written.unwrap_or_else(|Late| Err(self.requests.refusals.unanswered(late(ANSWER), true)));
        // A write that may have happened is signaled as well.
        if is_watched && matches!(written, Ok(Written::Done(_)) | Err(BackendError::Unknown { .. })) {
            self.signal.raise(&self.driver, &self.requests);
        }
        written
    }

    fn discard(&self, prefix: &str) -> Result<(), BackendError> {
        let prefix = prefix.to_owned();
        self.run(LONG, |requests| async move { requests.discard(&prefix).await })
    }

    fn now(&self) -> Result<Timestamp, BackendError> {
        self.run(ANSWER * 2, |requests| async move { requests.now().await })
    }

    fn wait_for_change(&self, longest: Duration) -> Result<bool, BackendError> {
        self.signal.wait(longest, || self.run(ANSWER * 2, |requests| async move { requests.signal_state().await }))
    }
}
