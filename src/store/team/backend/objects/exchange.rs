//! The last HTTP exchange of a call: the status, the store's error code and its clock.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

use crate::clock::SuspendAwareInstant;

tokio::task_local! {
    /// Set while a call runs. All of its requests run in the same task.
    static CURRENT: Arc<Mutex<Exchange>>;
}

/// The last request of a call and its response.
#[derive(Clone, Debug, Default)]
pub(super) struct Exchange {
    /// The status code; `None` without a response.
    pub(super) status: Option<u16>,
    /// The store's error code, such as `NoSuchBucket`.
    pub(super) code: Option<String>,
    /// The store's time, from the `Date` header.
    pub(super) date: Option<Timestamp>,
    /// When the headers of the response arrived.
    pub(super) received: Option<SuspendAwareInstant>,
    /// The region of the bucket, if the store reports it.
    pub(super) region: Option<String>,
    /// Why there was no response.
    pub(super) failure: Option<Failure>,
}

/// Why a request has no response.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Failure {
    /// Not sent, because there was no connection.
    NotSent(String),
    /// Not sent, because the certificate was not trusted.
    Certificate(&'static str),
    /// The connection broke; the request may have been sent.
    Broken(String),
}

impl Exchange {
    /// Runs a call and returns its result with the last HTTP exchange.
    pub(super) async fn record<T>(call: impl Future<Output = T>) -> (T, Self) {
        let current = Arc::new(Mutex::new(Self::default()));
        let done = CURRENT.scope(Arc::clone(&current), call).await;
        let exchange = current.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (done, exchange)
    }

    /// Records a response or a failure for the call that runs in this task.
    pub(super) fn note(self) {
        // Without a running call there is nothing to record.
        let _ = CURRENT.try_with(|current| *current.lock().unwrap_or_else(PoisonError::into_inner) = self);
    }

    /// The store's time and when it arrived, if the response is the store's own and not that of a proxy.
    pub(super) fn clock(&self) -> Option<(Timestamp, SuspendAwareInstant)> {
        let is_of_store = matches!(self.status, Some(200..=299 | 404 | 409 | 412));
        self.date.zip(self.received).filter(|_| is_of_store)
    }

    fn has_code(&self, codes: &[&str]) -> bool {
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }

    /// Whether the bucket or container does not exist, as opposed to an object in it.
    pub(super) fn names_no_bucket(&self) -> bool {
        self.has_code(&["NoSuchBucket", "ContainerNotFound"])
    }

    /// An error with a conflict status that is not caused by the precondition.
    pub(super) fn refuses(&self) -> bool {
        self.has_code(&["ContainerBeingDeleted", "ContainerDisabled", "AccountBeingCreated", "AccountIsDisabled"])
    }

    pub(super) fn is_forbidden(&self) -> bool {
        matches!(self.status, Some(401 | 403))
    }
}
