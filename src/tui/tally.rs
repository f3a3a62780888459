//! How many credentials need a person: counted when the vault changes or a status runs out, not for every frame.

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
    Status::AnswerUnread,
    Status::ExpiringSoon,
    Status::Revoked,
    Status::NotAuthenticated,
];

/// The counts, and for how long they hold.
#[derive(Clone, Debug, Default)]
pub struct Tally {
    /// Credentials a person is needed for now.
    pub needed: usize,
    /// Credentials a person will be needed for soon.
    pub soon: usize,
    /// How many credentials have each status that any has, what works first.
    pub by_status: Vec<(Status, usize)>,
    /// Credentials whose names look like another's.
    pub credentials_alike: Lookalikes<CredentialId>,
    /// Integrations whose names look like another's.
    pub integrations_alike: Lookalikes<IntegrationId>,
    /// Grows with each count: what is made of the vault and of statuses holds as long as this stays.
    pub version: u64,
    /// Of the snapshot that was counted; `None` before the first count.
    generation: Option<u64>,
    /// Statuses are the same from this instant,
    from: Timestamp,
    until: Option<Timestamp>,
}

impl Tally {
    /// Counts again unless the counts still hold at `now`.
    pub fn refresh(&mut self, snapshot: &Snapshot, now: Timestamp) {
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
            needed: [Status::NeedsReauthentication, Status::ProbablyNeedsReauthentication, Status::AnswerUnread]
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
        let mut tally = Tally::default();
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
