//! The state of the interface: a stack of screens, an overlay and a notice. Pure: does no I/O and reads no clock; the
//! runtime passes the time to `update`.

use std::sync::Arc;

use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};

use crate::engine::event::{EntryEvent, JobEvent, Outcome, TeamOutcome};
use crate::engine::ops::sign_in::Control;
use crate::engine::ops::unlock::VaultState;
use crate::engine::{Session, Snapshot, VaultHere, Workspace};
use crate::problem::Problem;
use crate::tui::attention_counts::AttentionCounts;
use crate::tui::context::{Context, context_of};
use crate::tui::effect::{Effect, Notice, OperationId};
use crate::tui::global_keys::{GLOBAL_KEYS, IN_LISTS, is_list};
use crate::tui::input::{Input, edit_of};
use crate::tui::kept_screens::KeptScreens;
use crate::tui::keymap::{Action, Press, lookup};
use crate::tui::main_screens::by_number;
use crate::tui::message::Message;
use crate::tui::messages::Messages;
use crate::tui::overlay::{Overlay, OverlayResult};
use crate::tui::route::Route;
use crate::tui::running::Running;
use crate::tui::screen::Screen;
use crate::tui::theme::Theme;
use crate::tui::tour::Tour;
use crate::tui::view::{RedrawRate, View};

/// How long a success notice is shown.
const NOTICE: SignedDuration = SignedDuration::from_secs(4);

/// During this time before the vault locks, the countdown shows seconds instead of minutes.
const LAST_MINUTE: SignedDuration = SignedDuration::from_secs(60);

/// The state of the interface.
#[derive(Debug)]
pub struct App {
    pub(super) workspace: Workspace,
    pub(super) session: Option<Session>,
    pub(super) snapshot: Arc<Snapshot>,
    pub(super) vault: VaultState,
    /// The vaults on this machine: those found at startup, and those added since.
    pub(super) vaults: Vec<VaultHere>,
    /// The open screens, the visible one last. Empty only while `update` runs.
    pub(super) stack: Vec<Screen>,
    base: Screen,
    pub(super) overlay: Option<Overlay>,
    pub(super) notice: Option<(Notice, Timestamp)>,
    pub(super) theme: Theme,
    /// Set when the settings name another theme, which the runtime then loads.
    pub(super) has_other_theme: bool,
    pub(super) zone: TimeZone,
    pub(super) size: (u16, u16),
    pub(super) banner: Option<String>,
    pub(super) now: Timestamp,
    pub(super) tally: AttentionCounts,
    pub(super) kept: KeptScreens,
    pub(super) messages: Messages,
    pub(super) tour: Tour,
    pub(super) beat: u64,
    pub(super) next_operation: u64,
    /// Operations in progress; ctrl-c asks for confirmation before it ends them.
    pub(super) running: Running,
    /// The operation of a save that waits for a slow store; going back cancels it.
    waiting: Option<OperationId>,
    pub(super) last_key: Timestamp,
    pub(super) last_click: Option<(u16, u16, Timestamp)>,
    /// When the last key of a burst arrived (see `burst`).
    pub(super) last_burst: Option<Timestamp>,
    warned: bool,
    /// The screen to return to once the vault is unlocked again.
    pub(super) resumes: Option<Route>,
}

