//! Configuration > Security.

pub mod credentials;
