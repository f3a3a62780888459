//! Records, page by page: every load of the catalog, read as the catalog describes it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use credenza::catalog::{Catalog, Origin, Paging};
use credenza::sandbox::{Consent, Options, RecordSet, Response, Sandbox};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

use super::record_reader::{Reader, at, reader, readers, text};
use super::wire::{SCOPES, US, get, sandbox, send, tokens};

#[tokio::test]
async fn every_load_gives_each_record_once() {
    let (sandbox, _) = sandbox().await;
    let catalog = Catalog::default();
    let readers = readers(&sandbox, &catalog).await;
    assert!(readers.len() >= 14, "{}", readers.len());
    for records in [0, 1, 3, 257] {
        sandbox.script().records(records);
        for reader in &readers {
            let pages = reader.pages(reader.most(), 100).await;
            for page in &pages {
                is_as_the_catalog_says(reader, &page.json, &page.records, records);
            }
            let ids: Vec<String> = pages.iter().flat_map(|page| &page.records).map(|one| reader.id(one)).collect();
            assert_eq!(ids.len() as u64, records, "{}", reader.name());
            assert_eq!(ids.iter().collect::<BTreeSet<_>>().len(), ids.len(), "{}", reader.name());
        }
    }
}

fn is_as_the_catalog_says(reader: &Reader<'_>, json: &Value, records: &[Value], total: u64) {
    let name = reader.name();
    assert!(reader.most().is_none_or(|most| records.len() <= most), "{name}");
    if json.is_null() || (total == 0 && json == &json!({ "devices": [] })) {
        assert!(records.is_empty(), "{name}");
        return;
    }
    match &reader.load.records {
        Some(path) => assert!(at(json, path).is_some_and(Value::is_array), "{name}: {json}"),
        None => assert!(json.is_array(), "{name}"),
    }
    if let Some(path) = &reader.load.total {
        assert_eq!(at(json, path), Some(&json!(total)), "{name}");
    }
    for (path, value) in &reader.load.ok_json {
        assert_eq!(at(json, path).map(text).as_ref(), Some(value), "{name}: {path}");
    }
}

#[tokio::test]
async fn records_look_like_the_provider_s() {
    let (sandbox, _) = sandbox().await;
    let catalog = Catalog::default();
    let rows = [
        ("okta", "users", "/profile/email"),
        ("microsoft-entra", "users", "/userPrincipalName"),
        ("microsoft-entra", "devices", "/operatingSystem"),
        ("microsoft-intune", "devices", "/complianceState"),
        ("jamf-pro", "computers", "/general/name"),
        ("google-workspace", "users", "/name/familyName"),
        ("zoom", "users", "/first_name"),
        ("github", "members", "/login"),
        ("slack", "users", "/profile/display_name"),
        ("jira", "users", "/displayName"),
        ("freshservice", "assets", "/display_id"),
        ("manageengine", "mdm-devices", "/user/user_email"),
        ("manageengine", "sdp-assets", "/product/product_type/name"),
        ("manageengine", "ec-computers", "/managedcomputer.friendly_name"),
    ];
    for (provider, load, field) in rows {
        let reader = reader(&sandbox, &catalog, provider, load).await;
        let page = reader.page(&reader.first(None), 0, None).await;
        for record in &page.records {
            let value = record.pointer(field).unwrap_or_else(|| panic!("{provider}: {record}"));
            assert!(!text(value).contains(['{', '#']), "{value}");
        }
        assert_eq!(page.records.len(), if load == "mdm-devices" { 2 } else { 3 }, "{provider}");
    }
}

#[tokio::test]
async fn who_proves_nothing_gets_no_record() {
    let (sandbox, _) = sandbox().await;
    let catalog = Catalog::default();
    for mut reader in readers(&sandbox, &catalog).await {
        sandbox.script().end_key("dead");
        reader.token = "dead".to_owned();
        let reply = reader.ask(&reader.first(None)).await.unwrap();
        assert_eq!(reply.status, 401, "{}", reader.name());
    }
}

