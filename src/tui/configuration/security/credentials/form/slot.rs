//! The fields of the form, in the order in which tab visits them.

use crate::catalog::{Grant, Provider, Variable};
use crate::credential::{Details, Setup};
use crate::tui::context::Context;
use crate::tui::widgets::text_field::TextField;

/// What a field is for.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Of {
    Name,
    Description,
    Owner,
    Tags,
    ExpiresOn,
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
        matches!(self, Self::Name | Self::Description | Self::Owner | Self::Tags | Self::ExpiresOn)
    }

    pub(super) fn is_button(&self) -> bool {
        matches!(self, Self::AuthenticateButton | Self::SaveButton)
    }
}

impl Slot {
    /// What the field is for, as heading and text.
    pub(super) fn about(&self, cx: &Context<'_>, provider: &str) -> (String, String) {
        let text = match &self.of {
            Of::Name => {
                "What you and your scripts call it: credenza token NAME. It can be changed at any time.".to_owned()
            }
            Of::Description => "What it is for, in your words. Nobody but you sees it.".to_owned(),
            Of::Owner => "Whom to ask about it: a person or a team.".to_owned(),
            Of::Tags => "Words to find it by, apart by commas. The filter finds them.".to_owned(),
            Of::ExpiresOn => "The day on which the client secret ends, as the provider's console says, such as \
                              2027-02-01. You are reminded two weeks before."
                .to_owned(),
            Of::ClientId => "It names the application you registered at the provider. Copy it from the provider's \
                             console, whole."
                .to_owned(),
            Of::ClientSecret => "It proves that a request comes from that application. It is shown once by most \
                                 consoles. Paste it: it stays hidden, ctrl-t shows it."
                .to_owned(),
            Of::Variable(name) => {
                let variable = cx.catalog.by_id(provider).and_then(|provider| provider.variable(name));
                variable.map_or_else(String::new, about_variable)
            }
            Of::Scopes => "What the credential will be allowed to do, apart by blanks. The ones the integration needs \
                           are filled in."
                .to_owned(),
            Of::AuthenticateButton => match cx.catalog.by_id(provider).map(|provider| provider.grant) {
                Some(Grant::ClientCredentials) => "Saves, and asks the provider for the first access token.",
                Some(Grant::DeviceCode) => "Saves, and shows a code to enter in any browser.",
                _ => "Saves, and opens the consent page in the browser.",
            }
            .to_owned(),
            Of::SaveButton => "Saves. It can be authenticated later: a in the table.".to_owned(),
        };
        let name = self.label.trim_matches(['[', ']', ' ', '*']);
        (format!("This field: {name}"), text)
    }
}

fn about_variable(variable: &Variable) -> String {
    let mut text = variable.help.clone();
    if !variable.example.is_empty() {
        text = format!("{text} Example: {}.", variable.example);
    }
    if !variable.choices.is_empty() {
        text = format!("{text} One of {}.", variable.choice_list());
    }
    text
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
        slot(Of::ExpiresOn, "Secret expires", &details.expires_on.map_or_else(String::new, |day| day.to_string())),
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
