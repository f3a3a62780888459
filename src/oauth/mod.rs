//! OAuth 2.0 as a client: the endpoints, the parsing of their responses, and the one HTTP client.

pub mod authorization;
mod claims;
pub(crate) mod device;
mod error;
pub mod error_table;
mod fields;
#[cfg(fuzzing)]
pub mod fuzzing;
pub mod http;
pub mod loopback;
pub mod permit;
pub mod redirect;
mod refusal;
pub(crate) mod request;
pub mod revocation;
pub mod token;
mod token_response;
pub mod userinfo;

pub(crate) use refusal::FAILURE_WORDS;
