//! Credenza: a terminal vault for the credentials SaaS integrations sign in with.

pub mod catalog;
pub mod change;
pub mod clock;
pub mod credential;
pub mod demo;
pub mod paths;
pub mod printable;
pub mod problem;
pub mod sandbox;
pub mod secret;
pub mod service;
pub mod settings;
pub mod tui;
