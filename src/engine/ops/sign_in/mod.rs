//! Consent in a browser, by a code, or the client's own word; tokens saved: first or again, in place.

mod account;
mod client;
mod complete;
mod device;
mod flow;
mod hosts;
mod key;
mod places;

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use url::Url;

use super::token::blocking;
use crate::catalog;
use crate::engine::Session;
use crate::engine::audit::{Action, Note, SharedNote, about};
use crate::model::change::Change;
use crate::model::credential::{Credential, CredentialId, Endpoints, Tokens};
use crate::problem::{Kind, Problem};
use crate::secret::Secret;

/// How long a device code is waited for unless the provider says less.
pub const DEVICE_DEADLINE: Duration = Duration::from_secs(30 * 60);

/// How to go about it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Open the browser here. The URL is reported in any case.
    pub open_browser: bool,
    /// How the address comes back at which the browser ends.
    pub way_back: WayBack,
    /// Gives up after this long (5 minutes by default).
    pub deadline: Duration,
    /// Sign in by a code entered in any browser, where the provider gives such codes; where it knows nothing else it is
    /// done so in any case. A code lives as long as the provider says, and no longer than `deadline`.
    pub by_device: bool,
    /// How many times faster than the provider says its device code is asked about and ends: 1, but for tests.
    pub haste: u32,
    /// The site or tenant the calls are to be about, by a part of its name, where the provider has several.
    pub place: Option<String>,
    /// What is refused unless a person says otherwise.
    pub leave: Leave,
}

/// What a person lets happen, this once.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct Leave {
    /// The sign-in and the client secret go to other hosts than those of the last authentication.
    pub new_host: bool,
    /// Another account than the one bound to the credential takes its place.
    pub other_account: bool,
}

/// How the address comes back at which the browser ends.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum WayBack {
    /// To the listener on loopback; a person may paste it as well.
    #[default]
    ListenerOrPaste,
    /// To the listener only: where none can be, the flow ends at once instead of waiting in vain.
    Listener,
    /// Pasted only; no port is opened.
    Paste,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            open_browser: true,
            way_back: WayBack::default(),
            deadline: Duration::from_secs(300),
            by_device: false,
            haste: 1,
            place: None,
            leave: Leave::default(),
        }
    }
}

impl Options {
    /// By a code entered in any browser; it ends when the provider says so, or after half an hour.
    #[must_use]
    pub fn by_device() -> Self {
        Self { by_device: true, deadline: DEVICE_DEADLINE, ..Self::default() }
    }

    fn paced(&self, time: Duration) -> Duration {
        time / self.haste.max(1)
    }
}

/// Where an authentication is. Sent in this order; `Ignored` any number of times while waiting.
#[derive(Clone, Debug)]
pub enum Progress {
    /// Ready for the person.
    Waiting(Box<Invitation>),
    /// Ready for the person: a code to enter in any browser.
    Device(Box<DeviceInvitation>),
    /// The person has not decided about the device code yet; asked again after `next`.
    Undecided {
        /// The pause.
        next: Duration,
    },
    /// The browser was started.
    BrowserOpened,
    /// No browser could be started; the flow goes on.
    NoBrowser(Problem),
    /// Something came that does not count (wrong state, foreign Host...); the flow goes on.
    Ignored(Problem),
    /// The provider's harmless call is made with what was typed in: `GET https://api.example.com/me`.
    Testing(String),
    /// The code is in; it is being exchanged. From here on cancel comes too late.
    Exchanging,
    /// The tokens are being saved.
    Saving,
}

/// What the person needs to sign in.
#[derive(Clone, Debug)]
pub struct Invitation {
    /// The redirect URI in force.
    pub redirect_uri: String,
    /// The whole authorization URL. Holds no secret but the state.
    pub url: Url,
    /// `http://localhost:PORT/go/RANDOM`, which redirects to `url`; `None` without a listener.
    pub short_link: Option<String>,
    /// `ssh -L PORT:localhost:PORT <this host>`; `None` without a listener.
    pub ssh: Option<String>,
    /// Why there is no listener (port taken...), when one was wanted.
    pub no_listener: Option<Problem>,
}

/// What the person needs to sign in by a device code (RFC 8628 section 3.3).
#[derive(Clone, Debug)]
pub struct DeviceInvitation {
    /// To be entered; escaped and bounded.
    pub user_code: String,
    /// Where. Always shown with its host.
    pub verification_uri: Url,
    /// The same with the code inside, at the same host; never one a browser must not be started with.
    pub complete: Option<Url>,
    /// Whether a browser may be started with it: https, or http on this machine.
    pub openable: bool,
    /// How long the code lives.
    pub expires_in: Duration,
    /// The pause between two questions.
    pub interval: Duration,
}

impl DeviceInvitation {
    /// What a browser is given: the address with the code inside, where there is one.
    #[must_use]
    pub fn to_open(&self) -> &Url {
        self.complete.as_ref().unwrap_or(&self.verification_uri)
    }

    /// What a QR code holds; nothing that is not safe to open.
    #[must_use]
    pub fn for_a_phone(&self) -> Option<&Url> {
        self.complete.as_ref().or_else(|| self.openable.then_some(&self.verification_uri))
    }
}

/// What the person may do while it waits.
#[derive(Debug)]
pub enum Control {
    /// The redirected address, pasted.
    Paste(Secret),
    /// Open the browser (again).
    OpenBrowser,
    /// Give up; ignored once the code is being exchanged.
    Cancel,
}

