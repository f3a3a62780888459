//! One page of records: how it is asked for, what its answer means, and where the next one is.

use http::Method;
use jiff::Timestamp;
use serde_json::value::RawValue;
use serde_json::{Map, Value};
use url::Url;

use super::body::Body;
use super::call::{Call, Caller};
use super::denial::{Denial, Look, denial, is_no, words};
pub use super::next_page::Mark;
use super::next_page::next;
use super::refusal::Rules;
pub use super::refusal::{Refusal, RefusalClass};
use crate::catalog::{ApiClass, ApiError, Counted, KeyPlace, Load, Paging, Product, Size};
use crate::mask::Masks;
use crate::oauth::http::{Answer, Cap, Failure, Http, Reuse};
use crate::problem::{Kind, Problem};
use crate::raw_json::{at, elements, members, text_of};
use crate::secret::Secret;

/// Characters of a server's own words that are shown.
const MAX_WORDS: usize = 200;

/// Characters of a request line that is shown.
const MAX_LINE: usize = 16_384;

/// Records of one page: more of them would take memory out of all proportion to their bytes.
const MAX_RECORDS: usize = 100_000;

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
    /// Substitutions made while reading: "Byte 7 (0xe9) is not UTF-8; it was replaced by U+FFFD."
    pub notes: Vec<String>,
    secrets: Vec<Secret>,
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

    /// The request line for a page; a provider may put what it was sent into the address of the next one.
    #[must_use]
    pub fn line(&self, url: &Url) -> String {
        Masks::of(&self.secrets(&[])).conceal(&format!("GET {url}"), MAX_LINE).to_string()
    }

    /// The request for a page as a person may see it.
    ///
    /// # Errors
    /// Usage, naming what is missing.
    pub fn shown(&self, wanted: Wanted<'_>, url: &Url) -> Result<Shown, Problem> {
        let mut headers = self.plain_headers(&wanted.headers())?;
        for sent in self.sent(None)? {
            if sent.place == KeyPlace::Header {
                // The scheme is not a secret: it shows whether it is the right one.
                let scheme = sent.value.expose().split_once(' ').map(|(scheme, _)| format!("{scheme} "));
                headers.push((sent.name, format!("{}••••••••", scheme.unwrap_or_default())));
            }
        }
        Ok(Shown { line: self.line(url), headers })
    }
}

impl Page {
    /// What the words of its records are shown without.
    pub(crate) fn masks(&self) -> Masks {
        Masks::of(&self.secrets)
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
        let of_nothing = || Page {
            status: answer.status,
            bytes: 0,
            records: Vec::new(),
            total: None,
            next: None,
            notes: Vec::new(),
            secrets: Vec::new(),
        };
        if answer.status == 204 || (answer.status == 200 && answer.body.trim_ascii().is_empty()) {
            return Ok(of_nothing());
        }
        if *mark != Mark::First && self.load.past_end.contains(&answer.status) {
            return Ok(of_nothing());
        }
        let body = Body::of(answer);
        let json = body.json();
        if !(200..300).contains(&answer.status) {
            return Err(self.refused(answer, json, mark));
        }
        let Some(json) = json else { return Err(no_json(answer)) };
        for (path, value) in &self.load.ok_json {
            if at(json, path).and_then(text_of).as_ref() != Some(value) {
                return Err(self.rules().mismatched(answer, json, &format!("{path} is not {value}")));
            }
        }
        let (records, is_left_out) = self.records(answer, json, mark)?;
        self.refuse_denial(answer, json, !records.is_empty())?;
        let next = next(&self.load.paging, answer, json, records.len(), asked, mark)
            .map_err(|words| Refusal::new(answer, RefusalClass::Elsewhere, words))?;
        let total = self.total(json);
        let mut page = Page { bytes: answer.body.len(), records, total, next, ..of_nothing() };
        page.notes = body.into_notes();
        page.secrets = answer.secrets().to_vec();
        if is_left_out {
            let place = self.load.records.as_deref().unwrap_or("the top");
            page.notes.push(format!("The response has no list at {place}; it was read as a page without records."));
        }
        Ok(page)
    }

