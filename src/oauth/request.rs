//! Builds requests to the token, device and revocation endpoints: parameters, client authentication, and their
//! encoding.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use url::{Url, form_urlencoded};
use zeroize::Zeroizing;

use super::http::Request;
use crate::catalog::{ClientAuth, OAuthProfile, Provider, TokenBody};
use crate::model::credential::Setup;
use crate::problem::Problem;
use crate::secret::Secret;

/// Parameters that may be quoted to the user. Any other parameter may be, or contain, a secret.
const PUBLIC: [&str; 8] =
    ["grant_type", "client_id", "redirect_uri", "scope", "token_type_hint", "audience", "resource", "response_type"];

/// Parameters in order. Each name occurs once: a later value replaces the earlier one.
#[derive(Default)]
pub(crate) struct Params {
    pairs: Vec<(String, Zeroizing<String>)>,
    /// Secrets sent outside the parameters.
    elsewhere: Vec<Zeroizing<String>>,
}

/// Values for the catalog's templates; wiped when dropped, because tokens may be among them.
pub(crate) struct Values(BTreeMap<String, String>);

impl Params {
    pub(crate) fn set(&mut self, name: &str, value: &str) {
        let value = Zeroizing::new(value.to_owned());
        match self.pairs.iter_mut().find(|(known, _)| known == name) {
            Some((_, known)) => *known = value,
            None => self.pairs.push((name.to_owned(), value)),
        }
    }

    /// The secrets that quotations of the response must mask.
    fn secrets(&self) -> Vec<Secret> {
        let inside = self.pairs.iter().filter(|(name, _)| !PUBLIC.contains(&name.as_str())).map(|(_, value)| value);
        inside.chain(&self.elsewhere).cloned().map(Secret::from).collect()
    }

    /// Removes parameters that the provider does not accept, and renames others.
    pub(crate) fn adapt(&mut self, flow: &OAuthProfile) {
        self.pairs.retain(|(name, _)| !flow.drop.contains(name));
        for (name, _) in &mut self.pairs {
            if let Some((_, theirs)) = flow.rename.iter().find(|(ours, _)| ours == name) {
                name.clone_from(theirs);
            }
        }
    }

    /// Adds the catalog's parameters, whose values are templates.
    pub(crate) fn extend(
        &mut self,
        provider: &Provider,
        templates: &[(String, String)],
        values: &Values,
    ) -> Result<(), Problem> {
        for (name, template) in templates {
            let value = Zeroizing::new(provider.fill(template, &values.0)?);
            // The value is empty if an optional variable was left empty; the parameter is then left out.
            if !value.is_empty() {
                self.set(name, &value);
            }
        }
        Ok(())
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.pairs.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    fn form(&self) -> Zeroizing<Vec<u8>> {
        // Allocated at its final size, so that no shorter copy is left in memory.
        let size = self.iter().map(|(name, value)| 3 * (name.len() + value.len()) + 2).sum();
        let mut form = form_urlencoded::Serializer::new(String::with_capacity(size));
        form.extend_pairs(self.iter());
        Zeroizing::new(form.finish().into_bytes())
    }

    fn json(&self) -> Result<Zeroizing<Vec<u8>>, Problem> {
        let size = self.iter().map(|(name, value)| 6 * (name.len() + value.len()) + 8).sum();
        let mut body = Zeroizing::new(Vec::with_capacity(size));
        let members: BTreeMap<&str, &str> = self.iter().collect();
        serde_json::to_writer(&mut *body, &members)
            .map_err(|_| Problem::internal("A token request could not be written."))?;
        Ok(body)
    }
}

impl Values {
    /// Collects the variables, the captured values, and the client ID.
    pub(crate) fn new(setup: &Setup, captured: &BTreeMap<String, String>) -> Self {
        let mut values = setup.variables.clone();
        // A captured value comes from the network and never replaces a variable.
        for (name, value) in captured {
            values.entry(name.clone()).or_insert_with(|| value.clone());
        }
        values.extend(setup.secrets.iter().map(|(name, secret)| (name.clone(), secret.expose().to_owned())));
        values.insert("client_id".to_owned(), setup.client.id.0.clone());
        Self(values)
    }

