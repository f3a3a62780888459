//! `kind` of a catalog file's `[auth]`.

use serde::Deserialize;

use crate::model::credential::GrantType;

/// The words of `kind` in a catalog file.
#[derive(Clone, Copy, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum AuthKind {
    Oauth2Code,
    Oauth2ClientCredentials,
    Oauth2Device,
    Bearer,
    ApiKey,
    Basic,
    AwsSignatureV4,
}

impl AuthKind {
    pub(super) fn grant_type(self) -> GrantType {
        match self {
            Self::Oauth2Code => GrantType::AuthorizationCode,
            Self::Oauth2ClientCredentials => GrantType::ClientCredentials,
            Self::Oauth2Device => GrantType::DeviceCode,
            Self::Bearer => GrantType::Bearer,
            Self::ApiKey => GrantType::ApiKey,
            Self::Basic => GrantType::Basic,
            Self::AwsSignatureV4 => GrantType::SignatureV4,
        }
    }
}
