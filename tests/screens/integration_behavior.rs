//! Integrations by their keys: each does what it says, tested through the whole interface with a real vault.

use credenza::engine::event::Outcome;
use credenza::engine::ops::sign_in::Authenticated;
use credenza::problem::{Kind, Problem};
use credenza::tui::theme::Theme;

use super::Stage;
use super::integration_scenes::{integration_add, integration_details, integration_form_created, integrations};

fn theme() -> Theme {
    Theme::colored(false)
}

fn row<'a>(frame: &'a str, name: &str) -> &'a str {
    frame.lines().skip(1).find(|line| line.contains(name)).unwrap_or_default()
}

fn heading(stage: &Stage) -> String {
    stage.frame().lines().next().unwrap().to_owned()
}

#[test]
fn p_pauses_and_resumes_and_u_takes_it_back() {
    let mut stage = integrations(theme());
    assert!(row(&stage.frame(), "ManageEngine Cloud").contains("● Active"));
    stage.keys("p");
    assert!(row(&stage.frame(), "ManageEngine Cloud").contains("‖ Paused"), "{}", stage.frame());
    stage.keys("p");
    assert!(row(&stage.frame(), "ManageEngine Cloud").contains("● Active"), "{}", stage.frame());
    stage.keys("p u");
    assert!(row(&stage.frame(), "ManageEngine Cloud").contains("● Active"), "{}", stage.frame());
}

#[test]
fn d_deletes_and_u_brings_it_back_with_its_sessions() {
    let mut stage = integrations(theme());
    stage.keys("d");
    assert!(stage.frame().contains("Delete the integration \"ManageEngine Cloud\"?"), "{}", stage.frame());
    stage.keys("y");
    let frame = stage.frame();
    assert!(frame.contains("5 of 5") && frame.contains("Deleted \"ManageEngine Cloud\""), "{frame}");
    stage.keys("u");
    let frame = stage.frame();
    assert!(frame.contains("6 of 6") && row(&frame, "ManageEngine Cloud").contains("● Active"), "{frame}");
    stage.keys("enter d y");
    assert!(heading(&stage).contains("> Integrations "), "from its page one is back in the table\n{}", stage.frame());
}

#[test]
fn one_that_runs_is_not_deleted() {
    let mut stage = integrations(theme());
    stage.keys("up d y");
    assert!(stage.frame().contains("is already syncing"), "{}", stage.frame());
}

#[test]
fn the_form_saves_what_was_typed() {
    let mut stage = integration_add(theme());
    stage.typed("named portal").keys("enter ctrl-u").typed("Portal assets");
    stage.keys("tab").typed(" ").keys("tab tab tab tab tab");
    // Mobile devices are now loaded as well, so the form shows their filters.
    stage
        .typed("ios")
        .keys("tab tab tab")
        .typed("itdesk")
        .keys("tab")
        .typed("/srv/portal")
        .keys("tab space down enter tab");
    stage.typed("06:30").keys("tab space down enter tab").typed("device_id, user.email=email").keys("ctrl-s");
    let frame = stage.resize(120, 40).frame();
    for text in [
        "Added.",
        "Portal assets ",
        "ServiceDesk Plus: Assets of a named portal",
        "Mobile devices",
        "fields device_id, user.email=email",
        "itdesk",
        "ios",
        "/srv/portal",
        "CSV",
        "every day at 06:30",
        "accepted, however many",
    ] {
        assert!(frame.contains(text), "{text} is not on\n{frame}");
    }
    stage.keys("esc");
    assert!(heading(&stage).contains("> Integrations "), "{}", stage.frame());
}

#[test]
fn a_typed_form_is_not_lost_by_one_esc() {
    let mut stage = integration_add(theme());
    stage.typed("mobile").keys("enter").typed("x").keys("esc");
    assert!(stage.frame().contains("esc again to discard"), "{}", stage.frame());
    stage.keys("esc");
    assert!(heading(&stage).contains("Add integration"), "{}", stage.frame());
}

#[test]
fn a_credential_made_on_the_spot_comes_back_selected() {
    let mut stage = integration_form_created(theme());
    assert!(heading(&stage).contains("Add integration > Slack (bot)"), "{}", stage.frame());
    assert!(row(&stage.frame(), "> Credential").contains("○ Slack (bot) · Not authenticated"), "{}", stage.frame());
    stage.keys("ctrl-s");
    assert!(heading(&stage).contains("Integrations > Slack (bot) users"), "{}", stage.frame());
}

#[test]
fn n_makes_a_credential_and_enter_lets_the_integration_use_it() {
    let mut stage = integration_details(theme());
    stage.keys("n ctrl-u").typed("Second").keys("pgdn").paste("0123").keys("tab").paste("not-shown");
    stage.keys("tab enter enter ctrl-s");
    let frame = stage.frame();
    assert!(heading(&stage).contains("Choose credential") && frame.contains("> Second"), "{frame}");
    stage.keys("enter");
    let frame = stage.frame();
    assert!(frame.contains("Now using \"Second\"") && row(&frame, "Credential   ").contains("Second"), "{frame}");
}

