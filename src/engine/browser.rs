//! Opens an authorization URL in the user's browser: as one argument, without a shell, with nothing inherited.

use std::collections::VecDeque;
use std::env;
use std::ffi::OsString;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use url::Url;

use crate::loopback::is_loopback;
use crate::printable::printable;
use crate::problem::{Kind, Problem};
use crate::process::{desktop_openers, foreign};

/// A program that still runs after this time counts as a browser that works.
const FAILS_WITHIN: Duration = Duration::from_millis(500);

/// How often the program is checked until then.
const LOOK: Duration = Duration::from_millis(10);

/// Starts `wanted`, else `$BROWSER`, else the desktop's handler for web addresses. If a program fails, the next one is
/// tried; but a browser that the user named has no fallback, since the wrong profile means the wrong account.
///
/// Blocks for at most half a second per program. Returns a warning about programs that failed at once.
///
/// # Errors
/// `Kind::Refused` for anything but https (or http to loopback), and for a URL with a user name; `Kind::Temporary` if
/// there is no browser, or each one failed at once.
pub fn open(url: &Url, wanted: Option<&str>) -> Result<Option<Problem>, Problem> {
    check(url)?;
    let mut commands = match wanted {
        Some(wanted) => named(url, wanted),
        None => candidates(url, &|name| env::var_os(name).filter(|value| !value.is_empty())),
    };
    let Some(child) = start_first(&mut commands) else {
        if let Some(wanted) = wanted {
            let what = format!("This credential's own browser could not be started: {}", printable(wanted, 200));
            return Err(Problem::new(Kind::Temporary, what)
                .try_this("Open the address in that browser yourself, or edit the credential."));
        }
        let problem = Problem::new(Kind::Temporary, "No browser could be opened here.");
        let problem = problem.why("Neither $BROWSER nor a desktop browser was found.");
        return Err(problem.try_this("Open the address yourself, on this machine or another."));
    };
    let (running, failed) = first_that_runs(child, &mut commands);
    let said = (!failed.is_empty()).then(|| failed_at_once(&failed));
    let Some(child) = running else { return Err(said.unwrap_or_else(|| Problem::internal("No browser was started."))) };
    // Reaped in the background, so that no zombie stays and nothing waits. If the thread cannot be started, the child
    // is reaped when this process ends.
    let _ = thread::Builder::new().name("browser".to_owned()).spawn(move || attend(child.process, commands));
    Ok(said)
}

struct Started {
    name: String,
    process: Child,
}

/// The first program that did not fail at once, and the failures of those before it.
fn first_that_runs(first: Started, commands: &mut VecDeque<Command>) -> (Option<Started>, Vec<String>) {
    let (mut failed, mut next) = (Vec::new(), Some(first));
    while let Some(mut started) = next {
        match ended_within(&mut started.process, FAILS_WITHIN).filter(|status| !status.success()) {
            Some(status) => failed.push(format!("{} ({status})", printable(&started.name, 120))),
            None => return (Some(started), failed),
        }
        next = start_first(commands);
    }
    (None, failed)
}

fn ended_within(process: &mut Child, most: Duration) -> Option<ExitStatus> {
    let end = Instant::now() + most;
    loop {
        match process.try_wait() {
            Ok(Some(status)) => return Some(status),
            Ok(None) if Instant::now() < end => thread::sleep(LOOK),
            Ok(None) | Err(_) => return None,
        }
    }
}

fn failed_at_once(failed: &[String]) -> Problem {
    Problem::new(Kind::Temporary, "The browser failed to start.")
        .why(format!("It was {}.", failed.join(", then ")))
        .try_this("Open the address yourself, or set $BROWSER to another program.")
}

/// The program that would be tried first; `None` if there is none.
#[must_use]
pub(crate) fn first_candidate() -> Option<String> {
    let url = Url::parse("https://localhost/").ok()?;
    let commands = candidates(&url, &|name| env::var_os(name).filter(|value| !value.is_empty()));
    commands.front().map(|command| command.get_program().to_string_lossy().into_owned())
}

/// Refuses URLs that must not be opened.
fn check(url: &Url) -> Result<(), Problem> {
    let refuse = |why: &str| {
        let what = "The address was not opened in a browser.";
        Err(Problem::new(Kind::Refused, what).why(why).try_this("Check the provider's domain in the credential."))
    };
    let secure = match url.scheme() {
        "https" => url.host().is_some(),
        "http" => is_loopback(url),
        _ => false,
    };
    if !secure {
        return refuse("It is neither https nor a loopback address.");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return refuse("It contains a user name, which can make one host look like another.");
    }
    Ok(())
}

