//! What the last HTTP request of a call was answered: the status, the store's own code, its clock.

use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;

tokio::task_local! {
    /// Set while a call runs; its requests run in the same task.
    static CURRENT: Arc<Mutex<Exchange>>;
}

/// What is known of the last request of a call.
#[derive(Clone, Debug, Default)]
pub(super) struct Exchange {
    /// The status of the answer; none if no answer came.
    pub(super) status: Option<u16>,
    /// The store's own word for an error, such as `NoSuchBucket`.
    pub(super) code: Option<String>,
    /// When it was at the store.
    pub(super) date: Option<Timestamp>,
    /// The region in which the bucket is, if the store says so.
    pub(super) region: Option<String>,
    /// Why no answer came.
    pub(super) failure: Option<Failure>,
}

/// Why a request was not answered.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Failure {
    /// It was not sent: there was no connection.
    NotSent(String),
    /// The certificate of the store was refused; it was not sent.
    Certificate(&'static str),
    /// It may have been sent.
    Broken(String),
}

impl Exchange {
    /// Runs a call and gives what its last request was answered.
    pub(super) async fn record<T>(call: impl Future<Output = T>) -> (T, Self) {
        let current = Arc::new(Mutex::new(Self::default()));
        let done = CURRENT.scope(Arc::clone(&current), call).await;
        let exchange = current.lock().unwrap_or_else(PoisonError::into_inner).clone();
        (done, exchange)
    }

    /// Notes an answer or a failure for the call that is running in this task.
    pub(super) fn note(self) {
        // Outside of a call there is nobody to note it for.
        let _ = CURRENT.try_with(|current| *current.lock().unwrap_or_else(PoisonError::into_inner) = self);
    }

    fn has_code(&self, codes: &[&str]) -> bool {
        self.code.as_deref().is_some_and(|code| codes.contains(&code))
    }

    /// There is no such bucket or container, which is something else than a missing object.
    pub(super) fn names_no_bucket(&self) -> bool {
        self.has_code(&["NoSuchBucket", "ContainerNotFound"])
    }

    /// An answer with the status of a conflict that has nothing to do with the condition.
    pub(super) fn refuses(&self) -> bool {
        self.has_code(&["ContainerBeingDeleted", "ContainerDisabled", "AccountBeingCreated", "AccountIsDisabled"])
    }

    pub(super) fn is_forbidden(&self) -> bool {
        matches!(self.status, Some(401 | 403))
    }
}
