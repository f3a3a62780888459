//! Carries effects out, with `work`, `store_watch` and `clipboard`: screens do no I/O themselves.
//!
//! One loop: signals, terminal events, messages, the next timer. Everything pending is handled, then one frame is
//! drawn. There is no regular tick: a timer exists only while something on the screen moves.

mod live_theme;

use std::collections::HashMap;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crossterm::event::{KeyCode, MouseButton, MouseEventKind};
use signal_hook::consts::SIGCONT;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::Instant;

use super::app::App;
use super::clipboard::Clipboard;
use super::events::{self, Events};
use super::folder_watch::FolderWatch;
use super::store_watch::StoreWatch;
use super::terminal::{Screen, defect};
use super::terminal_input::TerminalEvent;
use super::timers::{rest, timer, until};
use super::work::{self, Worker};
use crate::engine::audit;
use crate::engine::event::JobEvent;
use crate::engine::ops::credentials;
use crate::engine::ops::sign_in::Control;
use crate::engine::submit::submit;
use crate::engine::supervisor::Label;
use crate::memory;
use crate::problem::{Kind, Problem};
use crate::tui::effect::{Effect, Notice, OperationId};
use crate::tui::keymap::Press;
use crate::tui::message::Message;
use crate::tui::theme::{ThemeSource, is_basic_terminal};

/// Shortest time between two frames: at most sixty a second.
const FRAME: Duration = Duration::from_millis(16);

/// Capacity of the message channel.
const AHEAD: usize = 256;

/// Most events handled between two frames.
const BURST: usize = 1_024;

/// How long jobs that must finish may take after the user quits; longer than the deadline of a request to a provider.
const GRACE: Duration = Duration::from_secs(60);

/// Exit code after a panic, the same as the standard library's.
const DEFECT_CODE: u8 = 101;

/// Runs until the user, a signal or a panic ends it. Returns the exit code; `None` if the demo follows.
pub(super) async fn run(mut app: App, theme: ThemeSource) -> Result<Option<u8>, Problem> {
    let mut screen = Screen::take(app.workspace.settings.mouse && !is_basic_terminal())?;
    if let Ok(size) = screen.terminal.size() {
        app.size = (size.width, size.height);
    }
    let (sender, messages) = mpsc::channel(AHEAD);
    app.workspace.warnings = work::remark(&sender);
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
        replaced: None,
        rereads: Arc::default(),
        ended: None,
        gives_up_at: None,
    };
    let ran = runtime.go(&mut screen, messages).await;
    // However the loop ended: a job that has used a one-time token finishes, and no other job begins.
    let grace = if runtime.gives_up_at.is_some() || ran.is_ok() { Duration::ZERO } else { GRACE };
    let unfinished = supervisor.drain(grace).await;
    runtime.clipboard.clear(None);
    ran?;
    if !unfinished.is_empty() {
        return Err(unfinished_jobs(&unfinished));
    }
    Ok(match runtime.ended {
        Some(ExitReason::Signal(number)) => Some(128 + number),
        Some(ExitReason::Defect) => Some(DEFECT_CODE),
        Some(ExitReason::Demo) => None,
        Some(ExitReason::ByPerson) | None => Some(0),
    })
}

/// Batches of terminal events that arrived together.
type EventBatches = mpsc::Receiver<io::Result<Vec<TerminalEvent>>>;

#[derive(Clone, Copy, Debug)]
enum ExitReason {
    ByPerson,
    /// The user chose the demo.
    Demo,
    /// A background task panicked; the message is on standard error already.
    Defect,
    Signal(u8),
}

struct Runtime {
    app: App,
    theme: ThemeSource,
    /// When the terminal was asked for its background, until it answers.
    asked: Option<Instant>,
    sender: mpsc::Sender<Message>,
    /// Controls of the operations in progress.
    controls: HashMap<OperationId, mpsc::Sender<Control>>,
    clipboard: Clipboard,
    /// The terminal was resized and may have dropped cells, even if its size is the same again: draw everything.
    repaint: bool,
    /// The vault was locked: drop the buffers of what was drawn.
    forget: bool,
    /// The message channel of the vault that is opened instead of this one; messages of the previous vault are dropped.
    replaced: Option<mpsc::Receiver<Message>>,
    /// How often reading the vault was requested since the last reading began.
    rereads: Arc<AtomicUsize>,
    /// Set when the program is quitting; jobs that must finish may still run.
    ended: Option<ExitReason>,
    /// When the program stops waiting for those jobs.
    gives_up_at: Option<Instant>,
}

