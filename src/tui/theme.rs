//! Colors and glyphs by meaning.

use ratatui::style::{Color, Modifier, Style};

use crate::model::credential::Status;
use crate::settings::Settings;

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
    /// A picture for a camera: light on dark, whatever the terminal's own colors are.
    pub picture: Style,
    /// ASCII only.
    pub ascii: bool,
}

impl Theme {
    /// By settings, NO_COLOR and locale.
    #[must_use]
    pub fn chosen(settings: &Settings) -> Self {
        let ascii = settings.ascii.unwrap_or_else(|| !draws_unicode(&locale()) || is_basic_terminal());
        let plain = settings.theme == "plain" || std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty());
        if plain { Self::plain(ascii) } else { Self::colored(ascii) }
    }

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
            picture: plain.fg(Color::White).bg(Color::Black),
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
            picture: plain,
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
            Status::ProbablyNeedsReauthentication => ("△", "?", self.warn),
            Status::AnswerUnread => ("◆", "?", self.warn),
            Status::Revoked => ("✗", "x", self.danger),
            Status::NotAuthenticated => ("○", "o", self.muted),
        };
        (if self.ascii { ascii } else { glyph }, style)
    }
}

/// The first of the variables that is set rules, as POSIX says.
/// Whether the terminal is one of those that draw their own few characters only and know no mouse: the console of the
/// kernel, a VT or what says nothing of itself.
pub(super) fn is_basic_terminal() -> bool {
    is_basic(&std::env::var("TERM").unwrap_or_default())
}

fn is_basic(term: &str) -> bool {
    let family = term.split('-').next().unwrap_or_default();
    let is_vt = family.strip_prefix("vt").is_some_and(|number| number.parse::<u16>().is_ok());
    is_vt || matches!(family, "" | "dumb" | "unknown" | "linux" | "ansi" | "cons25")
}

fn locale() -> String {
    let set = |name: &&str| std::env::var(name).ok().filter(|value| !value.is_empty());
    ["LC_ALL", "LC_CTYPE", "LANG"].iter().find_map(set).unwrap_or_default()
}

/// UTF-8, and no locale in which box-drawing characters may be two cells wide.
fn draws_unicode(locale: &str) -> bool {
    let lower = locale.to_lowercase();
    let wide = ["ja", "ko", "zh"].iter().any(|language| lower.starts_with(language));
    (lower.contains("utf-8") || lower.contains("utf8")) && !wide
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn terminals_that_draw_ascii_only_are_known_by_name() {
        for term in ["", "dumb", "linux", "linux-16color", "vt100", "vt102", "vt220", "vt220-w", "ansi", "unknown"] {
            assert!(is_basic(term), "{term}");
        }
        for term in ["xterm", "xterm-256color", "screen", "tmux-256color", "alacritty", "vte-256color", "foot", "vt"] {
            assert!(!is_basic(term), "{term}");
        }
    }

    #[test]
    fn tt_04_glyphs_follow_the_locale() {
        assert!(draws_unicode("en_US.UTF-8") && draws_unicode("C.utf8"));
        assert!(!draws_unicode("C") && !draws_unicode("") && !draws_unicode("ja_JP.UTF-8"));
    }
}
