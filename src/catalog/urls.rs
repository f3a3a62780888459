//! The endpoints as the catalog file gives them.

/// The endpoints of a provider, as templates over its variables.
#[derive(Clone, Debug, Default)]
pub struct Urls {
    /// RFC 6749 section 3.1.
    pub authorization: String,
    /// RFC 6749 section 3.2.
    pub token: String,
    /// The refresh endpoint, if it is not the token endpoint.
    pub refresh: Option<String>,
    /// RFC 7009.
    pub revocation: Option<String>,
    /// OpenID Connect Core section 5.3.
    pub userinfo: Option<String>,
    /// RFC 9207; only if the provider is known to send `iss`.
    pub issuer: Option<String>,
    /// RFC 8628 section 3.1.
    pub device: Option<String>,
}
