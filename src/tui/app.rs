//! The state of the whole interface: a stack of screens, an overlay, a notice. Pure: no I/O, and time comes in messages.

use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::engine::event::{JobEvent, Outcome};
use crate::engine::ops::unlock::VaultState;
use crate::engine::{Session, Snapshot, Workspace};
use crate::problem::Problem;
use crate::tui::context::{Context, context_of};
use crate::tui::effect::{Effect, FlowId, Notice};
use crate::tui::everywhere::EVERYWHERE;
use crate::tui::input::{Input, edit_of};
use crate::tui::kept::Kept;
use crate::tui::keymap::{Action, Press, lookup};
use crate::tui::message::Message;
use crate::tui::messages::Messages;
use crate::tui::overlay::{Answer, Overlay};
use crate::tui::places::by_number;
use crate::tui::route::Route;
use crate::tui::running::Running;
use crate::tui::screen::Screen;
use crate::tui::tally::Tally;
use crate::tui::theme::Theme;
use crate::tui::tour::Tour;
use crate::tui::view::{Motion, View};

/// How long a notice of success stays.
const NOTICE: SignedDuration = SignedDuration::from_secs(4);

/// The countdown to the lock is shown by the second in its last minute.
const LAST_MINUTE: SignedDuration = SignedDuration::from_secs(60);

/// Everything the interface remembers.
#[derive(Debug)]
pub struct App {
    pub(super) workspace: Workspace,
    pub(super) session: Option<Session>,
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) vault: VaultState,
    /// Never empty but in the middle of an update.
    pub(super) stack: Vec<Screen>,
    base: Screen,
    pub(super) overlay: Option<Overlay>,
    pub(super) notice: Option<(Notice, Timestamp)>,
    pub(super) theme: Theme,
    /// The settings name another one: it is to be read.
    pub(super) has_other_theme: bool,
    pub(super) zone: TimeZone,
    pub(super) size: (u16, u16),
    pub(super) banner: Option<String>,
    pub(super) now: Timestamp,
    pub(super) tally: Tally,
    pub(super) kept: Kept,
    pub(super) messages: Messages,
    pub(super) tour: Tour,
    pub(super) beat: u64,
    pub(super) next_flow: u64,
    /// What is under way: ctrl-c asks before it ends it.
    pub(super) running: Running,
    pub(super) last_key: Timestamp,
    pub(super) last_click: Option<(u16, u16, Timestamp)>,
    /// When the last key of a burst came.
    pub(super) last_burst: Option<Timestamp>,
    warned: bool,
}

impl App {
    /// The interface before a vault is open, or over the open one.
    #[must_use]
    pub fn new(
        workspace: Workspace,
        session: Option<(Session, Arc<Snapshot>)>,
        vault: VaultState,
        theme: Theme,
        zone: TimeZone,
    ) -> Self {
        let now = workspace.clock.now();
        let stack = match (&session, &vault) {
            (Some(_), _) => Screen::home(),
            (None, VaultState::Absent) => vec![Screen::welcome()],
            (None, _) => vec![Screen::unlock()],
        };
        let (session, snapshot) = session.map_or_else(Default::default, |(session, seen)| (Some(session), seen));
        let mut app = Self {
            // The key of the log goes with the session.
            workspace: Workspace { log_key: None, ..workspace },
            session,
            snapshot,
            vault,
            stack,
            base: Screen::unlock(),
            overlay: None,
            notice: None,
            theme,
            has_other_theme: false,
            zone,
            size: (80, 24),
            banner: None,
            now,
            tally: Tally::default(),
            kept: Kept::default(),
            messages: Messages::default(),
            tour: Tour::default(),
            beat: 0,
            next_flow: 0,
            running: Running::default(),
            last_key: now,
            last_click: None,
            last_burst: None,
            warned: false,
        };
        app.prepare();
        app
    }

