//! The HTTP transport: one client with deadlines and bounded responses, whose errors contain no secrets.

mod classify;
mod client;
mod decoded;
mod destination;
mod error_text;
mod failure;
mod lazy;
mod no_proxy;
mod response;
mod server_clock;
mod transport_error;
mod trust;

pub use client::{Http, Network, Request, Reuse};
#[cfg(fuzzing)]
pub(super) use decoded::decoded;
pub use destination::place;
pub use failure::Failure;
pub(super) use response::is_page;
pub use response::{BodyLimit, Response};
pub use server_clock::ServerClock;
pub use transport_error::TransportError;
