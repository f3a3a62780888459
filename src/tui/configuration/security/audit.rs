//! Configuration > Security > Audit log: who did what with which credential, newest first, and whether the log is whole.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::engine::audit::{Line as Logged, Log, Verdict};
use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::model::credential::CredentialId;
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, FlowId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present;
use crate::tui::view::{Motion, View};
use crate::tui::widgets::filter::{self, Filter};
use crate::tui::widgets::list::{marker, moved, window};
use crate::tui::widgets::moves;
use crate::tui::widgets::pane::{cell, cut, pane, paragraph, split_top};
use crate::tui::widgets::{spinner, when};

const KEYS: &[Key] = &[
    Key::new(&[Press::char('/')], Action::Filter, "filter", "Filter by action, result, credential or program"),
    Key::new(&[Press::char('r')], Action::Examine, "refresh", "Refresh and verify"),
    moves::UP,
    moves::DOWN,
    moves::PAGE_UP,
    moves::PAGE_DOWN,
    moves::FIRST_OR_G,
    moves::LAST,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Clear the filter, then back"),
];

/// Columns of what has one width.
const TIME: usize = 20;
const ACTION: usize = 13;
const RESULT: usize = 12;
const BY: usize = 16;

/// The screen.
#[derive(Debug)]
pub struct Audit {
    of: Option<CredentialId>,
    work: FlowId,
    read: Option<Result<Box<Log>, Problem>>,
    selected: usize,
    filter: Filter,
}

impl Audit {
    /// Of one credential, or of all.
    #[must_use]
    pub fn start(cx: &Context<'_>, of: Option<CredentialId>) -> (Self, Vec<Effect>) {
        let mut page = Self { of, work: cx.flow, read: None, selected: 0, filter: Filter::default() };
        let effects = page.read(cx);
        (page, effects)
    }

    fn read(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        self.work = cx.flow;
        self.read = None;
        vec![Effect::Work(cx.flow, Operation::ReadLog(self.of))]
    }

    /// What fits the filter, newest first.
    fn hits(&self) -> Vec<&Logged> {
        let Some(Ok(log)) = &self.read else { return Vec::new() };
        let wanted = self.filter.text().to_lowercase();
        let fits = |line: &&Logged| {
            wanted.split_whitespace().all(|word| {
                [&line.action, &line.result, &line.name, &line.program]
                    .iter()
                    .any(|text| text.to_lowercase().contains(word))
            })
        };
        log.lines.iter().rev().filter(fits).collect()
    }

    fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        if let Some(selected) = moved(self.selected, self.hits().len(), cx.size.1.saturating_sub(8), action) {
            self.selected = selected;
            return Vec::new();
        }
        match action {
            Action::Examine => return self.read(cx),
            Action::Filter => self.filter.open(),
            Action::NextField => self.filter.keep(),
            Action::Back if !self.filter.is_shown() => return vec![Effect::Back],
            Action::Back => {
                self.filter.clear();
                self.selected = 0;
            }
            _ => {}
        }
        Vec::new()
    }
}

