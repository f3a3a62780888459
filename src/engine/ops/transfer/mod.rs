//! Imports credentials from other programs' files, other vaults and templates, and exports them.
//!
//! Both go through the vault's own types: imported data is checked like typed input, and saved completely or not at
//! all. A file is read in two steps: its syntax (JSON, INI, `.env`, …) is parsed into a tree, and the tree is mapped to
//! entries as `assets/import/shapes.toml` defines.
//!
//! **I-destination**: a secret is stored only under an integration whose hosts the file names, or whose name the file's
//! own words contain; otherwise the user chooses the integration (`provider_match`).
//!
//! **I-consent**: no command is imported, and no destination that only a file chose is accepted without the user's
//! confirmation (`file_destinations`).

mod consent;
pub mod discovery;
mod duplicates;
mod entry;
mod export;
pub mod file;
mod file_destinations;
mod formats;
mod import;
mod provider_match;
mod sealed;

pub(crate) use consent::chosen_places;
pub(crate) use consent::place_label;
pub use entry::{Entry, ImportChoices, ParsedFile, SkippedPart};
pub use export::{Export, encrypted, template};
pub use formats::{Options, read};
pub use import::{Import, Imported, import};
