//! The engine with a scripted provider, on real vaults with a cheap scrypt work factor.

mod clock;
mod edits;
mod ends;
mod gone;
mod independent;
mod input;
mod lost;
mod refresh;
mod rescue;
mod revoking;
mod saves;
pub(crate) mod token_sets;
mod unclear;
mod unread;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::local_vault::{self, Vault};
use credenza::catalog::{Catalog, Origin};
use credenza::clock::Clock;
use credenza::engine::ops::token::{self, Refresh, Request, Token};
use credenza::engine::ops::unlock;
use credenza::engine::{Http, Opener, Session, WarningSink, Workspace};
use credenza::model::change::Change;
use credenza::model::credential::{Client, ClientId, Credential, CredentialId, Endpoints, Name, Setup, Tokens};
use credenza::paths::Paths;
use credenza::problem::Problem;
use credenza::secret::{AccessToken, ClientSecret, Passphrase, RefreshToken};
use credenza::settings::Settings;
use jiff::{SignedDuration, Timestamp};
use tempfile::TempDir;

/// The response of the fake to one token request.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    /// The status, additional header lines, and the body.
    Http(u16, &'static str, String),
    /// Closes the connection after reading the request.
    Hangup,
}

/// A token endpoint on loopback: follows a script, then rotates refresh tokens; a spent one yields `invalid_grant`.
pub(crate) struct Fake {
    pub(crate) url: url::Url,
    state: Arc<Mutex<State>>,
}

#[derive(Default)]
struct State {
    script: Vec<Reply>,
    requests: Vec<String>,
    rotations: usize,
    life: u32,
    held: bool,
    arrived: bool,
}

impl Fake {
    pub(crate) fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let url = format!("http://{}/token", listener.local_addr().unwrap()).parse().unwrap();
        let state = Arc::new(Mutex::new(State { life: 3_600, ..State::default() }));
        let shared = Arc::clone(&state);
        thread::spawn(move || {
            for stream in listener.incoming() {
                serve(stream.unwrap(), &shared);
            }
        });
        Self { url, state }
    }

    /// Sets the next responses, in order.
    pub(crate) fn script(&self, replies: impl IntoIterator<Item = Reply>) {
        self.state.lock().unwrap().script = replies.into_iter().collect();
    }

    /// Sets the lifetime of new access tokens in seconds.
    pub(crate) fn life(&self, seconds: u32) {
        self.state.lock().unwrap().life = seconds;
    }

    /// Delays all responses until [`Fake::release`].
    pub(crate) fn hold(&self) {
        let mut state = self.state.lock().unwrap();
        (state.held, state.arrived) = (true, false);
    }

    pub(crate) fn release(&self) {
        self.state.lock().unwrap().held = false;
    }

    /// Waits until a request has arrived.
    pub(crate) fn arrived(&self) {
        until(|| self.state.lock().unwrap().arrived);
    }

    /// The bodies of all requests so far.
    pub(crate) fn requests(&self) -> Vec<String> {
        self.state.lock().unwrap().requests.clone()
    }
}

fn serve(mut stream: TcpStream, state: &Mutex<State>) {
    let Some(body) = request(&mut stream) else { return };
    state.lock().unwrap().arrived = true;
    until(|| !state.lock().unwrap().held);
    let mut state = state.lock().unwrap();
    let reply = if state.script.is_empty() { rotate(&mut state, &body) } else { state.script.remove(0) };
    state.requests.push(body);
    drop(state);
    if let Reply::Http(status, headers, body) = reply {
        let head =
            format!("HTTP/1.1 {status} X\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n", body.len());
        let _ = stream.write_all(head.as_bytes()).and_then(|()| stream.write_all(body.as_bytes()));
    }
}

/// Takes a file lock, as another process does. This may take a moment: a child process that another test is starting
/// has inherited the open file, and holds the lock until its `exec`.
pub(crate) fn hold_lock(path: &Path) -> File {
    let file = File::options().read(true).write(true).open(path).unwrap();
    until(|| file.try_lock().is_ok());
    file
}

