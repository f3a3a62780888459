//! The reader of pages of records: no answer makes it panic, each record is a part of the answer, and no answer leads a
//! token to another host.

#![no_main]

use credenza::api::fuzzing::{ASKED, page};
use credenza::api::page::PageCursor;
use libfuzzer_sys::fuzz_target;
use serde_json::value::RawValue;

fuzz_target!(|input: (u8, u8, &str, &[u8])| {
    let (way, status, link, body) = input;
    let status = [200, 200, 200, 204, 404, 429][usize::from(status) % 6];
    let Some(page) = page(way, status, link, body) else { return };
    let text = String::from_utf8_lossy(body);
    for record in &page.records {
        assert!(serde_json::from_str::<&RawValue>(record.get()).is_ok(), "{record}");
        // Of UTF-16 and of what is neither, the reader makes text of its own.
        assert!(
            !page.notes.is_empty()
                || body.starts_with(&[0xff])
                || body.starts_with(&[0xfe])
                || text.contains(record.get())
        );
    }
    let site = |url: &str| url.split('/').take(3).collect::<Vec<_>>().join("/");
    match &page.next {
        Some(PageCursor::Url(next)) => assert_eq!(site(next.as_str()), site(ASKED), "{next}"),
        Some(PageCursor::Cursor(word)) => assert!(!word.is_empty() && word.len() <= 8 << 10),
        Some(PageCursor::Count(count)) => assert!(*count > 0),
        Some(PageCursor::First) => panic!("the first page follows no other"),
        None => {}
    }
});
