//! One API call with a credential: how it is authenticated, and what the status and body of the response say.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use jiff::Timestamp;
use serde_json::value::RawValue;
use url::Url;
use zeroize::Zeroizing;

use super::body::Body;
use super::denial::{DenialScope, denial};
use super::refusal::{Refusal, RefusalClass, RefusalRules};
use super::signature::{self, AccessKey, Unsigned};
use crate::catalog::{ApiClass, AuthTemplate, KeyPlace, Origin, Provider, Signature, TestCall, TestTarget};
use crate::model::credential::{MAIN_SECRET, Setup, Tokens};
use crate::oauth::http::{BodyLimit, Failure, Http, Request, Response, Reuse};
use crate::printable::printable;
use crate::problem::{Kind, Problem};
use crate::raw_json::{at, text_of};
use crate::secret::Secret;

/// A header or query parameter that authenticates the call, filled in.
#[derive(Clone, Debug)]
pub struct AuthParam {
    pub place: KeyPlace,
    pub name: String,
    /// Its whole value.
    pub value: Secret,
}

/// Makes calls to a provider's API with one credential.
#[derive(Clone, Copy, Debug)]
pub struct ApiCaller<'a> {
    pub provider: &'a Provider,
    /// Variables, keys and passwords.
    pub setup: &'a Setup,
    /// The tokens, if the credential has any.
    pub tokens: Option<&'a Tokens>,
}

pub(super) struct Call<'a> {
    pub(super) method: Method,
    /// Replaces the value template of the first authenticating header.
    pub(super) template: Option<&'a str>,
    /// Replace constant headers with the same name.
    pub(super) headers: &'a [&'a (String, String)],
    pub(super) body: Option<&'a str>,
    /// The date of a signature.
    pub(super) now: Timestamp,
    /// How much of the response is read.
    pub(super) cap: BodyLimit,
    pub(super) reuse: Reuse,
}

/// What a response says about the credential.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum CallOutcome {
    /// The call was accepted.
    Passed,
    /// The provider rejected the token or key; another token may help. The text says how it was rejected.
    TokenRejected(String),
    /// The provider does not know the token or key, or does not allow it to make this call.
    Refused(String),
    /// Too many calls; how many seconds to wait, if the provider says.
    Throttled(Option<u64>),
    /// The call itself is wrong, such as an unknown address.
    BadRequest(String),
    /// The response says nothing about the credential.
    Unclear(String),
}

/// The result of a call.
#[derive(Clone, Debug)]
pub struct CallReport {
    /// The HTTP status.
    pub status: u16,
    /// What it says about the credential.
    pub verdict: CallOutcome,
    /// Substitutions made while reading, each with its position.
    pub notes: Vec<String>,
}

