//! The agent: starting, serving, locking and stopping; concurrent clients, other users, and malformed requests.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

use crate::service::{Fake, Home, token_sets, until};

/// An agent for the vault of a `Home`, stopped on drop even if the test fails.
struct Running<'a>(&'a Home);

impl<'a> Running<'a> {
    fn start(home: &'a Home, arguments: &[&str]) -> Self {
        let output = run(home, &[&["agent", "start"], arguments].concat());
        assert!(output.status.success(), "{output:?}");
        Self(home)
    }

    fn status(&self) -> Value {
        let output = run(self.0, &["agent", "status", "--json"]);
        assert!(output.status.success(), "{output:?}");
        serde_json::from_slice(&output.stdout).unwrap()
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        run(self.0, &["agent", "stop"]);
    }
}

fn bare(home: &Home, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_credenza"));
    command.args(arguments).env_clear().env("CREDENZA_DIR", home.folder.path());
    command.stdin(Stdio::null());
    command
}

fn run(home: &Home, arguments: &[&str]) -> Output {
    let pass = home.folder.path().join("pass");
    bare(home, arguments).env("CREDENZA_PASSPHRASE_FILE", pass).output().unwrap()
}

/// Runs `token` without anything that could unlock the vault.
fn token(home: &Home, arguments: &[&str]) -> Output {
    bare(home, &[&["token", "Zoho EU", "--no-input"], arguments].concat()).output().unwrap()
}

fn socket(home: &Home) -> PathBuf {
    home.folder.path().join("state/agent/agent.sock")
}

#[test]
fn it_hands_out_tokens_and_refreshes_them_without_a_passphrase() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    assert_eq!(token(&home, &[]).status.code(), Some(4), "locked without it");
    let agent = Running::start(&home, &[]);
    assert_eq!(token(&home, &[]).stdout, b"a1\n");
    assert_eq!(token(&home, &["--header"]).stdout, b"Authorization: Zoho-oauthtoken a1\n");
    assert_eq!(token(&home, &["--force"]).stdout, b"a2\n");
    assert_eq!(home.token_command(&[]).output().unwrap().stdout, b"a2\n", "it was saved");
    assert_eq!(fake.requests().len(), 2);
    let unknown = bare(&home, &["token", "Nothing", "--no-input"]).output().unwrap();
    assert_eq!(unknown.status.code(), Some(3), "{unknown:?}");
    let status = agent.status();
    assert_eq!((&status["locked"], &status["tokens"]), (&Value::from(false), &Value::from(4)));
    let said = serde_json::to_string(&status).unwrap();
    assert!(!said.contains("a2") && !said.contains("r2"), "{said}");
}

#[test]
fn locked_it_hands_out_nothing_and_everything_works_without_it() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let agent = Running::start(&home, &[]);
    assert!(run(&home, &["lock"]).status.success());
    assert_eq!(agent.status()["locked"], true);
    assert_eq!(token(&home, &[]).status.code(), Some(4));
    assert_eq!(home.token_command(&[]).output().unwrap().stdout, b"a1\n", "the passphrase opens the vault itself");
    let wrong = home.folder.path().join("wrong");
    fs::write(&wrong, "not it").unwrap();
    let refused = bare(&home, &["unlock"]).env("CREDENZA_PASSPHRASE_FILE", &wrong).output().unwrap();
    assert_eq!(refused.status.code(), Some(4), "{refused:?}");
    assert!(run(&home, &["unlock"]).status.success());
    assert_eq!(token(&home, &[]).stdout, b"a1\n");
}

#[test]
fn it_locks_when_nobody_asks() {
    let home = Home::with(&Fake::start());
    let agent = Running::start(&home, &["--lock-after", "1s"]);
    until(|| agent.status()["locked"] == true);
    assert!(agent.status()["events"].to_string().contains("idle timeout"));
}