#[tokio::test]
async fn a_limit_is_honored_up_to_the_most() {
    let (sandbox, _) = sandbox().await;
    sandbox.script().records(2_000);
    let catalog = Catalog::default();
    for reader in readers(&sandbox, &catalog).await {
        let Some(most) = reader.most() else { continue };
        for (asked, given) in [(1, 1), (7, 7), (most, most), (most + 1, most), (10_000, most), (0, 1)] {
            let page = reader.page(&reader.first(Some(asked)), 0, Some(asked)).await;
            assert_eq!(page.records.len(), given, "{}: {asked}", reader.name());
        }
        assert_eq!(
            reader.pages(Some(500.min(most)), 1_000).await.iter().map(|page| page.records.len()).sum::<usize>(),
            2_000
        );
    }
}

#[tokio::test]
async fn without_a_limit_pages_are_as_long_as_usual() {
    let (sandbox, _) = sandbox().await;
    sandbox.script().records(2_500);
    let catalog = Catalog::default();
    let intune = reader(&sandbox, &catalog, "microsoft-intune", "devices").await;
    let pages = intune.pages(None, 9).await;
    assert_eq!(pages.iter().map(|page| page.records.len()).collect::<Vec<_>>(), [1_000, 1_000, 500]);
    let next = pages[0].json["@odata.nextLink"].as_str().unwrap();
    assert!(
        next.starts_with("https://graph.microsoft.com/v1.0/deviceManagement/managedDevices?%24skiptoken="),
        "{next}"
    );
}

#[tokio::test]
async fn the_next_page_is_named_where_the_real_provider_is() {
    let (sandbox, _) = sandbox().await;
    sandbox.script().records(5);
    let catalog = Catalog::default();
    let okta = reader(&sandbox, &catalog, "okta", "users").await;
    let page = okta.page(&okta.first(Some(2)), 0, Some(2)).await;
    let links: Vec<_> = page.reply.headers.iter().filter(|(name, _)| name == "link").collect();
    assert!(links.len() == 2 && links[0].1.ends_with("rel=\"self\""), "{links:?}");
    assert!(page.next.unwrap().as_str().starts_with("https://acme.okta.com/api/v1/users?limit=2&after="));
    let github = reader(&sandbox, &catalog, "github", "members").await;
    let pages = github.pages(Some(2), 9).await;
    let at = "https://api.github.com/orgs/acme/members?per_page=2&page=";
    let link = |page: u8, relation: &str| format!("<{at}{page}>; rel=\"{relation}\"");
    let all = [link(1, "prev"), link(3, "next"), link(3, "last"), link(1, "first")].join(", ");
    assert_eq!(pages[1].reply.header("link"), Some(all.as_str()));
    assert_eq!(pages.len(), 3);
}