/// The commands to try, best first.
fn candidates(url: &Url, variable: &dyn Fn(&str) -> Option<OsString>) -> VecDeque<Command> {
    let named = variable("BROWSER").and_then(|list| list.into_string().ok()).unwrap_or_default();
    let mut commands: VecDeque<Command> = entries(&named).iter().filter_map(|entry| from_entry(entry, url)).collect();
    let desktop = ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| variable(name).is_some());
    if commands.is_empty() && (desktop || cfg!(target_os = "macos")) {
        commands.extend(desktop_openers(url.as_str()));
    }
    closed(&mut commands);
    commands
}

/// The commands for a browser that the user named, best first.
fn named(url: &Url, wanted: &str) -> VecDeque<Command> {
    let mut commands = entries(wanted).iter().filter_map(|entry| from_entry(entry, url)).collect();
    closed(&mut commands);
    commands
}

/// Keeps the browser's output off the terminal.
fn closed(commands: &mut VecDeque<Command>) {
    for command in commands {
        // Its own process group, so that ctrl-c does not end it. A session would need setsid between fork and exec,
        // which the standard library offers only through unsafe code, and this program has none.
        command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).process_group(0);
    }
}

/// Splits `$BROWSER` into entries at colons, and entries into words at spaces, outside quotes. A colon before `//`
/// belongs to an address. A value that is the path of an existing file is one word.
fn entries(list: &str) -> Vec<Vec<String>> {
    if Path::new(list).is_file() {
        return vec![vec![list.to_owned()]];
    }
    let (mut all, mut words, mut word, mut quote) = (Vec::new(), Vec::new(), None::<String>, None);
    let mut rest = list.chars();
    while let Some(c) = rest.next() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (None, '"' | '\'') => {
                quote = Some(c);
                // Quotation marks form a word even if they are empty.
                word.get_or_insert_default();
            }
            (None, ':') if !rest.as_str().starts_with("//") => {
                words.extend(word.take());
                all.push(std::mem::take(&mut words));
            }
            (None, c) if c.is_whitespace() => words.extend(word.take()),
            (_, c) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    all.push(words);
    all
}

/// The command of one entry of `$BROWSER`. The address replaces `%s`, or is appended as the last argument.
fn from_entry(words: &[String], url: &Url) -> Option<Command> {
    let (program, words) = words.split_first().filter(|(program, _)| !program.is_empty())?;
    let mut command = foreign(program);
    let mut placed = false;
    for word in words {
        placed |= word.contains("%s");
        command.arg(word.replace("%s", url.as_str()));
    }
    if !placed {
        command.arg(url.as_str());
    }
    Some(command)
}

fn start_first(commands: &mut VecDeque<Command>) -> Option<Started> {
    while let Some(mut command) = commands.pop_front() {
        if let Ok(process) = command.spawn() {
            return Some(Started { name: command.get_program().to_string_lossy().into_owned(), process });
        }
    }
    None
}

