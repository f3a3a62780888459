//! The faults that a page of records can have, each by the name of its mode.

use std::collections::BTreeSet;

use credenza::catalog::{Catalog, Paging};
use credenza::sandbox::Sandbox;
use serde_json::Value;

use super::record_reader::{Reader, reader, readers};
use super::wire::sandbox;

/// A sandbox with 40 records in each list, in this mode.
async fn troubled(mode: &str) -> Sandbox {
    let (sandbox, _) = sandbox().await;
    sandbox.script().records(40);
    sandbox.script().mode(mode.parse().unwrap());
    sandbox
}

fn counted(reader: &Reader<'_>) -> bool {
    matches!(reader.load.paging, Paging::Offset(_) | Paging::Number(_))
}

/// The record IDs of each page.
async fn pages(reader: &Reader<'_>, most: usize) -> Vec<Vec<String>> {
    let limit = reader.most().map(|_| 10);
    let pages = reader.pages(limit, most).await;
    pages.iter().map(|page| page.records.iter().map(|record| reader.id(record)).collect()).collect()
}

#[tokio::test]
async fn page_repeats() {
    let sandbox = troubled("page-repeats").await;
    for reader in readers(&sandbox, &Catalog::default()).await {
        let pages = pages(&reader, 7).await;
        assert!(pages.len() == 7 && pages.iter().all(|ids| *ids == pages[0] && !ids.is_empty()), "{}", reader.name());
    }
}

#[tokio::test]
async fn cursor_loops() {
    let sandbox = troubled("cursor-loops").await;
    for reader in readers(&sandbox, &Catalog::default()).await {
        let pages = pages(&reader, 7).await;
        assert_eq!(pages.len(), 7, "{}", reader.name());
        let all: BTreeSet<&String> = pages.iter().flatten().collect();
        let one_page = counted(&reader) || reader.most().is_none();
        assert!(pages[0] == pages[2] && (one_page || all.len() == 20), "{}: {}", reader.name(), all.len());
    }
}

#[tokio::test]
async fn record_without_id_and_record_twice() {
    let sandbox = troubled("record-without-id").await;
    for reader in readers(&sandbox, &Catalog::default()).await {
        let page = reader.page(&reader.first(None), 0, None).await;
        let without = |record: &Value| super::record_reader::at(record, &reader.load.key).is_none();
        assert_eq!(page.records.iter().position(without), Some(1), "{}", reader.name());
        assert_eq!(page.records.iter().filter(|record| without(record)).count(), 1);
    }
    let sandbox = troubled("record-twice").await;
    for reader in readers(&sandbox, &Catalog::default()).await {
        for ids in pages(&reader, 3).await.iter().filter(|ids| !ids.is_empty()) {
            assert!(ids[0] == ids[1] && ids[1] != ids[2], "{}: {ids:?}", reader.name());
        }
    }
}

#[tokio::test]
async fn total_lies() {
    let sandbox = troubled("total-lies").await;
    let mut lies = 0;
    for reader in readers(&sandbox, &Catalog::default()).await {
        let Some(total) = &reader.load.total else { continue };
        let page = reader.page(&reader.first(None), 0, None).await;
        assert_eq!(super::record_reader::at(&page.json, total), Some(&400.into()), "{}", reader.name());
        assert_eq!(reader.ids().await.len(), 40);
        lies += 1;
    }
    assert!(lies >= 4, "{lies}");
}

#[tokio::test]
async fn page_cut_and_page_broken_off() {
    let sandbox = troubled("page-cut").await;
    for reader in readers(&sandbox, &Catalog::default()).await {
        let reply = reader.ask(&reader.first(None)).await.unwrap();
        assert_eq!(reply.header("content-length").unwrap(), reply.body.len().to_string());
        assert!(reply.body.len() > 100 && serde_json::from_slice::<Value>(&reply.body).is_err(), "{}", reader.name());
    }
    let sandbox = troubled("page-broken-off").await;
    for reader in readers(&sandbox, &Catalog::default()).await {
        // Chunked encoding, and the last chunk never arrives.
        let whole = reader.ask(&reader.first(None)).await.is_ok_and(|reply| reply.body.ends_with(b"0\r\n\r\n"));
        assert!(!whole, "{}", reader.name());
    }
}

#[tokio::test]
async fn record_huge_and_deep_nesting() {
    let sandbox = troubled("record-huge").await;
    let catalog = Catalog::default();
    let okta = reader(&sandbox, &catalog, "okta", "users").await;
    let reply = okta.ask(&okta.first(Some(1))).await.unwrap();
    assert!(reply.body.len() > 50_000_000 && reply.json()[0]["notes"].as_str().unwrap().len() == 50_000_000);
    let sandbox = troubled("deep-nesting").await;
    let zoom = reader(&sandbox, &catalog, "zoom", "users").await;
    let reply = zoom.ask(&zoom.first(Some(1))).await.unwrap();
    assert!(reply.text().contains(&"[".repeat(100_000)) && serde_json::from_slice::<Value>(&reply.body).is_err());
    let second = zoom.ask(&zoom.first(None)).await.unwrap();
    assert_eq!(second.text().matches("nested").count(), 1);
}

