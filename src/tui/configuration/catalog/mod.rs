//! Configuration > Catalog: what can be connected to, how sure that is, and the user's own files.

pub mod browse;
pub mod entry;
pub mod files;
