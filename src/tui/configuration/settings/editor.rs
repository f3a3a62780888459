//! Edits one setting: a list of values, or a line of text.

use crossterm::event::KeyCode;

use crate::engine::ops::settings::{Row, Takes};
use crate::tui::context::Context;
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::widgets::picker::{Item, Picker, PickerResult};
use crate::tui::widgets::text_field::TextField;

const TEXT_KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "save", "Save the setting"),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "cancel", "Change nothing"),
];

#[derive(Debug)]
pub(super) enum Editor {
    Words(Picker),
    Text(TextField),
}

/// The result of an input.
#[derive(Debug, Eq, PartialEq)]
pub(super) enum Edited {
    Nothing,
    /// The editor closes, and nothing is changed.
    Left,
    /// This value is to be saved.
    Value(String),
}

impl Editor {
    /// Opens the editor with the current value.
    pub(super) fn open(row: &Row) -> Self {
        match row.key.takes() {
            Takes::Word | Takes::Switch => {
                let item = |(word, about): &(&str, &str)| Item {
                    value: (*word).to_owned(),
                    text: (*word).to_owned(),
                    beside: (*about).to_owned(),
                    chosen: *word == row.value,
                    ..Item::default()
                };
                Self::Words(Picker::one(row.key.word(), row.key.choices().iter().map(item).collect()))
            }
            // A masked value is not put into the field; the user has to enter it again.
            Takes::Port | Takes::Text if row.line.is_some() && !row.is_masked => Self::Text(TextField::new(&row.value)),
            Takes::Port | Takes::Text => Self::Text(TextField::default()),
        }
    }

    pub(super) fn is_text(&self) -> bool {
        matches!(self, Self::Text(_))
    }

    /// Whether the editor contains an empty text, which cannot be saved.
    pub(super) fn is_empty(&self) -> bool {
        matches!(self, Self::Text(field) if field.text().trim().is_empty())
    }

    pub(super) fn keys(&self) -> &'static [Key] {
        match self {
            Self::Words(picker) => picker.keys(),
            Self::Text(_) => TEXT_KEYS,
        }
    }

    pub(super) fn update(&mut self, cx: &Context<'_>, input: Input) -> Edited {
        let field = match self {
            Self::Words(picker) => {
                return match picker.update(cx, input) {
                    PickerResult::Nothing | PickerResult::Typed(_) => Edited::Nothing,
                    PickerResult::Left => Edited::Left,
                    PickerResult::Values(values) => values.into_iter().next().map_or(Edited::Left, Edited::Value),
                };
            }
            Self::Text(field) => field,
        };
        match input {
            Input::Do(Action::Accept) => return Edited::Value(field.text().to_owned()),
            Input::Do(Action::Back) => return Edited::Left,
            Input::Text(c) => field.insert(c),
            Input::Edit(edit) => field.edit(edit),
            Input::Paste(text) => field.paste(&text),
            _ => {}
        }
        Edited::Nothing
    }
}
