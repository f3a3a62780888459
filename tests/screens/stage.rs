//! The whole interface on a real vault, with a clock that does not advance by itself; most work is performed
//! synchronously.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use crate::local_vault;
use credenza::catalog::{Catalog, Origin};
use credenza::clock::Clock;
use credenza::engine::event::{JobEvent, Outcome};
use credenza::engine::operation::Operation;
use credenza::engine::ops::hosts::Host;
use credenza::engine::ops::sign_in::{Control, Progress};
use credenza::engine::ops::unlock::{KeyDescription, VaultState};
use credenza::engine::ops::{credentials, unlock};
use credenza::engine::submit;
use credenza::engine::{Http, Opener, Session, Snapshot, WarningSink, Workspace};
use credenza::model::integration::Integration;
use credenza::paths::Paths;
use credenza::problem::Problem;
use credenza::records::RunLock;
use credenza::secret::{Passphrase, Secret};
use credenza::settings::Settings;
use credenza::tui::app::App;
use credenza::tui::effect::{Copyable, Effect, OperationId};
use credenza::tui::keymap::Press;
use credenza::tui::message::Message;
use credenza::tui::route::Route;
use credenza::tui::theme::Theme;
use crossterm::event::{KeyCode, KeyModifiers};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp};
use ratatui::Terminal;
use ratatui::backend::TestBackend;
use ratatui::buffer::Buffer;
use tempfile::TempDir;

use super::seed;

/// A secret that no frame may show.
pub(crate) const CANARY: &str = "CNRY-secret-7f3a";

pub(crate) const PASSPHRASE: &str = "correct horse";

/// Replaces the path of the vault's folder in frames; of the same length.
const HOME: &str = "/home/ana/vault";

/// The time at which every scene begins.
pub(crate) fn now() -> Timestamp {
    "2026-11-23T09:58:00Z".parse().unwrap()
}

/// The keys that select the first credential of the seed in the table, which is sorted by name.
pub(crate) const SEED_FIRST: &str = "down down";

/// The interface as a user sees it.
pub(crate) struct Stage {
    pub(crate) app: App,
    pub(crate) clock: Clock,
    session: Option<Session>,
    /// A pending operation whose result the scene provides: an authentication, an unlock, a recovery kit.
    pub(crate) waiting: Option<OperationId>,
    /// The operation that is pending.
    pub(crate) asked: Option<Operation>,
    /// Texts without secrets that were copied to the clipboard.
    pub(crate) copied: Vec<String>,
    /// Operations that were canceled.
    pub(crate) canceled: Vec<OperationId>,
    pub(crate) quit: bool,
    /// The vault that the user switched to.
    pub(crate) vault: Option<String>,
    /// Whether the histories of runs are read immediately; otherwise, the scene provides them.
    pub(crate) reads: bool,
    /// Whether the scene provides the results of edits, too.
    pub(crate) leaves_edits: bool,
    /// Held for a run of another process.
    _run: Option<RunLock>,
    size: (u16, u16),
    folder: Option<TempDir>,
}

impl Stage {
    /// Without a vault.
    pub(crate) fn first_run(theme: Theme) -> Self {
        Self::closed(VaultState::Absent, theme)
    }

    /// With a locked vault.
    pub(crate) fn locked(theme: Theme) -> Self {
        let path = PathBuf::from("/home/ana/.local/share/credenza/vault.age");
        Self::closed(VaultState::Locked { path, modified: Some(now()), size: 4_096, key: None }, theme)
    }

    /// With a locked team vault that is unlocked with a key.
    pub(crate) fn locked_by(theme: Theme, label: Option<&'static str>, about: &str) -> Self {
        let path = PathBuf::from("/home/ana/.local/share/credenza/vaults/team/identity.age");
        let key = Some(KeyDescription { label, about: about.to_owned() });
        Self::closed(VaultState::Locked { path, modified: Some(now()), size: 4_096, key }, theme)
    }

    fn closed(state: VaultState, theme: Theme) -> Self {
        let clock = Clock::settable(now());
        let workspace = workspace(Path::new("/home/ana/.local/share/credenza"), &clock);
        let app = App::new(workspace, None, state, theme, TimeZone::UTC);
        Self::of(app, clock, None, None)
    }

