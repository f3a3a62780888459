//! Configuration > Security > Audit log: who did what with which credential, newest first. Shows whether the log is
//! intact.

mod entries;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::engine::event::{JobEvent, LogEvent, Outcome};
use crate::engine::member_logs::MachineLine;
use crate::engine::operation::Operation;
use crate::model::credential::CredentialId;
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present;
use crate::tui::view::{RedrawRate, View};
use crate::tui::widgets::filter::{self, Filter};
use crate::tui::widgets::list::{moved, window};
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::{cut, pane, paragraph, split_top, wrapped_rows};
use crate::tui::widgets::spinner;
use entries::{Entries, in_full, row};

const KEYS: &[Key] = &[
    Key::new(&[Press::char('/')], Action::Filter, "filter", "Filter by action, result, credential, program or member"),
    Key::new(&[Press::char('r')], Action::Examine, "refresh", "Refresh and verify"),
    motion_keys::UP,
    motion_keys::DOWN,
    motion_keys::PAGE_BACK,
    motion_keys::PAGE_FORWARD,
    motion_keys::HALF_UP,
    motion_keys::HALF_DOWN,
    motion_keys::FIRST_OR_G,
    motion_keys::LAST,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Clear the filter, then back"),
];

#[derive(Debug)]
pub(crate) struct Audit {
    of: Option<CredentialId>,
    work: OperationId,
    read: Option<Result<Entries, Problem>>,
    /// Set while logs are being read: how many of the team's logs were read, and their total (0 until known).
    reading: Option<(usize, usize)>,
    selected: usize,
    filter: Filter,
}

impl Audit {
    #[must_use]
    pub(crate) fn start(cx: &Context<'_>, of: Option<CredentialId>) -> (Self, Vec<Effect>) {
        let filter = Filter::default();
        let mut page = Self { of, work: cx.operation, read: None, reading: None, selected: 0, filter };
        let effects = page.read(cx);
        (page, effects)
    }

    fn read(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        self.work = cx.operation;
        (self.read, self.reading) = (None, Some((0, 0)));
        vec![Effect::Work(cx.operation, Operation::ReadLog(self.of))]
    }

    /// The entries that match the filter, newest first.
    fn hits(&self) -> Vec<&MachineLine> {
        let Some(Ok(entries)) = &self.read else { return Vec::new() };
        entries.hits(&self.filter.text().to_lowercase())
    }

    /// Replaces the entries. The selected entry stays selected, unless it is the newest: then the new newest entry is.
    fn show(&mut self, entries: Entries) {
        let key = |one: &MachineLine| (one.line.at, one.line.seq, one.line.pid);
        let before = self.hits().get(self.selected).map(|one| key(one)).filter(|_| self.selected > 0);
        self.read = Some(Ok(entries));
        self.selected = self.hits().iter().position(|one| Some(key(one)) == before).unwrap_or_default();
    }

    fn told(&mut self, cx: &Context<'_>, event: JobEvent) {
        match event {
            JobEvent::Log(LogEvent::Local(log)) => self.show(Entries::local(cx, *log)),
            JobEvent::Log(LogEvent::Reading(done, total)) => self.reading = Some((done, total)),
            JobEvent::Finished(result) => {
                self.reading = None;
                match result {
                    Ok(Outcome::Log(log)) => self.show(Entries::local(cx, *log)),
                    Ok(Outcome::TeamLog(report)) => self.show(Entries::of_team(cx, *report)),
                    Ok(_) => self.read = Some(Err(Problem::internal("Something else was read."))),
                    Err(problem) => self.read = Some(Err(problem)),
                }
            }
            _ => {}
        }
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

    fn redraw_rate(&self) -> RedrawRate {
        if self.reading.is_some() { RedrawRate::Spinner } else { RedrawRate::Still }
    }

    fn waits_for(&self) -> Option<OperationId> {
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
            Input::Job(_, event) => self.told(cx, event),
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
            Some(Ok(entries)) if entries.lines.is_empty() => {
                let text = "No entries yet. Token requests and changes will be listed here.";
                paragraph(frame, inside, text, cx.theme.muted);
            }
            Some(Ok(_)) if hits.is_empty() => {
                paragraph(frame, inside, "No matches. Press esc to clear the filter.", cx.theme.muted);
            }
            Some(Ok(entries)) => self.rows(cx, frame, inside, &hits, entries),
        }
    }
}

impl Audit {
    /// The text at the right of the title: whether the log is intact.
    fn badge(&self, cx: &Context<'_>) -> Line<'static> {
        let Some(Ok(entries)) = &self.read else { return Line::default() };
        let (text, style) = match (self.reading, entries.verified()) {
            (Some((_, 0)), _) => (format!("{} reading the logs of the team", spinner(cx)), cx.theme.muted),
            (Some((done, total)), _) => {
                (format!("{} reading log {} of {total}", spinner(cx), done + 1), cx.theme.muted)
            }
            (None, None) => ("! tampered with".to_owned(), cx.theme.danger),
            (None, Some(verified)) => (verified, cx.theme.ok),
        };
        Line::from(Span::styled(format!(" {text} "), style))
    }

    fn rows(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, hits: &[&MachineLine], entries: &Entries) {
        let columns = entries.columns(area.width.into());
        let (head, rest) = split_top(area, 1);
        let heading = cut(&columns.heading(None), area.width.into());
        frame.render_widget(Line::styled(heading, cx.theme.heading), head);
        let limit = entries.limit();
        let limited = limit.as_ref().map_or(0, |limit| wrapped_rows(limit, rest.width));
        let foot = if rest.height > 4 + limited { 2 + limited } else { 0 };
        let (rest, foot) = split_top(rest, rest.height.saturating_sub(foot));
        for (line, at) in rest.rows().zip(window(self.selected, hits.len(), rest.height)) {
            if let Some(one) = hits.get(at) {
                frame.render_widget(row(cx, &columns, one, at == self.selected), line);
            }
        }
        let foot = match limit {
            Some(limit) => {
                let (above, below) = split_top(foot, limited);
                paragraph(frame, above, &limit, cx.theme.warn);
                below
            }
            None => foot,
        };
        let fault = entries.fault();
        let style = if fault.is_some() { cx.theme.danger } else { cx.theme.muted };
        let about = fault.or_else(|| hits.get(self.selected).map(|one| in_full(one)));
        paragraph(frame, foot, &about.unwrap_or_default(), style);
    }
}
