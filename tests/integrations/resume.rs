//! A run that was canceled, failed or was killed resumes where it stopped, with every record exactly once.

use std::collections::BTreeSet;

use credenza::engine::ops::integrations::sync::{Options, Report};
use credenza::engine::ops::integrations::{self, HealthState, all_health};
use credenza::model::integration::{SyncResult, SyncSession};
use credenza::problem::Kind;
use credenza::records::RunDir;
use credenza::sandbox::Response;
use jiff::SignedDuration;

use super::stage::{Stage, options};

fn each_once(stage: &Stage, load: &str, records: usize) {
    let all = stage.records(load);
    let ids: BTreeSet<String> = all.iter().map(|record| record["resource_id"].to_string()).collect();
    assert_eq!((all.len(), ids.len()), (records, records));
}

/// Runs a sync and cancels it after this many pages.
fn canceled_after(stage: &Stage, id: credenza::model::integration::IntegrationId, pages: u64) -> SyncSession {
    let session = stage.sync_watched(id, options(), |report, cancel| {
        if matches!(report, Report::Page { pages: read, .. } if *read >= pages) {
            let _ = cancel.send(true);
        }
    });
    session.unwrap()
}

#[test]
fn a_run_that_is_canceled_keeps_what_it_read_and_writes_nothing() {
    let stage = Stage::new();
    stage.sandbox.script().records(30_000);
    let id = stage.integration("manageengine", &["ec-computers"]);
    let session = canceled_after(&stage, id, 20);
    assert_eq!(session.result, Some(SyncResult::Canceled));
    assert!(session.counts().records >= 2_000 && session.counts().records < 30_000, "{session:?}");
    assert!(!stage.out().join("ec-computers.ndjson").exists());
    let before = stage.calls();
    let session = stage.sync(id);
    assert!(session.parts[0].resumed && session.result == Some(SyncResult::Completed), "{session:?}");
    assert!(stage.calls() - before <= 301 - 20, "it did not ask for all pages again");
    each_once(&stage, "ec-computers", 30_000);
    assert_eq!(session.counts().added, 30_000, "counted over both runs");
}

#[test]
fn a_run_that_failed_goes_on_behind_the_last_whole_page() {
    let stage = Stage::new();
    // More pages than may be read before their reports are processed.
    stage.sandbox.script().records(5_000);
    let id = stage.integration("manageengine", &["ec-computers"]);
    stage.sync(id);
    // Three pages succeed, then the API fails permanently.
    let mut pages = 0;
    let session = stage.sync_watched(id, options(), |report, _| {
        if let Report::Page { pages: read, .. } = report
            && *read == 3
            && pages == 0
        {
            pages = *read;
            (0..20).for_each(|_| stage.sandbox.script().call(Response::html("<h1>down</h1>").with_status(500)));
        }
    });
    let session = session.unwrap();
    assert_eq!(session.result, Some(SyncResult::Failed), "{session:?}");
    each_once(&stage, "ec-computers", 5_000);
    stage.sandbox.script().clear();
    let session = stage.sync(id);
    assert!(session.parts[0].resumed, "{session:?}");
    assert_eq!((session.counts().skipped, session.counts().gone), (5_000, 0), "compared with the last complete run");
    each_once(&stage, "ec-computers", 5_000);
}

#[test]
fn a_run_is_begun_anew_when_it_is_old_or_of_something_else_or_told_so() {
    for (what, change) in [("fresh", 0), ("old", 1), ("another credential", 2), ("other fields", 3)] {
        let stage = Stage::new();
        stage.sandbox.script().records(5_000);
        let id = stage.integration("manageengine", &["ec-computers"]);
        canceled_after(&stage, id, 5);
        match change {
            1 => {
                stage.clock.set(stage.clock.now() + SignedDuration::from_hours(25));
            }
            2 => {
                let other = stage.credential("manageengine", "Another");
                integrations::choose_credential(&stage.session, id, other).unwrap();
            }
            3 => stage.edit(id, |setup| {
                let fields = credenza::model::integration::parse_fields("resource_id").unwrap();
                setup.fields.insert("ec-computers".to_owned(), fields);
            }),
            _ => {}
        }
        let session = stage.sync_as(id, Options { fresh: change == 0, ..options() }).unwrap();
        assert_eq!((session.result, session.parts[0].resumed), (Some(SyncResult::Completed), false), "{what}");
        each_once(&stage, "ec-computers", 5_000);
    }
}

