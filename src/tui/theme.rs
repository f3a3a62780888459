//! Themes: styles by role, read from files, for light and dark backgrounds and for terminals with few colors.

mod background;
mod depth;
mod file;
mod glyphs;
mod roles;
mod shipped;
mod source;
mod style_words;

pub use background::Background;
pub use depth::Depth;
pub(super) use glyphs::is_basic_terminal;
pub use roles::{ROLES, Theme};
pub use shipped::names as shipped_names;
pub use source::ThemeSource;
