//! One page of records: how it is asked for, what its answer means, and where the next one is.

use http::Method;
use jiff::Timestamp;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use url::Url;

use super::call::{Call, Caller};
pub use super::next_page::Mark;
use super::next_page::next;
use crate::catalog::{ApiClass, ApiError, Counted, KeyPlace, Load, Paging, Product, Size};
use crate::oauth::http::{Answer, Cap, Failure, Http, Reuse};
use crate::problem::{Kind, Problem};
use crate::raw_json::{at, elements, text_of};

/// Characters of a server's own words that are shown.
const MAX_WORDS: usize = 200;

/// Records of one page: more of them would take memory out of all proportion to their bytes.
const MAX_RECORDS: usize = 100_000;

/// Where error texts stand in the answers of most APIs, beside those of a test call.
const WORDS: [&str; 10] = [
    "error_description",
    "error.message",
    "response_status.messages.message",
    "message",
    "errors.message",
    "errorMessages",
    "errors.detail",
    "detail",
    "error",
    "title",
];

/// The records to ask for.
#[derive(Clone, Copy, Debug)]
pub struct Wanted<'a> {
    /// The kind of record.
    pub load: &'a Load,
    /// The product it is of.
    pub product: Option<&'a Product>,
    /// What a refusal means.
    pub errors: &'a [ApiError],
    /// The URL of the first page, at the provider itself, without what its paging adds.
    pub url: &'a Url,
    /// At most so many records a page, where the provider lets us say.
    pub at_most: Option<u32>,
}

/// One page.
#[derive(Debug)]
pub struct Page {
    /// The HTTP status.
    pub status: u16,
    /// Bytes of the answer.
    pub bytes: usize,
    /// The records, as they came.
    pub records: Vec<Box<RawValue>>,
    /// How many there are in all, as the provider says.
    pub total: Option<u64>,
    /// Where the next page is; `None`: this was the last.
    pub next: Option<Mark>,
}

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
    /// The server has a bad moment, or the answer is no answer of the API: the same call may work later.
    Unclear,
    /// It leads where no secret is sent; nothing was.
    Elsewhere,
}

/// A request as a person may see it: nothing secret.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Shown {
    /// `GET https://api.example.com/v1/devices?limit=10`.
    pub line: String,
    /// Header names and values, those that prove the caller as dots.
    pub headers: Vec<(String, String)>,
}

impl Caller<'_> {
    /// The URL of one page, at the provider itself.
    ///
    /// # Errors
    /// Usage, when the catalog puts two things at one place of the request.
    pub fn page_url(&self, wanted: Wanted<'_>, mark: &Mark) -> Result<Url, Problem> {
        let mut url = wanted.url.clone();
        match (&wanted.load.paging, mark) {
            (_, Mark::Url(next)) => return Ok(next.clone()),
            (Paging::None, _) => {}
            (Paging::Offset(by) | Paging::Number(by), mark) => {
                let count = if let Mark::Count(count) = mark { *count } else { by.first.into() };
                counted(&mut url, by, count, wanted.at_most)?;
            }
            (Paging::Cursor { parameter, size, .. }, mark) => {
                sized(&mut url, size.as_ref(), wanted.at_most);
                if let Mark::Cursor(word) = mark {
                    url.query_pairs_mut().append_pair(parameter, word);
                }
            }
            (Paging::NextUrl { size, .. } | Paging::Link { size }, _) => {
                sized(&mut url, size.as_ref(), wanted.at_most);
            }
        }
        Ok(url)
    }

    /// Asks for one page at `located`, which is [`page_url`](Self::page_url) or its place at the sandbox.
    ///
    /// # Errors
    /// No answer came, or the request could not be written.
    pub async fn page(
        &self,
        http: &Http,
        wanted: Wanted<'_>,
        located: &Url,
        now: Timestamp,
    ) -> Result<Answer, Failure> {
        let headers = wanted.headers();
        let (method, cap, reuse) = (Method::GET, Cap::Records, Reuse::Idle);
        let call = Call { method, template: None, headers: &headers, body: None, now, cap, reuse };
        self.ask(http, located, call).await
    }

    /// The request for a page as a person may see it.
    ///
    /// # Errors
    /// Usage, naming what is missing.
    pub fn shown(&self, wanted: Wanted<'_>, url: &Url) -> Result<Shown, Problem> {
        let mut headers = self.plain_headers(&wanted.headers())?;
        for sent in self.sent(None)? {
            if sent.place == KeyPlace::Header {
                // The scheme is no secret: it shows whether it is the right one.
                let scheme = sent.value.expose().split_once(' ').map(|(scheme, _)| format!("{scheme} "));
                headers.push((sent.name, format!("{}••••••••", scheme.unwrap_or_default())));
            }
        }
        Ok(Shown { line: format!("GET {url}"), headers })
    }
}

