//! Configuration > Import and Export: import credentials from a file, export them to one, and find files of other
//! programs.

pub(crate) mod export;
pub(crate) mod found;
pub(crate) mod import;
