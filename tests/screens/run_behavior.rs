//! The behavior of runs: canceling, leaving, locking, comparing, copying.

use credenza::engine::event::{JobEvent, Outcome};
use credenza::engine::operation::Operation;
use credenza::engine::ops::integrations::{sync, test};
use credenza::model::integration::Integration;
use credenza::problem::{Kind, Problem};
use credenza::tui::route::Route;
use credenza::tui::theme::Theme;
use jiff::SignedDuration;

use super::Stage;
use super::run_records::{LOADS, integration, outcome, passed, refused, session, week};
use super::run_scenes::{
    integrated, reading_sessions, sessions, sync_failed, sync_no_folder, sync_running, sync_withheld, syncing,
    test_run, test_run_failed, test_run_not_available, test_run_passed,
};

fn theme() -> Theme {
    Theme::colored(false)
}

fn heading(stage: &Stage) -> String {
    stage.frame().lines().next().unwrap().to_owned()
}

fn shows(stage: &Stage, text: &str) {
    assert!(stage.frame().contains(text), "{text} is not on\n{}", stage.frame());
}

#[test]
fn esc_cancels_a_test_run_and_its_late_end_is_no_news() {
    let mut stage = test_run(theme(), &LOADS);
    let run = stage.waiting;
    stage.keys("esc");
    assert_eq!(stage.canceled.len(), 1);
    shows(&stage, "Canceled. A Test Run changes nothing.");
    assert!(!heading(&stage).contains("Test Run"), "{}", heading(&stage));
    stage.keys("down");
    // The table that is now on top has started a request of its own, so the old ID is set again.
    stage.waiting = run;
    stage.ends(Err(Problem::new(Kind::Temporary, "It was canceled.")));
    assert!(!stage.frame().contains("It was canceled"), "{}", stage.frame());
}

#[test]
fn the_first_esc_cancels_a_sync_and_the_second_leaves_it() {
    let mut stage = sync_running(theme());
    stage.keys("x");
    assert_eq!(stage.canceled.len(), 1);
    shows(&stage, "What was read is kept");
    assert!(heading(&stage).contains("> Sync"), "it is watched to its end");
    stage.keys("esc");
    assert_eq!(stage.canceled.len(), 1, "canceling is one-way, and done once");
    assert!(!heading(&stage).contains("> Sync"), "{}", heading(&stage));
    stage.ends(Ok(Outcome::Synced(Box::new(session(3, 0, Vec::new())))));
}

#[test]
fn a_lock_cancels_no_sync_and_tells_nothing_of_it() {
    let mut stage = sync_running(theme());
    stage.pass(SignedDuration::from_hours(1));
    assert!(stage.canceled.is_empty());
    stage.keys("ctrl-c");
    shows(&stage, "A sync is running: press ctrl-c again to quit.");
    assert!(!stage.frame().contains("MDM"), "{}", stage.frame());
    stage.told(JobEvent::Sync(sync::Report::Writing));
    stage.ends(Err(Problem::new(Kind::Storage, "The folder of ManageEngine MDM is full.")));
    assert!(!stage.frame().contains("is full"), "{}", stage.frame());
    assert!(!stage.quit);
    stage.keys("ctrl-c");
    assert!(stage.quit, "nothing is under way any more");
}

#[test]
fn quitting_asks_while_a_run_is_under_way_and_names_it() {
    let mut stage = test_run(theme(), &LOADS);
    stage.keys("ctrl-c");
    shows(&stage, "A Test Run of \"ManageEngine MDM\" is running");
    stage.keys("ctrl-c");
    assert!(stage.quit);

    let mut stage = syncing(theme(), &LOADS);
    stage.keys("q");
    assert!(!stage.quit, "a letter ends no sync");
    shows(&stage, "A sync of \"ManageEngine MDM\" is running");
    stage.keys("ctrl-c");
    assert!(stage.quit);
}

#[test]
fn the_report_of_a_test_run_says_what_failed_and_holds_no_record() {
    let mut stage = test_run_failed(theme());
    stage.keys("y");
    let text = stage.copied.pop().unwrap();
    for part in ["failed after 1.9 s", "FAILED: Call GET", "INVALID_OAUTHTOKEN", "Zoho-oauthtoken \u{2022}"] {
        assert!(text.contains(part), "{part} is not in\n{text}");
    }
    let mut stage = test_run_passed(theme());
    stage.keys("y");
    let text = stage.copied.pop().unwrap();
    assert!(text.contains("user.user_email: text"), "{text}");
    assert!(
        !text.contains("ann.becker") && !text.contains("iPhone"),
        "records are nobody's but the provider's\n{text}"
    );
}

#[test]
fn one_kind_is_tested_again_and_the_others_stay_as_they_were() {
    let mut stage = test_run_not_available(theme());
    shows(&stage, "\u{2713} passed after");
    stage.keys("T");
    shows(&stage, "Not started");
    stage.told(JobEvent::Test(test::Report::RecordType(1)));
    stage.ends(Ok(Outcome::IntegrationTested(Box::new(outcome(vec![refused(LOADS[1])])))));
    shows(&stage, "\u{2717} failed after");
    assert_eq!(stage.frame().matches("\u{2713} Passed").count(), 2, "{}", stage.frame());
}

