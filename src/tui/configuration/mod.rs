//! Configuration: everything one can set up.

pub mod doctor;
pub mod integrations;
pub mod menu;
pub mod security;
