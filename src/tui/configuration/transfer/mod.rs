//! Configuration > Import and Export: credentials from a file, and to one.

pub mod export;
pub mod import;
