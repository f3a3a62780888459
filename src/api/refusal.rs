//! What a refused call means: the catalog's rules first, then what the status says.

use serde_json::value::RawValue;

use super::denial::{Denial, words};
use crate::catalog::{ApiClass, ApiError};
use crate::oauth::http::Answer;
use crate::raw_json::{at, text_of};

/// Characters of a server's own words that are shown.
const MAX_WORDS: usize = 200;

/// Bytes of an answer in which a scope is looked for.
const MAX_HEAD: usize = 4_096;

/// Why there is no page.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// What it means.
    pub class: RefusalClass,
    /// "HTTP 401: INVALID_OAUTHTOKEN", escaped and bounded.
    pub words: String,
    /// What the catalog says of it; may be empty.
    pub hint: String,
    /// Seconds to wait, where the provider says.
    pub wait: Option<u64>,
}

/// What a refusal means.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum RefusalClass {
    /// The provider says so.
    Said(ApiClass),
    /// The server has a bad moment, or the answer is not an answer of the API: the same call may work later.
    Unclear,
    /// It leads where no secret is sent; nothing was.
    Elsewhere,
}

/// What the catalog knows of the refusals of one product.
#[derive(Clone, Copy)]
pub(super) struct Rules<'a> {
    pub(super) errors: &'a [ApiError],
    pub(super) product: Option<&'a str>,
}

impl Refusal {
    /// Of an answer that is none of the API's.
    pub(super) fn unclear(answer: &Answer, what: &str) -> Self {
        Self::new(answer, RefusalClass::Unclear, format!("HTTP {}, but {what}", answer.status))
    }

    pub(super) fn new(answer: &Answer, class: RefusalClass, words: String) -> Self {
        Self { status: answer.status, class, words, hint: String::new(), wait: answer.retry_after }
    }
}

impl Rules<'_> {
    /// What an answer with another status than that of a success means.
    pub(super) fn refused(self, answer: &Answer, json: Option<&RawValue>) -> Refusal {
        self.refusal(answer, json, None, usual(answer.status, answer, json))
    }

    /// What a success means that lacks what the catalog demands of one.
    pub(super) fn mismatched(self, answer: &Answer, json: &RawValue, what: &str) -> Refusal {
        self.refusal(answer, Some(json), Some(what), RefusalClass::Said(ApiClass::Request))
    }

    /// What a success means whose body says the contrary: the status that is in it, or nothing for certain.
    pub(super) fn denied(self, answer: &Answer, json: &RawValue, denial: &Denial) -> Refusal {
        let class = match denial.status.map(|status| usual(status, answer, Some(json))) {
            Some(RefusalClass::Said(ApiClass::Request)) | None => RefusalClass::Unclear,
            Some(class) => class,
        };
        self.refusal(answer, Some(json), Some(&denial.what), class)
    }

    fn refusal(self, answer: &Answer, json: Option<&RawValue>, mismatch: Option<&str>, usual: RefusalClass) -> Refusal {
        if (300..400).contains(&answer.status) {
            let to = answer.redirect_host.as_deref().unwrap_or("nowhere");
            let words = format!("HTTP {}: redirected to {to}; no secret was sent there", answer.status);
            return Refusal::new(answer, RefusalClass::Elsewhere, words);
        }
        let reason = json.and_then(words).map(|words| answer.quote(&words, MAX_WORDS));
        let said = match (&reason, mismatch) {
            (Some(reason), Some(mismatch)) => {
                format!("HTTP {}, but {}: {reason}", answer.status, answer.quote(mismatch, MAX_WORDS))
            }
            (Some(reason), None) => format!("HTTP {}: {reason}", answer.status),
            (None, Some(mismatch)) => format!("HTTP {}, but {}", answer.status, answer.quote(mismatch, MAX_WORDS)),
            (None, None) => format!("HTTP {}", answer.status),
        };
        match self.errors.iter().find(|rule| self.fits(rule, answer, json)) {
            Some(rule) => {
                let hint = rule.hint.clone();
                Refusal { hint, ..Refusal::new(answer, RefusalClass::Said(rule.class), said) }
            }
            None => Refusal::new(answer, usual, said),
        }
    }

    fn fits(self, rule: &ApiError, answer: &Answer, json: Option<&RawValue>) -> bool {
        let product = rule.product.as_deref().is_none_or(|product| self.product == Some(product));
        let status = rule.status.is_none_or(|status| status == answer.status);
        let says = rule.says.as_ref().is_none_or(|(path, wanted)| {
            json.and_then(|json| at(json, path)).and_then(text_of).is_some_and(|text| text == *wanted)
        });
        product && status && says
    }
}

/// What a status means where the catalog has no rule for it.
fn usual(status: u16, answer: &Answer, json: Option<&RawValue>) -> RefusalClass {
    let names_a_scope = || {
        let head = answer.body.get(..MAX_HEAD).unwrap_or(&answer.body);
        json.is_some() && String::from_utf8_lossy(head).to_ascii_lowercase().contains("scope")
    };
    RefusalClass::Said(match status {
        401 if names_a_scope() => ApiClass::Scope,
        401 => ApiClass::Token,
        403 | 503 if answer.retry_after.is_some() => ApiClass::Throttled,
        403 => ApiClass::Scope,
        404 | 410 => ApiClass::Unavailable,
        429 => ApiClass::Throttled,
        400..=499 => ApiClass::Request,
        _ => return RefusalClass::Unclear,
    })
}
