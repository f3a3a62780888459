//! What the tests need from an engine besides its backend.

use std::sync::Arc;

use credenza::store::team::backend::Backend;

/// A new, empty store on an engine.
pub(crate) trait Engine: Send + Sync {
    /// `None` if the engine is not configured; otherwise records that `test` used it.
    fn make(test: &str) -> Option<Self>
    where
        Self: Sized;
    /// A new connection, as from another machine.
    fn open(&self) -> Arc<dyn Backend>;
    /// A connection that can be made to lose a response.
    fn losing_one_answer(&self) -> Losing;
    /// Writes or deletes an object unconditionally and without the program, as the operator of the store can.
    fn put_as_owner(&self, name: &str, body: Option<Vec<u8>>);
    /// Whether listings skip names that this program never writes.
    fn leaves_out_foreign(&self) -> bool {
        true
    }
}

/// A connection that loses the next response after `arm` was called.
pub(crate) struct Losing {
    pub(crate) backend: Arc<dyn Backend>,
    pub(crate) arm: Box<dyn Fn()>,
}