    /// A page that is missing after others says nothing of what the account may read.
    fn refused(&self, answer: &Answer, json: Option<&RawValue>, mark: &Mark) -> Refusal {
        let refusal = self.rules().refused(answer, json);
        let is_missing = refusal.class == RefusalClass::Said(ApiClass::Unavailable) && refusal.hint.is_empty();
        if *mark == Mark::First || !is_missing {
            return refusal;
        }
        let hint = format!(
            "If this status marks the last page, say so in your own catalog file: past_end = [{}] in its page.",
            answer.status
        );
        Refusal { class: RefusalClass::Said(ApiClass::Request), hint, ..refusal }
    }

    /// The records, and whether the answer left the list out without another word. An API that has nothing to tell
    /// writes null, an empty object or text instead of an empty list, or nothing at all.
    fn records(&self, answer: &Answer, json: &RawValue, mark: &Mark) -> Result<(Vec<Box<RawValue>>, bool), Refusal> {
        let list = match &self.load.records {
            Some(path) => array_at(json, path),
            None => Some(json),
        };
        match list.map(|list| (list, elements(list))) {
            Some((_, Some(records))) if records.len() > MAX_RECORDS => {
                return Err(Refusal::unclear(answer, "it has more than 100,000 records in one page"));
            }
            Some((_, Some(records))) => return Ok((records.into_iter().map(ToOwned::to_owned).collect(), false)),
            Some((list, None)) if !is_nothing(list) => return Err(self.no_list(answer, json)),
            Some(_) | None => {}
        }
        // What says that there are records, or why there are none, is not a list without any.
        let total = self.total(json);
        let promised = *mark == Mark::First && total.is_some_and(|total| total > 0);
        if promised || (list.is_none() && !is_envelope(json)) {
            return Err(self.no_list(answer, json));
        }
        let is_expected = list.is_some() || total.is_some() || !self.load.ok_json.is_empty();
        if !is_expected && words(json).is_some() {
            return Err(self.no_list(answer, json));
        }
        Ok((Vec::new(), !is_expected))
    }

    /// Why there is no list, in the server's words where it has some.
    fn no_list(&self, answer: &Answer, json: &RawValue) -> Refusal {
        if let Some(denial) = self.denial(json, Look::All) {
            return self.rules().denied(answer, json, &denial);
        }
        let place = self.load.records.as_deref().unwrap_or("its top");
        let said = words(json).map(|words| format!(": {}", answer.quote(&words, MAX_WORDS))).unwrap_or_default();
        Refusal::unclear(answer, &format!("there is no list of records at {place}{said}"))
    }

    /// A catalog entry that says what a success looks like has been asked already.
    fn refuse_denial(&self, answer: &Answer, json: &RawValue, has_records: bool) -> Result<(), Refusal> {
        let look = if has_records { Look::Plain } else { Look::All };
        match self.denial(json, look) {
            Some(denial) => Err(self.rules().denied(answer, json, &denial)),
            None => Ok(()),
        }
    }

    fn denial(&self, json: &RawValue, look: Look) -> Option<Denial> {
        let load = self.load;
        // A list without an envelope has nothing but records.
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

    fn rules(&self) -> Rules<'a> {
        Rules { errors: self.errors, product: self.load.product.as_deref() }
    }
}

/// What replaces an empty list.
fn is_nothing(json: &RawValue) -> bool {
    match members(json) {
        Some(members) => members.is_empty(),
        None => text_of(json).is_some_and(|text| is_no(&text) && text != "0" && text != "-1"),
    }
}

/// Whether records could be in it: an object, or what some languages write for an empty one.
fn is_envelope(json: &RawValue) -> bool {
    json.get().starts_with('{') || is_nothing(json) || elements(json).is_some_and(|elements| elements.is_empty())
}

fn no_json(answer: &Answer) -> Refusal {
    let what = if answer.is_page() {
        "the response is a web page instead of records"
    } else {
        "the response is not JSON, or is incomplete"
    };
    Refusal::unclear(answer, what)
}

/// As [`at`], but the array itself, not its first element.
fn array_at<'a>(json: &'a RawValue, path: &str) -> Option<&'a RawValue> {
    let (before, last) = path.rsplit_once('.').map_or(("", path), |(before, last)| (before, last));
    let members = members(at(json, before)?)?;
    members.into_iter().rev().find(|(key, _)| key == last).map(|(_, value)| value)
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
            let clash = || Problem::new(Kind::Usage, format!("The catalog sets {key} twice in one request."));
            put(inner.as_object_mut().ok_or_else(clash)?, rest, number)
        }
    }
}

#[cfg(test)]
mod tests;
