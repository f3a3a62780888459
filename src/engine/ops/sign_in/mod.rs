//! Signs in: with the grant of the credential's provider, or with a key and its test call.

mod authenticate;
mod static_secret;

pub use crate::engine::grant::{
    Authenticated, Control, DEVICE_DEADLINE, DeviceCodePrompt, Options, Progress, RedirectReturn, SignInOverrides,
    SignInPrompt,
};
pub use authenticate::authenticate;
