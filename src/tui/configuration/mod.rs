//! Configuration: everything one can set up.

pub mod integrations;
pub mod menu;
pub mod security;
