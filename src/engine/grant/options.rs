//! How a sign-in is to be done.

use std::time::Duration;

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

    pub(super) fn paced(&self, time: Duration) -> Duration {
        time / self.haste.max(1)
    }
}
