//! The built-in provider: an OAuth 2.0 authorization server and the APIs behind it on loopback, for the demo, for tests,
//! and for people who test their own scripts.
//!
//! It impersonates the hosts of the whole catalog: `https://HOST/PATH` is served at `BASE/HOST/PATH`
//! (`catalog::Origin::Sandbox`). Zoho's hosts are exact; the others follow what the catalog says of them,
//! and what can be loaded from them is served page by page, as many records as are asked for (`records`).

mod answer;
mod api;
mod authorize;
mod consent;
mod device;
mod dialect;
mod impersonation;
mod keyed;
mod ledger;
mod line;
mod mode;
mod options;
mod page;
mod people;
mod place;
mod pretend_browser;
mod records;
mod redeem;
mod refusal;
mod roster;
mod route;
mod running;
mod scopes;
mod script;
mod seen;
mod serve;
mod shared;
mod switches;
mod token;
mod trouble;
mod zoho;

pub use answer::{ACCESS, Answer, REFRESH};
pub use ledger::Registration;
pub use mode::Mode;
pub use options::Options;
pub use pretend_browser::{Page, Visitor, visit};
pub use roster::{Difference, Roster};
pub use running::Sandbox;
pub use script::{Consent, Script};
pub use seen::{Pairs, Seen};
pub use serve::serve;
