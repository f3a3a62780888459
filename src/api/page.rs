//! One page of records: its request, what the response means, and the cursor of the next one.

use http::Method;
use jiff::Timestamp;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use url::Url;

use super::body::Body;
use super::call::{ApiCaller, Call};
use super::denial::{Denial, DenialScope, denial, error_message, is_no};
pub use super::next_page::PageCursor;
use super::next_page::next;
use super::refusal::RefusalRules;
pub use super::refusal::{Refusal, RefusalClass};
use crate::catalog::{ApiClass, ApiError, CountedPaging, KeyPlace, PageSize, Paging, Product, RecordType};
use crate::mask::Masks;
use crate::oauth::http::{BodyLimit, Failure, Http, Response, Reuse};
use crate::problem::{Kind, Problem};
use crate::raw_json::{at, elements, members, text_of};
use crate::secret::Secret;

/// Longest error message of a server that is shown, in characters.
const MAX_QUOTE: usize = 200;

/// Longest request line that is shown, in characters.
const MAX_LINE: usize = 16_384;

/// Most records of one page: a larger number of tiny records would take far more memory than the response has bytes.
const MAX_RECORDS: usize = 100_000;

/// A request for one page of records.
#[derive(Clone, Copy, Debug)]
pub struct PageRequest<'a> {
    /// The record type.
    pub load: &'a RecordType,
    /// The product that the record type belongs to.
    pub product: Option<&'a Product>,
    /// The catalog's meanings of refusals.
    pub errors: &'a [ApiError],
    /// The URL of the first page at the provider, without paging parameters.
    pub url: &'a Url,
    /// Most records per page, if the provider lets the client choose.
    pub at_most: Option<u32>,
}

#[derive(Debug)]
pub struct Page {
    /// The HTTP status.
    pub status: u16,
    /// Bytes of the response.
    pub bytes: usize,
    /// The records, unchanged.
    pub records: Vec<Box<RawValue>>,
    /// The total that the provider reports.
    pub total: Option<u64>,
    /// The next page; `None` after the last.
    pub next: Option<PageCursor>,
    /// Substitutions made while reading: "Byte 7 (0xe9) is not UTF-8; it was replaced by U+FFFD."
    pub notes: Vec<String>,
    secrets: Vec<Secret>,
}

/// A request without secrets, to be shown.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct RedactedRequest {
    /// `GET https://api.example.com/v1/devices?limit=10`.
    pub line: String,
    /// Header names and values; those that authenticate are masked.
    pub headers: Vec<(String, String)>,
}

impl ApiCaller<'_> {
    /// The URL of one page at the provider.
    ///
    /// # Errors
    /// `Kind::Usage` if the catalog puts two values at the same place of the request.
    pub(crate) fn page_url(wanted: PageRequest<'_>, mark: &PageCursor) -> Result<Url, Problem> {
        let mut url = wanted.url.clone();
        match (&wanted.load.paging, mark) {
            (_, PageCursor::Url(next)) => return Ok(next.clone()),
            (Paging::None, _) => {}
            (Paging::Offset(by) | Paging::Number(by), mark) => {
                let count = if let PageCursor::Count(count) = mark { *count } else { by.first.into() };
                counted(&mut url, by, count, wanted.at_most)?;
            }
            (Paging::Cursor { parameter, size, .. }, mark) => {
                sized(&mut url, size.as_ref(), wanted.at_most);
                if let PageCursor::Cursor(word) = mark {
                    url.query_pairs_mut().append_pair(parameter, word);
                }
            }
            (Paging::NextUrl { size, .. } | Paging::Link { size }, _) => {
                sized(&mut url, size.as_ref(), wanted.at_most);
            }
        }
        Ok(url)
    }

    /// Requests one page at `located`, which is from `page_url` or the sandbox's URL for it.
    ///
    /// # Errors
    /// If there is no response, or the request could not be built.
    pub async fn page(
        &self,
        http: &Http,
        wanted: PageRequest<'_>,
        located: &Url,
        now: Timestamp,
    ) -> Result<Response, Failure> {
        let headers = wanted.headers();
        let (method, cap, reuse) = (Method::GET, BodyLimit::Records, Reuse::Idle);
        let call = Call { method, template: None, headers: &headers, body: None, now, cap, reuse };
        self.ask(http, located, call).await
    }

    /// The masked request line for a page: a provider may put secrets that it was sent into the URL of the next page.
    #[must_use]
    pub fn line(&self, url: &Url) -> String {
        Masks::of(&self.secrets(&[])).conceal(&format!("GET {url}"), MAX_LINE).to_string()
    }

    /// The request for a page, as it may be shown.
    ///
    /// # Errors
    /// `Kind::Usage`, naming what is missing.
    pub fn shown(&self, wanted: PageRequest<'_>, url: &Url) -> Result<RedactedRequest, Problem> {
        let mut headers = self.plain_headers(&wanted.headers())?;
        for sent in self.auth_params(None)? {
            if sent.place == KeyPlace::Header {
                // The scheme is not a secret, and shows whether it is the right one.
                let scheme = sent.value.expose().split_once(' ').map(|(scheme, _)| format!("{scheme} "));
                headers.push((sent.name, format!("{}••••••••", scheme.unwrap_or_default())));
            }
        }
        Ok(RedactedRequest { line: self.line(url), headers })
    }
}