#[tokio::test]
async fn formulas() {
    let sandbox = troubled("formulas").await;
    let catalog = Catalog::default();
    let rows = [("manageengine", "ec-computers", "/resource_name"), ("okta", "users", "/profile/firstName")];
    for (provider, load, field) in rows {
        let reader = reader(&sandbox, &catalog, provider, load).await;
        let page = reader.page(&reader.first(Some(5)), 0, Some(5)).await;
        let names = page.records.iter().map(|record| record.pointer(field).and_then(Value::as_str).unwrap());
        let begin: String = names.map(|name| name.chars().next().unwrap()).collect();
        assert_eq!(begin, "=+-@\t", "{provider}");
    }
}

#[tokio::test]
async fn page_hiccup_and_page_throttled() {
    for (mode, status, every) in [("page-hiccup", 503, 3), ("page-throttled", 429, 4)] {
        let sandbox = troubled(mode).await;
        let catalog = Catalog::default();
        let okta = reader(&sandbox, &catalog, "okta", "users").await;
        let mut url = okta.first(Some(5));
        let (mut ids, mut failures) = (BTreeSet::new(), 0);
        for asked in 1..=20 {
            let reply = okta.ask(&url).await.unwrap();
            if reply.status == status {
                assert!(asked % every == 0 && reply.header("retry-after") == Some("1"), "{mode}: {asked}");
                failures += 1;
                continue;
            }
            let page = okta.read(reply, &url, 0, None);
            ids.extend(page.records.iter().map(|record| okta.id(record)));
            let Some(next) = page.next else { break };
            url = next;
        }
        assert!(ids.len() == 40 && failures >= 2, "{mode}: {} {failures}", ids.len());
        // Each page fails only once, however often it is requested.
        let mut statuses = Vec::new();
        for _ in 0..40 {
            statuses.push(okta.ask(&okta.first(Some(7))).await.unwrap().status);
        }
        assert_eq!(statuses.iter().filter(|one| **one == status).count(), 1, "{mode}");
    }
}

#[tokio::test]
async fn next_elsewhere() {
    let sandbox = troubled("next-elsewhere").await;
    let mut astray = 0;
    for reader in readers(&sandbox, &Catalog::default()).await {
        let page = reader.page(&reader.first(Some(2)), 0, Some(2)).await;
        if matches!(reader.load.paging, Paging::NextUrl { .. } | Paging::Link { .. }) {
            let host = page.next.as_ref().and_then(|url| url.host_str()).map(str::to_owned);
            // One load has no limit parameter, and returns all records at once.
            assert!(host.as_deref() == Some("evil.invalid") || reader.most().is_none(), "{}", reader.name());
            astray += usize::from(host.is_some());
        } else if let Some(next) = page.json["paging"]["next"].as_str() {
            assert!(next.starts_with("https://evil.invalid/api/v1/mdm/devices?limit=2&offset=2"), "{next}");
            astray += 1;
        }
    }
    assert_eq!(astray, 5);
}

#[tokio::test]
async fn empty_pages() {
    let sandbox = troubled("empty-pages").await;
    for reader in readers(&sandbox, &Catalog::default()).await {
        let pages = reader.pages(Some(10), 7).await;
        let records: usize = pages.iter().map(|page| page.records.len()).sum();
        if counted(&reader) {
            assert_eq!(records, 40, "{}", reader.name());
            continue;
        }
        let next: BTreeSet<String> = pages.iter().map(|page| page.next.as_ref().unwrap().to_string()).collect();
        assert_eq!((records, next.len()), (0, 7), "{}", reader.name());
    }
}

#[tokio::test]
async fn not_subscribed_and_api_html() {
    let catalog = Catalog::default();
    let rows = [
        ("not-subscribed-mdm", "mdm-devices", 403, "COM0013"),
        ("not-subscribed-sdp", "sdp-assets", 404, "4007"),
        ("not-subscribed-ec", "ec-computers", 404, "<html>"),
    ];
    for (mode, load, status, word) in rows {
        let sandbox = troubled(mode).await;
        for (_, other, ..) in rows {
            let reader = reader(&sandbox, &catalog, "manageengine", other).await;
            let reply = reader.ask(&reader.first(None)).await.unwrap();
            let wanted = if other == load { status } else { 200 };
            assert_eq!(reply.status, wanted, "{mode}: {other}");
            assert!(other != load || reply.text().contains(word), "{mode}");
        }
    }
    let sandbox = troubled("api-html").await;
    for reader in readers(&sandbox, &catalog).await {
        let reply = reader.ask(&reader.first(None)).await.unwrap();
        assert_eq!((reply.status, reply.header("content-type")), (200, Some("text/html;charset=UTF-8")));
        assert!(reply.text().contains("type=password"));
    }
}
