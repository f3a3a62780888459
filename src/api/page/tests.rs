//! Tests how responses to page requests are interpreted, one spelling after another.

use super::*;
use crate::catalog::ApiClass;

const ASKED: &str = "https://api.example.com/v1/items?limit=2";

fn offset() -> RecordType {
    let size = PageSize { parameter: "limit".to_owned(), records: 2 };
    let paging = Paging::Offset(CountedPaging { parameter: "offset".to_owned(), size, ..CountedPaging::default() });
    RecordType { records: Some("items".to_owned()), key: "id".to_owned(), paging, ..RecordType::default() }
}

fn cursor() -> RecordType {
    let paging = Paging::Cursor { parameter: "cursor".to_owned(), at: "next".to_owned(), size: None };
    RecordType { paging, ..offset() }
}

fn read(load: &RecordType, status: u16, body: &str, mark: &PageCursor) -> Result<Page, Refusal> {
    let url = Url::parse(ASKED).unwrap();
    let wanted = PageRequest { load, product: None, errors: &[], url: &url, at_most: None };
    wanted.read(&Response::made(status, "application/json", body.as_bytes()), &url, mark)
}

fn class(load: &RecordType, body: &str) -> (RefusalClass, String) {
    let refusal = read(load, 200, body, &PageCursor::First).err().unwrap_or_else(|| panic!("{body}"));
    (refusal.class, refusal.words)
}