impl Page {
    /// The secrets masked in texts of its records.
    pub(crate) fn masks(&self) -> Masks {
        Masks::of(&self.secrets)
    }
}

impl<'a> PageRequest<'a> {
    fn headers(&self) -> Vec<&'a (String, String)> {
        self.product.iter().flat_map(|product| &product.headers).chain(&self.load.headers).collect()
    }

    /// Reads the response to the request for `asked`, the page's URL at the provider.
    ///
    /// # Errors
    /// What the refusal means.
    pub fn read(&self, response: &Response, asked: &Url, mark: &PageCursor) -> Result<Page, Refusal> {
        let of_nothing = || Page {
            status: response.status,
            bytes: 0,
            records: Vec::new(),
            total: None,
            next: None,
            notes: Vec::new(),
            secrets: Vec::new(),
        };
        if response.status == 204 || (response.status == 200 && response.body.trim_ascii().is_empty()) {
            return Ok(of_nothing());
        }
        if *mark != PageCursor::First && self.load.past_end.contains(&response.status) {
            return Ok(of_nothing());
        }
        let body = Body::of(response);
        let json = body.json();
        if !(200..300).contains(&response.status) {
            return Err(self.refused(response, json, mark));
        }
        let Some(json) = json else { return Err(no_json(response)) };
        for (path, value) in &self.load.ok_json {
            if at(json, path).and_then(text_of).as_ref() != Some(value) {
                return Err(self.rules().mismatched(response, json, &format!("{path} is not {value}")));
            }
        }
        let (records, is_left_out) = self.records(response, json, mark)?;
        self.refuse_denial(response, json, !records.is_empty())?;
        let next = next(&self.load.paging, response, json, records.len(), asked, mark)
            .map_err(|words| Refusal::new(response, RefusalClass::Elsewhere, words))?;
        let total = self.total(json);
        let mut page = Page { bytes: response.body.len(), records, total, next, ..of_nothing() };
        page.notes = body.into_notes();
        page.secrets = response.secrets().to_vec();
        if is_left_out {
            let place = self.load.records.as_deref().unwrap_or("the top");
            page.notes.push(format!("The response has no list at {place}; it was read as a page without records."));
        }
        Ok(page)
    }

    /// A missing page after others says nothing about the account's permissions.
    fn refused(&self, response: &Response, json: Option<&RawValue>, mark: &PageCursor) -> Refusal {
        let refusal = self.rules().refused(response, json);
        let is_missing = refusal.class == RefusalClass::Said(ApiClass::Unavailable) && refusal.hint.is_empty();
        if *mark == PageCursor::First || !is_missing {
            return refusal;
        }
        let hint = format!(
            "If this status marks the last page, say so in your own catalog file: past_end = [{}] in its page.",
            response.status
        );
        Refusal { class: RefusalClass::Said(ApiClass::Request), hint, ..refusal }
    }

    /// The records, and whether the response left out the list. Some APIs write null, an empty object or text, or
    /// nothing at all, instead of an empty list.
    fn records(
        &self,
        response: &Response,
        json: &RawValue,
        mark: &PageCursor,
    ) -> Result<(Vec<Box<RawValue>>, bool), Refusal> {
        let list = match &self.load.records {
            Some(path) => array_at(json, path),
            None => Some(json),
        };
        match list.map(|list| (list, elements(list))) {
            Some((_, Some(records))) if records.len() > MAX_RECORDS => {
                return Err(Refusal::unclear(response, "it has more than 100,000 records in one page"));
            }
            Some((_, Some(records))) => return Ok((records.into_iter().map(ToOwned::to_owned).collect(), false)),
            Some((list, None)) if !is_nothing(list) => return Err(self.no_list(response, json)),
            Some(_) | None => {}
        }
        // A total above zero, or an error message, contradicts an empty list.
        let total = self.total(json);
        let promised = *mark == PageCursor::First && total.is_some_and(|total| total > 0);
        if promised || (list.is_none() && !is_envelope(json)) {
            return Err(self.no_list(response, json));
        }
        let is_expected = list.is_some() || total.is_some() || !self.load.ok_json.is_empty();
        if !is_expected && error_message(json).is_some() {
            return Err(self.no_list(response, json));
        }
        Ok((Vec::new(), !is_expected))
    }

    /// Why there is no list, with the server's message if it has one.
    fn no_list(&self, response: &Response, json: &RawValue) -> Refusal {
        if let Some(denial) = self.denial(json, DenialScope::All) {
            return self.rules().denied(response, json, &denial);
        }
        let place = self.load.records.as_deref().unwrap_or("the top level");
        let said =
            error_message(json).map(|words| format!(": {}", response.quote(&words, MAX_QUOTE))).unwrap_or_default();
        Refusal::unclear(response, &format!("there is no list of records at {place}{said}"))
    }

    /// Refuses a response whose body reports an error. A catalog entry with its own condition for a success was
    /// checked before.
    fn refuse_denial(&self, response: &Response, json: &RawValue, has_records: bool) -> Result<(), Refusal> {
        let look = if has_records { DenialScope::Plain } else { DenialScope::All };
        match self.denial(json, look) {
            Some(denial) => Err(self.rules().denied(response, json, &denial)),
            None => Ok(()),
        }
    }

    fn denial(&self, json: &RawValue, look: DenialScope) -> Option<Denial> {
        let load = self.load;
        // A list without an object around it contains only records.
        if !load.ok_json.is_empty() || json.get().starts_with('[') {
            return None;
        }
        let known: Vec<&str> =
            [&load.records, &load.total].into_iter().flatten().filter_map(|p| p.split('.').next()).collect();
        denial(json, &known, look)
    }

    fn total(&self, json: &RawValue) -> Option<u64> {
        self.load.total.as_ref().and_then(|path| at(json, path)).and_then(text_of)?.parse().ok()
    }

    fn rules(&self) -> RefusalRules<'a> {
        RefusalRules { errors: self.errors, product: self.load.product.as_deref() }
    }
}

