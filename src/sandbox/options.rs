//! The options of a sandbox.

use std::sync::Arc;

use super::ledger::Registration;
use super::mode::Mode;
use super::script::Consent;
use crate::catalog::Catalog;
use crate::clock::Clock;

/// The options of a sandbox.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// The clock for the expiry of codes and tokens.
    pub clock: Clock,
    /// The catalog whose providers are impersonated.
    pub catalog: Arc<Catalog>,
    /// How consent is decided.
    pub consent: Consent,
    /// The modes that are on from the start.
    pub modes: Vec<Mode>,
    /// The registered clients; without any, every client ID counts as registered.
    pub clients: Vec<Registration>,
    /// Whether to log each request on standard error: method, address and status, but no parameters.
    pub tell: bool,
}
