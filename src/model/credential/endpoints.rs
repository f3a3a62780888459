//! The authorization server's endpoints, as a credential keeps them.

use serde::{Deserialize, Serialize};
use url::Url;

use super::grant_type::{self, GrantType};

/// The authorization server's endpoints with every variable filled in.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct Endpoints {
    /// The grant they serve; `None` in a record of an earlier version, see [`Endpoints::grant_type`].
    #[serde(default, skip_serializing_if = "Option::is_none", deserialize_with = "grant_type::if_known")]
    pub grant_type: Option<GrantType>,
    /// RFC 6749 section 3.1; `None` for grants without a redirect.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub authorization: Option<Url>,
    /// RFC 6749 section 3.2.
    pub token: Url,
    /// The refresh endpoint, if it is not the token endpoint.
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
    /// Requested right after an authentication, in the catalog's order, to learn which site or tenant the tokens are
    /// for.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub lookups: Vec<Url>,
}

impl Endpoints {
    /// The grant they serve. Earlier versions did not store it; it then follows from which endpoints are present.
    #[must_use]
    pub fn grant_type(&self) -> GrantType {
        self.grant_type.unwrap_or(match (&self.authorization, &self.device) {
            (Some(_), _) => GrantType::AuthorizationCode,
            (None, Some(_)) => GrantType::DeviceCode,
            (None, None) => GrantType::ClientCredentials,
        })
    }
}

impl Endpoints {
    /// Every URL that requests are sent to, with its name.
    pub fn urls(&self) -> impl Iterator<Item = (&'static str, &Url)> {
        let Self { grant_type: _, authorization, token, refresh, revocation, userinfo, issuer: _, device, lookups } =
            self;
        let named = [
            ("authorization", authorization.as_ref()),
            ("token", Some(token)),
            ("refresh", refresh.as_ref()),
            ("revocation", revocation.as_ref()),
            ("userinfo", userinfo.as_ref()),
            ("device", device.as_ref()),
        ];
        let named = named.into_iter().filter_map(|(name, url)| url.map(|url| (name, url)));
        named.chain(lookups.iter().map(|url| ("lookup", url)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_of_an_earlier_version_tells_its_grant_by_its_endpoints() {
        let (authorization, device) =
            (r#""authorization":"https://a.example/auth""#, r#""device":"https://a.example/device""#);
        for (kept, grant) in [
            (format!(",{authorization},{device}"), GrantType::AuthorizationCode),
            (format!(",{device}"), GrantType::DeviceCode),
            (String::new(), GrantType::ClientCredentials),
            // A word of a later version must not make the record unreadable.
            (format!(r#","grant_type":"device_code",{authorization}"#), GrantType::DeviceCode),
            (format!(r#","grant_type":"of a later version",{authorization}"#), GrantType::AuthorizationCode),
        ] {
            let record = format!(r#"{{"token":"https://a.example/token"{kept}}}"#);
            let endpoints: Endpoints = serde_json::from_str(&record).unwrap();
            assert_eq!(endpoints.grant_type(), grant, "{record}");
        }
    }

    #[test]
    fn a_grant_is_kept_by_its_code() {
        for grant in [GrantType::AuthorizationCode, GrantType::ClientCredentials, GrantType::DeviceCode] {
            let record = r#"{"token":"https://a.example/token"}"#;
            let mut endpoints: Endpoints = serde_json::from_str(record).unwrap();
            endpoints.grant_type = Some(grant);
            let kept: Endpoints = serde_json::from_str(&serde_json::to_string(&endpoints).unwrap()).unwrap();
            assert_eq!(kept, endpoints);
        }
    }
}
