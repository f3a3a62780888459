//! Configuration > Catalog: what can be connected to, how sure that is, and the user's own files.

pub(crate) mod browse;
pub(crate) mod entry;
pub(crate) mod files;