impl App {
    /// Starts with the unlock screen, or with the table of credentials if `session` is open.
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
            // The key of the audit log is only kept in the session, which is dropped when the vault locks.
            workspace: Workspace { log_key: None, ..workspace },
            session,
            snapshot,
            vault,
            vaults: Vec::new(),
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
            tally: AttentionCounts::default(),
            kept: KeptScreens::default(),
            messages: Messages::default(),
            tour: Tour::default(),
            beat: 0,
            next_operation: 0,
            running: Running::default(),
            waiting: None,
            last_key: now,
            last_click: None,
            last_burst: None,
            warned: false,
            resumes: None,
        };
        app.prepare();
        app
    }

    /// Applies one message and returns the effects for the runtime.
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
            Message::Job(id, event) => self.job_event(id, event),
            // The session of another vault: the user switched vaults while it was being unlocked.
            Message::Session(session, _) if session.workspace.paths.data() != self.workspace.paths.data() => Vec::new(),
            Message::Session(session, snapshot) => self.opened(*session, snapshot),
            Message::Snapshot(Ok(snapshot)) => {
                // A read or a run may finish after the vault was locked; its result contains vault data, so it is
                // dropped.
                if self.session.is_some() {
                    self.take_snapshot(snapshot);
                }
                Vec::new()
            }
            Message::Vault(workspace, state, vaults) => {
                self.enter_vault(*workspace, state, vaults);
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

    /// Shows the vault that was unlocked or created.
    fn opened(&mut self, session: Session, snapshot: Arc<Snapshot>) -> Vec<Effect> {
        let is_new = matches!(self.stack.last(), Some(Screen::FirstRun(_)));
        let imports = self.stack.iter().any(|screen| matches!(screen, Screen::FoundFiles(_)));
        (self.session, self.snapshot) = (Some(session), snapshot);
        self.stack = Screen::home();
        self.last_key = self.now;
        // The route opened last is on top: the recovery kit comes first, while the user sets up the vault, and then the
        // import of the files that were found.
        let found = (is_new && imports).then_some(Effect::Open(Route::FoundFiles));
        let found = found.or_else(|| self.resumes.take().map(Effect::Go));
        found.into_iter().chain(is_new.then_some(Effect::Open(Route::RecoveryKit))).collect()
    }

    /// Updates the counts, and lets each screen rebuild its rows if the vault or a status has changed.
    pub(super) fn prepare(&mut self) {
        self.tally.refresh(&self.snapshot, self.now);
        let cx = context_of!(self);
        for screen in &mut self.stack {
            screen.as_view_mut().prepare(&cx);
        }
    }

    /// Time until the next frame has to be drawn if nothing else happens; `None` for never.
    #[must_use]
    pub(crate) fn wake_in(&self) -> Option<SignedDuration> {
        let motion = match self.top().redraw_rate() {
            RedrawRate::Spinner => Some(SignedDuration::from_millis(100)),
            RedrawRate::Countdown => Some(SignedDuration::from_secs(1)),
            RedrawRate::Still => None,
        };
        let notice = match &self.notice {
            Some((Notice::Done(_), at)) => Some(self.now.duration_until(*at + NOTICE)),
            _ => None,
        };
        let lock = self.locks_in().map(|left| match left {
            left if left <= LAST_MINUTE => SignedDuration::from_secs(1),
            // Until then the header shows minutes, so it changes at the next full minute.
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
            && lookup(GLOBAL_KEYS, press, false) != Some(Action::ProblemDetails)
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
        if !text && let Some(action) = self.of_list(press) {
            return self.run(action);
        }
        let number = if text || self.session.is_none() { None } else { by_number(press) };
        if let Some(place) = number {
            return vec![Effect::Go(place.route.clone())];
        }
        lookup(GLOBAL_KEYS, press, text).map_or_else(Vec::new, |action| self.everywhere(action))
    }

    /// The action of a key that works in every list. `None` while an operation is in progress, because esc would cancel
    /// it.
    fn of_list(&self, press: Press) -> Option<Action> {
        let is_list = is_list(self.top().keys()) && self.top().redraw_rate() == RedrawRate::Still;
        lookup(IN_LISTS, press, false).filter(|_| is_list)
    }

    /// Carries out an action on the top screen, or shows why the screen refuses it.
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
            Action::SwitchVault if self.banner.is_some() => {
                let text = "The demo has no other vault.";
                vec![Effect::Notice(Notice::Refused(text.to_owned()))]
            }
            Action::SwitchVault if self.top().is_dialog() => Vec::new(),
            Action::SwitchVault => vec![Effect::Open(Route::Vaults)],
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
        self.apply_overlay_result(overlay, answer)
    }

    /// Applies the result of a key or a click in an overlay.
    pub(super) fn apply_overlay_result(&mut self, overlay: Overlay, answer: OverlayResult) -> Vec<Effect> {
        match answer {
            OverlayResult::Stay => self.overlay = Some(overlay),
            OverlayResult::Close => {}
            OverlayResult::Go(route) => return vec![Effect::Go(route)],
            OverlayResult::Do(action) => return self.run(action),
        }
        Vec::new()
    }

    /// Carries out an action: on the top screen if one of its keys has this action, otherwise as a global action.
    pub(super) fn run(&mut self, action: Action) -> Vec<Effect> {
        let own = self.top().keys().iter().any(|key| key.action == action);
        if own { self.act(action) } else { self.everywhere(action) }
    }

    /// Handles ctrl-c: quits at once, or at the second press if an operation is in progress.
    fn interrupt(&mut self) -> Vec<Effect> {
        match self.running.in_words() {
            Some(text) if !self.warned => {
                self.warned = true;
                vec![Effect::Notice(Notice::Refused(text))]
            }
            _ => vec![Effect::Quit],
        }
    }

    /// Delivers an event of a job to the screen that started it; drops the event if that screen is closed.
    fn job_event(&mut self, id: OperationId, event: JobEvent) -> Vec<Effect> {
        let (mut effects, mut told) = (Vec::new(), true);
        if let JobEvent::Waiting(place) = &event {
            self.waiting = Some(id);
            let text = format!("Waiting for {place}. Press esc to stop waiting and discard unsaved changes.");
            return vec![Effect::Notice(Notice::Refused(text))];
        }
        if let JobEvent::Entry(EntryEvent::Asked(asked)) = &event {
            self.add_vault(&asked.here);
        }
        if let JobEvent::Finished(result) = &event {
            told = self.running.ended(id);
            self.waiting.take_if(|waiting| *waiting == id);
            match result {
                Ok(Outcome::Undone(label)) => effects.push(Effect::Notice(Notice::Done(format!("Undid: {label}")))),
                Ok(Outcome::Redone(label)) => effects.push(Effect::Notice(Notice::Done(format!("Redid: {label}")))),
                Ok(Outcome::SettingSaved(key, file)) => self.apply(*key, file),
                Ok(Outcome::Team(TeamOutcome::Created(made))) => self.add_vault(&made.here),
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
                effects.extend(screen.as_view_mut().update(&cx, Input::Job(id, event)));
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
        self.next_operation += 1;
        let cx = context_of!(self);
        self.stack.last_mut().map_or_else(Vec::new, |screen| screen.as_view_mut().update(&cx, input))
    }

    /// Carries out the effects that change only the interface, and returns the others.
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
                Effect::Back if self.stack.len() > 1 => {
                    let given_up = self.waiting.take().map(|id| Effect::Control(id, Control::Cancel));
                    rest.extend(given_up);
                    self.leave();
                }
                Effect::Back => {}
                Effect::BackToCredentials => {
                    self.back_to_requester();
                }
                Effect::Select(id) => self.select(id),
                Effect::Authenticated(id) => {
                    self.select(id);
                    if !self.back_to_requester() {
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
                Effect::SwitchVault(name) => return self.switch_vault(name),
                Effect::Work(id, work) => {
                    self.running.begun(id, &work, &self.snapshot);
                    rest.push(Effect::Work(id, work));
                }
                Effect::Control(id, control) => {
                    self.running.note_control(id, &control);
                    rest.push(Effect::Control(id, control));
                }
                other => rest.push(other),
            }
        }
        rest
    }

    /// Removes a success notice, because it belongs to the screen that was left.
    fn drop_success(&mut self) {
        self.notice.take_if(|(notice, _)| matches!(notice, Notice::Done(_)));
    }

    /// Shows a problem as a notice, if there is one.
    pub(super) fn fail(&mut self, problem: Option<Problem>) {
        if let Some(problem) = problem {
            self.notice = Some((Notice::Failed(problem), self.now));
        }
    }

    /// Sets the vaults of this machine.
    pub fn set_vaults(&mut self, vaults: Vec<VaultHere>) {
        self.vaults = vaults;
    }

    /// Shows a word in the header, and a notice that stays until a key is pressed.
    pub(crate) fn announce(&mut self, banner: &str, notice: String) {
        self.banner = Some(banner.to_owned());
        self.tell(Notice::Refused(notice));
    }
}