/// Tokens are saved.
#[derive(Clone, Debug)]
pub struct Authenticated {
    /// Which credential.
    pub id: CredentialId,
    /// Requested but not granted.
    pub missing_scopes: Vec<String>,
    /// "Your account lives in Europe: Customer Domain is now accounts.zoho.eu".
    pub notes: Vec<String>,
    /// End of the access token.
    pub expires_at: Option<Timestamp>,
}

/// What the flow brings back: tokens, and where they are from.
struct Grant {
    tokens: Tokens,
    endpoints: Endpoints,
    /// Variables that consent moved: to another data center.
    moved: BTreeMap<String, String>,
    notes: Vec<String>,
    by: &'static str,
}

/// Runs the whole flow. Nothing of the credential changes until the new tokens are in hand; once they are asked for, the
/// rest runs to its end even if the returned future is dropped.
///
/// # Errors
/// NeedsAuthentication (rejected, timed out, cancelled, code expired), Usage (client, domain), Temporary, Storage,
/// Refused.
pub async fn authenticate(
    session: &Session,
    id: CredentialId,
    options: Options,
    progress: mpsc::Sender<Progress>,
    control: mpsc::Receiver<Control>,
) -> Result<Authenticated, Problem> {
    let (note, credential) = {
        let session = session.clone();
        blocking(move || {
            let note = Note::begin(&session.workspace, Action::Authenticate, Some(about(&session, id)))?;
            // A vault that cannot be written is found out before the person is sent to the browser.
            let credential = session.store.reserve().map_err(Problem::from).and_then(|()| session.credential(id));
            Ok((SharedNote::of(note), credential))
        })
        .await?
    };
    let result = match credential {
        Ok(credential) => sign_in(session, credential, &options, progress, control, &note).await,
        Err(problem) => Err(problem),
    };
    blocking(move || note.end(result)).await
}

async fn sign_in(
    session: &Session,
    credential: Credential,
    options: &Options,
    progress: mpsc::Sender<Progress>,
    control: mpsc::Receiver<Control>,
    note: &SharedNote,
) -> Result<Authenticated, Problem> {
    let (id, grant) = (credential.id, session.provider(&credential)?.grant);
    if grant.is_typed_in() {
        let outcome = key::run(session, credential, options, &progress, control).await;
        return match outcome {
            // What the provider refused is in the history already.
            Err(problem) if problem.kind != Kind::NeedsAuthentication => Err(noted(session, id, problem).await),
            outcome => outcome,
        };
    }
    let outcome = match grant {
        catalog::Grant::ClientCredentials => client::run(session, &credential, options, &progress, note).await,
        catalog::Grant::DeviceCode => device::run(session, &credential, options, &progress, control, note).await,
        _ if options.by_device => device::run(session, &credential, options, &progress, control, note).await,
        _ => flow::run(session, &credential, options, &progress, control, note).await,
    };
    match outcome {
        Ok(done) => Ok(done),
        Err(problem) => Err(noted(session, id, problem).await),
    }
}

/// Only the history: what the credential holds stays as it is, and the problem matters more than a note of it.
async fn noted(session: &Session, id: CredentialId, problem: Problem) -> Problem {
    let (store, code) = (Arc::clone(&session.store), problem.what.clone());
    let _ = blocking(move || Ok(store.commit(Change::AuthenticationFailed { id, code }.into())?)).await;
    problem
}

/// The scopes asked for and not granted. An answer without scopes grants what was asked (RFC 6749 section 5.1).
fn missing(requested: &[String], granted: Option<&[String]>) -> Vec<String> {
    let Some(granted) = granted else { return Vec::new() };
    let has = |scope: &String| granted.iter().any(|granted| granted.eq_ignore_ascii_case(scope));
    requested.iter().filter(|scope| !has(scope)).cloned().collect()
}

fn cancelled() -> Problem {
    Problem::new(Kind::NeedsAuthentication, "The authentication was cancelled.").why("Nothing was changed.")
}

fn timed_out(options: &Options) -> Problem {
    Problem::new(
        Kind::NeedsAuthentication,
        format!("Nobody came back from the browser within {}.", duration(options.deadline)),
    )
    .why(
        "Where the browser shows an error page instead, the provider does not know the Client ID in this data center, \
         or the redirect URI or a scope is not registered exactly so. An MFA page that was left open is a likely cause too.",
    )
    .try_this("Compare Client ID, Customer Domain and redirect URI with the provider's console, and authenticate again.")
}

fn timed_out_asking(options: &Options) -> Problem {
    Problem::new(Kind::Temporary, format!("The test call was not answered within {}.", duration(options.deadline)))
        .why("Nothing was changed.")
        .try_this("Check the network, then try again.")
}

fn duration(time: Duration) -> String {
    match time.as_secs() {
        seconds if seconds >= 120 && seconds.is_multiple_of(60) => format!("{} minutes", seconds / 60),
        seconds => format!("{seconds} seconds"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_compared_as_sets() {
        let list = |text: &str| text.split(' ').map(str::to_owned).collect::<Vec<_>>();
        assert_eq!(missing(&list("a b c"), Some(&list("c A"))), ["b"]);
        assert!(missing(&list("a b"), None).is_empty());
    }
}
