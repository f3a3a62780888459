//! A team's store on a backend in memory, once with transactions and once with single-object writes.

use std::sync::Arc;

use credenza::clock::Clock;
use credenza::paths::Paths;
use credenza::store::Store;
use credenza::store::local::{Local, UnlockBy};
use credenza::store::team::backend::Backend;

use super::{passphrase, suite};
use crate::backends::Memory;

/// One member on one machine; each `open` is like another process.
pub(super) struct Shared {
    clock: Clock,
    backend: Memory,
    folder: tempfile::TempDir,
}

impl Shared {
    fn over(clock: &Clock, backend: Memory) -> Self {
        let made = Self { clock: clock.clone(), backend, folder: crate::scratch::folder() };
        made.local().found_team(made.connect(), "memory:suite", "Ana", (&passphrase(), 1)).unwrap();
        made
    }

    fn connect(&self) -> Arc<dyn Backend> {
        Arc::new(self.backend.again())
    }

    fn local(&self) -> Local {
        Local::at(&Paths::discover(Some(self.folder.path())).unwrap(), &self.clock, "suite")
    }
}

impl suite::Factory for Shared {
    fn make(clock: &Clock) -> Self {
        Self::over(clock, Memory::new(clock))
    }

    fn open(&self) -> Arc<dyn Store> {
        let passphrase = passphrase();
        self.local().unlock_team(UnlockBy::Passphrase(&passphrase), |_| Ok(self.connect())).unwrap()
    }
}

/// As [`Shared`], on a backend that writes one object at a time, as a bucket does.
pub(super) struct OneByOne(Shared);

impl suite::Factory for OneByOne {
    fn make(clock: &Clock) -> Self {
        Self(Shared::over(clock, Memory::new(clock).one_at_a_time()))
    }

    fn open(&self) -> Arc<dyn Store> {
        self.0.open()
    }
}
