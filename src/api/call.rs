//! One call of the API behind a credential: what proves the caller in its place, the answer judged by status and body.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use http::Method;
use jiff::Timestamp;
use serde_json::value::RawValue;
use url::Url;
use zeroize::Zeroizing;

use super::body::Body;
use super::denial::{Look, denial};
use super::refusal::{Refusal, RefusalClass, Rules};
use super::signature::{self, AccessKey, Unsigned};
use crate::catalog::{ApiClass, Carried, KeyPlace, Origin, Provider, Signature, TestCall, Trial};
use crate::model::credential::{MAIN_SECRET, Setup, Tokens};
use crate::oauth::http::{Answer, Cap, Failure, Http, Request, Reuse};
use crate::printable::printable;
use crate::problem::{Kind, Problem};
use crate::raw_json::{at, text_of};
use crate::secret::Secret;

/// A header or query parameter that proves the caller, filled in.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Header or query.
    pub place: KeyPlace,
    /// Its name.
    pub name: String,
    /// Its whole value.
    pub value: Secret,
}

/// What a call is made with.
#[derive(Clone, Copy, Debug)]
pub struct Caller<'a> {
    /// Whose API.
    pub provider: &'a Provider,
    /// Variables, keys and passwords.
    pub setup: &'a Setup,
    /// The tokens, where the credential has some.
    pub tokens: Option<&'a Tokens>,
}

pub(super) struct Call<'a> {
    pub(super) method: Method,
    /// Takes the place of the first header's.
    pub(super) template: Option<&'a str>,
    /// Take the place of constant ones of the same name.
    pub(super) headers: &'a [&'a (String, String)],
    pub(super) body: Option<&'a str>,
    /// The date of a signature.
    pub(super) now: Timestamp,
    /// How much of the answer is read.
    pub(super) cap: Cap,
    /// Over which connection.
    pub(super) reuse: Reuse,
}

/// What an answer says of the caller.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Verdict {
    /// It was let in.
    Passed,
    /// The provider does not take the token or key: another token may help. The words say how it was said.
    NotTaken(String),
    /// The provider does not know it, or forbids it this call.
    Refused(String),
    /// Too many calls; seconds to wait, where it said so.
    Throttled(Option<u64>),
    /// The call itself does not fit the provider: no such address, say.
    Misfit(String),
    /// Nothing is known about it now.
    Unclear(String),
}

/// What came of a call.
#[derive(Clone, Debug)]
pub struct Called {
    /// The HTTP status.
    pub status: u16,
    /// What it says of the caller.
    pub verdict: Verdict,
    /// Substitutions made while reading, each with its place.
    pub notes: Vec<String>,
}

