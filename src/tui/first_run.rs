//! First run: creates the vault. Asks for the passphrase twice, rates it, and says what is lost if it is forgotten.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::{Line, Span};

use crate::engine::event::JobEvent;
use crate::engine::operation::Operation;
use crate::engine::ops::passphrase::{self, Strength};
use crate::problem::{Kind, Problem};
use crate::secret::Passphrase;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present::in_full;
use crate::tui::view::{RedrawRate, View};
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::pane::{centered, cut, indent, pane, split_top};
use crate::tui::widgets::spinner;
use crate::tui::widgets::text_field::TextField;

const KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "next", "Second field; create the vault"),
    Key::new(
        &[
            Press::plain(KeyCode::Tab),
            Press::plain(KeyCode::BackTab),
            Press::plain(KeyCode::Down),
            Press::plain(KeyCode::Up),
        ],
        Action::NextField,
        "other field",
        "Other field",
    ),
    Key::new(&[Press::ctrl('g')], Action::Suggest, "generate", "Generate a passphrase and show it in both fields"),
    Key::new(&[Press::ctrl('t')], Action::Reveal, "show", "Show or hide what is typed"),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Back; nothing is created"),
];

/// The screen with the two passphrase fields.
#[derive(Debug)]
pub(crate) struct FirstRun {
    fields: [TextField; 2],
    focus: usize,
    strength: Strength,
    /// Whether the warning about a weak passphrase was shown; the next enter accepts it.
    warned: bool,
    work: Option<OperationId>,
    failed: Option<Problem>,
}

impl Default for FirstRun {
    fn default() -> Self {
        Self {
            fields: [TextField::passphrase(), TextField::passphrase()],
            focus: 0,
            strength: passphrase::strength(&Passphrase::default()),
            warned: false,
            work: None,
            failed: None,
        }
    }
}

impl FirstRun {
    fn accept(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        if self.focus == 0 {
            self.focus = 1;
            return Vec::new();
        }
        let [first, second] = [&self.fields[0], &self.fields[1]].map(TextField::secret);
        if !first.matches(&second) {
            let differ = Problem::new(Kind::Usage, "The two passphrases differ.");
            self.failed = Some(differ.try_this("Correct one of them; ctrl-t shows both."));
            return Vec::new();
        }
        let passphrase = Passphrase::from(first);
        self.failed = passphrase::must_be_strong(&passphrase).err().filter(|_| !self.warned);
        if self.failed.is_some() {
            self.warned = true;
            return Vec::new();
        }
        self.work = Some(cx.operation);
        vec![Effect::Work(cx.operation, Operation::Create(passphrase))]
    }

    fn changed(&mut self) {
        if self.warned {
            (self.warned, self.failed) = (false, None);
        }
    }

    fn suggest(&mut self) {
        let phrase = passphrase::suggest();
        for field in &mut self.fields {
            *field = TextField::passphrase();
            field.paste(&phrase);
        }
        self.fields[0].toggle_shown();
        self.judge();
    }

    fn judge(&mut self) {
        self.strength = passphrase::strength(&Passphrase::from(self.fields[0].secret()));
    }
}

impl View for FirstRun {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Create your vault".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        KEYS
    }

    fn captures_text(&self) -> bool {
        true
    }

    fn refusal(&self, _cx: &Context<'_>, action: Action) -> Option<&'static str> {
        (action == Action::Accept && self.work.is_some()).then_some("the vault is being created")
    }

    fn redraw_rate(&self) -> RedrawRate {
        if self.work.is_some() { RedrawRate::Spinner } else { RedrawRate::Still }
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.work
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        if matches!(input, Input::Text(_) | Input::Edit(_) | Input::Paste(_) | Input::Do(Action::Suggest)) {
            self.changed();
        }
        match input {
            Input::Do(Action::Back) => return vec![Effect::Back],
            Input::Do(Action::NextField) => self.focus = 1 - self.focus,
            Input::Do(Action::Reveal) => self.fields.iter_mut().for_each(TextField::toggle_shown),
            Input::Do(Action::Suggest) => self.suggest(),
            Input::Do(Action::Accept) => return self.accept(cx),
            Input::Text(c) => self.fields[self.focus].insert(c),
            Input::Edit(edit) => self.fields[self.focus].edit(edit),
            Input::Paste(text) => self.fields[self.focus].paste(&text),
            Input::Job(_, JobEvent::Finished(result)) => {
                self.work = None;
                self.failed = result.err();
            }
            _ => {}
        }
        self.judge();
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let area = centered(area, 76, 20);
        let inside = pane(cx.theme, frame, area, "Create your vault", Line::default());
        let place = cx.workspace.vault_place();
        let room = usize::from(inside.width);
        let intro = [
            Row::blank(),
            Row::new("", "Credentials and their tokens are kept in one file that only your passphrase opens:"),
            Row::new("", cut(&place, room)).style(cx.theme.accent),
            Row::blank(),
        ];
        let mut rest = rows(cx.theme, frame, inside, 0, &intro);
        for (at, label) in ["Passphrase", "Repeat"].into_iter().enumerate() {
            let (line, below) = split_top(rest, 1);
            frame.render_widget(Span::styled(label, cx.theme.muted), line);
            self.fields[at].view(cx, frame, indent(line, 12), self.focus == at && self.work.is_none());
            rest = below;
        }
        let style = if self.strength.score >= 3 { cx.theme.ok } else { cx.theme.warn };
        let mut text = vec![Row::new("Strength", self.strength.words.clone()).style(style), Row::blank()];
        if self.work.is_some() {
            text.push(Row::new("", format!("{} Creating the vault. This takes about a second.", spinner(cx))));
        } else if let Some(problem) = &self.failed {
            text.push(Row::new("", in_full(problem)).style(cx.theme.danger));
        } else {
            text.push(Row::new(
                "",
                "If you forget it, nobody can open the vault or reset the passphrase, and every credential has to be \
                authenticated again. The next step offers a recovery kit: a spare key to print.",
            ));
            text.push(Row::blank());
            text.push(Row::new("", "Need a suggestion? ctrl-g generates a six-word passphrase."));
        }
        rows(cx.theme, frame, rest, 12, &text);
    }
}
