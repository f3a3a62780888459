//! The contract of a store, tested for each implementation by one suite. A new store adds a factory and a module here.

mod leases;
mod memory;
mod suite;
mod team;

use std::sync::Arc;

use credenza::clock::Clock;
use credenza::paths::Paths;
use credenza::secret::Passphrase;
use credenza::store::Store;
use credenza::store::local::{Local, UnlockBy};

/// The age file in a temporary folder; each `open` is like another process.
struct InFile {
    clock: Clock,
    folder: tempfile::TempDir,
}

fn passphrase() -> Passphrase {
    Passphrase::new("suite".to_owned())
}

impl InFile {
    fn local(&self) -> Local {
        Local::at(&Paths::discover(Some(self.folder.path())).unwrap(), &self.clock, "suite")
    }
}

impl suite::Factory for InFile {
    fn make(clock: &Clock) -> Self {
        let made = Self { clock: clock.clone(), folder: crate::scratch::folder() };
        made.local().create(&passphrase(), 1).unwrap();
        made
    }

    fn open(&self) -> Arc<dyn Store> {
        self.local().unlock(UnlockBy::Passphrase(&passphrase())).unwrap()
    }
}

impl suite::Factory for memory::Memory {
    fn make(clock: &Clock) -> Self {
        Self::new(clock)
    }

    fn open(&self) -> Arc<dyn Store> {
        Arc::new(self.again())
    }
}

mod in_a_file {
    super::suite::held_by!(super::InFile);
}

mod in_memory {
    super::suite::held_by!(super::memory::Memory);
}

mod shared_by_a_team {
    super::suite::held_by!(super::team::Shared);
}

mod shared_by_a_team_one_object_at_a_time {
    super::suite::held_by!(super::team::OneByOne);
}
