//! Reads secrets from a file, a command, standard input, or a prompt on the terminal. Never from arguments or
//! environment variables.

use std::fs::File;
use std::io::{self, IsTerminal as _, Read, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, ExitStatus, Stdio};
use std::sync::mpsc;
use std::thread;
use std::time::{Duration, Instant};

use zeroize::Zeroizing;

use super::arguments::{Global, Strength};
use super::prompt::{self, PromptSubject};
use crate::engine::ops::passphrase::must_be_strong;
use crate::problem::{Kind, Problem};
use crate::process;
use crate::secret::{ClientSecret, Passphrase, Secret, without_line_break};

/// Longest secret that is read.
const MAX: usize = 64 << 10;

/// Timeout of a passphrase command, which may ask a person.
const COMMAND_DEADLINE: Duration = Duration::from_secs(60);

/// The passphrase from the source that the options name, else from a prompt.
pub(super) fn passphrase(global: &Global) -> Result<Passphrase, Problem> {
    match given_passphrase(global)? {
        Some(passphrase) => Ok(passphrase),
        None => Ok(Passphrase::from(prompt::secret(global, "Passphrase: ", &PromptSubject::Passphrase)?)),
    }
}

/// Whether the vault can be opened: by an option, or by prompting.
pub(super) fn can_open(global: &Global) -> bool {
    let by_option = global.identity_file.is_some()
        || global.passphrase_file.is_some()
        || global.passphrase_fd.is_some()
        || global.passphrase_command.is_some();
    by_option || prompt::has_person(global)
}

/// The passphrase of a new vault: from the source that the options name, else typed twice at a prompt.
pub(super) fn new_passphrase(global: &Global, strength: Strength) -> Result<Passphrase, Problem> {
    match given_passphrase(global)? {
        Some(passphrase) => strong(passphrase, strength, None),
        None => strong(typed_twice(global, "--passphrase-file FILE")?, strength, Some(global)),
    }
}

/// A new passphrase for a vault: from its own file, or typed twice at a prompt.
pub(super) fn chosen_passphrase(
    global: &Global,
    path: Option<&PathBuf>,
    strength: Strength,
) -> Result<Passphrase, Problem> {
    match path {
        Some(path) => strong(Passphrase::from(secret_file(path, "The new passphrase file")?), strength, None),
        None => strong(typed_twice(global, "--new-passphrase-file FILE")?, strength, Some(global)),
    }
}

/// Accepts a weak passphrase only if the user insists: with an option, or by typing yes at the prompt.
fn strong(passphrase: Passphrase, strength: Strength, typed: Option<&Global>) -> Result<Passphrase, Problem> {
    let weak = if strength.allow_weak { None } else { must_be_strong(&passphrase).err() };
    match (weak, typed) {
        (None, _) => Ok(passphrase),
        (Some(problem), Some(global)) => {
            let question = format!("{} {}\nType yes to use it anyway: ", problem.what, problem.why);
            if prompt::agrees(global, &question)? { Ok(passphrase) } else { Err(problem) }
        }
        (Some(problem), None) => Err(problem),
    }
}

/// A secret from a file, or from standard input when the path is `-`; typed at a terminal, it is not shown.
pub(super) fn secret_file(path: &Path, what: &str) -> Result<Secret, Problem> {
    if path == Path::new("-")
        && io::stdin().is_terminal()
        && let Some(typed) = prompt::hidden("Secret (not shown): ")
    {
        return typed;
    }
    let text =
        if path == Path::new("-") { bounded(io::stdin().lock(), "Standard input") } else { read_file(path, what) };
    text.map(Secret::from)
}

/// `option` is suggested if there is no terminal.
fn typed_twice(global: &Global, option: &str) -> Result<Passphrase, Problem> {
    let missing = PromptSubject::NewPassphrase { option };
    let first = Passphrase::from(prompt::secret(global, "New passphrase: ", &missing)?);
    let again = prompt::secret(global, "Repeat: ", &missing)?;
    if first.matches(&again) {
        Ok(first)
    } else {
        Err(Problem::new(Kind::Usage, "The two passphrases differ.").why("Nothing was created.").try_this("Try again."))
    }
}

/// The passphrase that the options name; `None` if it has to be asked for.
pub(super) fn given_passphrase(global: &Global) -> Result<Option<Passphrase>, Problem> {
    if let Some(path) = &global.passphrase_file {
        let text = read_file(path, "The passphrase file")?;
        return Ok(Some(Passphrase::from(Secret::from(text))));
    }
    if let Some(number) = global.passphrase_fd {
        // Reopened by its number, so that the descriptor itself is not closed, and no copy is left open in a child.
        let text = read_file(Path::new(&format!("/dev/fd/{number}")), "The passphrase descriptor")?;
        return Ok(Some(Passphrase::from(Secret::from(text))));
    }
    let Some(command) = &global.passphrase_command else { return Ok(None) };
    run(command, COMMAND_DEADLINE).map(|text| Some(Passphrase::from(Secret::from(text))))
}

