//! Where records are kept.

pub mod file;
