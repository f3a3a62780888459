//! The columns of `list`: the keys of its JSON, and what the table writes in them.

use std::sync::Arc;

use serde_json::Value;

use crate::cli::row;
use crate::engine::Session;
use crate::model::credential::Credential;
use crate::nearest::suggestion;
use crate::problem::{Kind, Problem};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Column {
    Id,
    Name,
    Integration,
    Grant,
    Status,
    Owner,
    Tags,
    Description,
    ExpiresOn,
    AccessTokenExpiresAt,
    AuthenticatedAt,
    CreatedAt,
}

/// All columns, in the order of CSV output.
pub(super) const ALL: [Column; 12] = [
    Column::Id,
    Column::Name,
    Column::Integration,
    Column::Grant,
    Column::Status,
    Column::Owner,
    Column::Tags,
    Column::Description,
    Column::ExpiresOn,
    Column::AccessTokenExpiresAt,
    Column::AuthenticatedAt,
    Column::CreatedAt,
];

impl Column {
    /// Parses a key in any case, with hyphens or underscores.
    pub(super) fn parse(word: &str) -> Result<Self, Problem> {
        let key = word.trim().to_lowercase().replace('-', "_");
        ALL.into_iter().find(|column| column.key() == key).ok_or_else(|| {
            let keys = ALL.map(Self::key);
            let what = format!("There is no column \"{word}\".{}", suggestion(&key, keys));
            Problem::new(Kind::Usage, what).try_this(format!("Columns: {}.", keys.join(", ")))
        })
    }

    /// Its key in JSON.
    pub(super) fn key(self) -> &'static str {
        match self {
            Self::Id => "id",
            Self::Name => "name",
            Self::Integration => "integration",
            Self::Grant => "grant",
            Self::Status => "status",
            Self::Owner => "owner",
            Self::Tags => "tags",
            Self::Description => "description",
            Self::ExpiresOn => "expires_on",
            Self::AccessTokenExpiresAt => "access_token_expires_at",
            Self::AuthenticatedAt => "authenticated_at",
            Self::CreatedAt => "created_at",
        }
    }

    pub(super) fn heading(self) -> &'static str {
        match self {
            Self::Id => "ID",
            Self::Name => "NAME",
            Self::Integration => "INTEGRATION",
            Self::Grant => "GRANT",
            Self::Status => "STATUS",
            Self::Owner => "OWNER",
            Self::Tags => "TAGS",
            Self::Description => "DESCRIPTION",
            Self::ExpiresOn => "EXPIRES ON",
            Self::AccessTokenExpiresAt => "TOKEN EXPIRES",
            Self::AuthenticatedAt => "AUTHENTICATED",
            Self::CreatedAt => "CREATED",
        }
    }

    /// The text in the table: names where JSON has ids and codes.
    pub(super) fn words(self, credential: &Credential, session: &Session) -> String {
        let provider = session.workspace.catalog.by_id(&credential.provider);
        match self {
            Self::Integration => provider.map_or_else(|| credential.provider.clone(), |provider| provider.name.clone()),
            Self::Grant => provider.map_or("-", |provider| provider.grant.word()).to_owned(),
            Self::Status => credential.status(session.workspace.clock.now()).word().to_owned(),
            Self::Description => credential.details.description.clone(),
            column => text(row::json(credential, &session.workspace).get(column.key())),
        }
    }
}

/// A JSON value as text.
pub(super) fn text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(Value::Array(all)) => all.iter().map(|one| text(Some(one))).collect::<Vec<_>>().join(","),
        Some(other) => other.to_string(),
    }
}

/// Sorts case-insensitively; rows without a value come last in both directions, equal ones by name.
pub(super) fn sort(list: &mut [&Arc<Credential>], by: Column, reverse: bool, session: &Session) {
    list.sort_by_cached_key(|credential| credential.name.to_string().to_lowercase());
    let mut keyed: Vec<(String, &Arc<Credential>)> =
        list.iter().map(|credential| (by.words(credential, session).to_lowercase(), *credential)).collect();
    keyed.sort_by(|(one, _), (other, _)| {
        let order = if reverse { other.cmp(one) } else { one.cmp(other) };
        one.is_empty().cmp(&other.is_empty()).then(order)
    });
    for (place, (_, credential)) in list.iter_mut().zip(keyed) {
        *place = credential;
    }
}
