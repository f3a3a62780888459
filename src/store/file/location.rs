//! Where a vault is, and which program uses it.

use crate::clock::Clock;
use crate::paths::Paths;

/// Where a vault is, and which program opens it.
#[derive(Clone, Debug)]
pub(in crate::store) struct Location {
    pub(in crate::store) paths: Paths,
    pub(in crate::store) clock: Clock,
    pub(in crate::store) program: String,
}
