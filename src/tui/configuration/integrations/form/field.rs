//! The fields of the form, in the order in which Tab visits them.

use std::collections::BTreeSet;

use crate::catalog::{Provider, RecordType};
use crate::model::integration::{Field, IntegrationSetup, Schedule};
use crate::tui::widgets::text_field::TextField;

/// Longest label from the catalog that is shown before a field; a longer label becomes the note below the field.
const MAX_LABEL: usize = 18;

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum FieldKind {
    Name,
    /// A record type, by its id.
    RecordType(String),
    Credential,
    /// A value that the URL requires, by its name.
    Parameter(String),
    /// An optional value that limits which records are returned, by its name.
    Filter(String),
    Folder,
    Format,
    Schedule,
    /// Whether a file is replaced no matter how many of its records are gone.
    AcceptGone,
    /// The fields of a record type that are written, by the id of the record type.
    Fields(String),
    SaveButton,
}

/// A field and its error.
#[derive(Debug)]
pub(super) struct FormField {
    pub(super) of: FieldKind,
    pub(super) label: String,
    /// Shown in the field while it is empty and not focused.
    pub(super) hint: &'static str,
    /// Shown below the field while it is focused.
    pub(super) note: String,
    pub(super) field: TextField,
    /// For a record type: whether it is selected.
    pub(super) chosen: bool,
    pub(super) error: Option<String>,
}

impl FieldKind {
    /// Whether text can be typed into the field.
    pub(super) fn is_text(&self) -> bool {
        !matches!(self, Self::RecordType(_) | Self::Credential | Self::Format | Self::AcceptGone | Self::SaveButton)
    }

    /// Whether the value is chosen from a list.
    pub(super) fn is_choice(&self) -> bool {
        matches!(self, Self::Credential | Self::Format | Self::AcceptGone)
    }

    /// What the field is for.
    pub(super) fn about(&self) -> &'static str {
        match self {
            Self::Name => "The name in your scripts: credenza integration sync NAME. You can change it at any time.",
            Self::RecordType(_) => {
                "A record type of this provider. Each is written to its own file; if one fails, the others still run. \
                 Space selects it or not."
            }
            Self::Credential => {
                "The credential to sign in with. Space lists the provider's credentials, ctrl-n creates one, F5 \
                 authenticates the one shown."
            }
            Self::Parameter(_) => "Part of the address of these records. Required to load them.",
            Self::Filter(_) => {
                "If set, it is sent with each request, so that the provider returns only matching records."
            }
            Self::Folder => {
                "The folder for the files: one per record type, replaced once all records were read. Without a \
                 folder, only credenza integration sync NAME --output - works (standard output)."
            }
            Self::Format => {
                "NDJSON has one JSON object per line; CSV has a header line, and nested objects are flattened with \
                 dots."
            }
            Self::Schedule => {
                "When it runs: manual, 30m, 6h, 2d, or a time of day such as 06:30. A timer must call credenza \
                 integration sync --due."
            }
            Self::AcceptGone => {
                "What to do if all records are missing since the last sync, or more than 10 records and 10 %: keep the \
                 old file and report it, or replace the file. After a change of the filters, the file is always \
                 replaced."
            }
            Self::Fields(_) => {
                "The fields to keep, separated by commas; user.email=email renames one. Empty: all fields, \
                 unmodified. A Test Run lists them."
            }
            Self::SaveButton => "Save. A Test Run (t) shows the first records before anything is written.",
        }
    }
}

fn slot(of: FieldKind, label: &str, note: &str, text: &str) -> FormField {
    let (label, note) = (label.to_owned(), note.to_owned());
    let hint = match of {
        FieldKind::Filter(_) => "not set",
        FieldKind::Fields(_) => "all, unmodified",
        FieldKind::Folder => "none yet",
        FieldKind::Schedule => "manual",
        _ => "",
    };
    FormField { of, label, hint, note, field: TextField::new(text), chosen: false, error: None }
}

