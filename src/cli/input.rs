//! Where secrets come in: a file, a command, standard input, a prompt on the terminal. Never argv, never a variable.

use std::fs::File;
use std::io::{self, Read, Write as _};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use zeroize::Zeroizing;

use super::arguments::Global;
use super::prompt;
use crate::problem::{Kind, Problem};
use crate::secret::{ClientSecret, Passphrase};

/// Longest secret that is read.
const MAX: usize = 64 << 10;

/// How long a passphrase command may take: it may ask a person.
const COMMAND_DEADLINE: Duration = Duration::from_secs(60);

/// The passphrase, from wherever the options say; else from a prompt.
pub(super) fn passphrase(global: &Global) -> Result<Passphrase, Problem> {
    match given(global)? {
        Some(passphrase) => Ok(passphrase),
        None => Ok(Passphrase::from(prompt::secret(global, "Passphrase: ")?)),
    }
}

/// A new passphrase: typed twice at a prompt.
pub(super) fn new_passphrase(global: &Global) -> Result<Passphrase, Problem> {
    if let Some(passphrase) = given(global)? {
        return Ok(passphrase);
    }
    let first = Passphrase::from(prompt::secret(global, "New passphrase: ")?);
    let again = prompt::secret(global, "Again: ")?;
    if first.matches(&again) {
        Ok(first)
    } else {
        Err(Problem::new(Kind::Usage, "The two passphrases differ.").why("Nothing was made.").try_this("Try again."))
    }
}

fn given(global: &Global) -> Result<Option<Passphrase>, Problem> {
    if let Some(path) = &global.passphrase_file {
        let text = read_file(path, "The passphrase file")?;
        return Ok(Some(Passphrase::from(crate::secret::Secret::from(text))));
    }
    let Some(command) = &global.passphrase_command else { return Ok(None) };
    run(command).map(|text| Some(Passphrase::from(crate::secret::Secret::from(text))))
}

/// The client secret: from a file, from standard input (`-`), or from a prompt when `needed`.
pub(super) fn client_secret(
    global: &Global,
    path: Option<&Path>,
    needed: bool,
) -> Result<Option<ClientSecret>, Problem> {
    let text = match path {
        Some(path) if path == Path::new("-") => bounded(io::stdin().lock(), "Standard input")?,
        Some(path) => read_file(path, "The client secret file")?,
        None if needed => return Ok(Some(ClientSecret::from(prompt::secret(global, "Client Secret: ")?))),
        None => return Ok(None),
    };
    Ok(Some(ClientSecret::from(crate::secret::Secret::from(text))))
}

fn read_file(path: &Path, what: &str) -> Result<Zeroizing<String>, Problem> {
    let file = File::open(path).map_err(|error| {
        Problem::new(Kind::Usage, format!("{what} {} cannot be opened.", path.display()))
            .why(format!("The system says: {error}."))
    })?;
    bounded(file, what)
}

/// At most [`MAX`] bytes of UTF-8, without one trailing line break.
fn bounded(from: impl Read, what: &str) -> Result<Zeroizing<String>, Problem> {
    let refuse = |why: &str| Problem::new(Kind::Usage, format!("{what} does not hold a secret.")).why(why);
    let mut text = Zeroizing::new(String::with_capacity(MAX + 1));
    from.take(MAX as u64 + 1).read_to_string(&mut text).map_err(|_| refuse("It cannot be read, or is not UTF-8."))?;
    if text.len() > MAX {
        return Err(refuse("It is longer than 64 KiB."));
    }
    if text.ends_with('\n') {
        text.pop();
        if text.ends_with('\r') {
            text.pop();
        }
    }
    Ok(text)
}

/// Output of `sh -c COMMAND`, which gets neither our standard input nor more than [`COMMAND_DEADLINE`].
fn run(command: &str) -> Result<Zeroizing<String>, Problem> {
    let failed = |why: &str| {
        Problem::new(Kind::Locked, "The passphrase command gave no passphrase.")
            .why(why)
            .try_this("Run it by itself, and see what it prints.")
    };
    let mut child = Command::new("sh")
        .args(["-c", command])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .spawn()
        .map_err(|error| failed(&format!("It could not be started: {error}.")))?;
    let (sender, answer) = mpsc::channel();
    if let Some(output) = child.stdout.take() {
        thread::spawn(move || {
            // The receiver is gone only when the deadline has passed.
            let _ = sender.send(bounded(output, "The passphrase command's output"));
        });
    }
    let text = answer.recv_timeout(COMMAND_DEADLINE).map_err(|_| {
        let _ = child.kill();
        failed("It did not end within 60 seconds.")
    });
    let ended = child.wait();
    let text = text??;
    match ended {
        Ok(status) if status.success() => Ok(text),
        Ok(status) => Err(failed(&format!("It ended with {status}."))),
        Err(error) => Err(failed(&format!("The system says: {error}."))),
    }
}

/// A line from a person at the terminal, such as the redirected address.
pub(super) fn say_on_stderr(text: &str) {
    let _ = write!(io::stderr().lock(), "{text}");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pp_02_exactly_one_line_break_is_dropped() {
        let read = |bytes: &[u8]| bounded(bytes, "x").map(|text| text.as_str().to_owned());
        assert_eq!(read(b"pass\n").unwrap(), "pass");
        assert_eq!(read(b"pass\r\n").unwrap(), "pass");
        assert_eq!(read(b" pass \n\n").unwrap(), " pass \n");
        assert_eq!(read(b"").unwrap(), "");
        assert!(read(b"\xff").is_err());
        assert!(read(&vec![b'x'; MAX + 1]).is_err());
    }

    #[test]
    fn pp_04_a_command_that_fails_gives_no_passphrase() {
        assert_eq!(run("echo secret").unwrap().as_str(), "secret");
        assert_eq!(run("echo secret; exit 3").unwrap_err().kind, Kind::Locked);
        assert_eq!(run("/nonexistent/command").unwrap_err().kind, Kind::Locked);
    }
}