#[test]
fn it_stops_after_what_is_under_way_and_leaves_no_socket() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let agent = Running::start(&home, &[]);
    fake.hold();
    let asking = bare(&home, &["token", "Zoho EU", "--no-input"]).stdout(Stdio::piped()).spawn().unwrap();
    fake.arrived();
    let pid = u32::try_from(agent.status()["pid"].as_u64().unwrap()).unwrap();
    super::deliver("TERM", pid);
    fake.release();
    assert_eq!(asking.wait_with_output().unwrap().stdout, b"a1\n");
    until(|| !socket(&home).exists());
    assert_eq!(home.token_command(&[]).output().unwrap().stdout, b"a1\n");
    assert_eq!(run(&home, &["agent", "status"]).status.code(), Some(3));
}

#[test]
fn there_is_one_agent_a_vault_and_a_dead_ones_socket_is_taken_over() {
    let home = Home::with(&Fake::start());
    let agent = Running::start(&home, &["--locked"]);
    assert_eq!(run(&home, &["agent", "start", "--locked"]).status.code(), Some(8));
    let pid = u32::try_from(agent.status()["pid"].as_u64().unwrap()).unwrap();
    super::deliver("KILL", pid);
    until(|| UnixStream::connect(socket(&home)).is_err());
    assert!(socket(&home).exists(), "nobody was left to remove it");
    assert_eq!(home.token_command(&[]).output().unwrap().status.code(), Some(0));
    until(|| run(&home, &["agent", "start", "--locked"]).status.success());
}

#[test]
fn fp_06_the_socket_is_closed_to_others() {
    let home = Home::with(&Fake::start());
    let _agent = Running::start(&home, &["--locked"]);
    let folder = fs::metadata(socket(&home).parent().unwrap()).unwrap();
    let metadata = fs::metadata(socket(&home)).unwrap();
    assert!(metadata.file_type().is_socket());
    assert_eq!((folder.permissions().mode() & 0o777, metadata.permissions().mode() & 0o777), (0o700, 0o600));
}

#[test]
fn fp_07_what_stands_at_its_place_is_never_asked_nor_replaced() {
    let home = Home::with(&Fake::start());
    let folder = socket(&home).parent().unwrap().to_owned();
    fs::create_dir_all(&folder).unwrap();
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o777)).unwrap();
    let refused = run(&home, &["agent", "start", "--locked"]);
    assert_eq!(refused.status.code(), Some(8), "others could put theirs there: {refused:?}");
    fs::set_permissions(&folder, fs::Permissions::from_mode(0o700)).unwrap();
    // In place of the socket: a folder, a symbolic link, and a socket on which another process listens.
    fs::create_dir(socket(&home)).unwrap();
    assert_eq!(run(&home, &["agent", "start", "--locked"]).status.code(), Some(8));
    fs::remove_dir(socket(&home)).unwrap();
    std::os::unix::fs::symlink(home.folder.path().join("pass"), socket(&home)).unwrap();
    assert_eq!(run(&home, &["agent", "start", "--locked"]).status.code(), Some(8));
    fs::remove_file(socket(&home)).unwrap();
    let _squatter = UnixListener::bind(socket(&home)).unwrap();
    assert_eq!(run(&home, &["agent", "start", "--locked"]).status.code(), Some(8));
    assert!(home.folder.path().join("pass").exists());
}

#[test]
fn fp_08_nonsense_the_endless_and_the_silent_are_let_go_and_others_served() {
    let home = Home::with(&Fake::start());
    let _agent = Running::start(&home, &[]);
    let connect = || UnixStream::connect(socket(&home)).unwrap();
    let silent: Vec<_> = (0..60).map(|_| connect()).collect();
    for nonsense in
        ["\n", "{}\n", "null\n", "{\"v\":1,\"do\":\"refresh_token\"}\n", "GET / HTTP/1.1\r\n\r\n", "\u{0}\n"]
    {
        let mut stream = connect();
        stream.write_all(nonsense.as_bytes()).unwrap();
        let mut answer = Vec::new();
        stream.read_to_end(&mut answer).unwrap();
        assert!(answer.is_empty(), "{nonsense:?}: {answer:?}");
    }
    let mut endless = connect();
    let chunk = vec![b'x'; 64 << 10];
    let taken = (0..1_000).take_while(|_| endless.write_all(&chunk).is_ok()).count();
    assert!(taken < 100, "64 MB were taken");
    assert_eq!(token(&home, &[]).stdout, b"a1\n");
    drop(silent);
}

