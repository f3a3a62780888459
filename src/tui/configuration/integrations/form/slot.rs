//! The fields of the form, in the order in which tab visits them.

use std::collections::BTreeSet;

use crate::catalog::{Load, Provider};
use crate::model::integration::{Field, IntegrationSetup, Schedule};
use crate::tui::widgets::text_field::TextField;

/// Longest label of the catalog that stands before a field; a longer one is the note below it.
const MAX_LABEL: usize = 18;

/// What a field is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Of {
    Name,
    /// A kind of record, by its id.
    Load(String),
    Credential,
    /// A value the URL needs, by its name.
    Parameter(String),
    /// A value that narrows the records, by its name.
    Filter(String),
    Folder,
    Format,
    Schedule,
    /// Whether a file may lose any number of records.
    AcceptGone,
    /// Which fields of a kind of record are kept, by its id.
    Fields(String),
    SaveButton,
}

/// A field, and what is wrong with it.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) of: Of,
    pub(super) label: String,
    /// Stands in it while it is empty and has not the focus.
    pub(super) hint: &'static str,
    /// Said below it while it has the focus.
    pub(super) note: String,
    pub(super) field: TextField,
    /// Of a kind of record: whether it is loaded.
    pub(super) chosen: bool,
    pub(super) error: Option<String>,
}

impl Of {
    /// Whether letters are typed into it.
    pub(super) fn is_text(&self) -> bool {
        !matches!(self, Self::Load(_) | Self::Credential | Self::Format | Self::AcceptGone | Self::SaveButton)
    }

    /// Whether it holds one of a list.
    pub(super) fn is_choice(&self) -> bool {
        matches!(self, Self::Credential | Self::Format | Self::AcceptGone)
    }

    /// What the field is for, in words.
    pub(super) fn about(&self) -> &'static str {
        match self {
            Self::Name => {
                "What you and your scripts call it: credenza integration sync NAME. It can be changed any time."
            }
            Self::Load(_) => {
                "A kind of record of this provider. Each becomes a file of its own; one that fails does not hold up the \
                 others. space chooses it, or not."
            }
            Self::Credential => {
                "What it signs in with. space lists the provider's credentials; ctrl-n creates one and comes back with \
                 it, F5 authenticates the one shown."
            }
            Self::Parameter(_) => "A part of the address these records are asked at. They cannot be loaded without it.",
            Self::Filter(_) => {
                "Sent with each call where it has a value, so that the provider gives only these records."
            }
            Self::Folder => {
                "Where the files go: one a kind of record, replaced whole once all were read. Without one only credenza \
                 integration sync NAME --output - loads, to standard output."
            }
            Self::Format => {
                "NDJSON is one JSON object a line; CSV has a header line, and nested objects flattened by dots."
            }
            Self::Schedule => {
                "When it runs by itself: by hand, 30m, 6h, 2d, or a time of day such as 06:30. A timer has to call \
                 credenza integration sync --due."
            }
            Self::AcceptGone => {
                "What a run does when every record is gone since the last run, or more than 10 and more than 10 %: keeps the \
                 file and says so, or replaces it. After a change of the filters it is replaced in any case."
            }
            Self::Fields(_) => {
                "Which fields are kept, separated by commas: device_id, user.email=email keeps one under another name. Empty: \
                 all, as they come. A Test Run shows which there are."
            }
            Self::SaveButton => "Saves. A Test Run (t) shows the first records before anything is written.",
        }
    }
}

fn slot(of: Of, label: &str, note: &str, text: &str) -> Slot {
    let (label, note) = (label.to_owned(), note.to_owned());
    let hint = match of {
        Of::Filter(_) => "all",
        Of::Fields(_) => "all, as they come",
        Of::Folder => "none yet",
        Of::Schedule => "by hand",
        _ => "",
    };
    Slot { of, label, hint, note, field: TextField::new(text), chosen: false, error: None }
}

/// All fields, filled from what is known. Those of a kind of record that is not chosen are there, and not shown.
pub(super) fn of(provider: &Provider, name: &str, setup: &IntegrationSetup) -> Vec<Slot> {
    let mut slots = vec![slot(Of::Name, "Name *", "1 to 80 characters, unique among the integrations", name)];
    for (at, load) in provider.loads.iter().enumerate() {
        let label = if at == 0 { "Loads *" } else { "" };
        let chosen = setup.loads.contains(&load.id);
        slots.push(Slot { chosen, ..slot(Of::Load(load.id.clone()), label, "", "") });
    }
    slots.push(slot(Of::Credential, "Credential", "", ""));
    slots.extend(named(provider, setup));
    slots.push(slot(Of::Folder, "Folder", "a path from the root or ~/; a schedule needs one", &setup.folder));
    slots.push(slot(Of::Format, "Format", "", ""));
    let schedule = if setup.schedule == Schedule::ByHand { String::new() } else { setup.schedule.to_string() };
    slots.push(slot(Of::Schedule, "Schedule", "by hand, 30m, 6h, 2d, or a time of day such as 06:30", &schedule));
    slots.push(slot(Of::AcceptGone, "Gone records", "", ""));
    for load in &provider.loads {
        let fields = setup.fields.get(&load.id).map(Vec::as_slice).unwrap_or_default();
        let fields = fields.iter().map(Field::in_words).collect::<Vec<_>>().join(", ");
        let label = format!("Fields: {}", load.label);
        let note = "separated by commas, PATH or PATH=NAME; empty: all";
        slots.push(slot(Of::Fields(load.id.clone()), &label, note, &fields));
    }
    slots.push(slot(Of::SaveButton, "[ Save ]", "", ""));
    slots
}

/// One a parameter or filter, also where more than one kind of record takes it.
fn named(provider: &Provider, setup: &IntegrationSetup) -> Vec<Slot> {
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
                slot(Of::Parameter(name.clone()), &format!("{title} *"), note, value)
            } else {
                let note = if note.is_empty() { "empty: all" } else { note };
                slot(Of::Filter(name.clone()), &title, note, value)
            });
        }
    }
    slots
}

/// The label before the field, and the rest of it for below: "Platform: ios, android" is both.
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

/// Whether one of these kinds of record takes this name.
pub(super) fn is_taken(loads: &[&Load], name: &str) -> bool {
    loads.iter().any(|load| load.named().any(|(known, _)| known == name))
}

/// Whether one of these kinds of record cannot be asked for without this name.
pub(super) fn needs(loads: &[&Load], name: &str) -> bool {
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
