//! The entries of the audit log as a table, of this machine or of all machines of a team.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use crate::engine::audit::{Log, Verdict};
use crate::engine::member_logs::{self, MachineLine, MachineLog, TeamReport};
use crate::tui::column::Column;
use crate::tui::context::Context;
use crate::tui::widgets::columns::{Columns, Plan};
use crate::tui::widgets::list::marker;
use crate::tui::widgets::pane::{cell, cut};
use crate::tui::widgets::relative_time;

/// The columns of a vault that no team shares; the last one only where there is room.
const LOCAL: &[Column] = &[Column::Time, Column::Action, Column::Result, Column::Credential, Column::By, Column::User];

/// The columns of a team's vault: always, and where there is room.
const SHARED: (&[Column], &[Column]) = (
    &[Column::Time, Column::Action, Column::Result, Column::Credential, Column::Member],
    &[Column::Machine, Column::By, Column::User],
);

/// Which columns shrink first if there is too little room, and to which width.
const CUTS: &[(Column, usize)] = &[
    (Column::Credential, 20),
    (Column::By, 10),
    (Column::Credential, 12),
    (Column::Member, 10),
    (Column::By, 0),
    (Column::Result, 8),
    (Column::Time, 12),
];

/// What is read of a longer name is at the bottom: it keeps no column of a team away.
const MODEST: &[(Column, usize)] = &[(Column::Credential, 24)];

/// Cells before the first column: the cursor.
const MARKER: usize = 2;

/// Longest value that a column is measured by.
const MOST: usize = 40;

/// Characters that tell the machines of a member apart, as `credenza log` shows them.
const MACHINE: usize = 8;

/// What is known of a team's logs.
#[derive(Debug)]
struct Shared {
    logs: Vec<MachineLog>,
    /// Why there are not the entries of all machines.
    limit: Option<String>,
    is_of_all: bool,
}

/// The entries that were read.
#[derive(Debug)]
pub(super) struct Entries {
    /// Oldest first. Without a team, member and machine are empty.
    pub(super) lines: Vec<MachineLine>,
    /// Of the log on this machine.
    pub(super) verdict: Verdict,
    shared: Option<Shared>,
    /// Cells that the values of each column take.
    widths: Vec<(Column, usize)>,
}

impl Entries {
    /// Of this machine.
    pub(super) fn local(cx: &Context<'_>, log: Log) -> Self {
        let of_here = |line| MachineLine { member: String::new(), machine: String::new(), line };
        let lines: Vec<MachineLine> = log.lines.into_iter().map(of_here).collect();
        let widths = LOCAL.iter().map(|column| (*column, measured(cx, &lines, *column))).collect();
        Self { lines, verdict: log.verdict, shared: None, widths }
    }

    /// Of all machines of a team, as far as they can be read.
    pub(super) fn of_team(cx: &Context<'_>, report: TeamReport) -> Self {
        let TeamReport { log, verdict, logs, is_of_all } = report;
        let columns = SHARED.0.iter().chain(SHARED.1);
        let widths = columns.map(|column| (*column, measured(cx, &log.lines, *column))).collect();
        Self { lines: log.lines, verdict, shared: Some(Shared { logs, limit: log.limit, is_of_all }), widths }
    }

    /// What fits the words of a filter, newest first.
    pub(super) fn hits(&self, wanted: &str) -> Vec<&MachineLine> {
        let fits = |one: &&MachineLine| {
            let line = &one.line;
            wanted.split_whitespace().all(|word| {
                [&line.action, &line.result, &line.name, &line.program, &one.member, &one.machine]
                    .iter()
                    .any(|text| text.to_lowercase().contains(word))
            })
        };
        self.lines.iter().rev().filter(fits).collect()
    }

    /// What is wrong, in a sentence.
    pub(super) fn fault(&self) -> Option<String> {
        let shared = self.shared.iter().flat_map(|shared| &shared.logs);
        let mut faults = shared.flat_map(|log| log.faults.iter().map(|fault| member_logs::named(log, fault)));
        let of_team = faults.next().map(|first| match faults.count() {
            0 => first,
            more => format!("{first}. {more} more: credenza log --verify"),
        });
        self.verdict.fault().or(of_team)
    }

