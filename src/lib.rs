//! Credenza: a terminal vault for the credentials with which SaaS integrations sign in.
//!
//! # The map
//!
//! The folders of the screens follow the menu. A module imports from the layers above it in this table, and from the
//! modules of its own layer that `LAYERS` in `tests/architecture.rs` names for it. The test also forbids import cycles,
//! and `cli` and `tui` from using `api`, `oauth`, `store` and `records` directly.
//!
//! | layer | modules | what they know |
//! |---|---|---|
//! | 0 | [`secret`] [`clock`] [`problem`] `nearest` `loopback` [`printable`] [`raw_json`] [`memory`] [`process`] | nothing of Credenza |
//! | 1 | [`paths`] [`settings`] [`model`] `diagnostics` `hardening` `mask` `filter` | credentials, integrations and edits of them as plain data; settings and folders; filters; secrets masked in text |
//! | 2 | [`audit`] | the audit log: who did what with which credential |
//! | 2 | [`catalog`] | the providers, as data; the only place that knows how they differ |
//! | 3 | [`oauth`] | the OAuth endpoints, their responses, and the HTTP client |
//! | 3 | [`store`] | the vault: its records, edits, leases and versions; [`store::local`] opens the store in an age file |
//! | 3 | [`records`] | downloaded records on disk: spool, output, sessions |
//! | 4 | [`api`] | calls of a provider's API: test calls, lookups, pages of records |
//! | 5 | [`engine`] | runs every operation to its end; no printing, no drawing |
//! | 6 | [`cli`] [`tui`] [`sandbox`] | commands, screens, and the built-in provider |
//! | 7 | [`demo`] and `main` | put the pieces together |
//!
//! # Where to add
//!
//! * **a screen**: a file in `tui/` whose path is its breadcrumb, with state, key table, `update` and `view`, declared
//!   in its folder's `mod.rs`; a variant in `tui::screen::Screen` and [`tui::route::Route`]; an entry in
//!   `tui/main_screens.rs`, which the menu and the palette read; scenes in `tests/screens/`. CONTRIBUTING.md has the
//!   steps.
//! * **a command**: a file in `cli/`, its arguments in `cli/arguments.rs`, its dispatch in `cli/mod.rs`, examples in
//!   `assets/examples.txt`, a case in `tests/cli/`.
//! * **an operation that a screen can start**: a variant of [`engine::operation::Operation`], run in
//!   `engine/submit.rs`; its result is a variant of [`engine::event::Outcome`].
//! * **advice that a command or a key can follow**: a variant of [`problem::NextStep`], its words in `cli/present.rs`
//!   and `tui/present.rs`; text in lower layers names neither.
//! * **an integration**: a file in `assets/catalog/` (its README lists every key); no code.
//! * **a record type that an integration can load**: `[[load]]` in the provider's catalog file, the meaning of its
//!   errors in `[[api_error]]`; no code. The shape of its records for the sandbox: a file in `assets/sandbox/records/`.
//! * **a grant**: its word and properties in [`model::credential::GrantType`], its `kind` in
//!   `catalog/file/auth_kind.rs` and `assets/catalog/README.md`; its requests in a file of `oauth/` named after the
//!   endpoint; a file in `engine/grant/` that implements `Flow` (begin, finish, renew), and its arms in
//!   `engine/grant/dispatch.rs`.
//! * **a store**: a folder in `store/` that implements [`store::Store`], chosen in `store/local.rs` or a sibling of it;
//!   a factory in `tests/store/mod.rs`.
//! * **a backend for a team's store**: a folder in `store/team/backend/` that implements its `Backend`, an address in
//!   `address.rs`, an engine in `tests/backends/mod.rs` and its counterpart in `.ci/backends`.
//! * **an edit of a record**: a field of its `Record` in `model/`; for other changes, a variant of
//!   [`model::change::Change`] with its inverse. Never replace a whole record.
//! * **a request that spends a code or a token**: it requires an [`oauth::permit::MustFinish`], which only a job of the
//!   [`engine::supervisor::Supervisor`] has.
//!
//! # What has to be documented
//!
//! Modules that others build on say `#![warn(missing_docs)]`: [`secret`], [`clock`], [`problem`], the contracts of a
//! store and of the backends of a team's store, [`oauth::permit`], [`engine::supervisor`]. Elsewhere a comment says
//! what a name cannot.
//!
//! # Where secrets are
//!
//! In memory in the types of [`secret`], whose `Debug` output is dots; on disk in encrypted files
//! (docs/reference/files.md) and in the identity file of a host; on the network in the requests that need them. The
//! files that may take the text out of a secret are listed in `tests/architecture.rs`.

pub mod api;
pub mod audit;
pub mod catalog;
pub mod cli;
pub mod clock;
pub mod demo;
mod diagnostics;
pub mod engine;
mod filter;
pub mod hardening;
mod loopback;
mod mask;
pub mod memory;
pub mod model;
mod nearest;
pub mod oauth;
pub mod paths;
pub mod printable;
pub mod problem;
pub mod process;
pub mod raw_json;
pub mod records;
pub mod sandbox;
pub mod secret;
pub mod settings;
pub mod store;
pub mod tui;
