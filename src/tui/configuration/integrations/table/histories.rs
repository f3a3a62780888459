//! The health of the integrations, derived from their sessions; rows are filtered and sorted by it.

use std::collections::BTreeMap;

use super::super::{credential_of, provider_name};
use crate::engine::ops::integrations::{HealthState, IntegrationHealth, next_of, state_of};
use crate::model::integration::{Integration, IntegrationId, SyncSession};
use crate::problem::Problem;
use crate::tui::column::Column;
use crate::tui::context::Context;
use crate::tui::widgets::query::Field;
use crate::tui::widgets::search_index::Entry;
use crate::tui::widgets::table_rows::SortKey;

/// The newest sessions, as far as they have been read.
#[derive(Debug)]
pub(super) enum Histories {
    /// They are being read for the first time.
    Reading,
    /// The newest session of each integration that has one.
    Known(BTreeMap<IntegrationId, SyncSession>),
    /// They cannot be read.
    Failed(Problem),
}

pub(super) fn newest(all_health: Vec<IntegrationHealth>) -> BTreeMap<IntegrationId, SyncSession> {
    all_health.into_iter().filter_map(|health| Some((health.id, health.last?))).collect()
}

impl Histories {
    pub(super) fn last(&self, id: IntegrationId) -> Option<&SyncSession> {
        if let Self::Known(newest) = self { newest.get(&id) } else { None }
    }

    pub(super) fn state(&self, cx: &Context<'_>, one: &Integration) -> Option<HealthState> {
        matches!(self, Self::Known(_)).then(|| state_of(cx.snapshot, one, self.last(one.id)))
    }

    pub(super) fn entry(&self, cx: &Context<'_>, one: &Integration) -> Entry<IntegrationId> {
        let mut values = vec![(Field::Integration, provider_name(cx, &one.provider))];
        values.extend(self.state(cx, one).map(|state| (Field::Status, state.word())));
        if let Some(credential) = credential_of(cx, one) {
            let details = &credential.details;
            values.extend([(Field::Credential, credential.name.as_str()), (Field::Owner, details.owner.as_str())]);
            values.extend(details.tags.iter().map(|tag| (Field::Tag, tag.as_str())));
        }
        Entry::new(one.id, one.name.as_str(), values)
    }

    /// The sort key of the integration at this index in the vault.
    pub(super) fn sort_key(&self, cx: &Context<'_>, place: usize, column: Column) -> SortKey {
        let Some(one) = cx.snapshot.integrations.list.get(place) else { return SortKey::Missing };
        let last = self.last(one.id);
        match column {
            Column::Integration => SortKey::text(provider_name(cx, &one.provider)),
            Column::Credential => SortKey::text(credential_of(cx, one).map_or("", |one| one.name.as_str())),
            Column::Status => self.state(cx, one).map_or(SortKey::Missing, |state| SortKey::Number(severity(state))),
            Column::LastSession => SortKey::time(last.map(|last| last.started)),
            Column::NextRun => SortKey::time(next_of(cx.snapshot, one, last, cx.zone)),
            Column::Records => last.map_or(SortKey::Missing, |last| SortKey::Number(last.counts().records)),
            _ => SortKey::text(one.name.as_str()),
        }
    }
}

/// The rank of a state when sorting: 0 is most urgent.
fn severity(state: HealthState) -> u64 {
    match state {
        HealthState::Failing => 0,
        HealthState::NoCredential => 1,
        HealthState::Running => 2,
        HealthState::Active => 3,
        HealthState::NeverRun => 4,
        HealthState::Paused => 5,
    }
}
