//! Compares two sessions: the differences between their counts, for each record type.

use super::table::duration;
use crate::model::integration::{Counts, LoadResult, SyncSession};
use crate::tui::configuration::integrations::results::{number, of_part, of_session};
use crate::tui::context::Context;
use crate::tui::widgets::fields::Row;
use crate::tui::widgets::pane::{cell, cut};
use crate::tui::widgets::relative_time;

/// Widths of the columns: the label, the two values, the difference.
const WHAT: usize = 16;
const EACH: usize = 26;
const DIFFERENCE: usize = 12;

/// The rows of the comparison, with the older session at the left. `label` returns the name of a record type.
pub(super) fn text(
    cx: &Context<'_>,
    (one, other): (&SyncSession, &SyncSession),
    width: u16,
    label: &dyn Fn(&str) -> String,
) -> Vec<Row> {
    let (before, after) = if one.number <= other.number { (one, other) } else { (other, one) };
    let each = EACH.min(usize::from(width).saturating_sub(WHAT + DIFFERENCE) / 2);
    let line = |what: &str, left: &str, right: &str, difference: &str| {
        let sides = [left, right].map(|side| cell(&cut(side, each.saturating_sub(1)), each)).concat();
        format!("{}{sides}{difference}", cell(what, WHAT)).trim_end().to_owned()
    };
    let numbers = [before, after].map(|session| format!("Session {}", session.number));
    let mut text = vec![Row::new("", line(" ", &numbers[0], &numbers[1], "difference")).style(cx.theme.heading)];
    let mut both = |what: &str, of: &dyn Fn(&SyncSession) -> String| {
        text.push(plain(&line(what, &of(before), &of(after), "")));
    };
    both("Result", &|session| of_session(cx, session).in_words());
    both("Started", &|session| relative_time::instant(cx, session.started));
    both("Took", &|session| duration(cx, session));
    both("Trigger", &|session| session.trigger.word().to_owned());
    let mut counted = |heading: &str, results: Option<[String; 2]>, counts: [Option<Counts>; 2]| {
        text.extend([Row::blank(), Row::new("", heading).style(cx.theme.heading)]);
        if let Some([left, right]) = results {
            text.push(plain(&line("Result", &left, &right, "")));
        }
        for (what, of) in FIGURES {
            let sides = counts.map(|counts| counts.map(|counts| of(&counts)));
            let shown = sides.map(|side| side.map_or_else(|| "not loaded".to_owned(), number));
            let difference = difference(sides);
            let style = if difference.starts_with(['+', '-']) { cx.theme.accent } else { cx.theme.text };
            text.push(plain(&line(what, &shown[0], &shown[1], &difference)).style(style));
        }
    };
    let all = |session: &SyncSession| Counts { errors: session.error_count(), ..session.counts() };
    counted("All record types", None, [Some(all(before)), Some(all(after))]);
    let mut loads: Vec<&str> = before.parts.iter().chain(&after.parts).map(|part| part.load.as_str()).collect();
    let mut seen = std::collections::BTreeSet::new();
    loads.retain(|load| seen.insert(*load));
    for load in loads {
        let parts = [before, after].map(|session| session.parts.iter().find(|part| part.load == load));
        let results =
            parts.map(|part| part.map_or_else(|| "not loaded".to_owned(), |part| of_part(cx.theme, part).in_words()));
        counted(&label(load), Some(results), parts.map(|part| part.map(of_kind)));
    }
    text
}

/// The counts of a record type. A problem with the whole record type counts as one more error, as in the table.
fn of_kind(part: &LoadResult) -> Counts {
    Counts { errors: part.counts.errors.saturating_add(u64::from(part.problem.is_some())), ..part.counts }
}

type Figure = (&'static str, fn(&Counts) -> u64);

const FIGURES: [Figure; 6] = [
    ("Records", |counts| counts.records),
    ("Added", |counts| counts.added),
    ("Updated", |counts| counts.updated),
    ("Unchanged", |counts| counts.skipped),
    ("Gone", |counts| counts.gone),
    ("Errors", |counts| counts.errors),
];

/// "+3", "-12", "same"; empty if one of the two sessions did not load the record type.
fn difference(sides: [Option<u64>; 2]) -> String {
    match sides {
        [Some(before), Some(after)] if before == after => "same".to_owned(),
        [Some(before), Some(after)] if before < after => format!("+{}", number(after - before)),
        [Some(before), Some(after)] => format!("-{}", number(before - after)),
        _ => String::new(),
    }
}

/// A row whose text is already laid out in columns.
fn plain(text: &str) -> Row {
    Row::new("", text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_has_its_sign() {
        assert_eq!(difference([Some(412), Some(415)]), "+3");
        assert_eq!(difference([Some(1_415), Some(15)]), "-1,400");
        assert_eq!(difference([Some(1), Some(1)]), "same");
        assert_eq!(difference([None, Some(1)]), "");
    }
}
