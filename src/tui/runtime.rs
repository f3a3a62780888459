//! Carries effects out: the only place of the interface that spawns, waits and touches the world.
//!
//! One loop: signals, terminal events, answers, the next timer. All that waits is taken in, then one frame is drawn.
//! There is no tick: a timer exists only while something on the screen moves.

use std::collections::HashMap;
use std::future::pending;
use std::io;
use std::time::Duration;

use crossterm::event::{KeyCode, MouseButton, MouseEventKind};
use signal_hook::consts::SIGCONT;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep, sleep_until};

use super::app::App;
use super::clipboard::Clipboard;
use super::events::{self, Events};
use super::folder_watch::FolderWatch;
use super::terminal::{Screen, defect};
use super::terminal_input::TerminalEvent;
use super::work::Worker;
use crate::engine::Remark;
use crate::engine::audit;
use crate::engine::event::JobEvent;
use crate::engine::ops::credentials;
use crate::engine::ops::sign_in::Control;
use crate::engine::submit::submit;
use crate::engine::supervisor::Label;
use crate::problem::{Kind, Problem};
use crate::tui::effect::{Effect, FlowId, Notice};
use crate::tui::keymap::Press;
use crate::tui::message::Message;
use crate::tui::theme::{ThemeSource, is_basic_terminal};

/// No more than sixty frames a second.
const FRAME: Duration = Duration::from_millis(16);

/// Most events taken in between two frames.
const BURST: usize = 1_024;

/// How long jobs that must finish may take once the person wants to leave: longer than a provider's deadline.
const GRACE: Duration = Duration::from_secs(60);

/// How long an answer about the background counts: later ones are read and dropped, so that nothing changes its colors
/// under a person's hands.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);

/// How long the end of the program waits for that answer, so that it is not typed into the shell: from the question on.
const ENDS_AFTER_QUESTION: Duration = Duration::from_millis(300);

/// Exit code after a panic, the one of the standard library.
const DEFECT_CODE: u8 = 101;

/// Runs until the person, a signal or a defect ends it. Gives the exit code; `None` when the demo is to follow.
pub(super) async fn run(mut app: App, theme: ThemeSource) -> Result<Option<u8>, Problem> {
    let mut screen = Screen::take(app.workspace.settings.mouse && !is_basic_terminal())?;
    if let Ok(size) = screen.terminal.size() {
        app.size = (size.width, size.height);
    }
    let (sender, messages) = mpsc::channel(256);
    let told = sender.clone();
    app.workspace.remark = Remark::by(move |problem| {
        // One that finds no room is told again with the next.
        let _ = told.try_send(Message::Notice(Notice::Failed(problem.clone())));
    });
    let supervisor = app.workspace.supervisor.clone();
    let mut runtime = Runtime {
        app,
        theme,
        asked: None,
        sender,
        controls: HashMap::new(),
        clipboard: Clipboard::default(),
        repaint: false,
        forget: false,
        ended: None,
        leaves_by: None,
    };
    let ran = runtime.go(&mut screen, messages).await;
    // However the loop ended: what has begun to spend is seen through, and nothing else begins.
    let grace = if runtime.leaves_by.is_some() || ran.is_ok() { Duration::ZERO } else { GRACE };
    let unfinished = supervisor.drain(grace).await;
    runtime.clipboard.clear(None);
    ran?;
    if !unfinished.is_empty() {
        return Err(left_behind(&unfinished));
    }
    Ok(match runtime.ended {
        Some(Ended::Signal(number)) => Some(128 + number),
        Some(Ended::Defect) => Some(DEFECT_CODE),
        Some(Ended::ForDemo) => None,
        Some(Ended::ByPerson) | None => Some(0),
    })
}

/// Events of the terminal, those together that came at once.
type EventBatches = mpsc::Receiver<io::Result<Vec<TerminalEvent>>>;

#[derive(Clone, Copy, Debug)]
enum Ended {
    ByPerson,
    /// The person wants to see the demo.
    ForDemo,
    /// A panic somewhere in the background; the message is on standard error already.
    Defect,
    Signal(u8),
}