impl<'a> Wanted<'a> {
    fn headers(&self) -> Vec<&'a (String, String)> {
        self.product.iter().flat_map(|product| &product.headers).chain(&self.load.headers).collect()
    }

    /// Reads an answer to the request at `asked`, the page's URL at the provider itself.
    ///
    /// # Errors
    /// What the refusal means.
    pub fn read(&self, answer: &Answer, asked: &Url, mark: &Mark) -> Result<Page, Refusal> {
        let empty = |status| Page { status, bytes: 0, records: Vec::new(), total: None, next: None };
        if answer.status == 204 || (answer.status == 200 && answer.body.trim_ascii().is_empty()) {
            return Ok(empty(answer.status));
        }
        let json = serde_json::from_slice::<&RawValue>(&answer.body).ok();
        if !(200..300).contains(&answer.status) {
            return Err(self.refused(answer, json, None));
        }
        let Some(json) = json else { return Err(no_json(answer)) };
        for (path, value) in &self.load.ok_json {
            if at(json, path).and_then(text_of).as_ref() != Some(value) {
                return Err(self.refused(answer, Some(json), Some(&format!("{path} is not {value}"))));
            }
        }
        let list = match &self.load.records {
            Some(path) => array_at(json, path),
            None => Some(json),
        };
        // An API that has nothing to tell leaves the list out at times.
        let records = match list.map(elements) {
            Some(Some(records)) if records.len() > MAX_RECORDS => {
                return Err(unclear(answer, "it has more than 100,000 records in one page"));
            }
            Some(Some(records)) => records.into_iter().map(ToOwned::to_owned).collect(),
            Some(None) => return Err(no_list(answer, self.load)),
            None if self.load.total.as_ref().and_then(|path| at(json, path)).is_some() => Vec::new(),
            None if self.load.records.is_some() && self.load.ok_json.is_empty() => {
                return Err(no_list(answer, self.load));
            }
            None => Vec::new(),
        };
        let total = self.load.total.as_ref().and_then(|path| at(json, path)).and_then(text_of);
        let next = next(&self.load.paging, answer, json, records.len(), asked, mark).map_err(|words| Refusal {
            status: answer.status,
            class: RefusalClass::Elsewhere,
            words,
            hint: String::new(),
            wait: None,
        })?;
        let total = total.and_then(|text| text.parse().ok());
        Ok(Page { status: answer.status, bytes: answer.body.len(), records, total, next })
    }

    /// What a refusal means. `mismatch` is what we found wrong with a success, for an API that gives no reason itself.
    fn refused(&self, answer: &Answer, json: Option<&RawValue>, mismatch: Option<&str>) -> Refusal {
        let reason = json.and_then(words).map(|words| answer.quote(&words, MAX_WORDS));
        let said = match (&reason, mismatch) {
            (Some(reason), _) => format!("HTTP {}: {reason}", answer.status),
            (None, Some(mismatch)) => format!("HTTP {}, but {mismatch}", answer.status),
            (None, None) => format!("HTTP {}", answer.status),
        };
        let refusal = |class, words, hint: &str| {
            let (status, wait) = (answer.status, answer.retry_after);
            Refusal { status, class, words, hint: hint.to_owned(), wait }
        };
        if (300..400).contains(&answer.status) {
            let to = answer.redirect_host.as_deref().unwrap_or("nowhere");
            let words = format!("HTTP {}: it redirected to {to}, where no secret was sent", answer.status);
            return refusal(RefusalClass::Elsewhere, words, "");
        }
        if let Some(rule) = self.errors.iter().find(|rule| self.fits(rule, answer, json)) {
            return refusal(RefusalClass::Said(rule.class), said, &rule.hint);
        }
        refusal(usual(answer, json), said, "")
    }

    fn fits(&self, rule: &ApiError, answer: &Answer, json: Option<&RawValue>) -> bool {
        let product = rule.product.as_ref().is_none_or(|product| self.load.product.as_ref() == Some(product));
        let status = rule.status.is_none_or(|status| status == answer.status);
        let says = rule.says.as_ref().is_none_or(|(path, wanted)| {
            json.and_then(|json| at(json, path)).and_then(text_of).is_some_and(|text| text == *wanted)
        });
        product && status && says
    }
}

