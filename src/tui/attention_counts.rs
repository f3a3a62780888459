//! Counts the credentials that need attention, again whenever the vault or a status changes, but not for every frame.

use jiff::Timestamp;

use crate::engine::Snapshot;
use crate::model::credential::{CredentialId, Status};
use crate::model::integration::IntegrationId;
use crate::model::lookalike::Lookalikes;

/// Every status, in the order in which they are counted.
const STATUSES: [Status; 7] = [
    Status::Authenticated,
    Status::NeedsReauthentication,
    Status::ProbablyNeedsReauthentication,
    Status::ResponseUnread,
    Status::ExpiringSoon,
    Status::Revoked,
    Status::NotAuthenticated,
];

/// The counts, and the period in which they are valid.
#[derive(Clone, Debug, Default)]
pub(crate) struct AttentionCounts {
    /// Number of credentials that need attention now.
    pub needed: usize,
    /// Number of credentials that will need attention soon.
    pub soon: usize,
    /// Number of credentials by status, working ones first; statuses that no credential has are left out.
    pub by_status: Vec<(Status, usize)>,
    /// Credentials with names that look like the name of another credential.
    pub credentials_alike: Lookalikes<CredentialId>,
    /// Integrations with names that look like the name of another integration.
    pub integrations_alike: Lookalikes<IntegrationId>,
    /// Incremented by each count. What was derived from the vault or from statuses is valid while this number is the
    /// same.
    pub version: u64,
    /// Version of the snapshot that was counted; `None` before the first count.
    generation: Option<u64>,
    /// Start of the period, up to `until`, in which no status changes.
    from: Timestamp,
    until: Option<Timestamp>,
}

impl AttentionCounts {
    /// Counts again unless the counts are still valid at `now`.
    pub(crate) fn refresh(&mut self, snapshot: &Snapshot, now: Timestamp) {
        let same = self.generation == Some(snapshot.generation);
        if same && now >= self.from && self.until.is_none_or(|until| now < until) {
            return;
        }
        let list = &snapshot.credentials.list;
        let (credentials_alike, integrations_alike) = if same {
            (std::mem::take(&mut self.credentials_alike), std::mem::take(&mut self.integrations_alike))
        } else {
            (snapshot.credentials.lookalikes(), snapshot.integrations.lookalikes())
        };
        let count = |wanted| list.iter().filter(|credential| credential.status(now) == wanted).count();
        *self = Self {
            needed: [Status::NeedsReauthentication, Status::ProbablyNeedsReauthentication, Status::ResponseUnread]
                .map(count)
                .iter()
                .sum(),
            soon: count(Status::ExpiringSoon),
            by_status: STATUSES.map(|status| (status, count(status))).into_iter().filter(|(_, of)| *of > 0).collect(),
            credentials_alike,
            integrations_alike,
            version: self.version + 1,
            generation: Some(snapshot.generation),
            from: now,
            until: list.iter().filter_map(|credential| credential.status_changes_at(now)).min(),
        };
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use jiff::SignedDuration;

    use super::*;
    use crate::model::credential::{Credential, Name, Setup, Tokens};
    use crate::secret::AccessToken;

    #[test]
    fn counts_hold_until_the_vault_or_a_status_changes() {
        let start = Timestamp::UNIX_EPOCH;
        let minutes = |count| start + SignedDuration::from_mins(count);
        let mut credential = Credential::new(Name::parse("a").unwrap(), "okta", Setup::default(), start);
        credential.tokens = Some(Tokens {
            access: AccessToken::new("a".into()),
            refresh: None,
            received_at: start,
            expires_at: Some(minutes(60)),
            refresh_expires_at: None,
            scopes: None,
            captured: BTreeMap::new(),
        });
        let mut snapshot = Snapshot::default();
        std::sync::Arc::make_mut(&mut snapshot.credentials).list.push(std::sync::Arc::new(credential));
        let mut tally = AttentionCounts::default();
        for (at, needed, soon) in [(0, 0, 0), (49, 0, 0), (50, 0, 1), (59, 0, 1), (60, 1, 0), (61, 1, 0), (5, 0, 0)] {
            tally.refresh(&snapshot, minutes(at));
            assert_eq!((tally.needed, tally.soon), (needed, soon), "after {at} minutes");
        }
        std::sync::Arc::make_mut(&mut snapshot.credentials).list.clear();
        tally.refresh(&snapshot, minutes(70));
        snapshot.generation = 1;
        tally.refresh(&snapshot, minutes(70));
        assert_eq!((tally.needed, tally.soon), (0, 0));
    }
}
