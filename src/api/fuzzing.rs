//! Entry points for the fuzz targets in `fuzz/`. Compiled only for them.

use url::Url;

use super::page::{Page, PageCursor, PageRequest};
use crate::catalog::{CountedPaging, PageSize, Paging, RecordType};
use crate::oauth::http::Response;

/// The URL of the page that every response belongs to.
pub const ASKED: &str = "https://api.example.com/v1/items?limit=2";

/// The page that a response with this status, `Link` header and body is read as; `None` if it is refused. `way` chooses
/// the kind of paging, and whether there was a page before.
#[must_use]
pub fn page(way: u8, status: u16, link: &str, body: &[u8]) -> Option<Page> {
    let size = PageSize { parameter: "limit".to_owned(), records: 2 };
    let counted = || CountedPaging { parameter: "offset".to_owned(), size: size.clone(), ..CountedPaging::default() };
    let paging = match way % 7 {
        0 => Paging::None,
        1 => Paging::Offset(counted()),
        2 => Paging::Number(counted()),
        3 => Paging::Number(CountedPaging { more: Some("more".to_owned()), ..counted() }),
        4 => Paging::Cursor { parameter: "cursor".to_owned(), at: "next".to_owned(), size: Some(size.clone()) },
        5 => Paging::NextUrl { at: "next".to_owned(), size: None },
        _ => Paging::Link { size: None },
    };
    let records = if way & 0x40 == 0 { Some("items".to_owned()) } else { None };
    let load =
        RecordType { records, key: "id".to_owned(), total: Some("total".to_owned()), paging, ..RecordType::default() };
    let mark = if way & 0x80 == 0 { PageCursor::First } else { PageCursor::Count(2) };
    let url = Url::parse(ASKED).ok()?;
    let wanted = PageRequest { load: &load, product: None, errors: &[], url: &url, at_most: None };
    let mut response = Response::made(status, "application/json", body);
    response.link = Some(link.to_owned()).filter(|link| !link.is_empty());
    wanted.read(&response, &url, &mark).ok()
}
