//! The authorization server's endpoints, as a credential keeps them.

use serde::{Deserialize, Serialize};
use url::Url;

/// The authorization server's endpoints with every variable filled in.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Endpoints {
    /// RFC 6749 section 3.1; `None` where nobody consents in a browser that comes back.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<Url>,
    /// RFC 6749 section 3.2.
    pub token: Url,
    /// Where a refresh goes when it is not the token endpoint.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub refresh: Option<Url>,
    /// RFC 7009.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revocation: Option<Url>,
    /// OpenID Connect Core section 5.3.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub userinfo: Option<Url>,
    /// RFC 9207: the `iss` every authorization response must carry.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub issuer: Option<String>,
    /// RFC 8628 section 3.1.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<Url>,
    /// Asked right after an authentication, in the catalog's order: which site or tenant the calls are about.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lookups: Vec<Url>,
}
