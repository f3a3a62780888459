//! A stub age plugin that behaves like one for a hardware key: `AGE-PLUGIN-STUB-1…`. A script named `age-plugin-stub`
//! starts this test program again, which speaks <https://c2sp.org/age-plugin>.

use std::fs::{self, File};
use std::io::{self, BufRead, Write};
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD_NO_PAD;
use sha2::{Digest as _, Sha256};

const JOB: &str = "AGE_STUB_JOB";
const MANNER: &str = "AGE_STUB_MANNER";

/// The PIN that it accepts.
pub(crate) const PIN: &str = "271828";

/// An identity file of the plugin. It contains no secrets.
pub(crate) fn identity_file(folder: &Path, number: u8) -> PathBuf {
    let prefix = bech32::Hrp::parse("age-plugin-stub-").unwrap();
    let identity = bech32::encode::<bech32::Bech32>(prefix, &[number; 16]).unwrap().to_uppercase();
    let file = folder.join(format!("stub-{number}.txt"));
    fs::write(&file, format!("#       Serial: {number}\n#    Recipient: age1stub1…\n{identity}\n")).unwrap();
    file
}

/// A folder for `PATH` that contains the plugin. `manner` selects its behavior; see [`serve`].
pub(crate) fn installed(folder: &Path, manner: &str) -> PathBuf {
    let bin = folder.join(format!("bin-{manner}"));
    fs::create_dir_all(&bin).unwrap();
    let me = std::env::current_exe().unwrap();
    // The test harness prints to /dev/null; the plugin writes to file descriptor 3.
    let script = format!(
        "#!/bin/sh\nexec 3>&1 >/dev/null\n{JOB}=\"$1\" {MANNER}={manner} exec '{}' --exact \
         team::stub_plugin::it_answers_as_a_plugin_does --nocapture --test-threads=1\n",
        me.display()
    );
    fs::write(bin.join("age-plugin-stub"), script).unwrap();
    fs::set_permissions(bin.join("age-plugin-stub"), fs::Permissions::from_mode(0o755)).unwrap();
    bin
}

/// `PATH` with this folder in front.
pub(crate) fn path_with(bin: &Path) -> std::ffi::OsString {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::join_paths(std::iter::once(bin.to_owned()).chain(std::env::split_paths(&path))).unwrap()
}

#[derive(Debug)]
struct Message {
    tag: String,
    arguments: Vec<String>,
    body: Vec<u8>,
}

fn read(from: &mut impl BufRead) -> Option<Message> {
    let mut line = String::new();
    from.read_line(&mut line).ok().filter(|read| *read > 0)?;
    let mut words = line.trim_end().strip_prefix("-> ")?.split(' ').map(str::to_owned);
    let tag = words.next()?;
    let arguments = words.collect();
    let mut encoded = String::new();
    loop {
        line.clear();
        from.read_line(&mut line).ok()?;
        encoded.push_str(line.trim_end());
        if line.trim_end().len() < 64 {
            return Some(Message { tag, arguments, body: STANDARD_NO_PAD.decode(encoded).ok()? });
        }
    }
}

fn write(to: &mut impl Write, head: &str, body: &[u8]) {
    let encoded = STANDARD_NO_PAD.encode(body);
    let mut text = format!("-> {head}\n");
    for line in encoded.as_bytes().chunks(64) {
        text.push_str(std::str::from_utf8(line).unwrap());
        text.push('\n');
    }
    if encoded.len().is_multiple_of(64) {
        text.push('\n');
    }
    to.write_all(text.as_bytes()).and_then(|()| to.flush()).unwrap();
}

/// Stands in for encryption: hides a file key from other identities, which is good enough for a test.
fn mask(identity: &str, nonce: &str) -> [u8; 16] {
    *Sha256::digest(format!("{identity} {nonce}")).first_chunk().unwrap()
}

fn masked(key: &[u8], mask: [u8; 16]) -> Vec<u8> {
    key.iter().zip(mask).map(|(byte, mask)| byte ^ mask).collect()
}

