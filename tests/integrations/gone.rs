//! A run succeeds but finds far fewer records than before: the output file is kept until the user accepts the change.

use credenza::engine::ops::integrations::sync::{Options, verdict};
use credenza::model::integration::{PartResult, SyncResult, SyncSession};
use credenza::problem::NextStep;

use super::stage::{Stage, options};

/// A stage whose output file has `before` records, while the provider now has only `after`.
fn shrunk(before: u64, after: u64) -> (Stage, credenza::model::integration::IntegrationId) {
    let stage = Stage::new();
    stage.sandbox.script().records(before);
    let id = stage.integration("manageengine", &["mdm-devices"]);
    assert_eq!(stage.sync(id).result, Some(SyncResult::Completed));
    stage.sandbox.script().records(after);
    (stage, id)
}

fn is_kept(session: &SyncSession) -> bool {
    session.parts[0].result == PartResult::Withheld
}

#[test]
fn all_records_or_many_that_are_gone_are_a_persons_decision() {
    for (before, after, kept) in [
        (12, 0, true),
        (300, 0, true),
        (300, 260, true),
        (110, 99, false),
        (111, 99, true),
        (300, 270, false),
        (10, 0, true),
        (10, 1, false),
        (1, 0, true),
        (11, 0, true),
        (300, 299, false),
    ] {
        let (stage, id) = shrunk(before, after);
        let lines = || stage.text("mdm-devices.ndjson").lines().count() as u64;
        let session = stage.sync(id);
        assert_eq!(is_kept(&session), kept, "{before} to {after}: {session:?}");
        assert_eq!(lines(), if kept { before } else { after }, "{before} to {after}");
        if kept {
            assert_eq!(session.result, Some(SyncResult::CompletedWithErrors), "exit code 1");
            assert_eq!(verdict(&session).unwrap(), SyncResult::CompletedWithErrors);
            let part = &session.parts[0];
            assert_eq!((part.counts.records, part.counts.gone, &part.file), (after, before - after, &None));
            let said = part.problem.as_ref().unwrap();
            assert!(said.what.contains(&format!("{} of {before} records are gone", before - after)), "{said:?}");
            assert!(matches!(said.step, Some(NextStep::AcceptGone { .. })), "{said:?}");
        }
    }
}

#[test]
fn what_was_kept_back_is_asked_for_anew_and_compared_with_the_same_file() {
    let (stage, id) = shrunk(100, 20);
    for _ in 0..2 {
        let calls = stage.calls();
        let session = stage.sync(id);
        assert!(is_kept(&session) && stage.calls() > calls && !session.parts[0].resumed, "{session:?}");
    }
    stage.sandbox.script().records(100);
    let healed = stage.sync(id);
    assert_eq!((healed.result, healed.counts().skipped), (Some(SyncResult::Completed), 100), "{healed:?}");
}

#[test]
fn it_is_accepted_once_or_always() {
    let (stage, id) = shrunk(100, 20);
    let accepted = stage.sync_as(id, Options { accept_gone: true, ..options() }).unwrap();
    assert_eq!((accepted.result, accepted.counts().gone), (Some(SyncResult::Completed), 80), "{accepted:?}");
    assert_eq!(stage.records("mdm-devices").len(), 20);
    stage.sandbox.script().records(1);
    assert!(is_kept(&stage.sync(id)), "once is once");
    stage.edit(id, |setup| setup.accept_gone = true);
    assert_eq!(stage.sync(id).result, Some(SyncResult::Completed));
    assert_eq!(stage.records("mdm-devices").len(), 1);
}

#[test]
fn another_query_is_never_kept_back_and_another_form_is_no_other_query() {
    let (stage, id) = shrunk(100, 20);
    stage.edit(id, |setup| {
        let fields = credenza::model::integration::parse_fields("device_id").unwrap();
        setup.fields.insert("mdm-devices".to_owned(), fields);
    });
    assert!(is_kept(&stage.sync(id)), "which fields are kept does not decide which records there are");
    stage.edit(id, |setup| setup.parameters.insert("platform".to_owned(), "ios".to_owned()).map_or((), drop));
    let filtered = stage.sync(id);
    assert_eq!((filtered.result, filtered.counts().records), (Some(SyncResult::Completed), 20), "{filtered:?}");
    stage.sandbox.script().records(0);
    assert!(is_kept(&stage.sync(id)), "the filter is the same as at the last run");
    stage.edit(id, |setup| setup.credential = Some(stage.credential("manageengine", "another account")));
    assert_eq!(stage.sync(id).counts().records, 0, "another account has other records");
}

#[test]
fn one_kind_that_is_kept_back_holds_up_no_other() {
    let stage = Stage::new();
    stage.sandbox.script().records(50);
    let id = stage.integration("manageengine", &["mdm-devices", "ec-computers"]);
    stage.sync(id);
    stage.sandbox.script().call(credenza::sandbox::Response::json(&serde_json::json!({ "devices": null })));
    let session = stage.sync(id);
    assert_eq!(session.parts[0].result, PartResult::Withheld, "{session:?}");
    assert_eq!((session.parts[1].result, session.parts[1].counts.skipped), (PartResult::Done, 50), "{session:?}");
    assert_eq!(stage.records("mdm-devices").len(), 50);
}
