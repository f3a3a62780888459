//! The products' APIs.

mod call;
mod ec;
mod mdm;
mod rules;
mod sdp;

pub(super) use call::respond;
