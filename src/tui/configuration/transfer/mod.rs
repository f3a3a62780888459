//! Configuration > Import and Export: imports credentials from a file, exports them to a file, and finds the files of
//! other programs.

pub(crate) mod export;
pub(crate) mod found;
pub(crate) mod import;
