//! The store in one age file on this machine.
//!
//! ```text
//! <data>/identity.age   age, scrypt(passphrase) -> an age identity and the vault's pin      (key.rs)
//! <data>/vault.age      age, X25519 recipients  -> JSON                                      (payload/)
//! <data>/recent.age     what changed since a large vault.age was written                    (recent.rs)
//! <data>/lock           flock target of the write lock, never replaced                       (lock.rs)
//! <data>/backups/       former versions                                                   (backup.rs)
//! <state>/seen.json     the highest version seen                                          (high_water_mark.rs)
//! <state>/newest.age    a copy of that vault.age                                             (newest.rs)
//! <state>/leases/ID     flock target of a credential's lease, with its note                  (lease.rs)
//! <state>/rescue-*.age  new tokens that are not in the vault yet                             (rescue.rs)
//! ```
//!
//! A commit takes the write lock, reads the file again if it changed, applies the *intent*, encrypts in memory,
//! decrypts the result as a reader would, and replaces the file. A save needs no scrypt: the passphrase encrypts the
//! identity, and the identity decrypts the vault. Lock order: a lease, then the write lock, never the reverse; the
//! write lock is held for the writes of one save only.

mod adopt;
mod backup;
mod commit;
mod create;
mod derived;
pub(super) mod disk;
mod document;
mod export;
mod fallback;
mod fingerprints;
mod high_water_mark;
mod hosts;
mod integrity;
pub(super) mod key;
mod lease;
#[cfg(test)]
mod limit_tests;
mod lineage;
mod location;
mod lock;
mod log_pin;
mod lookup;
mod migrate;
mod name_index;
mod newest;
mod opening;
mod partial_read;
mod passphrase;
mod payload;
mod presence;
mod recent;
#[cfg(test)]
mod recent_tests;
mod recover;
mod rescue;
mod restore;
mod stamps;
mod store;
mod token_hashes;
mod vault;
mod versions;
mod work_factor;

pub(super) use adopt::{abandon, adopt, write_sheet};
pub(super) use create::{create, recovery_kit};
pub(crate) use export::is_payload;
pub(crate) use export::open_credentials;
pub(crate) use export::open_payload;
pub(crate) use export::recent_beside;
pub use export::{OpenedExport, seal_credentials};
pub(super) use integrity::examine;
pub(super) use location::Location;
pub(super) use lock::LockFile;
pub(super) use migrate::create_with;
#[cfg(fuzzing)]
pub(super) use payload::rewritten;
pub use presence::{KeyDescription, Presence};
pub(super) use presence::{copies, is_replaceable, look, may_restore, rescued, vanished};
pub(super) use vault::FileStore;
pub use work_factor::WORK_FACTOR;
pub(super) use work_factor::too_low as low_work_factor;
