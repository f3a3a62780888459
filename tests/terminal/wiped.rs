//! After locking, the memory of the process contains nothing of the session: rows MM-01 and MM-02.
//!
//! The memory of a hardened process is not accessible even to its own user. Root may read it; for other users, these
//! tests end early.

use std::fs::{self, File};
use std::os::unix::fs::FileExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use credenza::catalog::{Catalog, Origin};
use credenza::clock::Clock;
use credenza::paths::Paths;
use credenza::sandbox::{Consent, Options, Sandbox};
use credenza::secret::Passphrase;
use memchr::{memchr_iter, memmem};
use rustix::process::Pid;

use super::device::{accept, code_on};
use super::pty::{Pty, credenza};
use crate::cli::Cli;
use crate::local_vault;

const PASSPHRASE: &str = "correct horse battery staple";
const CLIENT_SECRET: &str = "CNRY-client-secret-of-the-form";
const CLIENT_ID: &str = "wiped-client-4711";
const DRAFT: &str = "CNRY-draft-nobody-saved";

type Unlock = fn(&mut Pty);

/// Distances in bytes between the characters of a text that is stored in an array of keys or cells.
const STRIDES: [usize; 11] = [2, 4, 8, 12, 16, 20, 24, 32, 40, 48, 64];

/// How long work that began before the lock may take; the clipboard is cleared later than that.
const SOON: Duration = Duration::from_secs(10);

/// The page size in bytes.
const PAGE: usize = 4_096;

/// The readable and writable memory of a process without empty pages, one piece per run of pages; `None` if access is
/// denied.
fn memory(pid: Pid) -> Option<Vec<Vec<u8>>> {
    let pid = pid.as_raw_nonzero();
    let memory = File::open(format!("/proc/{pid}/mem")).ok()?;
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).ok()?;
    let mut pieces = vec![Vec::new()];
    for line in maps.lines().filter(|line| !line.contains("[v")) {
        let mut fields = line.split_whitespace();
        let (span, mode) = (fields.next().unwrap(), fields.next().unwrap());
        if !mode.starts_with("rw") {
            continue;
        }
        let (begin, end) = span.split_once('-').unwrap();
        let (begin, end) = (u64::from_str_radix(begin, 16).unwrap(), u64::from_str_radix(end, 16).unwrap());
        let mut page = [0; PAGE];
        for at in (begin..end).step_by(PAGE) {
            // Some pages are not readable.
            if memory.read_exact_at(&mut page, at).is_ok() && page != [0; PAGE] {
                pieces.last_mut().unwrap().extend_from_slice(&page);
            } else if pieces.last().is_some_and(|piece| !piece.is_empty()) {
                pieces.push(Vec::new());
            }
        }
        pieces.push(Vec::new());
    }
    Some(pieces)
}

/// Counts the occurrences of `text` with its bytes `stride` apart.
fn count(pieces: &[Vec<u8>], text: &[u8], stride: usize) -> usize {
    if stride == 1 {
        return pieces.iter().map(|piece| memmem::find_iter(piece, text).count()).sum();
    }
    let begins = |piece: &[u8], at: usize| {
        text.iter().enumerate().all(|(place, byte)| piece.get(at + place * stride) == Some(byte))
    };
    pieces.iter().map(|piece| memchr_iter(text[0], piece).filter(|at| begins(piece, *at)).count()).sum()
}

/// The texts that must not be found, by name.
fn wanted(access: &str, refresh: &str) -> Vec<(String, Vec<u8>)> {
    let mut wanted: Vec<(String, Vec<u8>)> = Vec::new();
    let mut text = |name: &str, text: &str| wanted.push((name.to_owned(), text.as_bytes().to_vec()));
    text("passphrase", PASSPHRASE);
    text("its beginning", &PASSPHRASE[..8]);
    // What remains in a buffer when another key has overwritten its first byte.
    text("its rest", &PASSPHRASE[1..10]);
    text("its middle", &PASSPHRASE[10..18]);
    text("its end", &PASSPHRASE[PASSPHRASE.len() - 8..]);
    text("its paste", &format!("[200~{}", &PASSPHRASE[..8]));
    text("the end of its paste", &format!("{}\u{1b}[201~", &PASSPHRASE[PASSPHRASE.len() - 8..]));
    text("client secret", CLIENT_SECRET);
    text("part of the client secret", &CLIENT_SECRET[5..18]);
    text("client secret in base64", &BASE64_STANDARD.encode(CLIENT_SECRET)[..20]);
    text("draft", DRAFT);
    text("part of the draft", &DRAFT[5..15]);
    text("access token", access);
    text("access token in base64", &BASE64_STANDARD.encode(access)[..20]);
    text("refresh token", refresh);
    text("key of the vault", "AGE-SECRET-KEY-1Q");
    text("payload", &format!("\"{CLIENT_ID}\""));
    text("client secret in the payload", &format!(":\"{}", &CLIENT_SECRET[..12]));
    wanted
}

/// The bytes before each occurrence of `text`, which show whose buffer it is in.
fn before(pieces: &[Vec<u8>], text: &[u8]) -> String {
    let places = pieces.iter().flat_map(|piece| memmem::find_iter(piece, text).map(move |at| (piece, at)));
    let parts = places.map(|(piece, at)| piece[at.saturating_sub(64)..at].escape_ascii().to_string());
    parts.collect::<Vec<_>>().join("\n    ")
}