    pub(crate) fn set(&mut self, name: &str, value: &str) {
        self.0.insert(name.to_owned(), value.to_owned());
    }
}

impl Drop for Values {
    fn drop(&mut self) {
        self.0.values_mut().for_each(zeroize::Zeroize::zeroize);
    }
}

/// Authenticates the client (RFC 6749 section 2.3.1): adds parameters, or returns a header.
pub(crate) fn prove(params: &mut Params, flow: &OAuthProfile, setup: &Setup) -> Option<(String, Zeroizing<String>)> {
    let id = &setup.client.id.0;
    let secret = setup.client.secret.as_ref().filter(|secret| !secret.is_empty());
    match (flow.client_auth, secret) {
        (ClientAuth::Basic | ClientAuth::BasicRaw, Some(secret)) => {
            let part = |text: &str| match flow.client_auth {
                ClientAuth::BasicRaw => Zeroizing::new(text.to_owned()),
                _ => form_encoded(text),
            };
            let pair = Zeroizing::new(format!("{}:{}", *part(id), *part(secret.expose())));
            let proof = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
            params.elsewhere.extend([Zeroizing::new(secret.expose().to_owned()), proof.clone()]);
            Some(("authorization".to_owned(), Zeroizing::new(format!("{} {}", flow.basic_scheme, *proof))))
        }
        (_, secret) => {
            params.set("client_id", id);
            if let Some(secret) = secret {
                params.set("client_secret", secret.expose());
            }
            None
        }
    }
}

fn form_encoded(text: &str) -> Zeroizing<String> {
    Zeroizing::new(form_urlencoded::byte_serialize(text.as_bytes()).collect())
}

/// Whether the two encodings of HTTP Basic (RFC 6749 section 2.3.1, and RFC 7617 alone) differ for this client.
pub(crate) fn depends_on_encoding(flow: &OAuthProfile, setup: &Setup) -> bool {
    let secret = setup.client.secret.as_ref().map_or("", |secret| secret.expose());
    flow.client_auth != ClientAuth::Body
        && [setup.client.id.0.as_str(), secret].iter().any(|part| form_encoded(part).as_str() != *part)
}

/// Builds a POST of these parameters, with the catalog's headers.
pub(crate) fn post<'a>(
    url: &'a Url,
    params: &Params,
    proof: Option<(String, Zeroizing<String>)>,
    provider: &Provider,
    flow: &OAuthProfile,
    values: &Values,
) -> Result<Request<'a>, Problem> {
    let mut headers = Vec::new();
    for (name, template) in &flow.token_headers {
        headers.push((name.clone(), Zeroizing::new(provider.fill(template, &values.0)?)));
    }
    headers.extend(proof);
    let body = match flow.token_body {
        TokenBody::Form => ("application/x-www-form-urlencoded", params.form()),
        TokenBody::Json => ("application/json", params.json()?),
    };
    Ok(Request { method: Method::POST, url, headers, body: Some(body), secrets: params.secrets() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::credential::{Client, ClientId};
    use crate::secret::ClientSecret;

    fn setup() -> Setup {
        let client = Client { id: ClientId("id".into()), secret: Some(ClientSecret::new("s:e+c".into())) };
        Setup { client, ..Setup::default() }
    }

    #[test]
    fn cb_18_a_code_is_form_encoded_once() {
        let mut params = Params::default();
        params.set("code", "a+b/c=%2B 1000.\u{e9}");
        assert_eq!(params.form().as_slice(), b"code=a%2Bb%2Fc%3D%252B+1000.%C3%A9");
    }

    #[test]
    fn the_client_proves_itself_in_the_body_or_the_header() {
        let mut params = Params::default();
        assert!(prove(&mut params, &OAuthProfile::default(), &setup()).is_none());
        assert_eq!(params.form().as_slice(), b"client_id=id&client_secret=s%3Ae%2Bc");
        let flow =
            OAuthProfile { client_auth: ClientAuth::Basic, basic_scheme: "Basic".into(), ..OAuthProfile::default() };
        let mut params = Params::default();
        let (name, value) = prove(&mut params, &flow, &setup()).unwrap();
        assert_eq!((name.as_str(), value.as_str()), ("authorization", "Basic aWQ6cyUzQWUlMkJj"));
        assert_eq!(params.iter().count(), 0);
        for (secret, raw) in [("se/cr+et==", "id:se/cr+et=="), ("a%2Bb", "id:a%2Bb"), ("p:q r", "id:p:q r")] {
            let mut setup = setup();
            setup.client.secret = Some(ClientSecret::new(secret.into()));
            let flow = OAuthProfile {
                client_auth: ClientAuth::BasicRaw,
                basic_scheme: "Basic".into(),
                ..OAuthProfile::default()
            };
            let (_, value) = prove(&mut Params::default(), &flow, &setup).unwrap();
            assert_eq!(value.as_str(), format!("Basic {}", STANDARD.encode(raw)));
            assert!(depends_on_encoding(&flow, &setup) && !depends_on_encoding(&OAuthProfile::default(), &setup));
        }
    }

    #[test]
    fn drop_and_rename_adapt_the_standard_names() {
        let mut params = Params::default();
        params.set("scope", "a");
        params.set("code", "c");
        let flow = OAuthProfile {
            drop: vec!["code".into()],
            rename: vec![("scope".into(), "user_scope".into())],
            ..OAuthProfile::default()
        };
        params.adapt(&flow);
        assert_eq!(params.iter().collect::<Vec<_>>(), [("user_scope", "a")]);
    }
}
