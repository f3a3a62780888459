//! The store that a team shares: signed and encrypted objects on a backend that may be read and written by anybody who
//! runs it.
//!
//! ```text
//! roster/<n>           the members, public keys and roles; names encrypted        (roster.rs)
//! head                 the generation, written by every save                      (commit.rs)
//! record/<id>/setup    a credential or integration without its tokens             (record.rs)
//! record/<id>/tokens   its tokens, status and history
//! lease/<id>           who may spend its refresh token now                        (lease.rs)
//! undo/<member>        that member's steps of undo                                (view.rs)
//! rotation             what to change at providers after somebody was removed     (rotation.rs)
//! change/<n>           what generation n replaced                                 (batch.rs)
//! log/<member>/<n>     what a member's machines did                               (log.rs)
//! ```
//!
//! Every object is signed (envelope.rs) and is never older than one that was seen (objects.rs); reading (refresh.rs)
//! checks what is new and keeps it on this machine (cache.rs), with an index of what it decrypted to (index.rs, kept.rs).
//! Lock order: a lease, then a save.

mod accepting;
mod admission;
mod authors;
pub mod backend;
mod batch;
mod cache;
mod claim;
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
mod kept;
mod kit;
mod lease;
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
mod rewound;
mod roster;
mod rotating;
mod rotation;
mod sealing;
mod seen;
mod sightings;
mod state_file;
mod store;
mod view;

pub use admission::{Admission, Admitted, Joining};
pub(super) use founding::{asked, first_roster, found, is_identity, join, open, open_as_host};
pub use handle::Team;
pub use identity::StoreAccess;
pub use identity_file::Lock;
pub(super) use identity_file::{address, keep_password, lock_anew};
pub(super) use kit::recover;
pub use member_key::MemberKey;
pub(super) use member_key::look;