/// Waits for a condition, but at most a minute: many tests may share two cores.
pub(crate) fn until(mut met: impl FnMut() -> bool) {
    for _ in 0..12_000 {
        if met() {
            return;
        }
        thread::sleep(std::time::Duration::from_millis(5));
    }
    panic!("the condition was not met in time");
}

/// Accepts each refresh token once, as a provider that detects reuse does.
fn rotate(state: &mut State, body: &str) -> Reply {
    if !body.contains(&format!("refresh_token=r{}&", state.rotations))
        && !body.ends_with(&format!("=r{}", state.rotations))
    {
        return json(400, r#"{"error":"invalid_grant"}"#);
    }
    state.rotations += 1;
    let (n, life) = (state.rotations, state.life);
    json(200, &format!(r#"{{"access_token":"a{n}","refresh_token":"r{n}","token_type":"Bearer","expires_in":{life}}}"#))
}

pub(crate) fn json(status: u16, body: &str) -> Reply {
    Reply::Http(status, "content-type: application/json\r\n", body.to_owned())
}

fn request(stream: &mut TcpStream) -> Option<String> {
    let (mut bytes, mut chunk) = (Vec::new(), [0; 4_096]);
    loop {
        let read = stream.read(&mut chunk).ok().filter(|read| *read > 0)?;
        bytes.extend_from_slice(&chunk[..read]);
        let text = String::from_utf8_lossy(&bytes).into_owned();
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let length = head.lines().find_map(|line| line.to_lowercase().strip_prefix("content-length: ")?.parse().ok());
        if body.len() >= length.unwrap_or(0) {
            return Some(body.to_owned());
        }
    }
}

/// A vault with one authenticated credential, whose access token `a0` expires an hour after [`NOW`].
pub(crate) struct Home {
    pub(crate) clock: Clock,
    pub(crate) id: CredentialId,
    pub(crate) workspace: Workspace,
    pub(crate) folder: TempDir,
}

pub(crate) const NOW: i64 = 1_700_000_000;

pub(crate) fn at(seconds: i64) -> Timestamp {
    Timestamp::from_second(NOW + seconds).unwrap()
}

/// Requests an access token, as a process does.
pub(crate) fn ask(home: &Home, request: Request) -> Result<Token, Problem> {
    let session = home.session();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(token::access_token(&session, home.id, request))
}

/// Completes a refresh that has begun.
pub(crate) fn finish(home: &Home, refresh: Refresh) -> Result<Token, Problem> {
    let session = home.session();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(token::finish(&session, refresh))
}

/// Refreshes even if the stored access token is valid.
pub(crate) fn force(home: &Home) -> Result<Token, Problem> {
    ask(home, Request { force: true, ..Request::default() })
}

/// The access and the refresh token of a credential.
pub(crate) fn pair(credential: &Credential) -> (String, String) {
    let tokens = credential.tokens.as_ref().unwrap();
    (tokens.access.expose().to_owned(), tokens.refresh.as_ref().unwrap().expose().to_owned())
}

/// The token pair number `n` of the fake.
pub(crate) fn both(n: u32) -> (String, String) {
    (format!("a{n}"), format!("r{n}"))
}

pub(crate) fn passphrase() -> Passphrase {
    Passphrase::new("test".to_owned())
}

impl Home {
    pub(crate) fn with(fake: &Fake) -> Self {
        let folder = crate::scratch::folder();
        std::fs::write(folder.path().join("pass"), "test").unwrap();
        let clock = Clock::settable(at(0));
        let paths = Paths::discover(Some(folder.path())).unwrap();
        let vault = local_vault::create_throwaway(&paths, &passphrase(), &clock, 1).unwrap();
        let client = Client { id: ClientId("1000.ABC".into()), secret: Some(ClientSecret::new("s".into())) };
        let variables = BTreeMap::from([("accounts_host".to_owned(), "accounts.zoho.eu".to_owned())]);
        let setup = Setup {
            client,
            variables,
            scopes: vec!["x".into()],
            redirect_uri: "http://localhost:1/c".into(),
            ..Setup::default()
        };
        let credential = Credential::new(Name::parse("Zoho EU").unwrap(), "manageengine", setup, at(0));
        let id = credential.id;
        vault.commit(Change::Insert(Box::new(credential))).unwrap();
        vault.commit(authenticated(id, fake)).unwrap();
        let workspace = Workspace {
            catalog: Arc::new(Catalog::load(&paths.catalog(), Origin::Internet).0),
            paths,
            settings: Arc::new(Settings::default()),
            clock: clock.clone(),
            opener: Opener::default(),
            warnings: WarningSink::default(),
            reading: credenza::engine::Reading::default(),
            supervisor: credenza::engine::supervisor::Supervisor::default(),
            program: "test".into(),
            log_key: None,
            log: credenza::engine::LogQueue::default(),
            http: Http::default(),
        };
        Self { clock, id, workspace, folder }
    }

    /// Opens the vault, as another process does.
    pub(crate) fn session(&self) -> Session {
        unlock::unlock(&self.workspace, &passphrase()).unwrap()
    }

    pub(crate) fn vault(&self) -> Vault {
        Vault::unlock(&self.workspace.paths, &passphrase(), &self.clock).unwrap()
    }

    pub(crate) fn stored(&self) -> Credential {
        self.vault().snapshot().unwrap().credentials.by_id(self.id).unwrap().clone()
    }

    /// The command `token` for this vault.
    pub(crate) fn token_command(&self, arguments: &[&str]) -> Command {
        self.command(&[&["token", "Zoho EU"], arguments].concat())
    }

    /// A command for this vault.
    pub(crate) fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_credenza"));
        command.arg("--no-input").args(arguments).env_clear();
        command.env("CREDENZA_DIR", self.folder.path());
        command.env("CREDENZA_PASSPHRASE_FILE", self.folder.path().join("pass"));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Makes every save of the vault fail, as on a full or broken disk. Removing the folder for backups, which are
    /// written first, affects root, too.
    pub(crate) fn break_saves(&self) {
        std::fs::rename(self.workspace.paths.backups(), self.workspace.paths.data().join("aside")).unwrap();
        std::fs::write(self.workspace.paths.backups(), "").unwrap();
    }

    pub(crate) fn mend_saves(&self) {
        std::fs::remove_file(self.workspace.paths.backups()).unwrap();
        std::fs::rename(self.workspace.paths.data().join("aside"), self.workspace.paths.backups()).unwrap();
    }

    pub(crate) fn pass(&self, seconds: i64) {
        let now = self.clock.now();
        self.clock.set(now.checked_add(SignedDuration::from_secs(seconds)).unwrap());
    }
}

/// The token pair number `n`, received at [`NOW`].
pub(crate) fn tokens(n: u32) -> Tokens {
    Tokens {
        access: AccessToken::new(format!("a{n}")),
        refresh: Some(RefreshToken::new(format!("r{n}"))),
        received_at: at(0),
        expires_at: Some(at(3_600)),
        refresh_expires_at: None,
        scopes: None,
        captured: BTreeMap::new(),
    }
}

fn authenticated(id: CredentialId, fake: &Fake) -> Change {
    let endpoints = Endpoints {
        grant_type: None,
        authorization: Some(fake.url.clone()),
        token: fake.url.clone(),
        refresh: None,
        revocation: None,
        userinfo: None,
        issuer: None,
        device: None,
        lookups: Vec::new(),
    };
    Change::Authenticated {
        id,
        tokens: Box::new(tokens(0)),
        endpoints: Box::new(endpoints),
        moved: BTreeMap::new(),
        by: "by browser",
        sets: BTreeMap::new(),
    }
}
