//! Key files that open a member's identity: an SSH key, an age identity, or an age plugin such as that of a hardware
//! key.
//!
//! The text of the identity is encrypted to the public half of each key in the file (`file.rs`). Plugins are separate
//! programs (`plugin.rs`), which may ask the user through [`KeyPrompts`]. Their output is bounded, and they are stopped
//! if they are silent for too long (`connection.rs`).

mod connection;
mod file;
mod parse;
mod plugin;
mod prompts;
mod stanza;

pub(super) use file::KeyFile;
pub use parse::KeyKind;
pub use prompts::KeyPrompts;
