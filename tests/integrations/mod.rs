//! Configuration > Integrations against the sandbox: Test Run, Sync and its sessions, over real vaults.

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