impl Caller<'_> {
    /// Every header and query parameter that proves the caller. `template` replaces the first
    /// header's.
    ///
    /// # Errors
    /// Usage, naming what is missing or cannot be sent; never its value. Refused for a token that needs a proof.
    pub fn sent(&self, template: Option<&str>) -> Result<Vec<Sent>, Problem> {
        if let Some(word) = self.tokens.filter(|tokens| tokens.needs_proof()).and_then(Tokens::odd_type) {
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
        for (at, carrier) in self.provider.carriers().iter().enumerate() {
            let value = match (carrier.value, template) {
                (_, Some(template)) if at == 0 && carrier.place == KeyPlace::Header => fill(template)?,
                (Carried::Text(template), _) => fill(template)?,
                (Carried::Basic(user, password), _) => basic(&fill(user)?, &fill(password)?)?,
                // There is nothing to send until a whole request is there.
                (Carried::Signature(_), _) => continue,
            };
            // Blanks around a header's value are no part of it (RFC 9110 section 5.5).
            let value = Secret::from(value);
            let value = if carrier.place == KeyPlace::Header { value.trimmed(|_| true) } else { value };
            sent.push(Sent { place: carrier.place, name: self.provider.fill(carrier.name, &values)?, value });
        }
        Ok(sent)
    }

    /// What is not a secret, for templates.
    #[must_use]
    pub fn values(&self) -> BTreeMap<String, String> {
        let mut values = self.setup.variables.clone();
        // A captured value comes from the network and takes no variable's place.
        for (name, value) in self.tokens.iter().flat_map(|tokens| &tokens.captured) {
            values.entry(name.clone()).or_insert_with(|| value.clone());
        }
        values.insert("client_id".to_owned(), self.setup.client.id.0.clone());
        values
    }

    /// Where a call goes; holds no secret.
    ///
    /// # Errors
    /// Usage, naming what is missing or not allowed.
    pub fn url(&self, trial: Trial<'_>, origin: &Origin) -> Result<Url, Problem> {
        self.provider.trial_url(trial, &self.values(), origin)
    }

    /// Sends a harmless call to `url` and judges the answer.
    ///
    /// # Errors
    /// No answer came, or the call could not be written.
    pub async fn call(&self, http: &Http, trial: Trial<'_>, url: &Url, now: Timestamp) -> Result<Called, Failure> {
        let product = trial.product.iter().flat_map(|product| &product.headers);
        let headers = product.chain(&trial.call.headers).collect::<Vec<_>>();
        let method = if trial.call.method == "POST" { Method::POST } else { Method::GET };
        let (template, body) = (trial.call.template.as_deref(), trial.call.body.as_deref());
        let (cap, reuse) = (Cap::Api, Reuse::Never);
        let call = Call { method, template, headers: &headers, body, now, cap, reuse };
        let answer = self.ask(http, url, call).await?;
        let product = trial.product.map(|product| product.id.as_str());
        let rules = Rules { errors: &self.provider.api_errors, product };
        Ok(called(&answer, trial.call, rules))
    }

    /// Sends one request of this caller. A constant header that waits for a value no answer has brought yet is left out.
    ///
    /// # Errors
    /// No answer came, or the request could not be written.
    pub(super) async fn ask(&self, http: &Http, url: &Url, call: Call<'_>) -> Result<Answer, Failure> {
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

    /// The headers of a call that prove nobody, filled in: constant ones, then those of the call in their place.
    pub(super) fn plain_headers(&self, headers: &[&(String, String)]) -> Result<Vec<(String, String)>, Problem> {
        let values = self.values();
        let constant = self.provider.headers.iter();
        let constant = constant.filter(|(_, template)| !self.provider.waits_for_an_answer(template, &values));
        let mut filled: Vec<(String, String)> = Vec::new();
        for (name, template) in constant.chain(headers.iter().copied()) {
            let value = self.provider.fill(template, &values)?;
            filled.retain(|(known, _)| !known.eq_ignore_ascii_case(name));
            filled.push((name.clone(), value));
        }
        Ok(filled)
    }

    fn parts(&self, template: Option<&str>, headers: &[&(String, String)]) -> Result<Parts, Problem> {
        let sent = self.sent(template)?;
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

    /// What no quotation of the answer may show.
    pub(super) fn secrets(&self, sent: &[Zeroizing<String>]) -> Vec<Secret> {
        let client = self.setup.client.secret.as_deref().cloned();
        let tokens = self.tokens.into_iter();
        let tokens = tokens.flat_map(|tokens| [Some(&*tokens.access), tokens.refresh.as_deref()]).flatten().cloned();
        // Behind `Bearer` or `Basic`; those words themselves may be quoted.
        let words = sent.iter().filter_map(|value| value.split_once(' ')).map(|(_, rest)| rest.to_owned());
        let sent = sent.iter().cloned().map(Secret::from).chain(words.map(Secret::new));
        self.setup.secrets.values().cloned().chain(client).chain(tokens).chain(sent).collect()
    }
}

impl Caller<'_> {
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

/// What a call carries beside its address.
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

fn called(answer: &Answer, call: &TestCall, rules: Rules<'_>) -> Called {
    let body = Body::of(answer);
    let verdict = verdict(answer, call, rules, body.json());
    Called { status: answer.status, verdict, notes: body.into_notes() }
}

fn verdict(answer: &Answer, call: &TestCall, rules: Rules<'_>, json: Option<&RawValue>) -> Verdict {
    let refused = || rules.refused(answer, json);
    let (is_not_taken, words) = match answer.status {
        200..=299 => return passed(answer, call, rules, json),
        429 => return Verdict::Throttled(answer.retry_after),
        503 if answer.retry_after.is_some() => return Verdict::Throttled(answer.retry_after),
        401 => (is_token(&refused()), refused().words),
        403 => (false, refused().words),
        300..=499 => return Verdict::Misfit(refused().words),
        _ => return Verdict::Unclear(refused().words),
    };
    if is_not_taken { Verdict::NotTaken(words) } else { Verdict::Refused(words) }
}

/// A status of success is believed only where the body does not say otherwise: as the catalog demands it, else in the
/// ways in which APIs refuse.
fn passed(answer: &Answer, call: &TestCall, rules: Rules<'_>, json: Option<&RawValue>) -> Verdict {
    if answer.is_page() {
        return Verdict::Unclear(format!("HTTP {}, but the response is a web page instead of API data", answer.status));
    }
    for (path, wanted) in &call.ok_json {
        let found = json.and_then(|json| at(json, path)).and_then(text_of);
        if found.as_ref() != Some(wanted) {
            let what = format!("{path} is not {wanted}");
            let Some(json) = json else { return Verdict::Refused(format!("HTTP {}, but {what}", answer.status)) };
            let refusal = rules.mismatched(answer, json, &what);
            return if is_token(&refusal) { Verdict::NotTaken(refusal.words) } else { Verdict::Refused(refusal.words) };
        }
    }
    let Some(json) = json.filter(|_| call.ok_json.is_empty()) else { return Verdict::Passed };
    let known: Vec<&str> =
        [&call.records, &call.total].into_iter().flatten().filter_map(|p| p.split('.').next()).collect();
    match denial(json, &known, Look::All) {
        Some(denial) => Verdict::Unclear(rules.denied(answer, json, &denial).words),
        None => Verdict::Passed,
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
