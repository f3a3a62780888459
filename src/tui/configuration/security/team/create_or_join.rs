//! Creates or joins a team vault: the form, the progress, and the result.

use crossterm::event::KeyCode;
use jiff::Timestamp;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use super::create_or_join_form;
use super::labels::{self, LABEL};
use super::waiting::{self, Waiting};
use crate::engine::event::{EntryEvent, JobEvent, Outcome, TeamOutcome};
use crate::engine::operation::Operation;
use crate::engine::ops::sign_in::Control;
use crate::engine::ops::team::Admitted;
use crate::engine::ops::team::entry::{EntryStep, Moved, NewVault};
use crate::printable::printable;
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Copyable, Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::present::advice;
use crate::tui::route::TeamEntry;
use crate::tui::view::{RedrawRate, View};
use crate::tui::widgets::fields::{Row, height, rows};
use crate::tui::widgets::pane::{centered, pane, split_top};
use crate::tui::widgets::text_form::{CANCEL, NEXT, PREVIOUS, TextForm};
use crate::tui::widgets::{bar, relative_time, spinner};

const REVEAL: Key = Key::new(&[Press::ctrl('t')], Action::Reveal, "show", "Show or hide the passphrase");

const CREATE_KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "create", "Test the store, then create the vault"),
    NEXT,
    PREVIOUS,
    REVEAL,
    CANCEL,
];

const JOIN_KEYS: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "join", "Test the store, then make a join code"),
    NEXT,
    PREVIOUS,
    REVEAL,
    CANCEL,
];

const RUNNING_KEYS: &[Key] =
    &[Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "cancel", "Cancel; nothing is created")];

const WAITING_KEYS: &[Key] = &[waiting::COPY, waiting::LEAVE];

const OPEN: Key =
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "open it", "Lock this vault, and unlock the new one");
const STAY: Key = Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "stay here", "Stay; F6 switches to it later");

const CREATED_KEYS: &[Key] =
    &[OPEN, Key::new(&[Press::char('y')], Action::CopyCode, "copy address", "Copy the address for others"), STAY];

const ADMITTED_KEYS: &[Key] = &[OPEN, STAY];

/// Width of the page and of the form's labels.
const WIDTH: u16 = 84;
const FIELD: u16 = 17;

/// Width of the progress bar.
const BAR: usize = 40;

#[derive(Debug)]
enum Stage {
    Form,
    /// The latest step, and when the self-test first reported progress.
    Running(Option<(EntryStep, Timestamp)>),
    Waiting(Waiting),
    Created(NewVault),
    Admitted(Waiting, Admitted),
}

#[derive(Debug)]
pub(crate) struct CreateOrJoin {
    way: TeamEntry,
    form: TextForm,
    stage: Stage,
    work: Option<OperationId>,
    failed: Option<Problem>,
    /// A warning about the weak passphrase was shown; the next Enter accepts it.
    accepts_weak: bool,
}

impl CreateOrJoin {
    #[must_use]
    pub(crate) fn new(way: TeamEntry) -> Self {
        let form = create_or_join_form::form(way);
        Self { way, form, stage: Stage::Form, work: None, failed: None, accepts_weak: false }
    }

    fn submit(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        match create_or_join_form::typed(&self.form, self.way, self.accepts_weak) {
            Ok(entry) => {
                (self.stage, self.work, self.failed) = (Stage::Running(None), Some(cx.operation), None);
                let entry = Box::new(entry);
                let is_join = self.way == TeamEntry::Join;
                let work = if is_join { Operation::JoinTeam(entry) } else { Operation::CreateTeam(entry) };
                vec![Effect::Work(cx.operation, work)]
            }
            Err((at, problem)) => {
                // Only the warning about a weak passphrase has a next step, and only that one can be overridden.
                self.accepts_weak = problem.step.is_some();
                self.form.focus_on(at);
                self.failed = Some(problem);
                Vec::new()
            }
        }
    }

    fn told(&mut self, now: Timestamp, event: EntryEvent) {
        match (event, &mut self.stage) {
            (EntryEvent::Step(step), Stage::Running(seen)) => {
                let since = seen.map_or(now, |(_, since)| since);
                *seen = Some((step, since));
            }
            (EntryEvent::Asked(asked), _) => self.stage = Stage::Waiting(Waiting::new(*asked)),
            (event, Stage::Waiting(waiting)) => waiting.told(event),
            _ => {}
        }
    }

