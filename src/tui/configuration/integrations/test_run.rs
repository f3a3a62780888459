//! Test Run: tests each record type of an integration step by step, up to its first records. Leads to authenticate (a),
//! to the choice of a credential (c) and back.

mod draw;
mod kind;
mod report;
mod sample;

use crossterm::event::KeyCode;
use jiff::{SignedDuration, Timestamp};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use self::kind::Kind;
use self::sample::At;
use super::results::{ResultLabel, took};
use super::{GONE, credential_of, load_label, name_of, present};
use crate::catalog::Panel;
use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::engine::ops::integrations::test::{Report, TestReport};
use crate::engine::ops::sign_in::Control;
use crate::model::integration::IntegrationId;
use crate::problem::Problem;
use crate::tui::context::Context;
use crate::tui::effect::{Copyable, Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::overlay::{help_panel, problem_rows};
use crate::tui::present::in_full;
use crate::tui::route::Route;
use crate::tui::view::{RedrawRate, View};
use crate::tui::widgets::list::moved;
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::pane;

const RUNNING: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Tab)], Action::NextTab, "next type", "Next record type"),
    Key::new(&[Press::plain(KeyCode::BackTab)], Action::PreviousTab, "", "Previous record type"),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "cancel", "Cancel; nothing is changed"),
];

const ENDED: &[Key] = &[
    Key::new(&[Press::char('t')], Action::Test, "run again", "Run the test again with all record types"),
    Key::new(&[Press::char('a')], Action::Authenticate, "authenticate", "Authenticate the credential again"),
    Key::new(&[Press::char('e')], Action::ProblemDetails, "details", "Show the full problem, request and response"),
    Key::new(
        &[Press::char('y')],
        Action::CopyTicket,
        "copy report",
        "Copy the results as text (without secrets and records)",
    ),
    Key::new(&[Press::char('c')], Action::ChooseCredential, "credential", "Choose another credential"),
    Key::new(&[Press::plain(KeyCode::Tab)], Action::NextTab, "next type", "Next record type"),
    Key::new(&[Press::plain(KeyCode::BackTab)], Action::PreviousTab, "", "Previous record type"),
    Key::new(&[Press::char('T')], Action::TestOne, "", "Run the test again with this record type only"),
    Key::new(&[Press::char('m')], Action::Panel, "MFA help", "What to do when the provider asks for a second factor"),
    Key::new(&[Press::plain(KeyCode::Left)], Action::Left, "", "Previous records"),
    Key::new(&[Press::plain(KeyCode::Right)], Action::Right, "", "Next records"),
    Key::new(&[Press::plain(KeyCode::Up), Press::char('k')], Action::Up, "", "Scroll up"),
    Key::new(&[Press::plain(KeyCode::Down), Press::char('j')], Action::Down, "", "Scroll down"),
    motion_keys::PAGE_UP,
    motion_keys::PAGE_DOWN,
    motion_keys::FIRST,
    Key::new(&[Press::plain(KeyCode::End)], Action::Last, "", "Last row"),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Back"),
];

#[derive(Debug)]
enum Stage {
    Running,
    Ended(SignedDuration),
    /// The Test Run could not start, or its result was lost.
    Refused(Problem),
}

#[derive(Clone, Copy, Debug)]
enum Over {
    Panel,
    /// Everything about the selected record type, scrolled to this row.
    Details(usize),
}

#[derive(Debug)]
pub(crate) struct TestRun {
    id: IntegrationId,
    work: OperationId,
    kinds: Vec<Kind>,
    shown: usize,
    /// Whether the selection follows the record type that is being tested, until the user selects another.
    follows: bool,
    under_way: Option<usize>,
    stage: Stage,
    began: Timestamp,
    at: At,
    over: Option<Over>,
}

impl TestRun {
    /// Starts a Test Run of all record types.
    /// # Errors
    /// `Kind::NotFound` if the integration was deleted.
    pub(crate) fn start(cx: &Context<'_>, id: IntegrationId) -> Result<(Self, Vec<Effect>), Problem> {
        present(cx, id)?;
        let mut page = Self {
            id,
            work: cx.operation,
            kinds: Vec::new(),
            shown: 0,
            follows: true,
            under_way: None,
            stage: Stage::Running,
            began: cx.now,
            at: At::default(),
            over: None,
        };
        let effects = page.run(cx, None);
        Ok((page, effects))
    }

    /// Tests all record types, or only one and keeps the results of the others.
    fn run(&mut self, cx: &Context<'_>, only: Option<String>) -> Vec<Effect> {
        let id = self.id;
        let fresh = |load: &String| Kind::new(load, load_label(cx, id, load));
        if let Some(only) = &only {
            self.kinds.iter_mut().filter(|kind| kind.load == *only).for_each(|kind| *kind = fresh(only));
        } else if let Some(one) = cx.snapshot.integrations.by_id(self.id) {
            // The record types may have been changed since the last run.
            self.kinds = one.setup.loads.iter().map(fresh).collect();
        }
        self.shown = self.shown.min(self.kinds.len().saturating_sub(1));
        (self.work, self.began, self.stage, self.under_way) = (cx.operation, cx.now, Stage::Running, None);
        (self.follows, self.at, self.over) = (true, At::default(), None);
        vec![Effect::Work(cx.operation, Operation::TestIntegration(self.id, only))]
    }

