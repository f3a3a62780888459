//! The dialog that removes a host: what that means, and the passphrase that agrees.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::printable::printable;
use crate::problem::{Kind, Problem};
use crate::secret::Passphrase;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, FlowId, Notice};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present::in_full;
use crate::tui::view::{Motion, View};
use crate::tui::widgets::fields::{Row, height, rows};
use crate::tui::widgets::pane::{centered, clear, pane, split_top};
use crate::tui::widgets::spinner;
use crate::tui::widgets::text_field::TextField;
use crate::tui::widgets::text_form::{CANCEL, TextForm};

const KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "remove it", "Remove the host, with the passphrase"),
    CANCEL,
];

/// Columns of the dialog, and of its label.
const WIDTH: u16 = 76;
const LABEL: u16 = 12;

/// Most names of credentials in the dialog.
const MOST_NAMES: usize = 12;

/// The dialog.
#[derive(Debug)]
pub struct RemoveHost {
    name: String,
    form: TextForm,
    work: Option<FlowId>,
    failed: Option<Problem>,
}

impl RemoveHost {
    /// Asks about this host.
    ///
    /// # Errors
    /// `Kind::NotFound` when it is gone.
    pub fn new(cx: &Context<'_>, name: &str) -> Result<Self, Problem> {
        if !cx.snapshot.hosts.iter().any(|host| host.name == name) {
            return Err(Problem::new(Kind::NotFound, format!("There is no host named \"{name}\".")));
        }
        let form = TextForm::new(vec![("Passphrase", TextField::passphrase())]);
        Ok(Self { name: name.to_owned(), form, work: None, failed: None })
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
            let text_of = format!("The other hosts need new key files: {}.", listed(&others));
            text.push(Row::new("", text_of).style(cx.theme.warn));
        }
        let credentials: Vec<&str> =
            cx.snapshot.credentials.list.iter().map(|credential| credential.name.as_str()).collect();
        if !credentials.is_empty() {
            let text_of = format!("Change at the providers, as far as it matters: {}.", listed(&credentials));
            text.push(Row::new("", text_of).style(cx.theme.warn));
        }
        text.push(Row::blank());
        text
    }

    fn finished(&mut self, result: Result<Outcome, Problem>) -> Vec<Effect> {
        self.work = None;
        self.form.clear(0);
        match result {
            Ok(Outcome::HostRemoved(left)) => {
                let names: Vec<&str> = left.iter().map(String::as_str).collect();
                let next = if left.is_empty() {
                    String::new()
                } else {
                    format!(" Make new key files for {}.", listed(&names))
                };
                let done = format!("Removed \"{}\".{next}", printable(&self.name, 100));
                // It stays until a key is pressed: there may be something to do.
                vec![Effect::Back, Effect::Notice(Notice::Refused(done))]
            }
            Ok(_) => vec![Effect::Back],
            Err(problem) => {
                self.failed = Some(problem);
                Vec::new()
            }
        }
    }
}

fn listed(names: &[&str]) -> String {
    let shown: Vec<String> = names.iter().take(MOST_NAMES).map(|name| printable(name, 60)).collect();
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
            Action::Accept if self.work.is_some() => Some("The host is being removed."),
            Action::Accept if self.form.is_empty(0) => Some("Type the passphrase to remove the host."),
            _ => None,
        }
    }

    fn motion(&self) -> Motion {
        if self.work.is_some() { Motion::Spinner } else { Motion::Still }
    }

    fn waits_for(&self) -> Option<FlowId> {
        self.work
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::Accept) => {
                (self.work, self.failed) = (Some(cx.flow), None);
                let passphrase = Passphrase::from(self.form.secret(0));
                return vec![Effect::Work(cx.flow, Operation::RemoveHost { name: self.name.clone(), passphrase })];
            }
            Input::Do(Action::Back) => return vec![Effect::Back],
            Input::Flow(_, JobEvent::Finished(result)) => return self.finished(result),
            input if self.work.is_none() => {
                self.form.update(&input);
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let text = self.text(cx);
        let below = match (&self.failed, self.work) {
            (_, Some(_)) => Row::new("", format!("{} Removing it. This takes some seconds.", spinner(cx))),
            (Some(problem), _) => Row::new("", in_full(problem)).style(cx.theme.danger),
            (None, None) => Row::blank(),
        };
        let room = Rect { width: area.width.min(WIDTH).saturating_sub(4), ..area };
        let rows_needed = height(room, 0, &text).saturating_add(height(room, 0, std::slice::from_ref(&below)));
        let area = centered(area, WIDTH, rows_needed.saturating_add(5));
        clear(frame, area);
        let inside = pane(cx.theme, frame, area, "Remove host", Line::default());
        let rest = rows(cx.theme, frame, split_top(inside, 1).1, 0, &text);
        let rest = self.form.view(cx, frame, rest, (LABEL, self.work.is_none()));
        rows(cx.theme, frame, rest, 0, &[below]);
    }
}
