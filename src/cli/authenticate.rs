//! `credenza authenticate`: signs in with a browser, here or elsewhere, a device code, a test call, or client
//! credentials.
//!
//! The URL to open is printed on standard error before the command waits for anything. JSON: `{"authenticated": NAME,
//! "missing_scopes": [...], "notes": [...], "access_token_expires_at": "…" | null}`.

use std::io::{self, BufRead as _, Read as _};

use serde_json::json;
use tokio::sync::mpsc;
use zeroize::Zeroizing;

use super::arguments::{Authenticate, Global, Method, SignInArguments};
use super::input;
use super::output::Output;
use super::present;
use super::row;
use super::runtime::block_on;
use crate::engine::Session;
use crate::engine::ops::credentials;
use crate::engine::ops::sign_in::{
    self, Control, DEVICE_DEADLINE, DeviceCodePrompt, Options, Progress, RedirectReturn, SignInOverrides, SignInPrompt,
};
use crate::model::credential::CredentialId;
use crate::model::credential::GrantType;
use crate::printable::printable;
use crate::problem::{Kind, NextStep, Problem};
use crate::secret::Secret;

/// Longest address that can be pasted.
const MAX_ADDRESS: u64 = 64 << 10;

pub(super) fn run(session: &Session, arguments: &Authenticate, global: &Global, output: Output) -> Result<(), Problem> {
    let credential = credentials::find(session, &arguments.name)?;
    self::credential(session, credential.id, &arguments.how, global, output)
}

/// Authenticates one credential.
pub(super) fn credential(
    session: &Session,
    id: CredentialId,
    how: &SignInArguments,
    global: &Global,
    output: Output,
) -> Result<(), Problem> {
    let method = method(session, id, how)?;
    let paste = method == Method::Paste;
    if paste && global.no_input {
        return Err(Problem::new(
            Kind::Usage,
            "--method paste prompts for an address, which --no-input does not allow.",
        ));
    }
    if global.no_input {
        needs_nobody(session, id)?;
    }
    let options = Options {
        open_browser: !how.no_browser,
        redirect_return: match method {
            Method::Paste => RedirectReturn::Paste,
            _ => RedirectReturn::ListenerOrPaste,
        },
        deadline: how.timeout.unwrap_or(match method {
            Method::Device => DEVICE_DEADLINE,
            Method::Browser | Method::Paste => Options::default().deadline,
        }),
        by_device: method == Method::Device,
        place: how.place.clone(),
        overrides: SignInOverrides { new_host: how.accept_new_host, other_account: how.other_account },
        ..Options::default()
    };
    let done = block_on(&session.workspace, output, flow(session, id, options, paste, output))?;
    let credential = credentials::find(session, &id.to_string())?;
    let notes: Vec<String> = done.notes.into_iter().chain(done.step.as_ref().map(present::step)).collect();
    for note in &notes {
        output.note(note);
    }
    if !done.missing_scopes.is_empty() {
        output.note(&format!("Not granted: {}", done.missing_scopes.join(", ")));
    }
    output.done(
        &format!("Authenticated {}", credential.name),
        &json!({
            "authenticated": credential.name, "missing_scopes": done.missing_scopes, "notes": notes,
            "access_token_expires_at": done.expires_at.map(row::whole_seconds),
        }),
    )
}

/// Fails at once if the sign-in needs a user, but there is no one to open the browser or enter the code.
fn needs_nobody(session: &Session, id: CredentialId) -> Result<(), Problem> {
    let credential = credentials::find(session, &id.to_string())?;
    if !session.provider(&credential)?.grant.is_consented_to() {
        return Ok(());
    }
    let what = format!("Someone has to sign in for \"{}\".", credential.name);
    Err(Problem::new(Kind::NeedsAuthentication, what)
        .why("--no-input does not wait for a sign-in.")
        .step(NextStep::AllowPrompts))
}

/// The requested method, else the one that the integration supports.
fn method(session: &Session, id: CredentialId, how: &SignInArguments) -> Result<Method, Problem> {
    let credential = credentials::find(session, &id.to_string())?;
    let provider = session.workspace.catalog.by_id(&credential.provider);
    let grant = provider.map(|provider| provider.grant);
    match (how.method, grant) {
        (None, Some(GrantType::DeviceCode)) => Ok(Method::Device),
        (Some(Method::Browser | Method::Paste), Some(GrantType::DeviceCode)) => {
            let problem = Problem::new(Kind::Usage, "This integration supports sign-in by device code only.");
            Err(problem.try_this("Leave out --method, or use --method device."))
        }
        (Some(_), Some(grant)) if grant.is_static_secret() => {
            let problem = Problem::new(Kind::Usage, "This integration has no interactive sign-in.");
            Err(problem.why("A test call checks its key or password.").try_this("Leave out --method."))
        }
        (method, _) => Ok(method.unwrap_or(Method::Browser)),
    }
}

