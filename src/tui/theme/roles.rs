//! Styles by role, which the screens draw with.

use ratatui::style::{Color, Style};

use super::depth::rgb_of_index;

use crate::model::credential::Status;

/// Styles by role, and whether to draw ASCII only.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Theme {
    /// Ordinary text.
    pub text: Style,
    /// Labels, frames, hints.
    pub muted: Style,
    /// Titles and headings.
    pub heading: Style,
    /// Success.
    pub ok: Style,
    /// Something that needs attention.
    pub warn: Style,
    /// Failure.
    pub danger: Style,
    /// The focused element.
    pub accent: Style,
    /// The selected row.
    pub selected: Style,
    /// Characters that match a search.
    pub matched: Style,
    /// Key names in the footer.
    pub key: Style,
    /// QR codes: light on dark, whatever the terminal's own colors are.
    pub picture: Style,
    /// ASCII only.
    pub ascii: bool,
}

/// Minimum contrast of text, as WCAG 2.2 requires (1.4.3).
const READABLE: f64 = 4.5;

/// The keys of a theme file.
pub const ROLES: [&str; 11] =
    ["text", "muted", "heading", "ok", "warn", "danger", "accent", "selected", "matched", "key", "picture"];

impl Theme {
    /// The style of a role by its key in a theme file.
    pub(super) fn role_mut(&mut self, role: &str) -> Option<&mut Style> {
        Some(match role {
            "text" => &mut self.text,
            "muted" => &mut self.muted,
            "heading" => &mut self.heading,
            "ok" => &mut self.ok,
            "warn" => &mut self.warn,
            "danger" => &mut self.danger,
            "accent" => &mut self.accent,
            "selected" => &mut self.selected,
            "matched" => &mut self.matched,
            "key" => &mut self.key,
            "picture" => &mut self.picture,
            _ => return None,
        })
    }

    /// The style of text in a row. In the selected row, the row's own style, with the text's color if it is readable
    /// on the row's background.
    #[must_use]
    pub(crate) fn in_row(&self, selected: bool, style: Style) -> Style {
        if !selected {
            return style;
        }
        let on_row = self.selected.add_modifier(style.add_modifier);
        let pair = style.fg.and_then(rgb).zip(self.selected.bg.and_then(rgb));
        match style.fg {
            Some(color) if pair.is_some_and(|(text, row)| contrast(text, row) >= READABLE) => on_row.fg(color),
            _ => on_row,
        }
    }

    /// Glyph and color of a status; always shown with its word.
    #[must_use]
    pub fn status(&self, status: Status) -> (&'static str, Style) {
        let (glyph, ascii, style) = match status {
            Status::Authenticated => ("●", "*", self.ok),
            Status::ExpiringSoon => ("◔", "~", self.warn),
            Status::NeedsReauthentication => ("▲", "!", self.warn),
            Status::ProbablyNeedsReauthentication => ("△", "?", self.warn),
            Status::ResponseUnread => ("◆", "?", self.warn),
            Status::Revoked => ("✗", "x", self.danger),
            Status::NotAuthenticated => ("○", "o", self.muted),
        };
        (if self.ascii { ascii } else { glyph }, style)
    }
}

/// The color's channels, if they do not depend on the terminal's palette.
fn rgb(color: Color) -> Option<[u8; 3]> {
    match color {
        Color::Rgb(r, g, b) => Some([r, g, b]),
        Color::Indexed(index @ 16..) => Some(rgb_of_index(index)),
        _ => None,
    }
}

/// The contrast ratio of WCAG 2.2, from 1 to 21.
fn contrast(one: [u8; 3], other: [u8; 3]) -> f64 {
    let (one, other) = (luminance(one), luminance(other));
    (one.max(other) + 0.05) / (one.min(other) + 0.05)
}

/// The relative luminance of WCAG 2.2.
fn luminance(color: [u8; 3]) -> f64 {
    let [r, g, b] = color.map(|channel| {
        let channel = f64::from(channel) / 255.0;
        if channel <= 0.04045 { channel / 12.92 } else { ((channel + 0.055) / 1.055).powf(2.4) }
    });
    0.2126 * r + 0.7152 * g + 0.0722 * b
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_keeps_its_color_in_the_selected_row_where_it_can_be_read() {
        let (dark, green) = (Color::Rgb(0x2f, 0x4a, 0x6b), Color::Rgb(0x7e, 0xc6, 0x99));
        let theme =
            Theme { selected: Style::new().fg(Color::White).bg(dark), ok: Style::new().fg(green), ..Theme::default() };
        assert_eq!(theme.in_row(true, theme.ok), Style::new().fg(green).bg(dark));
        assert_eq!(theme.in_row(false, theme.ok), theme.ok);
        let faint = Style::new().fg(Color::Rgb(0x40, 0x55, 0x70));
        assert_eq!(theme.in_row(true, faint).fg, Some(Color::White));
        // Each terminal defines the 16 basic colors itself, so their contrast is not known.
        assert_eq!(theme.in_row(true, Style::new().fg(Color::Green)).fg, Some(Color::White));
        let reversed = Theme { selected: Style::new().reversed(), ..theme };
        assert_eq!(reversed.in_row(true, reversed.ok), Style::new().reversed());
    }
}
