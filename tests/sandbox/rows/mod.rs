//! The rows of the provider's table, end to end: a private vault, the engine, and the sandbox as the provider.

mod account;
mod authorization;
mod bench;
mod callback;
mod client_credentials;
mod desk;
mod device;
mod keys;
mod providers;
mod refresh;
mod revocation;
mod token;
mod ways_back;
