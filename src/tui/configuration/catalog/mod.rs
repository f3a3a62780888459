//! Configuration > Catalog: the providers, how well their facts are verified, and the user's own catalog files.

pub(crate) mod browse;
pub(crate) mod entry;
pub(crate) mod files;
