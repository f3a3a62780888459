//! Options of a sign-in.

use std::time::Duration;

/// Longest wait for a device code.
pub(crate) const DEVICE_DEADLINE: Duration = Duration::from_secs(30 * 60);

#[derive(Clone, Debug)]
pub struct Options {
    /// Whether to open the browser on this machine. The URL is reported in any case.
    pub open_browser: bool,
    pub redirect_return: RedirectReturn,
    /// Timeout (5 minutes by default).
    pub deadline: Duration,
    /// Use a device code if the provider has that grant; if it has no other, a device code is used in any case. A code
    /// lives as long as the provider says, but no longer than `deadline`.
    pub by_device: bool,
    /// Speeds up polling and expiry of a device code, for tests; otherwise 1.
    pub time_scale: u32,
    /// A part of the name of the site or tenant to choose, if the account has several.
    pub place: Option<String>,
    /// What the user has allowed.
    pub overrides: SignInOverrides,
}

/// What the user allows for this sign-in only.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct SignInOverrides {
    /// Whether the sign-in and the client secret may be sent to other hosts than those of the last authentication.
    pub new_host: bool,
    /// Whether another account may replace the one that is bound to the credential.
    pub other_account: bool,
}

/// How the redirect reaches this program.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum RedirectReturn {
    /// Through the listener on loopback; the user may also paste the address.
    #[default]
    ListenerOrPaste,
    /// Through the listener only. Without a listener, the flow fails at once instead of waiting for the timeout.
    Listener,
    /// Pasted by the user; no port is opened.
    Paste,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            open_browser: true,
            redirect_return: RedirectReturn::default(),
            deadline: Duration::from_secs(300),
            by_device: false,
            time_scale: 1,
            place: None,
            overrides: SignInOverrides::default(),
        }
    }
}

impl Options {
    /// Options for a device code: the provider's timeout applies, up to half an hour.
    #[must_use]
    pub fn by_device() -> Self {
        Self { by_device: true, deadline: DEVICE_DEADLINE, ..Self::default() }
    }

    pub(super) fn scaled(&self, time: Duration) -> Duration {
        time / self.time_scale.max(1)
    }
}
