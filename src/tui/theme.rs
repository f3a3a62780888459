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
        if plain {
            Self::plain(ascii)
        } else if is_basic_terminal() {
            // The colors of its palette are all it has.
            Self { selected: Self::plain(ascii).selected, ..Self::colored(ascii) }
        } else {
            Self::colored(ascii)
        }
    }

    /// The style of text in a row: in the selected one the row's background, with the text's own color in a shade that
    /// can be read on it.
    #[must_use]
    pub fn in_row(&self, selected: bool, style: Style) -> Style {
        if !selected {
            return style;
        }
        let color = match style.fg {
            Some(color) if self.selected.bg.is_some() => Style::new().fg(on_selection(color)),
            _ => Style::new(),
        };
        self.selected.patch(color).add_modifier(style.add_modifier)
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
            selected: plain.fg(Color::Indexed(255)).bg(SELECTION),
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
            selected: plain.add_modifier(Modifier::REVERSED),
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

/// Background of the selected row. Not of the 16 colors, which each terminal has otherwise: its text is of fixed colors,
/// too, and can be read on it whatever the terminal's background is.
const SELECTION: Color = Color::Indexed(238);

/// The shade of a color that can be read on [`SELECTION`].
fn on_selection(color: Color) -> Color {
    match color {
        Color::Green => Color::Indexed(114),
        Color::Yellow => Color::Indexed(221),
        Color::Red => Color::Indexed(210),
        Color::Cyan => Color::Indexed(117),
        Color::DarkGray => Color::Indexed(250),
        other => other,
    }
}

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

/// The first of the variables that is set rules, as POSIX says.
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
    fn a_status_keeps_its_color_as_text_in_the_selected_row() {
        let theme = Theme::colored(false);
        let (_, color) = theme.status(Status::Authenticated);
        let style = theme.in_row(true, color);
        assert_eq!((style.bg, style.fg), (Some(SELECTION), Some(Color::Indexed(114))));
        assert_eq!(theme.in_row(false, color), color);
        let plain = Theme::plain(false);
        assert_eq!(plain.in_row(true, plain.status(Status::Revoked).1).fg, None);
        assert!(plain.in_row(true, plain.text).add_modifier.contains(Modifier::REVERSED));
    }

    #[test]
    fn tt_04_glyphs_follow_the_locale() {
        assert!(draws_unicode("en_US.UTF-8") && draws_unicode("C.utf8"));
        assert!(!draws_unicode("C") && !draws_unicode("") && !draws_unicode("ja_JP.UTF-8"));
    }
}