    /// Why there are not the entries of all machines, in a sentence.
    pub(super) fn limit(&self) -> Option<String> {
        let limit = self.shared.as_ref()?.limit.as_ref()?;
        let mut letters = limit.chars();
        letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
    }

    /// Whether all logs are as they were written, in a few words; `None` where that is not so.
    pub(super) fn verified(&self) -> Option<String> {
        if self.fault().is_some() {
            return None;
        }
        let here = match self.verdict.torn.len() {
            0 => format!("{} entries", self.verdict.lines),
            torn => format!("{torn} incomplete after a crash"),
        };
        Some(match &self.shared {
            None => format!("verified, {here}"),
            Some(shared) if shared.logs.is_empty() => format!("verified on this machine, {here}"),
            Some(shared) => {
                let sent: u64 = shared.logs.iter().map(|log| log.lines).sum();
                match shared.logs.len() {
                    _ if !shared.is_of_all => format!("your log is verified, {sent} entries"),
                    1 => format!("verified, 1 log, {sent} entries"),
                    count => format!("verified, {count} logs, {sent} entries"),
                }
            }
        })
    }

    /// The columns that fit, with the cells each has.
    pub(super) fn columns(&self, width: usize) -> Columns {
        let always = if self.shared.is_some() { SHARED.0.len() } else { LOCAL.len() - 1 };
        let (always, extra) = self.widths.split_at(always.min(self.widths.len()));
        let modest = if self.shared.is_some() { MODEST } else { &[] };
        Columns::fit(Plan { always, extra, cuts: CUTS, modest }, MARKER, width)
    }
}

/// One row of the table.
pub(super) fn row(cx: &Context<'_>, columns: &Columns, one: &MachineLine, is_selected: bool) -> Line<'static> {
    let is_good = matches!(one.line.result.as_str(), "ok" | "begun");
    let mut spans = vec![Span::raw(marker(is_selected))];
    for (number, (column, cells)) in columns.shown.iter().enumerate() {
        let style = if *column == Column::Result && !is_good { cx.theme.warn } else { cx.theme.text };
        let text = cell(&cut(&value(cx, one, *column), *cells), *cells);
        spans.extend((number > 0).then(Columns::gap));
        spans.push(Span::styled(text, cx.theme.in_row(is_selected, style)));
    }
    Line::from(spans).style(cx.theme.in_row(is_selected, cx.theme.text))
}

fn value(cx: &Context<'_>, one: &MachineLine, column: Column) -> String {
    let line = &one.line;
    match column {
        Column::Time => relative_time::to_the_second(cx, line.at),
        Column::Action => line.action.clone(),
        Column::Result => line.outcome(),
        Column::By => line.program.clone(),
        Column::User => line.actor(),
        Column::Member => one.member.clone(),
        Column::Machine => one.machine.chars().take(MACHINE).collect(),
        _ => line.name.clone(),
    }
}

/// Cells of the longest value of a column, its heading included.
fn measured(cx: &Context<'_>, lines: &[MachineLine], column: Column) -> usize {
    let longest = lines.iter().map(|line| value(cx, line, column).width()).max().unwrap_or_default();
    longest.clamp(column.heading().len(), MOST)
}

/// What the table has no column for.
pub(super) fn in_full(one: &MachineLine) -> String {
    let line = &one.line;
    let program = if line.program.is_empty() { "an unknown program" } else { &line.program };
    let place = if one.machine.is_empty() {
        String::new()
    } else {
        format!(", on machine {} of {}", one.machine.chars().take(MACHINE).collect::<String>(), one.member)
    };
    let name = if one.machine.is_empty() { "" } else { &line.name };
    let about = if name.is_empty() { String::new() } else { format!("{name}. ") };
    format!("{about}Entry {}: PID {}, user {}, started by {program}{place}.", line.seq, line.pid, line.actor())
}