impl View for Audit {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Security > Audit log".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        if self.filter.takes_keys() { filter::KEYS } else { KEYS }
    }

    fn captures_text(&self) -> bool {
        self.filter.takes_keys()
    }

    fn motion(&self) -> Motion {
        if self.read.is_none() { Motion::Spinner } else { Motion::Still }
    }

    fn waits_for(&self) -> Option<FlowId> {
        Some(self.work)
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        if self.filter.typed(&input) {
            self.selected = 0;
            return Vec::new();
        }
        match input {
            Input::Do(action) => return self.act(cx, action),
            Input::Scroll(rows) => {
                let last = self.hits().len().saturating_sub(1);
                self.selected = self.selected.saturating_add_signed(isize::from(rows)).min(last);
            }
            Input::Flow(_, JobEvent::Finished(result)) => {
                self.selected = 0;
                self.read = Some(result.and_then(|outcome| match outcome {
                    Outcome::Log(log) => Ok(log),
                    _ => Err(Problem::internal("Something else was read.")),
                }));
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let hits = self.hits();
        let title = match self.of.and_then(|id| cx.snapshot.credentials.by_id(id)) {
            Some(credential) => format!("Audit log of {}", credential.name),
            None => "Audit log".to_owned(),
        };
        let inside = pane(cx.theme, frame, area, &title, self.badge(cx));
        let label = Line::from(Span::styled("Filter", cx.theme.muted));
        let inside = self.filter.view(cx, frame, inside, (label, 8));
        match &self.read {
            None => frame.render_widget(Line::from(format!("{} Reading the log.", spinner(cx))), inside),
            Some(Err(problem)) => {
                paragraph(frame, inside, &present::in_full(problem), cx.theme.danger);
            }
            Some(Ok(log)) if log.lines.is_empty() => {
                let text = "No entries yet. Token requests and changes will be listed here.";
                paragraph(frame, inside, text, cx.theme.muted);
            }
            Some(Ok(_)) if hits.is_empty() => {
                paragraph(frame, inside, "No matches. Press esc to clear the filter.", cx.theme.muted);
            }
            Some(Ok(log)) => self.rows(cx, frame, inside, &hits, &log.verdict),
        }
    }
}

impl Audit {
    /// Right of the title: whether the log is whole.
    fn badge(&self, cx: &Context<'_>) -> Line<'static> {
        let Some(Ok(log)) = &self.read else { return Line::default() };
        let (text, style) = match (log.verdict.fault(), log.verdict.torn.len()) {
            (Some(_), _) => ("! tampered with".to_owned(), cx.theme.danger),
            (None, 0) => (format!("verified, {} entries", log.verdict.lines), cx.theme.ok),
            (None, torn) => (format!("verified, {torn} incomplete after a crash"), cx.theme.ok),
        };
        Line::from(Span::styled(format!(" {text} "), style))
    }

    fn rows(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, hits: &[&Logged], verdict: &Verdict) {
        let width = usize::from(area.width);
        // Where it is narrow the program goes first, then the result.
        let by = if width >= 72 { BY } else { 0 };
        let result = if width >= 52 { RESULT } else { 0 };
        let name = width.saturating_sub(2 + TIME + ACTION + result + by);
        let row = |time: &str, action: &str, outcome: &str, credential: &str, program: &str| {
            let cells = [(time, TIME), (action, ACTION), (outcome, result), (credential, name), (program, by)];
            cells.map(|(text, room)| cell(&cut(text, room.saturating_sub(1)), room))
        };
        let (head, rest) = split_top(area, 1);
        let heading = format!("  {}", row("TIME", "ACTION", "RESULT", "CREDENTIAL", "BY").concat());
        frame.render_widget(Line::styled(heading, cx.theme.heading), head);
        let (rest, foot) = split_top(rest, rest.height.saturating_sub(if rest.height > 4 { 2 } else { 0 }));
        for (line, at) in rest.rows().zip(window(self.selected, hits.len(), rest.height)) {
            let Some(logged) = hits.get(at) else { continue };
            let chosen = at == self.selected;
            let is_good = matches!(logged.result.as_str(), "ok" | "begun");
            let style = if is_good { cx.theme.text } else { cx.theme.warn };
            let time = when::instant(cx, logged.at);
            let [time, action, outcome, name, program] =
                row(&time, &logged.action, &logged.outcome(), &logged.name, &logged.program);
            let spans = vec![
                Span::raw(format!("{}{time}{action}", marker(chosen))),
                Span::styled(outcome, cx.theme.in_row(chosen, style)),
                Span::raw(format!("{name}{program}")),
            ];
            frame.render_widget(Line::from(spans).style(cx.theme.in_row(chosen, cx.theme.text)), line);
        }
        let fault = verdict.fault();
        let style = if fault.is_some() { cx.theme.danger } else { cx.theme.muted };
        let about = fault.or_else(|| hits.get(self.selected).map(|line| in_full(line)));
        paragraph(frame, foot, &about.unwrap_or_default(), style);
    }
}

/// What the table has no column for.
fn in_full(line: &Logged) -> String {
    let program = if line.program.is_empty() { "an unknown program" } else { &line.program };
    format!("Entry {}: PID {}, user {}, started by {program}.", line.seq, line.pid, line.actor())
}
