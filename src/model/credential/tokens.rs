//! The tokens of one answer. Access and refresh token always come from the same exchange or refresh.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::model::field::{FieldValue, Revision};
use crate::secret::{AccessToken, RefreshToken};

/// What the token endpoint gave, merged over what it left out (RFC 6749 sections 5.1 and 6).
#[derive(Clone, Debug)]
pub struct Tokens {
    /// RFC 6749 section 1.4.
    pub access: AccessToken,
    /// RFC 6749 section 1.5. `None` when the provider gives none.
    pub refresh: Option<RefreshToken>,
    /// When the answer came.
    pub received_at: Timestamp,
    /// `None` when the provider does not say; the token is then used until it is refused.
    pub expires_at: Option<Timestamp>,
    /// When the refresh token ends, where the provider says so.
    pub refresh_expires_at: Option<Timestamp>,
    /// The scopes granted; `None` when the answer did not say (then those asked for, RFC 6749 section 5.1).
    pub scopes: Option<Vec<String>>,
    /// Values beside the token that the catalog says to keep, such as `api_domain`.
    pub captured: BTreeMap<String, String>,
}

/// The name among [`Tokens::captured`] of a token type that is not `bearer` and that the catalog does not name.
pub const TOKEN_TYPE: &str = "token_type";

impl Tokens {
    /// The type of the access token (RFC 6749 section 7.1), where it is one that nobody said how to send.
    #[must_use]
    pub fn odd_type(&self) -> Option<&str> {
        self.captured.get(TOKEN_TYPE).map(String::as_str)
    }

    /// Whether each request with the access token needs a proof beside it, which is never made here.
    #[must_use]
    pub fn needs_proof(&self) -> bool {
        self.odd_type().is_some_and(|word| matches!(word.to_lowercase().as_str(), "mac" | "dpop" | "pop" | "hok"))
    }

    /// What tells this pair from another one; no secret.
    #[must_use]
    pub fn revision(&self) -> Revision {
        let access = FieldValue::Secret((*self.access).clone()).revision();
        let refresh = self.refresh.as_deref().map_or(FieldValue::Absent, |token| FieldValue::Secret(token.clone()));
        FieldValue::words(&[access.to_string(), refresh.revision().to_string()]).revision()
    }

    /// Whether the access token is good for at least `min_ttl` more.
    #[must_use]
    pub fn is_fresh(&self, now: Timestamp, min_ttl: SignedDuration) -> bool {
        self.expires_at.is_none_or(|at| now.duration_until(at) > min_ttl)
    }
}

/// The authorization server's word that the stored tokens are of no more use.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Setback {
    /// The refresh token was rejected permanently (RFC 6749 section 5.2, `invalid_grant` and its cataloged
    /// equivalents).
    Refused {
        /// When.
        at: Timestamp,
        /// The raw `error` code, escaped and bounded.
        code: String,
    },
    /// The user revoked the tokens at the provider (RFC 7009).
    Revoked {
        /// When.
        at: Timestamp,
    },
}
