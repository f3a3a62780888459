//! A small record reader that uses only what the catalog says about a load.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use credenza::catalog::{AuthTemplate, Catalog, KeyPlace, PageSize, Paging, Provider, RecordType};
use credenza::sandbox::Sandbox;
use serde_json::Value;
use url::Url;

use super::wire::{Reply, SCOPES, US, send, tokens};

/// A load of the catalog, and what is needed to request it.
pub(super) struct Reader<'a> {
    pub(super) sandbox: &'a Sandbox,
    pub(super) provider: &'a Provider,
    pub(super) load: &'a RecordType,
    pub(super) token: String,
}

pub(super) struct Page {
    pub(super) reply: Reply,
    pub(super) json: Value,
    pub(super) records: Vec<Value>,
    /// The URL of the next page.
    pub(super) next: Option<Url>,
}

/// Readers for all loads of the catalog.
pub(super) async fn readers<'a>(sandbox: &'a Sandbox, catalog: &'a Catalog) -> Vec<Reader<'a>> {
    let (token, _) = tokens(sandbox, US, SCOPES).await;
    let loads = catalog.iter().flat_map(|provider| provider.loads.iter().map(move |load| (provider, load)));
    loads.map(|(provider, load)| Reader { sandbox, provider, load, token: token.clone() }).collect()
}

/// The reader for one load of a provider.
pub(super) async fn reader<'a>(sandbox: &'a Sandbox, catalog: &'a Catalog, provider: &str, load: &str) -> Reader<'a> {
    let all = readers(sandbox, catalog).await;
    all.into_iter().find(|one| one.provider.id == provider && one.load.id == load).unwrap()
}

