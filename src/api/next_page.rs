//! Finds the next page: by counting, by a cursor or URL in the response, or by its `Link` header (RFC 8288).

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use url::Url;

use super::denial::is_no;
use crate::catalog::Paging;
use crate::oauth::http::Response;
use crate::raw_json::{at, members, text_of};

const MAX_CURSOR: usize = 8 << 10;

/// The position of one page: what its request adds to the URL.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum PageCursor {
    First,
    /// The value of the parameter that counts records or pages.
    Count(u64),
    Cursor(String),
    /// The URL of the next page, at the provider itself.
    Url(Url),
}

/// The cursor of the page after `mark`; `None` if there is none. `records` is the number of records on this page.
///
/// # Errors
/// Why the next page cannot be requested: its URL is on another host, or not a URL.
pub(super) fn next(
    paging: &Paging,
    response: &Response,
    json: &RawValue,
    records: usize,
    asked: &Url,
    mark: &PageCursor,
) -> Result<Option<PageCursor>, String> {
    let records = u64::try_from(records).unwrap_or(u64::MAX);
    let next = match paging {
        Paging::None => Ok(None),
        Paging::Offset(by) | Paging::Number(by) => {
            let flag = by.more.as_ref().and_then(|path| at(json, path)).and_then(text_of);
            let more = by.more.as_ref().map_or(records > 0, |_| flag.is_some_and(|flag| !is_no(&flag)));
            let now = if let PageCursor::Count(count) = mark { *count } else { by.first.into() };
            let step = if matches!(paging, Paging::Offset(_)) { records.max(1) } else { 1 };
            Ok(more.then(|| PageCursor::Count(now.saturating_add(step))))
        }
        Paging::Cursor { at: path, .. } => match word_at(json, path)? {
            Some(word) if word.len() > MAX_CURSOR => Err("the cursor for the next page is longer than 8 \
                KiB"
            .to_owned()),
            word => Ok(word.map(PageCursor::Cursor)),
        },
        Paging::NextUrl { at: path, .. } => word_at(json, path)?.map(|word| follow(&word, asked, response)).transpose(),
        Paging::Link { .. } => {
            response.link.as_deref().and_then(next_link).map(|link| follow(link, asked, response)).transpose()
        }
    }?;
    // Some APIs mark the end by naming the page that was just read, without records in it.
    let is_same = |next: &PageCursor| next == mark || matches!(next, PageCursor::Url(url) if url == asked);
    Ok(next.filter(|next| records > 0 || !is_same(next)))
}

/// The cursor at a dotted path; a text that means "none" is read as `None`.
fn word_at(json: &RawValue, path: &str) -> Result<Option<String>, String> {
    let Some(value) = at(json, path) else { return Ok(None) };
    match text_of(value) {
        Some(word) => Ok(Some(word).filter(|word| !is_no(word))),
        None if members(value).is_some_and(|members| !members.is_empty()) => {
            Err(format!("the value at {path} is not a cursor for the next page"))
        }
        None => Ok(None),
    }
}

/// The URL of the next page. It must be on the same host, because the token is sent there.
fn follow(word: &str, asked: &Url, response: &Response) -> Result<PageCursor, String> {
    let shown = || response.quote(word, 120);
    let url = asked.join(word).map_err(|_| format!("the address of the next page is not valid: {}", shown()))?;
    let same = url.scheme() == asked.scheme()
        && url.host() == asked.host()
        && url.port_or_known_default() == asked.port_or_known_default()
        && url.username().is_empty()
        && url.password().is_none();
    if same {
        Ok(PageCursor::Url(url))
    } else {
        Err(format!("the next page is on another host, where no secret is sent: {}", shown()))
    }
}

/// The target of the first link with the relation `next`.
fn next_link(header: &str) -> Option<&str> {
    let mut rest = header;
    while let Some((_, after)) = rest.split_once('<') {
        let (target, parameters) = after.split_once('>')?;
        let end = end_of_link(parameters);
        let (own, others) = parameters.split_at(end);
        if own.split(';').any(is_next) {
            return Some(target);
        }
        rest = others;
    }
    None
}

/// The index of the comma, outside quotes, that ends a link's parameters.
fn end_of_link(parameters: &str) -> usize {
    let mut quoted = false;
    let end = parameters.char_indices().find(|(_, c)| {
        quoted ^= *c == '"';
        *c == ',' && !quoted
    });
    end.map_or(parameters.len(), |(at, _)| at)
}

fn is_next(parameter: &str) -> bool {
    parameter.split_once('=').is_some_and(|(name, value)| {
        let mut relations = value.trim().trim_matches('"').split_ascii_whitespace();
        name.trim().eq_ignore_ascii_case("rel") && relations.any(|one| one.eq_ignore_ascii_case("next"))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_next_link_is_found_among_others() {
        let header =
            r#"<https://a.example/?p=1>; rel="prev", <https://a.example/?x=a,b&p=3>; title="x, y"; rel="last next""#;
        assert_eq!(next_link(header), Some("https://a.example/?x=a,b&p=3"));
        assert_eq!(next_link("<https://a.example/?p=2>;rel=next"), Some("https://a.example/?p=2"));
        for none in
            ["", "<https://a.example/>; rel=\"prev\"", "<https://a.example/", "rel=next", "<u>; rel=\"nextish\""]
        {
            assert_eq!(next_link(none), None, "{none}");
        }
    }

    #[test]
    fn a_next_page_is_followed_on_the_same_host_only() {
        let asked = Url::parse("https://api.example.com/v1/users?limit=2").unwrap();
        let to = |word: &str| {
            follow(word, &asked, &Response::made(200, "", b"")).map(|mark| matches!(mark, PageCursor::Url(_)))
        };
        for same in ["https://api.example.com/v1/users?after=2", "/v1/users?after=2", "?after=2", "//api.example.com/x"]
        {
            assert_eq!(to(same), Ok(true), "{same}");
        }
        for other in [
            "https://evil.invalid/v1/users",
            "http://api.example.com/v1/users",
            "https://api.example.com:8443/v1/users",
            "https://name@api.example.com/v1/users",
            "https://api.example.com.evil.invalid/",
            "//evil.invalid/x",
            "javascript:alert(1)",
            "file:///etc/passwd",
            "https://",
        ] {
            assert!(to(other).is_err(), "{other}");
        }
    }
}
