//! The built-in provider: an OAuth 2.0 authorization server and the APIs behind it on loopback, for the demo, for tests,
//! and for people who test their own scripts.
//!
//! It impersonates the hosts of the whole catalog: `https://HOST/PATH` is served at `BASE/HOST/PATH`
//! (`catalog::Origin::Sandbox`). Zoho's hosts are exact; the others follow what the catalog says of them,
//! and what can be loaded from them is served page by page, as many records as are asked for (`records`).

mod api;
mod authorize;
mod consent;
mod cuttable_stream;
mod device;
mod dialect;
mod failure_mode;
mod impersonation;
mod keyed;
mod ledger;
mod load_address;
mod mode;
mod options;
mod page;
mod people;
mod pretend_browser;
mod recorded_request;
mod records;
mod redeem;
mod refusal;
mod response;
mod roster;
mod route;
mod running;
mod scopes;
mod script;
mod serve;
mod shared;
mod switches;
mod token;
mod zoho;

pub use ledger::Registration;
pub use mode::Mode;
pub use options::Options;
pub use pretend_browser::{Page, Visitor, visit};
pub use recorded_request::RecordedRequest;
pub use response::{ACCESS, REFRESH, Response};
pub use roster::{Difference, Roster};
pub use running::Sandbox;
pub use script::{Consent, Script};
pub use serve::serve;
