//! The behavior of the agent page, of import and of export.

use std::fs;

use credenza::engine::agent::command::AgentCommand;
use credenza::engine::event::Outcome;
use credenza::engine::operation::Operation;
use credenza::engine::ops::{credentials, transfer};
use credenza::engine::submit;
use credenza::tui::route::Route;
use credenza::tui::theme::Theme;

use super::Stage;

fn stage() -> Stage {
    Stage::full(Theme::colored(false))
}

/// Performs the pending operation, as the runtime does.
fn carried_out(stage: &mut Stage) {
    let work = stage.asked.take().unwrap();
    let mut outcome = None;
    stage.meanwhile(|session| outcome = Some(submit::read(session, &work)));
    stage.ends(outcome.unwrap());
}

#[test]
fn an_agent_that_is_started_without_a_passphrase_is_locked() {
    let mut stage = stage();
    stage.visit(Route::Agent).ends(Ok(Outcome::Agent(None)));
    stage.keys("l");
    assert!(stage.frame().contains("No agent is running."), "{}", stage.frame());
    stage.keys("s enter enter");
    let Some(Operation::Agent(AgentCommand::Start { passphrase: None, lock_after })) = stage.asked.take() else {
        panic!("{}", stage.frame())
    };
    assert_eq!(lock_after.unwrap().as_secs(), 8 * 3_600);
}

#[test]
fn a_wrong_time_for_the_lock_starts_nothing() {
    let mut stage = stage();
    stage.visit(Route::Agent).ends(Ok(Outcome::Agent(None)));
    stage.keys("s tab ctrl-u").typed("soon").keys("enter");
    assert!(stage.waiting.is_none() && stage.frame().contains("is not a time"), "{}", stage.frame());
}

#[test]
fn a_template_without_secrets_goes_out_and_comes_in_again() {
    let mut stage = stage();
    let path = stage.paths().data().join("team.json");
    stage.visit(Route::Export { checked: Vec::new() }).keys("enter");
    assert!(stage.frame().contains("No credential is checked"), "{}", stage.frame());
    stage.keys("* enter ctrl-t");
    assert!(stage.frame().contains("only to a recipient"), "{}", stage.frame());
    stage.keys("enter").paste(&path.display().to_string()).keys("enter");
    carried_out(&mut stage);
    assert!(stage.frame().contains("Exported 6 credentials."), "{}", stage.frame());
    let text = fs::read_to_string(&path).unwrap();
    assert!(text.contains("Okta directory") && !text.contains(super::stage::CANARY));

    stage.visit(Route::Import).paste(&path.display().to_string()).keys("tab tab tab").typed("Zoom school meetings");
    stage.keys("enter");
    carried_out(&mut stage);
    assert!(stage.frame().contains("1 would be imported"), "{}", stage.frame());
    stage.keys("enter");
    let Some(Operation::Import(file)) = stage.asked.take() else { panic!("{}", stage.frame()) };
    assert!(file.tries_tokens && file.choices.only == ["Zoom school meetings"]);
    stage.meanwhile(|session| {
        transfer::file::preview(session, &file).unwrap();
        assert_eq!(credentials::snapshot(session).unwrap().credentials.list.len(), 6, "a preview changes nothing");
    });
}

#[test]
fn what_the_command_takes_as_options_is_typed_beside_the_file() {
    let mut stage = stage();
    let path = stage.paths().data().join("accounts.csv");
    fs::write(&path, "Label,ID,Secret\nAcme,client-1,CNRY-secret\nOther,client-2,CNRY-other\n").unwrap();
    stage.visit(Route::Import).paste(&path.display().to_string()).keys("enter");
    carried_out(&mut stage);
    assert!(!stage.frame().contains("would be imported"), "{}", stage.frame());
    stage.keys("tab tab").typed("okta").keys("tab").typed("Acme").keys("tab").typed("cvs");
    for _ in 0..5 {
        stage.keys("tab");
    }
    stage.typed("host=acme.okta.com").keys("tab").typed("name=Label, client_id=ID, client_secret=Secret").keys("enter");
    carried_out(&mut stage);
    assert!(stage.frame().contains("Did you mean \"csv\"?"), "{}", stage.frame());
    for _ in 0..6 {
        stage.keys("shift-tab");
    }
    stage.keys("ctrl-u").typed("csv").keys("enter");
    carried_out(&mut stage);
    assert!(stage.frame().contains("1 would be imported"), "{}", stage.frame());
    assert!(stage.frame().contains("Acme") && !stage.frame().contains("CNRY"), "{}", stage.frame());
}

#[test]
fn a_file_that_was_found_is_read_at_once_and_one_without_credentials_is_not_taken() {
    let mut stage = super::transfer_scenes::found_files(Theme::colored(false));
    assert!(stage.frame().contains("gdrive, box, onedrive"), "{}", stage.frame());
    stage.keys("enter");
    let Some(Operation::PreviewImport(file)) = stage.asked.take() else { panic!("{}", stage.frame()) };
    assert_eq!(file.path.to_str(), Some("/home/ana/.config/rclone/rclone.conf"));
    let mut stage = super::transfer_scenes::found_refused(Theme::colored(false));
    stage.asked.take();
    stage.keys("enter");
    assert!(stage.asked.is_none() && stage.frame().contains("Nothing in this file can be imported."));
    assert!(stage.frame().contains("YAML is not read."), "{}", stage.frame());
}

#[test]
fn an_export_is_never_written_over_a_file() {
    let mut stage = stage();
    let path = stage.paths().data().join("there.json");
    fs::write(&path, "mine").unwrap();
    stage.visit(Route::Export { checked: Vec::new() }).keys("space enter enter").paste(&path.display().to_string());
    stage.keys("enter");
    carried_out(&mut stage);
    assert!(stage.frame().contains("exists already"), "{}", stage.frame());
    assert_eq!(fs::read_to_string(&path).unwrap(), "mine");
}

#[test]
fn places_that_a_file_chose_are_imported_after_a_yes_only() {
    let mut stage = super::transfer_scenes::import_consent(Theme::colored(false));
    assert!(stage.frame().contains("https://login.acme.example/token"), "{}", stage.frame());
    stage.keys("enter");
    assert!(stage.waiting.is_none() && stage.frame().contains("What would be imported"), "{}", stage.frame());
    stage.keys("t enter y");
    let Some(Operation::Import(file)) = stage.asked.take() else { panic!("{}", stage.frame()) };
    assert!(!file.tries_tokens);
    stage.keys("esc");
    assert_eq!(stage.canceled.len(), 1);
}
