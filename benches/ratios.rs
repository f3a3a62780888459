//! How long the program takes, as ratios to other programs that were run in between: `cargo bench`.
//!
//! Each line is the median of many runs of this program over the median of as many of theirs, taken by turns so that a
//! busy machine slows both. Peers that are not installed are left out, and said so.
#![allow(clippy::unwrap_used, clippy::print_stdout, reason = "it reports on standard output, and fails by stopping")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use credenza::catalog::{Catalog, Origin};
use credenza::clock::Clock;
use credenza::model::change::Change;
use credenza::model::credential::{Client, ClientId, Credential, Endpoints, GrantType, Name, Setup, Tokens};
use credenza::model::transaction::Transaction;
use credenza::paths::Paths;
use credenza::secret::{AccessToken, ClientSecret, Passphrase, RefreshToken};
use credenza::store::Store;
use credenza::store::local::{Local, UnlockBy};
use jiff::{SignedDuration, Timestamp};

const RUNS: usize = 40;

fn main() {
    // `cargo test --benches` runs this, too: nothing is measured then.
    if !std::env::args().any(|argument| argument == "--bench") {
        return;
    }
    println!("ours / theirs, medians of {RUNS} runs by turns\n");
    by_the_agent();
    for count in [1_000, 10_000] {
        by_identity_file(count);
    }
    a_save(1_000);
    a_search();
}

fn by_the_agent() {
    let stage = Stage::with(100);
    assert!(stage.ours(&["agent", "start"]).status().unwrap().success());
    let token = || stage.ours(&["token", "Credential 7", "--no-input"]);
    compare("token from the agent", "a process that does nothing (true)", token, || Some(Command::new("true")));
    for peer in ["oidc-token", "pizauth"] {
        if which(peer).is_none() {
            println!("token from the agent / {peer}: not installed, and it would need an account");
        }
    }
    assert!(stage.ours(&["agent", "stop"]).status().unwrap().success());
}

fn by_identity_file(count: usize) {
    let stage = Stage::with(count);
    let key = stage.key();
    let token = || stage.ours(&["token", "Credential 7", "--no-input", "--identity-file", key.to_str().unwrap()]);
    let open = || {
        let mut command = Command::new(peer()?);
        command.arg("-d").arg("-i").arg(&key).arg(stage.vault());
        Some(command)
    };
    compare(&format!("token by identity file, {count} credentials"), "rage or age -d of the same file", token, open);
}

fn a_save(count: usize) {
    let stage = Stage::with(count);
    let Some(peer) = peer() else { return println!("a save: neither rage nor age is installed") };
    let plain = stage.folder.path().join("plain");
    let key = stage.key();
    let opened = Command::new(&peer).arg("-d").arg("-i").arg(&key).arg(stage.vault()).output().unwrap();
    fs::write(&plain, opened.stdout).unwrap();
    let recipient = {
        let listed = stage.ours(&["recipients", "list", "--json"]).output().unwrap();
        serde_json::from_slice::<serde_json::Value>(&listed.stdout).unwrap()[0]["recipient"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let vault = stage.open();
    let credential = vault.snapshot().unwrap().credentials.list[7].clone();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    let mut from = credential.name.clone();
    for run in 0..RUNS {
        let to = Name::parse(&format!("Renamed {run}")).unwrap();
        ours.push(timed(|| {
            vault.commit(Change::rename(credential.id, &from, &to).into()).unwrap();
        }));
        from = to;
        theirs.push(timed(|| {
            let out = stage.folder.path().join("sealed");
            let _ = fs::remove_file(&out);
            let done = Command::new(&peer).args(["-e", "-r", &recipient, "-o"]).arg(&out).arg(&plain).status().unwrap();
            assert!(done.success());
            fs::File::open(&out).unwrap().sync_all().unwrap();
        }));
    }
    tell(
        &format!("a save (lock, read back, sync, backup), {count} credentials"),
        "rage or age -e, and fsync",
        ours,
        theirs,
    );
}

/// A key typed into the search for an integration, and the same names filtered once.
fn a_search() {
    let what = "a key in the search for an integration";
    let Some(peer) = which("fzf") else { return println!("{what} / fzf --filter: not installed") };
    let folder = tempfile::tempdir().unwrap();
    let (catalog, _) = Catalog::load(folder.path(), Origin::Internet);
    let names = folder.path().join("names");
    let listed: Vec<&str> = catalog.iter().map(|provider| provider.name.as_str()).collect();
    fs::write(&names, listed.join("\n")).unwrap();
    let (mut ours, mut theirs) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        ours.push(timed(|| assert!(!catalog.search("servicedesk").is_empty())));
        theirs.push(timed(|| {
            let names = fs::File::open(&names).unwrap();
            let filtered = Command::new(&peer).args(["--filter", "servicedesk"]).stdin(names).output().unwrap();
            assert!(!filtered.stdout.is_empty());
        }));
    }
    tell(what, "fzf --filter of the names", ours, theirs);
}

/// A vault, opened without a passphrase by a host's key.
struct Stage {
    folder: tempfile::TempDir,
}

impl Stage {
    fn with(count: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("pass"), "bench").unwrap();
        let paths = Paths::discover(Some(folder.path())).unwrap();
        let passphrase = Passphrase::new("bench".to_owned());
        let vault = Local::at(&paths, &Clock::system(), "bench").create(&passphrase, 1).unwrap();
        let inserts = (0..count).map(|number| Change::Insert(Box::new(credential(number))));
        vault.commit(Transaction::of(inserts)).unwrap();
        let stage = Self { folder };
        let key = stage.key();
        assert!(
            stage
                .ours(&["recipients", "add", "bench", "--key-file", key.to_str().unwrap()])
                .output()
                .unwrap()
                .status
                .success()
        );
        stage
    }

    fn open(&self) -> Arc<dyn Store> {
        let paths = Paths::discover(Some(self.folder.path())).unwrap();
        let passphrase = Passphrase::new("bench".to_owned());
        Local::at(&paths, &Clock::system(), "bench").unlock(UnlockBy::Passphrase(&passphrase)).unwrap()
    }

    fn key(&self) -> PathBuf {
        self.folder.path().join("key")
    }

    fn vault(&self) -> PathBuf {
        self.folder.path().join("data/vault.age")
    }

    fn ours(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_credenza"));
        command.args(arguments).env("CREDENZA_DIR", self.folder.path());
        if !arguments.contains(&"--identity-file") && arguments[0] != "token" {
            command.env("CREDENZA_PASSPHRASE_FILE", self.folder.path().join("pass"));
        }
        command
    }
}

