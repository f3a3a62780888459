//! Where a vault is, and in whose name it is used.

use crate::clock::Clock;
use crate::paths::Paths;

/// Where a vault is, and who asks.
#[derive(Clone, Debug)]
pub(in crate::store) struct Location {
    pub(in crate::store) paths: Paths,
    pub(in crate::store) clock: Clock,
    pub(in crate::store) program: String,
}
