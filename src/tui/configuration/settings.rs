//! Configuration > Settings: every setting with its value and the source of the value, edited in place.

mod draw;
mod editor;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;

use self::editor::{Edited, Editor};
use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::engine::ops::settings::{Key as Setting, Row, SettingsFile};
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::view::{RedrawRate, View};
use crate::tui::widgets::list::moved;
use crate::tui::widgets::motion_keys;

const KEYS: &[Key] = &[
    Key::new(
        &[Press::plain(KeyCode::Enter), Press::char('E'), Press::char(' ')],
        Action::Edit,
        "edit",
        "Edit the selected setting",
    ),
    Key::new(
        &[Press::char('d'), Press::plain(KeyCode::Delete)],
        Action::Reset,
        "default",
        "Reset the selected setting to its default",
    ),
    Key::new(&[Press::char('r')], Action::Examine, "refresh", "Read the file again"),
    motion_keys::UP,
    motion_keys::DOWN,
    motion_keys::FIRST_OR_G,
    motion_keys::LAST,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Back"),
];

/// Rows above the first setting: the frame and the headings.
const ABOVE: u16 = 2;

#[derive(Debug)]
pub(crate) struct Settings {
    work: OperationId,
    file: Option<SettingsFile>,
    selected: usize,
    editor: Option<Editor>,
    /// The setting that is being saved.
    saving: Option<Setting>,
    failed: Option<Problem>,
}

impl Settings {
    /// Opens the screen and reads the settings file.
    #[must_use]
    pub(crate) fn start(cx: &Context<'_>) -> (Self, Vec<Effect>) {
        let mut screen = Self { work: cx.operation, file: None, selected: 0, editor: None, saving: None, failed: None };
        let effects = screen.read(cx);
        (screen, effects)
    }

    fn read(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        self.work = cx.operation;
        self.failed = None;
        vec![Effect::Work(cx.operation, Operation::ReadSettings)]
    }

    fn row(&self) -> Option<&Row> {
        self.file.as_ref().and_then(|file| file.rows.get(self.selected))
    }

    fn save(&mut self, cx: &Context<'_>, value: Option<String>) -> Vec<Effect> {
        let Some(key) = self.row().map(|row| row.key) else { return Vec::new() };
        (self.work, self.saving, self.failed) = (cx.operation, Some(key), None);
        vec![Effect::Work(cx.operation, Operation::SetSetting(key, value))]
    }

    fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        match action {
            Action::Edit => self.editor = self.row().map(Editor::open),
            Action::Reset => return self.save(cx, None),
            Action::Examine => return self.read(cx),
            Action::Back => return vec![Effect::Back],
            action => {
                let total = self.file.as_ref().map_or(0, |file| file.rows.len());
                if let Some(row) = moved(self.selected, total, 4, action) {
                    (self.selected, self.failed) = (row, None);
                }
            }
        }
        Vec::new()
    }

    fn finished(&mut self, result: Result<Outcome, Problem>) -> Vec<Effect> {
        let saving = self.saving.take();
        match result {
            Ok(Outcome::Settings(file)) => self.file = Some(*file),
            Ok(Outcome::SettingSaved(key, file)) => {
                self.file = Some(*file);
                self.editor = None;
                return vec![Effect::Notice(Notice::Done(saved(key)))];
            }
            Ok(_) => self.failed = Some(Problem::internal("Something else was read.")),
            // The file may have become invalid in the meantime: the entered text is kept.
            Err(problem) if saving.is_some() => self.failed = Some(problem),
            Err(problem) => return vec![Effect::Notice(Notice::Failed(problem))],
        }
        Vec::new()
    }

    fn edit(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        let Some(editor) = &mut self.editor else { return Vec::new() };
        match editor.update(cx, input) {
            Edited::Nothing => Vec::new(),
            Edited::Left => {
                (self.editor, self.failed) = (None, None);
                Vec::new()
            }
            Edited::Value(value) => {
                // A list closes at once; a text stays in its field until it is saved.
                self.editor.take_if(|editor| !editor.is_text());
                self.save(cx, Some(value))
            }
        }
    }
}

fn saved(key: Setting) -> String {
    let word = key.word();
    if key.is_felt_at_once() {
        format!("Saved {word}.")
    } else {
        format!("Saved {word}. It takes effect the next time Credenza starts.")
    }
}

impl View for Settings {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Settings".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        self.editor.as_ref().map_or(KEYS, Editor::keys)
    }

    fn captures_text(&self) -> bool {
        self.editor.is_some()
    }

    fn refusal(&self, _cx: &Context<'_>, action: Action) -> Option<&'static str> {
        let changes = matches!(action, Action::Edit | Action::Reset | Action::Accept);
        match &self.file {
            _ if !changes => None,
            _ if self.saving.is_some() => Some("The setting is being saved."),
            None => Some("The file is still being read."),
            Some(file) if file.fault.is_some() => Some("settings.toml is broken. Fix it first, then press r."),
            Some(_) if self.editor.as_ref().is_some_and(Editor::is_empty) => {
                Some("Type a value. For the default: esc, then d.")
            }
            Some(_) if action == Action::Reset && self.row().is_some_and(|row| row.line.is_none()) => {
                Some("This setting has its default already.")
            }
            Some(_) => None,
        }
    }

    fn redraw_rate(&self) -> RedrawRate {
        if self.file.is_none() { RedrawRate::Spinner } else { RedrawRate::Still }
    }

    fn waits_for(&self) -> Option<OperationId> {
        Some(self.work)
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Job(_, JobEvent::Finished(result)) => self.finished(result),
            input if self.editor.is_some() => self.edit(cx, input),
            Input::Do(action) => self.act(cx, action),
            Input::Scroll(rows) => self.act(cx, if rows > 0 { Action::Down } else { Action::Up }),
            Input::Click { y, double, .. } => {
                let row = usize::from(y.saturating_sub(ABOVE));
                if y < ABOVE || self.file.as_ref().is_none_or(|file| row >= file.rows.len()) {
                    return Vec::new();
                }
                (self.selected, self.failed) = (row, None);
                let may = double && self.refusal(cx, Action::Edit).is_none();
                if may { self.act(cx, Action::Edit) } else { Vec::new() }
            }
            _ => Vec::new(),
        }
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        self.draw(cx, frame, area);
    }
}
