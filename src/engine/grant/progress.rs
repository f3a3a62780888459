//! Where a sign-in is, what the person needs and may do, and what it gives.

use std::time::Duration;

use jiff::Timestamp;
use url::Url;

use crate::model::credential::CredentialId;
use crate::problem::{NextStep, Problem};
use crate::secret::Secret;

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
    /// The active redirect URI.
    pub redirect_uri: String,
    /// The whole authorization URL. Holds no secret but the state.
    pub url: Url,
    /// `http://localhost:PORT/go/RANDOM` (or https), which redirects to `url`; `None` without a listener.
    pub short_link: Option<String>,
    /// `ssh -L PORT:localhost:PORT <this host>`; `None` without a listener.
    pub ssh: Option<String>,
    /// Why there is no listener (port taken...), when one was wanted.
    pub no_listener: Option<Problem>,
    /// Why it listens at another port than that of the stored redirect URI.
    pub other_port: Option<Problem>,
    /// SHA-256 of the certificate the browser warns about; `None` where the listener speaks plain http.
    pub fingerprint: Option<String>,
    /// Where it listens, when the redirect URI is a page elsewhere that sends the browser on.
    pub behind_page: Option<String>,
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
    /// What can be done about the last note.
    pub step: Option<NextStep>,
    /// End of the access token.
    pub expires_at: Option<Timestamp>,
}
