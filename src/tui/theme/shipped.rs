//! The themes in `assets/themes/`.

use super::depth::Depth;
use super::file::ThemeFile;
use super::roles::Theme;

/// Their names and texts.
const FILES: [(&str, &str); 8] = [
    ("default", include_str!("../../../assets/themes/default.toml")),
    ("dark", include_str!("../../../assets/themes/dark.toml")),
    ("light", include_str!("../../../assets/themes/light.toml")),
    ("high-contrast", include_str!("../../../assets/themes/high-contrast.toml")),
    ("high-contrast-dark", include_str!("../../../assets/themes/high-contrast-dark.toml")),
    ("high-contrast-light", include_str!("../../../assets/themes/high-contrast-light.toml")),
    ("color-blind", include_str!("../../../assets/themes/color-blind.toml")),
    ("plain", include_str!("../../../assets/themes/plain.toml")),
];

/// The names of the themes that come with the program.
pub fn names() -> impl Iterator<Item = &'static str> {
    FILES.iter().map(|(name, _)| *name)
}

pub(super) fn text(name: &str) -> Option<&'static str> {
    FILES.iter().find(|(known, _)| *known == name).map(|(_, text)| *text)
}

impl Theme {
    /// The shipped theme of this name; without styles if there is none.
    #[must_use]
    pub fn shipped(name: &str, depth: Depth, ascii: bool) -> Self {
        // Does not fail: a test parses every shipped theme.
        let file = text(name).and_then(|text| ThemeFile::parse(text).ok()).unwrap_or_default();
        file.over(Self { ascii, ..Self::default() }, depth)
    }

    /// The theme with colors, for a dark background.
    #[must_use]
    pub fn colored(ascii: bool) -> Self {
        Self::shipped("dark", Depth::Full, ascii)
    }

    /// The theme with weight and underline only.
    #[must_use]
    pub fn plain(ascii: bool) -> Self {
        Self::shipped("plain", Depth::Basic, ascii)
    }
}