async fn flow(
    session: &Session,
    id: CredentialId,
    options: Options,
    mut paste: bool,
    output: Output,
) -> Result<sign_in::Authenticated, Problem> {
    let (progress, mut reports) = mpsc::channel(16);
    let (control, commands) = mpsc::channel(4);
    let tell = async {
        while let Some(report) = reports.recv().await {
            if let Progress::Waiting(prompt) = &report {
                // Without a listener the address can only be pasted, whatever the method.
                paste |= prompt.short_link.is_none();
            }
            report_progress(&report, paste, output);
            if paste && matches!(report, Progress::Waiting(_) | Progress::Ignored(_)) {
                read_address(control.clone());
            }
        }
    };
    let run = sign_in::authenticate(session, id, options, progress, commands);
    futures_util::future::join(run, tell).await.0
}

fn report_progress(report: &Progress, paste: bool, output: Output) {
    match report {
        Progress::Waiting(prompt) => show_prompt(prompt, paste, output),
        Progress::BrowserOpened => output.note("A browser was opened. Sign in there and accept."),
        Progress::NoBrowser(problem) | Progress::Ignored(problem) => output.note(&present::in_full(problem)),
        Progress::Device(prompt) => invite_elsewhere(prompt, output),
        Progress::Undecided { next } => output.detail(&format!("Not accepted yet; asking again in {next:?}.")),
        Progress::Testing(asked) => output.note(&format!("Sending {}", printable(asked, 400))),
        Progress::Exchanging => output.note("Requesting tokens."),
        Progress::Saving => output.detail("Saving."),
    }
}

fn show_prompt(prompt: &SignInPrompt, paste: bool, output: Output) {
    output.note("Open this address, sign in and accept:");
    output.note(&format!("  {}", prompt.url));
    if let Some(problem) = &prompt.no_listener {
        output.note(&present::in_full(problem));
    }
    if let Some(problem) = &prompt.other_port {
        output.note(&format!("{} The browser comes back to {}.", problem.what, prompt.redirect_uri));
    }
    if let Some(page) = &prompt.behind_page {
        output.note(&format!("The page at {} sends the browser on to {page}.", prompt.redirect_uri));
    }
    if let Some(fingerprint) = &prompt.fingerprint {
        output.note("The browser will warn about the certificate of this machine. Go on if its SHA-256 fingerprint is");
        output.note(&format!("  {fingerprint}"));
    }
    if let (Some(link), Some(ssh)) = (&prompt.short_link, &prompt.ssh) {
        output.note(&format!("Or, on this machine: {link}"));
        output.note(&format!("Over SSH, run this on your own machine first: {ssh}"));
    }
    if paste {
        input::say_on_stderr("Then paste the address from the browser (or a code from the console) and press enter: ");
    }
}

fn invite_elsewhere(prompt: &DeviceCodePrompt, output: Output) {
    output.note("In a browser on any device open");
    output.note(&format!("  {}", prompt.verification_uri));
    output.note("and enter the code");
    output.note(&format!("  {}", prompt.user_code));
    if let Some(complete) = &prompt.complete {
        output.note(&format!("or open, with the code inside: {complete}"));
    }
    if !prompt.openable {
        output.note("That address is not https: check it before you enter anything there.");
    }
    output.note(&format!("Waiting; the code expires in {} s.", prompt.expires_in.as_secs()));
}

/// Reads one line in a thread, which ends with the line or with the process.
fn read_address(control: mpsc::Sender<Control>) {
    std::thread::spawn(move || {
        let mut line = Zeroizing::new(String::with_capacity(4_096));
        let read = io::stdin().lock().take(MAX_ADDRESS).read_line(&mut line);
        let message = match read {
            Ok(0) | Err(_) => Control::Cancel,
            Ok(_) => Control::Paste(Secret::from(line)),
        };
        // The flow may have ended meanwhile.
        let _ = control.blocking_send(message);
    });
}
