//! The OAuth client against a provider that answers badly, byte by byte.

mod answers;
mod authorization;
mod fake;
mod proxy;
mod redirect;
mod wire;