struct Runtime {
    app: App,
    theme: ThemeSource,
    /// When the terminal was asked for its background, until it has answered.
    asked: Option<Instant>,
    sender: mpsc::Sender<Message>,
    /// Authentications under way.
    controls: HashMap<FlowId, mpsc::Sender<Control>>,
    clipboard: Clipboard,
    /// The terminal was resized, and may have dropped cells: away and back to one size looks to us as if nothing was.
    repaint: bool,
    /// The vault was locked: nothing that was drawn stays in memory.
    forget: bool,
    /// Set when it is over, but for jobs that must finish.
    ended: Option<Ended>,
    /// When those are given up.
    leaves_by: Option<Instant>,
}

impl Runtime {
    async fn go(&mut self, screen: &mut Screen, mut messages: mpsc::Receiver<Message>) -> Result<(), Problem> {
        let broken = |error: io::Error| {
            Problem::new(Kind::Internal, "The terminal is gone.").why(format!("The system says: {error}."))
        };
        let mut events = listen().map_err(broken)?;
        let mut terminate = signal(SignalKind::terminate()).map_err(broken)?;
        let mut hangup = signal(SignalKind::hangup()).map_err(broken)?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(broken)?;
        let mut quit = signal(SignalKind::quit()).map_err(broken)?;
        let mut continued = signal(SignalKind::from_raw(SIGCONT)).map_err(broken)?;
        let supervisor = self.app.workspace.supervisor.clone();
        let (mut is_there, mut watch) = (true, FolderWatch::default());
        let paths = self.app.workspace.paths.clone();
        let mut themes = FolderWatch::default();
        let mut is_first = true;
        while !self.has_left() {
            if is_there && !self.draw(screen).map_err(broken)? {
                is_there = false;
                continue;
            }
            if std::mem::take(&mut is_first) {
                self.follow_theme(screen, &mut themes);
            }
            if self.app.session.is_some() && watch.begin(paths.data()) {
                self.reread();
            }
            let drawn = Instant::now();
            let wake = self.app.wake_in().and_then(|time| Duration::try_from(time).ok());
            tokio::select! {
                biased;
                _ = terminate.recv() => self.insist(Ended::Signal(15)),
                _ = hangup.recv() => self.leave(Ended::Signal(1)),
                _ = interrupt.recv() => self.insist(Ended::Signal(2)),
                _ = quit.recv() => self.insist(Ended::Signal(3)),
                _ = continued.recv() => screen.take_again(),
                () = defect(), if !self.is_leaving() => self.leave(Ended::Defect),
                () = supervisor.idle(), if self.is_leaving() => {}
                () = until(self.leaves_by) => {}
                batch = events.recv(), if is_there => is_there = self.came(batch, screen).map_err(broken)?,
                message = messages.recv() => if let Some(message) = message { self.take(message) },
                () = watch.changed(|name| paths.is_vault_name(name)) => self.reread(),
                () = themes.changed(ThemeSource::is_theme) => self.reload_theme(),
                () = timer(wake) => self.take(Message::Tick),
            }
            self.take_waiting(&mut events, &mut messages, screen);
            rest(FRAME.saturating_sub(drawn.elapsed())).await;
        }
        if is_there {
            self.await_answer(&mut events, screen).await;
        }
        Ok(())
    }

    /// What else waits belongs into the same frame; a flood has to let frames and signals through.
    fn take_waiting(&mut self, events: &mut EventBatches, messages: &mut mpsc::Receiver<Message>, screen: &mut Screen) {
        for _ in 0..BURST {
            let Ok(Ok(batch)) = events.try_recv() else { break };
            self.batch(batch, screen);
        }
        while let Ok(message) = messages.try_recv() {
            self.take(message);
        }
        if std::mem::take(&mut self.app.has_other_theme) {
            self.theme = self.theme.by_settings(&self.app.workspace.settings);
            self.reload_theme();
        }
    }

    /// Once the first frame is there: asks what decides about the theme, and watches its file.
    fn follow_theme(&mut self, screen: &mut Screen, themes: &mut FolderWatch) {
        if self.theme.asks_for_background() {
            self.asked = screen.ask_background().then(Instant::now);
        }
        if let Some(folder) = self.theme.watched() {
            themes.begin(folder);
        }
    }

    /// Waits a moment for the answer about the background where it was asked for just now.
    async fn await_answer(&mut self, events: &mut EventBatches, screen: &mut Screen) {
        while let Some(until) = self.asked.map(|asked| asked + ENDS_AFTER_QUESTION) {
            match tokio::time::timeout_at(until, events.recv()).await {
                Ok(Some(Ok(batch))) => self.batch(batch, screen),
                _ => return,
            }
        }
    }