impl Runtime {
    async fn go(&mut self, screen: &mut Screen, mut messages: mpsc::Receiver<Message>) -> Result<(), Problem> {
        let mut events = listen()?;
        let mut terminate = signal(SignalKind::terminate()).map_err(|error| broken(&error))?;
        let mut hangup = signal(SignalKind::hangup()).map_err(|error| broken(&error))?;
        let mut interrupt = signal(SignalKind::interrupt()).map_err(|error| broken(&error))?;
        let mut quit = signal(SignalKind::quit()).map_err(|error| broken(&error))?;
        let mut continued = signal(SignalKind::from_raw(SIGCONT)).map_err(|error| broken(&error))?;
        let supervisor = self.app.workspace.supervisor.clone();
        let (mut is_there, mut watch, mut others) = (true, FolderWatch::default(), StoreWatch::default());
        let mut themes = FolderWatch::default();
        let mut is_first = true;
        while !self.has_left() {
            if is_there && !self.draw(screen).map_err(|error| broken(&error))? {
                is_there = false;
                continue;
            }
            if std::mem::take(&mut is_first) {
                self.follow_theme(screen, &mut themes);
            }
            messages = self.replaced.take().unwrap_or(messages);
            let paths = self.app.workspace.paths.clone();
            if self.app.session.is_some() && watch.begin(paths.data()) {
                self.reread();
            }
            others.follow(self.app.session.as_ref());
            let drawn = Instant::now();
            let wake = self.app.wake_in().and_then(|time| Duration::try_from(time).ok());
            tokio::select! {
                biased;
                _ = terminate.recv() => self.insist(ExitReason::Signal(15)),
                _ = hangup.recv() => self.leave(ExitReason::Signal(1)),
                _ = interrupt.recv() => self.insist(ExitReason::Signal(2)),
                _ = quit.recv() => self.insist(ExitReason::Signal(3)),
                _ = continued.recv() => screen.take_again(),
                () = defect(), if !self.is_leaving() => self.leave(ExitReason::Defect),
                () = supervisor.idle(), if self.is_leaving() => {}
                () = until(self.gives_up_at) => {}
                batch = events.recv(), if is_there => is_there = self.handle_batch(batch, screen).map_err(|error| broken(&error))?,
                message = messages.recv() => if let Some(message) = message { self.take(message) },
                () = watch.changed(|name| paths.is_vault_name(name)) => self.reread(),
                () = others.changed() => self.reread(),
                () = themes.changed(ThemeSource::is_theme) => self.app.has_other_theme = true,
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

    /// Handles everything else that is pending before the next frame. The number of terminal events is limited, so that
    /// a flood of them does not block frames and signals.
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

    /// Draws a frame, unless a panic has restored the terminal; false if the terminal is gone.
    fn draw(&mut self, screen: &mut Screen) -> io::Result<bool> {
        if !Screen::is_ours() {
            return Ok(true);
        }
        self.prepare(screen);
        match screen.terminal.draw(|frame| self.app.view(frame)) {
            Ok(_) => Ok(true),
            Err(_) if events::hung_up() => {
                self.leave(ExitReason::Signal(1));
                Ok(false)
            }
            Err(error) => Err(error),
        }
    }

    /// Clears the screen, or drops its buffers, if that is due before the next frame.
    fn prepare(&mut self, screen: &mut Screen) {
        let repaint = std::mem::take(&mut self.repaint);
        if std::mem::take(&mut self.forget) {
            screen.forget();
        } else if repaint {
            screen.blank();
        }
    }

    /// Handles terminal events; false if the terminal is gone.
    fn handle_batch(&mut self, batch: Option<io::Result<Vec<TerminalEvent>>>, screen: &mut Screen) -> io::Result<bool> {
        match batch {
            Some(Ok(batch)) => self.batch(batch, screen),
            Some(Err(error)) if !events::hung_up() => return Err(error),
            // The terminal hung up. If SIGHUP is ignored (nohup), this is the only sign.
            Some(Err(_)) | None => {
                self.leave(ExitReason::Signal(1));
                return Ok(false);
            }
        }
        Ok(true)
    }

    fn is_leaving(&self) -> bool {
        self.ended.is_some()
    }

    /// Whether the program can end now.
    fn has_left(&self) -> bool {
        let given_up = self.gives_up_at.is_some_and(|at| at <= Instant::now());
        self.is_leaving() && (given_up || self.app.workspace.supervisor.unfinished().is_empty())
    }

    /// Quits once the jobs that must finish have ended.
    fn leave(&mut self, how: ExitReason) {
        if self.is_leaving() {
            return;
        }
        self.ended = Some(how);
        self.gives_up_at = Some(Instant::now() + GRACE);
        let doing: Vec<String> = self.app.workspace.supervisor.unfinished().iter().map(ToString::to_string).collect();
        if !doing.is_empty() {
            let text = format!("Finishing {}; ctrl-c again quits now.", doing.join(", "));
            self.take(Message::Notice(Notice::Refused(text)));
        }
    }

    /// Quits like `leave`; the second call quits at once.
    fn insist(&mut self, how: ExitReason) {
        if self.is_leaving() {
            self.gives_up_at = Some(Instant::now());
        }
        self.leave(how);
    }

    /// Handles events that arrived together.
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
            // While quitting, only another ctrl-c is handled.
            if matches!(&event, TerminalEvent::Key(key) if Press::from_event(*key) == Some(Press::ctrl('c'))) {
                self.insist(ExitReason::ByPerson);
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
        if let Message::Job(id, JobEvent::Finished(_)) = &message {
            self.controls.remove(id);
        }
        let now = self.app.workspace.clock.now();
        for effect in self.app.update(message, now) {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Quit => self.leave(ExitReason::ByPerson),
            Effect::Demo => self.leave(ExitReason::Demo),
            Effect::Locked(session) => {
                self.controls.clear();
                self.forget = true;
                // The vault is locked even if that cannot be logged.
                tokio::task::spawn_blocking(move || {
                    if let Err(problem) = audit::locked(&session) {
                        session.workspace.warnings.tell(&problem);
                    }
                });
            }
            Effect::OpenVault(name) => self.open_vault(name),
            Effect::Control(id, control) => {
                if let Some(sender) = self.controls.get(&id) {
                    // If the channel is full, four controls are waiting already.
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
            // The app carries the others out.
            _ => {}
        }
    }

    /// Opens another vault of this machine; the previous one is already locked.
    fn open_vault(&mut self, name: String) {
        let (sender, messages) = mpsc::channel(AHEAD);
        (self.sender, self.replaced) = (sender.clone(), Some(messages));
        let workspace = self.app.workspace.clone();
        tokio::task::spawn_blocking(move || work::open_vault(&workspace, &name, &sender));
    }

    fn worker(&self) -> Worker {
        Worker {
            workspace: self.app.workspace.clone(),
            session: self.app.session.clone(),
            sender: self.sender.clone(),
            clipboard: self.clipboard.clone(),
        }
    }

    /// Rereads the vault, because another process may have changed it. Only one read runs at a time, so that a slow
    /// store is not asked again before it has responded.
    fn reread(&self) {
        let Some(session) = self.app.session.clone() else { return };
        if self.rereads.fetch_add(1, Ordering::SeqCst) > 0 {
            return;
        }
        let (sender, rereads) = (self.sender.clone(), Arc::clone(&self.rereads));
        tokio::task::spawn_blocking(move || {
            loop {
                let wanted = rereads.load(Ordering::SeqCst);
                let _ = sender.blocking_send(Message::Snapshot(credentials::snapshot(&session)));
                if rereads.compare_exchange(wanted, 0, Ordering::SeqCst, Ordering::SeqCst).is_ok() {
                    return;
                }
            }
        });
    }
}

/// Whether a batch of keys is pasted text. A busy machine or a slow connection also delivers a few keys together, such
/// as a held arrow key and enter; but more than two different keys in one batch cannot have been typed.
fn is_pasted(batch: &[TerminalEvent]) -> bool {
    let text = batch.iter().filter_map(|event| match event {
        TerminalEvent::Key(key) => Press::from_event(*key).filter(Press::is_of_text),
        _ => None,
    });
    let mut text: Vec<Press> = text.collect();
    text.dedup();
    text.len() > 2
}

/// Starts the thread that reads the terminal's events. During a flood, unread input waits in the terminal. The channel
/// closes when the terminal is gone. A slot of the channel outlives its content, so slots contain only pointers, and
/// the keys are wiped with the heap memory that these point to.
fn listen() -> Result<EventBatches, Problem> {
    let mut terminal = Events::open().map_err(|error| broken(&error))?;
    let (sender, events) = mpsc::channel(BURST);
    // A separate thread, because it would permanently occupy one of the runtime's threads for blocking work.
    let reader = std::thread::Builder::new().name("events".to_owned()).spawn(move || {
        while let Some(batch) = terminal.next().transpose() {
            let broken = batch.is_err();
            if sender.blocking_send(batch).is_err() || broken {
                return;
            }
        }
    });
    reader.map_err(|_| memory::no_thread())?;
    Ok(events)
}

fn broken(error: &io::Error) -> Problem {
    Problem::new(Kind::Internal, "The terminal is gone.").why(format!("The system says: {error}."))
}

/// The problem that jobs were left unfinished, because the user did not wait or they took too long.
fn unfinished_jobs(unfinished: &[Label]) -> Problem {
    let doing: Vec<String> = unfinished.iter().map(ToString::to_string).collect();
    Problem::new(Kind::Temporary, format!("Credenza ended while {}.", doing.join(", ")))
        .why("The provider's response may be lost, and with it a refresh token that works once.")
        .try_this("Try the credential; if the provider refuses it, authenticate it again.")
}
