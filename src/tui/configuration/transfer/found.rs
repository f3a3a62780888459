//! Import from other programs: lists their files on this machine and what each contains, and imports one.
//!
//! Without a vault, the user creates one first; afterwards the files are listed again.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::engine::ops::transfer::discovery::FoundFile;
use crate::printable::printable;
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present::in_full;
use crate::tui::route::Route;
use crate::tui::view::{RedrawRate, View};
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::list::{marker, moved, window};
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::{cell, cut, pane, paragraph, split_top};
use crate::tui::widgets::spinner;

const KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "import", "Preview the import of the selected file"),
    Key::new(&[Press::char('r')], Action::Examine, "look again", "Look for the files again"),
    motion_keys::UP,
    motion_keys::DOWN,
    motion_keys::FIRST_OR_G,
    motion_keys::LAST,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Back; nothing is imported"),
];

/// Widths of the columns for the program and for the content of its file.
const PROGRAM: usize = 22;
const CONTENT: usize = 16;

/// Rows at the foot for the selected file.
const FOOT: u16 = 5;

/// Most names of entries that the foot lists.
const NAMED: usize = 8;

#[derive(Debug)]
pub(crate) struct FoundFiles {
    work: OperationId,
    read: Option<Result<Vec<FoundFile>, Problem>>,
    selected: usize,
}

impl FoundFiles {
    /// Opens the screen and starts the search.
    #[must_use]
    pub(crate) fn start(cx: &Context<'_>) -> (Self, Vec<Effect>) {
        let mut page = Self { work: cx.operation, read: None, selected: 0 };
        let effects = page.find(cx);
        (page, effects)
    }

    fn find(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        (self.work, self.read, self.selected) = (cx.operation, None, 0);
        vec![Effect::Work(cx.operation, Operation::FindFiles)]
    }

    fn files(&self) -> &[FoundFile] {
        self.read.as_ref().and_then(|read| read.as_ref().ok()).map_or(&[], Vec::as_slice)
    }

    fn accept(&self, cx: &Context<'_>) -> Vec<Effect> {
        let Some(file) = self.files().get(self.selected) else { return Vec::new() };
        let next = if cx.is_open { Route::ImportFile(file.path.clone()) } else { Route::CreateVault };
        vec![Effect::Open(next)]
    }
}

impl View for FoundFiles {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Import from other programs".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    /// Nothing can be imported without a vault, so Enter creates one first.
    fn hint(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        (action == Action::Accept && !cx.is_open).then_some("create vault")
    }

    fn refusal(&self, _cx: &Context<'_>, action: Action) -> Option<&'static str> {
        match (action, self.files().get(self.selected)) {
            (Action::Accept, None) => Some("No file was found."),
            (Action::Accept, Some(file)) if file.entries.is_err() => Some("Nothing in this file can be imported."),
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
            Input::Do(Action::Accept) => return self.accept(cx),
            Input::Do(Action::Examine) => return self.find(cx),
            Input::Do(Action::Back) => return vec![Effect::Back],
            Input::Do(action) => {
                self.selected = moved(self.selected, self.files().len(), 1, action).unwrap_or(self.selected);
            }
            Input::Scroll(by) => {
                let last = self.files().len().saturating_sub(1);
                self.selected = self.selected.saturating_add_signed(isize::from(by)).min(last);
            }
            Input::Job(_, JobEvent::Finished(result)) => {
                self.read = Some(result.and_then(|outcome| match outcome {
                    Outcome::FoundFiles(files) => Ok(files),
                    _ => Err(Problem::internal("Something else was read.")),
                }));
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let count = match self.files().len() {
            0 => String::new(),
            count => format!(" {count} "),
        };
        let inside = pane(cx.theme, frame, area, "Import from other programs", Line::from(count));
        match &self.read {
            None => frame.render_widget(Line::from(format!("{} Looking for files.", spinner(cx))), inside),
            Some(Err(problem)) => {
                paragraph(frame, inside, &in_full(problem), cx.theme.danger);
            }
            Some(Ok(files)) if files.is_empty() => {
                let text = "No files of known programs were found. To import any other file by its path, use Import in \
                            the menu. Press esc to go back.";
                paragraph(frame, inside, text, cx.theme.muted);
            }
            Some(Ok(files)) => self.list(cx, frame, inside, files),
        }
    }
}

impl FoundFiles {
    fn list(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, files: &[FoundFile]) {
        let (head, rest) = split_top(area, 1);
        let path_room = usize::from(area.width).saturating_sub(2 + PROGRAM + CONTENT).max(1);
        let heading = format!("  {}{}FILE", cell("PROGRAM", PROGRAM), cell("CONTAINS", CONTENT));
        frame.render_widget(Line::styled(cut(&heading, area.width.into()), cx.theme.heading), head);
        let (list, foot) = split_top(rest, rest.height.saturating_sub(FOOT));
        for (line, at) in list.rows().zip(window(self.selected, files.len(), list.height)) {
            let Some(file) = files.get(at) else { continue };
            let chosen = at == self.selected;
            let (content, style) = match &file.entries {
                Ok(entries) => (entries_in_words(entries.len()), cx.theme.ok),
                Err(_) => ("not importable".to_owned(), cx.theme.warn),
            };
            let path = printable(&file.path.display().to_string(), path_room);
            let spans = vec![
                Span::raw(format!("{}{}", marker(chosen), cell(&cut(&file.program, PROGRAM - 1), PROGRAM))),
                Span::styled(cell(&content, CONTENT), cx.theme.in_row(chosen, style)),
                Span::raw(cut(&path, path_room)),
            ];
            frame.render_widget(Line::from(spans).style(cx.theme.in_row(chosen, cx.theme.text)), line);
        }
        if let Some(file) = files.get(self.selected) {
            rows(cx.theme, frame, split_top(foot, 1).1, 0, &about(cx, file));
        }
    }
}

fn entries_in_words(count: usize) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}

fn about(cx: &Context<'_>, file: &FoundFile) -> Vec<Row> {
    match &file.entries {
        Ok(entries) => {
            let named: Vec<String> = entries.iter().take(NAMED).map(|name| printable(name, 60)).collect();
            let more = entries.len().saturating_sub(NAMED);
            let more = if more > 0 { format!(" and {more} more") } else { String::new() };
            let next = if cx.is_open {
                "Press enter to preview the import. Nothing is imported yet."
            } else {
                "Press enter to create a vault first; then choose what to import."
            };
            vec![Row::new("", format!("{}{more}", named.join(", "))), Row::new("", next).style(cx.theme.muted)]
        }
        Err(problem) => vec![Row::new("", in_full(problem)).style(cx.theme.warn)],
    }
}
