//! Configuration: everything one can set up.

pub mod security;