    /// With a credential in every status.
    pub(crate) fn full(theme: Theme) -> Self {
        let mut stage = Self::open(theme, seed::credentials());
        stage.keys(SEED_FIRST);
        stage
    }

    /// With an empty vault.
    pub(crate) fn empty(theme: Theme) -> Self {
        Self::open(theme, Vec::new())
    }

    /// With these credentials.
    pub(crate) fn open(theme: Theme, list: Vec<credenza::model::credential::Credential>) -> Self {
        Self::open_with(theme, list, |_, _| None)
    }

    /// With these credentials, and whatever `seed` adds to the vault and to its folder.
    pub(crate) fn open_with(
        theme: Theme,
        list: Vec<credenza::model::credential::Credential>,
        seed: impl FnOnce(&local_vault::Vault, &Paths) -> Option<RunLock>,
    ) -> Self {
        // A path of the same length on every machine, because screens show it.
        let folder = crate::scratch::of_fixed_length();
        let clock = Clock::settable(now());
        let workspace = workspace(folder.path(), &clock);
        let passphrase = Passphrase::new(PASSPHRASE.to_owned());
        let vault = local_vault::create_throwaway(&workspace.paths, &passphrase, &clock, 1).unwrap();
        for credential in list {
            vault.commit(credenza::model::change::Change::Insert(Box::new(credential))).unwrap();
        }
        let run = seed(&vault, &workspace.paths);
        let session = unlock::unlock(&workspace, &passphrase).unwrap();
        let snapshot = credentials::snapshot(&session).unwrap();
        let state = unlock::vault_state(&workspace);
        let app = App::new(workspace, Some((session.clone(), snapshot)), state, theme, TimeZone::UTC);
        Self { _run: run, ..Self::of(app, clock, Some(session), Some(folder)) }
    }

    fn of(app: App, clock: Clock, session: Option<Session>, folder: Option<TempDir>) -> Self {
        let (waiting, copied, canceled, size) = (None, Vec::new(), Vec::new(), (80, 24));
        Self {
            app,
            clock,
            session,
            waiting,
            asked: None,
            copied,
            canceled,
            quit: false,
            vault: None,
            reads: false,
            leaves_edits: false,
            _run: None,
            size,
            folder,
        }
    }

    /// Presses keys, whose names are separated by spaces: `down enter ctrl-s +`.
    pub(crate) fn keys(&mut self, keys: &str) -> &mut Self {
        for key in keys.split_whitespace() {
            self.send(Message::Key(press(key)));
        }
        self
    }

    /// Types text, one key per character.
    pub(crate) fn typed(&mut self, text: &str) -> &mut Self {
        for c in text.chars() {
            self.send(Message::Key(Press::char(c)));
        }
        self
    }

    /// Sends a bracketed paste.
    pub(crate) fn paste(&mut self, text: &str) -> &mut Self {
        self.send(Message::Paste(Secret::new(text.to_owned())))
    }

    /// Clicks on a cell of the terminal.
    pub(crate) fn click(&mut self, x: u16, y: u16) -> &mut Self {
        self.send(Message::Click(x, y))
    }

    /// Reports the state of the vault in a folder, after the user has chosen it.
    pub(crate) fn enters(&mut self, folder: &Path) -> &mut Self {
        let workspace = workspace(folder, &self.clock);
        let path = folder.join("vault.age");
        let state = VaultState::Locked { path, modified: Some(now()), size: 4_096, key: None };
        self.session = None;
        self.send(Message::Vault(Box::new(workspace), state, Vec::new()))
    }

    /// Advances the clock.
    pub(crate) fn pass(&mut self, time: SignedDuration) -> &mut Self {
        self.clock.set(self.clock.now() + time);
        self.send(Message::Tick)
    }

    /// Reports the progress of the pending operation.
    pub(crate) fn news(&mut self, progress: Progress) -> &mut Self {
        let id = self.waiting.unwrap();
        self.send(Message::Job(id, JobEvent::Progress(progress)))
    }

    /// Ends the pending operation.
    pub(crate) fn ends(&mut self, result: Result<Outcome, Problem>) -> &mut Self {
        let id = self.waiting.take().unwrap();
        self.send(Message::Job(id, JobEvent::Finished(result)))
    }

