//! All differences of one version: what its save changed and what restoring it would do. Fields are named without their
//! values.

use crate::engine::ops::history::{Changed, KeptVersion, RecordDifference, Subject};
use crate::printable::printable;
use crate::tui::context::Context;
use crate::tui::present::in_full;
use crate::tui::widgets::fields::Row;
use crate::tui::widgets::relative_time;

/// Longest name that is shown on a line.
const MAX: usize = 80;

pub(super) fn rows(cx: &Context<'_>, kept: &KeptVersion, is_current: bool) -> Vec<Row> {
    let written =
        kept.written_at.map_or_else(String::new, |at| format!(", written {}", relative_time::instant(cx, at)));
    let heading = |text: String| Row::new("", text).style(cx.theme.heading);
    let mut text = vec![heading(format!("Version {}{written}", kept.number)), Row::blank()];
    let content = match &kept.content {
        Ok(content) => content,
        Err(problem) => {
            text.push(Row::new("", in_full(problem)).style(cx.theme.warn));
            return text;
        }
    };
    text.push(heading("What this save changed".to_owned()));
    text.extend(differences(
        cx,
        &content.changes,
        "No credential or integration changed, or no earlier version is kept.",
    ));
    text.push(Row::blank());
    if is_current {
        text.push(Row::new("", "This is the current version.").style(cx.theme.muted));
    } else {
        text.push(heading("What restoring it would do".to_owned()));
        text.extend(differences(cx, &content.going_back, "Nothing: it is the same as the current vault."));
    }
    text
}

fn differences(cx: &Context<'_>, all: &[RecordDifference], none: &str) -> Vec<Row> {
    if all.is_empty() {
        return vec![Row::new("", format!("  {none}")).style(cx.theme.muted)];
    }
    all.iter().map(|one| line(cx, one)).collect()
}

fn line(cx: &Context<'_>, one: &RecordDifference) -> Row {
    let (sign, word, style) = match one.change {
        Changed::Added => ("+", "added", cx.theme.ok),
        Changed::Removed => ("-", "removed", cx.theme.danger),
        Changed::Changed => ("~", "changed", cx.theme.warn),
    };
    let noun = if one.kind == Subject::Integration { "integration " } else { "" };
    let fields = if one.fields.is_empty() { String::new() } else { format!(": {}", one.fields.join(", ")) };
    Row::new("", format!("  {sign} {word} {noun}{}{fields}", printable(&one.name, MAX))).style(style)
}