#[test]
fn what_stays_is_shown_although_another_kind_is_begun() {
    let mut stage = test_run(theme(), &LOADS);
    stage.told(JobEvent::Test(test::Report::RecordType(0))).keys("tab tab");
    stage.told(JobEvent::Test(test::Report::RecordType(1)));
    shows(&stage, "> \u{b7} Not started         Endpoint Central");
    stage.ends(Ok(Outcome::IntegrationTested(Box::new(outcome(LOADS.map(passed).to_vec())))));
    shows(&stage, "> \u{2713} Passed              Endpoint Central");
}

#[test]
fn from_a_test_run_one_gets_to_the_credential() {
    let mut stage = test_run_failed(theme());
    stage.keys("a");
    assert!(heading(&stage).contains("ManageEngine MDM (EU) > Authenticate"), "{}", heading(&stage));

    let mut stage = Stage::full(theme());
    let one: Integration = integration(credenza::model::credential::CredentialId::random(), &LOADS);
    let id = one.id;
    stage.integrate(vec![one]).visit(Route::TestRun(id));
    stage.ends(Ok(Outcome::IntegrationTested(Box::new(outcome(vec![refused(LOADS[0])])))));
    stage.keys("a");
    shows(&stage, "it has no credential: press c");
}

#[test]
fn the_table_of_records_scrolls_no_further_than_it_goes() {
    let mut stage = test_run_passed(theme());
    stage.keys(&"right ".repeat(20)).keys(&"down ".repeat(40));
    shows(&stage, "RECORD 10");
    shows(&stage, "> last_contact");
    stage.keys(&"left ".repeat(9)).keys("up");
    shows(&stage, "RECORD 1 ");
    shows(&stage, "> groups");
}

#[test]
fn a_sync_without_a_folder_leads_to_the_form() {
    let mut stage = sync_no_folder(theme());
    let before = heading(&stage);
    stage.keys("e");
    assert_ne!(heading(&stage), before);
    stage.keys("esc g");
    assert!(stage.waiting.is_some(), "g tries again");
}

#[test]
fn a_file_that_was_kept_is_replaced_by_a_key_and_only_once() {
    let accepts = |stage: &Stage| matches!(stage.asked, Some(Operation::SyncIntegration { accept_gone: true, .. }));
    let mut stage = sync_withheld(theme());
    shows(&stage, "G accept once");
    assert!(!accepts(&stage));
    stage.keys("g");
    assert!(!accepts(&stage), "syncing again asks anew, and accepts nothing");
    let mut stage = sync_withheld(theme());
    stage.keys("G");
    assert!(accepts(&stage));
    let mut stage = sync_failed(theme());
    stage.keys("G");
    assert!(!accepts(&stage), "there is nothing to accept");
}

#[test]
fn an_integration_that_is_gone_opens_nothing() {
    let (mut stage, _) = integrated(theme(), &LOADS);
    let nobody = credenza::model::integration::IntegrationId::random();
    let before = stage.waiting;
    for route in [Route::TestRun(nobody), Route::Sync(nobody), Route::SyncSessions(nobody)] {
        stage.visit(route);
        shows(&stage, "The integration is no longer there.");
    }
    assert_eq!(stage.waiting, before, "nothing was begun");
}

#[test]
fn two_sessions_are_compared_once_two_are_chosen() {
    let mut stage = sessions(theme());
    stage.keys("=");
    shows(&stage, "press space to mark one");
    stage.keys("space c");
    shows(&stage, "select one that is not marked");
    stage.keys("down down down c");
    shows(&stage, "Session 11              Session 14");
    stage.keys("y");
    assert!(stage.copied.pop().unwrap().contains("Errors          1"));
    stage.keys("esc space space =");
    shows(&stage, "press space to mark one");
}

#[test]
fn a_session_is_found_by_its_words_and_opened_by_a_click() {
    let mut stage = sessions(theme());
    stage.keys("/").typed("bad gateway").keys("enter");
    shows(&stage, "1 of 7");
    stage.click(10, 4).click(10, 4);
    assert!(heading(&stage).contains("Sync Sessions > 11"), "{}", stage.frame());
    stage.keys("y");
    let text = stage.copied.pop().unwrap();
    assert!(text.starts_with("Sync session 11 of \"ManageEngine MDM\"") && text.contains("Why: 502"), "{text}");
    stage.keys("esc esc");
    shows(&stage, "7 of 7");
}

#[test]
fn sessions_are_read_again_and_lead_to_a_sync() {
    let mut stage = reading_sessions(theme());
    stage.ends(Ok(Outcome::Sessions(Vec::new()))).keys("r");
    shows(&stage, "Reading the sessions.");
    stage.ends(Ok(Outcome::Sessions(week()))).keys("g");
    assert!(heading(&stage).contains("ManageEngine MDM > Sync"), "{}", heading(&stage));
    stage.keys("esc esc");
    assert!(heading(&stage).trim_end().contains("> Integrations"), "a sync stands in the place of its sessions");
}