    fn finished(&mut self, result: Result<Outcome, Problem>) {
        self.work = None;
        let before = std::mem::replace(&mut self.stage, Stage::Form);
        match (result, before) {
            (Ok(Outcome::Team(TeamOutcome::Created(made))), _) => self.stage = Stage::Created(*made),
            (Ok(Outcome::Team(TeamOutcome::Admitted(admitted))), Stage::Waiting(waiting)) => {
                self.stage = Stage::Admitted(waiting, admitted);
            }
            (Ok(_), _) => self.failed = Some(Problem::internal("The job returned an unexpected result.")),
            (Err(problem), _) => {
                let (field, problem) = create_or_join_form::refused(problem);
                if let Some(at) = field {
                    self.form.focus_on(at);
                }
                self.failed = Some(problem);
            }
        }
    }

    fn back(&self) -> Vec<Effect> {
        let cancel = self.work.map(|work| Effect::Control(work, Control::Cancel));
        match &self.stage {
            // The job ends by itself after the cancellation, and then the form is shown again.
            Stage::Running(_) => cancel.into_iter().collect(),
            Stage::Waiting(waiting) => {
                let name = &waiting.asked.here.name;
                let said = format!("The join code stays valid. To see it again, open {name} with F6.");
                cancel.into_iter().chain([Effect::Back, Effect::Notice(Notice::Done(said))]).collect()
            }
            _ => vec![Effect::Back],
        }
    }

    fn accept(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        match &self.stage {
            Stage::Form => self.submit(cx),
            Stage::Created(made) => vec![Effect::SwitchVault(made.here.name.clone())],
            Stage::Admitted(waiting, _) => vec![Effect::SwitchVault(waiting.asked.here.name.clone())],
            Stage::Running(_) | Stage::Waiting(_) => Vec::new(),
        }
    }

    fn copy(&self) -> Vec<Effect> {
        match &self.stage {
            Stage::Waiting(waiting) => waiting.copy(),
            Stage::Created(made) => {
                vec![Effect::Copy(Copyable::Plain { what: "the address", text: made.here.place.clone() })]
            }
            _ => Vec::new(),
        }
    }

    fn is_saving(&self) -> bool {
        matches!(self.stage, Stage::Running(Some((EntryStep::Creating | EntryStep::Moving(_), _))))
    }

    fn heading(&self) -> &'static str {
        match self.way {
            TeamEntry::CreateFromLocal => "Create a team vault with these credentials",
            TeamEntry::Create => "Create a team vault",
            TeamEntry::Join => "Join a team vault",
        }
    }

    /// The form, in a dense layout if the text below it would not fit otherwise.
    fn form_page(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let inside = pane(cx.theme, frame, centered(area, WIDTH, 22), self.heading(), Line::default());
        let body = split_top(inside, 1).1;
        let said = match &self.failed {
            Some(problem) => refusal(cx, problem),
            None => vec![Row::new("", create_or_join_form::about(&self.form, self.way)).style(cx.theme.muted)],
        };
        let fields = self.form.rows();
        // Reserves at least two rows for the text, so that the fields do not move when the focus changes the text.
        let is_dense = body.height < fields.saturating_add(height(body, 0, &said).max(2));
        let form = if is_dense { Rect { height: body.height.min(fields / 2 + 1), ..body } } else { body };
        let rest = self.form.view(cx, frame, form, (FIELD, true));
        let rest = if is_dense { split_top(body, form.height).1 } else { rest };
        rows(cx.theme, frame, rest, 0, &said);
    }
}

/// The rows to show while the job runs.
fn running(cx: &Context<'_>, seen: Option<(EntryStep, Timestamp)>) -> Vec<Row> {
    let said = |text: &str| vec![Row::new("", format!("{} {text}", spinner(cx)))];
    match seen {
        None => said("Connecting to the store."),
        Some((EntryStep::Testing(done, total), since)) => {
            let left = relative_time::remaining(since.duration_until(cx.now), done, total);
            let left = left.map_or_else(String::new, |left| format!(", {} left", relative_time::span(left)));
            let mut text = said("Testing that the store keeps every write.");
            text.push(Row::new("", bar(cx, BAR * done / total.max(1), BAR)).style(cx.theme.accent));
            text.push(Row::new("", format!("{done} of {total} checks{left}")));
            text
        }
        Some((EntryStep::Creating, _)) => said("Creating the vault."),
        Some((EntryStep::Moving(Moved { credentials, integrations }), _)) => {
            said(&format!("Moving {}, in one save.", labels::records(credentials, integrations)))
        }
    }
}

/// A problem in three parts: what happened, why, and what to do.
fn refusal(cx: &Context<'_>, problem: &Problem) -> Vec<Row> {
    let what = Row::new("", problem.what.clone()).style(cx.theme.danger);
    let rest = [problem.why.clone(), advice(problem)];
    let rest = rest.into_iter().filter(|text| !text.is_empty()).map(|text| Row::new("", text));
    std::iter::once(what).chain(rest).collect()
}