    pub(crate) fn resize(&mut self, width: u16, height: u16) -> &mut Self {
        self.size = (width, height);
        self.send(Message::Resize(width, height))
    }

    /// Adds integrations to the vault that the screens see.
    pub(crate) fn integrate(&mut self, list: Vec<Integration>) -> &mut Self {
        self.holds(|snapshot| Arc::make_mut(&mut snapshot.integrations).list.extend(list.into_iter().map(Arc::new)))
    }

    /// Sets the hosts that open the vault, as the screens see it.
    pub(crate) fn hosts(&mut self, list: Vec<Host>) -> &mut Self {
        self.holds(|snapshot| snapshot.hosts = list)
    }

    /// Changes the vault as the screens see it, without saving.
    pub(crate) fn holds(&mut self, change: impl FnOnce(&mut Snapshot)) -> &mut Self {
        let mut snapshot = (*credentials::snapshot(self.session.as_ref().unwrap()).unwrap()).clone();
        snapshot.generation = u64::MAX;
        change(&mut snapshot);
        self.send(Message::Snapshot(Ok(Arc::new(snapshot))))
    }

    /// Opens a screen, as a key of another screen does.
    pub(crate) fn visit(&mut self, route: Route) -> &mut Self {
        let effects = self.app.visit(route, self.clock.now());
        self.carry_out(effects)
    }

    /// Reports an event of the pending operation.
    pub(crate) fn told(&mut self, event: JobEvent) -> &mut Self {
        let id = self.waiting.unwrap();
        self.send(Message::Job(id, event))
    }

    pub(crate) fn send(&mut self, message: Message) -> &mut Self {
        let effects = self.app.update(message, self.clock.now());
        self.carry_out(effects)
    }

    fn carry_out(&mut self, effects: Vec<Effect>) -> &mut Self {
        for effect in effects {
            match effect {
                Effect::Work(id, work) => self.work(id, work),
                Effect::Quit => self.quit = true,
                Effect::Copy(Copyable::Plain { text, .. }) => self.copied.push(text),
                Effect::Control(id, Control::Cancel) => self.canceled.push(id),
                Effect::OpenVault(name) => self.vault = Some(name),
                _ => {}
            }
        }
        self
    }

    /// Performs operations that only change the vault immediately; the scene provides the results of all others.
    fn work(&mut self, id: OperationId, work: Operation) {
        let Some(session) = &self.session else {
            self.waiting = Some(id);
            return;
        };
        let reads = matches!(work, Operation::Reveal(_))
            || self.reads
                && matches!(
                    work,
                    Operation::ReadIntegrationHealth
                        | Operation::ReadSessions(_)
                        | Operation::ReadSettings
                        | Operation::ReadCatalogFiles
                );
        let result = match (work.is_edit() && !self.leaves_edits && !is_left_to_scenes(&work), reads) {
            (true, _) => submit::edit(session, work),
            (false, true) => submit::read(session, &work),
            (false, false) => {
                (self.waiting, self.asked) = (Some(id), Some(work));
                return;
            }
        };
        let snapshot = credentials::snapshot(session);
        self.send(Message::Snapshot(snapshot));
        self.send(Message::Job(id, JobEvent::Finished(result)));
    }

    /// Shows the current state of the vault on the screens.
    pub(crate) fn refresh(&mut self) -> &mut Self {
        let snapshot = credentials::snapshot(self.session.as_ref().unwrap());
        self.send(Message::Snapshot(snapshot))
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.folder.as_ref().unwrap().path().to_owned()
    }

    pub(crate) fn paths(&self) -> Paths {
        Paths::discover(Some(&self.folder())).unwrap()
    }

    /// The vault as another process opens it.
    pub(crate) fn elsewhere(&self) -> local_vault::Vault {
        local_vault::Vault::unlock(&self.paths(), &Passphrase::new(PASSPHRASE.to_owned()), &self.clock).unwrap()
    }

    /// Performs the work of another process.
    pub(crate) fn meanwhile(&self, work: impl FnOnce(&Session)) {
        work(self.session.as_ref().unwrap());
    }

