//! Adds a member: paste the join code, compare the four words, choose a role.

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::encrypting::Encrypting;
use super::labels::{self, LABEL};
use crate::engine::event::{JobEvent, Outcome, TeamOutcome};
use crate::engine::operation::{Operation, TeamOperation};
use crate::engine::ops::team::{Member, Role};
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present::in_full;
use crate::tui::view::{RedrawRate, View};
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::list::{marker, moved};
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::{pane, split_top};
use crate::tui::widgets::spinner;
use crate::tui::widgets::text_field::TextField;
use crate::tui::widgets::text_form::{CANCEL, TextForm};

const CODE_KEYS: &[Key] =
    &[Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "next", "Read the join code"), CANCEL];

const COMPARE_KEYS: &[Key] = &[
    Key::new(&[Press::char('y')], Action::Confirm, "words match: add", "The words are the same: add this member"),
    motion_keys::UP,
    motion_keys::DOWN,
    CANCEL,
];

const RUNNING_KEYS: &[Key] =
    &[Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "stop", "Stop; Team > f finishes the rest later")];

/// The roles that a person can get.
const ROLES: [Role; 3] = [Role::Admin, Role::Member, Role::Reader];

/// Width of the role column.
const ROLE: usize = 9;

/// The person whose join code was pasted.
#[derive(Debug)]
struct Newcomer {
    name: String,
    words: String,
    /// Index into [`ROLES`].
    role: usize,
}

/// The screen: first the form, then the comparison, then the progress.
#[derive(Debug)]
pub(crate) struct AddMember {
    form: TextForm,
    reading: Option<OperationId>,
    newcomer: Option<Newcomer>,
    encrypting: Encrypting,
    failed: Option<Problem>,
}

impl Default for AddMember {
    fn default() -> Self {
        Self {
            form: TextForm::new(vec![("Join code", TextField::default())]),
            reading: None,
            newcomer: None,
            encrypting: Encrypting::default(),
            failed: None,
        }
    }
}

impl AddMember {
    fn finished(&mut self, result: Result<Outcome, Problem>) -> Vec<Effect> {
        let is_incomplete = self.encrypting.is_incomplete();
        self.reading = None;
        self.encrypting.ended();
        match result {
            Ok(Outcome::Team(TeamOutcome::Newcomer { name, words })) => {
                self.newcomer = Some(Newcomer { name, words, role: 1 });
            }
            Ok(Outcome::Team(TeamOutcome::Added(member))) => return vec![Effect::Back, added(&member, is_incomplete)],
            Ok(_) => self.failed = Some(Problem::internal("The job returned an unexpected result.")),
            Err(problem) => self.failed = Some(problem),
        }
        Vec::new()
    }

    fn code_page(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let takes_keys = self.reading.is_none();
        let rest = self.form.view(cx, frame, area, (LABEL, takes_keys));
        let row = |text: &str| Row::new("", text);
        let text = match (&self.failed, self.reading) {
            (_, Some(_)) => vec![row(&format!("{} Reading the code.", spinner(cx)))],
            (Some(problem), None) => vec![Row::new("", in_full(problem)).style(cx.theme.danger)],
            (None, None) => {
                let place = cx.snapshot.team.as_ref().map_or("", |team| team.place.as_str());
                vec![
                    row("The person you want to add chooses Join a team vault (F6, then +), or runs this, and sends \
                         you the code:"),
                    row("  credenza team join ADDRESS --as NAME").style(cx.theme.accent),
                    Row::blank(),
                    row(&format!("The store of this vault is {place}.")),
                    row("Each machine has a join code of its own."),
                ]
            }
        };
        rows(cx.theme, frame, rest, 0, &text);
    }