/// What a status means where the catalog has no rule for it.
fn usual(answer: &Answer, json: Option<&RawValue>) -> RefusalClass {
    let names_a_scope = || {
        let head = answer.body.get(..4_096).unwrap_or(&answer.body);
        json.is_some() && String::from_utf8_lossy(head).to_ascii_lowercase().contains("scope")
    };
    RefusalClass::Said(match answer.status {
        401 if names_a_scope() => ApiClass::Scope,
        401 => ApiClass::Token,
        403 | 503 if answer.retry_after.is_some() => ApiClass::Throttled,
        403 => ApiClass::Scope,
        404 | 410 => ApiClass::Unavailable,
        429 => ApiClass::Throttled,
        200..=299 | 400..=499 => ApiClass::Request,
        _ => return RefusalClass::Unclear,
    })
}

fn no_json(answer: &Answer) -> Refusal {
    let is_page = answer.content_type.trim_start().to_ascii_lowercase().starts_with("text/html");
    let what = if is_page { "a web page came in place of records" } else { "what came is no JSON, or was cut" };
    unclear(answer, what)
}

fn no_list(answer: &Answer, load: &Load) -> Refusal {
    unclear(answer, &format!("there is no list of records at {}", load.records.as_deref().unwrap_or("its top")))
}

fn unclear(answer: &Answer, what: &str) -> Refusal {
    Refusal {
        status: answer.status,
        class: RefusalClass::Unclear,
        words: format!("HTTP {}, but {what}", answer.status),
        hint: String::new(),
        wait: None,
    }
}

/// As [`at`], but the array itself, not its first element.
fn array_at<'a>(json: &'a RawValue, path: &str) -> Option<&'a RawValue> {
    let (before, last) = path.rsplit_once('.').map_or(("", path), |(before, last)| (before, last));
    let members = crate::raw_json::members(at(json, before)?)?;
    members.into_iter().rev().find(|(key, _)| key == last).map(|(_, value)| value)
}

/// The error in the API's own words.
fn words(json: &RawValue) -> Option<String> {
    let text = |path: &&str| at(json, path).filter(|value| value.get().starts_with('"')).and_then(text_of);
    WORDS.iter().find_map(text).filter(|text| !text.trim().is_empty())
}

/// Records a page: what is asked, but never more than the provider allows.
fn records(size: &Size, at_most: Option<u32>) -> u32 {
    at_most.map_or(size.records, |most| most.min(size.records))
}

fn sized(url: &mut Url, size: Option<&Size>, at_most: Option<u32>) {
    if let Some(size) = size {
        url.query_pairs_mut().append_pair(&size.parameter, &records(size, at_most).to_string());
    }
}

fn counted(url: &mut Url, by: &Counted, count: u64, at_most: Option<u32>) -> Result<(), Problem> {
    let size = records(&by.size, at_most);
    let Some(json) = &by.json else {
        url.query_pairs_mut()
            .append_pair(&by.parameter, &count.to_string())
            .append_pair(&by.size.parameter, &size.to_string());
        return Ok(());
    };
    let mut input = Map::new();
    put(&mut input, &by.size.parameter, size.into())?;
    put(&mut input, &by.parameter, count.into())?;
    url.query_pairs_mut().append_pair(json, &Value::Object(input).to_string());
    Ok(())
}

/// Puts a number at a dotted path.
fn put(object: &mut Map<String, Value>, path: &str, number: Value) -> Result<(), Problem> {
    match path.split_once('.') {
        None => {
            object.insert(path.to_owned(), number);
            Ok(())
        }
        Some((key, rest)) => {
            let inner = object.entry(key).or_insert_with(|| Value::Object(Map::new()));
            let clash = || Problem::new(Kind::Usage, format!("The catalog puts two things at {key} of a request."));
            put(inner.as_object_mut().ok_or_else(clash)?, rest, number)
        }
    }
}
