//! Configuration: everything one can set up.

pub mod agent;
pub mod catalog;
pub mod doctor;
pub mod integrations;
pub mod menu;
pub mod security;
pub mod settings;
pub mod transfer;