impl Reader<'_> {
    pub(super) fn name(&self) -> String {
        format!("{}: {}", self.provider.id, self.load.id)
    }

    fn size(&self) -> Option<&PageSize> {
        match &self.load.paging {
            Paging::None => None,
            Paging::Offset(by) | Paging::Number(by) => Some(&by.size),
            Paging::Cursor { size, .. } | Paging::NextUrl { size, .. } | Paging::Link { size } => size.as_ref(),
        }
    }

    /// The maximum number of records on a page.
    pub(super) fn most(&self) -> Option<usize> {
        self.size().map(|size| usize::try_from(size.records).unwrap())
    }

    /// The URL of the first page, with `limit` records per page.
    pub(super) fn first(&self, limit: Option<usize>) -> Url {
        let mut url = Url::parse(&self.filled(&self.load.url)).unwrap();
        url.query_pairs_mut().extend_pairs(&self.load.query);
        if let (Some(size), Some(limit)) = (self.size(), limit) {
            match &self.load.paging {
                Paging::Offset(by) if by.json.is_some() => return self.turned(&url, 0, limit),
                _ => url.query_pairs_mut().append_pair(&size.parameter, &limit.to_string()),
            };
        }
        url
    }

    /// Reads all pages, but at most `most`.
    pub(super) async fn pages(&self, limit: Option<usize>, most: usize) -> Vec<Page> {
        let mut pages = Vec::new();
        let mut next = Some(self.first(limit));
        let mut before = 0;
        while let Some(url) = next.take().filter(|_| pages.len() < most) {
            let page = self.page(&url, before, limit).await;
            before += page.records.len();
            next.clone_from(&page.next);
            pages.push(page);
        }
        pages
    }

    /// The IDs of all records, from at most 1000 pages.
    pub(super) async fn ids(&self) -> Vec<String> {
        let pages = self.pages(self.most(), 1_000).await;
        pages.iter().flat_map(|page| &page.records).map(|record| self.id(record)).collect()
    }

    pub(super) fn id(&self, record: &Value) -> String {
        at(record, &self.load.key).map_or_else(|| panic!("{}: {record}", self.name()), text)
    }

    /// Reads one page, which begins after `before` records.
    pub(super) async fn page(&self, url: &Url, before: usize, limit: Option<usize>) -> Page {
        self.read(self.ask(url).await.unwrap(), url, before, limit)
    }

    /// Parses a response.
    pub(super) fn read(&self, reply: Reply, url: &Url, before: usize, limit: Option<usize>) -> Page {
        let json = if reply.body.is_empty() { Value::Null } else { reply.json() };
        let records = match &self.load.records {
            Some(path) => at(&json, path),
            None => Some(&json),
        };
        let records = records.and_then(Value::as_array).cloned().unwrap_or_default();
        let after = before + records.len();
        let word = |path: &str| at(&json, path).and_then(Value::as_str).filter(|word| !word.is_empty());
        let next = match &self.load.paging {
            Paging::None => None,
            Paging::Offset(by) | Paging::Number(by) => {
                let more = by.more.as_ref().and_then(|path| at(&json, path)).and_then(Value::as_bool);
                let goes_on = !records.is_empty() && more != Some(false);
                goes_on.then(|| self.turned(url, after, limit.unwrap_or(after).max(1)))
            }
            Paging::Cursor { parameter, at, .. } => word(at).map(|word| with(url, parameter, word)),
            Paging::NextUrl { at, .. } => word(at).map(|url| Url::parse(url).unwrap()),
            Paging::Link { .. } => linked(&reply),
        };
        Page { reply, json, records, next }
    }

    /// The URL of a page that is addressed by offset or by number.
    fn turned(&self, url: &Url, before: usize, limit: usize) -> Url {
        let (Paging::Offset(by) | Paging::Number(by)) = &self.load.paging else { unreachable!() };
        let first = usize::try_from(by.first).unwrap();
        let count = if matches!(self.load.paging, Paging::Offset(_)) { before } else { before.div_ceil(limit) };
        let Some(json) = &by.json else { return with(url, &by.parameter, &(first + count).to_string()) };
        let mut input = serde_json::json!({});
        for (path, value) in [(&by.parameter, first + count), (&by.size.parameter, limit)] {
            let (outer, inner) = path.split_once('.').unwrap();
            input[outer][inner] = value.into();
        }
        with(url, json, &input.to_string())
    }

    /// Sends the request that the catalog describes to the sandbox.
    pub(super) async fn ask(&self, url: &Url) -> std::io::Result<Reply> {
        assert_eq!((url.scheme(), url.port()), ("https", None), "{url}: where the real provider is");
        let mut place = self.sandbox.at(url.host_str().unwrap(), url.path());
        if let Some(query) = url.query() {
            place = format!("{place}?{query}");
        }
        let product = self.load.product.as_ref();
        let product = product.and_then(|id| self.provider.products.iter().find(|product| product.id == *id));
        let mut headers: Vec<(String, String)> = product.into_iter().flat_map(|one| one.headers.clone()).collect();
        headers.extend(self.load.headers.clone());
        for carrier in self.provider.auth_placements() {
            let value = match carrier.value {
                AuthTemplate::Text(template) => self.filled(template),
                AuthTemplate::Basic(user, password) => {
                    let pair = format!("{}:{}", self.filled(user), self.filled(password));
                    format!("Basic {}", STANDARD.encode(pair))
                }
                AuthTemplate::Signature(_) => continue,
            };
            assert_eq!(carrier.place, KeyPlace::Header);
            headers.push((carrier.name.to_owned(), value));
        }
        let headers: Vec<(&str, &str)> = headers.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        send("GET", &place, &headers, "").await
    }

    /// Fills a template with example values.
    fn filled(&self, template: &str) -> String {
        let mut names: BTreeMap<&str, &str> = BTreeMap::from([
            ("access_token", self.token.as_str()),
            ("secret", self.token.as_str()),
            ("cloud_id", "cloud_id-1"),
        ]);
        names.extend(self.provider.variables.iter().map(|one| (one.name.as_str(), one.example.as_str())));
        let first = self.provider.variables.iter().filter_map(|one| one.choices.first()).flat_map(|one| &one.sets);
        names.extend(first.map(|(name, value)| (name.as_str(), value.as_str())));
        names.extend(self.load.parameters.iter().map(|(name, _)| (name.as_str(), "acme")));
        let product = self.provider.products.iter().find(|one| Some(&one.id) == self.load.product.as_ref());
        names.extend(product.map(|product| ("host", product.hosts["us"].as_str())));
        let mut text = template.to_owned();
        for (name, value) in names {
            text = text.replace(&format!("{{{name}}}"), value);
        }
        assert!(!text.contains('{'), "{text}");
        text
    }
}

/// The value at a path: a key that contains the dots if there is one; of an array on the way, its first element.
pub(super) fn at<'a>(json: &'a Value, path: &str) -> Option<&'a Value> {
    if let Some(value) = json.get(path) {
        return Some(value);
    }
    path.split('.').try_fold(json, |value, key| match value {
        Value::Array(items) => items.first()?.get(key),
        value => value.get(key),
    })
}

pub(super) fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

/// The link with `rel="next"` (RFC 8288), in any `Link` header and at any position in it.
fn linked(reply: &Reply) -> Option<Url> {
    let headers = reply.headers.iter().filter(|(name, _)| name.eq_ignore_ascii_case("link"));
    let mut links = headers.flat_map(|(_, value)| value.split(", "));
    let next = links.find_map(|link| link.strip_suffix(r#">; rel="next""#)?.strip_prefix('<').map(str::to_owned));
    next.map(|url| Url::parse(&url).unwrap())
}

/// The URL with another value for one parameter.
fn with(url: &Url, name: &str, value: &str) -> Url {
    let others: Vec<(String, String)> = url.query_pairs().into_owned().filter(|(key, _)| key != name).collect();
    let mut url = url.clone();
    url.query_pairs_mut().clear().extend_pairs(others).append_pair(name, value);
    url
}