    /// The terminal has told its background.
    fn background(&mut self, color: [u8; 3]) {
        if self.asked.take().is_some_and(|asked| asked.elapsed() < ANSWERS_WITHIN) {
            self.theme.set_background(color);
            self.reload_theme();
        }
    }

    /// Reads the theme anew.
    fn reload_theme(&self) {
        let (source, sender) = (self.theme.clone(), self.sender.clone());
        tokio::task::spawn_blocking(move || {
            let (theme, problem) = source.load();
            let _ = sender.blocking_send(Message::Theme(Box::new(theme)));
            if let Some(problem) = problem {
                let _ = sender.blocking_send(Message::Notice(Notice::Failed(problem)));
            }
        });
    }

    /// Draws a frame, unless a panic gave the terminal back; false once the terminal is gone.
    fn draw(&mut self, screen: &mut Screen) -> io::Result<bool> {
        if !Screen::is_ours() {
            return Ok(true);
        }
        self.prepare(screen);
        match screen.terminal.draw(|frame| self.app.view(frame)) {
            Ok(_) => Ok(true),
            Err(_) if events::hung_up() => {
                self.leave(Ended::Signal(1));
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// What comes before the next frame.
    fn prepare(&mut self, screen: &mut Screen) {
        let repaint = std::mem::take(&mut self.repaint);
        if std::mem::take(&mut self.forget) {
            screen.forget();
        } else if repaint {
            screen.blank();
        }
    }

    /// Takes events of the terminal; false once the terminal is gone.
    fn came(&mut self, batch: Option<io::Result<Vec<TerminalEvent>>>, screen: &mut Screen) -> io::Result<bool> {
        match batch {
            Some(Ok(batch)) => self.batch(batch, screen),
            Some(Err(error)) if !events::hung_up() => return Err(error),
            // Hung up; anyone who ignores SIGHUP (nohup) is told by this alone.
            Some(Err(_)) | None => {
                self.leave(Ended::Signal(1));
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_leaving(&self) -> bool {
        self.ended.is_some()
    }

    /// Whether nothing keeps the program any more.
    fn has_left(&self) -> bool {
        let given_up = self.leaves_by.is_some_and(|at| at <= Instant::now());
        self.is_leaving() && (given_up || self.app.workspace.supervisor.unfinished().is_empty())
    }

    /// Ends the program once the jobs that must finish have.
    fn leave(&mut self, how: Ended) {
        if self.is_leaving() {
            return;
        }
        self.ended = Some(how);
        self.leaves_by = Some(Instant::now() + GRACE);
        let doing: Vec<String> = self.app.workspace.supervisor.unfinished().iter().map(ToString::to_string).collect();
        if !doing.is_empty() {
            let text = format!("Finishing {}; ctrl-c again quits now.", doing.join(", "));
            self.take(Message::Notice(Notice::Refused(text)));
        }
    }

    /// The second time it ends at once.
    fn insist(&mut self, how: Ended) {
        if self.is_leaving() {
            self.leaves_by = Some(Instant::now());
        }
        self.leave(how);
    }

    /// Events that came at once.
    fn batch(&mut self, batch: Vec<TerminalEvent>, screen: &mut Screen) {
        let is_burst = is_pasted(&batch);
        for event in batch {
            self.event(event, is_burst, screen);
        }
    }

    fn event(&mut self, event: TerminalEvent, is_burst: bool, screen: &mut Screen) {
        if let TerminalEvent::Background(color) = event {
            return self.background(color);
        }
        if self.is_leaving() {
            // Nothing new begins; only impatience is heard.
            if matches!(&event, TerminalEvent::Key(key) if Press::from_event(*key) == Some(Press::ctrl('c'))) {
                self.insist(Ended::ByPerson);
            }
            return;
        }
        let message = match event {
            TerminalEvent::Key(key) => match Press::from_event(key) {
                Some(press) if press == Press::ctrl('z') => {
                    screen.suspend();
                    Message::Resumed
                }
                Some(press) if is_burst => Message::Burst(press),
                Some(press) => Message::Key(press),
                None => return,
            },
            TerminalEvent::Paste(text) => Message::Paste(text),
            TerminalEvent::Resize(width, height) => {
                self.repaint = true;
                Message::Resize(width, height)
            }
            TerminalEvent::FocusGained => {
                self.reread();
                Message::Focus
            }
            TerminalEvent::FocusLost | TerminalEvent::Background(_) => return,
            TerminalEvent::Mouse(mouse) => match mouse.kind {
                MouseEventKind::Down(MouseButton::Left) => Message::Click(mouse.column, mouse.row),
                MouseEventKind::ScrollDown => Message::Scroll(1),
                MouseEventKind::ScrollUp => Message::Scroll(-1),
                _ => return,
            },
        };
        if matches!(&message, Message::Key(press) if press.code == KeyCode::Enter) {
            self.reread();
        }
        self.take(message);
    }

    fn take(&mut self, message: Message) {
        if let Message::Flow(id, JobEvent::Finished(_)) = &message {
            self.controls.remove(id);
        }
        let now = self.app.workspace.clock.now();
        for effect in self.app.update(message, now) {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Quit => self.leave(Ended::ByPerson),
            Effect::Demo => self.leave(Ended::ForDemo),
            Effect::Locked(session) => {
                self.controls.clear();
                self.forget = true;
                // It is locked whether or not that can be logged.
                tokio::task::spawn_blocking(move || {
                    if let Err(problem) = audit::locked(&session) {
                        session.workspace.remark.tell(&problem);
                    }
                });
            }
            Effect::Control(id, control) => {
                if let Some(sender) = self.controls.get(&id) {
                    // A full channel: four orders wait already.
                    let _ = sender.try_send(control);
                }
            }
            Effect::Copy(copyable) => {
                let worker = self.worker();
                tokio::spawn(async move { worker.copy(copyable).await });
            }
            Effect::OpenPage(url) => {
                let worker = self.worker();
                tokio::spawn(async move { worker.open_page(url).await });
            }
            Effect::Work(id, work) => {
                let submitted = submit(&self.app.workspace, self.app.session.as_ref(), work);
                self.controls.insert(id, submitted.control);
                let worker = self.worker();
                tokio::spawn(async move { worker.follow(id, submitted.events).await });
            }
            // Carried out by the app.
            _ => {}
        }
    }

    fn worker(&self) -> Worker {
        Worker {
            workspace: self.app.workspace.clone(),
            session: self.app.session.clone(),
            sender: self.sender.clone(),
            clipboard: self.clipboard.clone(),
        }
    }

    /// The vault may have been changed by another process.
    fn reread(&self) {
        let Some(session) = self.app.session.clone() else { return };
        let sender = self.sender.clone();
        tokio::task::spawn_blocking(move || {
            let _ = sender.blocking_send(Message::Snapshot(credentials::snapshot(&session)));
        });
    }
}

/// Whether the keys of a batch are text that was pasted. A busy machine or a slow line brings a few keys at once, such as
/// a held down arrow and enter: more than two different ones in a row are not typed.
fn is_pasted(batch: &[TerminalEvent]) -> bool {
    let text = batch.iter().filter_map(|event| match event {
        TerminalEvent::Key(key) => Press::from_event(*key).filter(Press::is_of_text),
        _ => None,
    });
    let mut text: Vec<Press> = text.collect();
    text.dedup();
    text.len() > 2
}

/// Reads the terminal's events. A flood waits in the terminal. The channel closes when the terminal is gone. Its slots
/// live longer than what was in them, so they hold pointers, and the keys are wiped with what these point to.
fn listen() -> io::Result<EventBatches> {
    let mut terminal = Events::open()?;
    let (sender, events) = mpsc::channel(BURST);
    tokio::task::spawn_blocking(move || {
        while let Some(batch) = terminal.next().transpose() {
            let broken = batch.is_err();
            if sender.blocking_send(batch).is_err() || broken {
                return;
            }
        }
    });
    Ok(events)
}

async fn until(at: Option<Instant>) {
    match at {
        Some(at) => sleep_until(at).await,
        None => pending().await,
    }
}

/// The person did not wait, or it took too long.
fn left_behind(unfinished: &[Label]) -> Problem {
    let doing: Vec<String> = unfinished.iter().map(ToString::to_string).collect();
    Problem::new(Kind::Temporary, format!("Credenza ended while {}.", doing.join(", ")))
        .why("The provider's answer may be lost, and with it a refresh token that works once.")
        .try_this("Try the credential; if the provider refuses it, authenticate it again.")
}

/// A sleep of nothing would wait for the next millisecond of the timer.
async fn rest(left: Duration) {
    if !left.is_zero() {
        sleep(left).await;
    }
}

async fn timer(wake: Option<Duration>) {
    match wake {
        Some(time) => sleep(time).await,
        None => pending().await,
    }
}
