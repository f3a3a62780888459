//! The menu for copying parts of a credential. Copying a secret is logged, and the clipboard is cleared later.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::curl::curl_line;
use super::{present, secrets};
use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::model::credential::{Credential, CredentialId};
use crate::printable::{printable, shell_word};
use crate::problem::{Kind, Problem};
use crate::tui::context::Context;
use crate::tui::effect::{Copyable, Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, CopyPart, Key, Press};
use crate::tui::view::View;
use crate::tui::widgets::list::{marker, moved};
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::{cell, centered, clear, pane};

/// Width of the menu.
const WIDTH: u16 = 72;

/// Longest value that the menu shows, in characters.
const MAX_SHOWN: usize = 120;

/// The keys with a letter are the rows of the menu, in this order.
const KEYS: &[Key] = &[
    Key::new(&[Press::char('t')], Action::CopyPart(CopyPart::Token), "", "Copy a fresh access token, or the key"),
    Key::new(&[Press::char('i')], Action::CopyPart(CopyPart::ClientId), "", "Copy the client ID"),
    Key::new(&[Press::char('s')], Action::CopyPart(CopyPart::Secret), "", "Copy the stored secret; it is logged"),
    Key::new(&[Press::char('u')], Action::CopyPart(CopyPart::RedirectUri), "", "Copy the redirect URI"),
    Key::new(&[Press::char('l')], Action::CopyPart(CopyPart::ScriptLine), "", "Copy the command that prints its token"),
    Key::new(
        &[Press::char('r')],
        Action::CopyPart(CopyPart::CurlLine),
        "",
        "Copy a curl line without the secret in it",
    ),
    Key::new(&[Press::char('o')], Action::CopyPart(CopyPart::Scopes), "", "Copy the scopes"),
    Key::new(&[Press::char('n')], Action::CopyPart(CopyPart::Name), "", "Copy the name"),
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "copy", "Copy what is selected"),
    motion_keys::UP,
    motion_keys::DOWN,
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "close", "Close the menu; nothing is copied"),
];

#[derive(Debug)]
pub(crate) struct CopyMenu {
    id: CredentialId,
    selected: usize,
    /// The operation that reads the URL for the curl command, while it runs.
    work: Option<OperationId>,
}

impl CopyMenu {
    /// Opens the menu of this credential.
    /// # Errors
    /// `Kind::NotFound` if it was deleted.
    pub(crate) fn open(cx: &Context<'_>, id: CredentialId) -> Result<Self, Problem> {
        present(cx, id)?;
        Ok(Self { id, selected: 0, work: None })
    }

    /// Copies a part. The menu closes at once, unless the part has to be prepared first.
    fn copy(&mut self, cx: &Context<'_>, part: CopyPart) -> Vec<Effect> {
        let Some(credential) = cx.snapshot.credentials.by_id(self.id) else { return vec![Effect::Back] };
        let plain = |what, text: String| vec![Effect::Back, Effect::Copy(Copyable::Plain { what, text })];
        let setup = &credential.setup;
        match part {
            CopyPart::Token => vec![Effect::Back, Effect::Work(cx.operation, Operation::CopyToken(self.id))],
            CopyPart::Secret => vec![Effect::Back, Effect::Work(cx.operation, Operation::CopySecret(self.id))],
            CopyPart::ClientId => plain("the client ID", setup.client.id.0.clone()),
            CopyPart::RedirectUri => plain("the redirect URI", setup.redirect_uri.clone()),
            CopyPart::ScriptLine => plain("the command", script_line(credential)),
            CopyPart::Scopes => plain("the scopes", setup.scopes.join(" ")),
            CopyPart::Name => plain("the name", credential.name.to_string()),
            CopyPart::CurlLine => {
                self.work = Some(cx.operation);
                vec![Effect::Work(cx.operation, Operation::ReadTestAddress(self.id))]
            }
        }
    }

    fn written(&mut self, cx: &Context<'_>, result: Result<Outcome, Problem>) -> Vec<Effect> {
        self.work = None;
        let line = result.and_then(|outcome| {
            let url = if let Outcome::TestAddress(url) = outcome { url } else { None };
            let credential = present(cx, self.id)?;
            let provider = cx.catalog.by_id(&credential.provider).ok_or_else(|| {
                Problem::new(Kind::NotFound, format!("The catalog has no integration {}.", credential.provider))
            })?;
            curl_line(provider, credential, url.as_deref())
        });
        let effect = match line {
            Ok(text) => Effect::Copy(Copyable::Plain { what: "the curl line", text }),
            Err(problem) => Effect::Notice(Notice::Failed(problem)),
        };
        vec![Effect::Back, effect]
    }
}

