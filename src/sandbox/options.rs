//! How the sandbox is started.

use std::sync::Arc;

use super::ledger::Registration;
use super::mode::Mode;
use super::script::Consent;
use crate::catalog::Catalog;
use crate::clock::Clock;

/// How to start.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Port on 127.0.0.1; 0 takes a free one.
    pub port: u16,
    /// Time, for the ends of codes and tokens.
    pub clock: Clock,
    /// Whose ways to follow.
    pub catalog: Arc<Catalog>,
    /// How consent is decided.
    pub consent: Consent,
    /// Ways to fail.
    pub modes: Vec<Mode>,
    /// The clients there are; with none of them, every client is one.
    pub clients: Vec<Registration>,
    /// Tell each request on standard error: method, address, status; no parameters.
    pub tell: bool,
}
