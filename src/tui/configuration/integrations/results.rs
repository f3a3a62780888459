//! Texts that the screens about sessions share: results as glyph and word, numbers, durations.

use jiff::SignedDuration;
use ratatui::style::Style;
use ratatui::text::{Line, Span};

use crate::model::integration::{Counts, LoadResult, PartResult, SyncResult, SyncSession};
use crate::tui::context::Context;
use crate::tui::theme::Theme;
use crate::tui::widgets::spinner;

/// A result as a glyph, which is always shown together with its word.
#[derive(Debug)]
pub(super) struct ResultLabel {
    pub(super) glyph: &'static str,
    pub(super) word: &'static str,
    pub(super) style: Style,
}

impl ResultLabel {
    pub(super) fn good(theme: &Theme, word: &'static str) -> Self {
        Self { glyph: if theme.ascii { "+" } else { "✓" }, word, style: theme.ok }
    }

    pub(super) fn warning(theme: &Theme, word: &'static str) -> Self {
        Self { glyph: if theme.ascii { "!" } else { "▲" }, word, style: theme.warn }
    }

    pub(super) fn bad(theme: &Theme, word: &'static str) -> Self {
        Self { glyph: if theme.ascii { "x" } else { "✗" }, word, style: theme.danger }
    }

    pub(super) fn none(theme: &Theme, word: &'static str) -> Self {
        Self { glyph: if theme.ascii { "-" } else { "–" }, word, style: theme.muted }
    }

    pub(super) fn ahead(theme: &Theme, word: &'static str) -> Self {
        Self { glyph: if theme.ascii { "." } else { "·" }, word, style: theme.muted }
    }

    pub(super) fn moving(cx: &Context<'_>, word: &'static str) -> Self {
        Self { glyph: spinner(cx), word, style: cx.theme.accent }
    }

    pub(super) fn in_words(&self) -> String {
        format!("{} {}", self.glyph, self.word)
    }

    /// The result as text at the right of a pane's title, followed by the note `beside`.
    pub(super) fn badge(&self, beside: &str) -> Line<'static> {
        let text = format!(" {} {beside}", self.in_words());
        Line::from(Span::styled(format!("{} ", text.trim_end()), self.style))
    }
}

/// The result of a session; one without a result is still running.
pub(super) fn of_session(cx: &Context<'_>, session: &SyncSession) -> ResultLabel {
    session.result.map_or_else(|| ResultLabel::moving(cx, result_word(session)), |result| of_result(cx.theme, result))
}

/// The word of a session's result.
pub(super) fn result_word(session: &SyncSession) -> &'static str {
    session.result.map_or("Running", SyncResult::word)
}

pub(super) fn of_result(theme: &Theme, result: SyncResult) -> ResultLabel {
    match result {
        SyncResult::Completed => ResultLabel::good(theme, result.word()),
        SyncResult::CompletedWithErrors => ResultLabel::warning(theme, result.word()),
        SyncResult::Failed => ResultLabel::bad(theme, result.word()),
        SyncResult::Canceled => ResultLabel::none(theme, result.word()),
    }
}

/// The result of one record type.
pub(super) fn of_part(theme: &Theme, part: &LoadResult) -> ResultLabel {
    match part.result {
        PartResult::Done if part.counts.errors > 0 || part.problem.is_some() => {
            ResultLabel::warning(theme, "Done with errors")
        }
        PartResult::Done => ResultLabel::good(theme, "Done"),
        PartResult::NotAvailable => ResultLabel::none(theme, "Not available"),
        PartResult::Withheld => ResultLabel::warning(theme, "Not published"),
        PartResult::Failed => ResultLabel::bad(theme, "Failed"),
        PartResult::Canceled => ResultLabel::none(theme, "Canceled"),
        PartResult::Waiting => ResultLabel::ahead(theme, "Not started"),
    }
}

/// "3 added · 2 updated · 245 unchanged · 1 gone · 0 errors".
pub(super) fn counts(counts: &Counts) -> String {
    let gone = format!("{} gone", number(counts.gone));
    [known(counts), gone, several(counts.errors, "error")].join(" · ")
}

/// The counts of a running session, without "gone", which is only known at the end.
pub(super) fn counts_so_far(counts: &Counts) -> String {
    [known(counts), several(counts.errors, "error")].join(" · ")
}

fn known(counts: &Counts) -> String {
    let parts = [(counts.added, "added"), (counts.updated, "updated"), (counts.skipped, "unchanged")];
    parts.map(|(count, word)| format!("{} {word}", number(count))).join(" · ")
}

/// "1 record", "1,903 records".
pub(super) fn several(count: u64, one: &str) -> String {
    format!("{} {one}{}", number(count), if count == 1 { "" } else { "s" })
}

/// "1,903".
pub(super) fn number(count: u64) -> String {
    let digits = count.to_string();
    let mut text = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// "1.9 s", "2 min 05 s", "1 h 12 min".
pub(super) fn took(time: SignedDuration) -> String {
    let time = time.max(SignedDuration::ZERO);
    let seconds = time.as_secs();
    match seconds {
        0..60 => format!("{seconds}.{} s", time.subsec_millis() / 100),
        60..3_600 => format!("{} min {:02} s", seconds / 60, seconds % 60),
        _ => format!("{} h {:02} min", seconds / 3_600, seconds / 60 % 60),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_durations_are_read_at_a_glance() {
        assert_eq!([0, 12, 999, 1_000, 1_234_567].map(number), ["0", "12", "999", "1,000", "1,234,567"]);
        let words = [0, 1_940, 59_990, 125_000, 4_320_000].map(|millis| took(SignedDuration::from_millis(millis)));
        assert_eq!(words, ["0.0 s", "1.9 s", "59.9 s", "2 min 05 s", "1 h 12 min"]);
        assert_eq!(took(SignedDuration::from_secs(-3)), "0.0 s", "a clock that was set back");
    }
}