impl View for CopyMenu {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Copy".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.work
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        let part = match action {
            Action::CopyPart(part) => Some(part),
            Action::Accept => parts().nth(self.selected).map(|(_, part)| part),
            _ => None,
        };
        missing(cx.snapshot.credentials.by_id(self.id)?, part?)
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::Back) => vec![Effect::Back],
            Input::Do(Action::CopyPart(part)) => self.copy(cx, part),
            Input::Do(Action::Accept) => {
                parts().nth(self.selected).map_or_else(Vec::new, |(_, part)| self.copy(cx, part))
            }
            Input::Do(action) => {
                self.selected = moved(self.selected, parts().count(), 1, action).unwrap_or(self.selected);
                Vec::new()
            }
            Input::Job(_, JobEvent::Finished(result)) => self.written(cx, result),
            _ => Vec::new(),
        }
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let Some(credential) = cx.snapshot.credentials.by_id(self.id) else { return };
        let height = u16::try_from(parts().count() + 2).unwrap_or(u16::MAX);
        let area = centered(area, WIDTH, height);
        clear(frame, area);
        let inside = pane(cx.theme, frame, area, &format!("Copy from {}", credential.name), Line::default());
        for (row, ((key, part), at)) in inside.rows().zip(parts().zip(0..)) {
            let is_selected = at == self.selected;
            let (label, value) = shown(cx, credential, part);
            let value = missing(credential, part).map_or(printable(&value, MAX_SHOWN), |_| "none".to_owned());
            let letter = key.presses.first().map(|press| press.label(cx.theme.ascii)).unwrap_or_default();
            let text = format!("{}{letter}  {} {value}", marker(is_selected), cell(label, 14));
            let style = if missing(credential, part).is_some() { cx.theme.muted } else { cx.theme.text };
            let style = cx.theme.in_row(is_selected, style);
            frame.render_widget(Line::styled(cell(&text, row.width.into()), style), row);
        }
    }
}

fn parts() -> impl Iterator<Item = (&'static Key, CopyPart)> {
    KEYS.iter().filter_map(|key| if let Action::CopyPart(part) = key.action { Some((key, part)) } else { None })
}

/// Why a part cannot be copied.
fn missing(credential: &Credential, part: CopyPart) -> Option<&'static str> {
    let setup = &credential.setup;
    match part {
        CopyPart::Token if credential.tokens.is_none() && !credential.is_static_secret() => {
            Some("It has no token yet. Press a to authenticate.")
        }
        CopyPart::Secret if secrets::main(credential).is_none() => Some("It has no secret."),
        CopyPart::ClientId if setup.client.id.0.is_empty() => Some("It has no client ID."),
        CopyPart::RedirectUri if setup.redirect_uri.is_empty() => Some("It has no redirect URI."),
        CopyPart::Scopes if setup.scopes.is_empty() => Some("It has no scopes."),
        _ => None,
    }
}

/// The label of a part, and its value, or dots for a secret.
fn shown(cx: &Context<'_>, credential: &Credential, part: CopyPart) -> (&'static str, String) {
    let dots = if cx.theme.ascii { "********" } else { "••••••••" };
    let setup = &credential.setup;
    match part {
        CopyPart::Token if credential.is_static_secret() => ("Token or key", dots.to_owned()),
        CopyPart::Token => ("Access token", format!("{dots}  fresh; refreshed if needed")),
        CopyPart::Secret => ("Secret", format!("{dots}  as stored; logged")),
        CopyPart::ClientId => ("Client ID", setup.client.id.0.clone()),
        CopyPart::RedirectUri => ("Redirect URI", setup.redirect_uri.clone()),
        CopyPart::ScriptLine => ("In scripts", script_line(credential)),
        CopyPart::CurlLine => ("curl line", "a call that takes the token from credenza token".to_owned()),
        CopyPart::Scopes => ("Scopes", setup.scopes.join(" ")),
        CopyPart::Name => ("Name", credential.name.to_string()),
    }
}

fn script_line(credential: &Credential) -> String {
    format!("credenza token {}", shell_word(credential.name.as_str()))
}
