//! Runs a whole session with recognizable secrets, and then searches everything that was written or printed for them.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use url::Url;

use crate::cli::Cli;
use crate::cli::authenticate::{cli, consent};
use crate::service::{Fake, Reply, json, until};

/// A sentinel for each kind of secret. `CNRY-client-secret` is the one that `cli` stores in the credential.
const SENTINELS: [&str; 10] = [
    "CNRY-client-secret",
    "CNRY-code-51f0",
    "CNRY-access-1d7a",
    "CNRY-refresh-88c2",
    "CNRY-access-2b31",
    "CNRY-refresh-90ee",
    "CNRY-passphrase-44d9",
    "CNRY-key-5e21",
    "CNRY-second-key-08ac",
    "CNRY-password-6b3f",
];

/// A sentinel in all common encodings.
fn forms(sentinel: &str) -> Vec<Vec<u8>> {
    let mut forms = vec![sentinel.as_bytes().to_vec(), sentinel.encode_utf16().flat_map(u16::to_le_bytes).collect()];
    forms.push(sentinel.bytes().flat_map(|byte| format!("{byte:02x}").into_bytes()).collect());
    forms.push(sentinel.replace('-', "%2D").into_bytes());
    for shift in 0..3 {
        // Within a longer text, the first and last characters of Base64 depend on their neighbors.
        let padded = format!("{}{sentinel}", &"xxx"[..shift]);
        for engine in [&STANDARD, &URL_SAFE_NO_PAD] {
            let encoded = engine.encode(&padded);
            forms.push(encoded.as_bytes()[4.min(encoded.len())..encoded.len() - 6].to_vec());
        }
    }
    forms
}

/// The sentinels found in `bytes`.
fn shown(bytes: &[u8]) -> Vec<&'static str> {
    let holds = |form: &Vec<u8>| bytes.windows(form.len()).any(|window| window == form.as_slice());
    SENTINELS.into_iter().filter(|sentinel| forms(sentinel).iter().any(holds)).collect()
}

/// The sentinels that were found, and where.
#[derive(Default)]
struct Found(Vec<String>);

impl Found {
    fn look(&mut self, place: &str, bytes: &[u8]) {
        self.0.extend(shown(bytes).into_iter().map(|sentinel| format!("{place} shows {sentinel}")));
    }

    fn look_below(&mut self, folder: &Path, spared: &[&str]) {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let name = path.file_name().unwrap().to_string_lossy().into_owned();
            if path.is_dir() {
                self.look_below(&path, spared);
            } else if !spared.contains(&name.as_str()) {
                self.look(&path.display().to_string(), &fs::read(&path).unwrap());
            }
        }
    }
}

/// A browser that records its arguments, its environment and its open files.
fn browser(folder: &Path) -> String {
    let path = folder.join("browser");
    let out = folder.join("browser-saw");
    let text = format!(
        "#!/bin/sh\n{{ printf '%s\\n' \"$@\"; env; ls -l /proc/$$/fd; }} >'{0}.part' 2>&1\nmv '{0}.part' '{0}'\n",
        out.display()
    );
    fs::write(&path, text).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.to_str().unwrap().to_owned()
}

/// Runs the program with all variables and options that could make it log more.
fn talkative(cli: &Cli, arguments: &[&str]) -> Command {
    let mut command = cli.command(arguments);
    command.env("CREDENZA_PASSPHRASE_FILE", cli.folder().join("pass")).arg("-v");
    command.env("RUST_LOG", "trace,hyper=trace,rustls=trace").env("RUST_BACKTRACE", "full");
    command.env("SSLKEYLOGFILE", cli.folder().join("tls-keys"));
    command
}

/// Signs in with the recording browser; returns all output.
pub(crate) fn authenticated(cli: &Cli, port: u16) -> Vec<u8> {
    let mut command = talkative(cli, &["authenticate", "Own"]);
    command.env("BROWSER", browser(cli.folder())).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let mut reader = BufReader::new(child.stderr.take().unwrap());
    let mut said = String::new();
    let state = loop {
        let mut line = String::new();
        assert!(reader.read_line(&mut line).unwrap() > 0, "no address: {said}");
        said.push_str(&line);
        if let Ok(url) = Url::parse(line.trim()) {
            break url.query_pairs().find(|(name, _)| name == "state").unwrap().1.into_owned();
        }
    };
    until(|| cli.folder().join("browser-saw").exists());
    said.push_str(&command_lines(&child));
    consent(port, "CNRY-code-51f0", &state);
    reader.read_to_string(&mut said).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "{said}");
    [said.into_bytes(), output.stdout].concat()
}

/// What every user of the machine can read about a process.
fn command_lines(child: &Child) -> String {
    fs::read_to_string(format!("/proc/{}/cmdline", child.id())).unwrap_or_default().replace('\0', " ")
}

