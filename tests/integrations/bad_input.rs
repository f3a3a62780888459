//! Invalid folders, hosts, credentials and names: reported before anything is lost.

use std::os::unix::fs::symlink;

use credenza::engine::ops::credentials;
use credenza::engine::ops::integrations::sync::{Options, Report};
use credenza::engine::ops::integrations::{self, Draft, HealthState, all_health};
use credenza::model::integration::{IntegrationSetup, SyncResult, SyncSession};
use credenza::problem::{Kind, NextStep, Problem};

use super::stage::{Stage, options};

fn kind(session: &SyncSession) -> &str {
    &session.first_problem().unwrap_or_else(|| panic!("{session:?}")).kind
}

#[test]
fn nothing_is_written_through_a_link() {
    let stage = Stage::new();
    let id = stage.integration("manageengine", &["mdm-devices"]);
    let elsewhere = stage.folder.path().join("elsewhere");
    std::fs::create_dir(&elsewhere).unwrap();
    symlink(&elsewhere, stage.out()).unwrap();
    let session = stage.sync(id);
    assert_eq!((kind(&session), stage.calls()), ("refused", 0), "found out before anything was asked");
    std::fs::remove_file(stage.out()).unwrap();
    std::fs::create_dir(stage.out()).unwrap();
    let victim = elsewhere.join("victim");
    std::fs::write(&victim, "untouched").unwrap();
    symlink(&victim, stage.out().join("mdm-devices.ndjson")).unwrap();
    let session = stage.sync(id);
    assert_eq!(kind(&session), "refused");
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "untouched");
    // A link in place of the temporary file is not followed either.
    std::fs::remove_file(stage.out().join("mdm-devices.ndjson")).unwrap();
    symlink(&victim, stage.out().join(".new-mdm-devices.ndjson")).unwrap();
    assert_eq!(stage.sync(id).result, Some(SyncResult::Completed));
    assert_eq!(std::fs::read_to_string(&victim).unwrap(), "untouched");
    assert!(!stage.out().join(".new-mdm-devices.ndjson").exists());
}

#[test]
fn a_folder_that_cannot_be_one_costs_no_call() {
    let stage = Stage::new();
    let id = stage.integration("manageengine", &["mdm-devices"]);
    std::fs::write(stage.out(), "a file").unwrap();
    let session = stage.sync(id);
    assert_eq!((session.result, kind(&session), stage.calls()), (Some(SyncResult::Failed), "storage", 0));
    assert_eq!(std::fs::read_to_string(stage.out()).unwrap(), "a file");
}

#[test]
fn a_folder_is_named_from_the_root_and_does_not_climb() {
    let stage = Stage::new();
    let credential = stage.credential("manageengine", "Zoho");
    let add = |folder: &str| {
        let setup = IntegrationSetup {
            credential: Some(credential),
            loads: vec!["mdm-devices".to_owned()],
            folder: folder.to_owned(),
            ..IntegrationSetup::default()
        };
        integrations::add(
            &stage.session,
            Draft { name: folder.replace('/', "-"), provider: "manageengine".to_owned(), setup },
        )
    };
    for bad in ["relative", "./x", "/srv/../etc", "/srv/a\u{202e}b", "/srv/a\nb"] {
        assert_eq!(add(bad).unwrap_err().kind, Kind::Usage, "{bad:?}");
    }
    let id = add("/srv//inventory/./x/").unwrap();
    assert_eq!(integrations::find(&stage.session, &id.to_string()).unwrap().setup.folder, "/srv/inventory/x");
    let problem = add("/srv/inventory/x").unwrap_err();
    assert!(problem.what.contains("already writes mdm-devices to that folder"), "{problem}");
}

