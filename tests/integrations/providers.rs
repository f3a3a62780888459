//! Every kind of record that the catalog can load, from the sandbox's pages to the output file.

use std::collections::BTreeSet;

use credenza::catalog::Catalog;
use credenza::model::integration::SyncResult;
use serde_json::Value;

use super::stage::Stage;

#[test]
fn every_load_of_every_provider_is_tested_and_synced_whole() {
    let stage = Stage::new();
    stage.sandbox.script().records(257);
    let catalog = Catalog::default();
    let mut providers = BTreeSet::new();
    for provider in catalog.iter().filter(|provider| !provider.loads.is_empty()) {
        let credential = stage.credential(&provider.id, &provider.id);
        for load in &provider.loads {
            let id = stage.integration_with(&provider.id, &[&load.id], |setup| {
                setup.credential = Some(credential);
                setup.folder = format!("{}/{}", setup.folder, provider.id);
            });
            let tested = stage.test(id);
            let one = &tested.loads[0];
            assert!(tested.passed(), "{} {}: {:?}", provider.id, load.id, one.failed);
            let sample = one.sample.as_ref().unwrap();
            assert!(sample.count > 0 && sample.fields.iter().any(|field| field.path == load.key), "{sample:?}");
            let session = stage.sync(id);
            assert_eq!(session.result, Some(SyncResult::Completed), "{} {}: {session:?}", provider.id, load.id);
            assert_eq!((session.counts().records, session.counts().added), (257, 257), "{} {}", provider.id, load.id);
            let text = stage.text(&format!("{}/{}.ndjson", provider.id, load.id));
            let ids: BTreeSet<String> = text.lines().map(|line| id_of(line, &load.key)).collect();
            assert_eq!(ids.len(), 257, "{} {}", provider.id, load.id);
        }
        providers.insert(provider.group.clone());
    }
    assert!(providers.len() >= 10, "{providers:?}");
}

fn id_of(line: &str, key: &str) -> String {
    let record: Value = serde_json::from_str(line).unwrap();
    let value = record.get(key).cloned().or_else(|| record.pointer(&format!("/{}", key.replace('.', "/"))).cloned());
    value.unwrap_or_else(|| panic!("{key}: {line}")).to_string()
}

#[test]
fn the_token_goes_in_the_header_the_provider_wants() {
    let stage = Stage::new();
    for (provider, load, header, value) in [
        ("manageengine", "mdm-devices", "authorization", "Zoho-oauthtoken "),
        ("okta", "users", "authorization", "Bearer "),
        ("freshservice", "assets", "authorization", "Basic "),
    ] {
        let id = stage.integration(provider, &[load]);
        stage.sandbox.forget_seen();
        assert!(stage.test(id).passed(), "{provider}");
        let seen = stage.sandbox.seen();
        let sent = seen.last().unwrap().header(header).unwrap().to_owned();
        assert!(sent.starts_with(value), "{provider}: {}", &sent[..8]);
        let shown = stage.test(id).loads[0].request.clone().unwrap();
        let concealed = shown.headers.iter().find(|(name, _)| name.eq_ignore_ascii_case(header)).unwrap();
        assert_eq!(concealed.1, format!("{value}••••••••"), "{provider}");
    }
}