#[test]
fn another_version_vault_or_sandbox_is_told_that_this_is_not_its_agent() {
    let home = Home::with(&Fake::start());
    let _agent = Running::start(&home, &[]);
    for asked in [
        r#"{"v":2,"do":"token","name":"Zoho EU","min_ttl":60,"wait":1}"#,
        r#"{"v":1,"vault":"/another","do":"names"}"#,
        r#"{"v":1,"sandbox":"http://127.0.0.1:1/","do":"names"}"#,
    ] {
        let mut stream = UnixStream::connect(socket(&home)).unwrap();
        stream.write_all(format!("{asked}\n").as_bytes()).unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        assert!(answer.starts_with(r#"{"elsewhere":"#), "{asked}: {answer}");
    }
}

#[test]
fn the_socket_can_be_named_as_one_that_ssh_forwards() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let _agent = Running::start(&home, &[]);
    let elsewhere = crate::scratch::folder();
    let forwarded = |socket: &std::path::Path| {
        let mut command = bare(&home, &["token", "Zoho EU", "--no-input", "--dir", elsewhere.path().to_str().unwrap()]);
        command.env("CREDENZA_AGENT_SOCKET", socket).output().unwrap()
    };
    assert_eq!(forwarded(&socket(&home)).stdout, b"a1\n", "no vault is there");
    assert_eq!(forwarded(&home.folder.path().join("none")).status.code(), Some(6));
    run(&home, &["lock"]);
    assert_eq!(forwarded(&socket(&home)).status.code(), Some(4));
}

#[test]
fn it_refreshes_ahead_of_expiry_what_was_asked_for() {
    let fake = Fake::start();
    fake.life(10);
    let home = Home::with(&fake);
    let agent = Running::start(&home, &[]);
    assert_eq!(token(&home, &["--min-ttl", "1s"]).stdout, b"a1\n");
    // The agent refreshes without another request.
    until(|| fake.requests().len() == 2);
    until(|| agent.status()["refreshed"] == 1);
    assert_eq!(token(&home, &["--min-ttl", "1s"]).stdout, b"a2\n");
}

#[test]
fn it_hands_out_each_kind_of_token_and_renews_it() {
    let fake = Fake::start();
    let home = token_sets::home(&fake);
    fake.script([token_sets::flat("a1", "r1", "bot"), token_sets::flat("u1", "s1", "user")]);
    let _agent = Running::start(&home, &[]);
    assert_eq!(token(&home, &["--kind", "bot"]).stdout, b"a1\n");
    let users = || token_sets::users_pair(&home.stored());
    until(|| users() == ("u1".to_owned(), "s1".to_owned()));
    assert_eq!(fake.requests().len(), 2, "the other one was renewed ahead, by itself");
    assert_eq!(token(&home, &["--kind", "user"]).stdout, b"u1\n");
    fake.script([token_sets::flat("u2", "s2", "user")]);
    assert_eq!(token(&home, &["--kind", "user", "--force"]).stdout, b"u2\n");
    assert_eq!((users(), fake.requests().len()), (("u2".to_owned(), "s2".to_owned()), 3));
    let none = token(&home, &["--kind", "app"]);
    assert_eq!(none.status.code(), Some(2), "{none:?}");
    assert!(String::from_utf8_lossy(&none.stderr).contains("bot, user"), "{none:?}");
}

#[test]
fn an_agent_that_knows_no_kinds_is_not_believed() {
    let fake = Fake::start();
    let home = token_sets::home(&fake);
    fake.script([token_sets::flat("u1", "s1", "user")]);
    fs::create_dir_all(socket(&home).parent().unwrap()).unwrap();
    let listener = UnixListener::bind(socket(&home)).unwrap();
    // An older agent ignores the kind and returns the main token.
    let older = std::thread::spawn(move || {
        let mut asked = Vec::new();
        for stream in listener.incoming().take(2) {
            let mut stream = stream.unwrap();
            let mut line = vec![0; 4_096];
            let read = stream.read(&mut line).unwrap();
            asked.push(String::from_utf8_lossy(&line[..read]).into_owned());
            let handed = r#"{"token":{"name":"Zoho EU","access":"a0","sent":[],"expires_at":null,"notes":[]}}"#;
            stream.write_all(format!("{handed}\n").as_bytes()).unwrap();
        }
        asked
    });
    assert_eq!(token(&home, &["--kind", "user"]).status.code(), Some(4), "the vault is locked here");
    assert_eq!(run(&home, &["token", "Zoho EU", "--kind", "user"]).stdout, b"u1\n", "from the vault itself");
    assert!(older.join().unwrap().iter().all(|asked| asked.contains(r#""kind":"user""#)));
}

#[test]
fn ag_09_names_complete_only_where_an_unlocked_agent_runs() {
    let home = Home::with(&Fake::start());
    let names = || bare(&home, &["complete-names"]).output().unwrap();
    let none = names();
    assert_eq!((none.status.code(), none.stdout.as_slice(), none.stderr.as_slice()), (Some(0), &b""[..], &b""[..]));
    let _agent = Running::start(&home, &[]);
    assert_eq!(names().stdout, b"Zoho EU\n");
    run(&home, &["lock"]);
    assert_eq!(names().stdout, b"");
}

#[test]
#[cfg(target_os = "linux")]
fn mm_07_mm_08_the_keys_page_is_locked_where_the_system_allows_it() {
    let home = Home::with(&Fake::start());
    let agent = Running::start(&home, &[]);
    let status = agent.status();
    if status["memory_locked"] == true {
        let process = fs::read_to_string(format!("/proc/{}/status", status["pid"])).unwrap();
        let locked = process.lines().find(|line| line.starts_with("VmLck:")).unwrap();
        assert!(!locked.ends_with(" 0 kB"), "{locked}");
    }
    drop(agent);
    let limited = Command::new("sh")
        .args(["-c", "ulimit -l 0; exec \"$0\" agent start --passphrase-file \"$1\"", env!("CARGO_BIN_EXE_credenza")])
        .arg(home.folder.path().join("pass"))
        .env("CREDENZA_DIR", home.folder.path())
        .output()
        .unwrap();
    assert!(limited.status.success(), "{limited:?}");
    let agent = Running(&home);
    // The limit does not apply to root.
    if !rustix::process::geteuid().is_root() {
        assert_eq!(agent.status()["memory_locked"], false);
        assert!(agent.status()["events"].to_string().contains("ulimit"));
    }
    assert_eq!(token(&home, &[]).stdout, b"a1\n");
}

#[test]
fn ag_09_bash_completes_quoted_names_and_obeys_none() {
    let home = Home::with(&Fake::start());
    let trap = "a$(touch trap) 'b";
    assert!(run(&home, &["rename", "Zoho EU", trap]).status.success());
    let agent = Running::start(&home, &[]);
    // From a file, as a shell loads it: the script exceeds the maximum length of an argument.
    let script = bare(&home, &["completions", "bash"]).output().unwrap().stdout;
    std::fs::write(home.folder.path().join("completions"), script).unwrap();
    let folder = std::path::Path::new(env!("CARGO_BIN_EXE_credenza")).parent().unwrap().to_owned();
    let path = format!("{}:{}", folder.display(), std::env::var("PATH").unwrap());
    let complete = |words: &str| {
        let ask = format!(
            "source ./completions; COMP_WORDS=({words}); COMP_CWORD=$((${{#COMP_WORDS[@]}}-1)); \
             _credenza_with_names credenza \"${{COMP_WORDS[COMP_CWORD]}}\" \"${{COMP_WORDS[COMP_CWORD-1]}}\"; \
             for word in \"${{COMPREPLY[@]}}\"; do eval \"printf '%s\\n' $word\"; done"
        );
        let mut bash = Command::new("bash");
        bash.args(["-c", &ask]).env_clear().env("PATH", &path).env("CREDENZA_DIR", home.folder.path());
        let output = bash.current_dir(home.folder.path()).output().unwrap();
        assert!(output.stderr.is_empty(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    };
    // What bash would insert evaluates to the same name, and executes nothing.
    assert!(complete("credenza token a").lines().any(|line| line == trap));
    assert!(!complete("credenza token b").contains(trap));
    assert!(!complete("credenza catalog show a").contains(trap));
    assert!(!home.folder.path().join("trap").exists());
    drop(agent);
    assert!(!complete("credenza token a").contains(trap));
}
