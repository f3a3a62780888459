//! Counts the access tokens that a provider grants for one refresh token within a window of time.

use jiff::{SignedDuration, Timestamp};

use super::Credential;

/// Most renewals that are remembered; no provider's limit is higher.
pub(super) const MAX_RENEWALS: usize = 64;

/// The state of a provider's limit, counting only the requests of this program.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Quota {
    /// Access tokens granted within the window.
    pub used: u32,
    /// Access tokens allowed within the window.
    pub of: u32,
    /// The length of the window.
    pub window: SignedDuration,
    /// When the oldest one leaves the window; `None` if the window is empty.
    pub frees_at: Option<Timestamp>,
}

impl Quota {
    /// Whether one more request would be refused, and perhaps block the refresh token for a while.
    #[must_use]
    pub(crate) fn is_used_up(&self) -> bool {
        self.used >= self.of
    }
}

impl Credential {
    /// The state of a limit of `of` access tokens per `window`. Renewals in the future, after a clock was set back, do
    /// not count.
    #[must_use]
    pub(crate) fn quota(&self, of: u32, window: SignedDuration, now: Timestamp) -> Quota {
        let counts = |at: &&Timestamp| **at <= now && at.duration_until(now) < window;
        let within: Vec<&Timestamp> = self.renewals.iter().filter(counts).collect();
        let used = u32::try_from(within.len()).unwrap_or(u32::MAX);
        let frees_at = within.first().and_then(|at| at.checked_add(window).ok());
        Quota { used, of, window, frees_at }
    }

    /// Counts one more access token; a new grant starts the count at zero.
    pub(crate) fn count_renewal(&mut self, at: Timestamp, is_new_grant: bool) {
        if is_new_grant {
            return self.renewals.clear();
        }
        self.renewals.push(at);
        let excess = self.renewals.len().saturating_sub(MAX_RENEWALS);
        self.renewals.drain(..excess);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::credential::{Name, Setup};

    const WINDOW: SignedDuration = SignedDuration::from_secs(600);

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn the_window_slides_and_a_new_grant_begins_anew() {
        let mut credential = Credential::new(Name::parse("Zoho").unwrap(), "x", Setup::default(), at(0));
        assert_eq!(credential.quota(3, WINDOW, at(0)).frees_at, None);
        for second in [0, 100, 200] {
            credential.count_renewal(at(second), false);
        }
        let quota = credential.quota(3, WINDOW, at(300));
        assert_eq!((quota.used, quota.is_used_up(), quota.frees_at), (3, true, Some(at(600))));
        assert_eq!(credential.quota(3, WINDOW, at(600)).used, 2, "the first one is forgotten");
        assert_eq!(credential.quota(3, WINDOW, at(50)).used, 1, "a clock set back does not block for years");
        credential.count_renewal(at(310), true);
        assert_eq!(credential.quota(3, WINDOW, at(310)).used, 0);
        for second in 0..1_000 {
            credential.count_renewal(at(second), false);
        }
        assert_eq!(credential.renewals.len(), MAX_RENEWALS);
    }
}
