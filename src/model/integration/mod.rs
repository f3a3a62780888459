//! A configured integration: what is loaded from a provider, with which credential, where it is written, and when.
//! Plain data.

mod change;
mod entry;
mod fields;
mod format;
mod id;
mod integrations;
mod mapping;
mod schedule;
mod session;
mod setup;

pub use change::IntegrationChange;
pub use entry::Integration;
pub use fields::IntegrationField;
pub use format::Format;
pub use id::IntegrationId;
pub use integrations::Integrations;
pub use mapping::{Field, MappingError, parse_fields};
pub use schedule::{Schedule, ScheduleError};
pub(crate) use session::MAX_ERRORS;
pub use session::{Counts, LoadResult, PartResult, RecordError, StoredProblem, SyncResult, SyncSession, Trigger};
pub use setup::IntegrationSetup;