impl ApiCaller<'_> {
    /// Every header and query parameter that authenticates the call. `template` replaces that of the first header.
    ///
    /// # Errors
    /// `Kind::Usage`, naming what is missing or cannot be sent; never its value. `Kind::Refused` for a token that
    /// needs a proof.
    pub(crate) fn auth_params(&self, template: Option<&str>) -> Result<Vec<AuthParam>, Problem> {
        if let Some(word) = self.tokens.filter(|tokens| tokens.needs_proof()).and_then(Tokens::unknown_type) {
            return Err(Problem::new(
                Kind::Refused,
                format!("The access token is of type {}, not bearer.", printable(word, 20)),
            )
            .why("Each request needs an additional proof (RFC 6749 section 7.1), which Credenza does not support.")
            .try_this("Configure the client at the provider to receive bearer tokens."));
        }
        let values = self.values();
        let secret = |name: &str| match name {
            "access_token" => self.tokens.map(|tokens| tokens.access.expose()),
            name => self.setup.secrets.get(name).map(Secret::expose),
        };
        let fill = |template: &str| self.provider.fill_secret(template, &values, secret);
        let mut sent = Vec::new();
        for (at, carrier) in self.provider.auth_placements().iter().enumerate() {
            let value = match (carrier.value, template) {
                (_, Some(template)) if at == 0 && carrier.place == KeyPlace::Header => fill(template)?,
                (AuthTemplate::Text(template), _) => fill(template)?,
                (AuthTemplate::Basic(user, password), _) => basic(&fill(user)?, &fill(password)?)?,
                // A signature covers the whole request, so it is added later.
                (AuthTemplate::Signature(_), _) => continue,
            };
            // Spaces around a header's value are not part of it (RFC 9110 section 5.5).
            let value = Secret::from(value);
            let value = if carrier.place == KeyPlace::Header { value.trimmed(|_| true) } else { value };
            sent.push(AuthParam { place: carrier.place, name: self.provider.fill(carrier.name, &values)?, value });
        }
        Ok(sent)
    }

    /// The non-secret values, for templates.
    #[must_use]
    pub fn values(&self) -> BTreeMap<String, String> {
        let mut values = self.setup.variables.clone();
        // A captured value comes from the network and never replaces a variable.
        for (name, value) in self.tokens.iter().flat_map(|tokens| &tokens.captured) {
            values.entry(name.clone()).or_insert_with(|| value.clone());
        }
        values.insert("client_id".to_owned(), self.setup.client.id.0.clone());
        values
    }

    /// The URL of a call; contains no secret.
    ///
    /// # Errors
    /// `Kind::Usage`, naming what is missing or not allowed.
    pub fn url(&self, trial: TestTarget<'_>, origin: &Origin) -> Result<Url, Problem> {
        self.provider.test_call_url(trial, &self.values(), origin)
    }

    /// Sends a read-only test call to `url` and judges the response.
    ///
    /// # Errors
    /// If there is no response, or the request could not be built.
    pub async fn call(
        &self,
        http: &Http,
        trial: TestTarget<'_>,
        url: &Url,
        now: Timestamp,
    ) -> Result<CallReport, Failure> {
        let product = trial.product.iter().flat_map(|product| &product.headers);
        let headers = product.chain(&trial.call.headers).collect::<Vec<_>>();
        let method = if trial.call.method == "POST" { Method::POST } else { Method::GET };
        let (template, body) = (trial.call.template.as_deref(), trial.call.body.as_deref());
        let (cap, reuse) = (BodyLimit::Api, Reuse::Never);
        let call = Call { method, template, headers: &headers, body, now, cap, reuse };
        let response = self.ask(http, url, call).await?;
        let product = trial.product.map(|product| product.id.as_str());
        let rules = RefusalRules { errors: &self.provider.api_errors, product };
        Ok(called(&response, trial.call, rules))
    }

    /// Sends one request. Leaves out a constant header whose captured value is not known yet.
    ///
    /// # Errors
    /// If there is no response, or the request could not be built.
    pub(super) async fn ask(&self, http: &Http, url: &Url, call: Call<'_>) -> Result<Response, Failure> {
        let Call { method, template, headers, body, now, cap, reuse } = call;
        let mut parts = self.parts(template, headers).map_err(Failure::unsent)?;
        let mut url = url.clone();
        for (name, value) in &parts.query {
            url.query_pairs_mut().append_pair(name, value);
        }
        if let Some(signature) = &self.provider.signature {
            let unsigned = Unsigned { method: method.as_str(), url: &url, body: body.unwrap_or_default() };
            let signed = self.sign(signature, &unsigned, now).map_err(Failure::unsent)?;
            parts.headers.extend(signed);
        }
        let request = Request {
            method,
            url: &url,
            headers: parts.headers,
            body: body.map(|body| ("application/json", Zeroizing::new(body.to_owned().into_bytes()))),
            secrets: self.secrets(&parts.secrets),
        };
        http.send_over(reuse, request, cap).await
    }

    /// The headers that do not authenticate, filled in: constant ones, replaced by those of the call.
    pub(super) fn plain_headers(&self, headers: &[&(String, String)]) -> Result<Vec<(String, String)>, Problem> {
        let values = self.values();
        let constant = self.provider.headers.iter();
        let constant = constant.filter(|(_, template)| !self.provider.waits_for_captured_value(template, &values));
        let mut filled: Vec<(String, String)> = Vec::new();
        for (name, template) in constant.chain(headers.iter().copied()) {
            let value = self.provider.fill(template, &values)?;
            filled.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            filled.push((name.clone(), value));
        }
        Ok(filled)
    }

    fn parts(&self, template: Option<&str>, headers: &[&(String, String)]) -> Result<Parts, Problem> {
        let sent = self.auth_params(template)?;
        let mut parts = Parts::default();
        let plain = self.plain_headers(headers)?.into_iter();
        let plain = plain.filter(|(name, _)| !sent.iter().any(|one| one.name.eq_ignore_ascii_case(name)));
        parts.headers.extend(plain.map(|(name, value)| (name, Zeroizing::new(value))));
        for one in sent {
            let value = Zeroizing::new(one.value.expose().to_owned());
            parts.secrets.push(value.clone());
            match one.place {
                KeyPlace::Header => parts.headers.push((one.name, value)),
                KeyPlace::Query => parts.query.push((one.name, value)),
            }
        }
        Ok(parts)
    }

    /// The secrets that quotations of the response must mask.
    pub(super) fn secrets(&self, sent: &[Zeroizing<String>]) -> Vec<Secret> {
        let client = self.setup.client.secret.as_deref().cloned();
        let tokens = self.tokens.into_iter();
        let tokens = tokens.flat_map(|tokens| [Some(&*tokens.access), tokens.refresh.as_deref()]).flatten().cloned();
        // The value after `Bearer` or `Basic`; those words themselves may be quoted.
        let words = sent.iter().filter_map(|value| value.split_once(' ')).map(|(_, rest)| rest.to_owned());
        let sent = sent.iter().cloned().map(Secret::from).chain(words.map(Secret::new));
        self.setup.secrets.values().cloned().chain(client).chain(tokens).chain(sent).collect()
    }
}

