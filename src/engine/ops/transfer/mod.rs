//! Credentials from elsewhere, and to elsewhere: other programs' files, another vault, a template without secrets.
//!
//! Import and export go through the vault's own types: what is imported is checked as what a person types, and is in
//! the vault in one save or not at all. A file is read in two steps: its syntax (JSON, INI, `.env`, …) into a tree, and
//! the tree into entries as `assets/import/shapes.toml` says.
//!
//! **I-destination**: a secret is stored only under an integration whose hosts the file names, or that its own words
//! stand for; what a file does not place is placed by the person (`belonging`).
//!
//! **I-consent**: no command comes in, and no place that a file chose is taken without a person's consent (`places`).

mod belonging;
mod consent;
mod entry;
mod export;
pub mod file;
mod folding;
mod formats;
mod import;
mod places;
mod sealed;

pub use consent::{chosen_places, place_label};
pub use entry::{Entry, LeftOut, Placing, Reading};
pub use export::{Export, encrypted, template};
pub use formats::{Options, format_words, read};
pub use import::{Import, Imported, import};
pub use sealed::{Sealed, import_payload, import_sealed, is_payload, read_recent};
