//! How many colors a terminal has, and how a color is adapted to that.

use ratatui::style::Color;

/// How many colors a terminal has.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum Depth {
    /// The 16 of the terminal's palette.
    Basic,
    /// 256: the palette's 16 colors, a color cube and grays.
    Indexed,
    /// 24-bit colors.
    Full,
}

/// Terminals with full color that can only be recognized by their name in TERM.
const FULL: &[&str] = &["alacritty", "contour", "foot", "ghostty", "iterm2", "kitty", "rio", "wezterm"];

impl Depth {
    /// Determined from TERM and COLORTERM.
    pub(super) fn of_terminal() -> Self {
        let value = |name: &str| std::env::var(name).unwrap_or_default();
        Self::of(&value("TERM"), &value("COLORTERM"))
    }

    fn of(term: &str, colorterm: &str) -> Self {
        let family = term.strip_prefix("xterm-").unwrap_or(term);
        let has_all = ["truecolor", "24bit"].contains(&colorterm) || term.contains("direct");
        if has_all || FULL.iter().any(|name| family.starts_with(name)) {
            Self::Full
        } else if term.contains("256color") {
            Self::Indexed
        } else {
            Self::Basic
        }
    }

    /// The color as this terminal can show it; `None` if it has no similar one.
    pub(super) fn fit(self, color: Color) -> Option<Color> {
        match (self, color) {
            (Self::Indexed, Color::Rgb(r, g, b)) => Some(Color::Indexed(nearest_index([r, g, b]))),
            (Self::Basic, Color::Rgb(..) | Color::Indexed(16..)) => None,
            (_, color) => Some(color),
        }
    }
}

/// The levels of a channel in the cube of the 256 colors.
const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

/// The color with this index, from 16 on.
pub(super) fn rgb_of_index(index: u8) -> [u8; 3] {
    if let Some(grey) = index.checked_sub(232) {
        return [8 + 10 * grey; 3];
    }
    let at = usize::from(index.saturating_sub(16));
    [LEVELS[at / 36 % 6], LEVELS[at / 6 % 6], LEVELS[at % 6]]
}

fn nearest_index(wanted: [u8; 3]) -> u8 {
    let distance = |index: &u8| -> u32 {
        let channels = rgb_of_index(*index).into_iter().zip(wanted);
        channels.map(|(is, wanted)| u32::from(is.abs_diff(wanted)).pow(2)).sum()
    };
    (16..=255).min_by_key(distance).unwrap_or(16)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_colors_follows_from_the_names() {
        for (term, colorterm, depth) in [
            ("xterm-256color", "truecolor", Depth::Full),
            ("tmux-256color", "", Depth::Indexed),
            ("xterm-kitty", "", Depth::Full),
            ("foot", "", Depth::Full),
            ("xterm-direct", "", Depth::Full),
            ("xterm", "", Depth::Basic),
            ("screen", "", Depth::Basic),
            ("linux", "", Depth::Basic),
            ("", "", Depth::Basic),
        ] {
            assert_eq!(Depth::of(term, colorterm), depth, "{term} {colorterm}");
        }
    }

    #[test]
    fn colors_become_the_nearest_or_none() {
        assert_eq!(Depth::Indexed.fit(Color::Rgb(255, 255, 255)), Some(Color::Indexed(231)));
        assert_eq!(Depth::Indexed.fit(Color::Rgb(128, 128, 128)), Some(Color::Indexed(244)));
        assert_eq!(Depth::Basic.fit(Color::Rgb(128, 128, 128)), None);
        assert_eq!(Depth::Basic.fit(Color::Cyan), Some(Color::Cyan));
        assert_eq!((rgb_of_index(16), rgb_of_index(244)), ([0, 0, 0], [128, 128, 128]));
    }
}
