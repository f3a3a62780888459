//! The OAuth client and the browser at their edges: a provider that answers badly, byte by byte, and a pretend browser.

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