impl ApiCaller<'_> {
    fn sign(
        &self,
        by: &Signature,
        request: &Unsigned<'_>,
        now: Timestamp,
    ) -> Result<Vec<(String, Zeroizing<String>)>, Problem> {
        let values = self.values();
        let fill = |template: &str| self.provider.fill(template, &values);
        let secret = |name: &str| self.setup.secrets.get(name);
        let key = AccessKey {
            id: &fill(&by.access_key)?,
            secret: secret(MAIN_SECRET)
                .ok_or_else(|| Problem::new(Kind::Usage, "The secret access key is missing."))?,
            session: by.session_token.as_deref().and_then(secret),
        };
        signature::sign(&key, &fill(&by.region)?, &fill(&by.service)?, request, now)
    }
}

/// The parts of a call other than its URL.
#[derive(Default)]
struct Parts {
    headers: Vec<(String, Zeroizing<String>)>,
    query: Vec<(String, Zeroizing<String>)>,
    secrets: Vec<Zeroizing<String>>,
}

/// RFC 7617 section 2, in UTF-8.
fn basic(user: &str, password: &str) -> Result<Zeroizing<String>, Problem> {
    if user.contains(':') {
        return Err(Problem::new(Kind::Usage, "The user name contains a colon.")
            .why("HTTP Basic treats everything after the first colon as the password (RFC 7617)."));
    }
    let pair = Zeroizing::new(format!("{user}:{password}"));
    let encoded = Zeroizing::new(STANDARD.encode(pair.as_bytes()));
    Ok(Zeroizing::new(format!("Basic {}", *encoded)))
}

fn called(response: &Response, call: &TestCall, rules: RefusalRules<'_>) -> CallReport {
    let body = Body::of(response);
    let verdict = verdict(response, call, rules, body.json());
    CallReport { status: response.status, verdict, notes: body.into_notes() }
}

fn verdict(response: &Response, call: &TestCall, rules: RefusalRules<'_>, json: Option<&RawValue>) -> CallOutcome {
    let refused = || rules.refused(response, json);
    let (is_not_taken, words) = match response.status {
        200..=299 => return passed(response, call, rules, json),
        429 => return CallOutcome::Throttled(response.retry_after),
        503 if response.retry_after.is_some() => return CallOutcome::Throttled(response.retry_after),
        401 => (is_token(&refused()), refused().words),
        403 => (false, refused().words),
        300..=499 => return CallOutcome::BadRequest(refused().words),
        _ => return CallOutcome::Unclear(refused().words),
    };
    if is_not_taken { CallOutcome::TokenRejected(words) } else { CallOutcome::Refused(words) }
}

/// Judges a success response: it counts only if the body does not contradict it, by the catalog's condition or, without
/// one, in any of the ways in which APIs report errors.
fn passed(response: &Response, call: &TestCall, rules: RefusalRules<'_>, json: Option<&RawValue>) -> CallOutcome {
    if response.is_page() {
        return CallOutcome::Unclear(format!(
            "HTTP {}, but the response is a web page instead of API data",
            response.status
        ));
    }
    for (path, wanted) in &call.ok_json {
        let found = json.and_then(|json| at(json, path)).and_then(text_of);
        if found.as_ref() != Some(wanted) {
            let what = format!("{path} is not {wanted}");
            let Some(json) = json else { return CallOutcome::Refused(format!("HTTP {}, but {what}", response.status)) };
            let refusal = rules.mismatched(response, json, &what);
            return if is_token(&refusal) {
                CallOutcome::TokenRejected(refusal.words)
            } else {
                CallOutcome::Refused(refusal.words)
            };
        }
    }
    let Some(json) = json.filter(|_| call.ok_json.is_empty()) else { return CallOutcome::Passed };
    let known: Vec<&str> =
        [&call.records, &call.total].into_iter().flatten().filter_map(|p| p.split('.').next()).collect();
    match denial(json, &known, DenialScope::All) {
        Some(denial) => CallOutcome::Unclear(rules.denied(response, json, &denial).words),
        None => CallOutcome::Passed,
    }
}

fn is_token(refusal: &Refusal) -> bool {
    refusal.class == RefusalClass::Said(ApiClass::Token)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_user_with_a_colon_is_refused_and_other_letters_are_utf_8() {
        assert_eq!(basic("a:b", "c").unwrap_err().kind, Kind::Usage);
        assert_eq!(basic("", "pass w\u{f6}rd").unwrap().as_str(), "Basic OnBhc3Mgd8O2cmQ=");
    }
}
