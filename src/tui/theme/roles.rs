//! Styles by meaning: what a screen draws with.

use ratatui::style::Style;

use crate::model::credential::Status;

/// Styles by meaning, and the glyph set.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Theme {
    /// Ordinary text.
    pub text: Style,
    /// Labels, frames, hints.
    pub muted: Style,
    /// Titles and headings.
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
