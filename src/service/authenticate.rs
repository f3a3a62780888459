//! Consent in a browser, the code exchanged, the tokens saved: first or again, in place.

use std::time::Duration;

use jiff::Timestamp;
use tokio::sync::mpsc;
use url::Url;

use super::Session;
use crate::credential::CredentialId;
use crate::problem::Problem;
use crate::secret::Secret;

/// How to go about it.
#[derive(Clone, Debug)]
pub struct Options {
    /// Open the browser here. The URL is reported in any case.
    pub open_browser: bool,
    /// Bind the loopback listener; `false` for paste only.
    pub listen: bool,
    /// Gives up after this long (5 minutes by default).
    pub deadline: Duration,
}

impl Default for Options {
    fn default() -> Self {
        Self { open_browser: true, listen: true, deadline: Duration::from_secs(300) }
    }
}

/// Where an authentication is. Sent in this order; `Ignored` any number of times while waiting.
#[derive(Clone, Debug)]
pub enum Progress {
    /// Ready for the person.
    Waiting(Box<Invitation>),
    /// The browser was started.
    BrowserOpened,
    /// No browser could be started; the flow goes on.
    NoBrowser(Problem),
    /// Something came that does not count (wrong state, foreign Host...); the flow goes on.
    Ignored(Problem),
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

/// Runs the whole flow. Nothing of the credential changes until the new tokens are in hand.
///
/// # Errors
/// NeedsAuthentication (rejected, timed out, cancelled, code expired), Usage (client, domain), Temporary, Storage, Refused.
pub async fn authenticate(
    _session: &Session,
    _id: CredentialId,
    _options: Options,
    _progress: mpsc::Sender<Progress>,
    _control: mpsc::Receiver<Control>,
) -> Result<Authenticated, Problem> {
    Err(Problem::internal("skeleton"))
}