#[test]
fn what_the_catalog_does_not_know_is_refused_with_what_it_does() {
    let stage = Stage::new();
    let credential = stage.credential("manageengine", "Zoho");
    let add = |provider: &str, change: &dyn Fn(&mut IntegrationSetup)| -> Problem {
        let mut setup = IntegrationSetup {
            credential: Some(credential),
            loads: vec!["mdm-devices".to_owned()],
            ..IntegrationSetup::default()
        };
        change(&mut setup);
        let draft = Draft { name: "x".to_owned(), provider: provider.to_owned(), setup };
        integrations::add(&stage.session, draft).unwrap_err()
    };
    let none = add("manageengine", &|setup| setup.loads.clear());
    assert!(none.try_this.contains("mdm-devices, sdp-assets"), "{none}");
    let other = add("manageengine", &|setup| setup.loads = vec!["laptops".to_owned()]);
    assert!(other.what.contains("no record type laptops"), "{other}");
    let twice = add("manageengine", &|setup| setup.loads.push("mdm-devices".to_owned()));
    assert!(twice.what.contains("twice"), "{twice}");
    let set = add("manageengine", &|setup| {
        setup.parameters.insert("colour".to_owned(), "red".to_owned());
    });
    assert!(set.try_this.contains("platform"), "{set}");
    let foreign = add("okta", &|setup| setup.loads = vec!["users".to_owned()]);
    assert!(foreign.what.contains("another provider"), "{foreign}");
    assert_eq!(add("nobody", &|_| ()).kind, Kind::NotFound);
    assert_eq!(add("notion", &|_| ()).kind, Kind::Usage, "it has no records to load");
}

#[test]
fn a_parameter_that_is_missing_is_named_before_anything_is_asked() {
    let stage = Stage::new();
    let id = stage.integration("manageengine", &["sdp-portal-assets"]);
    for value in ["", "..", "."] {
        stage.edit(id, |setup| {
            setup.parameters.insert("portal".to_owned(), value.to_owned());
        });
        let session = stage.sync(id);
        assert_eq!((kind(&session), stage.calls()), ("usage", 0), "{value:?}");
        assert!(session.first_problem().unwrap().what.contains("Portal is missing"), "{session:?}");
    }
}

#[test]
fn a_token_goes_to_no_new_host_unasked() {
    let stage = Stage::new();
    let id = stage.integration("manageengine", &["mdm-devices"]);
    stage.sync(id);
    let hosts = integrations::find(&stage.session, &id.to_string()).unwrap().hosts;
    assert_eq!(hosts["mdm-devices"], "mdm.manageengine.com", "pinned at the first answer");
    let credential = stage.vault().snapshot().unwrap().credentials.list[0].clone();
    let moved = crate::local_vault::edit(&credential, |one| {
        one.setup.variables.insert("accounts_host".to_owned(), "accounts.zoho.eu".to_owned());
    });
    stage.vault().commit(moved).unwrap();
    let before = stage.calls();
    let session = stage.sync(id);
    assert_eq!((kind(&session), stage.calls()), ("refused", before), "{session:?}");
    assert!(session.first_problem().unwrap().what.contains("mdm.manageengine.eu"), "{session:?}");
    let accepted = stage.sync_as(id, Options { accept_new_host: true, ..options() }).unwrap();
    assert_eq!(kind(&accepted), "needs_authentication", "the grant is of the other data center: {accepted:?}");
    assert!(stage.sandbox.seen().iter().any(|seen| seen.host == "mdm.manageengine.eu"));
}

#[test]
fn a_credential_that_is_deleted_while_its_integration_runs_ends_it() {
    let stage = Stage::new();
    stage.sandbox.script().records(5_000);
    let id = stage.integration("manageengine", &["ec-computers"]);
    let credential = stage.vault().snapshot().unwrap().credentials.list[0].id;
    let mut deleted = false;
    let session = stage.sync_watched(id, options(), |report, _| {
        if matches!(report, Report::Page { .. }) && !deleted {
            deleted = true;
            credentials::delete(&stage.session, credential).unwrap();
        }
    });
    let session = session.unwrap();
    assert_eq!((session.result, kind(&session)), (Some(SyncResult::Failed), "not_found"), "{session:?}");
    assert!(!stage.out().join("ec-computers.ndjson").exists());
    assert_eq!(all_health(&stage.session).unwrap()[0].state, HealthState::NoCredential);
    credentials::undo(&stage.session).unwrap();
    let session = stage.sync(id);
    assert!(session.parts[0].resumed, "{session:?}");
    assert_eq!((session.result, session.counts().records), (Some(SyncResult::Completed), 5_000));
}

#[test]
fn a_run_without_a_folder_says_where_to_choose_one() {
    let stage = Stage::new();
    let id = stage.integration("manageengine", &["mdm-devices"]);
    stage.edit(id, |setup| setup.folder.clear());
    let problem = stage.sync_as(id, options()).unwrap_err();
    assert_eq!((problem.kind, stage.calls()), (Kind::Usage, 0));
    assert!(matches!(problem.step.as_deref(), Some(NextStep::ChooseOutput { .. })), "{problem:?}");
    assert!(integrations::sessions(&stage.session, id).unwrap().is_empty(), "no run was begun");
}
