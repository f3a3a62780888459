//! `credenza team`: mistakes are reported before anything is created. Then the whole life cycle with two users and a
//! host, on the PostgreSQL that `CREDENZA_TEST_POSTGRES=USER@HOST:PORT/DATABASE` names.

use std::collections::BTreeMap;
use std::fs;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use credenza::clock::Clock;
use credenza::model::change::Change;
use credenza::model::credential::{Credential, MAIN_SECRET, Name, Setup, Tokens};
use credenza::paths::Paths;
use credenza::secret::{AccessToken, Passphrase, RefreshToken, Secret};
use credenza::store::local::{Local, UnlockBy};
use jiff::SignedDuration;
use serde_json::Value;
use tokio_postgres::NoTls;

use super::{Cli, Ran};

#[test]
fn what_is_wrong_is_said_and_nothing_is_left_on_this_machine() {
    let cli = Cli::new();
    let none = cli.run(&["team", "list"]).ends(3);
    assert!(none.err.contains("team create URL"), "{}", none.err);
    for (arguments, code, said) in [
        (&["team", "create", "mysql://db/x", "--as", "Ana", "--allow-weak"][..], 2, "scheme"),
        (&["team", "create", "postgres://ana:hunter2@127.0.0.1:1/x", "--as", "Ana", "--allow-weak"], 2, "password"),
        (&["team", "create", "postgres://ana@127.0.0.1:1/x", "--as", "Ana", "--allow-weak"], 6, "cannot be reached"),
        (&["team", "join", "postgres://ana@127.0.0.1:1/x", "--as", "Ana", "--allow-weak"], 6, "cannot be reached"),
        (&["team", "create", "postgres://ana@127.0.0.1:1/x", "--allow-weak"], 2, "--as NAME"),
        (&["--vault", "No/Name", "list"], 2, "is not the name of a vault"),
        (&["--vault", "acme", "list"], 7, "acme"),
    ] {
        let ran = cli.run(arguments).ends(code);
        assert!(ran.err.contains(said) && !ran.err.contains("hunter2"), "{arguments:?}: {}", ran.err);
    }
    assert!(!cli.folder().join("data/vaults/team/identity.age").exists());
    // The local vault is unchanged.
    cli.run(&["--vault", "local", "list"]).ends(0);
    fs::create_dir_all(cli.folder().join("config")).unwrap();
    fs::write(cli.folder().join("config/settings.toml"), "vault = \"acme\"\n").unwrap();
    assert!(cli.run(&["list"]).ends(7).err.contains("acme"));
    cli.run(&["--vault", "local", "list"]).ends(0);
    fs::write(cli.folder().join("config/settings.toml"), "vault = \"../x\"\n").unwrap();
    assert!(cli.run(&["list"]).ends(2).err.contains("Line 1, column 9"));
}

/// Creates a schema in the database that the environment variable names; returns the vault address.
pub(crate) fn schema() -> Option<String> {
    let named = std::env::var("CREDENZA_TEST_POSTGRES").ok()?;
    let (user, rest) = named.split_once('@').unwrap();
    let (server, database) = rest.split_once('/').unwrap();
    let (host, port) = server.split_once(':').unwrap();
    let schema = format!("t_{}", uuid::Uuid::new_v4().simple());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let config = format!("host={host} port={port} user={user} dbname={database}");
        let (client, connection) = tokio_postgres::connect(&config, NoTls).await.unwrap();
        let driven = tokio::spawn(connection);
        client.batch_execute(&format!("CREATE SCHEMA {schema}")).await.unwrap();
        drop(client);
        driven.await.unwrap().unwrap();
    });
    Some(format!("postgres://{user}@{server}/{database}?schema={schema}"))
}

pub(crate) fn team(cli: &Cli, arguments: &[&str]) -> Ran {
    cli.run(&[&["--vault", "team", "--json"], arguments].concat())
}

fn names(ran: &Ran) -> Vec<String> {
    ran.json().as_array().unwrap().iter().map(|one| one["name"].as_str().unwrap().to_owned()).collect()
}

fn of(name: &str, provider: &str, setup: Setup) -> Credential {
    Credential::new(Name::parse(name).unwrap(), provider, setup, Clock::system().now())
}

