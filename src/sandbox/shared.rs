//! The state that the handlers of the sandbox share.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use url::Url;

use super::ledger::Ledger;
use super::load_address::LoadAddresses;
use super::options::Options;
use super::recorded_request::RecordedRequest;
use super::script::Script;
use crate::catalog::Catalog;
use crate::clock::Clock;

/// Most recorded requests.
const MAX_SEEN: usize = 1_000;

/// The state that the handlers share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) base: Url,
    pub(super) port: u16,
    pub(super) clock: Clock,
    pub(super) catalog: Arc<Catalog>,
    pub(super) script: Script,
    ledger: Mutex<Ledger>,
    seen: Mutex<VecDeque<RecordedRequest>>,
    pub(super) asked: AtomicU64,
    pub(super) places: LoadAddresses,
    pub(super) tell: bool,
}

impl Shared {
    /// A new state without any requests. `base` is the URL of the sandbox.
    pub(super) fn new(base: Url, port: u16, options: Options) -> Self {
        Self {
            base,
            port,
            clock: options.clock,
            catalog: options.catalog,
            script: Script::new(options.consent, options.modes),
            ledger: Mutex::new(Ledger::new(options.clients)),
            seen: Mutex::default(),
            asked: AtomicU64::new(0),
            places: LoadAddresses::default(),
            tell: options.tell,
        }
    }

    pub(super) fn ledger(&self) -> MutexGuard<'_, Ledger> {
        self.ledger.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn seen(&self) -> MutexGuard<'_, VecDeque<RecordedRequest>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn remember(&self, seen: RecordedRequest) {
        self.asked.fetch_add(1, Ordering::Relaxed);
        let mut all = self.seen();
        if all.len() >= MAX_SEEN {
            all.pop_front();
        }
        all.push_back(seen);
    }
}
