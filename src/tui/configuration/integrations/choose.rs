//! Chooses the credential of an integration: one of the provider's existing credentials, or a new one.

use std::collections::BTreeSet;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use super::{candidates, known, labels, present, provider_name};
use crate::engine::event::JobEvent;
use crate::engine::operation::Operation;
use crate::model::credential::{Credential, CredentialId};
use crate::model::integration::IntegrationId;
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::Route;
use crate::tui::view::View;
use crate::tui::widgets::list::{marker, moved, window};
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::{cell, centered, clear, cut, named, pane, paragraph, split_top};

const KEYS: &[Key] = &[
    Key::new(
        &[Press::plain(KeyCode::Enter), Press::char('>')],
        Action::Accept,
        "choose",
        "Sign in with the selected one",
    ),
    Key::new(&[Press::char('+'), Press::char('n')], Action::AddCredential, "create", "Create a credential and return"),
    Key::new(&[Press::char('a')], Action::Authenticate, "authenticate", "Authenticate the selected one, and come back"),
    Key::new(&[Press::char('o')], Action::OpenCredential, "open", "Open the page of the selected one"),
    motion_keys::UP,
    motion_keys::DOWN,
    motion_keys::PAGE_UP,
    motion_keys::PAGE_DOWN,
    motion_keys::FIRST,
    Key::new(&[Press::plain(KeyCode::End)], Action::Last, "", "Last row"),
];

/// Width of the status.
const STATUS: usize = 26;

#[derive(Debug)]
pub(crate) struct Choose {
    id: IntegrationId,
    provider: String,
    selected: Option<CredentialId>,
    /// The credentials at the previous read. One that is not among them was created for this integration.
    seen: BTreeSet<CredentialId>,
    work: Option<OperationId>,
}

impl Choose {
    /// Opens the list of the credentials that this integration can use.
    /// # Errors
    /// `Kind::NotFound` if the integration was deleted, or its provider is not in the catalog.
    pub(crate) fn new(cx: &Context<'_>, id: IntegrationId) -> Result<Self, Problem> {
        let one = present(cx, id)?;
        known(cx, &one.provider)?;
        let seen = candidates(cx, &one.provider).iter().map(|credential| credential.id).collect();
        Ok(Self { id, provider: one.provider.clone(), selected: one.setup.credential, seen, work: None })
    }

    fn at(&self, list: &[&Credential]) -> usize {
        list.iter().position(|credential| Some(credential.id) == self.selected).unwrap_or_default()
    }

    fn current<'a>(&self, cx: &Context<'a>) -> Option<&'a Credential> {
        let list = candidates(cx, &self.provider);
        list.get(self.at(&list)).copied()
    }

    fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        let list = candidates(cx, &self.provider);
        if let Some(at) = moved(self.at(&list), list.len(), 8, action) {
            self.selected = list.get(at).map(|credential| credential.id);
            return Vec::new();
        }
        let chosen = self.current(cx).map(|credential| credential.id);
        match (action, chosen) {
            (Action::AddCredential, _) => {
                vec![Effect::Open(Route::NewCredential { provider: self.provider.clone() })]
            }
            (Action::Authenticate, Some(credential)) => vec![Effect::Open(Route::Authenticate(credential))],
            (Action::OpenCredential, Some(credential)) => vec![Effect::Open(Route::Details(credential))],
            (Action::Accept, Some(credential)) => {
                self.work = Some(cx.operation);
                vec![Effect::Work(cx.operation, Operation::ChooseCredential(self.id, credential))]
            }
            _ => Vec::new(),
        }
    }

    fn finished(&mut self, cx: &Context<'_>, result: Result<(), Problem>) -> Vec<Effect> {
        self.work = None;
        if let Err(problem) = result {
            return vec![Effect::Notice(Notice::Failed(problem))];
        }
        let name = self.current(cx).map(|credential| credential.name.to_string()).unwrap_or_default();
        let done = format!("Now using \"{name}\". Press t to run a test, u to undo.");
        vec![Effect::Back, Effect::Notice(Notice::Done(done))]
    }

    fn view_list(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, list: &[&Credential]) {
        let used = cx.snapshot.integrations.by_id(self.id).and_then(|one| one.setup.credential);
        let (at, alike) = (self.at(list), &cx.tally.credentials_alike);
        for (row, index) in window(at, list.len(), area.height).enumerate() {
            let Some(credential) = list.get(index) else { continue };
            let base = cx.theme.in_row(index == at, cx.theme.text);
            let (status, style) = labels::status(cx, credential);
            let now = if used == Some(credential.id) { " (now)" } else { "" };
            let room = usize::from(area.width).saturating_sub(2 + STATUS);
            let name = format!(
                "{}{now}",
                named(&credential.name, alike.short_id(credential.id), room.saturating_sub(1 + now.len()))
            );
            let line = Line::from(vec![
                Span::styled(marker(index == at), base),
                Span::styled(cell(&name, room), base),
                Span::styled(cell(&status, STATUS), cx.theme.in_row(index == at, style)),
            ]);
            let y = area.y.saturating_add(u16::try_from(row).unwrap_or(u16::MAX));
            frame.render_widget(line, Rect { y, height: 1, ..area });
        }
    }
}

impl View for Choose {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Choose credential".to_owned()
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

    fn asks_for_credential(&self) -> bool {
        true
    }

    fn reread(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        let (list, mut effects) = (candidates(cx, &self.provider), Vec::new());
        if let Some(new) = list.iter().rev().find(|credential| !self.seen.contains(&credential.id)) {
            self.selected = Some(new.id);
            effects
                .push(Effect::Notice(Notice::Done(format!("\"{}\" was created: press enter to choose it.", new.name))));
        }
        self.seen = list.iter().map(|credential| credential.id).collect();
        effects
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        let needs_one = matches!(action, Action::Accept | Action::Authenticate | Action::OpenCredential);
        match action {
            Action::Accept if self.work.is_some() => Some("it is being saved"),
            _ if needs_one && self.current(cx).is_none() => Some("None yet. Press + to create one."),
            _ => None,
        }
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(action) => self.act(cx, action),
            Input::Scroll(rows) => self.act(cx, if rows > 0 { Action::Down } else { Action::Up }),
            Input::Job(_, JobEvent::Finished(result)) => self.finished(cx, result.map(drop)),
            _ => Vec::new(),
        }
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let list = candidates(cx, &self.provider);
        let rows = u16::try_from(list.len()).unwrap_or(u16::MAX);
        let area = centered(area, 76, rows.saturating_add(6).max(10));
        clear(frame, area);
        let name = provider_name(cx, &self.provider);
        let title = format!("Credentials of {name}");
        let inside = pane(cx.theme, frame, area, &title, Line::from(format!(" {} ", list.len())));
        let inside = split_top(inside, 1).1;
        if list.is_empty() {
            let text = format!("No credentials for {name} yet.\n\nPress + to create one and return here.");
            paragraph(frame, inside, &text, cx.theme.text);
            return;
        }
        let (list_area, foot) = split_top(inside, inside.height.saturating_sub(2));
        self.view_list(cx, frame, list_area, &list);
        let text = "What was loaded is kept; an unfinished run starts over.";
        let foot = split_top(foot, foot.height.saturating_sub(1)).1;
        frame.render_widget(Line::styled(cut(text, usize::from(foot.width)), cx.theme.muted), foot);
    }
}
