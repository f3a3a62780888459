//! A simulated browser that records what it receives: rows BR-01, BR-04, BR-05, BR-07 and CR-12.
//!
//! This test binary plays all three parts: the test, the process that opens a browser, and the browser.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};

use credenza::engine::Opener;
use url::Url;

use crate::service::hold_lock;

/// The scratch folder, for the child processes.
const FOLDER: &str = "BR_FOLDER";
/// The browser setting of the credential, for the child process.
const OWN: &str = "BR_OWN";
/// A URL with characters that a shell, or a browser that parses options, would interpret.
const ADDRESS: &str = "http://127.0.0.1:9/auth?a=$(touch%20p)&b=`id`;c&d=%22'--new-window&state=s";

fn folder() -> Option<PathBuf> {
    std::env::var_os(FOLDER).map(PathBuf::from)
}

fn wait_for(what: &str, met: impl Fn() -> bool) {
    let until = Instant::now() + Duration::from_secs(30);
    while !met() {
        assert!(Instant::now() < until, "waited in vain for {what}");
        std::thread::sleep(Duration::from_millis(5));
    }
}

/// Runs the process that opens a browser, with this value of `$BROWSER`, and `own` as the credential's browser.
fn open_with(folder: &Path, entry: &str, own: &str) -> Output {
    let program = std::env::current_exe().unwrap();
    let this = |entry: &str| entry.replace("PROGRAM", program.to_str().unwrap());
    let output = Command::new(&program)
        .args(["--exact", "wire::browser::br_child_opens_a_browser"])
        .env(FOLDER, folder)
        .env("BROWSER", this(entry))
        .env(OWN, this(own))
        .env("CREDENZA_PASSPHRASE_FILE", "/CNRY/passphrase")
        .env("CREDENZA_IDENTITY_FILE", "/CNRY/identity")
        .env("CREDENZA_DIR", "/CNRY")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned() + &String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
    output
}

/// The process that opens a browser; does nothing unless its folder is set.
#[test]
fn br_child_opens_a_browser() {
    let Some(folder) = folder() else { return };
    // Stands for the vault lock, which is held during a flow.
    fs::write(folder.join("lock"), "").unwrap();
    let lock = hold_lock(&folder.join("lock"));
    let began = Instant::now();
    let own = std::env::var(OWN).unwrap_or_default();
    let own = Some(own.as_str()).filter(|own| !own.is_empty());
    Opener::default().open(&Url::parse(ADDRESS).unwrap(), own).unwrap();
    assert!(began.elapsed() < Duration::from_secs(5), "it does not wait for the browser");
    wait_for("the browser", || folder.join("ready").exists());
    drop(lock);
    // The browser is still running, but has not inherited the lock.
    drop(hold_lock(&folder.join("lock")));
    fs::write(folder.join("leave"), "").unwrap();
    let pid = fs::read_to_string(folder.join("ready")).unwrap();
    // A child process that is not reaped would stay there as a zombie.
    wait_for("the browser's end", || !Path::new("/proc").join(&pid).exists());
}

/// The browser; does nothing unless its folder is set.
#[test]
fn br_browser() {
    let Some(folder) = folder() else { return };
    let mut seen = String::new();
    for word in std::env::args().skip(1) {
        writeln!(seen, "argument {word}").unwrap();
    }
    for (name, value) in std::env::vars() {
        writeln!(seen, "variable {name}={value}").unwrap();
    }
    for number in 0..3 {
        let target = fs::read_link(format!("/proc/self/fd/{number}")).unwrap();
        writeln!(seen, "file {number} {}", target.display()).unwrap();
    }
    for entry in fs::read_dir("/proc/self/fd").unwrap().flatten() {
        if let Ok(target) = fs::read_link(entry.path()) {
            writeln!(seen, "open {}", target.display()).unwrap();
        }
    }
    // Field 5, the third one after the name in parentheses, is the process group (proc_pid_stat(5)).
    let stat = fs::read_to_string("/proc/self/stat").unwrap();
    let group = stat.rsplit_once(')').unwrap().1.split_whitespace().nth(2).unwrap().to_owned();
    writeln!(seen, "leads its group {}", group == std::process::id().to_string()).unwrap();
    fs::write(folder.join("seen"), seen).unwrap();
    fs::write(folder.join("ready.new"), std::process::id().to_string()).unwrap();
    fs::rename(folder.join("ready.new"), folder.join("ready")).unwrap();
    // Output of a browser must not reach the terminal of the process that opened it.
    println!("CNRY-noise");
    wait_for("leave to go", || folder.join("leave").exists());
}

#[cfg(target_os = "linux")]
#[test]
fn br_01_br_04_br_05_br_07_cr_12_a_browser_gets_one_argument_and_nothing_of_ours() {
    for (entry, own) in [
        ("PROGRAM --nocapture br_browser", ""),
        ("/nonexistent/b:PROGRAM --nocapture br_browser %s", ""),
        ("/nonexistent/b", "PROGRAM --nocapture br_browser"),
    ] {
        let folder = crate::scratch::folder();
        let output = open_with(folder.path(), entry, own);
        assert!(!String::from_utf8_lossy(&output.stdout).contains("CNRY-noise"));
        let seen = fs::read_to_string(folder.path().join("seen")).unwrap();
        let given: Vec<&str> = seen.lines().filter_map(|line| line.strip_prefix("argument ")).collect();
        let asked = Url::parse(ADDRESS).unwrap();
        assert_eq!(given[2..], [asked.as_str()], "{seen}");
        assert!(!folder.path().join("p").exists() && !Path::new("p").exists(), "no shell ran it");
        assert!(!seen.contains("CNRY") && !seen.contains("CREDENZA_"), "{seen}");
        for number in 0..3 {
            assert!(seen.contains(&format!("file {number} /dev/null\n")), "{seen}");
        }
        assert!(!seen.lines().any(|line| line.starts_with("open ") && line.ends_with("/lock")), "{seen}");
        assert!(seen.contains("leads its group true\n"), "{seen}");
    }
}
