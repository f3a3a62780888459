//! Scenes of runs: Test Run, sync, and the sessions of an integration.

use credenza::engine::event::{JobEvent, Outcome};
use credenza::engine::ops::integrations::test::{Report, Step};
use credenza::engine::ops::integrations::{sync, test};
use credenza::model::integration::{Counts, PartResult, SyncSession, Trigger};
use credenza::problem::{Kind, NextStep, Problem};
use credenza::tui::route::Route;
use credenza::tui::theme::Theme;
use jiff::SignedDuration;

use super::run_records::*;
use super::seed;
use super::stage::Stage;

/// The table of integrations, with one integration that loads these kinds of records.
pub(super) fn integrated(theme: Theme, loads: &[&str]) -> (Stage, credenza::model::integration::IntegrationId) {
    let credentials = seed::credentials();
    let one = integration(credentials[1].id, loads);
    let id = one.id;
    let mut stage = Stage::open(theme, credentials);
    stage.integrate(vec![one]).keys("esc").visit(Route::Integrations);
    (stage, id)
}

pub(super) fn test_run(theme: Theme, loads: &[&str]) -> Stage {
    let (mut stage, id) = integrated(theme, loads);
    stage.visit(Route::TestRun(id));
    stage
}

fn millis(stage: &mut Stage, millis: i64) {
    stage.pass(SignedDuration::from_millis(millis));
}

/// One kind of record passes these steps; the last one is still running.
fn steps(stage: &mut Stage, place: usize, steps: &[Step]) {
    let told = |stage: &mut Stage, report: Report| {
        stage.told(JobEvent::Test(report));
    };
    told(stage, Report::RecordType(place));
    for (at, step) in steps.iter().enumerate() {
        told(stage, Report::Begun(*step, about(*step).to_owned()));
        if at + 1 < steps.len() {
            millis(stage, i64::try_from(time(*step).as_millis()).unwrap());
            told(stage, Report::Passed(*step, time(*step)));
        }
    }
}

fn ended(stage: &mut Stage, loads: Vec<test::LoadTestReport>) {
    millis(stage, 1_500);
    stage.ends(Ok(Outcome::IntegrationTested(Box::new(outcome(loads)))));
}

pub(super) fn test_run_running(theme: Theme) -> Stage {
    let mut stage = test_run(theme, &LOADS);
    steps(&mut stage, 0, &Step::ALL);
    stage.told(JobEvent::Test(Report::Passed(Step::Records, time(Step::Records))));
    steps(&mut stage, 1, &[Step::Credential, Step::Token, Step::Call]);
    stage
}

pub(super) fn test_run_passed(theme: Theme) -> Stage {
    let mut stage = test_run(theme, &LOADS[..1]);
    steps(&mut stage, 0, &[Step::Credential, Step::Token, Step::Call]);
    ended(&mut stage, vec![passed(LOADS[0])]);
    stage
}

pub(super) fn test_run_scrolled(theme: Theme) -> Stage {
    let mut stage = test_run_passed(theme);
    stage.keys("right right right down down down down down down down");
    stage
}

pub(super) fn test_run_failed(theme: Theme) -> Stage {
    let mut stage = test_run(theme, &LOADS[..1]);
    steps(&mut stage, 0, &[Step::Credential, Step::Token, Step::Call]);
    ended(&mut stage, vec![refused(LOADS[0])]);
    stage
}

pub(super) fn test_run_panel(theme: Theme) -> Stage {
    let mut stage = test_run_failed(theme);
    stage.keys("m");
    stage
}

pub(super) fn test_run_details(theme: Theme) -> Stage {
    let mut stage = test_run_failed(theme);
    stage.keys("e");
    stage
}

pub(super) fn test_run_not_available(theme: Theme) -> Stage {
    let mut stage = test_run(theme, &LOADS);
    steps(&mut stage, 2, &[Step::Credential, Step::Token, Step::Call]);
    ended(&mut stage, vec![passed(LOADS[0]), not_available(LOADS[1]), passed(LOADS[2])]);
    stage.keys("tab");
    stage
}

pub(super) fn test_run_mapping(theme: Theme) -> Stage {
    let mut stage = test_run(theme, &LOADS[..2]);
    let mut wrong = passed(LOADS[0]);
    let sample = wrong.sample.as_mut().unwrap();
    sample.missing = vec!["user.phone".to_owned(), "asset_tag".to_owned()];
    sample.errors = [2, 5, 6].map(|record| format!("Record {record}: It has no device_id.")).to_vec();
    ended(&mut stage, vec![wrong, passed(LOADS[1])]);
    stage
}

pub(super) fn syncing(theme: Theme, loads: &[&str]) -> Stage {
    let (mut stage, id) = integrated(theme, loads);
    stage.visit(Route::Sync(id));
    stage
}

fn begun(stage: &mut Stage, load: &str) {
    let report = sync::Report::RecordType { load: load.to_owned(), label: label(load) };
    stage.told(JobEvent::Sync(report));
}

fn page(stage: &mut Stage, pages: u64, counts: Counts, total: Option<u64>) {
    millis(stage, 1_040);
    stage.told(JobEvent::Sync(sync::Report::Page { pages, counts, total }));
}