/// Describes what was found, one line for each text.
fn left(pieces: &[Vec<u8>], access: &str, refresh: &str) -> Vec<String> {
    let mut left = Vec::new();
    for (name, text) in wanted(access, refresh) {
        let found = count(pieces, &text, 1);
        if found > 0 {
            left.push(format!("{name}: {found}, after {}", before(pieces, &text)));
        }
    }
    for (name, text) in [("passphrase", PASSPHRASE), ("client secret", CLIENT_SECRET), ("draft", DRAFT)] {
        for stride in STRIDES {
            let found = count(pieces, &text.as_bytes()[..8], stride);
            if found > 0 {
                left.push(format!("{name}, each character {stride} bytes from the next: {found}"));
            }
        }
    }
    left
}

/// A vault with this passphrase and a cheap scrypt work factor.
fn vault() -> Cli {
    let cli = Cli::empty();
    fs::write(cli.folder().join("pass"), PASSPHRASE).unwrap();
    let paths = Paths::discover(Some(cli.folder())).unwrap();
    local_vault::create_throwaway(&paths, &Passphrase::new(PASSPHRASE.to_owned()), &Clock::system(), 1).unwrap();
    cli
}

fn provider() -> Sandbox {
    let catalog = Catalog::load(Path::new("/nonexistent"), Origin::default()).0;
    Sandbox::start_apart(Options { catalog: catalog.into(), consent: Consent::Page, ..Options::default() }).unwrap()
}

/// Creates a credential in the form, pasting its secret, and signs in with a device code.
fn authenticate(terminal: &mut Pty, sandbox: &Sandbox) {
    terminal.shows("No credentials yet");
    terminal.write("+").shows("Search the catalog");
    terminal.write("google (device").shows("> Google (device code)");
    terminal.write("\r").shows("step 2 of 3");
    terminal.write("\u{1b}[15~").shows("Copy it from the provider's console");
    terminal.write(&format!("{CLIENT_ID}\t\u{1b}[200~{CLIENT_SECRET}\u{1b}[201~")).shows("pasted, 30 characters");
    terminal.write("\u{1b}[15~").shows("and enter");
    let code = code_on(&terminal.screen());
    accept(&format!("{}_device", sandbox.base()), &code);
    terminal.shows("Authenticated").shows("In scripts");
}

/// The stored access and refresh token.
fn tokens(cli: &Cli) -> (String, String) {
    let paths = Paths::discover(Some(cli.folder())).unwrap();
    let vault = local_vault::Vault::unlock(&paths, &Passphrase::new(PASSPHRASE.to_owned()), &Clock::system()).unwrap();
    let tokens = vault.snapshot().unwrap().credentials.list[0].tokens.clone().unwrap();
    (tokens.access.expose().to_owned(), tokens.refresh.unwrap().expose().to_owned())
}

/// Reveals the secrets, copies a token, and leaves a form open that contains a text and a secret.
fn work(terminal: &mut Pty, access: &str) {
    terminal.write("\r").shows("Client Secret");
    terminal.write("v").shows(CLIENT_SECRET);
    terminal.escape().shows("Credentials");
    let before = terminal.bytes().len();
    let copy = format!("\u{1b}]52;c;{}", BASE64_STANDARD.encode(access));
    terminal.write("y");
    terminal.until("the copy", || String::from_utf8_lossy(&terminal.bytes()[before..]).contains(&copy));
    terminal.write("+").shows("Search the catalog");
    terminal.write("box").shows("> Box");
    terminal.write("\r").shows("step 2 of 3");
    terminal.write(&format!("\u{15}{DRAFT}")).shows(DRAFT);
    terminal.write("\u{1b}[15~").shows("Copy it from the provider's console");
    terminal.write(&format!("draft-client\t\u{1b}[200~{DRAFT}\u{1b}[201~")).shows("pasted, 23 characters");
    terminal.write("\u{14}").shows(DRAFT);
}

#[test]
fn mm_02_after_the_lock_nothing_that_was_typed_pasted_shown_or_copied_is_in_memory() {
    let (cli, sandbox) = (vault(), provider());
    let mut command = credenza(&[], cli.folder());
    command.env("CREDENZA_SANDBOX", sandbox.base().as_str());
    let mut terminal = Pty::start(command);
    terminal.shows("Passphrase");
    if memory(terminal.pid()).is_none() {
        return;
    }
    let ways: [(&str, Unlock); 4] = [
        ("typed", |terminal| PASSPHRASE.chars().for_each(|key| _ = terminal.write(&key.to_string()))),
        ("pasted without marks", |terminal| _ = terminal.write(PASSPHRASE)),
        ("pasted", |terminal| _ = terminal.write(&format!("\u{1b}[200~{PASSPHRASE}\u{1b}[201~"))),
        ("typed and shown", |terminal| _ = terminal.write(PASSPHRASE).write("\t").shows(PASSPHRASE)),
    ];
    let mut stored = None;
    for (way, unlock) in ways {
        unlock(&mut terminal);
        terminal.write("\r").shows("locks in");
        let (access, refresh) = stored.get_or_insert_with(|| {
            authenticate(&mut terminal, &sandbox);
            terminal.escape();
            tokens(&cli)
        });
        work(&mut terminal, access);
        let open = memory(terminal.pid()).unwrap();
        for text in [&**refresh, CLIENT_SECRET, DRAFT] {
            assert!(count(&open, text.as_bytes(), 1) > 0, "the search finds nothing, so it proves nothing");
        }
        drop(open);
        terminal.write("\u{c}").shows("Unlock vault");
        // Background work ends soon, but possibly after the frame.
        let still = || left(&memory(terminal.pid()).unwrap(), access, refresh);
        let deadline = Instant::now() + SOON;
        let mut found = still();
        while !found.is_empty() && Instant::now() < deadline {
            found = still();
        }
        assert!(found.is_empty(), "{way}: after the lock there is still:\n{}", found.join("\n"));
    }
    terminal.write("\u{3}").ends_clean(0);
}
