//! Configuration > Security > Passphrase: asks for the old passphrase, and for the new one twice.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::engine::event::JobEvent;
use crate::engine::operation::Operation;
use crate::engine::ops::passphrase::{must_be_strong, strength};
use crate::problem::{Kind, Problem};
use crate::secret::Passphrase;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present::in_full;
use crate::tui::view::{RedrawRate, View};
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::pane::{indent, pane, split_top};
use crate::tui::widgets::spinner;
use crate::tui::widgets::text_field::TextField;

const KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "next", "Next field; change the passphrase"),
    Key::new(&[Press::plain(KeyCode::Tab), Press::plain(KeyCode::Down)], Action::NextField, "next field", "Next field"),
    Key::new(&[Press::plain(KeyCode::BackTab), Press::plain(KeyCode::Up)], Action::PreviousField, "", "Previous field"),
];

const LABELS: [&str; 3] = ["Old passphrase", "New passphrase", "Repeat"];

#[derive(Debug)]
pub(crate) struct ChangePassphrase {
    fields: [TextField; 3],
    focus: usize,
    /// Whether the warning about a weak passphrase was shown; the next Enter accepts the passphrase.
    warned: bool,
    work: Option<OperationId>,
    failed: Option<Problem>,
}

impl Default for ChangePassphrase {
    fn default() -> Self {
        let fields = [TextField::passphrase(), TextField::passphrase(), TextField::passphrase()];
        Self { fields, focus: 0, warned: false, work: None, failed: None }
    }
}

impl ChangePassphrase {
    fn accept(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        if self.focus < 2 {
            self.focus += 1;
            return Vec::new();
        }
        let [old, new, again] = [&self.fields[0], &self.fields[1], &self.fields[2]].map(TextField::secret);
        if !new.matches(&again) {
            self.failed = Some(Problem::new(Kind::Usage, "The two new passphrases differ."));
            self.focus = 1;
            return Vec::new();
        }
        let (old, new) = (Passphrase::from(old), Passphrase::from(new));
        self.failed = must_be_strong(&new).err().filter(|_| !self.warned);
        if self.failed.is_some() {
            self.warned = true;
            return Vec::new();
        }
        self.work = Some(cx.operation);
        vec![Effect::Work(cx.operation, Operation::ChangePassphrase { old, new })]
    }
}

impl View for ChangePassphrase {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Security > Passphrase".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn captures_text(&self) -> bool {
        true
    }

    fn refusal(&self, _cx: &Context<'_>, action: Action) -> Option<&'static str> {
        (action == Action::Accept && self.work.is_some()).then_some("the passphrase is being changed")
    }

    fn redraw_rate(&self) -> RedrawRate {
        if self.work.is_some() { RedrawRate::Spinner } else { RedrawRate::Still }
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.work
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        if self.warned && matches!(input, Input::Text(_) | Input::Edit(_) | Input::Paste(_)) {
            (self.warned, self.failed) = (false, None);
        }
        match input {
            Input::Do(Action::Accept) => return self.accept(cx),
            Input::Do(Action::NextField) => self.focus = (self.focus + 1) % 3,
            Input::Do(Action::PreviousField) => self.focus = (self.focus + 2) % 3,
            Input::Text(c) => self.fields[self.focus].insert(c),
            Input::Edit(edit) => self.fields[self.focus].edit(edit),
            Input::Paste(text) => self.fields[self.focus].paste(&text),
            Input::Job(_, JobEvent::Finished(result)) => {
                self.work = None;
                match result {
                    Ok(_) => {
                        let done = "Passphrase changed. Copies of identity.age elsewhere still use the old one.";
                        return vec![Effect::Back, Effect::Notice(Notice::Done(done.to_owned()))];
                    }
                    Err(problem) => {
                        self.failed = Some(problem);
                        self.focus = 0;
                    }
                }
            }
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let inside = pane(cx.theme, frame, area, "Change the passphrase", Line::default());
        let mut rest = split_top(inside, 1).1;
        for (at, label) in LABELS.into_iter().enumerate() {
            let (line, below) = split_top(rest, 1);
            frame.render_widget(Span::styled(label, cx.theme.muted), line);
            self.fields[at].view(cx, frame, indent(line, 16), self.focus == at && self.work.is_none());
            rest = split_top(below, 1).1;
        }
        let judged = strength(&Passphrase::from(self.fields[1].secret()));
        let style = if judged.score >= 3 { cx.theme.ok } else { cx.theme.warn };
        let mut text = Vec::new();
        if !self.fields[1].is_empty() {
            text.extend([Row::new("Strength", judged.words).style(style), Row::blank()]);
        }
        if self.work.is_some() {
            text.push(Row::new("", format!("{} Changing it. This takes about two seconds.", spinner(cx))));
        } else if let Some(problem) = &self.failed {
            text.push(Row::new("", in_full(problem)).style(cx.theme.danger));
        } else {
            text.push(Row::new(
                "",
                "Only identity.age is rewritten; the vault does not change. Old copies of identity.age still open \
                 copies of the vault with the old passphrase: delete them if others may know it.",
            ));
        }
        rows(cx.theme, frame, rest, 16, &text);
    }
}