pub(super) fn sync_running(theme: Theme) -> Stage {
    let mut stage = syncing(theme, &LOADS);
    begun(&mut stage, LOADS[0]);
    stage.told(JobEvent::Sync(sync::Report::Part(Box::new(part_with_errors()))));
    begun(&mut stage, LOADS[1]);
    stage.told(JobEvent::Sync(sync::Report::Part(Box::new(unavailable_part()))));
    begun(&mut stage, LOADS[2]);
    for pages in 1..=11 {
        page(&mut stage, pages, counts(pages * 100, 3, 2, 0, 0), Some(1_903));
    }
    stage
}

pub(super) fn sync_waiting(theme: Theme) -> Stage {
    let mut stage = syncing(theme, &LOADS[1..]);
    begun(&mut stage, LOADS[1]);
    page(&mut stage, 1, counts(100, 100, 0, 0, 0), None);
    page(&mut stage, 2, counts(200, 200, 0, 0, 0), None);
    let why = "the provider asks to wait".to_owned();
    stage.told(JobEvent::Sync(sync::Report::Waiting { seconds: 9, why }));
    millis(&mut stage, 2_000);
    stage
}

pub(super) fn sync_canceling(theme: Theme) -> Stage {
    let mut stage = sync_waiting(theme);
    stage.keys("esc");
    stage
}

fn synced(stage: &mut Stage, session: SyncSession) {
    stage.ends(Ok(Outcome::Synced(Box::new(SyncSession { trigger: Trigger::Hand, ..session }))));
}

pub(super) fn sync_canceled(theme: Theme) -> Stage {
    let mut stage = sync_canceling(theme);
    let canceled = part(LOADS[1], PartResult::Canceled, counts(300, 300, 0, 0, 0));
    let waiting = credenza::model::integration::LoadResult::waiting(LOADS[2]);
    synced(&mut stage, session(4, 0, vec![canceled, waiting]));
    stage.keys("up");
    stage
}

pub(super) fn sync_done(theme: Theme) -> Stage {
    let mut stage = syncing(theme, &LOADS[..1]);
    synced(&mut stage, session(14, 0, vec![part(LOADS[0], PartResult::Done, counts(412, 5, 1, 2, 0))]));
    stage
}

pub(super) fn sync_errors(theme: Theme) -> Stage {
    let mut stage = sync_running(theme);
    let last = part(LOADS[2], PartResult::Done, counts(1_903, 3, 2, 0, 0));
    synced(&mut stage, session(13, 0, vec![part_with_errors(), unavailable_part(), last]));
    stage
}

pub(super) fn sync_withheld(theme: Theme) -> Stage {
    let mut stage = syncing(theme, &LOADS[..1]);
    begun(&mut stage, LOADS[0]);
    synced(&mut stage, session(12, 0, vec![withheld_part()]));
    stage
}

pub(super) fn sync_failed(theme: Theme) -> Stage {
    let mut stage = syncing(theme, &LOADS[2..]);
    begun(&mut stage, LOADS[2]);
    synced(&mut stage, session(11, 0, vec![failed_part()]));
    stage
}

pub(super) fn sync_no_folder(theme: Theme) -> Stage {
    let mut stage = syncing(theme, &LOADS[..1]);
    let problem = Problem::new(Kind::Usage, "\"ManageEngine MDM\" has no folder to write records to.");
    stage.ends(Err(problem.step(NextStep::ChooseOutput { integration: "ManageEngine MDM".to_owned() })));
    stage
}

pub(super) fn reading_sessions(theme: Theme) -> Stage {
    let (mut stage, id) = integrated(theme, &LOADS);
    stage.visit(Route::SyncSessions(id));
    stage
}

pub(super) fn sessions(theme: Theme) -> Stage {
    let mut stage = reading_sessions(theme);
    stage.ends(Ok(Outcome::Sessions(week())));
    stage
}

pub(super) fn sessions_filter(theme: Theme) -> Stage {
    let mut stage = sessions(theme);
    stage.keys("/").typed("failed");
    stage
}

pub(super) fn sessions_one(theme: Theme) -> Stage {
    let mut stage = sessions(theme);
    stage.keys("down enter");
    stage
}

pub(super) fn sessions_compare(theme: Theme) -> Stage {
    let mut stage = sessions(theme);
    stage.keys("space down =");
    stage
}

pub(super) fn sessions_marked(theme: Theme) -> Stage {
    let mut stage = sessions(theme);
    stage.keys("space down");
    stage
}

pub(super) fn sessions_empty(theme: Theme) -> Stage {
    let mut stage = reading_sessions(theme);
    stage.ends(Ok(Outcome::Sessions(Vec::new())));
    stage
}

pub(super) fn sessions_running(theme: Theme) -> Stage {
    let mut stage = reading_sessions(theme);
    let mut list = week();
    let mut running = session(15, 0, vec![part(LOADS[0], PartResult::Done, counts(412, 0, 0, 0, 0))]);
    (running.started, running.ended, running.result) = (super::stage::now(), None, None);
    list.push(running);
    stage.ends(Ok(Outcome::Sessions(list)));
    millis(&mut stage, 8_300);
    stage
}

pub(super) fn sessions_unread(theme: Theme) -> Stage {
    let mut stage = reading_sessions(theme);
    stage.ends(Err(Problem::new(Kind::Storage, "The sessions cannot be read.")
        .why("The system says: permission denied.")
        .try_this("Look at the folder and its rights.")));
    stage
}
