//! The dialog that removes a host: explains the consequences, and asks for the passphrase as confirmation.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;

use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::printable::printable;
use crate::problem::{Kind, Problem};
use crate::secret::Passphrase;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::view::{RedrawRate, View};
use crate::tui::widgets::fields::Row;
use crate::tui::widgets::form_dialog::{DialogFrame, FormDialog};
use crate::tui::widgets::text_field::TextField;
use crate::tui::widgets::text_form::CANCEL;

const KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "remove it", "Remove the host, with the passphrase"),
    CANCEL,
];

/// Width of the label.
const LABEL: u16 = 12;

/// Most names of credentials in the dialog.
const MAX_NAMES: usize = 12;

#[derive(Debug)]
pub(crate) struct RemoveHost {
    name: String,
    dialog: FormDialog,
}

impl RemoveHost {
    /// Asks for confirmation to remove this host.
    /// # Errors
    /// `Kind::NotFound` if it was removed.
    pub(crate) fn new(cx: &Context<'_>, name: &str) -> Result<Self, Problem> {
        if !cx.snapshot.hosts.iter().any(|host| host.name == name) {
            return Err(Problem::new(Kind::NotFound, format!("There is no host named \"{name}\".")));
        }
        let dialog = FormDialog::new(vec![("Passphrase", TextField::passphrase())]);
        Ok(Self { name: name.to_owned(), dialog })
    }

    fn text(&self, cx: &Context<'_>) -> Vec<Row> {
        let name = printable(&self.name, 100);
        let mut text = vec![
            Row::new("", format!("Remove \"{name}\"? Its key then no longer opens the vault.")),
            Row::blank(),
            Row::new("", "The host may have kept what it could read, and its key still opens older backups."),
        ];
        let others: Vec<&str> =
            cx.snapshot.hosts.iter().map(|host| host.name.as_str()).filter(|other| *other != self.name).collect();
        if !others.is_empty() {
            let text_of = format!("The other hosts need new identity files: {}.", join_names(&others));
            text.push(Row::new("", text_of).style(cx.theme.warn));
        }
        let credentials: Vec<&str> =
            cx.snapshot.credentials.list.iter().map(|credential| credential.name.as_str()).collect();
        if !credentials.is_empty() {
            let text_of = format!("Change these at their providers if needed: {}.", join_names(&credentials));
            text.push(Row::new("", text_of).style(cx.theme.warn));
        }
        text.push(Row::blank());
        text
    }

    fn finished(&mut self, result: Result<Outcome, Problem>) -> Vec<Effect> {
        match self.dialog.ended(result) {
            Some(Outcome::HostRemoved(left)) => {
                let names: Vec<&str> = left.iter().map(String::as_str).collect();
                let next = if left.is_empty() {
                    String::new()
                } else {
                    format!(" Make new identity files for {}.", join_names(&names))
                };
                let done = format!("Removed \"{}\".{next}", printable(&self.name, 100));
                // Shown as a refusal, which stays until a key is pressed, because the text may say what to do next.
                vec![Effect::Back, Effect::Notice(Notice::Refused(done))]
            }
            Some(_) => vec![Effect::Back],
            None => Vec::new(),
        }
    }
}

fn join_names(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(MAX_NAMES).map(|name| printable(name, 60)).collect();
    match names.len() - shown.len() {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

impl View for RemoveHost {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Remove host".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn is_dialog(&self) -> bool {
        true
    }

    fn captures_text(&self) -> bool {
        true
    }

    fn refusal(&self, _cx: &Context<'_>, action: Action) -> Option<&'static str> {
        match action {
            Action::Accept if self.dialog.is_busy() => Some("The host is being removed."),
            Action::Accept if self.dialog.is_empty(0) => Some("Type the passphrase to remove the host."),
            _ => None,
        }
    }

    fn redraw_rate(&self) -> RedrawRate {
        self.dialog.redraw_rate()
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.dialog.waits_for()
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::Accept) => {
                let passphrase = Passphrase::from(self.dialog.secret(0));
                return self.dialog.submit(cx, Operation::RemoveHost { name: self.name.clone(), passphrase });
            }
            Input::Do(Action::Back) => return vec![Effect::Back],
            Input::Job(_, JobEvent::Finished(result)) => return self.finished(result),
            input => self.dialog.typed(&input),
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let (above, note) = (self.text(cx), Row::blank());
        let busy = "Removing it. This takes some seconds.";
        self.dialog.view(
            cx,
            frame,
            area,
            DialogFrame { title: "Remove host", label: LABEL, above: &above, note, busy },
        );
    }
}