/// One whose token is good for a year.
fn credential(number: usize) -> Credential {
    let now = Clock::system().now();
    let setup = Setup {
        client: Client { id: ClientId(format!("1000.{number}")), secret: Some(ClientSecret::new("s".repeat(42))) },
        variables: [("accounts_host".to_owned(), "accounts.zoho.eu".to_owned())].into(),
        scopes: vec!["MDMOnDemand.MDMDeviceEnrollment.READ".to_owned()],
        redirect_uri: "http://localhost:53682/callback".to_owned(),
        ..Setup::default()
    };
    let mut credential =
        Credential::new(Name::parse(&format!("Credential {number}")).unwrap(), "manageengine", setup, now);
    let token: url::Url = "https://accounts.zoho.eu/oauth/v2/token".parse().unwrap();
    credential.endpoints = Some(Endpoints {
        grant_type: Some(GrantType::AuthorizationCode),
        authorization: Some(token.clone()),
        token,
        refresh: None,
        revocation: None,
        userinfo: None,
        issuer: None,
        device: None,
        lookups: Vec::new(),
    });
    credential.tokens = Some(Tokens {
        access: AccessToken::new("a".repeat(70)),
        refresh: Some(RefreshToken::new("r".repeat(70))),
        received_at: now,
        expires_at: now.checked_add(SignedDuration::from_hours(8_760)).ok(),
        refresh_expires_at: None::<Timestamp>,
        scopes: None,
        captured: [("api_domain".to_owned(), "https://www.zohoapis.eu".to_owned())].into(),
    });
    credential
}

fn compare(what: &str, peer: &str, ours: impl Fn() -> Command, theirs: impl Fn() -> Option<Command>) {
    if theirs().is_none() {
        return println!("{what} / {peer}: not installed");
    }
    let (mut our_times, mut their_times) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        our_times.push(timed(|| run(ours())));
        their_times.push(timed(|| run(theirs().unwrap())));
    }
    tell(what, peer, our_times, their_times);
}

fn run(mut command: Command) {
    let output = command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped()).output().unwrap();
    assert!(output.status.success(), "{command:?}: {}", String::from_utf8_lossy(&output.stderr));
}

fn timed(work: impl FnOnce()) -> Duration {
    let start = Instant::now();
    work();
    start.elapsed()
}

fn tell(what: &str, peer: &str, ours: Vec<Duration>, theirs: Vec<Duration>) {
    let (ours, theirs) = (median(ours), median(theirs));
    let ratio = ours.as_secs_f64() / theirs.as_secs_f64();
    println!("{what} / {peer}: {ratio:.2}   ({:.1} ms / {:.1} ms here)", ms(ours), ms(theirs));
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort();
    times[times.len() / 2]
}

fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

fn peer() -> Option<PathBuf> {
    ["rage", "age"].into_iter().find_map(which)
}

fn which(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH")?;
    std::env::split_paths(&path).map(|folder: PathBuf| Path::new(&folder).join(program)).find(|file| file.is_file())
}
