//! Configuration > Integrations with the sandbox: Test Run, Sync and sessions, on real vaults.

mod agent;
mod answers;
mod bad_input;
mod dead_token;
mod gone;
mod pages;
mod providers;
mod resume;
pub(crate) mod stage;
mod sync;