/// Whether the value stands for an empty list.
fn is_nothing(json: &RawValue) -> bool {
    match members(json) {
        Some(members) => members.is_empty(),
        None => text_of(json).is_some_and(|text| is_no(&text) && text != "0" && text != "-1"),
    }
}

/// Whether the value could contain records: an object, or what some languages write for an empty one.
fn is_envelope(json: &RawValue) -> bool {
    json.get().starts_with('{') || is_nothing(json) || elements(json).is_some_and(|elements| elements.is_empty())
}

fn no_json(response: &Response) -> Refusal {
    let what = if response.is_page() {
        "the response is a web page instead of records"
    } else {
        "the response is not JSON, or is incomplete"
    };
    Refusal::unclear(response, what)
}

/// As [`at`], but the array itself, not its first element.
fn array_at<'a>(json: &'a RawValue, path: &str) -> Option<&'a RawValue> {
    let (before, last) = path.rsplit_once('.').map_or(("", path), |(before, last)| (before, last));
    let members = members(at(json, before)?)?;
    members.into_iter().rev().find(|(key, _)| key == last).map(|(_, value)| value)
}

/// The page size: as requested, but at most what the provider allows.
fn records(size: &PageSize, at_most: Option<u32>) -> u32 {
    at_most.map_or(size.records, |most| most.min(size.records))
}

fn sized(url: &mut Url, size: Option<&PageSize>, at_most: Option<u32>) {
    if let Some(size) = size {
        url.query_pairs_mut().append_pair(&size.parameter, &records(size, at_most).to_string());
    }
}

fn counted(url: &mut Url, by: &CountedPaging, count: u64, at_most: Option<u32>) -> Result<(), Problem> {
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
            let clash = || Problem::new(Kind::Usage, format!("The catalog sets {key} twice in one request."));
            put(inner.as_object_mut().ok_or_else(clash)?, rest, number)
        }
    }
}

#[cfg(test)]
mod tests;
