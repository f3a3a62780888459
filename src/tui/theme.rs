//! Colors and glyphs by meaning.

use ratatui::style::{Color, Modifier, Style};

use crate::credential::Status;

/// Colors by meaning, and the glyph set.
#[derive(Clone, Debug)]
pub struct Theme {
    /// Ordinary text.
    pub text: Style,
    /// Less important text.
    pub muted: Style,
    /// Labels and headings.
    pub heading: Style,
    /// What is good.
    pub ok: Style,
    /// What needs attention.
    pub warn: Style,
    /// What failed.
    pub danger: Style,
    /// The focused thing.
    pub accent: Style,
    /// The selected row.
    pub selected: Style,
    /// Matched letters.
    pub matched: Style,
    /// Key names in the footer.
    pub key: Style,
    /// ASCII only.
    pub ascii: bool,
}

impl Theme {
    /// The 16 ANSI colors, so that the terminal's own palette rules.
    #[must_use]
    pub fn colored(ascii: bool) -> Self {
        let plain = Style::new();
        Self {
            text: plain,
            muted: plain.fg(Color::DarkGray),
            heading: plain.add_modifier(Modifier::BOLD),
            ok: plain.fg(Color::Green),
            warn: plain.fg(Color::Yellow),
            danger: plain.fg(Color::Red),
            accent: plain.fg(Color::Cyan),
            selected: plain.add_modifier(Modifier::REVERSED),
            matched: plain.add_modifier(Modifier::BOLD.union(Modifier::UNDERLINED)),
            key: plain.add_modifier(Modifier::BOLD),
            ascii,
        }
    }

    /// NO_COLOR: weight and underline only.
    #[must_use]
    pub fn plain(ascii: bool) -> Self {
        let plain = Style::new();
        let colored = Self::colored(ascii);
        Self {
            muted: plain,
            ok: plain,
            warn: plain,
            danger: plain.add_modifier(Modifier::BOLD),
            accent: plain,
            ..colored
        }
    }

    /// Glyph and color of a status; the word goes beside it always.
    #[must_use]
    pub fn status(&self, status: Status) -> (&'static str, Style) {
        let (glyph, ascii, style) = match status {
            Status::Authenticated => ("●", "*", self.ok),
            Status::ExpiringSoon => ("◔", "~", self.warn),
            Status::NeedsReauthentication => ("▲", "!", self.warn),
            Status::Revoked => ("✗", "x", self.danger),
            Status::NotAuthenticated => ("○", "o", self.muted),
        };
        (if self.ascii { ascii } else { glyph }, style)
    }
}
