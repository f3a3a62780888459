//! The table of audit log entries, from this machine or from all machines of a team.

use ratatui::text::{Line, Span};
use unicode_width::UnicodeWidthStr as _;

use crate::engine::audit::{Log, LogVerification};
use crate::engine::member_logs::{self, MachineLine, MachineLog, TeamReport};
use crate::tui::column::Column;
use crate::tui::context::Context;
use crate::tui::widgets::columns::{Columns, Plan};
use crate::tui::widgets::list::marker;
use crate::tui::widgets::pane::{cell, cut};
use crate::tui::widgets::relative_time;

/// The columns for a vault that is not shared with a team; the last one is shown only if there is room.
const LOCAL: &[Column] = &[Column::Time, Column::Action, Column::Result, Column::Credential, Column::By, Column::User];

/// The columns for a team's vault: those that are always shown, and those that are shown if there is room.
const SHARED: (&[Column], &[Column]) = (
    &[Column::Time, Column::Action, Column::Result, Column::Credential, Column::Member],
    &[Column::Machine, Column::By, Column::User],
);

/// The order in which columns shrink if there is too little room, and the width to which each of them shrinks.
const CUTS: &[(Column, usize)] = &[
    (Column::Credential, 20),
    (Column::By, 10),
    (Column::Credential, 12),
    (Column::Member, 10),
    (Column::By, 0),
    (Column::Result, 8),
    (Column::Time, 12),
];

/// When the fit of further columns of a team is decided, the credential counts with at most this width: a longer name
/// does not keep others out, because the foot shows it in full.
const MODEST: &[(Column, usize)] = &[(Column::Credential, 24)];

/// Width of the cursor before the first column.
const MARKER: usize = 2;

/// Largest width of a column; longer values are cut.
const MOST: usize = 40;

/// Number of characters of a machine id that are shown, to tell the machines of a member apart; as in `credenza log`.
const MACHINE: usize = 8;

/// The logs of a team's machines.
#[derive(Debug)]
struct Shared {
    logs: Vec<MachineLog>,
    /// Why the entries of some machines are missing.
    limit: Option<String>,
    is_of_all: bool,
}

/// The entries that were read, and the result of verifying their logs.
#[derive(Debug)]
pub(super) struct Entries {
    /// Oldest first. Without a team, member and machine are empty.
    pub(super) lines: Vec<MachineLine>,
    /// The result of verifying the log on this machine.
    pub(super) verdict: LogVerification,
    shared: Option<Shared>,
    /// The width of the longest value of each column, in cells.
    widths: Vec<(Column, usize)>,
}

impl Entries {
    /// The entries of this machine.
    pub(super) fn local(cx: &Context<'_>, log: Log) -> Self {
        let of_here = |line| MachineLine { member: String::new(), machine: String::new(), line };
        let lines: Vec<MachineLine> = log.lines.into_iter().map(of_here).collect();
        let widths = LOCAL.iter().map(|column| (*column, measured(cx, &lines, *column))).collect();
        Self { lines, verdict: log.verdict, shared: None, widths }
    }

    /// The entries of all machines of a team, as far as they can be read.
    pub(super) fn of_team(cx: &Context<'_>, report: TeamReport) -> Self {
        let TeamReport { log, verdict, logs, is_of_all } = report;
        let columns = SHARED.0.iter().chain(SHARED.1);
        let widths = columns.map(|column| (*column, measured(cx, &log.lines, *column))).collect();
        Self { lines: log.lines, verdict, shared: Some(Shared { logs, limit: log.limit, is_of_all }), widths }
    }

    /// The entries that contain all words of a filter, newest first.
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

    /// What is wrong with a log, as a sentence; `None` if all logs are intact.
    pub(super) fn fault(&self) -> Option<String> {
        let shared = self.shared.iter().flat_map(|shared| &shared.logs);
        let mut faults = shared.flat_map(|log| log.faults.iter().map(|fault| member_logs::named(log, fault)));
        let of_team = faults.next().map(|first| match faults.count() {
            0 => first,
            more => format!("{first}. {more} more: credenza log --verify"),
        });
        self.verdict.fault().or(of_team)
    }

    /// Why the entries of some machines are missing, as a sentence.
    pub(super) fn limit(&self) -> Option<String> {
        let limit = self.shared.as_ref()?.limit.as_ref()?;
        let mut letters = limit.chars();
        letters.next().map(|first| format!("{}{}.", first.to_uppercase(), letters.as_str()))
    }

    /// A few words about the verified logs; `None` if a log is not intact.
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

    /// The columns that fit, with their widths.
    pub(super) fn columns(&self, width: usize) -> Columns {
        let always = if self.shared.is_some() { SHARED.0.len() } else { LOCAL.len() - 1 };
        let (always, extra) = self.widths.split_at(always.min(self.widths.len()));
        let modest = if self.shared.is_some() { MODEST } else { &[] };
        Columns::fit(Plan { always, extra, cuts: CUTS, modest }, MARKER, width)
    }
}

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

/// The width of the longest value of a column or of its heading, in cells, up to [`MOST`].
fn measured(cx: &Context<'_>, lines: &[MachineLine], column: Column) -> usize {
    let longest = lines.iter().map(|line| value(cx, line, column).width()).max().unwrap_or_default();
    longest.clamp(column.heading().len(), MOST)
}

/// The details of an entry that have no column in the table.
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