fn tokens(n: &str) -> String {
    let (access, refresh) = if n == "1" { (SENTINELS[2], SENTINELS[3]) } else { (SENTINELS[4], SENTINELS[5]) };
    format!(r#"{{"access_token":"{access}","refresh_token":"{refresh}","expires_in":3600,"scope":"x"}}"#)
}

/// The unpacked contents of `doctor --bundle`. Its log covers the whole session.
fn bundle(cli: &Cli) -> Vec<u8> {
    let file = cli.folder().join("bundle.tar.gz");
    let output = talkative(cli, &["doctor", "--bundle", file.to_str().unwrap()]).output().unwrap();
    let mut unpacked = Vec::new();
    flate2::read::GzDecoder::new(fs::File::open(&file).unwrap()).read_to_end(&mut unpacked).unwrap();
    let text = String::from_utf8_lossy(&unpacked);
    for part in ["version.txt", "doctor.json", "diagnostics.log", "request host=127.0.0.1:", "job done job="] {
        assert!(text.contains(part), "{part} is missing: {}", String::from_utf8_lossy(&output.stderr));
    }
    unpacked
}

#[test]
fn no_secret_of_a_whole_session_is_said_or_written_in_the_clear() {
    let fake = Fake::start();
    let (cli, port) = cli(&fake);
    let mut found = Found::default();
    fake.script([json(200, &tokens("1"))]);
    found.look("authenticate", &authenticated(&cli, port));

    // Responses that echo secrets in every place an error message could quote.
    let echo = format!("{} {} {}", SENTINELS[0], SENTINELS[3], SENTINELS[5]);
    let page = format!("<html><title>Bad gateway {}</title>{echo}</html>", SENTINELS[3]);
    let page = Reply::Http(502, "content-type: text/html\r\n", page);
    let refused =
        format!(r#"{{"error":"server_error {0}","error_description":"bad {0} or {1}"}}"#, SENTINELS[0], SENTINELS[3]);
    let cut = tokens("2")[..60].to_owned();
    fake.script([page, json(200, &cut), json(200, &format!("[\"{echo}\"]")), json(400, &refused), Reply::Hangup]);
    for (place, code) in
        [("an HTML page", 6), ("a cut answer", 5), ("an odd answer", 5), ("a refusal", 6), ("a hangup", 6)]
    {
        let output = talkative(&cli, &["token", "Own", "--force"]).output().unwrap();
        assert_eq!(output.status.code(), Some(code), "{place}: {}", String::from_utf8_lossy(&output.stderr));
        found.look(place, &[output.stdout, output.stderr].concat());
    }
    fake.script([json(200, &tokens("2"))]);
    let output = talkative(&cli, &["token", "Own", "--force"]).output().unwrap();
    assert_eq!(output.stdout, format!("{}\n", SENTINELS[4]).into_bytes(), "the one place where a token is due");
    found.look("standard error of token", &output.stderr);

    fs::write(cli.folder().join("new"), "CNRY-passphrase-44d9\n").unwrap();
    let new = cli.folder().join("new");
    let rest: [&[&str]; 8] = [
        &["list", "--json"],
        &["show", "Own", "--json"],
        &["show", "Own"],
        &["rename", "Own", "Other"],
        &["delete", "Other"],
        &["undo"],
        &["authenticate", "Other", "--method", "paste", "--no-input"],
        &["passphrase", "--new-passphrase-file", new.to_str().unwrap()],
    ];
    for arguments in rest {
        let output = talkative(&cli, arguments).output().unwrap();
        found.look(&arguments.join(" "), &[output.stdout, output.stderr].concat());
    }
    found.look("the archive of doctor", &bundle(&cli));
    // Except for the files in which the user stored secrets.
    let ages = fs::read_dir(cli.folder().join("data/backups")).unwrap().count();
    assert!(ages > 3, "the session saved");
    found.look_below(cli.folder(), &["secret", "new"]);
    assert!(!cli.folder().join("tls-keys").exists(), "TLS keys are written for nobody");
    assert!(found.0.is_empty(), "{:#?}", found.0);
    let saw = fs::read_to_string(cli.folder().join("browser-saw")).unwrap();
    assert!(saw.contains("https://own.example/a?"), "the browser looked around: {saw}");
}

/// Custom catalog files: a key in a header and one in the query, and a password; their test calls go to the fake.
fn keyed(cli: &Cli, fake: &Fake) {
    let catalog = cli.folder().join("config/catalog");
    let file = |id: &str, kind: &str, rest: &str| {
        let text = format!(
            "schema = 1\nid = \"{id}\"\nname = \"{id}\"\ncategory = \"own\"\nverification = \"unverified\"\n{rest}\n\
             [[test]]\nurl = \"{}\"\n[auth]\nkind = \"{kind}\"\n",
            fake.url
        );
        fs::write(catalog.join(format!("{id}.toml")), text).unwrap();
    };
    let second = "[[variable]]\nname = \"second\"\nlabel = \"Second key\"\nsecret = true\nhelp = \"Another.\"\n\
        [[key]]\nin = \"header\"\nname = \"X-Key\"\ntemplate = \"{secret}\"\n\
        [[key]]\nin = \"query\"\nname = \"second\"\ntemplate = \"{second}\"";
    file("two-keys", "api-key", second);
    file("password", "basic", "[basic]\nuser = \"ana\"\npassword = \"{secret}\"");
    for (name, sentinel) in [("key", SENTINELS[7]), ("second", SENTINELS[8]), ("password", SENTINELS[9])] {
        fs::write(cli.folder().join(format!("{name}.typed")), format!("{sentinel}\n")).unwrap();
    }
}

/// Responses that echo the secrets in every place an error message could quote, and one success.
fn echoes(name: &str) -> [Reply; 7] {
    let basic = STANDARD.encode(format!("ana:{}", SENTINELS[9]));
    let echo = match name {
        "password" => format!("{}\u{1b}[2J {basic}", SENTINELS[9]),
        _ => format!("{}\u{1b}[2J {}", SENTINELS[7], SENTINELS[8]),
    };
    let refused = serde_json::json!({ "error": { "message": format!("bad key {echo}") } }).to_string();
    let page = format!("<html><title>{echo}</title>{echo}</html>");
    [
        json(401, &refused),
        json(403, &refused),
        json(400, &refused),
        json(429, &refused),
        Reply::Http(200, "content-type: text/html\r\n", page),
        Reply::Hangup,
        json(200, "{}"),
    ]
}

/// Tests, shows, rotates, renames, deletes and restores a credential, and searches all output.
fn used(cli: &Cli, fake: &Fake, name: &str, file: &str, found: &mut Found) {
    fake.script(echoes(name));
    let mut said = Vec::new();
    let mut codes = Vec::new();
    for _ in echoes(name) {
        let output = talkative(cli, &["test", name]).output().unwrap();
        codes.push(output.status.code().unwrap());
        said.extend([output.stdout, output.stderr].concat());
    }
    assert_eq!(codes, [5, 5, 2, 6, 6, 6, 0], "{name}");
    assert!(String::from_utf8_lossy(&said).contains("[concealed]"), "the echo was there to be concealed");
    found.look(&format!("test {name}"), &said);
    let moved = format!("location: https://evil.invalid/{}?k={}\r\n", SENTINELS[7], SENTINELS[8]);
    fake.script([Reply::Http(302, Box::leak(moved.into_boxed_str()), String::new())]);
    let rest: [&[&str]; 8] = [
        &["authenticate", name, "--no-input"],
        &["show", name],
        &["show", name, "--json"],
        &["rotate", name, "--secret-file", file],
        &["rename", name, "Other"],
        &["delete", "Other"],
        &["undo"],
        &["undo"],
    ];
    for arguments in rest {
        let output = talkative(cli, arguments).output().unwrap();
        found.look(&arguments.join(" "), &[output.stdout, output.stderr].concat());
    }
}

#[test]
fn no_key_or_password_of_a_whole_session_is_said_or_written_in_the_clear() {
    let fake = Fake::start();
    let (cli, _) = cli(&fake);
    keyed(&cli, &fake);
    let mut found = Found::default();
    let typed = |name: &str| cli.folder().join(format!("{name}.typed")).display().to_string();
    let second = format!("second={}", typed("second"));
    for (name, secret, more) in [("two-keys", "key", vec!["--set-file", &second]), ("password", "password", vec![])] {
        let file = typed(secret);
        let arguments = ["add", "--integration", name, "--name", name, "--secret-file", &file];
        let output = talkative(&cli, &[&arguments[..], &more].concat()).output().unwrap();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        found.look("add", &[output.stdout, output.stderr].concat());
        used(&cli, &fake, name, &file, &mut found);
    }
    assert_eq!(fake.requests().len(), 2 * (7 + 1), "all of them were asked");
    found.look_below(cli.folder(), &["secret", "key.typed", "second.typed", "password.typed"]);
    assert!(found.0.is_empty(), "{:#?}", found.0);
}

#[test]
fn the_search_finds_a_sentinel_in_every_form() {
    for form in forms(SENTINELS[0]) {
        assert_eq!(shown(&[b"some text ".as_slice(), &form, b" more"].concat()), [SENTINELS[0]]);
    }
    let inside = STANDARD.encode(format!("a longer text with {} in it", SENTINELS[3]));
    assert!(shown(inside.as_bytes()).contains(&SENTINELS[3]));
    assert!(shown(b"nothing of that kind").is_empty());
}

#[test]
fn no_secret_stands_in_a_golden_frame_or_a_fixture() {
    let tests = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests");
    let mut found = Vec::new();
    for folder in ["screens/frames", "screens/regions", "vaults", "catalogs"] {
        let mut folders = vec![tests.join(folder)];
        while let Some(folder) = folders.pop() {
            for entry in fs::read_dir(folder).unwrap() {
                let path = entry.unwrap().path();
                if path.is_dir() {
                    folders.push(path);
                } else if fs::read(&path).unwrap().windows(5).any(|window| window == b"CNRY-") {
                    found.push(path);
                }
            }
        }
    }
    assert!(found.is_empty(), "{found:?}");
}
