//! A single binary for all integration tests, because linking takes most of the build time.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    reason = "a test that cannot go on says so by failing, in its steps as in its functions"
)]

mod architecture;
mod backends;
mod catalog;
mod cli;
mod demo;
mod disaster;
mod documents;
mod import_shapes;
mod integrations;
mod local_vault;
mod loopback;
mod masks;
mod oauth_errors;
mod payload;
mod sandbox;
mod scratch;
mod screens;
mod secrets;
mod service;
mod store;
mod team;
mod terminal;
mod vault;
mod wire;
