//! The agent: a process that keeps the vault open and answers for it on a Unix socket. An accelerator: everything works
//! without it.
//!
//! ```text
//! client                                        agent
//!   connect, check that the peer is us            check that the peer is us
//!   {"v":1,"do":"token","name":"Zoho",...}\n  ->  find, refresh if need be, save
//!                                             <-  {"token":{...}}\n  or  {"problem":{...}}\n
//! ```
//!
//! It hands out what `credenza token` prints and names of credentials, never a refresh token, a client secret or the
//! key. Locking drops the key and everything that was read with it; who waits for a token then is told so, and what was sent
//! to a provider by then is saved all the same.
//!
//! `run --serve` has a socket of its own for its command: an agent in that process, or a relay to the running one. It
//! answers for one credential and nothing else.

pub mod background;
pub mod client;
mod door;
mod from_memory;
mod held;
mod late_lines;
mod line;
mod login;
mod private;
pub mod protocol;
mod relay;
pub mod requests;
mod scheduled;
mod seat;
mod server;
mod shared;
mod upkeep;

pub use relay::{Relay, older_agent};
pub use seat::Seat;
pub use server::serve;
pub use shared::{Agent, LOCKS_AFTER, Remind};