    /// Takes one message and gives what is left to do for the runtime.
    pub fn update(&mut self, message: Message, now: Timestamp) -> Vec<Effect> {
        self.now = now;
        let (depth, generation) = (self.stack.len(), self.snapshot.generation);
        let effects = match message {
            Message::Key(press) if !self.is_in_burst(press) => self.key(press),
            Message::Key(press) | Message::Burst(press) => self.burst(press),
            Message::Paste(text) => self.paste(text),
            Message::Click(x, y) => self.click(x, y),
            Message::Scroll(rows) => self.scroll(rows),
            Message::Resize(width, height) => {
                self.size = (width, height);
                Vec::new()
            }
            Message::Flow(id, event) => self.flow(id, event),
            Message::Session(session, snapshot) => {
                let is_new = matches!(self.stack.last(), Some(Screen::FirstRun(_)));
                (self.session, self.snapshot) = (Some(*session), snapshot);
                self.stack = Screen::home();
                self.last_key = now;
                // The kit is offered while the person is at it.
                is_new.then_some(Effect::Open(Route::RecoveryKit)).into_iter().collect()
            }
            Message::Snapshot(Ok(snapshot)) => {
                // A run that outlives the lock tells at its end what the vault holds: nobody may see that now.
                if self.session.is_some() {
                    self.snapshot = snapshot;
                }
                Vec::new()
            }
            Message::Snapshot(Err(problem)) => vec![Effect::Notice(Notice::Failed(problem))],
            Message::Notice(notice) => vec![Effect::Notice(notice)],
            Message::Theme(theme) => {
                self.theme = *theme;
                Vec::new()
            }
            Message::Tick => {
                self.beat += 1;
                Vec::new()
            }
            Message::Focus | Message::Resumed => self.reread(),
        };
        let mut effects = self.carry_out(effects);
        if self.stack.len() < depth || self.snapshot.generation != generation {
            let reading = self.reread();
            effects.extend(self.carry_out(reading));
        }
        if self.notice.as_ref().is_some_and(|(_, at)| at.duration_until(now) >= NOTICE) {
            self.drop_success();
        }
        let effects = if self.is_idle() { self.lock() } else { effects };
        self.tour.advance(self.stack.last());
        self.prepare();
        effects
    }

    /// Counts again and lets the screens rebuild what they have made of the vault, as far as it has changed.
    pub(super) fn prepare(&mut self) {
        self.tally.refresh(&self.snapshot, self.now);
        let cx = context_of!(self);
        for screen in &mut self.stack {
            screen.as_view_mut().prepare(&cx);
        }
    }

    /// When the next frame is due although nothing happens; `None`: never.
    #[must_use]
    pub fn wake_in(&self) -> Option<SignedDuration> {
        let motion = match self.top().motion() {
            Motion::Spinner => Some(SignedDuration::from_millis(100)),
            Motion::Countdown => Some(SignedDuration::from_secs(1)),
            Motion::Still => None,
        };
        let notice = match &self.notice {
            Some((Notice::Done(_), at)) => Some(self.now.duration_until(*at + NOTICE)),
            _ => None,
        };
        let lock = self.locks_in().map(|left| match left {
            left if left <= LAST_MINUTE => SignedDuration::from_secs(1),
            // The header counts minutes until then.
            left => SignedDuration::from_secs(left.as_secs() % 60 + 1),
        });
        let floor = SignedDuration::from_millis(10);
        [motion, notice, lock].into_iter().flatten().min().map(|time| time.max(floor))
    }

