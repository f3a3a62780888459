//! The grant types with a token request: how each signs in, and gets further access tokens.
//!
//! A new grant type needs a file here that implements `Grant`, arms in `dispatch.rs`, and its word in
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
mod former_refresh_token;
mod hosts;
mod lookups;
mod new_tokens;
mod options;
mod progress;
mod redirect_target;

pub(super) use attempt::Attempt;
pub(super) use dispatch::{renew, sign_in};
pub(super) use endings::{canceled, duration};
pub(super) use flow::Renewal;
pub(crate) use options::DEVICE_DEADLINE;
pub use options::{Options, RedirectReturn, SignInOverrides};
pub use progress::{Authenticated, Control, DeviceCodePrompt, Progress, SignInPrompt};
