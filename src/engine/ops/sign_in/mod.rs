//! Signs in: with the grant of the credential's provider, or with a key and its test call.

mod authenticate;
mod static_secret;

pub(crate) use crate::engine::grant::DEVICE_DEADLINE;
pub use crate::engine::grant::{
    Authenticated, Control, DeviceCodePrompt, Options, Progress, RedirectReturn, SignInOverrides, SignInPrompt,
};
pub use authenticate::authenticate;
