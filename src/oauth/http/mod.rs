//! The HTTP transport: one client with deadlines and bounded answers; nothing secret in its errors.

mod answer;
mod classify;
mod client;
mod decoded;
mod failure;
mod no_proxy;
mod on_first_use;
mod place;
mod server_clock;
mod transport_error;
mod trust;
mod words;

pub(super) use answer::is_page;
pub use answer::{Answer, Cap};
pub use client::{Http, Network, Request, Reuse};
#[cfg(fuzzing)]
pub(super) use decoded::decoded;
pub use failure::Failure;
pub use place::{is_loopback, place};
pub use server_clock::ServerClock;
pub use transport_error::TransportError;