#[tokio::test]
async fn a_cursor_nobody_gave_and_a_missing_parameter_are_refused() {
    let (sandbox, _) = sandbox().await;
    let catalog = Catalog::default();
    let slack = reader(&sandbox, &catalog, "slack", "users").await;
    let mut url = slack.first(None);
    url.query_pairs_mut().append_pair("cursor", "made up");
    assert_eq!(slack.ask(&url).await.unwrap().status, 400);
    let google = reader(&sandbox, &catalog, "google-workspace", "users").await;
    let mut url = google.first(None);
    url.set_query(None);
    assert_eq!(google.ask(&url).await.unwrap().status, 400);
    // The catalog's test call uses the same URL, and returns one record.
    url.set_query(Some("customer=my_customer&maxResults=1"));
    assert_eq!(google.ask(&url).await.unwrap().json()["users"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn queued_answers_come_in_order_before_the_pages() {
    let (sandbox, _) = sandbox().await;
    let catalog = Catalog::default();
    for reader in readers(&sandbox, &catalog).await {
        sandbox.script().call(Response::status(418));
        sandbox.script().call(Response::status(502));
        let mut statuses = Vec::new();
        for _ in 0..3 {
            statuses.push(reader.ask(&reader.first(None)).await.unwrap().status);
        }
        assert_eq!(statuses, [418, 502, 200], "{}", reader.name());
    }
}

/// The ID of each record, with the rest of the record.
async fn loaded(reader: &Reader<'_>) -> BTreeMap<String, Value> {
    let pages = reader.pages(reader.most(), 100).await;
    pages.into_iter().flat_map(|page| page.records).map(|record| (reader.id(&record), record)).collect()
}

#[tokio::test]
async fn a_later_generation_differs_by_what_the_roster_says() {
    let (sandbox, _) = sandbox().await;
    sandbox.script().records(257);
    let catalog = Catalog::default();
    for reader in readers(&sandbox, &catalog).await {
        sandbox.script().records_changed(0);
        let mut before = loaded(&reader).await;
        for generation in 1..=2 {
            sandbox.script().records_changed(generation);
            let after = loaded(&reader).await;
            let difference = RecordSet::new(257, generation).since(RecordSet::new(257, generation - 1));
            let count = |found: usize| found as u64;
            let added = after.keys().filter(|id| !before.contains_key(*id)).count();
            let gone = before.keys().filter(|id| !after.contains_key(*id)).count();
            let updated = after.iter().filter(|(id, one)| before.get(*id).is_some_and(|old| old != *one)).count();
            let found = (count(added), count(updated), count(gone));
            assert_eq!(found, (difference.added, difference.updated, difference.gone), "{}", reader.name());
            assert_eq!((added, gone), (12, 12));
            assert!((24..=26).contains(&updated), "{updated}");
            before = after;
        }
    }
}

#[tokio::test]
async fn a_million_records_are_there_and_the_last_ids_are_exact() {
    let (sandbox, _) = sandbox().await;
    sandbox.script().mode("records=1000000".parse().unwrap());
    let catalog = Catalog::default();
    let ec = reader(&sandbox, &catalog, "manageengine", "ec-computers").await;
    let mut url = ec.first(Some(100));
    url.query_pairs_mut().append_pair("page", "10000");
    let page = ec.page(&url, 999_900, Some(100)).await;
    assert_eq!(page.json["message_response"]["total"], 1_000_000);
    assert_eq!(page.records[99]["resource_id"], json!(52_549_000_001_197_006_u64));
    assert!(page.reply.text().contains("\"resource_id\":52549000001197006,"));
    let end = ec.page(&page.next.unwrap(), 1_000_000, Some(100)).await;
    assert_eq!((end.reply.status, end.reply.body.len()), (204, 0));
    // A count that is set later takes effect.
    sandbox.script().records(1);
    assert_eq!(ec.ids().await, ["52549000000197007"]);
}

#[tokio::test]
async fn the_three_products_keep_their_manners() {
    let (sandbox, _) = sandbox().await;
    sandbox.script().records(9);
    let (token, _) = tokens(&sandbox, US, SCOPES).await;
    let authorization = format!("Zoho-oauthtoken {token}");
    let ask = async |host: &str, path: &str| {
        send("GET", &sandbox.at(host, path), &[("Authorization", &authorization)], "").await.unwrap()
    };
    let mdm = "mdm.manageengine.com";
    assert_eq!(ask(mdm, "/api/v1/mdm/devices?page=1&size=1").await.status, 400);
    let devices = ask(mdm, "/api/v1/mdm/devices").await.json();
    let is_text: Vec<bool> =
        devices["devices"].as_array().unwrap().iter().map(|one| one["device_id"].is_string()).collect();
    assert_eq!(is_text, [true, true, false, true, true, false, true, true, false]);
    assert_eq!(devices["devices"][2]["device_id"], json!(9_007_199_254_741_995_u64));
    let plain = ask("sdpondemand.manageengine.com", "/api/v3/assets").await;
    let code = plain.json()["response_status"]["messages"][0]["status_code"].clone();
    assert_eq!((plain.status, code), (400, json!(4007)));
    let end = ask("endpointcentral.manageengine.com", "/api/1.4/som/computers?page=2").await;
    assert_eq!((end.status, end.body.len()), (204, 0));
    sandbox.script().records(0);
    assert_eq!(ask(mdm, "/api/v1/mdm/devices").await.text(), r#"{"devices":[]}"#);
}

#[tokio::test]
async fn every_way_of_paging_is_in_the_catalog() {
    let catalog = Catalog::default();
    let ways: BTreeSet<&str> = catalog
        .iter()
        .flat_map(|provider| &provider.loads)
        .map(|load| match load.paging {
            Paging::None => "none",
            Paging::Offset(_) => "offset",
            Paging::Number(_) => "number",
            Paging::Cursor { .. } => "cursor",
            Paging::NextUrl { .. } => "next",
            Paging::Link { .. } => "link",
        })
        .collect();
    assert_eq!(ways.into_iter().collect::<Vec<_>>(), ["cursor", "link", "next", "number", "offset"]);
}

/// Only its catalog file is known about this provider.
const OWN: &str = r#"
schema = 1
id = "own"
name = "Own"
group = "Own"
category = "other"
verification = "unverified"
sources = ["own"]

[auth]
kind = "bearer"

[[load]]
id = "things"
label = "Things"
url = "https://api.own.example/{kind}/things"
parameters = { kind = "Kind" }
records = "answer.things"
key = "meta.id"
total = "answer.total"
ok_json = { "answer.status" = "fine" }
page = { by = "next-url", at = "answer.next", limit = "rows", size = 20 }
"#;

#[tokio::test]
async fn a_load_of_the_user_s_own_is_served_too() {
    let dir = crate::scratch::folder();
    std::fs::write(dir.path().join("own.toml"), OWN).unwrap();
    let (catalog, problems) = Catalog::load(dir.path(), Origin::Internet);
    assert_eq!(problems, []);
    let catalog = Arc::new(catalog);
    let options = Options { catalog: Arc::clone(&catalog), consent: Consent::Accept, ..Options::default() };
    let sandbox = Sandbox::start(options).await.unwrap();
    sandbox.script().records(57);
    let own = reader(&sandbox, &catalog, "own", "things").await;
    let pages = own.pages(own.most(), 9).await;
    assert_eq!(pages.len(), 3);
    for page in &pages {
        is_as_the_catalog_says(&own, &page.json, &page.records, 57);
    }
    assert_eq!(own.ids().await.into_iter().collect::<BTreeSet<_>>().len(), 57);
}

#[tokio::test]
async fn one_connection_carries_many_pages() {
    let (sandbox, _) = sandbox().await;
    let base = sandbox.base();
    let place = (base.host_str().unwrap(), base.port().unwrap());
    let mut stream = TcpStream::connect(place).await.unwrap();
    let request = format!(
        "GET /acme.freshservice.com/api/v2/assets HTTP/1.1\r\nHost: 127.0.0.1:{}\r\nAuthorization: Basic azpY\r\n\r\n",
        place.1
    );
    for _ in 0..3 {
        stream.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"]}") {
            assert_ne!(stream.read_buf(&mut answer).await.unwrap(), 0, "it stays open");
        }
        assert!(answer.starts_with(b"HTTP/1.1 200 OK\r\n"));
    }
}

#[tokio::test]
async fn addresses_of_no_load_are_answered_as_before() {
    let (sandbox, _) = sandbox().await;
    let (token, _) = tokens(&sandbox, US, SCOPES).await;
    // A product is served only on its own hosts.
    let authorization = format!("Zoho-oauthtoken {token}");
    let url = sandbox.at("mdm.manageengine.example", "/api/v1/mdm/devices");
    let reply = send("GET", &url, &[("Authorization", &authorization)], "").await.unwrap();
    assert!(!reply.text().contains("device"), "{}", reply.text());
    assert_eq!(get(&sandbox.at("api.nobody.example", "/nothing/here")).await.status, 404);
}
