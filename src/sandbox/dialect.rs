//! How the provider at a host implements OAuth: exact for Zoho's hosts, from the catalog's data for the others.
use crate::model::credential::GrantType;

use super::impersonation::{is_anywhere, providers_at};
use super::recorded_request::RecordedRequest;
use super::zoho;
use crate::catalog::{Catalog, ClientAuth, OAuthProfile, Provider, Refresh, TokenBody};

/// One provider's deviations from standard OAuth.
#[derive(Clone, Debug)]
pub(super) struct Dialect {
    /// Whether to use Zoho's own errors, headers and limits.
    pub(super) zoho: bool,
    /// Whether error responses have status 200.
    pub(super) errors_with_200: bool,
    /// Id in the catalog; empty for a host that is not in the catalog.
    pub(super) id: String,
    pub(super) name: String,
    /// Whether the address alone does not identify the provider; then checks are lenient.
    pub(super) anywhere: bool,
    /// A scope without which no refresh token is issued.
    needs_scope: Option<String>,
    /// The `grant_type` of the provider's client credentials grant, if it has one.
    pub(super) client_grant: Option<String>,
    /// The catalog's data about its OAuth; `None` for a host that is not in the catalog.
    pub(super) flow: Option<OAuthProfile>,
}

impl Dialect {
    /// The dialect of the provider whose endpoint was called. Variants of one vendor share endpoints: `known` is the
    /// variant that a code or token was issued for; without it, the parameters decide.
    pub(super) fn of(asked: &RecordedRequest, catalog: &Catalog, known: Option<&str>) -> Self {
        let variants = providers_at(catalog, &asked.host, &asked.path);
        let issued = variants.iter().find(|provider| Some(provider.id.as_str()) == known);
        let provider =
            issued.or_else(|| variants.iter().rev().max_by_key(|provider| own_parameters(provider, asked))).copied();
        let zoho = zoho::by_accounts(&asked.host).is_some();
        Self {
            zoho,
            errors_with_200: zoho || ["slack.com", "github.com"].contains(&asked.host.as_str()),
            id: provider.map(|provider| provider.id.clone()).unwrap_or_default(),
            name: provider.map_or_else(|| asked.host.clone(), |provider| provider.name.clone()),
            anywhere: provider.is_some_and(is_anywhere),
            needs_scope: provider.and_then(|provider| provider.needs_scope.clone()),
            client_grant: provider
                .filter(|provider| provider.grant == GrantType::ClientCredentials)
                .map(|provider| grant_type(provider).to_owned()),
            flow: provider.map(|provider| provider.flow.clone()),
        }
    }

    /// The provider's name of a standard parameter.
    pub(super) fn term<'a>(&'a self, standard: &'a str) -> &'a str {
        let renamed = self.flow.iter().flat_map(|flow| &flow.rename).find(|(name, _)| name == standard);
        renamed.map_or(standard, |(_, theirs)| theirs)
    }

    /// Where codes and tokens are valid: for Zoho at one data center, else at every host of the provider.
    pub(super) fn realm<'a>(&'a self, asked: &'a RecordedRequest) -> &'a str {
        match (self.zoho, self.anywhere) {
            (true, _) => &asked.host,
            (false, false) => &self.id,
            // Its endpoints may be taken for those of several providers, so all of these share one realm.
            (false, true) => "",
        }
    }

    /// The additional token sets that an authorization request asks for: path of each set in the response, and its
    /// scopes.
    pub(super) fn sets(&self, asked: &RecordedRequest) -> Vec<(String, Vec<String>)> {
        let known = self.flow.iter().flat_map(|flow| &flow.token_sets);
        let scopes = |param: &str| self.scopes(asked.query(param).unwrap_or_default());
        let asked = known.map(|set| (set.path.clone(), scopes(&set.scope_param)));
        asked.filter(|(_, scopes)| !scopes.is_empty()).collect()
    }

    /// Splits a `scope` parameter.
    pub(super) fn scopes(&self, text: &str) -> Vec<String> {
        let separator = if self.zoho { "," } else { self.flow.as_ref().map_or(" ", |flow| &flow.scope_separator) };
        text.split(separator).map(str::trim).filter(|scope| !scope.is_empty()).map(str::to_owned).collect()
    }

