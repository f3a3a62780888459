//! The fields of the form, in the order in which Tab visits them.

use crate::catalog::{Provider, Variable};
use crate::model::credential::{Credential, CredentialField, Details, GrantType, MAIN_SECRET, Setup};
use crate::model::record::Record as _;
use crate::tui::context::Context;
use crate::tui::widgets::text_field::TextField;

#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum FieldKind {
    Name,
    Description,
    Owner,
    Tags,
    ExpiresOn,
    Browser,
    ClientId,
    ClientSecret,
    /// A key, token or password, or a secret variable, by its name in the secrets of the setup.
    Secret(String),
    Variable(String),
    Scopes,
    RedirectUri,
    AuthenticateButton,
    SaveButton,
}

/// A field and its error.
#[derive(Debug)]
pub(super) struct FormField {
    pub(super) of: FieldKind,
    pub(super) label: String,
    pub(super) field: TextField,
    pub(super) error: Option<String>,
}

impl FieldKind {
    pub(super) fn is_information(&self) -> bool {
        matches!(self, Self::Name | Self::Description | Self::Owner | Self::Tags | Self::ExpiresOn | Self::Browser)
    }

    pub(super) fn is_button(&self) -> bool {
        matches!(self, Self::AuthenticateButton | Self::SaveButton)
    }

    /// The field of the credential it edits.
    pub(super) fn field(&self) -> Option<CredentialField> {
        Some(match self {
            Self::Name => CredentialField::Name,
            Self::Description => CredentialField::Description,
            Self::Owner => CredentialField::Owner,
            Self::Tags => CredentialField::Tags,
            Self::ExpiresOn => CredentialField::ExpiresOn,
            Self::Browser => CredentialField::Browser,
            Self::ClientId => CredentialField::ClientId,
            Self::ClientSecret => CredentialField::ClientSecret,
            Self::Secret(name) => CredentialField::Secret(name.clone()),
            Self::Variable(name) => CredentialField::Variable(name.clone()),
            Self::Scopes => CredentialField::Scopes,
            Self::RedirectUri => CredentialField::RedirectUri,
            Self::AuthenticateButton | Self::SaveButton => return None,
        })
    }

    pub(super) fn is_secret(&self) -> bool {
        matches!(self, Self::ClientSecret | Self::Secret(_))
    }
}

/// What the Authenticate button does for an integration with this grant.
fn what_authenticate_does(grant: Option<GrantType>) -> &'static str {
    match grant {
        Some(grant) if grant.is_static_secret() => "Save, then test with a read-only call.",
        Some(grant) if grant.uses_client_credentials() => "Save, then request the first access token.",
        Some(GrantType::DeviceCode) => "Save, then show a code to enter in any browser.",
        _ => "Save, then open the consent page in the browser.",
    }
}

impl FormField {
    /// Fills in the stored value. The field of a secret becomes empty, which keeps the stored secret.
    pub(super) fn take(&mut self, stored: &Credential, field: &CredentialField) {
        let separator = if *field == CredentialField::Tags { ", " } else { " " };
        let value = stored.value(field);
        let text = value.clone().into_text().or_else(|| value.into_words().map(|words| words.join(separator)));
        self.field.set(&text.unwrap_or_default());
        self.error = None;
    }

