//! The fields of the form, in the order in which tab visits them.

use crate::catalog::Provider;
use crate::credential::{Details, Setup};
use crate::tui::widgets::text_field::TextField;

/// What a field is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Of {
    Name,
    Description,
    Owner,
    Tags,
    ClientId,
    ClientSecret,
    Variable(String),
    Scopes,
    AuthenticateButton,
    SaveButton,
}

/// A field, and what is wrong with it.
#[derive(Debug)]
pub(super) struct Slot {
    pub(super) of: Of,
    pub(super) label: String,
    pub(super) field: TextField,
    pub(super) error: Option<String>,
}

impl Of {
    pub(super) fn is_information(&self) -> bool {
        matches!(self, Self::Name | Self::Description | Self::Owner | Self::Tags)
    }

    pub(super) fn is_button(&self) -> bool {
        matches!(self, Self::AuthenticateButton | Self::SaveButton)
    }
}

/// All fields, filled from what is known.
pub(super) fn of(provider: &Provider, name: &str, details: &Details, setup: &Setup) -> Vec<Slot> {
    let slot =
        |of, label: &str, text: &str| Slot { of, label: label.to_owned(), field: TextField::new(text), error: None };
    let mut slots = vec![
        slot(Of::Name, "Name *", name),
        slot(Of::Description, "Description", &details.description),
        slot(Of::Owner, "Owner", &details.owner),
        slot(Of::Tags, "Tags", &details.tags.join(", ")),
        slot(Of::ClientId, "Client ID *", &setup.client.id.0),
    ];
    let label = if provider.needs_client_secret { "Client Secret *" } else { "Client Secret" };
    slots.push(Slot { field: TextField::masked(), ..slot(Of::ClientSecret, label, "") });
    for variable in &provider.variables {
        let value = setup.variables.get(&variable.name).or(variable.default.as_ref());
        let star = if variable.optional { "" } else { " *" };
        let of = Of::Variable(variable.name.clone());
        slots.push(slot(of, &format!("{}{star}", variable.label), value.map_or("", String::as_str)));
    }
    slots.push(slot(Of::Scopes, "Scopes", &setup.scopes.join(" ")));
    slots.push(slot(Of::AuthenticateButton, "[ Authenticate ]", ""));
    slots.push(slot(Of::SaveButton, "[ Save ]", ""));
    slots
}
