//! How the provider at a host speaks: exact for Zoho's hosts, by the catalog's data for the rest.
use crate::model::credential::GrantType;

use super::impersonation::{is_anywhere, providers_at};
use super::recorded_request::RecordedRequest;
use super::zoho;
use crate::catalog::{Catalog, ClientAuth, Flow, Provider, Refresh, TokenBody};

/// One provider's way of OAuth.
#[derive(Clone, Debug)]
pub(super) struct Dialect {
    /// Zoho's own errors, headers and limits.
    pub(super) zoho: bool,
    /// Errors come with status 200.
    pub(super) errors_with_200: bool,
    /// In the catalog; empty for a host no catalog file knows.
    pub(super) id: String,
    pub(super) name: String,
    /// The address alone did not tell which provider this is: be lenient.
    pub(super) anywhere: bool,
    /// Without this scope there is no refresh token.
    needs_scope: Option<String>,
    /// The `grant_type` with which its client speaks for itself, where it may.
    pub(super) client_grant: Option<String>,
    /// How its OAuth differs; `None` for a host no catalog file knows.
    pub(super) flow: Option<Flow>,
}

impl Dialect {
    /// Of the provider whose endpoint was asked. Variants of one vendor share endpoints: `known` is the one that a code or
    /// token was issued as, else the parameters tell.
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

    /// What the provider calls a standard parameter.
    pub(super) fn term<'a>(&'a self, standard: &'a str) -> &'a str {
        let renamed = self.flow.iter().flat_map(|flow| &flow.rename).find(|(name, _)| name == standard);
        renamed.map_or(standard, |(_, theirs)| theirs)
    }

    /// Where codes and tokens are good: at one data center of Zoho's, else at every host of the provider.
    pub(super) fn realm<'a>(&'a self, asked: &'a RecordedRequest) -> &'a str {
        match (self.zoho, self.anywhere) {
            (true, _) => &asked.host,
            (false, false) => &self.id,
            // Its endpoints may pass for those of different providers.
            (false, true) => "",
        }
    }

    /// The additional sets of tokens that an authorization request asks for: the place of each in the response, its scopes.
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

    /// Whether this authorization request will be given a refresh token.
    pub(super) fn grants_refresh(&self, asked: &RecordedRequest, scopes: &[String]) -> bool {
        if self.zoho {
            return asked.query("access_type") == Some("offline") && asked.query("prompt") == Some("consent");
        }
        let Some(flow) = &self.flow else { return true };
        let mut plain = flow.authorize_params.iter().filter(|(_, value)| !value.contains('{'));
        let has_scope = self.needs_scope.as_ref().is_none_or(|needed| scopes.contains(needed));
        flow.refresh != Refresh::None && has_scope && plain.all(|(name, value)| asked.query(name) == Some(value))
    }

    /// Whether this request for a device code will lead to a refresh token.
    pub(super) fn grants_refresh_to_device(&self, asked: &RecordedRequest, scopes: &[String]) -> bool {
        if self.zoho {
            return asked.param("access_type") == Some("offline") && asked.param("prompt") == Some("consent");
        }
        let has_scope = self.needs_scope.as_ref().is_none_or(|needed| scopes.contains(needed));
        has_scope && self.flow.as_ref().is_none_or(|flow| flow.refresh != Refresh::None)
    }

    /// The device code of a token request that is about one.
    pub(super) fn device_code<'a>(&self, asked: &'a RecordedRequest) -> Option<&'a str> {
        let name = self.flow.as_ref().map_or("device_code", |flow| &flow.device_code_name);
        asked.param(name).filter(|_| asked.param("grant_type").is_some_and(|grant| grant.contains("device")))
    }

    /// Whether every refresh gives a new refresh token.
    pub(super) fn rotates(&self) -> bool {
        !self.zoho && self.flow.as_ref().is_none_or(|flow| flow.refresh == Refresh::Rotating)
    }

    /// Client identifier and secret, when they came the way this provider takes them.
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

    /// Whether the body is encoded as this provider asks.
    pub(super) fn takes_body(&self, asked: &RecordedRequest) -> bool {
        let wants = self.flow.as_ref().map_or(TokenBody::Form, |flow| flow.token_body);
        self.zoho || self.anywhere || asked.is_json() == (wants == TokenBody::Json)
    }

    /// Whether a PKCE challenge is refused.
    pub(super) fn refuses_pkce(&self) -> bool {
        !self.anywhere && self.flow.as_ref().is_some_and(|flow| !flow.pkce)
    }
}

/// What its first token request says it is.
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

/// How many of the request's parameters only this variant sends.
fn own_parameters(provider: &Provider, asked: &RecordedRequest) -> usize {
    let renamed = provider.flow.rename.iter().filter(|(_, theirs)| asked.param(theirs).is_some()).count();
    let params = &provider.flow.authorize_params;
    let kind = asked.param("grant_type").map_or(0, |word| usize::from(grant_type(provider) == word));
    kind + renamed + params.iter().filter(|(name, value)| asked.query(name) == Some(value.as_str())).count()
}