/// Waits for the program; if it fails, starts the next one.
fn attend(mut child: Child, mut commands: VecDeque<Command>) {
    while child.wait().is_ok_and(|status| !status.success()) {
        match start_first(&mut commands) {
            Some(next) => child = next.process,
            None => return,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    fn words(command: &Command) -> Vec<String> {
        let program = std::iter::once(command.get_program());
        program.chain(command.get_args()).map(|word| word.to_string_lossy().into_owned()).collect()
    }

    fn with_browser(value: &'static str) -> impl Fn(&str) -> Option<OsString> {
        move |name| (name == "BROWSER").then(|| OsString::from(value))
    }

    #[test]
    fn br_01_the_address_is_one_argument_of_no_shell() {
        let hostile = url("https://x.example.com/$(touch /tmp/p)?a=`id`;b&c=' \"d\"\\ne");
        let commands = candidates(&hostile, &with_browser("first --new %s:second -x"));
        assert_eq!(words(&commands[0]), ["first", "--new", hostile.as_str()]);
        assert_eq!(words(&commands[1]), ["second", "-x", hostile.as_str()]);
        assert_eq!(commands.len(), 2);
        assert!(!hostile.as_str().contains([' ', '"', '\n']));
    }

    #[test]
    fn br_01_quotes_and_addresses_in_browser_are_not_cut() {
        for (value, expected) in [
            ("a:b", vec![vec!["a"], vec!["b"]]),
            ("a -p 'x y:z' \"%s\":b", vec![vec!["a", "-p", "x y:z", "%s"], vec!["b"]]),
            ("a --home=https://x.example:b", vec![vec!["a", "--home=https://x.example"], vec!["b"]]),
            ("'/opt/my browser/run' ''", vec![vec!["/opt/my browser/run", ""]]),
            ("a 'never closed: b", vec![vec!["a", "never closed: b"]]),
            (" : :", vec![vec![], vec![], vec![]]),
        ] {
            assert_eq!(entries(value), expected, "{value}");
        }
        let folder = tempfile::tempdir().unwrap();
        let program = folder.path().join("C: my browser");
        std::fs::write(&program, "").unwrap();
        assert_eq!(entries(program.to_str().unwrap()), [[program.to_str().unwrap()]]);
        assert!(from_entry(&[String::new()], &url("https://x.example.com/")).is_none());
    }

    #[test]
    fn br_02_only_https_and_loopback_are_opened() {
        for bad in
            ["file:///etc/passwd", "javascript:alert(1)", "data:text/html,x", "vscode://x/y", "http://x.example.com/"]
        {
            assert_eq!(open(&url(bad), None).unwrap_err().kind, Kind::Refused, "{bad}");
        }
        for good in ["HTTPS://x.example.com/", "http://127.0.0.1:1/", "http://[::1]:1/", "http://localhost:1/"] {
            assert!(check(&url(good)).is_ok(), "{good}");
        }
        for none in ["--upload-pack=x", "-new-window", "http://[::1%25eth0]/"] {
            assert!(Url::parse(none).is_err(), "{none}");
        }
    }

    #[test]
    fn br_06_a_user_name_is_refused_and_a_foreign_alphabet_shows() {
        assert!(check(&url("https://accounts.example.com@evil.example/")).is_err());
        assert!(check(&url("https://:p@evil.example/")).is_err());
        assert!(url("https://\u{430}\u{441}counts.example.com/").host_str().unwrap().starts_with("xn--"));
    }

    #[test]
    fn br_07_a_browser_that_fails_hands_over_and_leaves_no_zombie() {
        let mut commands: VecDeque<Command> =
            ["/nonexistent/browser", "false", "true"].into_iter().map(Command::new).collect();
        let first = start_first(&mut commands).unwrap();
        assert_eq!(commands.len(), 1, "the missing one was passed over, `false` runs");
        attend(first.process, commands);
    }

    #[test]
    fn a_browser_that_fails_at_once_is_named_and_is_none() {
        let commands = |names: &[&str]| -> VecDeque<Command> { names.iter().map(Command::new).collect() };
        let mut left = commands(&["false", "true"]);
        let first = start_first(&mut left).unwrap();
        let (running, failed) = first_that_runs(first, &mut left);
        assert_eq!(running.unwrap().name, "true");
        let said = failed_at_once(&failed).to_string();
        assert!(said.contains("false (exit status: 1)"), "{said}");
        let mut left = commands(&["false", "false"]);
        let first = start_first(&mut left).unwrap();
        let (running, failed) = first_that_runs(first, &mut left);
        assert!(running.is_none() && failed.len() == 2);
        let problem = open(&url("https://x.example.com/"), Some("false")).unwrap_err();
        assert!(problem.why.contains("false"), "{problem}");
    }

    #[test]
    fn a_browser_that_was_asked_for_has_no_other_in_its_place() {
        let address = url("https://x.example.com/?a=b");
        let commands = named(&address, "firefox -P 'admin of acme' --new-window");
        assert_eq!(words(&commands[0]), ["firefox", "-P", "admin of acme", "--new-window", address.as_str()]);
        assert_eq!(commands.len(), 1);
        let problem = open(&address, Some("/nonexistent/browser \u{1b}[2J")).unwrap_err();
        assert!(problem.what.contains("/nonexistent/browser") && !problem.what.contains('\u{1b}'), "{problem}");
    }

    #[test]
    fn without_browser_and_desktop_there_is_nothing_to_try() {
        assert!(candidates(&url("https://x.example.com/"), &|_| None).is_empty());
    }
}
