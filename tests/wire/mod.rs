//! The OAuth client and the browser at their limits: a provider with malformed responses, byte by byte, and a simulated
//! browser.

mod answers;
mod authorization;
mod browser;
mod fake;
mod lifetimes;
mod proxy;
mod redirect;
mod reuse;
mod revocation;
mod tls;
mod transport;
mod trust;
mod unsupported;
