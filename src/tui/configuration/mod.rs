//! Configuration: the screens for everything that the user can set up.

pub(crate) mod agent;
pub(crate) mod catalog;
pub(crate) mod doctor;
pub(crate) mod integrations;
pub(crate) mod menu;
pub(crate) mod security;
pub(crate) mod settings;
pub(crate) mod transfer;