    /// Whether this authorization request leads to a refresh token.
    pub(super) fn grants_refresh(&self, asked: &RecordedRequest, scopes: &[String]) -> bool {
        if self.zoho {
            return asked.query("access_type") == Some("offline") && asked.query("prompt") == Some("consent");
        }
        let Some(flow) = &self.flow else { return true };
        let mut plain = flow.authorize_params.iter().filter(|(_, value)| !value.contains('{'));
        let has_scope = self.needs_scope.as_ref().is_none_or(|needed| scopes.contains(needed));
        flow.refresh != Refresh::None && has_scope && plain.all(|(name, value)| asked.query(name) == Some(value))
    }

    /// Whether this device authorization request leads to a refresh token.
    pub(super) fn grants_refresh_to_device(&self, asked: &RecordedRequest, scopes: &[String]) -> bool {
        if self.zoho {
            return asked.param("access_type") == Some("offline") && asked.param("prompt") == Some("consent");
        }
        let has_scope = self.needs_scope.as_ref().is_none_or(|needed| scopes.contains(needed));
        has_scope && self.flow.as_ref().is_none_or(|flow| flow.refresh != Refresh::None)
    }

    /// The device code in a token request for the device grant; `None` for other token requests.
    pub(super) fn device_code<'a>(&self, asked: &'a RecordedRequest) -> Option<&'a str> {
        let name = self.flow.as_ref().map_or("device_code", |flow| &flow.device_code_name);
        asked.param(name).filter(|_| asked.param("grant_type").is_some_and(|grant| grant.contains("device")))
    }

    /// Whether every refresh returns a new refresh token.
    pub(super) fn rotates(&self) -> bool {
        !self.zoho && self.flow.as_ref().is_none_or(|flow| flow.refresh == Refresh::Rotating)
    }

    /// Client ID and client secret, if they were sent in the way that this provider accepts.
    pub(super) fn client(&self, asked: &RecordedRequest) -> Option<(String, String)> {
        let secret = asked.param(self.term("client_secret")).unwrap_or_default().to_owned();
        let body = asked.param(self.term("client_id")).map(|id| (id.to_owned(), secret));
        match self.flow.as_ref().map(|flow| flow.client_auth) {
            Some(ClientAuth::Basic) if !self.zoho && !self.anywhere => asked.basic(),
            Some(ClientAuth::BasicRaw) if !self.zoho && !self.anywhere => asked.basic_raw(),
            Some(ClientAuth::Body) if !self.anywhere => body,
            _ => asked.basic().or(body),
        }
    }

    /// Whether the body has the encoding that this provider requires.
    pub(super) fn takes_body(&self, asked: &RecordedRequest) -> bool {
        let wants = self.flow.as_ref().map_or(TokenBody::Form, |flow| flow.token_body);
        self.zoho || self.anywhere || asked.is_json() == (wants == TokenBody::Json)
    }

    /// Whether this provider rejects a PKCE challenge.
    pub(super) fn refuses_pkce(&self) -> bool {
        !self.anywhere && self.flow.as_ref().is_some_and(|flow| !flow.pkce)
    }
}

/// The `grant_type` of its first token request.
pub(super) fn grant_type(provider: &Provider) -> &str {
    let own = provider.flow.token_params.iter().find(|(name, _)| name == "grant_type");
    own.map_or_else(
        || match provider.grant {
            GrantType::ClientCredentials => "client_credentials",
            GrantType::DeviceCode => "urn:ietf:params:oauth:grant-type:device_code",
            _ => "authorization_code",
        },
        |(_, word)| word,
    )
}

/// How many parameters of the request are specific to this variant.
fn own_parameters(provider: &Provider, asked: &RecordedRequest) -> usize {
    let renamed = provider.flow.rename.iter().filter(|(_, theirs)| asked.param(theirs).is_some()).count();
    let params = &provider.flow.authorize_params;
    let kind = asked.param("grant_type").map_or(0, |word| usize::from(grant_type(provider) == word));
    kind + renamed + params.iter().filter(|(name, value)| asked.query(name) == Some(value.as_str())).count()
}
