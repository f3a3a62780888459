//! What the tests need of an engine beside its backend.

use std::sync::Arc;

use credenza::store::team::backend::Backend;

/// One store of an engine, empty and of its own.
pub(crate) trait Engine: Send + Sync {
    /// `None` where no such engine was named; `test` is noted where one was.
    fn make(test: &str) -> Option<Self>
    where
        Self: Sized;
    /// A connection, as another machine has it.
    fn open(&self) -> Arc<dyn Backend>;
    /// A connection that loses an answer on demand.
    fn losing_one_answer(&self) -> Losing;
    /// Writes or removes an object without any condition and without the program, as the owner of the store can.
    fn put_as_owner(&self, name: &str, body: Option<Vec<u8>>);
    /// Whether names that no version of the program has written are left out of listings.
    fn leaves_out_foreign(&self) -> bool {
        true
    }
}

/// A connection whose next answer is lost once it is armed.
pub(crate) struct Losing {
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) arm: Box<dyn Fn()>,
}
