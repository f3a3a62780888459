//! The grants with a token request: how each signs in, and how it comes by its next access token.
//!
//! A new grant is a file here that implements `Flow`, its arms in `dispatch.rs`, and its word in
//! [`GrantType`](crate::model::credential::GrantType).

mod account;
mod attempt;
mod authorization_code;
mod client_credentials;
mod device_code;
mod dispatch;
mod endings;
mod exchange;
mod flow;
mod hosts;
mod kept;
mod new_tokens;
mod options;
mod places;
mod progress;
mod way_in;

pub(super) use attempt::Attempt;
pub(super) use dispatch::{renew, sign_in};
pub(super) use endings::{cancelled, duration};
pub(super) use flow::Renewal;
pub use options::{DEVICE_DEADLINE, Leave, Options, WayBack};
pub use progress::{Authenticated, Control, DeviceInvitation, Invitation, Progress};
