//! What a refused call means: by the catalog's rules, else by the status.

use serde_json::value::RawValue;

use super::denial::{Denial, error_message};
use crate::catalog::{ApiClass, ApiError};
use crate::oauth::http::Response;
use crate::raw_json::{at, text_of};

/// Longest error message of a server that is shown, in characters.
const MAX_QUOTE: usize = 200;

/// Bytes of a response that are searched for a scope.
const MAX_HEAD: usize = 4_096;

/// An API call that the provider refused, and what that means.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// What it means.
    pub class: RefusalClass,
    /// "HTTP 401: INVALID_OAUTHTOKEN", escaped and bounded.
    pub words: String,
    /// The catalog's hint; may be empty.
    pub hint: String,
    /// How many seconds to wait, if the provider says.
    pub wait: Option<u64>,
}

/// What a refusal means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RefusalClass {
    /// A class of the catalog.
    Said(ApiClass),
    /// A temporary failure of the server, or a response that is not the API's: a retry may work.
    Unclear,
    /// A redirect to another host; no secret was sent there.
    Elsewhere,
}

/// The catalog's rules for refusals of one product.
#[derive(Clone, Copy)]
pub(super) struct RefusalRules<'a> {
    pub(super) errors: &'a [ApiError],
    pub(super) product: Option<&'a str>,
}

impl Refusal {
    /// A refusal for a response that does not come from the API.
    pub(super) fn unclear(response: &Response, what: &str) -> Self {
        Self::new(response, RefusalClass::Unclear, format!("HTTP {}, but {what}", response.status))
    }

    pub(super) fn new(response: &Response, class: RefusalClass, words: String) -> Self {
        Self { status: response.status, class, words, hint: String::new(), wait: response.retry_after }
    }
}

impl RefusalRules<'_> {
    /// The meaning of a response without a success status.
    pub(super) fn refused(self, response: &Response, json: Option<&RawValue>) -> Refusal {
        self.refusal(response, json, None, usual(response.status, response, json))
    }

    /// The meaning of a success response without the members the catalog requires.
    pub(super) fn mismatched(self, response: &Response, json: &RawValue, what: &str) -> Refusal {
        self.refusal(response, Some(json), Some(what), RefusalClass::Said(ApiClass::Request))
    }

    /// The meaning of a success response whose body reports an error: by the status in it, otherwise unclear.
    pub(super) fn denied(self, response: &Response, json: &RawValue, denial: &Denial) -> Refusal {
        let class = match denial.status.map(|status| usual(status, response, Some(json))) {
            Some(RefusalClass::Said(ApiClass::Request)) | None => RefusalClass::Unclear,
            Some(class) => class,
        };
        self.refusal(response, Some(json), Some(&denial.what), class)
    }

    fn refusal(
        self,
        response: &Response,
        json: Option<&RawValue>,
        mismatch: Option<&str>,
        usual: RefusalClass,
    ) -> Refusal {
        if (300..400).contains(&response.status) {
            let to = response.redirect_host.as_deref().unwrap_or("nowhere");
            let words = format!("HTTP {}: redirected to {to}; no secret was sent there", response.status);
            return Refusal::new(response, RefusalClass::Elsewhere, words);
        }
        let reason = json.and_then(error_message).map(|words| response.quote(&words, MAX_QUOTE));
        let said = match (&reason, mismatch) {
            (Some(reason), Some(mismatch)) => {
                format!("HTTP {}, but {}: {reason}", response.status, response.quote(mismatch, MAX_QUOTE))
            }
            (Some(reason), None) => format!("HTTP {}: {reason}", response.status),
            (None, Some(mismatch)) => format!("HTTP {}, but {}", response.status, response.quote(mismatch, MAX_QUOTE)),
            (None, None) => format!("HTTP {}", response.status),
        };
        match self.errors.iter().find(|rule| self.fits(rule, response, json)) {
            Some(rule) => {
                let hint = rule.hint.clone();
                Refusal { hint, ..Refusal::new(response, RefusalClass::Said(rule.class), said) }
            }
            None => Refusal::new(response, usual, said),
        }
    }

    fn fits(self, rule: &ApiError, response: &Response, json: Option<&RawValue>) -> bool {
        let product = rule.product.as_deref().is_none_or(|product| self.product == Some(product));
        let status = rule.status.is_none_or(|status| status == response.status);
        let says = rule.says.as_ref().is_none_or(|(path, wanted)| {
            json.and_then(|json| at(json, path)).and_then(text_of).is_some_and(|text| text == *wanted)
        });
        product && status && says
    }
}

/// The meaning of a status without a rule in the catalog.
fn usual(status: u16, response: &Response, json: Option<&RawValue>) -> RefusalClass {
    let names_a_scope = || {
        let head = response.body.get(..MAX_HEAD).unwrap_or(&response.body);
        json.is_some() && String::from_utf8_lossy(head).to_ascii_lowercase().contains("scope")
    };
    RefusalClass::Said(match status {
        401 if names_a_scope() => ApiClass::Scope,
        401 => ApiClass::Token,
        403 | 503 if response.retry_after.is_some() => ApiClass::Throttled,
        403 => ApiClass::Scope,
        404 | 410 => ApiClass::Unavailable,
        429 => ApiClass::Throttled,
        400..=499 => ApiClass::Request,
        _ => return RefusalClass::Unclear,
    })
}
