//! Carries effects out: the only place of the interface that spawns, waits and touches the world.
//!
//! One loop: signals, terminal events, answers, the next timer. All that waits is taken in, then one frame is drawn.
//! There is no tick: a timer exists only while something on the screen moves.

use std::collections::HashMap;
use std::future::pending;
use std::io;
use std::time::Duration;

use crossterm::event::{Event, KeyCode, MouseButton, MouseEventKind};
use signal_hook::consts::SIGCONT;
use tokio::signal::unix::{SignalKind, signal};
use tokio::sync::mpsc;
use tokio::time::{Instant, sleep};

use super::app::App;
use super::clipboard::Clipboard;
use super::events::{self, Events};
use super::terminal::{Screen, defect};
use super::work::Worker;
use crate::engine::Remark;
use crate::engine::ops::credentials;
use crate::engine::ops::sign_in::Control;
use crate::problem::{Kind, Problem};
use crate::secret::Secret;
use crate::tui::effect::{Effect, FlowId, Notice};
use crate::tui::keymap::Press;
use crate::tui::message::Message;

/// No more than sixty frames a second.
const FRAME: Duration = Duration::from_millis(16);

/// Most events taken in between two frames.
const BURST: usize = 1_024;

/// A paste is cut here.
const MAX_PASTE: usize = 64 << 10;

/// Exit code after a panic, the one of the standard library.
const DEFECT_CODE: u8 = 101;

/// Runs until the person, a signal or a defect ends it. Gives the exit code.
pub(super) async fn run(mut app: App) -> Result<u8, Problem> {
    let mut screen = Screen::take(app.workspace.settings.mouse)?;
    if let Ok(size) = screen.terminal.size() {
        app.size = (size.width, size.height);
    }
    let (sender, messages) = mpsc::channel(256);
    let told = sender.clone();
    app.workspace.remark = Remark::by(move |problem| {
        // One that finds no room is told again with the next.
        let _ = told.try_send(Message::Notice(Notice::Failed(problem.clone())));
    });
    let mut runtime =
        Runtime { app, sender, controls: HashMap::new(), clipboard: Clipboard::default(), repaint: false, ended: None };
    let ran = runtime.go(&mut screen, messages).await;
    runtime.clipboard.clear(None);
    ran?;
    Ok(match runtime.ended {
        Some(Ended::Signal(number)) => 128 + number,
        Some(Ended::Defect) => DEFECT_CODE,
        Some(Ended::ByPerson) | None => 0,
    })
}

/// What ended it.
#[derive(Clone, Copy, Debug)]
enum Ended {
    ByPerson,
    /// A panic somewhere in the background; the message is on standard error already.
    Defect,
    Signal(u8),
}

struct Runtime {
    app: App,
    sender: mpsc::Sender<Message>,
    /// Authentications under way.
    controls: HashMap<FlowId, mpsc::Sender<Control>>,
    clipboard: Clipboard,
    /// The terminal was resized, and may have dropped cells: away and back to one size looks to us as if nothing was.
    repaint: bool,
    /// Set when it is over.
    ended: Option<Ended>,
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
        while self.ended.is_none() {
            if Screen::is_ours() {
                if std::mem::take(&mut self.repaint) {
                    screen.blank();
                }
                match screen.terminal.draw(|frame| self.app.view(frame)) {
                    Ok(_) => {}
                    Err(_) if events::hung_up() => self.ended = Some(Ended::Signal(1)),
                    Err(error) => return Err(broken(error)),
                }
            }
            let drawn = Instant::now();
            let wake = self.app.wake_in().and_then(|time| Duration::try_from(time).ok());
            tokio::select! {
                biased;
                _ = terminate.recv() => self.ended = Some(Ended::Signal(15)),
                _ = hangup.recv() => self.ended = Some(Ended::Signal(1)),
                _ = interrupt.recv() => self.ended = Some(Ended::Signal(2)),
                _ = quit.recv() => self.ended = Some(Ended::Signal(3)),
                _ = continued.recv() => screen.take_again(),
                () = defect() => self.ended = Some(Ended::Defect),
                event = events.recv() => match event {
                    Some(Ok(event)) => self.event(event, screen),
                    Some(Err(_)) if events::hung_up() => self.ended = Some(Ended::Signal(1)),
                    Some(Err(error)) => return Err(broken(error)),
                    // Hung up; whoever ignores SIGHUP (nohup) is told by this alone.
                    None => self.ended = Some(Ended::Signal(1)),
                },
                message = messages.recv() => if let Some(message) = message { self.take(message) },
                () = timer(wake) => self.take(Message::Tick),
            }
            // What else waits belongs into the same frame; a flood has to let frames and signals through.
            for _ in 0..BURST {
                let Ok(Ok(event)) = events.try_recv() else { break };
                self.event(event, screen);
            }
            while let Ok(message) = messages.try_recv() {
                self.take(message);
            }
            sleep(FRAME.saturating_sub(drawn.elapsed())).await;
        }
        Ok(())
    }

    fn event(&mut self, event: Event, screen: &mut Screen) {
        let message = match event {
            Event::Key(key) => match Press::from_event(key) {
                Some(press) if press == Press::ctrl('z') => {
                    screen.suspend();
                    Message::Resumed
                }
                Some(press) => Message::Key(press),
                None => return,
            },
            Event::Paste(text) => Message::Paste(bounded(text)),
            Event::Resize(width, height) => {
                self.repaint = true;
                Message::Resize(width, height)
            }
            Event::FocusGained => {
                self.reread();
                Message::Focus
            }
            Event::FocusLost => return,
            Event::Mouse(mouse) => match mouse.kind {
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
        if let Message::Flow(id, crate::tui::input::FlowEvent::Finished(_)) = &message {
            self.controls.remove(id);
        }
        let now = self.app.workspace.clock.now();
        for effect in self.app.update(message, now) {
            self.carry_out(effect);
        }
    }

    fn carry_out(&mut self, effect: Effect) {
        match effect {
            Effect::Quit => self.ended = Some(Ended::ByPerson),
            Effect::Lock => self.controls.clear(),
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
            Effect::Work(id, work) => {
                let (control, orders) = mpsc::channel(4);
                self.controls.insert(id, control);
                let worker = self.worker();
                tokio::spawn(async move { worker.work(id, work, orders).await });
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

/// Reads the terminal's events. Half a sequence blocks this thread, never the loop; a flood waits in the terminal. The
/// channel closes when the terminal is gone.
fn listen() -> io::Result<mpsc::Receiver<io::Result<Event>>> {
    let mut terminal = Events::open()?;
    let (sender, events) = mpsc::channel(BURST);
    tokio::task::spawn_blocking(move || {
        while let Some(event) = terminal.next().transpose() {
            let broken = event.is_err();
            if sender.blocking_send(event).is_err() || broken {
                return;
            }
        }
    });
    Ok(events)
}

async fn timer(wake: Option<Duration>) {
    match wake {
        Some(time) => sleep(time).await,
        None => pending().await,
    }
}

fn bounded(mut text: String) -> Secret {
    let end = (0..=MAX_PASTE.min(text.len())).rev().find(|at| text.is_char_boundary(*at)).unwrap_or(0);
    text.truncate(end);
    Secret::new(text)
}
