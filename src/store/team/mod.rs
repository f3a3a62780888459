//! The store of a team vault: signed and encrypted objects on a backend that is not trusted. Its operator may read and
//! write everything.
//!
//! ```text
//! roster/<n>           the members, their public keys and roles; names encrypted  (roster.rs)
//! head                 the generation, written by every save                      (commit.rs)
//! record/<id>/setup    a credential or integration without its tokens             (record.rs)
//! record/<id>/tokens   its tokens, status and history
//! lease/<id>           who may spend its refresh token now                        (lease.rs)
//! undo/<member>        that member's undo steps                                   (view.rs)
//! rotation             what to change at providers after a member was removed     (rotation.rs)
//! change/<n>           what generation n replaced                                 (batch.rs)
//! log/<member>/<n>     audit log entries of a member's machines                   (log.rs)
//! ```
//!
//! Every object is signed (envelope.rs), and none may be older than one that this machine has seen (objects.rs). A read
//! (refresh.rs) verifies new objects and caches them on this machine (cache.rs), with an index of their decrypted
//! contents (index.rs, cached.rs). Lock order: first the lease, then the save.

mod accepting;
mod admission;
mod authors;
pub mod backend;
mod batch;
mod cache;
mod cached;
mod commit;
mod draft;
mod envelope;
mod founding;
mod handle;
mod history;
mod host_folder;
mod identity;
mod identity_file;
mod index;
mod index_rows;
mod join_code;
mod kit;
mod last_contact;
mod last_seen;
mod lease;
mod liveness_lock;
mod log;
mod log_chain;
mod log_memory;
mod log_position;
mod log_reading;
mod log_sending;
mod member_key;
mod members;
mod merging;
mod next_roster;
mod objects;
mod parallel;
mod part;
mod record;
mod refresh;
mod rescue;
mod rollback_check;
mod roster;
mod rotation;
mod rotation_edits;
mod sealing;
mod state_file;
mod store;
mod view;

pub use admission::{Admitted, JoinRequest, JoinTicket};
pub(super) use founding::{asked, first_roster, found, is_identity, join, open, open_as_host};
pub use handle::Team;
pub(super) use host_folder::paths_of_host;
pub use identity::StoreAccess;
pub use identity_file::Lock;
pub(super) use identity_file::{address, keep_password, lock_anew};
pub(super) use kit::recover;
pub use member_key::MemberKey;
pub(super) use member_key::look;
