//! OAuth 2.0 as a client: one file an endpoint or RFC, and the one HTTP client.

mod answer;
pub mod api;
pub mod authorization;
pub mod device;
mod error;
mod fields;
pub mod http;
pub mod lookup;
pub mod loopback;
mod next;
pub mod page;
pub mod redirect;
mod request;
pub mod revocation;
mod signature;
pub mod token;
pub mod userinfo;