/// A credential with an access token that is valid for an hour.
fn with_tokens(name: &str) -> Credential {
    let mut credential = of(name, "manageengine", Setup::default());
    let now = credential.created_at;
    credential.tokens = Some(Tokens {
        access: AccessToken::new("access1".to_owned()),
        refresh: Some(RefreshToken::new("refresh1".to_owned())),
        received_at: now,
        expires_at: Some(now + SignedDuration::from_hours(1)),
        refresh_expires_at: None,
        scopes: None,
        captured: BTreeMap::new(),
    });
    credential
}

fn with_key(name: &str) -> Credential {
    let mut setup = Setup::default();
    setup.secrets.insert(MAIN_SECRET.to_owned(), Secret::new("sk-0123456789abcdef".to_owned()));
    of(name, "pagerduty-key", setup)
}

/// A proxy that forwards connections to a server until it is cut off.
struct Relay {
    port: u16,
    is_cut: Arc<AtomicBool>,
}

impl Relay {
    fn to(server: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let (port, is_cut, server) = (listener.local_addr().unwrap().port(), Arc::default(), server.to_owned());
        let cut: Arc<AtomicBool> = Arc::clone(&is_cut);
        std::thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if cut.load(Ordering::SeqCst) {
                    continue;
                }
                let Ok(upstream) = TcpStream::connect(&server) else { continue };
                for (mut from, mut to) in
                    [(client.try_clone().unwrap(), upstream.try_clone().unwrap()), (upstream, client)]
                {
                    std::thread::spawn(move || {
                        let _ = std::io::copy(&mut from, &mut to);
                        let _ = to.shutdown(std::net::Shutdown::Both);
                    });
                }
            }
        });
        Self { port, is_cut }
    }
}

#[test]
fn a_token_that_is_good_is_printed_without_the_store_and_a_key_with_a_note() {
    let Some(address) = schema() else { return };
    let (start, rest) = address.split_once('@').unwrap();
    let (server, rest) = rest.split_once('/').unwrap();
    let relay = Relay::to(server);
    let ana = Cli::new();
    let local = Local::at(&Paths::discover(Some(ana.folder())).unwrap(), &Clock::system(), "credenza");
    let store = local.unlock(UnlockBy::Passphrase(&Passphrase::new("test".to_owned()))).unwrap();
    for credential in [with_tokens("Zoho EU"), with_key("Key")] {
        store.commit(Change::Insert(Box::new(credential)).into()).unwrap();
    }
    let address = format!("{start}@127.0.0.1:{}/{rest}", relay.port);
    team(&ana, &["team", "create", &address, "--as", "Ana", "--from-local"]).ends(0);
    let asked = ana.run(&["--vault", "team", "token", "Zoho EU"]).ends(0);
    relay.is_cut.store(true, Ordering::SeqCst);
    let kept = ana.run(&["--vault", "team", "token", "zoho eu"]).ends(0);
    assert_eq!(asked.out, "access1\n");
    assert_eq!((kept.out, kept.err), (asked.out, String::new()), "nothing was asked, so nothing is to be said");
    let key = ana.run(&["--vault", "team", "token", "Key"]).ends(0);
    assert!(key.out.contains("sk-0123456789abcdef") && key.err.contains("this is as of"), "{}", key.err);
    assert!(ana.run(&["--vault", "team", "list"]).ends(0).err.contains("this is as of"));
    assert!(ana.run(&["--vault", "team", "token", "Zoho EU", "--force"]).ends(6).err.contains("cannot be reached"));
    relay.is_cut.store(false, Ordering::SeqCst);
    ana.run(&["--vault", "team", "delete", "Zoho EU"]).ends(0);
    relay.is_cut.store(true, Ordering::SeqCst);
    assert!(ana.run(&["--vault", "team", "token", "Zoho EU"]).ends(3).out.is_empty(), "it is known to be deleted");
}

/// Checks that an admin's log contains entries of each of these members, and that all of it verifies.
fn has_the_log_of(admin: &Cli, members: &[&str]) {
    let log = team(admin, &["log"]).ends(0).json();
    for member in members {
        assert!(log.as_array().unwrap().iter().any(|line| line["member"] == *member), "{member}: {log}");
    }
    let verified = team(admin, &["log", "--verify"]).ends(0).json();
    assert_eq!(verified["members"].as_array().unwrap().len(), members.len(), "{verified}");
}