    fn tested_now(&mut self) -> Option<&mut Kind> {
        self.under_way.and_then(|place| self.kinds.get_mut(place))
    }

    fn news(&mut self, cx: &Context<'_>, event: JobEvent) {
        match event {
            JobEvent::Test(Report::RecordType(place)) => {
                if let Some(kind) = self.tested_now() {
                    kind.leave(cx.now);
                }
                if let Some(kind) = self.kinds.get_mut(place) {
                    kind.begin();
                    self.under_way = Some(place);
                    if self.follows {
                        self.shown = place;
                    }
                }
            }
            JobEvent::Test(Report::Begun(step, about)) => {
                if let Some(kind) = self.tested_now() {
                    kind.step(step, about, cx.now);
                }
            }
            JobEvent::Test(Report::Passed(step, took)) => {
                if let Some(kind) = self.tested_now() {
                    kind.passed(step, took);
                }
            }
            JobEvent::Finished(Ok(Outcome::IntegrationTested(tested))) => self.end(cx, *tested),
            JobEvent::Finished(Ok(_)) => {
                self.stage = Stage::Refused(Problem::internal("The job returned an unexpected result."));
            }
            JobEvent::Finished(Err(problem)) => self.stage = Stage::Refused(problem),
            JobEvent::Progress(_)
            | JobEvent::Sync(_)
            | JobEvent::Import(_)
            | JobEvent::Encrypting(..)
            | JobEvent::Reading { .. }
            | JobEvent::Waiting(_)
            | JobEvent::Entry(_)
            | JobEvent::Log(_) => {}
        }
    }

    /// Ends the Test Run: selects the first record type that failed, else the first that passed.
    fn end(&mut self, cx: &Context<'_>, tested: TestReport) {
        for load in tested.loads {
            // A record type that was added since this screen was opened is appended.
            let place = self.kinds.iter().position(|kind| kind.load == load.load).unwrap_or(self.kinds.len());
            if place == self.kinds.len() {
                self.kinds.push(Kind::new(&load.load, String::new()));
            }
            if let Some(kind) = self.kinds.get_mut(place) {
                kind.end(load, cx.now);
            }
        }
        self.stage = Stage::Ended(self.began.duration_until(cx.now));
        if self.follows {
            let first = |wanted: fn(&Kind) -> bool| self.kinds.iter().position(wanted);
            self.shown = first(Kind::is_broken).or_else(|| first(Kind::has_passed)).unwrap_or(0);
        }
    }

    fn has_passed(&self) -> bool {
        !self.kinds.iter().any(Kind::is_broken) && self.kinds.iter().any(Kind::has_passed)
    }

    fn kind(&self) -> Option<&Kind> {
        self.kinds.get(self.shown)
    }

    fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        match (action, self.over) {
            (Action::Back, None) => return self.back(),
            (Action::Back, Some(_))
            | (Action::Panel, Some(Over::Panel))
            | (Action::ProblemDetails, Some(Over::Details(_))) => self.over = None,
            (Action::Panel, _) => self.over = Some(Over::Panel),
            (Action::ProblemDetails, _) => self.over = Some(Over::Details(0)),
            (action, Some(Over::Details(top))) if moved(top, 1, 1, action).is_some() => {
                let count = self.kind().map_or(0, |kind| draw::details_text(cx, kind).len());
                self.over = moved(top, count, 10, action).map(Over::Details);
            }
            (Action::Test, _) => return self.run(cx, None),
            (Action::TestOne, _) => {
                let only = self.kind().map(|kind| kind.load.clone());
                return self.run(cx, only);
            }
            (Action::Authenticate, _) => {
                let one = cx.snapshot.integrations.by_id(self.id);
                let credential = one.and_then(|one| one.setup.credential);
                return credential.map(|id| Effect::Open(Route::Authenticate(id))).into_iter().collect();
            }
            (Action::ChooseCredential, _) => return vec![Effect::Open(Route::ChooseCredential(self.id))],
            (Action::CopyTicket, _) => {
                let text = report::report(&self.in_words(cx), &self.kinds);
                return vec![Effect::Copy(Copyable::Plain { what: "the report", text })];
            }
            (action, _) => self.wander(cx, action),
        }
        Vec::new()
    }

    fn back(&self) -> Vec<Effect> {
        if !matches!(self.stage, Stage::Running) {
            return vec![Effect::Back];
        }
        let done = Notice::Done("Canceled. A Test Run changes nothing.".to_owned());
        vec![Effect::Control(self.work, Control::Cancel), Effect::Back, Effect::Notice(done)]
    }

    /// Moves between the record types, or within the table of one.
    fn wander(&mut self, cx: &Context<'_>, action: Action) {
        let count = self.kinds.len().max(1);
        let next = match action {
            Action::NextTab => Some((self.shown + 1) % count),
            Action::PreviousTab => Some((self.shown + count - 1) % count),
            _ => None,
        };
        if let Some(next) = next {
            (self.shown, self.follows, self.at) = (next, false, At::default());
            return;
        }
        let has_panel = self.panel(cx).is_some();
        let Some(kind) = self.kinds.get(self.shown) else { return };
        let columns = kind.sample().map_or(0, sample::columns);
        match action {
            Action::Left => self.at.record = self.at.record.saturating_sub(1),
            Action::Right => self.at.record = (self.at.record + 1).min(columns.saturating_sub(1)),
            action => {
                let page = cx.size.1.saturating_sub(14);
                if let Some(row) = moved(self.at.field, draw::rows_to_scroll(cx, kind, has_panel), page, action) {
                    self.at.field = row;
                }
            }
        }
    }

    /// "Test Run of "X": passed after 1.9 s".
    fn in_words(&self, cx: &Context<'_>) -> String {
        let how = match &self.stage {
            Stage::Running => "running".to_owned(),
            Stage::Ended(time) => {
                format!("{} after {}", if self.has_passed() { "passed" } else { "failed" }, took(*time))
            }
            Stage::Refused(problem) => in_full(problem),
        };
        format!("Test Run of \"{}\": {how}", name_of(cx, self.id))
    }

    fn badge(&self, cx: &Context<'_>) -> Line<'static> {
        let (told, time) = match &self.stage {
            Stage::Running => (ResultLabel::moving(cx, "running"), took(self.began.duration_until(cx.now))),
            Stage::Refused(_) => (ResultLabel::bad(cx.theme, "not run"), String::new()),
            Stage::Ended(time) if self.has_passed() => {
                (ResultLabel::good(cx.theme, "passed"), format!("after {}", took(*time)))
            }
            Stage::Ended(time) => (ResultLabel::bad(cx.theme, "failed"), format!("after {}", took(*time))),
        };
        told.badge(&time)
    }

    /// The provider's first help panel: for most providers about the second factor.
    fn panel<'a>(&self, cx: &Context<'a>) -> Option<&'a Panel> {
        let one = cx.snapshot.integrations.by_id(self.id)?;
        cx.catalog.by_id(&one.provider)?.panels.first()
    }
}

impl View for TestRun {
    fn title(&self, cx: &Context<'_>) -> String {
        format!("{} > Test Run", name_of(cx, self.id))
    }

    fn keys(&self) -> &'static [Key] {
        if matches!(self.stage, Stage::Running) { RUNNING } else { ENDED }
    }

    fn asks_for_credential(&self) -> bool {
        true
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        let one = cx.snapshot.integrations.by_id(self.id);
        match action {
            Action::Test | Action::TestOne | Action::ChooseCredential if one.is_none() => Some(GONE),
            Action::Authenticate if one.and_then(|one| credential_of(cx, one)).is_none() => {
                Some("it has no credential: press c")
            }
            Action::NextTab | Action::PreviousTab if self.kinds.len() < 2 => Some("there is only one record type"),
            Action::Panel if self.panel(cx).is_none() => Some("this integration has no such help"),
            Action::ProblemDetails if self.kind().is_none_or(|kind| kind.tested.is_none()) => Some("no records yet"),
            _ => None,
        }
    }

    fn redraw_rate(&self) -> RedrawRate {
        if matches!(self.stage, Stage::Running) { RedrawRate::Spinner } else { RedrawRate::Still }
    }

    fn holds(&mut self, _cx: &Context<'_>) -> Option<String> {
        matches!(self.stage, Stage::Running).then(|| "A Test Run is under way. Press esc to cancel it.".to_owned())
    }

    fn waits_for(&self) -> Option<OperationId> {
        Some(self.work)
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(action) => return self.act(cx, action),
            Input::Scroll(rows) => {
                return self.act(cx, if rows > 0 { Action::Down } else { Action::Up });
            }
            Input::Job(_, event) => self.news(cx, event),
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let mut inside = pane(cx.theme, frame, area, "Test Run", self.badge(cx));
        if self.kinds.len() > 1 {
            inside = draw::kinds(cx, frame, inside, &self.kinds, self.shown);
        }
        match (&self.stage, self.kind()) {
            (Stage::Refused(problem), _) => {
                problem_rows(cx, problem, frame, inside);
            }
            (_, Some(kind)) => {
                let rest = draw::steps(cx, frame, inside, kind);
                draw::outcome(cx, frame, (area, rest), kind, self.at, self.panel(cx).is_some());
            }
            (_, None) => frame.render_widget(Line::styled("No record types are selected.", cx.theme.muted), inside),
        }
        match (self.over, self.kind(), self.panel(cx)) {
            (Some(Over::Panel), _, Some(panel)) => help_panel(cx, panel, frame, area),
            (Some(Over::Details(top)), Some(kind), _) => draw::details(cx, frame, area, kind, top),
            _ => {}
        }
    }
}