    fn compare_page(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect, newcomer: &Newcomer) {
        let row = |text: String| Row::new("", text);
        let mut text = vec![
            Row::new("Name", newcomer.name.clone()),
            Row::new("Four words", newcomer.words.clone()).style(cx.theme.heading),
            Row::blank(),
            row(format!(
                "Call {}, and have the words read to you. Add this member only if they match; otherwise the code was \
                 changed in transit.",
                newcomer.name
            )),
            Row::blank(),
        ];
        if self.encrypting.is_running() {
            text.extend(self.encrypting.rows(cx, "Saving the list of members."));
        } else {
            for (at, role) in ROLES.into_iter().enumerate() {
                let is_chosen = at == newcomer.role;
                let word = format!("{}{:ROLE$}{}", marker(is_chosen), role.word(), labels::meaning(role));
                let style = if is_chosen { cx.theme.selected } else { cx.theme.text };
                text.push(Row::new(if at == 0 { "Role" } else { " " }, word).style(style));
            }
            text.push(Row::blank());
            text.extend(self.failed.iter().map(|problem| Row::new("", in_full(problem)).style(cx.theme.danger)));
        }
        rows(cx.theme, frame, area, LABEL, &text);
    }
}

/// The message after a member was added.
pub(super) fn added(member: &Member, is_incomplete: bool) -> Effect {
    let done = format!("Added \"{}\" ({}).", member.name, member.role.word());
    Effect::Notice(if is_incomplete {
        Notice::Refused(format!("{done} The re-encryption was stopped: press f in Team to finish it."))
    } else {
        Notice::Done(done)
    })
}

impl View for AddMember {
    fn title(&self, _cx: &Context<'_>) -> String {
        "Security > Team > Add member".to_owned()
    }

    fn keys(&self) -> &'static [Key] {
        match (&self.newcomer, self.encrypting.is_running()) {
            (_, true) => RUNNING_KEYS,
            (Some(_), false) => COMPARE_KEYS,
            (None, false) => CODE_KEYS,
        }
    }

    fn captures_text(&self) -> bool {
        self.newcomer.is_none()
    }

    fn refusal(&self, _cx: &Context<'_>, action: Action) -> Option<&'static str> {
        match action {
            Action::Accept if self.reading.is_some() => Some("The code is being read."),
            Action::Accept if self.form.is_empty(0) => Some("Paste the join code first."),
            _ => None,
        }
    }

    fn redraw_rate(&self) -> RedrawRate {
        if self.reading.is_some() { RedrawRate::Spinner } else { self.encrypting.redraw_rate() }
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.reading.or_else(|| self.encrypting.waits_for())
    }

    fn holds(&mut self, _cx: &Context<'_>) -> Option<String> {
        self.encrypting.is_running().then(|| "Records are being re-encrypted. Press esc to stop.".to_owned())
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::Back) if self.encrypting.is_running() => return self.encrypting.stop(),
            Input::Do(Action::Back) => return vec![Effect::Back],
            Input::Do(Action::Accept) => {
                (self.reading, self.failed) = (Some(cx.operation), None);
                let code = self.form.text(0).to_owned();
                return vec![Effect::Work(cx.operation, Operation::Team(TeamOperation::ReadCode(code)))];
            }
            Input::Do(Action::Confirm) => {
                let Some(newcomer) = &self.newcomer else { return Vec::new() };
                let role = ROLES.get(newcomer.role).copied().unwrap_or(Role::Reader);
                self.failed = None;
                let code = self.form.text(0).to_owned();
                return self.encrypting.begin(cx, TeamOperation::AddMember { code, role });
            }
            Input::Job(_, JobEvent::Encrypting(done, total)) => self.encrypting.counted(cx.now, done, total),
            Input::Job(_, JobEvent::Finished(result)) => return self.finished(result),
            Input::Do(action) if self.newcomer.is_some() => {
                if let Some(newcomer) = &mut self.newcomer {
                    newcomer.role = moved(newcomer.role, ROLES.len(), 1, action).unwrap_or(newcomer.role);
                }
            }
            input => {
                if self.newcomer.is_none() && self.form.update(&input) {
                    self.failed = None;
                }
            }
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let inside = pane(cx.theme, frame, area, "Add member", Line::default());
        let body = split_top(inside, 1).1;
        match &self.newcomer {
            Some(newcomer) => self.compare_page(cx, frame, body, newcomer),
            None => self.code_page(cx, frame, body),
        }
    }
}