#[test]
fn two_people_and_a_host_share_a_vault_on_postgresql() {
    let Some(address) = schema() else { return };
    let (ana, bob, ci) = (Cli::new(), Cli::empty(), Cli::empty());
    ana.add("Zoho EU").ends(0);
    ana.add("Payroll").ends(0);
    let made = team(&ana, &["team", "create", &address, "--as", "Ana", "--from-local"]).ends(0).json();
    assert_eq!((made["vault"].as_str(), made["moved"]["credentials"].as_u64()), (Some("team"), Some(2)));
    assert_eq!(names(&ana.run(&["list", "--json"]).ends(0)), Vec::<String>::new(), "they were moved");
    assert_eq!(names(&team(&ana, &["list"]).ends(0)), ["Zoho EU", "Payroll"]);
    assert!(team(&ana, &["team", "create", &address, "--as", "Ana", "--allow-weak"]).ends(8).err.contains("already"));

    // Bob joins with his code, and the words are compared.
    let joining = team(&bob, &["team", "join", &address, "--as", "Bob", "--allow-weak"]).ends(0).json();
    let (code, words) = (joining["code"].as_str().unwrap(), joining["words"].as_str().unwrap());
    assert!(team(&bob, &["list"]).ends(5).err.contains("not a member"));
    assert!(team(&ana, &["team", "add", code, "--words", "a b c d"]).ends(8).err.contains("was not added"));
    let added = team(&ana, &["team", "add", code, "--words", words, "--role", "admin"]).ends(0).json();
    assert_eq!((added["name"].as_str(), added["role"].as_str()), (Some("Bob"), Some("admin")));
    assert_eq!(names(&team(&bob, &["list"]).ends(0)), ["Zoho EU", "Payroll"]);
    team(&bob, &["rename", "Payroll", "Wages"]).ends(0);
    // Members undo only their own changes.
    assert!(team(&bob, &["undo", "--yes"]).ends(0).out.contains("rename Payroll"));

    // A host reads one credential with its identity file alone.
    let key = ci.folder().join("ci.key");
    let host = ["team", "add-host", "ci", "--credential", "zoho eu", "--key-file", key.to_str().unwrap()];
    assert_eq!(team(&bob, &host).ends(0).json()["role"], "host");
    let mut command = ci.command(&["--json", "--no-input", "list", "--identity-file"]);
    let listed = Ran::of(command.arg(&key).output().unwrap()).ends(0);
    assert_eq!(listed.json().as_array().unwrap().len(), 1);

    // An admin reads the log of every machine, and changes roles.
    has_the_log_of(&ana, &["Ana", "Bob", "ci"]);
    assert_eq!(team(&ana, &["team", "role", "Bob", "reader"]).ends(0).json()["role"], "reader");
    team(&bob, &["rename", "Payroll", "Wages"]).ends(8);
    assert!(team(&bob, &["team", "role", "Ana", "reader"]).ends(8).err.contains("Only an admin"));

    // Bob is removed. The secrets he knew are listed until they are rotated.
    let members = team(&ana, &["team", "list"]).ends(0).json();
    assert_eq!(members["members"].as_array().unwrap().len(), 3);
    let removed = team(&ana, &["team", "remove", "bob"]).ends(0).json();
    let rotate: Vec<Value> = removed["rotate"].as_array().unwrap().clone();
    assert!(!rotate.is_empty() && rotate[0]["what"][0] == "client secret", "{removed}");
    assert!(team(&bob, &["list"]).ends(8).err.contains("no longer a member"));
    let name = rotate[0]["name"].as_str().unwrap();
    let left = team(&ana, &["team", "rotation", "--done", name]).ends(0).json();
    assert_eq!(left.as_array().unwrap().len(), rotate.len() - 1);

    // Back to a local vault.
    let home = Cli::empty();
    let exported = ana.run(&["--vault", "team", "team", "export-local"]);
    exported.ends(8);
    fs::rename(ana.folder().join("data/vaults"), home.folder().join("vaults")).unwrap();
    fs::create_dir_all(home.folder().join("data")).unwrap();
    fs::rename(home.folder().join("vaults"), home.folder().join("data/vaults")).unwrap();
    team(&home, &["team", "export-local"]).ends(0);
    assert_eq!(names(&home.run(&["list", "--json"]).ends(0)).len(), 2);
}
