//! Signs in: by the grant of the credential's provider, or with a key by its test call.

mod authenticate;
mod typed_in;

pub use crate::engine::grant::{
    Authenticated, Control, DEVICE_DEADLINE, DeviceInvitation, Invitation, Leave, Options, Progress, WayBack,
};
pub use authenticate::authenticate;
