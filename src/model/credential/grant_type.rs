//! How a credential signs in and gets further access tokens.

use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// How a credential gets the token or key for its API calls.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub enum GrantType {
    /// RFC 6749 section 4.1.
    #[default]
    AuthorizationCode,
    /// RFC 6749 section 4.4.
    ClientCredentials,
    /// RFC 8628.
    DeviceCode,
    /// A token that the user enters, sent as RFC 6750 says.
    Bearer,
    /// A key that the user enters.
    ApiKey,
    /// User name and password.
    Basic,
    /// A secret key that signs each request (AWS Signature Version 4).
    SignatureV4,
}

impl GrantType {
    const ALL: [Self; 7] = [
        Self::AuthorizationCode,
        Self::ClientCredentials,
        Self::DeviceCode,
        Self::Bearer,
        Self::ApiKey,
        Self::Basic,
        Self::SignatureV4,
    ];

    /// A stable word for JSON output and the vault.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "authorization_code",
            Self::ClientCredentials => "client_credentials",
            Self::DeviceCode => "device_code",
            Self::Bearer => "bearer",
            Self::ApiKey => "api_key",
            Self::Basic => "basic",
            Self::SignatureV4 => "aws_signature_v4",
        }
    }

    /// The type with this [`code`](Self::code).
    #[must_use]
    pub(crate) fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|known| known.code() == code)
    }

    /// A few words for a table.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "browser",
            Self::ClientCredentials => "client credentials",
            Self::DeviceCode => "device code",
            Self::Bearer => "bearer token",
            Self::ApiKey => "API key",
            Self::Basic => "basic",
            Self::SignatureV4 => "signed requests",
        }
    }

    #[must_use]
    pub fn label(self) -> &'static str {
        match self {
            Self::AuthorizationCode => "OAuth 2.0 (authorization code)",
            Self::ClientCredentials => "OAuth 2.0 (client credentials)",
            Self::DeviceCode => "OAuth 2.0 (device code)",
            Self::Bearer => "Bearer token",
            Self::ApiKey => "API key",
            Self::Basic => "Basic",
            Self::SignatureV4 => "AWS Signature Version 4",
        }
    }

    /// Whether the user enters the secret that is sent, so that there is no token request.
    #[must_use]
    pub fn is_static_secret(self) -> bool {
        matches!(self, Self::Bearer | Self::ApiKey | Self::Basic | Self::SignatureV4)
    }

    /// Whether the user consents in a browser, on this machine or another.
    #[must_use]
    pub(crate) fn is_consented_to(self) -> bool {
        !self.is_static_secret() && !self.uses_client_credentials()
    }

    /// Whether the client requests access tokens with its own secret: no consent, and no refresh token is expected.
    #[must_use]
    pub fn uses_client_credentials(self) -> bool {
        matches!(self, Self::ClientCredentials)
    }
}

impl Serialize for GrantType {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.code())
    }
}

/// `None` for a type that only a later version knows, so that the vault stays readable.
pub(super) fn if_known<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<GrantType>, D::Error> {
    Ok(Option::<String>::deserialize(deserializer)?.and_then(|code| GrantType::from_code(&code)))
}
