//! Sync: the output files, the counts compared with the last run, schedules, pauses, the history.

use std::os::unix::fs::PermissionsExt as _;

use credenza::engine::audit;
use credenza::engine::ops::integrations::sync::{Options, Target};
use credenza::engine::ops::integrations::{self, HealthState, all_health};
use credenza::model::integration::{Format, Schedule, SyncResult, Trigger, parse_fields};
use credenza::problem::Kind;
use credenza::sandbox::RecordSet;
use jiff::SignedDuration;

use super::stage::{ALL, Stage, options};

#[test]
fn three_products_are_written_each_to_a_file_of_ours_alone() {
    let stage = Stage::new();
    stage.sandbox.script().records(130);
    let id = stage.integration("manageengine", &ALL);
    let session = stage.sync(id);
    assert_eq!((session.result, session.number), (Some(SyncResult::Completed), 1), "{session:?}");
    for (load, part) in ALL.iter().zip(&session.parts) {
        let path = stage.out().join(format!("{load}.ndjson"));
        assert_eq!(part.file.as_deref(), path.to_str());
        assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o600);
        assert_eq!((stage.records(load).len(), part.counts.records, part.counts.added), (130, 130, 130), "{load}");
    }
    let first = stage.text("ec-computers.ndjson");
    assert!(first.starts_with(r#"{"resource_id":52549000000197007,"#), "digits and order stay: {}", &first[..80]);
    let names: Vec<_> = std::fs::read_dir(stage.out()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
    assert_eq!(names.len(), 3, "nothing else is left: {names:?}");
}

#[test]
fn changes_since_the_last_run_are_counted_by_id() {
    let stage = Stage::new();
    let id = stage.integration("manageengine", &["ec-computers"]);
    stage.sandbox.script().records(1_000);
    stage.sync(id);
    let again = stage.sync(id).counts();
    assert_eq!((again.added, again.updated, again.skipped, again.gone), (0, 0, 1_000, 0));
    for generation in 1..=3 {
        stage.sandbox.script().records_changed(generation);
        let counts = stage.sync(id).counts();
        let wanted = RecordSet::new(1_000, generation).since(RecordSet::new(1_000, generation - 1));
        let found = (counts.added, counts.updated, counts.gone);
        assert_eq!(found, (wanted.added, wanted.updated, wanted.gone), "generation {generation}");
        assert_eq!(counts.added + counts.updated + counts.skipped, 1_000);
        assert_eq!(stage.records("ec-computers").len(), 1_000);
    }
}

#[test]
fn fields_are_chosen_and_renamed_and_csv_is_safe_for_a_spreadsheet() {
    let stage = Stage::new();
    stage.mode("formulas");
    stage.sandbox.script().records(10);
    let id = stage.integration("manageengine", &["mdm-devices"]);
    stage.edit(id, |setup| {
        setup.format = Format::Csv;
        let fields = parse_fields("device_id=id,device_name=name,user.user_email=mail").unwrap();
        setup.fields.insert("mdm-devices".to_owned(), fields);
    });
    assert_eq!(stage.sync(id).result, Some(SyncResult::Completed));
    let text = stage.text("mdm-devices.csv");
    let mut reader = csv::Reader::from_reader(text.as_bytes());
    assert_eq!(reader.headers().unwrap(), vec!["id", "name", "mail"]);
    let names: Vec<String> = reader.records().map(|row| row.unwrap()[1].to_owned()).collect();
    assert_eq!(names.len(), 10);
    assert!(names.iter().any(|name| name.starts_with("'=")), "{names:?}");
    assert!(names.iter().all(|name| !name.starts_with(['=', '+', '-', '@', '\t'])), "{names:?}");
}

#[test]
fn a_mapping_that_names_missing_fields_is_told_and_the_rest_is_written() {
    let stage = Stage::new();
    let id = stage.integration("manageengine", &["mdm-devices"]);
    stage.edit(id, |setup| {
        setup.fields.insert("mdm-devices".to_owned(), parse_fields("device_id,serial,nothing.here").unwrap());
    });
    let tested = stage.test(id);
    assert_eq!(tested.loads[0].sample.as_ref().unwrap().missing, ["serial", "nothing.here"]);
    let session = stage.sync(id);
    assert_eq!(session.result, Some(SyncResult::CompletedWithErrors), "{session:?}");
    assert_eq!(session.first_problem().unwrap().what, "No record has the fields: serial, nothing.here.");
    let wanted = r#"{"device_id":"9007199254741993","serial":null,"nothing.here":null}"#;
    assert_eq!(stage.text("mdm-devices.ndjson").lines().next(), Some(wanted));
}

#[test]
fn a_stream_gets_all_records_or_none() {
    let stage = Stage::new();
    stage.sandbox.script().records(250);
    let id = stage.integration("manageengine", &ALL);
    let (read, write) = std::io::pipe().unwrap();
    let reading = std::thread::spawn(|| std::io::read_to_string(read).unwrap());
    let only = Some("ec-computers".to_owned());
    let session = stage.sync_as(id, Options { only, target: Target::writer(write), ..options() }).unwrap();
    assert_eq!((session.parts.len(), session.counts().records), (1, 250));
    assert_eq!(reading.join().unwrap().lines().count(), 250);
    assert!(!stage.out().exists());
    let mixed = stage.sync_as(id, Options { target: Target::writer(std::io::sink()), ..options() });
    assert_eq!(mixed.unwrap_err().kind, Kind::Usage, "kinds are not mixed in one stream");
}

#[test]
fn filters_and_portals_are_part_of_what_is_asked() {
    let stage = Stage::new();
    let id = stage.integration("manageengine", &["mdm-devices", "sdp-portal-assets"]);
    stage.edit(id, |setup| {
        setup.parameters.insert("platform".to_owned(), "ios & more".to_owned());
        setup.parameters.insert("portal".to_owned(), "it/help".to_owned());
    });
    stage.sandbox.forget_seen();
    stage.sync(id);
    let seen = stage.sandbox.seen();
    assert!(seen.iter().any(|seen| seen.query("platform") == Some("ios & more")), "{seen:?}");
    assert!(seen.iter().any(|seen| seen.path == "/app/it%2Fhelp/api/v3/assets"), "a value is no path");
}

#[test]
fn what_is_due_runs_and_what_is_paused_rests() {
    let stage = Stage::new();
    let id = stage.integration("manageengine", &["mdm-devices"]);
    let due = || integrations::due(&stage.session).unwrap().len();
    assert_eq!(due(), 0, "by hand");
    stage.edit(id, |setup| setup.schedule = Schedule::Every(60));
    assert_eq!(due(), 1, "never run");
    let session = stage.sync_as(id, Options { trigger: Trigger::Schedule, ..options() }).unwrap();
    assert_eq!((session.trigger, due()), (Trigger::Schedule, 0));
    stage.clock.set(stage.clock.now() + SignedDuration::from_mins(61));
    assert_eq!(due(), 1);
    integrations::pause(&stage.session, id, true).unwrap();
    assert_eq!(due(), 0);
    let health = || all_health(&stage.session).unwrap().remove(0);
    assert_eq!((health().state, health().next), (HealthState::Paused, None));
    integrations::pause(&stage.session, id, false).unwrap();
    assert_eq!((health().state, due()), (HealthState::Active, 1));
    stage.clock.set(stage.clock.now() - SignedDuration::from_hours(24));
    assert_eq!(due(), 0, "a clock that was set back makes nothing due");
}

#[test]
fn the_history_keeps_every_run_with_its_errors_and_no_secret() {
    let stage = Stage::new();
    let id = stage.integration("manageengine", &["mdm-devices", "sdp-assets"]);
    stage.sync(id);
    stage.sandbox.reject_access_tokens();
    let failed = stage.sync(id);
    assert_eq!((failed.number, failed.result), (2, Some(SyncResult::Failed)));
    let credential = stage.vault().snapshot().unwrap().credentials.list[0].clone();
    stage.sign_in_again(credential.id);
    stage.sync(id);
    let sessions = integrations::sessions(&stage.session, id).unwrap();
    let words: Vec<&str> = sessions.iter().map(|session| session.result.unwrap().word()).collect();
    assert_eq!(words, ["Completed", "Failed", "Completed"]);
    let kept = std::fs::read_to_string(stage.session.workspace.paths.state().join(format!("sync/{id}/sessions.jsonl")));
    let kept = kept.unwrap();
    let tokens = credential.tokens.clone().unwrap();
    assert!(!kept.contains(tokens.access.expose()) && !kept.contains(tokens.refresh.unwrap().expose()));
    let lines = audit::lines(&stage.session.workspace, Some(credential.id), 100).unwrap();
    assert_eq!(lines.iter().filter(|line| line.action == "sync").count(), 3, "each run is in the audit log");
}

#[test]
fn an_integration_that_is_deleted_and_brought_back_has_its_history() {
    let stage = Stage::new();
    let id = stage.integration("manageengine", &["mdm-devices"]);
    stage.sync(id);
    integrations::delete(&stage.session, id).unwrap();
    assert!(integrations::find(&stage.session, &id.to_string()).is_err());
    credenza::engine::ops::credentials::undo(&stage.session).unwrap();
    assert_eq!(integrations::sessions(&stage.session, id).unwrap().len(), 1);
    let counts = stage.sync(id).counts();
    assert_eq!((counts.added, counts.skipped), (2, 0), "what it had seen went with it");
}

#[test]
fn the_programs_own_folders_take_no_records_also_behind_a_link() {
    let stage = Stage::new();
    let id = stage.integration("manageengine", &["mdm-devices"]);
    let paths = &stage.session.workspace.paths;
    let link = stage.folder.path().join("link");
    std::os::unix::fs::symlink(paths.data(), &link).unwrap();
    for own in [paths.data().to_owned(), paths.backups(), paths.state().join("sync"), link.join("below")] {
        let one = integrations::find(&stage.session, &id.to_string()).unwrap();
        let mut setup = one.setup.clone();
        setup.folder = own.to_str().unwrap().to_owned();
        let draft = integrations::Draft { name: one.name.to_string(), provider: one.provider.clone(), setup };
        let base = integrations::IntegrationBase::of(&one);
        let problem = credenza::problem::Problem::from(integrations::edit(&stage.session, &base, draft).unwrap_err());
        assert!(
            problem.kind == Kind::Refused && problem.what.contains("is a folder that Credenza uses itself"),
            "{problem}"
        );
    }
}

#[test]
fn a_folder_that_earlier_runs_wrote_to_is_not_made_anew() {
    let stage = Stage::new();
    stage.sandbox.script().records(5);
    let id = stage.integration("manageengine", &["mdm-devices"]);
    assert_eq!(stage.sync(id).result, Some(SyncResult::Completed), "the first run makes it");
    std::fs::rename(stage.out(), stage.folder.path().join("unmounted")).unwrap();
    let calls = stage.calls();
    let problem = stage.sync(id).problem.unwrap();
    assert!(problem.what.contains("out is missing") && problem.why.contains("not mounted"), "{problem:?}");
    assert!(!stage.out().exists() && stage.calls() == calls, "nothing was asked or made");
    std::fs::create_dir(stage.out()).unwrap();
    assert_eq!(stage.sync(id).result, Some(SyncResult::Completed));
}

#[test]
fn a_folder_that_all_can_write_to_is_told() {
    let stage = Stage::new();
    stage.sandbox.script().records(5);
    let id = stage.integration("manageengine", &["mdm-devices"]);
    std::fs::create_dir(stage.out()).unwrap();
    let remarks = |mode: u32| {
        std::fs::set_permissions(stage.out(), std::fs::Permissions::from_mode(mode)).unwrap();
        stage.sync(id).parts[0].remarks.join(" ")
    };
    assert!(remarks(0o777).contains("All users of this machine can write to"));
    for fine in [0o755, 0o1777, 0o775] {
        assert!(!remarks(fine).contains("All users"), "{fine:o}");
    }
}
