//! The tokens of one response. Access and refresh token always come from the same exchange or refresh.

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
    /// When the response came.
    pub received_at: Timestamp,
    /// `None` when the provider does not say; the token is then used until it is refused.
    pub expires_at: Option<Timestamp>,
    /// When the refresh token expires, where the provider says so.
    pub refresh_expires_at: Option<Timestamp>,
    /// The scopes granted; `None` when the response did not say (then those asked for, RFC 6749 section 5.1).
    pub scopes: Option<Vec<String>>,
    /// Values beside the token that the catalog says to keep, such as `api_domain`.
    pub captured: BTreeMap<String, String>,
}

/// The name among [`Tokens::captured`] of a token type that is not `bearer` and that the catalog does not name.
pub(crate) const TOKEN_TYPE: &str = "token_type";

impl Tokens {
    /// These tokens, with the refresh token, its expiry and the scopes of `former` where they have none.
    #[must_use]
    pub fn over(self, former: &Self) -> Self {
        let refresh_expires_at = match self.refresh {
            Some(_) => self.refresh_expires_at,
            None => self.refresh_expires_at.or(former.refresh_expires_at),
        };
        Self {
            refresh: self.refresh.or_else(|| former.refresh.clone()),
            refresh_expires_at,
            scopes: self.scopes.or_else(|| former.scopes.clone()),
            ..self
        }
    }

    /// The token type (RFC 6749 section 7.1), if neither `bearer` nor the catalog says how to send it.
    #[must_use]
    pub fn unknown_type(&self) -> Option<&str> {
        self.captured.get(TOKEN_TYPE).map(String::as_str)
    }

    /// Whether each request needs a proof beside the access token (DPoP, MAC), which this program does not make.
    #[must_use]
    pub fn needs_proof(&self) -> bool {
        self.unknown_type().is_some_and(|word| matches!(word.to_lowercase().as_str(), "mac" | "dpop" | "pop" | "hok"))
    }

    /// Identifies this pair of tokens; not a secret.
    #[must_use]
    pub fn revision(&self) -> Revision {
        let access = FieldValue::Secret((*self.access).clone()).revision();
        let refresh = self.refresh.as_deref().map_or(FieldValue::Absent, |token| FieldValue::Secret(token.clone()));
        FieldValue::words(&[access.to_string(), refresh.revision().to_string()]).revision()
    }

    /// Whether the access token is valid for at least `min_ttl` more.
    #[must_use]
    pub(crate) fn is_fresh(&self, now: Timestamp, min_ttl: SignedDuration) -> bool {
        self.expires_at.is_none_or(|at| now.duration_until(at) > min_ttl)
    }
}

/// The authorization server said that the stored tokens are no longer valid.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum AuthFailure {
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
