//! The tokens of one response. Access and refresh token always come from the same exchange or refresh.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use crate::model::field::{FieldValue, Revision};
use crate::secret::{AccessToken, RefreshToken};

/// The tokens of a response, completed with the former ones where it left something out (RFC 6749 sections 5.1 and 6).
#[derive(Clone, Debug)]
pub struct Tokens {
    /// RFC 6749 section 1.4.
    pub access: AccessToken,
    /// RFC 6749 section 1.5. `None` if the provider issues none.
    pub refresh: Option<RefreshToken>,
    /// When the response came.
    pub received_at: Timestamp,
    /// `None` if the provider does not say; the token is then used until it is refused.
    pub expires_at: Option<Timestamp>,
    /// When the refresh token expires, if the provider says so.
    pub refresh_expires_at: Option<Timestamp>,
    /// The granted scopes; `None` if the response did not say (they are then the requested ones, RFC 6749 section 5.1).
    pub scopes: Option<Vec<String>>,
    /// Values beside the token that the catalog says to keep, such as `api_domain`.
    pub captured: BTreeMap<String, String>,
}

/// The key in [`Tokens::captured`] for a token type that is neither `bearer` nor named by the catalog.
pub(crate) const TOKEN_TYPE: &str = "token_type";

impl Tokens {
    /// These tokens, completed with the refresh token, its expiry and the scopes of `former` where they have none.
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
        /// When the refresh token was rejected.
        at: Timestamp,
        /// The raw `error` code, escaped and bounded.
        code: String,
    },
    /// The user revoked the tokens at the provider (RFC 7009).
    Revoked {
        /// When the tokens were revoked.
        at: Timestamp,
    },
}
