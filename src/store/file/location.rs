//! The location of a vault, and the program that uses it.

use crate::clock::Clock;
use crate::paths::Paths;

#[derive(Clone, Debug)]
pub(in crate::store) struct Location {
    pub(in crate::store) paths: Paths,
    pub(in crate::store) clock: Clock,
    pub(in crate::store) program: String,
}