    /// Unlocks the vault again.
    pub(crate) fn unlocked(&mut self) -> &mut Self {
        let session = self.session.clone().unwrap();
        let snapshot = credentials::snapshot(&session).unwrap();
        self.send(Message::Session(Box::new(session), snapshot))
    }

    /// The ID of the credential whose name begins with `name`.
    pub(crate) fn app_credential(&self, name: &str) -> credenza::model::credential::CredentialId {
        let snapshot = credentials::snapshot(self.session.as_ref().unwrap()).unwrap();
        snapshot.credentials.list.iter().find(|one| one.name.as_str().starts_with(name)).unwrap().id
    }

    /// The cells of the screen at the current size.
    pub(crate) fn buffer(&self) -> Buffer {
        let mut terminal = Terminal::new(TestBackend::new(self.size.0, self.size.1)).unwrap();
        terminal.draw(|frame| self.app.view(frame)).unwrap();
        terminal.backend().buffer().clone()
    }

    /// The frame as lines of text, without trailing spaces.
    pub(crate) fn frame(&self) -> String {
        let folder = self.folder.as_ref().map(|folder| folder.path().display().to_string());
        let text = folder.map_or_else(|| lines(&self.buffer()), |folder| lines(&self.buffer()).replace(&folder, HOME));
        assert!(!text.contains(CANARY) && !text.contains(PASSPHRASE), "a secret is shown\n{text}");
        text
    }

    /// The position of the terminal's cursor.
    pub(crate) fn cursor(&self) -> (u16, u16) {
        let mut terminal = Terminal::new(TestBackend::new(self.size.0, self.size.1)).unwrap();
        terminal.draw(|frame| self.app.view(frame)).unwrap();
        let at = terminal.get_cursor_position().unwrap();
        (at.x, at.y)
    }
}

/// Edits that run scrypt, or whose result the scene makes up.
fn is_left_to_scenes(operation: &Operation) -> bool {
    matches!(
        operation,
        Operation::ChangePassphrase { .. }
            | Operation::ConfirmRecovery { .. }
            | Operation::RestoreVersion(_)
            | Operation::RemoveHost { .. }
            | Operation::Team(_)
    )
}

fn workspace(folder: &Path, clock: &Clock) -> Workspace {
    let paths = Paths::discover(Some(folder)).unwrap();
    Workspace {
        catalog: Arc::new(Catalog::load(&paths.catalog(), Origin::Internet).0),
        paths,
        settings: Arc::new(Settings::default()),
        clock: clock.clone(),
        opener: Opener::stand_in(|_| Ok(())),
        warnings: WarningSink::default(),
        reading: credenza::engine::Reading::default(),
        supervisor: credenza::engine::supervisor::Supervisor::default(),
        program: "test".into(),
        log_key: None,
        log: credenza::engine::LogQueue::default(),
        http: Http::default(),
    }
}

fn lines(buffer: &Buffer) -> String {
    let mut text = String::new();
    for row in buffer.area.rows() {
        let mut line = String::new();
        let mut covered = 0;
        for at in row.columns() {
            let symbol = buffer[(at.x, at.y)].symbol();
            // The cell after a wide character is covered by it.
            if covered == 0 {
                line.push_str(symbol);
                covered = unicode_width::UnicodeWidthStr::width(symbol).max(1);
            }
            covered -= 1;
        }
        writeln!(text, "{}", line.trim_end()).unwrap();
    }
    text
}

/// The key with this name, as the footer spells it.
fn press(name: &str) -> Press {
    let code = |name: &str| match name {
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "shift-tab" => KeyCode::BackTab,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "pgup" => KeyCode::PageUp,
        "pgdn" => KeyCode::PageDown,
        "end" => KeyCode::End,
        "space" => KeyCode::Char(' '),
        "F1" => KeyCode::F(1),
        "F5" => KeyCode::F(5),
        "F6" => KeyCode::F(6),
        one if one.chars().count() == 1 => KeyCode::Char(one.chars().next().unwrap()),
        other => panic!("no key is called {other}"),
    };
    match name.strip_prefix("ctrl-") {
        Some(key) => Press { code: code(key), modifiers: KeyModifiers::CONTROL },
        None => Press::plain(code(name)),
    }
}