#[test]
fn what_was_read_is_written_out_later_without_asking_again() {
    let stage = Stage::new();
    stage.sandbox.script().records(300);
    let id = stage.integration("manageengine", &["ec-computers"]);
    // A folder is in place of the output file, which is noticed only after everything was read.
    std::fs::create_dir_all(stage.out().join("ec-computers.ndjson")).unwrap();
    let session = stage.sync(id);
    assert_eq!((session.result, session.first_problem().unwrap().kind.as_str()), (Some(SyncResult::Failed), "refused"));
    std::fs::remove_dir(stage.out().join("ec-computers.ndjson")).unwrap();
    let before = stage.calls();
    let session = stage.sync(id);
    assert_eq!((session.result, stage.calls()), (Some(SyncResult::Completed), before), "{session:?}");
    each_once(&stage, "ec-computers", 300);
}

#[test]
fn two_runs_of_one_integration_do_not_overlap() {
    let stage = Stage::new();
    stage.sandbox.script().records(5_000);
    let id = stage.integration("manageengine", &["ec-computers"]);
    let place = RunDir::of(&stage.session.workspace.paths, id);
    let mut other = None;
    let session = stage.sync_watched(id, options(), |report, _| {
        if matches!(report, Report::Page { .. }) && other.is_none() {
            other = Some((place.lock().unwrap().is_none(), all_health(&stage.session).unwrap().remove(0).state));
        }
    });
    assert_eq!(session.unwrap().result, Some(SyncResult::Completed));
    assert_eq!(other, Some((true, HealthState::Running)));
    let _held = place.lock().unwrap().unwrap();
    let problem = stage.sync_as(id, options()).unwrap_err();
    assert_eq!(problem.kind, Kind::Temporary, "{problem}");
    assert!(problem.what.contains("is already syncing"), "{problem}");
    assert_eq!(integrations::delete(&stage.session, id).unwrap_err().kind, Kind::Temporary);
}

#[test]
fn a_run_whose_process_died_is_told_as_failed() {
    let stage = Stage::new();
    let id = stage.integration("manageengine", &["ec-computers"]);
    let mut session = stage.sync(id);
    (session.number, session.result, session.ended) = (2, None, None);
    let place = RunDir::of(&stage.session.workspace.paths, id);
    place.note_running(&session).unwrap();
    let last = integrations::sessions(&stage.session, id).unwrap().pop().unwrap();
    assert_eq!((last.number, last.result), (2, Some(SyncResult::Failed)));
    assert!(last.problem.unwrap().why.contains("was killed"));
    assert_eq!(place.last_session().unwrap().unwrap().number, 2, "the table says the same");
    assert_eq!(stage.sync(id).number, 3);
    assert_eq!(integrations::sessions(&stage.session, id).unwrap().len(), 3);
    assert_eq!(place.last_session().unwrap().unwrap().number, 3);
}

#[test]
fn an_index_that_is_damaged_costs_no_record() {
    let stage = Stage::new();
    stage.sandbox.script().records(300);
    let id = stage.integration("manageengine", &["ec-computers"]);
    stage.sync(id);
    let index = stage.session.workspace.paths.state().join(format!("sync/{id}/ec-computers.redb"));
    for damage in [b"no database".to_vec(), vec![0; 4 << 10], Vec::new()] {
        std::fs::write(&index, damage).unwrap();
        let session = stage.sync(id);
        assert_eq!(session.result, Some(SyncResult::Completed), "{session:?}");
        each_once(&stage, "ec-computers", 300);
    }
}
