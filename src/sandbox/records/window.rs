//! Determines which part of a list a request asks for, and how the next part is requested.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;
use url::form_urlencoded::Serializer;

use super::shape::Shape;
use crate::catalog::{CountedPaging, PageSize, Paging, RecordType};
use crate::sandbox::recorded_request::RecordedRequest;

#[derive(Clone, Copy, Debug)]
pub(super) struct Window<'a> {
    /// Number of records before the page.
    pub(super) offset: u64,
    /// Most records on the page.
    pub(super) limit: u64,
    asked: &'a RecordedRequest,
    limited_by: Option<&'a str>,
    turned_by: Option<&'a str>,
    /// What the paging parameter counts: records, pages, or nothing, if it is a cursor.
    counts: Counts,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Counts {
    Records { first: u64 },
    Pages { first: u64 },
    Nothing,
}

impl<'a> Window<'a> {
    /// Reads a request according to the paging of a load; `None` for a cursor that no response contained.
    pub(super) fn of(asked: &'a RecordedRequest, load: &'a RecordType, shape: &'a Shape) -> Option<Self> {
        let (size, turned_by, counts, json) = match &load.paging {
            Paging::None => (None, None, Counts::Nothing, None),
            Paging::Offset(by) => counted(by, |first| Counts::Records { first }),
            Paging::Number(by) => counted(by, |first| Counts::Pages { first }),
            Paging::Cursor { parameter, size, .. } => (size.as_ref(), Some(parameter.as_str()), Counts::Nothing, None),
            Paging::NextUrl { size, .. } | Paging::Link { size } => {
                let by = shape.next.as_deref().unwrap_or("cursor");
                let counts = if by == "page" { Counts::Pages { first: 1 } } else { Counts::Nothing };
                (size.as_ref(), Some(by), counts, None)
            }
        };
        let limited_by = size.map(|size| size.parameter.as_str());
        let most = size.map_or(u64::MAX, |size| u64::from(size.records).max(1));
        let usual = if load.paging == Paging::None { u64::MAX } else { shape.page.max(1) };
        let limit = limited_by.and_then(|name| number(asked, json, name)).unwrap_or(usual).clamp(1, most);
        let turned = turned_by.filter(|name| json.is_some() || asked.query(name).is_some_and(|word| !word.is_empty()));
        let offset = match (turned, counts) {
            (None, _) => 0,
            (Some(name), Counts::Nothing) => read(asked.query(name)?)?,
            (Some(name), Counts::Records { first }) => number(asked, json, name).unwrap_or(first).saturating_sub(first),
            (Some(name), Counts::Pages { first }) => {
                number(asked, json, name).unwrap_or(first).saturating_sub(first).saturating_mul(limit)
            }
        };
        Some(Self { offset, limit, asked, limited_by, turned_by, counts })
    }

    /// Whether the next page is requested with a cursor that only a response provides.
    pub(super) fn is_opaque(&self) -> bool {
        self.counts == Counts::Nothing
    }

    /// The value of the paging parameter for the page that begins at `offset`.
    pub(super) fn word(&self, offset: u64) -> String {
        match self.counts {
            Counts::Records { first } => offset.saturating_add(first).to_string(),
            Counts::Pages { first } => (offset / self.limit).saturating_add(first).to_string(),
            // Standard base64: its padding has to be escaped in a query, as in the cursors of real providers.
            Counts::Nothing => STANDARD.encode(format!("{MARK}{offset}")),
        }
    }

    /// The URL of the page that begins at `offset`, at the host of the real provider.
    pub(super) fn url(&self, host: &str, offset: u64) -> String {
        let ours = |name: &str| self.limited_by == Some(name) || self.turned_by == Some(name);
        let mut query = Serializer::new(String::new());
        query.extend_pairs(self.asked.query.iter().filter(|(name, _)| !ours(name)));
        if let Some(name) = self.limited_by {
            query.append_pair(name, &self.limit.to_string());
        }
        query.append_pair(self.turned_by.unwrap_or("cursor"), &self.word(offset));
        format!("https://{host}{}?{}", self.asked.path, query.finish())
    }
}

/// Prefix of every cursor, before encoding.
const MARK: &str = "after:";

type Ways<'a> = (Option<&'a PageSize>, Option<&'a str>, Counts, Option<&'a str>);

fn counted(by: &CountedPaging, counts: impl Fn(u64) -> Counts) -> Ways<'_> {
    (Some(&by.size), Some(&by.parameter), counts(by.first.into()), by.json.as_deref())
}

fn read(word: &str) -> Option<u64> {
    let text = String::from_utf8(STANDARD.decode(word).ok()?).ok()?;
    text.strip_prefix(MARK)?.parse().ok()
}

/// A number from the query, or from a dotted path in a query parameter that contains JSON.
fn number(asked: &RecordedRequest, json: Option<&str>, name: &str) -> Option<u64> {
    let Some(parameter) = json else { return asked.query(name)?.parse().ok() };
    let input: Value = serde_json::from_str(asked.query(parameter)?).ok()?;
    let value = name.split('.').try_fold(&input, |value, key| value.get(key))?;
    value.as_u64().or_else(|| value.as_str()?.parse().ok())
}
