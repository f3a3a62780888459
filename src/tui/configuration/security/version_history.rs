//! Configuration > Security > Version history: shows what each save changed and what restoring a version would do, and
//! restores a version.

mod comparison;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::engine::ops::history::{KeptVersion, RecordDifference, VersionContent};
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present::in_full;
use crate::tui::view::{RedrawRate, View};
use crate::tui::widgets::fields::scrolled;
use crate::tui::widgets::list::{marker, moved, window};
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::{cell, cut, pane, paragraph, split_top};
use crate::tui::widgets::{relative_time, spinner};

const KEYS: &[Key] = &[
    Key::new(
        &[Press::plain(KeyCode::Enter)],
        Action::Accept,
        "compare",
        "Show all differences of the selected version",
    ),
    Key::new(&[Press::char('R')], Action::Restore, "restore", "Restore the selected version (asks first)"),
    Key::new(&[Press::char('r')], Action::Examine, "refresh", "Refresh"),
    motion_keys::UP,
    motion_keys::DOWN,
    motion_keys::PAGE_UP,
    motion_keys::PAGE_DOWN,
    motion_keys::FIRST_OR_G,
    motion_keys::LAST,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Back"),
];

/// Keys while all differences of one version are shown.
const READING: &[Key] = &[
    Key::new(&[Press::char('R')], Action::Restore, "restore", "Restore this version (asks first)"),
    motion_keys::SCROLL_UP,
    motion_keys::SCROLL_DOWN,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Back to the versions"),
];

/// Widths of the fixed columns.
const NUMBER: usize = 8;
const TIME: usize = 20;
const COUNT: usize = 13;

/// Rows at the foot for what restoring would do.
const FOOT: u16 = 6;

#[derive(Debug)]
pub(crate) struct VersionHistory {
    work: OperationId,
    read: Option<Result<Vec<KeptVersion>, Problem>>,
    selected: usize,
    /// Restore was pressed once. It changes a lot, so only a second press restores.
    sure: bool,
    going_back: bool,
    /// All differences of the selected version are shown, scrolled to this row.
    compared: Option<usize>,
}

impl VersionHistory {
    /// Opens the screen and reads the kept versions.
    #[must_use]
    pub(crate) fn start(cx: &Context<'_>) -> (Self, Vec<Effect>) {
        let mut page =
            Self { work: cx.operation, read: None, selected: 0, sure: false, going_back: false, compared: None };
        let effects = page.read(cx);
        (page, effects)
    }

    fn read(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        self.work = cx.operation;
        (self.read, self.going_back, self.selected, self.compared) = (None, false, 0, None);
        vec![Effect::Work(cx.operation, Operation::ReadVersions)]
    }

    fn rows(&self) -> Vec<&KeptVersion> {
        self.read.as_ref().and_then(|read| read.as_ref().ok()).map_or_else(Vec::new, |kept| kept.iter().rev().collect())
    }

    fn go_back(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        let Some(number) = self.rows().get(self.selected).map(|kept| kept.number) else { return Vec::new() };
        if !std::mem::replace(&mut self.sure, true) {
            let text = format!("Its refresh tokens may be used up. Press R again to restore version {number}.");
            return vec![Effect::Notice(Notice::Refused(text))];
        }
        self.sure = false;
        self.work = cx.operation;
        self.going_back = true;
        vec![Effect::Work(cx.operation, Operation::RestoreVersion(number))]
    }
}