    pub(super) fn context(&self) -> Context<'_> {
        context_of!(self)
    }

    pub(super) fn top(&self) -> &dyn View {
        self.stack.last().unwrap_or(&self.base).as_view()
    }

    pub(super) fn key(&mut self, press: Press) -> Vec<Effect> {
        self.touched();
        if !matches!(self.notice, Some((Notice::Done(_), _)))
            && lookup(EVERYWHERE, press, false) != Some(Action::ProblemDetails)
        {
            self.notice = None;
        }
        if press == Press::ctrl('c') {
            return self.interrupt();
        }
        self.warned = false;
        if let Some(overlay) = self.overlay.take() {
            return self.overlay_key(overlay, press);
        }
        let text = self.top().captures_text();
        if let Some(action) = lookup(self.top().keys(), press, text) {
            return self.act(action);
        }
        if text {
            if let Some(edit) = edit_of(press) {
                return self.input(Input::Edit(edit));
            }
            if let Some(c) = press.typed() {
                return self.input(Input::Text(c));
            }
        }
        let number = if text || self.session.is_none() { None } else { by_number(press) };
        if let Some(place) = number {
            return vec![Effect::Go(place.route.clone())];
        }
        lookup(EVERYWHERE, press, text).map_or_else(Vec::new, |action| self.everywhere(action))
    }

    /// An action of the top screen, unless it says why not.
    fn act(&mut self, action: Action) -> Vec<Effect> {
        match self.top().refusal(&self.context(), action) {
            Some(why) => vec![Effect::Notice(Notice::Refused(why.to_owned()))],
            None => self.input(Input::Do(action)),
        }
    }

    fn everywhere(&mut self, action: Action) -> Vec<Effect> {
        match action {
            Action::Help => vec![Effect::Help],
            Action::Palette => vec![Effect::Palette],
            Action::Messages => vec![Effect::Messages],
            Action::Tour if self.banner.is_none() => {
                let text = "The tour is part of the demo: credenza --demo";
                vec![Effect::Notice(Notice::Refused(text.to_owned()))]
            }
            Action::Tour => {
                self.tour.toggle();
                Vec::new()
            }
            Action::Lock if self.session.is_some() => vec![Effect::Lock],
            Action::Quit => self.interrupt(),
            Action::ProblemDetails => {
                if let Some((Notice::Failed(problem), _)) = self.notice.take() {
                    self.overlay = Some(Overlay::problem(problem));
                }
                Vec::new()
            }
            Action::Back if self.stack.len() > 1 => vec![Effect::Back],
            _ => Vec::new(),
        }
    }

    fn overlay_key(&mut self, mut overlay: Overlay, press: Press) -> Vec<Effect> {
        let answer = overlay.key(&self.context(), self.top(), press);
        self.answered(overlay, answer)
    }

    /// What an overlay said to a key or a click.
    pub(super) fn answered(&mut self, overlay: Overlay, answer: Answer) -> Vec<Effect> {
        match answer {
            Answer::Stay => self.overlay = Some(overlay),
            Answer::Close => {}
            Answer::Show(next) => self.overlay = Some(*next),
            Answer::Go(route) => return vec![Effect::Go(route)],
            Answer::Do(action) => return self.run(action),
        }
        Vec::new()
    }

    /// An action of the top screen, or one that works everywhere.
    pub(super) fn run(&mut self, action: Action) -> Vec<Effect> {
        let own = self.top().keys().iter().any(|key| key.action == action);
        if own { self.act(action) } else { self.everywhere(action) }
    }

    /// ctrl-c: at once, unless something is under way; then the second one.
    fn interrupt(&mut self) -> Vec<Effect> {
        match self.running.in_words() {
            Some(text) if !self.warned => {
                self.warned = true;
                vec![Effect::Notice(Notice::Refused(text))]
            }
            _ => vec![Effect::Quit],
        }
    }

    /// An answer goes to the screen that waits for it, wherever it is on the stack; a late one to nobody.
    fn flow(&mut self, id: FlowId, event: JobEvent) -> Vec<Effect> {
        let (mut effects, mut told) = (Vec::new(), true);
        if let JobEvent::Finished(result) = &event {
            told = self.running.ended(id);
            match result {
                Ok(Outcome::Undone(label)) => effects.push(Effect::Notice(Notice::Done(format!("Undid: {label}")))),
                Ok(Outcome::Redone(label)) => effects.push(Effect::Notice(Notice::Done(format!("Redid: {label}")))),
                Ok(Outcome::SettingSaved(key, file)) => self.put_in_force(*key, file),
                Ok(Outcome::Copied(notice)) => effects.push(Effect::Notice(Notice::Done(notice.clone()))),
                _ => {}
            }
        }
        let cx = context_of!(self);
        let mut event = Some(event);
        for screen in self.stack.iter_mut().rev() {
            if screen.as_view().awaits(id)
                && let Some(event) = event.take()
            {
                effects.extend(screen.as_view_mut().update(&cx, Input::Flow(id, event)));
            }
        }
        if let Some(JobEvent::Finished(Err(problem))) = event
            && told
        {
            effects.push(Effect::Notice(Notice::Failed(problem)));
        }
        effects
    }

    pub(super) fn input(&mut self, input: Input) -> Vec<Effect> {
        self.next_flow += 1;
        let cx = context_of!(self);
        self.stack.last_mut().map_or_else(Vec::new, |screen| screen.as_view_mut().update(&cx, input))
    }

    /// Carries out what concerns the interface itself; gives the rest.
    pub(super) fn carry_out(&mut self, effects: Vec<Effect>) -> Vec<Effect> {
        let (mut rest, mut told) = (Vec::new(), false);
        for effect in effects {
            told |= matches!(effect, Effect::Notice(_));
            if effect.leads_elsewhere() && !told {
                self.drop_success();
            }
            match effect {
                Effect::Open(route) => rest.extend(self.enter(&route)),
                Effect::Replace(route) => {
                    self.stack.pop();
                    rest.extend(self.enter(&route));
                }
                Effect::Go(route) => rest.extend(self.go_to(&route)),
                Effect::LeaveSignIn(id) => rest.extend(self.leave_sign_in(id)),
                Effect::Back if self.stack.len() > 1 => self.leave(),
                Effect::Back => {}
                Effect::BackToCredentials => {
                    self.back_to_who_asked();
                }
                Effect::Select(id) => self.select(id),
                Effect::Authenticated(id) => {
                    self.select(id);
                    if !self.back_to_who_asked() {
                        rest.extend(self.enter(&Route::Details(id)));
                    }
                }
                Effect::BackToIntegrations => {
                    let table = self.stack.iter().position(|screen| matches!(screen, Screen::Integrations(_)));
                    self.stack.truncate(table.map_or(2, |at| at + 1));
                }
                Effect::Notice(notice) => self.tell(notice),
                Effect::Palette => self.overlay = Some(Overlay::palette(self.session.is_some())),
                Effect::Messages => self.overlay = Some(Overlay::messages(self.messages.rows(&self.context()))),
                Effect::Help => self.overlay = Some(Overlay::help()),
                Effect::Lock => return self.lock(),
                Effect::Work(id, work) => {
                    self.running.begun(id, &work, &self.snapshot);
                    rest.push(Effect::Work(id, work));
                }
                Effect::Control(id, control) => {
                    self.running.steered(id, &control);
                    rest.push(Effect::Control(id, control));
                }
                other => rest.push(other),
            }
        }
        rest
    }

    /// What is said of a success ends with its screen.
    fn drop_success(&mut self) {
        self.notice.take_if(|(notice, _)| matches!(notice, Notice::Done(_)));
    }

    /// Says what is wrong, if something is.
    pub(super) fn fail(&mut self, problem: Option<Problem>) {
        if let Some(problem) = problem {
            self.notice = Some((Notice::Failed(problem), self.now));
        }
    }

    /// Marks the header, and says something that stays until a key is pressed.
    pub fn announce(&mut self, banner: &str, notice: String) {
        self.banner = Some(banner.to_owned());
        self.tell(Notice::Refused(notice));
    }
}
