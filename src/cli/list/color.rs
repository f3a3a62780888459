//! The colors of the table: palette numbers that can be read on light and on dark backgrounds.

use crate::cli::arguments::list::When;
use crate::cli::output::is_terminal;
use crate::model::credential::Status;

/// How text is emphasized.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Colors {
    /// Not at all.
    None,
    /// Bold and dim only, since a terminal's palette of 16 colors may make some invisible.
    Weight,
    /// By three of the 256 colors.
    Indexed,
}

impl Colors {
    pub(super) fn chosen(when: When) -> Self {
        let value = |name: &str| std::env::var(name).unwrap_or_default();
        Self::of(when, is_terminal(), &value("NO_COLOR"), &value("TERM"), &value("COLORTERM"))
    }

    fn of(when: When, is_terminal: bool, no_color: &str, term: &str, colorterm: &str) -> Self {
        let has_many = term.contains("256color") || term.contains("direct") || !colorterm.is_empty();
        match when {
            When::Never => Self::None,
            When::Auto if !is_terminal || !no_color.is_empty() || matches!(term, "" | "dumb") => Self::None,
            When::Auto if !has_many => Self::Weight,
            When::Auto | When::Always => Self::Indexed,
        }
    }

    pub(super) fn heading(self, text: &str) -> String {
        self.painted("1", "1", text)
    }

    pub(super) fn status(self, status: Status, text: &str) -> String {
        match status {
            Status::Authenticated => self.painted("", "38;5;29", text),
            Status::NotAuthenticated => text.to_owned(),
            Status::Revoked => self.painted("1", "1;38;5;167", text),
            Status::ExpiringSoon
            | Status::NeedsReauthentication
            | Status::ProbablyNeedsReauthentication
            | Status::ResponseUnread => self.painted("1", "38;5;136", text),
        }
    }

    fn painted(self, weight: &str, indexed: &str, text: &str) -> String {
        let code = match self {
            Self::None => "",
            Self::Weight => weight,
            Self::Indexed => indexed,
        };
        if code.is_empty() { text.to_owned() } else { format!("\u{1b}[{code}m{text}\u{1b}[0m") }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn colors_are_for_terminals_unless_somebody_says_otherwise() {
        let auto = |terminal, no_color, term, colorterm| Colors::of(When::Auto, terminal, no_color, term, colorterm);
        assert_eq!(auto(true, "", "xterm-256color", ""), Colors::Indexed);
        assert_eq!(auto(true, "", "xterm", ""), Colors::Weight);
        assert_eq!(auto(true, "", "xterm", "truecolor"), Colors::Indexed);
        for none in [(false, "", "xterm-256color"), (true, "1", "xterm-256color"), (true, "", "dumb"), (true, "", "")] {
            assert_eq!(auto(none.0, none.1, none.2, ""), Colors::None, "{none:?}");
        }
        assert_eq!(Colors::of(When::Always, false, "1", "dumb", ""), Colors::Indexed);
        assert_eq!(Colors::of(When::Never, true, "", "xterm-256color", ""), Colors::None);
    }
}