impl View for VersionHistory {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Security > Version history".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        if self.compared.is_some() { READING } else { KEYS }
    }

    fn refusal(&self, _cx: &Context<'_>, action: Action) -> Option<&'static str> {
        match (action, self.rows().get(self.selected)) {
            (Action::Restore | Action::Accept, None) => Some("nothing read yet"),
            (Action::Restore, _) if self.selected == 0 => Some("this is the current version; select an older one"),
            (Action::Restore, Some(kept)) if kept.content.is_err() => Some("this file could not be opened"),
            _ => None,
        }
    }

    fn redraw_rate(&self) -> RedrawRate {
        if self.read.is_none() { RedrawRate::Spinner } else { RedrawRate::Still }
    }

    fn waits_for(&self) -> Option<OperationId> {
        Some(self.work)
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::Restore) => return self.go_back(cx),
            Input::Do(Action::Back) if self.compared.take().is_some() => self.sure = false,
            Input::Do(Action::Back) => return vec![Effect::Back],
            Input::Do(Action::Accept) => self.compared = Some(0),
            Input::Do(Action::Examine) => return self.read(cx),
            Input::Do(action @ (Action::Up | Action::Down)) if self.compared.is_some() => {
                self.sure = false;
                let last = self.rows().get(self.selected).map_or(0, |kept| comparison::rows(cx, kept, false).len());
                self.compared = self.compared.and_then(|top| moved(top, last, 1, action));
            }
            Input::Do(action) => {
                self.sure = false;
                if let Some(row) = moved(self.selected, self.rows().len(), cx.size.1.saturating_sub(12), action) {
                    self.selected = row;
                }
            }
            Input::Scroll(rows) => {
                self.sure = false;
                let last = self.rows().len().saturating_sub(1);
                self.selected = self.selected.saturating_add_signed(isize::from(rows)).min(last);
            }
            Input::Job(_, JobEvent::Finished(result)) if self.going_back => {
                let notice = match result {
                    Ok(_) => Notice::Done("Restored. The previous version is kept.".to_owned()),
                    Err(problem) => Notice::Failed(problem),
                };
                let mut effects = self.read(cx);
                effects.push(Effect::Notice(notice));
                return effects;
            }
            Input::Job(_, JobEvent::Finished(result)) => {
                self.read = Some(result.and_then(|outcome| match outcome {
                    Outcome::Versions(kept) => Ok(kept),
                    _ => Err(Problem::internal("Something else was read.")),
                }));
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let rows = self.rows();
        let count = if rows.is_empty() { String::new() } else { format!(" {} kept ", rows.len()) };
        let inside = pane(cx.theme, frame, area, "Version history", Line::from(count));
        match &self.read {
            None => frame.render_widget(Line::from(format!("{} Opening each of them.", spinner(cx))), inside),
            Some(Err(problem)) => {
                paragraph(frame, inside, &in_full(problem), cx.theme.danger);
            }
            Some(Ok(_)) => match (self.compared, rows.get(self.selected)) {
                (Some(top), Some(kept)) => {
                    let text = comparison::rows(cx, kept, self.selected == 0);
                    scrolled(cx.theme, frame, (area, inside), 0, &text, top);
                }
                _ => self.table(cx, frame, inside, &rows),
            },
        }
    }
}

impl VersionHistory {
    fn table(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, rows: &[&KeptVersion]) {
        let width = usize::from(area.width);
        let count = if width >= 60 { COUNT } else { 0 };
        let rest = width.saturating_sub(2 + NUMBER + TIME + count);
        let row = |number: &str, time: &str, credentials: &str, changed: &str| {
            let cells = [(number, NUMBER), (time, TIME), (credentials, count), (changed, rest)];
            cells.iter().map(|(text, room)| cell(&cut(text, room.saturating_sub(1)), *room)).collect::<String>()
        };
        let (head, below) = split_top(area, 1);
        let heading = format!("  {}", row("NUMBER", "WRITTEN", "CREDENTIALS", "WHAT IT CHANGED"));
        frame.render_widget(Line::styled(heading, cx.theme.heading), head);
        let foot = if below.height > FOOT + 3 { FOOT } else { 0 };
        let (list, foot) = split_top(below, below.height.saturating_sub(foot));
        for (line, at) in list.rows().zip(window(self.selected, rows.len(), list.height)) {
            let Some(kept) = rows.get(at) else { continue };
            let chosen = at == self.selected;
            let (credentials, changed, style) = match &kept.content {
                Ok(content) => (content.credentials.to_string(), changed(content, at + 1 == rows.len()), cx.theme.text),
                Err(problem) => ("?".to_owned(), problem.what.clone(), cx.theme.warn),
            };
            let time = kept.written_at.map_or_else(|| "?".to_owned(), |at| relative_time::instant(cx, at));
            let text = row(&kept.number.to_string(), &time, &credentials, &changed);
            let style = cx.theme.in_row(chosen, style);
            frame.render_widget(Line::styled(format!("{}{text}", marker(chosen)), style), line);
        }
        let (_, foot) = split_top(foot, 1);
        let about = rows.get(self.selected).map(|kept| self.about(kept)).unwrap_or_default();
        paragraph(frame, foot, &about, cx.theme.muted);
    }

    /// What restoring the selected version would do.
    fn about(&self, kept: &KeptVersion) -> String {
        match &kept.content {
            _ if self.selected == 0 => "This is the current version.".to_owned(),
            Err(problem) => format!("{} {}", problem.what, problem.why),
            Ok(content) if content.going_back.is_empty() => "Same as the current vault.".to_owned(),
            Ok(content) => format!("Restoring it would: {}.", in_words(&content.going_back)),
        }
    }
}

/// What a save changed; unknown for the oldest kept version, because the version before it no longer exists.
fn changed(content: &VersionContent, is_oldest: bool) -> String {
    match (content.changes.is_empty(), is_oldest) {
        (true, true) => "(oldest version kept)".to_owned(),
        (true, false) => "no credential or integration".to_owned(),
        (false, _) => in_words(&content.changes),
    }
}

fn in_words(changes: &[RecordDifference]) -> String {
    changes.iter().map(RecordDifference::in_words).collect::<Vec<_>>().join("; ")
}
