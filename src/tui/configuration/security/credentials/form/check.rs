//! Checks the form's fields, and builds the draft.

use super::field::FieldKind;
use super::{Form, Purpose};
use crate::engine::ops::credentials::Draft;
use crate::engine::ops::setup::check_redirect_uri;
use crate::model::credential::{Client, ClientId, Name};
use crate::tui::context::Context;
use crate::tui::present::in_full;

impl Form {
    /// Checks every field.
    pub(super) fn check(&mut self, cx: &Context<'_>) {
        let own = if let Purpose::Edit(id) = self.purpose { Some(id) } else { None };
        let Some(provider) = cx.catalog.by_id(&self.provider) else { return };
        let has_secret = self.has_client_secret || !provider.needs_client_secret;
        for slot in &mut self.slots {
            let text = slot.field.text().trim().to_owned();
            slot.error = match &slot.of {
                FieldKind::Name => match Name::parse(&text) {
                    Err(error) => Some(error.to_string()),
                    Ok(name) if cx.snapshot.credentials.has_name(&name, own) => {
                        Some("Another credential has this name.".to_owned())
                    }
                    Ok(_) => None,
                },
                FieldKind::ExpiresOn if !text.is_empty() && text.parse::<jiff::civil::Date>().is_err() => {
                    Some("Write the day as 2027-02-01, or leave it empty.".to_owned())
                }
                FieldKind::RedirectUri if !text.is_empty() => {
                    check_redirect_uri(&text).err().map(|problem| in_full(&problem))
                }
                FieldKind::ClientId if text.is_empty() => Some("Copy it from the provider's console.".to_owned()),
                FieldKind::ClientSecret if slot.field.secret().is_blank() && !has_secret => {
                    Some("Copy it from the provider's console.".to_owned())
                }
                FieldKind::Secret(name) if slot.field.secret().is_blank() => {
                    let free = self.kept.contains(name) || provider.variable(name).is_some_and(|known| known.optional);
                    (!free).then(|| "Copy it from the provider's console.".to_owned())
                }
                FieldKind::Variable(name) => match provider.variable(name).map(|variable| variable.normalize(&text)) {
                    // The error does not list the choices, because Enter opens the list.
                    Some(Err(problem)) if provider.variable(name).is_some_and(|known| !known.choices.is_empty()) => {
                        let text = format!("{} {}", problem.what, problem.why);
                        Some(format!("{} Press enter for the list.", text.trim()))
                    }
                    Some(Err(problem)) => Some(in_full(&problem)),
                    _ => None,
                },
                _ => None,
            };
        }
    }

    /// The redirect URI as typed, or the catalog's if the field is empty.
    pub(super) fn redirect_uri(&self, cx: &Context<'_>) -> String {
        let typed =
            self.slots.iter().find(|slot| slot.of == FieldKind::RedirectUri).map(|slot| slot.field.text().trim());
        let of_catalog = || {
            let provider = cx.catalog.by_id(&self.provider);
            provider.map_or_else(String::new, |known| known.redirect_uri(cx.workspace.settings.redirect_port))
        };
        match typed {
            Some("") => of_catalog(),
            Some(typed) => typed.to_owned(),
            None => self.stored_redirect_uri.clone(),
        }
    }

    /// The draft to save. Call `check` first, which refuses invalid input.
    pub(super) fn draft(&self, cx: &Context<'_>) -> Draft {
        let mut draft = Draft { provider: self.provider.clone(), ..Draft::default() };
        draft.setup.redirect_uri = self.redirect_uri(cx);
        let mut client = Client { id: ClientId(String::new()), secret: None };
        for slot in &self.slots {
            let text = slot.field.text().trim().to_owned();
            match &slot.of {
                FieldKind::Name => draft.name = text,
                FieldKind::Description => draft.details.description = text,
                FieldKind::Owner => draft.details.owner = text,
                FieldKind::Tags => draft.details.tags = split_words(&text, ','),
                // `check` has already refused a text that is not a date.
                FieldKind::ExpiresOn => draft.details.expires_on = text.parse().ok(),
                FieldKind::Browser => draft.details.browser = text,
                FieldKind::ClientId => client.id.0 = text,
                FieldKind::Secret(name) if !slot.field.is_empty() => {
                    draft.setup.secrets.insert(name.clone(), slot.field.secret());
                }
                FieldKind::ClientSecret if !slot.field.is_empty() => client.secret = Some(slot.field.secret().into()),
                FieldKind::Variable(name) => {
                    let variable = cx.catalog.by_id(&self.provider).and_then(|provider| provider.variable(name));
                    let value = variable.and_then(|variable| variable.normalize(&text).ok());
                    draft.setup.variables.insert(name.clone(), value.map_or(text, |value| value.value));
                }
                FieldKind::Scopes => {
                    draft.setup.scopes = text.split([' ', ',']).filter(|s| !s.is_empty()).map(str::to_owned).collect();
                }
                FieldKind::ClientSecret
                | FieldKind::Secret(_)
                | FieldKind::RedirectUri
                | FieldKind::AuthenticateButton
                | FieldKind::SaveButton => {}
            }
        }
        draft.setup.client = client;
        draft
    }
}

fn split_words(text: &str, separator: char) -> Vec<String> {
    text.split(separator).map(str::trim).filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::super::super::fixture::Fixture;
    use super::*;

    #[test]
    fn a_redirect_uri_of_ones_own_is_checked_saved_and_explained() {
        let fixture = Fixture::new();
        let cx = fixture.cx();
        let mut form = Form::new(&cx, "manageengine").unwrap();
        let of_catalog = form.redirect_uri(&cx);
        let at = form.slots.iter().position(|slot| slot.of == FieldKind::RedirectUri).unwrap();
        form.focus = at;
        form.slots[at].field.set("http://0.0.0.0:1/");
        form.check(&cx);
        assert!(form.slots[at].error.as_ref().is_some_and(|error| error.contains("no browser can reach")));
        let page = "https://auth.acme.example/credenza/";
        form.slots[at].field.set(page);
        form.check(&cx);
        assert_eq!(form.slots[at].error, None);
        assert_eq!(form.draft(&cx).setup.redirect_uri, page);
        let frame = fixture.draw(&form, 120, 40);
        assert!(frame.contains("register your page; it leads back here"), "{frame}");
        form.slots[at].field.set("");
        assert_eq!(form.draft(&cx).setup.redirect_uri, of_catalog);
    }
}