#[test]
fn an_empty_list_is_one_in_every_spelling() {
    for (body, has_note) in [
        (r#"{"items":[]}"#, false),
        (r#"{"items":null}"#, false),
        (r#"{"items":{}}"#, false),
        (r#"{"items":""}"#, false),
        (r#"{"items":false}"#, false),
        ("{}", true),
        ("null", true),
        ("[]", true),
        (r#"{"count":0}"#, true),
        (r#"{"items_of_another":null,"error":null,"message":""}"#, true),
        ("", false),
        ("  \n", false),
    ] {
        for mark in [PageCursor::First, PageCursor::Count(2)] {
            let page = read(&offset(), 200, body, &mark).unwrap_or_else(|refusal| panic!("{body}: {refusal:?}"));
            assert_eq!((page.records.len(), page.next), (0, None), "{body}");
            assert_eq!(!page.notes.is_empty(), has_note, "{body}: {:?}", page.notes);
        }
    }
    let deep = RecordType { records: Some("data.items".to_owned()), ..offset() };
    for body in [r#"{"data":null}"#, r#"{"data":[]}"#, r#"{"data":{}}"#, r#"{"data":{"items":null}}"#] {
        assert_eq!(read(&deep, 200, body, &PageCursor::First).unwrap().records.len(), 0, "{body}");
    }
    let bare = RecordType { records: None, ..offset() };
    for body in ["[]", "{}", "null", ""] {
        assert_eq!(read(&bare, 200, body, &PageCursor::First).unwrap().records.len(), 0, "{body}");
    }
}

#[test]
fn what_is_no_list_fails_with_the_words_of_the_server() {
    for (body, words) in [
        (r#"{"items":{"id":1}}"#, "there is no list of records at items"),
        (r#"{"items":"3"}"#, "there is no list of records at items"),
        (r#"{"message":"We are moving house"}"#, "no list of records at items: We are moving house"),
        ("7", "there is no list of records at items"),
        (r#"[{"id":1}]"#, "there is no list of records at items"),
        (r#"{"error":"token expired"}"#, "it has error: token expired"),
        (r#"{"errors":[{"message":"Not authenticated"}],"data":null}"#, "Not authenticated"),
        (r#"{"success":false,"items":[]}"#, "success is false"),
        (r#"{"success":false,"items":[{"id":1}]}"#, "success is false"),
        (r#"{"items":[{"id":1}],"errors":[{"message":"shard 3 timed out"}]}"#, "shard 3 timed out"),
        ("<html><title>Sign in</title>", "the response is a web page instead of records"),
        (r#"{"items":[{"id"#, "is not JSON, or is incomplete"),
    ] {
        let (class, said) = class(&offset(), body);
        assert_eq!(class, RefusalClass::Unclear, "{body}: {said}");
        assert!(said.contains(words), "{body}: {said}");
    }
    let bare = RecordType { records: None, ..offset() };
    assert!(class(&bare, r#"{"error":"token expired"}"#).1.contains("token expired"));
    let totaled = RecordType { total: Some("total".to_owned()), ..offset() };
    assert!(class(&totaled, r#"{"total":300,"items":null}"#).1.contains("no list"), "it says that there are some");
    assert!(read(&totaled, 200, r#"{"total":300,"items":null}"#, &PageCursor::Count(300)).unwrap().records.is_empty());
}

#[test]
fn a_status_in_the_body_means_what_it_means_in_the_head() {
    for (code, wanted) in [
        (401, RefusalClass::Said(ApiClass::Token)),
        (403, RefusalClass::Said(ApiClass::Scope)),
        (404, RefusalClass::Said(ApiClass::Unavailable)),
        (429, RefusalClass::Said(ApiClass::Throttled)),
        (400, RefusalClass::Unclear),
        (500, RefusalClass::Unclear),
    ] {
        assert_eq!(class(&offset(), &format!(r#"{{"code":{code},"message":"no"}}"#)).0, wanted, "{code}");
        assert_eq!(class(&offset(), &format!(r#"{{"items":[],"error":{{"status":"{code}"}}}}"#)).0, wanted, "{code}");
    }
}

#[test]
fn an_entry_that_says_what_a_success_is_is_believed() {
    let told = RecordType { ok_json: vec![("state".to_owned(), "fine".to_owned())], ..offset() };
    let body = r#"{"state":"fine","errors":[{"message":"old field"}],"items":[{"id":1}]}"#;
    assert_eq!(read(&told, 200, body, &PageCursor::First).unwrap().records.len(), 1);
    let named = RecordType { records: Some("errors".to_owned()), ..offset() };
    assert_eq!(read(&named, 200, r#"{"errors":[{"id":1}]}"#, &PageCursor::First).unwrap().records.len(), 1);
}

#[test]
fn a_page_past_the_last_is_the_end_where_the_catalog_says_so() {
    let told = RecordType { past_end: vec![404, 416], ..offset() };
    for status in [404, 416] {
        let page = read(&told, status, r#"{"message":"page out of range"}"#, &PageCursor::Count(2)).unwrap();
        assert_eq!((page.records.len(), page.next), (0, None), "{status}");
        assert!(read(&told, status, "", &PageCursor::First).is_err(), "{status}: the first page has to be there");
        let told = read(&offset(), status, "", &PageCursor::Count(2)).unwrap_err();
        assert_eq!(told.class, RefusalClass::Said(ApiClass::Request), "{status}: it does not concern the account");
    }
    assert!(read(&offset(), 404, "", &PageCursor::Count(2)).unwrap_err().hint.contains("past_end = [404]"));
    assert!(read(&told, 400, "", &PageCursor::Count(2)).is_err());
}

#[test]
fn no_next_page_is_none_in_every_spelling() {
    for next in ["false", "0", r#""""#, r#"" ""#, "null", r#""0""#, r#""null""#, r#""None""#, "-1", "[]", "{}"] {
        let body = format!(r#"{{"items":[{{"id":1}}],"next":{next}}}"#);
        assert_eq!(read(&cursor(), 200, &body, &PageCursor::First).unwrap().next, None, "{next}");
        let url = RecordType { paging: Paging::NextUrl { at: "next".to_owned(), size: None }, ..offset() };
        assert_eq!(read(&url, 200, &body, &PageCursor::First).unwrap().next, None, "{next}");
    }
    let odd = read(&cursor(), 200, r#"{"items":[{"id":1}],"next":{"after":"A"}}"#, &PageCursor::First).unwrap_err();
    assert!(odd.words.contains("not a cursor for the next page"), "{odd:?}");
    for (more, goes_on) in [
        ("true", true),
        ("1", true),
        (r#""Y""#, true),
        ("false", false),
        ("0", false),
        (r#""no""#, false),
        ("null", false),
    ] {
        let Paging::Offset(by) = offset().paging else { panic!() };
        let load =
            RecordType { paging: Paging::Offset(CountedPaging { more: Some("more".to_owned()), ..by }), ..offset() };
        let page = read(&load, 200, &format!(r#"{{"items":[{{"id":1}}],"more":{more}}}"#), &PageCursor::First).unwrap();
        assert_eq!(page.next.is_some(), goes_on, "{more}");
    }
}

#[test]
fn the_same_next_page_without_records_is_the_end_and_with_some_a_circle() {
    let mark = PageCursor::Cursor("A".to_owned());
    let next = |load: &RecordType, body: &str, mark: &PageCursor| read(load, 200, body, mark).unwrap().next;
    assert_eq!(next(&cursor(), r#"{"items":[],"next":"A"}"#, &mark), None);
    assert_eq!(next(&cursor(), r#"{"items":null,"next":"A"}"#, &mark), None);
    assert_eq!(next(&cursor(), r#"{"items":[{"id":1}],"next":"A"}"#, &mark), Some(mark.clone()), "written as a circle");
    assert_eq!(next(&cursor(), r#"{"items":[],"next":"B"}"#, &mark), Some(PageCursor::Cursor("B".to_owned())));
    let url = RecordType { paging: Paging::NextUrl { at: "next".to_owned(), size: None }, ..offset() };
    let same = format!(r#"{{"items":[],"next":"{ASKED}"}}"#);
    assert_eq!(next(&url, &same, &PageCursor::Url(Url::parse(ASKED).unwrap())), None);
    assert_eq!(next(&url, &same, &PageCursor::First), None, "the first page may name itself");
}

#[test]
fn a_catalog_that_sets_a_key_to_a_number_and_to_an_object_is_refused() {
    let mut object = Map::new();
    put(&mut object, "page", 1_u64.into()).unwrap();
    let problem = put(&mut object, "page.size", 2_u64.into()).unwrap_err();
    assert_eq!((problem.kind, problem.what.as_str()), (Kind::Usage, "The catalog sets page twice in one request."));
}
