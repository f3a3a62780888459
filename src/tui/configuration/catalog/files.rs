//! Configuration > Catalog > Own files: the user's catalog files, and every error in them with its location.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::engine::ops::catalog_files::{CatalogFiles, UserFile};
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
use crate::tui::widgets::pane::{cut, pane, share, split_top, text_in};
use crate::tui::widgets::spinner;

const KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "details", "Show the entry of the selected file"),
    Key::new(&[Press::char('r')], Action::Examine, "refresh", "Read the files again"),
    motion_keys::UP,
    motion_keys::DOWN,
    motion_keys::PAGE_UP,
    motion_keys::PAGE_DOWN,
    motion_keys::FIRST_OR_G,
    motion_keys::LAST,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Back to the catalog"),
];

/// Width of the file names.
const NAME: usize = 30;

/// Longest text about a file that is shown on one line.
const MAX: usize = 600;

#[derive(Debug)]
pub(crate) struct Files {
    work: OperationId,
    read: Option<Result<CatalogFiles, Problem>>,
    selected: usize,
}

impl Files {
    /// Opens the screen and reads the files.
    #[must_use]
    pub(crate) fn start(cx: &Context<'_>) -> (Self, Vec<Effect>) {
        let mut screen = Self { work: cx.operation, read: None, selected: 0 };
        let effects = screen.read(cx);
        (screen, effects)
    }

    fn read(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        (self.work, self.read) = (cx.operation, None);
        vec![Effect::Work(cx.operation, Operation::ReadCatalogFiles)]
    }

    fn files(&self) -> &[UserFile] {
        self.read.as_ref().and_then(|read| read.as_ref().ok()).map_or(&[], |read| &read.files)
    }

    /// The catalog id of the selected file, if the file is in use.
    fn entry(&self) -> Option<&str> {
        let file = self.files().get(self.selected)?;
        file.content.as_ref().ok().filter(|_| file.is_in_use).map(|entry| entry.id.as_str())
    }
}

impl View for Files {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Own files".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn refusal(&self, _cx: &Context<'_>, action: Action) -> Option<&'static str> {
        (action == Action::Accept && self.entry().is_none()).then_some("The file's entry is not in use.")
    }

    fn redraw_rate(&self) -> RedrawRate {
        if self.read.is_none() { RedrawRate::Spinner } else { RedrawRate::Still }
    }

    fn waits_for(&self) -> Option<OperationId> {
        Some(self.work)
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::Examine) => return self.read(cx),
            Input::Do(Action::Back) => return vec![Effect::Back],
            Input::Do(Action::Accept) => {
                let open = |id: &str| Effect::Open(Route::CatalogEntry { provider: id.to_owned() });
                return self.entry().map(open).into_iter().collect();
            }
            Input::Do(action) => {
                let page = cx.size.1.saturating_sub(12);
                self.selected = moved(self.selected, self.files().len(), page, action).unwrap_or(self.selected);
            }
            Input::Scroll(rows) => {
                let last = self.files().len().saturating_sub(1);
                self.selected = self.selected.saturating_add_signed(rows.into()).min(last);
            }
            Input::Job(_, JobEvent::Finished(result)) => {
                self.read = Some(result.and_then(|outcome| match outcome {
                    Outcome::CatalogFiles(files) => Ok(*files),
                    _ => Err(Problem::internal("Something else was read.")),
                }));
                self.selected = self.selected.min(self.files().len().saturating_sub(1));
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let bad = self.files().iter().filter(|file| file.content.is_err()).count();
        let right = match (self.files().len(), bad) {
            (0, _) => String::new(),
            (all, 0) => format!(" {all}, no errors "),
            (all, bad) => format!(" {bad} of {all} with errors "),
        };
        let inside = pane(cx.theme, frame, area, "Your catalog files", Line::from(right));
        match &self.read {
            None => frame.render_widget(Line::from(format!("{} Reading the files.", spinner(cx))), inside),
            Some(Err(problem)) => {
                let text = [Row::blank(), Row::new("", in_full(problem)).style(cx.theme.danger)];
                rows(cx.theme, frame, inside, 0, &text);
            }
            Some(Ok(read)) if read.files.is_empty() => {
                rows(cx.theme, frame, inside, 0, &none(cx, read));
            }
            Some(Ok(read)) => self.table(cx, frame, inside, read),
        }
    }
}

/// The text that is shown if the user has no catalog files.
fn none(cx: &Context<'_>, read: &CatalogFiles) -> Vec<Row> {
    let mut text = vec![
        Row::blank(),
        Row::new("", "You have no catalog files of your own."),
        Row::blank(),
        Row::new("", format!("Credenza reads every .toml file in {}", read.folder.display())),
        Row::new("", "when it starts. A file adds an entry, or replaces the one with its id."),
        Row::blank(),
        Row::new("", "To begin with a credential that works: credenza catalog export NAME").style(cx.theme.muted),
    ];
    text.extend(read.problems.iter().map(|problem| Row::new("", in_full(problem)).style(cx.theme.danger)));
    text
}

impl Files {
    fn table(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, read: &CatalogFiles) {
        let (head, rest) = split_top(area, 1);
        let heading = format!("  {}STATE", text_in("FILE", NAME));
        frame.render_widget(Line::styled(heading, cx.theme.muted), head);
        let (list, foot) = split_top(rest, share(rest.height, 1, 2).max(1));
        let room = usize::from(list.width).saturating_sub(2 + NAME);
        for (line, at) in list.rows().zip(window(self.selected, read.files.len(), list.height)) {
            let Some(file) = read.files.get(at) else { continue };
            let chosen = at == self.selected;
            let (state, style) = match &file.content {
                Ok(entry) if file.is_in_use => (format!("in use: {}", entry.name), cx.theme.text),
                Ok(entry) => (format!("not in use yet: {}", entry.name), cx.theme.warn),
                Err(defects) => (errors(defects.len()), cx.theme.danger),
            };
            let name = file.path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            let text = format!("{}{}{}", marker(chosen), text_in(&printable(&name, MAX), NAME), cut(&state, room));
            let style = if chosen { cx.theme.selected } else { style };
            frame.render_widget(Line::styled(text, style), line);
        }
        let (_, foot) = split_top(foot, 1);
        rows(cx.theme, frame, foot, 0, &self.about(cx, read));
    }

    /// The details of the selected file: its errors with their locations, or warnings about its content.
    fn about(&self, cx: &Context<'_>, read: &CatalogFiles) -> Vec<Row> {
        let Some(file) = read.files.get(self.selected) else { return Vec::new() };
        let path = file.path.display().to_string();
        let mut text = vec![Row::new("", printable(&path, MAX)).style(cx.theme.muted)];
        match &file.content {
            Err(defects) => {
                text.extend(defects.iter().map(|defect| Row::new("", printable(defect, MAX)).style(cx.theme.danger)));
            }
            Ok(entry) => {
                text.push(Row::new("", format!("{} ({})", printable(&entry.name, MAX), printable(&entry.id, MAX))));
                if !file.is_in_use {
                    text.push(Row::new("", "It takes effect the next time Credenza starts."));
                }
                text.extend(entry.notes.iter().map(|note| Row::new("", printable(note, MAX)).style(cx.theme.warn)));
            }
        }
        text.extend(read.problems.iter().map(|problem| Row::new("", in_full(problem)).style(cx.theme.danger)));
        text
    }
}

fn errors(count: usize) -> String {
    if count == 1 { "1 error".to_owned() } else { format!("{count} errors") }
}
