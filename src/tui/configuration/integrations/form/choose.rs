//! The lists of values for a field: the provider's credentials, the formats, and what to do when records are gone.

use super::Form;
use super::credential::Choice;
use super::field::FieldKind;
use crate::model::integration::Format;
use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::input::Input;
use crate::tui::widgets::picker::{Item, Picker, PickerResult};

impl Form {
    /// Opens the list of the focused field, if it has one.
    pub(super) fn open_list(&mut self, cx: &Context<'_>) {
        self.warned = false;
        self.picker = match self.focused() {
            Some(FieldKind::Credential) => {
                let all = Choice::all(cx, &self.provider);
                let item = |(at, choice): (usize, &Choice)| {
                    let (text, status, _) = choice.shown(cx);
                    let beside = status.trim_start_matches([' ', '·']).to_owned();
                    item(at, &text, &beside, *choice == self.credential)
                };
                Some(Picker::one("Credential", all.iter().enumerate().map(item).collect()))
            }
            Some(FieldKind::Format) => {
                let item = |(at, format): (usize, Format)| item(at, format_label(format), "", format == self.format);
                Some(Picker::one("Format", FORMATS.into_iter().enumerate().map(item).collect()))
            }
            Some(FieldKind::AcceptGone) => {
                let item = |(at, gone): (usize, bool)| item(at, gone_label(gone), "", gone == self.accept_gone);
                Some(Picker::one("Gone records", GONE.into_iter().enumerate().map(item).collect()))
            }
            _ => None,
        };
    }

    /// Handles an input while the list is open.
    pub(super) fn choose(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        let Some(picker) = &mut self.picker else { return Vec::new() };
        let values = match picker.update(cx, input) {
            PickerResult::Nothing | PickerResult::Typed(_) => return Vec::new(),
            PickerResult::Left => Vec::new(),
            PickerResult::Values(values) => values,
        };
        self.picker = None;
        let Some(place) = values.first().and_then(|value| value.parse::<usize>().ok()) else { return Vec::new() };
        match self.focused() {
            Some(FieldKind::Credential) => {
                let all = Choice::all(cx, &self.provider);
                self.credential = all.get(place).copied().unwrap_or(Choice::None);
            }
            Some(FieldKind::Format) => self.format = FORMATS.get(place).copied().unwrap_or_default(),
            Some(FieldKind::AcceptGone) => self.accept_gone = GONE.get(place).copied().unwrap_or_default(),
            _ => return Vec::new(),
        }
        self.changed = true;
        self.slots.get_mut(self.focus).into_iter().for_each(|slot| slot.error = None);
        let creates = self.focused() == Some(&FieldKind::Credential) && self.credential == Choice::Create;
        if creates { self.create_credential() } else { Vec::new() }
    }
}

const FORMATS: [Format; 2] = [Format::Ndjson, Format::Csv];
const GONE: [bool; 2] = [false, true];

/// An item of a list, with its index as the value.
fn item(place: usize, text: &str, beside: &str, chosen: bool) -> Item {
    Item { value: place.to_string(), text: text.to_owned(), beside: beside.to_owned(), chosen, ..Item::default() }
}

pub(super) fn format_label(format: Format) -> &'static str {
    match format {
        Format::Csv => "CSV",
        Format::Ndjson => "NDJSON",
    }
}

pub(super) fn gone_label(accept: bool) -> &'static str {
    if accept {
        "replace the file, however many were removed"
    } else {
        "keep the file if >10 records and >10 % are missing"
    }
}
