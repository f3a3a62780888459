//! Authorization code, device code and client credentials sign-in, and keys by their test call; saves what came.

mod account;
mod authenticate;
mod client;
mod complete;
mod device;
mod endings;
mod flow;
mod grant;
mod hosts;
mod key;
mod options;
mod places;
mod progress;

pub use authenticate::authenticate;
pub use options::{DEVICE_DEADLINE, Leave, Options, WayBack};
pub use progress::{Authenticated, Control, DeviceInvitation, Invitation, Progress};
