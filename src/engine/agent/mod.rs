//! The agent: a process that keeps the vault unlocked and serves tokens on a Unix socket. It only makes things faster:
//! everything works without it.
//!
//! ```text
//! client                                        agent
//! connect, check the user ID of the peer        check the user ID of the peer
//! {"v":1,"do":"token","name":"Zoho",...}\n  ->  find, refresh if need be, save
//!                                           <-  {"token":{...}}\n  or  {"problem":{...}}\n
//! ```
//!
//! It serves what `credenza token` prints and names of credentials, never a refresh token, a client secret or the key.
//! Locking drops the key and everything that was read with it. Pending requests then fail, but the response to a
//! request that was sent to a provider is saved all the same.
//!
//! `run --serve` has its own socket for its command: an agent in that process, or a relay to the running one. It
//! serves one credential and nothing else.

pub(crate) mod background;
pub(crate) mod client;
pub mod command;
mod connections;
mod line;
mod log_writer;
mod login;
mod private_folder;
pub mod protocol;
mod relay;
mod scheduled;
mod server;
mod shared;
mod socket;
mod token_cache;
mod unlocked_vault;
mod upkeep;

pub use relay::Relay;
pub(crate) use relay::older_agent;
pub use server::serve;
pub use shared::Agent;
pub(crate) use shared::LOCKS_AFTER;
pub(crate) use shared::Remind;
pub use socket::AgentSocket;