#[test]
fn c_chooses_and_a_deleted_credential_is_told() {
    let mut stage = integrations(theme());
    stage.keys("c down enter");
    assert!(row(&stage.frame(), "ManageEngine Cloud").contains("ManageEngine MDM (EU)"), "{}", stage.frame());
    stage.keys("u 1 d y 6");
    assert!(row(&stage.frame(), "ManageEngine Cloud").contains("– deleted –"), "{}", stage.frame());
    stage.keys("t");
    assert!(stage.frame().contains("It has no credential. Press c"), "{}", stage.frame());
}

#[test]
fn the_filter_knows_credentials_providers_and_states() {
    for (typed, name) in
        [("failing", "ManageEngine MDM"), ("entra rep", "Entra devices"), ("google work", "Google people")]
    {
        let mut stage = integrations(theme());
        stage.keys("/").typed(typed);
        let frame = stage.frame();
        assert!(frame.contains("1 of 6") && frame.contains(&format!("> {name}")), "{typed}\n{frame}");
    }
}

#[test]
fn a_copy_is_paused_and_names_are_checked() {
    let mut stage = integrations(theme());
    stage.keys("D enter");
    let frame = stage.frame();
    assert!(heading(&stage).contains("Integrations > ManageEngine Cloud copy"), "{frame}");
    assert!(frame.contains("Paused") && frame.contains("none yet: press E to choose one"), "{frame}");
    stage.keys("r ctrl-u").typed("okta USERS").keys("enter");
    assert!(stage.frame().contains("is taken"), "{}", stage.frame());
}

#[test]
fn keys_lead_to_test_run_sync_and_sessions() {
    for (key, title) in [("t", "Test Run"), ("g", "Sync"), ("s", "Sync Sessions")] {
        let mut stage = integrations(theme());
        stage.keys(key);
        assert!(heading(&stage).contains(title), "{}", stage.frame());
        stage.keys("esc enter").keys(key);
        assert!(heading(&stage).contains(title), "{}", stage.frame());
    }
}

#[test]
fn a_click_selects_the_integration_under_it() {
    let mut stage = integrations(theme());
    let y = stage.frame().lines().position(|line| line.contains("Okta users")).unwrap();
    let y = u16::try_from(y).unwrap();
    stage.click(10, y);
    assert!(stage.frame().contains("│ > Okta users"), "{}", stage.frame());
    stage.click(10, y).click(10, y);
    assert!(heading(&stage).contains("> Okta users"), "{}", stage.frame());
}

#[test]
fn after_a_sign_in_one_is_back_where_it_was_asked_for() {
    let authenticated = |stage: &Stage| {
        let id = stage.app_credential("ManageEngine Computers");
        let done = Authenticated { id, missing_scopes: Vec::new(), notes: Vec::new(), step: None, expires_at: None };
        Ok(Outcome::Authenticated(Box::new(done)))
    };
    for (keys, title) in [
        ("a", "> Integrations "),
        ("enter a", "> ManageEngine Cloud "),
        ("c a", "Choose credential"),
        ("E F5", "> Edit "),
    ] {
        let mut stage = integrations(theme());
        stage.keys(keys);
        assert!(heading(&stage).contains("Authenticate"), "{}", stage.frame());
        let done = authenticated(&stage);
        stage.ends(done);
        assert!(heading(&stage).contains(title) && stage.frame().contains("Authenticated. "), "{}", stage.frame());
    }
}

#[test]
fn a_schedule_without_a_folder_is_refused_beside_the_field() {
    let mut stage = integration_add(theme());
    stage.typed("jamf").keys("enter ctrl-s");
    assert!(stage.frame().contains("Press enter to create it"), "{}", stage.frame());
    stage.keys("space down enter tab tab tab").typed("6h").keys("ctrl-s");
    assert!(stage.frame().contains("A schedule needs a folder"), "{}", stage.frame());
    stage.typed("/srv/jamf").keys("ctrl-s");
    assert!(stage.frame().contains("every 6h"), "{}", stage.frame());
    let mut by_hand = integrations(theme());
    by_hand.keys("up up g");
    assert!(by_hand.frame().contains("It has no folder. Press E"), "{}", by_hand.frame());
}

#[test]
fn what_happened_elsewhere_is_seen_when_one_comes_back() {
    let mut stage = integrations(theme());
    stage.reads = false;
    stage.keys("t esc");
    assert!(stage.waiting.is_some(), "the runs are read again");
    stage.ends(Err(Problem::new(Kind::Storage, "The disk is gone.")));
    assert!(stage.frame().contains("The disk is gone."), "{}", stage.frame());
    assert!(row(&stage.frame(), "ManageEngine Cloud").contains("? unknown"), "{}", stage.frame());
}
