//! The built-in provider: an OAuth 2.0 authorization server and the APIs behind it on loopback, for the demo, for
//! tests, and for users who test their own scripts.
//!
//! It impersonates the hosts of the whole catalog: `https://HOST/PATH` is served at `BASE/HOST/PATH`
//! (`catalog::Origin::Sandbox`). Zoho's hosts are reproduced exactly; the others follow the catalog's data. The records
//! that can be loaded from them are served page by page, in any number (`records`).

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
pub use roster::{RecordSet, RecordSetDifference};
pub use running::Sandbox;
pub use script::{Consent, Script};
pub use serve::serve;
