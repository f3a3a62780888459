//! `credenza authenticate` on its own: what a signal must not interrupt.

use std::io::{BufRead as _, BufReader};
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Command, Stdio};

use url::Url;

use super::{Cli, deliver};
use crate::service::{Fake, json};

const TOKENS: &str = r#"{"access_token":"CNRY-a1","refresh_token":"CNRY-r1","token_type":"Bearer","expires_in":3600}"#;

/// Creates a custom provider whose token endpoint is the fake, and a credential for it.
pub(crate) fn cli(fake: &Fake) -> (Cli, u16) {
    let cli = Cli::new();
    let catalog = cli.folder().join("config/catalog");
    std::fs::create_dir_all(&catalog).unwrap();
    let text = format!(
        "schema = 1\nid = \"own\"\nname = \"Own\"\ncategory = \"own\"\nverification = \"unverified\"\n[auth]\n\
         kind = \"oauth2-code\"\nauthorize_url = \"https://own.example/a\"\ntoken_url = \"{}\"\n",
        fake.url
    );
    std::fs::write(catalog.join("own.toml"), text).unwrap();
    // Bound and released again. If another process takes the port in between, the test fails, but cannot pass wrongly.
    let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
    let secret = cli.folder().join("secret");
    std::fs::write(&secret, "CNRY-client-secret").unwrap();
    let redirect = format!("http://127.0.0.1:{port}/callback");
    cli.run(&[
        "add",
        "--integration",
        "own",
        "--name",
        "Own",
        "--client-id",
        "id-1",
        "--redirect-uri",
        &redirect,
        "--client-secret-file",
        secret.to_str().unwrap(),
    ])
    .ends(0);
    (cli, port)
}

/// Starts the flow without a browser; returns the `state` of its authorization URL.
pub(crate) fn started(cli: &Cli) -> (Child, String) {
    let (child, mut said, state) = started_and_heard(cli);
    // Keeps reading, so that the program does not fail on a closed pipe when it prints more.
    std::thread::spawn(move || std::io::copy(&mut said, &mut std::io::sink()));
    (child, state)
}

/// As [`started`], with the rest of standard error.
fn started_and_heard(cli: &Cli) -> (Child, BufReader<std::process::ChildStderr>, String) {
    let (child, said, url) = started_at(cli);
    let state = url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
    (child, said, state)
}

/// As [`started_and_heard`], with the whole authorization URL.
fn started_at(cli: &Cli) -> (Child, BufReader<std::process::ChildStderr>, Url) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_credenza"));
    command.args(["authenticate", "Own", "--no-browser"]).env_clear();
    command.env("CREDENZA_DIR", cli.folder()).env("CREDENZA_PASSPHRASE_FILE", cli.folder().join("pass"));
    command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut said = BufReader::new(child.stderr.take().unwrap());
    let url = loop {
        let mut line = String::new();
        assert!(said.read_line(&mut line).unwrap() > 0, "it ended without an address");
        if let Ok(url) = Url::parse(line.trim()) {
            break url;
        }
    };
    (child, said, url)
}

/// Sends the redirect that a browser sends at the end. Ignores the response, which may not arrive.
pub(crate) fn consent(port: u16, code: &str, state: &str) {
    use std::io::{Read as _, Write as _};
    let mut stream = std::net::TcpStream::connect((Ipv4Addr::LOCALHOST, port)).unwrap();
    let head = format!("GET /callback?code={code}&state={state} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\n\r\n");
    stream.write_all(head.as_bytes()).unwrap();
    let _ = stream.read_to_end(&mut Vec::new());
}

#[test]
fn wp_19_a_signal_while_the_code_is_spent_waits_for_the_save() {
    for signal in ["INT", "TERM", "HUP"] {
        let fake = Fake::start();
        fake.script([json(200, TOKENS)]);
        fake.hold();
        let (cli, port) = cli(&fake);
        let (child, state) = started(&cli);
        consent(port, "c1", &state);
        fake.arrived();
        deliver(signal, child.id());
        fake.release();
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(6), "SIG{signal} is obeyed after the save");
        assert_eq!(cli.run(&["list", "--json"]).ends(0).json()[0]["status"], "authenticated", "SIG{signal}");
        assert_eq!(fake.requests().len(), 1);
    }
}

#[test]
fn wp_19_a_second_signal_ends_it_at_once_and_names_what_that_costs() {
    use std::os::unix::process::ExitStatusExt as _;
    let fake = Fake::start();
    fake.hold();
    let (cli, port) = cli(&fake);
    let (mut child, said, state) = started_and_heard(&cli);
    consent(port, "c1", &state);
    fake.arrived();
    deliver("INT", child.id());
    let mut said = said.lines().map_while(Result::ok);
    assert!(said.any(|line| line.contains("finishing signing in \"Own\"")), "the first one is answered");
    deliver("INT", child.id());
    assert_eq!(child.wait().unwrap().signal(), Some(2));
    assert!(said.any(|line| line.contains("ended while signing in \"Own\"")));
    fake.release();
}

#[test]
fn wp_19_a_signal_while_nothing_is_spent_ends_it_at_once() {
    use std::os::unix::process::ExitStatusExt as _;
    let fake = Fake::start();
    let (cli, _) = cli(&fake);
    let (mut child, _) = started(&cli);
    deliver("INT", child.id());
    assert_eq!(child.wait().unwrap().signal(), Some(2));
    assert!(fake.requests().is_empty());
}

#[test]
fn a_taken_port_ends_a_script_at_once_and_names_who_holds_it() {
    let fake = Fake::start();
    let (cli, port) = cli(&fake);
    let _taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    // The flow times out after five minutes, so a test that finishes has not waited for it.
    let ran = cli.run(&["authenticate", "Own", "--no-browser"]).ends(5);
    let holder = format!("(PID {}).", std::process::id());
    assert!(ran.err.contains(&format!("Port {port} is already in use by ")) && ran.err.contains(&holder), "{ran:?}");
    assert!(fake.requests().is_empty());
}

#[test]
fn a_provider_that_takes_any_port_is_asked_with_a_free_one() {
    let fake = Fake::start();
    fake.script([json(200, TOKENS)]);
    let (cli, port) = cli(&fake);
    let file = cli.folder().join("config/catalog/own.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    std::fs::write(&file, text.replace("[auth]", "redirect = \"loopback\"\n[auth]")).unwrap();
    let _taken = TcpListener::bind((Ipv4Addr::LOCALHOST, port)).unwrap();
    let (child, said, url) = started_at(&cli);
    let value = |name: &str| url.query_pairs().find(|(key, _)| key == name).unwrap().1.into_owned();
    let redirect = Url::parse(&value("redirect_uri")).unwrap();
    let free = redirect.port().unwrap();
    assert_ne!(free, port);
    std::thread::spawn(move || std::io::copy(&mut { said }, &mut std::io::sink()));
    consent(free, "CNRY-code", &value("state"));
    assert!(child.wait_with_output().unwrap().status.success());
    let body = fake.requests().remove(0);
    let sent = url::form_urlencoded::byte_serialize(redirect.as_str().as_bytes()).collect::<String>();
    assert!(body.contains(&sent), "the exchange has the port of the request\n{body}");
    let stored = cli.run(&["show", "Own", "--json"]).ends(0).json();
    assert_eq!(stored["redirect_uri"], format!("http://127.0.0.1:{port}/callback"), "what is registered stays");
}