/// The page after a vault was created.
fn created(cx: &Context<'_>, made: &NewVault) -> Vec<Row> {
    let mut text = vec![
        Row::new("", format!("The team vault {} was created, and you are its admin.", made.here.name))
            .style(cx.theme.ok),
        Row::blank(),
        Row::new("Address", printable(&made.here.place, 200)),
        Row::new("Fingerprint", made.fingerprint.clone()),
    ];
    if made.moved != Moved::default() {
        let moved = labels::records(made.moved.credentials, made.moved.integrations);
        text.push(Row::new("Moved", format!("{moved}. Earlier versions of this vault still contain them.")));
    }
    text.extend([
        Row::blank(),
        Row::new(
            "",
            "To let somebody in, send the address. They choose Join a team vault with it, and send you their join \
             code, which you paste in Security > Team (+).",
        ),
    ]);
    text
}

/// The page after an admin added this machine.
fn admitted(cx: &Context<'_>, admitted: &Admitted) -> Vec<Row> {
    let by = printable(&admitted.by, 80);
    vec![
        Row::new("", format!("{by} added this machine as {}.", labels::with_article(admitted.role))).style(cx.theme.ok),
        Row::blank(),
        Row::new("", format!("If you have not compared the four words yet, call {by} and read them aloud now.")),
    ]
}

impl View for CreateOrJoin {
    fn title(&self, cx: &Context<'_>) -> String {
        let above = if cx.is_open { "Security > Team > " } else { "" };
        let own = if self.way == TeamEntry::Join { "Join" } else { "Create" };
        format!("{above}{own}")
    }

    fn keys(&self) -> &'static [Key] {
        match &self.stage {
            Stage::Form if self.way == TeamEntry::Join => JOIN_KEYS,
            Stage::Form => CREATE_KEYS,
            Stage::Running(_) => RUNNING_KEYS,
            Stage::Waiting(_) => WAITING_KEYS,
            Stage::Created(_) => CREATED_KEYS,
            Stage::Admitted(..) => ADMITTED_KEYS,
        }
    }

    fn captures_text(&self) -> bool {
        matches!(self.stage, Stage::Form)
    }

    fn refusal(&self, _cx: &Context<'_>, action: Action) -> Option<&'static str> {
        // The creation cannot be canceled once records are being saved.
        (action == Action::Back && self.is_saving()).then_some("The team vault is being created. This takes a moment.")
    }

    fn redraw_rate(&self) -> RedrawRate {
        if self.work.is_some() { RedrawRate::Spinner } else { RedrawRate::Still }
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.work
    }

    fn holds(&mut self, _cx: &Context<'_>) -> Option<String> {
        match &self.stage {
            Stage::Running(_) if self.is_saving() => Some("The team vault is being created.".to_owned()),
            Stage::Running(_) => Some("The store is being tested. Press esc to cancel.".to_owned()),
            Stage::Waiting(_) => Some("This machine is waiting for an admin. Press esc to leave.".to_owned()),
            _ => None,
        }
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(Action::Accept) => return self.accept(cx),
            Input::Do(Action::Back) => return self.back(),
            Input::Do(Action::CopyCode) => return self.copy(),
            Input::Do(Action::Reveal) => {
                self.form.toggle_shown(create_or_join_form::PASSPHRASE);
            }
            Input::Job(_, JobEvent::Entry(event)) => self.told(cx.now, event),
            Input::Job(_, JobEvent::Finished(result)) => self.finished(result),
            input => {
                let is_edit = matches!(input, Input::Text(_) | Input::Edit(_) | Input::Paste(_));
                if matches!(self.stage, Stage::Form) && self.form.update(&input) && is_edit {
                    (self.failed, self.accepts_weak) = (None, false);
                }
            }
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let page = |frame: &mut Frame<'_>, text: Vec<Row>| {
            let inside = pane(cx.theme, frame, centered(area, WIDTH, 16), self.heading(), Line::default());
            rows(cx.theme, frame, split_top(inside, 1).1, LABEL, &text);
        };
        match &self.stage {
            Stage::Form => self.form_page(cx, frame, area),
            Stage::Running(seen) => page(frame, running(cx, *seen)),
            Stage::Waiting(waiting) => waiting.view(cx, frame, area, waiting.status_rows(cx)),
            Stage::Created(made) => page(frame, created(cx, made)),
            Stage::Admitted(waiting, how) => waiting.view(cx, frame, area, admitted(cx, how)),
        }
    }
}