fn tag_of(identity: &str) -> String {
    STANDARD_NO_PAD.encode(&Sha256::digest(identity)[..4])
}

/// Runs the interaction before the key is used. Returns whether to continue.
fn ask(manner: &str, from: &mut impl BufRead, to: &mut impl Write) -> bool {
    match manner {
        "touch" => write(to, "msg", b"Please touch your stub\x1b[2J\nnow"),
        "pin" => write(to, "request-secret", b"Enter PIN for stub:"),
        "choice" => write(to, &format!("confirm {} {}", STANDARD_NO_PAD.encode("Yes, use"), "Tm8"), b"Use the stub?"),
        "grease" => write(to, "zzz-unknown 1 2", &[7; 48]),
        "silent" => {
            // Blocks until it is killed.
            while !from.fill_buf().unwrap().is_empty() {}
            std::thread::sleep(Duration::from_secs(3_600));
        }
        "garbage" => to.write_all(b"hello\n").unwrap(),
        "endless" => while to.write_all(&[b'x'; 4_096]).is_ok() {},
        "dies" => return false,
        "refuses" => write(to, "error internal", b"the stub is broken\x1b[31m"),
        _ => return true,
    }
    let Some(answer) = read(from) else { return false };
    let asked_right = match manner {
        "pin" => answer.tag == "ok" && answer.body == PIN.as_bytes(),
        "choice" => answer.tag == "ok" && answer.arguments == ["yes"],
        "grease" => answer.tag == "unsupported",
        "refuses" => false,
        _ => answer.tag == "ok",
    };
    if !asked_right && manner == "pin" && answer.tag == "ok" {
        write(to, "error identity 0", b"wrong PIN, 2 tries are left");
        read(from);
    }
    if !asked_right {
        write(to, "done", b"");
    }
    asked_right
}

fn serve(job: &str, manner: &str, from: &mut impl BufRead, to: &mut impl Write) {
    let (mut identity, mut stanzas, mut file_key) = (String::new(), Vec::new(), Vec::new());
    loop {
        let Some(message) = read(from) else { return };
        match message.tag.as_str() {
            "add-identity" => identity.clone_from(&message.arguments[0]),
            "recipient-stanza" => stanzas.push(message),
            "wrap-file-key" => file_key = message.body,
            "done" => break,
            _ => {}
        }
    }
    // Encryption does not prompt, as with hardware keys.
    let wraps = job == "--age-plugin=recipient-v1";
    if (!wraps || manner == "dies") && !ask(manner, from, to) {
        return;
    }
    if wraps && !file_key.is_empty() {
        let nonce = uuid::Uuid::new_v4().simple().to_string();
        let body = masked(&file_key, mask(&identity, &nonce));
        write(to, &format!("recipient-stanza 0 stub {} {nonce}", tag_of(&identity)), &body);
        read(from);
    }
    for stanza in stanzas {
        if let [_, kind, tag, nonce] = stanza.arguments.as_slice()
            && (kind.as_str(), tag) == ("stub", &tag_of(&identity))
        {
            write(to, "file-key 0", &masked(&stanza.body, mask(&identity, nonce)));
            read(from);
        }
    }
    write(to, "done", b"");
}

#[test]
fn it_answers_as_a_plugin_does() {
    if let (Ok(job), Ok(manner)) = (std::env::var(JOB), std::env::var(MANNER)) {
        let mut to = File::options().write(true).open("/dev/fd/3").unwrap();
        return serve(&job, &manner, &mut io::stdin().lock(), &mut to);
    }
    let folder = crate::scratch::folder();
    let program = installed(folder.path(), "plain").join("age-plugin-stub");
    let mut command = Command::new(program);
    command.arg("--age-plugin=identity-v1").stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    child.stdin.take().unwrap().write_all(b"-> add-identity X\n\n-> done\n\n").unwrap();
    assert_eq!(child.wait_with_output().unwrap().stdout, b"-> done\n\n");
}