/// The client secret: from a file, from standard input (`-`), or from a prompt if it is `needed`.
pub(super) fn client_secret(
    global: &Global,
    path: Option<&Path>,
    needed: bool,
) -> Result<Option<ClientSecret>, Problem> {
    let missing = PromptSubject::Option { label: "Client Secret", option: "--client-secret-file FILE" };
    match path {
        Some(path) => secret_file(path, "The client secret file").map(|text| Some(ClientSecret::from(text))),
        None if needed => Ok(Some(ClientSecret::from(prompt::secret(global, "Client Secret: ", &missing)?))),
        None => Ok(None),
    }
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
    let refuse = |why: &str| Problem::new(Kind::Usage, format!("{what} contains no secret.")).why(why);
    let mut text = Zeroizing::new(String::with_capacity(MAX + 1));
    from.take(MAX as u64 + 1).read_to_string(&mut text).map_err(|_| refuse("It cannot be read, or is not UTF-8."))?;
    if text.len() > MAX {
        return Err(refuse("It is longer than 64 KiB."));
    }
    let kept = without_line_break(&text).len();
    text.truncate(kept);
    Ok(text)
}

/// The output of `sh -c COMMAND`, which gets no standard input, and no more time than `deadline`.
fn run(command: &str, deadline: Duration) -> Result<Zeroizing<String>, Problem> {
    let failed = |why: &str| {
        Problem::new(Kind::Locked, "The passphrase command printed no passphrase.")
            .why(why)
            .try_this("Run it on its own to see its output.")
    };
    let end = Instant::now() + deadline;
    let mut shell = process::command("sh");
    shell.args(["-c", command]).stdin(Stdio::null()).stdout(Stdio::piped());
    // A process group can be killed as a whole, but a command in its own group could not prompt at our terminal.
    let apart = File::open("/dev/tty").is_err();
    if apart {
        shell.process_group(0);
    }
    let mut child = shell.spawn().map_err(|error| failed(&format!("It could not be started: {error}.")))?;
    let (sender, answer) = mpsc::channel();
    if let Some(output) = child.stdout.take() {
        thread::spawn(move || {
            // The receiver is gone only after the deadline.
            let _ = sender.send(bounded(output, "The passphrase command's output"));
        });
    }
    let text = answer.recv_timeout(deadline).ok();
    // The command may have closed its output and kept running.
    let ended = if text.is_some() { wait_until(&mut child, end) } else { None };
    match (text, ended) {
        (Some(text), Some(status)) if status.success() => text,
        (Some(_), Some(status)) => Err(failed(&format!("It ended with {status}."))),
        _ => {
            end_now(&mut child, apart);
            Err(failed(&format!("It did not end within {} seconds.", deadline.as_secs())))
        }
    }
}

fn wait_until(child: &mut Child, end: Instant) -> Option<ExitStatus> {
    loop {
        match child.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < end => thread::sleep(Duration::from_millis(10)),
            Ok(None) | Err(_) => return None,
        }
    }
}

/// Kills the command's process group, unless the command shares the group of this process.
fn end_now(child: &mut Child, apart: bool) {
    let group = rustix::process::Pid::from_child(child);
    if apart {
        // It may have exited by itself.
        let _ = rustix::process::kill_process_group(group, rustix::process::Signal::KILL);
    }
    let _ = child.kill();
    let _ = child.wait();
}

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
        assert_eq!(read(b"pass\r").unwrap(), "pass");
        assert_eq!(read(b" pass \n\n").unwrap(), " pass \n");
        assert_eq!(read(b"").unwrap(), "");
        assert!(read(b"\xff").is_err());
        assert!(read(&vec![b'x'; MAX + 1]).is_err());
    }

    #[test]
    fn pp_04_a_command_that_fails_gives_no_passphrase() {
        let run = |command| run(command, COMMAND_DEADLINE);
        assert_eq!(run("echo secret").unwrap().as_str(), "secret");
        assert_eq!(run("echo secret; exit 3").unwrap_err().kind, Kind::Locked);
        assert_eq!(run("/nonexistent/command").unwrap_err().kind, Kind::Locked);
    }

    #[test]
    fn pp_04_a_command_that_closes_its_output_or_its_shell_and_sleeps_is_ended() {
        for command in ["echo secret; exec >&-; sleep 1000", "sleep 1000 & wait", "sleep 1000 & echo secret"] {
            let problem = run(command, Duration::from_millis(200)).unwrap_err();
            assert!(problem.kind == Kind::Locked && problem.why.contains("did not end"), "{command}: {problem}");
        }
    }
}