    /// What the field is for, as heading and text.
    pub(super) fn about(&self, cx: &Context<'_>, provider: &str) -> (String, String) {
        let text = match &self.of {
            FieldKind::Name => {
                "The name in your scripts: credenza token NAME. You can change it at any time.".to_owned()
            }
            FieldKind::Description => "What it is for, in your own words. It is not sent to the provider.".to_owned(),
            FieldKind::Owner => "Owner or contact: a person or a team.".to_owned(),
            FieldKind::Tags => "Words for the filter, separated by commas.".to_owned(),
            FieldKind::ExpiresOn => {
                "The day the secret expires according to the provider's console, such as 2027-02-01. You \
                are reminded two weeks before."
                    .to_owned()
            }
            FieldKind::Browser => {
                "The browser or profile to sign in with, if not the default: a command such as firefox -P \
                admin. The address is added at the end, or replaces %s."
                    .to_owned()
            }
            FieldKind::ClientId => {
                "It identifies the application you registered at the provider. Copy all of it from the \
                provider's console."
                    .to_owned()
            }
            FieldKind::ClientSecret => {
                "It proves that a request comes from that application. Most consoles show it only \
                once. Paste it; it stays hidden until you press ctrl-t."
                    .to_owned()
            }
            FieldKind::Secret(name) if name == MAIN_SECRET => {
                "It is sent unchanged with each request. Most consoles show it only once. Paste it; it stays hidden \
                 until you press ctrl-t."
                    .to_owned()
            }
            FieldKind::Variable(name) | FieldKind::Secret(name) => {
                let variable = cx.catalog.by_id(provider).and_then(|provider| provider.variable(name));
                variable.map_or_else(String::new, about_variable)
            }
            FieldKind::Scopes => {
                "What the credential will be allowed to do, separated by spaces. The scopes the integration \
                needs are filled in."
                    .to_owned()
            }
            FieldKind::RedirectUri => {
                "Where the provider sends the browser. Change it only if another one is registered: \
                                another port or path of this machine, or a page of your own (credenza catalog \
                                redirect-page)."
                    .to_owned()
            }
            FieldKind::AuthenticateButton => {
                what_authenticate_does(cx.catalog.by_id(provider).map(|provider| provider.grant)).to_owned()
            }
            FieldKind::SaveButton => "Save now, authenticate later (press a in the list).".to_owned(),
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

/// Fills in a suggested name, which the first typed character replaces.
pub(super) fn propose(slots: &mut [FormField], name: &str) {
    if let Some(slot) = slots.iter_mut().find(|slot| slot.of == FieldKind::Name) {
        slot.field = TextField::new(name).proposed();
    }
}

/// All fields, filled with the known values.
pub(super) fn of(provider: &Provider, name: &str, details: &Details, setup: &Setup) -> Vec<FormField> {
    let slot = |of, label: &str, text: &str| FormField {
        of,
        label: label.to_owned(),
        field: TextField::new(text),
        error: None,
    };
    let mut slots = vec![
        slot(FieldKind::Name, "Name *", name),
        slot(FieldKind::Description, "Description", &details.description),
        slot(FieldKind::Owner, "Owner", &details.owner),
        slot(FieldKind::Tags, "Tags", &details.tags.join(", ")),
        slot(
            FieldKind::ExpiresOn,
            "Secret expires",
            &details.expires_on.map_or_else(String::new, |day| day.to_string()),
        ),
    ];
    if provider.grant.is_consented_to() {
        slots.push(slot(FieldKind::Browser, "Browser", &details.browser));
    }
    let masked = |of, label: &str| FormField { field: TextField::masked(), ..slot(of, label, "") };
    let star = |label: &str, optional: bool| format!("{label}{}", if optional { "" } else { " *" });
    let typed_in = provider.grant.is_static_secret();
    if !typed_in {
        slots.push(slot(FieldKind::ClientId, "Client ID *", &setup.client.id.0));
        slots.push(masked(FieldKind::ClientSecret, &star("Client Secret", !provider.needs_client_secret)));
    }
    for variable in &provider.variables {
        let label = star(&variable.label, variable.optional);
        if variable.secret {
            slots.push(masked(FieldKind::Secret(variable.name.clone()), &label));
        } else {
            let value = setup.variables.get(&variable.name).or(variable.default.as_ref());
            slots.push(slot(FieldKind::Variable(variable.name.clone()), &label, value.map_or("", String::as_str)));
        }
    }
    if typed_in {
        slots.push(masked(FieldKind::Secret(MAIN_SECRET.to_owned()), &star(provider.secret_label(), false)));
    } else {
        slots.push(slot(FieldKind::Scopes, "Scopes", &setup.scopes.join(" ")));
        if provider.grant == GrantType::AuthorizationCode {
            slots.push(slot(FieldKind::RedirectUri, "Redirect URI", &setup.redirect_uri));
        }
    }
    let button = if is_testable_key(provider) { "[ Save and test ]" } else { "[ Authenticate ]" };
    slots.push(slot(FieldKind::AuthenticateButton, button, ""));
    slots.push(slot(FieldKind::SaveButton, "[ Save ]", ""));
    slots
}

/// Whether the static secret can be tested with a call; if so, the test follows saving.
pub(super) fn is_testable_key(provider: &Provider) -> bool {
    provider.grant.is_static_secret() && provider.test_calls().next().is_some()
}

/// Renames the Save button to Create, for the form that ends the walk-through.
pub(super) fn name_buttons(slots: &mut [FormField]) {
    for slot in slots.iter_mut().filter(|slot| slot.of == FieldKind::SaveButton) {
        "[ Create ]".clone_into(&mut slot.label);
    }
}
