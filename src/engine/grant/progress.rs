//! The progress events, controls and result of a sign-in.

use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use crate::model::credential::CredentialId;
use crate::problem::{NextStep, Problem};
use crate::secret::Secret;

/// Progress of an authentication. Sent in this order, except `Ignored`, which is sent any number of times while
/// waiting.
#[derive(Clone, Debug)]
pub enum Progress {
    /// The user can sign in now.
    Waiting(Box<SignInPrompt>),
    /// The user can enter a code in any browser now.
    Device(Box<DeviceCodePrompt>),
    /// The user has not decided about the device code yet.
    Undecided {
        /// Time until the next poll.
        next: Duration,
    },
    BrowserOpened,
    /// No browser could be started; the flow continues.
    NoBrowser(Problem),
    /// An unusable response was received (wrong state, foreign Host...); the flow continues.
    Ignored(Problem),
    /// The provider's test call is being made with the typed-in secret: `GET https://api.example.com/me`.
    Testing(String),
    /// The code was received and is being exchanged. It is too late to cancel.
    Exchanging,
    Saving,
}

/// What the user needs to sign in.
#[derive(Clone, Debug)]
pub struct SignInPrompt {
    /// The redirect URI of the request.
    pub redirect_uri: String,
    /// The whole authorization URL. Contains no secret but the state.
    pub url: Url,
    /// `http://localhost:PORT/go/RANDOM` (or https), which redirects to `url`; `None` without a listener.
    pub short_link: Option<String>,
    /// `ssh -L PORT:localhost:PORT <this host>`; `None` without a listener.
    pub ssh: Option<String>,
    /// Why there is no listener (port taken...), if one was wanted.
    pub no_listener: Option<Problem>,
    /// Why the listener uses another port than the stored redirect URI.
    pub other_port: Option<Problem>,
    /// SHA-256 of the certificate that the browser warns about; `None` if the listener uses plain http.
    pub fingerprint: Option<String>,
    /// The listener's address, if the redirect URI is a page elsewhere that redirects the browser to this machine.
    pub behind_page: Option<String>,
}

/// What the user needs to sign in with a device code (RFC 8628 section 3.3).
#[derive(Clone, Debug)]
pub struct DeviceCodePrompt {
    /// The code that the user enters; escaped and bounded.
    pub user_code: String,
    /// Where to enter it. Always shown with its host.
    pub verification_uri: Url,
    /// The same URI with the code in it, on the same host; only if a browser may open it.
    pub complete: Option<Url>,
    /// Whether a browser may open it: https, or http on this machine.
    pub openable: bool,
    /// The remaining lifetime of the code.
    pub expires_in: Duration,
    pub interval: Duration,
}

impl DeviceCodePrompt {
    /// The URL to open: with the code included, if the provider supplies such a URL.
    #[must_use]
    pub fn to_open(&self) -> &Url {
        self.complete.as_ref().unwrap_or(&self.verification_uri)
    }

    /// The URL for a QR code; `None` if it is not safe to open.
    #[must_use]
    pub fn for_a_phone(&self) -> Option<&Url> {
        self.complete.as_ref().or_else(|| self.openable.then_some(&self.verification_uri))
    }
}

/// A control that the user sends during a sign-in.
#[derive(Debug)]
pub enum Control {
    /// The redirect address, pasted.
    Paste(Secret),
    /// Open the browser (again).
    OpenBrowser,
    /// Cancel; ignored once the code is being exchanged.
    Cancel,
}

/// A sign-in whose tokens are saved.
#[derive(Clone, Debug)]
pub struct Authenticated {
    pub id: CredentialId,
    /// Scopes that were requested but not granted.
    pub missing_scopes: Vec<String>,
    /// "Your account lives in Europe: Customer Domain is now accounts.zoho.eu".
    pub notes: Vec<String>,
    /// The next step for the last note.
    pub step: Option<NextStep>,
    /// Expiry of the access token.
    pub expires_at: Option<Timestamp>,
}