/// All fields, filled with the known values. Those of record types that are not selected exist, but are not shown.
pub(super) fn of(provider: &Provider, name: &str, setup: &IntegrationSetup) -> Vec<FormField> {
    let mut slots = vec![slot(FieldKind::Name, "Name *", "1 to 80 characters, unique among the integrations", name)];
    for (at, load) in provider.loads.iter().enumerate() {
        let label = if at == 0 { "Record types *" } else { "" };
        let chosen = setup.loads.contains(&load.id);
        slots.push(FormField { chosen, ..slot(FieldKind::RecordType(load.id.clone()), label, "", "") });
    }
    slots.push(slot(FieldKind::Credential, "Credential", "", ""));
    slots.extend(named(provider, setup));
    slots.push(slot(FieldKind::Folder, "Folder", "absolute path or ~/…; required for a schedule", &setup.folder));
    slots.push(slot(FieldKind::Format, "Format", "", ""));
    let schedule = if setup.schedule == Schedule::ByHand { String::new() } else { setup.schedule.to_string() };
    slots.push(slot(FieldKind::Schedule, "Schedule", "manual, 30m, 6h, 2d, or a time of day such as 06:30", &schedule));
    slots.push(slot(FieldKind::AcceptGone, "Gone records", "", ""));
    for load in &provider.loads {
        let fields = setup.fields.get(&load.id).map(Vec::as_slice).unwrap_or_default();
        let fields = fields.iter().map(Field::in_words).collect::<Vec<_>>().join(", ");
        let label = format!("Fields: {}", load.label);
        let note = "separated by commas, PATH or PATH=NAME; empty: all";
        slots.push(slot(FieldKind::Fields(load.id.clone()), &label, note, &fields));
    }
    slots.push(slot(FieldKind::SaveButton, "[ Save ]", "", ""));
    slots
}

/// One field for each parameter and filter, even if several record types use it.
fn named(provider: &Provider, setup: &IntegrationSetup) -> Vec<FormField> {
    let (mut slots, mut seen) = (Vec::new(), BTreeSet::new());
    for load in &provider.loads {
        let parameters = load.parameters.iter().map(|named| (named, true));
        for ((name, label), needed) in parameters.chain(load.filters.iter().map(|named| (named, false))) {
            if !seen.insert(name) {
                continue;
            }
            let value = setup.parameters.get(name).map_or("", String::as_str);
            let (title, note) = titled(name, label);
            slots.push(if needed {
                slot(FieldKind::Parameter(name.clone()), &format!("{title} *"), note, value)
            } else {
                let note = if note.is_empty() { "empty: all records" } else { note };
                slot(FieldKind::Filter(name.clone()), &title, note, value)
            });
        }
    }
    slots
}

/// Splits a label from the catalog into the label before the field and the note below it: "Platform: ios, android"
/// becomes "Platform" and "ios, android".
fn titled<'a>(name: &str, label: &'a str) -> (String, &'a str) {
    match label.split_once(": ") {
        _ if label.chars().count() <= MAX_LABEL => (label.to_owned(), ""),
        Some((title, note)) if title.chars().count() <= MAX_LABEL => (title.to_owned(), note),
        _ => {
            let words = name.replace('_', " ");
            let mut letters = words.chars();
            let first = letters.next().map(|c| c.to_ascii_uppercase());
            (first.into_iter().chain(letters).collect(), label)
        }
    }
}

/// Whether one of these record types uses this parameter or filter.
pub(super) fn is_taken(loads: &[&RecordType], name: &str) -> bool {
    loads.iter().any(|load| load.named().any(|(known, _)| known == name))
}

/// Whether one of these record types requires this parameter or filter.
pub(super) fn needs(loads: &[&RecordType], name: &str) -> bool {
    loads.iter().any(|load| load.parameters.iter().any(|(known, _)| known == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_label_becomes_a_short_one_and_a_note() {
        assert_eq!(titled("portal", "Portal"), ("Portal".to_owned(), ""));
        assert_eq!(titled("platform", "Platform: ios, android"), ("Platform".to_owned(), "ios, android"));
        let long = "true leaves removed devices out";
        assert_eq!(titled("exclude_removed", long), ("Exclude removed".to_owned(), long));
    }
}
