//! Clicks, drafts, help and other situations that users run into, tested through the whole interface.

use credenza::engine::event::{JobEvent, Outcome};
use credenza::engine::ops::sign_in::Progress;
use credenza::problem::{Kind, Problem};
use credenza::tui::route::Route;
use credenza::tui::theme::Theme;

use super::Stage;

fn stage() -> Stage {
    Stage::full(Theme::colored(false))
}

fn heading(stage: &Stage) -> String {
    stage.frame().lines().next().unwrap().to_owned()
}

fn row(stage: &Stage, text: &str) -> u16 {
    let at = stage.frame().lines().position(|line| line.contains(text));
    u16::try_from(at.unwrap_or_else(|| panic!("{text} is not on\n{}", stage.frame()))).unwrap()
}

fn selected(stage: &Stage) -> String {
    stage.frame().lines().find(|line| line.contains("│ > ")).unwrap_or_default().to_owned()
}

#[test]
fn a_click_selects_the_row_under_it_and_a_second_one_opens_it() {
    let mut stage = stage();
    for name in ["Entra Reports", "Zoom school", "ManageEngine Comp"] {
        let y = row(&stage, name);
        stage.click(10, y);
        assert!(selected(&stage).contains(name), "{}", stage.frame());
    }
    let y = row(&stage, "Okta");
    stage.click(10, y).click(10, y);
    assert!(heading(&stage).contains("Okta directory"), "{}", stage.frame());
}

#[test]
fn a_weak_new_passphrase_is_asked_about_once_and_again_after_a_change() {
    let mut stage = stage();
    stage.visit(credenza::tui::route::Route::ChangePassphrase);
    stage.typed("the old one").keys("enter").typed("abc").keys("enter").typed("abc").keys("enter");
    assert!(stage.waiting.is_none() && stage.frame().contains("press enter again"), "{}", stage.frame());
    stage.typed("d");
    assert!(!stage.frame().contains("press enter again"), "another word is another question: {}", stage.frame());
    stage.keys("enter");
    assert!(stage.waiting.is_none() && stage.frame().contains("differ"), "{}", stage.frame());
    stage.visit(credenza::tui::route::Route::ChangePassphrase);
    stage.typed("the old one").keys("enter").typed("abc").keys("enter").typed("abc").keys("enter enter");
    assert!(stage.waiting.is_some(), "{}", stage.frame());
}

/// Opens the form of a credential, while another process changes its description and its secret.
fn changed_meanwhile(stage: &mut Stage) {
    use credenza::engine::ops::credentials::{self, CredentialBase, Draft};
    let id = stage.app_credential("ManageEngine");
    stage.visit(credenza::tui::route::Route::EditCredential(id));
    stage.meanwhile(|session| {
        let stored = credentials::snapshot(session).unwrap().credentials.by_id(id).unwrap().clone();
        let mut setup = stored.setup.clone();
        setup.client.secret = Some(credenza::secret::ClientSecret::new("rotated".to_owned()));
        let mut details = stored.details.clone();
        "Theirs".clone_into(&mut details.description);
        let draft = Draft { name: stored.name.to_string(), provider: stored.provider.clone(), details, setup };
        credentials::edit(session, &CredentialBase::of(&stored), draft).unwrap();
    });
}

fn description(stage: &Stage) -> String {
    let id = stage.app_credential("ManageEngine");
    let mut found = String::new();
    stage.meanwhile(|session| {
        let snapshot = credenza::engine::ops::credentials::snapshot(session).unwrap();
        found.clone_from(&snapshot.credentials.by_id(id).unwrap().details.description);
    });
    found
}

#[test]
fn a_form_over_a_change_shows_both_values_and_the_person_decides() {
    let mut stage = stage();
    changed_meanwhile(&mut stage);
    stage.keys("tab ctrl-u").typed("and mine").keys("ctrl-s");
    let frame = stage.frame();
    assert!(
        frame.contains("Changed in the meantime") && frame.contains("Yours") && frame.contains("Stored now"),
        "{frame}"
    );
    assert!(frame.contains("Description") && frame.contains("and mine") && frame.contains("Theirs"), "{frame}");
    assert!(!frame.contains("Client Secret"), "what was not typed is kept, and no conflict\n{frame}");
    assert_eq!(description(&stage), "Theirs", "nothing was saved");
    // Keys that the dialog does not offer do nothing; esc goes back to the form, with its contents unchanged.
    stage.keys("esc");
    assert!(stage.frame().contains("and mine"), "{}", stage.frame());
    stage.keys("ctrl-s t");
    assert!(stage.frame().contains("Theirs") && !stage.frame().contains("and mine"), "{}", stage.frame());
    stage.typed("!").keys("ctrl-s");
    assert_eq!(description(&stage), "Theirs!");
}

#[test]
fn my_value_can_be_kept_over_the_stored_one() {
    let mut stage = stage();
    changed_meanwhile(&mut stage);
    stage.keys("tab ctrl-u").typed("and mine").keys("ctrl-s m");
    assert!(description(&stage).ends_with("and mine"), "{}", description(&stage));
    assert!(!stage.frame().contains("Changed in the meantime"));
}

#[test]
fn clicks_work_in_the_menu_and_in_the_catalog_too() {
    let mut stage = stage();
    stage.keys("+").resize(120, 40);
    let y = row(&stage, "Aha! ");
    stage.click(10, y);
    assert!(selected(&stage).contains("Aha!"), "{}", stage.frame());
    stage.click(100, y + 1).click(10, 37);
    assert!(selected(&stage).contains("Aha!"), "beside the list nothing is selected");
    stage.click(10, y).click(10, y);
    assert!(heading(&stage).contains("> Aha!"), "{}", stage.frame());
    stage.keys("esc esc esc");
    let y = row(&stage, "Recovery kit");
    stage.click(10, y);
    assert!(heading(&stage).contains("> Recovery kit"), "{}", stage.frame());
}

#[test]
fn the_right_arrow_at_the_end_of_the_search_selects() {
    let mut stage = stage();
    stage.keys("+").typed("okta").keys("left right");
    assert!(heading(&stage).ends_with("step 1 of 3  locks in 10 min"), "inside the text it moves the cursor");
    stage.keys("right");
    assert!(heading(&stage).contains("> Okta"), "{}", stage.frame());
    stage.keys("esc esc").typed("qqqq").keys("right");
    assert!(stage.frame().contains("Nothing is selected."), "{}", stage.frame());
}

#[test]
fn a_draft_waits_for_its_integration_until_it_is_saved_emptied_or_locked_away() {
    let draft = |stage: &mut Stage| {
        stage
            .keys("+")
            .typed("okta")
            .keys("enter ctrl-u")
            .typed("My Okta")
            .keys("pgdn")
            .paste("0oa1")
            .keys("esc esc esc");
    };
    let mut stage = stage();
    draft(&mut stage);
    stage.keys("+").typed("box").keys("enter");
    assert!(!stage.frame().contains("My Okta"), "another integration has a form of its own");
    stage.keys("esc esc esc +").typed("okta").keys("enter pgup");
    assert!(stage.frame().contains("> Name *                    My Okta"), "{}", stage.frame());
    stage.keys("ctrl-x");
    assert!(stage.frame().contains("> Name *                    Okta"), "{}", stage.frame());
    stage.keys("esc esc esc");
    draft(&mut stage);
    stage.keys("ctrl-l");
    assert!(!format!("{:?}", stage.app).contains("Form"), "locking forgets every draft");
}

#[test]
fn help_in_the_form_begins_with_the_focused_field() {
    let mut stage = stage();
    stage.keys("+").typed("manageengine").keys("enter pgdn tab tab F1");
    let frame = stage.frame();
    assert!(frame.contains("This field: Customer Domain") && frame.contains("accounts.zoho.eu (Europe)"), "{frame}");
    stage.keys("esc tab F1");
    assert!(stage.frame().contains("This field: Scopes"), "{}", stage.frame());
}

#[test]
fn a_revealed_secret_goes_by_itself() {
    let mut stage = stage();
    stage.keys("enter v");
    let shown = |stage: &Stage| stage.buffer().content.iter().map(ratatui::buffer::Cell::symbol).collect::<String>();
    assert!(shown(&stage).contains(super::stage::CANARY));
    let cells = shown(&stage);
    let line = cells.split('│').find(|line| line.contains("Client Secret")).unwrap();
    assert!(!line.contains('•') && line.contains("hidden in 10 s"), "it is in the place of the dots");
    stage.keys("v");
    assert!(!shown(&stage).contains(super::stage::CANARY), "a second v hides it");
    stage.keys("v");
    assert!(shown(&stage).contains(super::stage::CANARY));
    let last = |session: &credenza::engine::Session| {
        let lines = credenza::engine::audit::lines(&session.workspace, None, 1).unwrap();
        assert_eq!((lines[0].action.as_str(), lines[0].result.as_str()), ("reveal", "ok"), "{lines:?}");
    };
    stage.meanwhile(last);
    stage.pass(jiff::SignedDuration::from_secs(10));
    stage.frame();
    stage.keys("v").keys("ctrl-l");
    stage.frame();
}

#[test]
fn an_idle_vault_locks_and_shows_nothing_of_what_was_open() {
    let mut stage = stage();
    stage.keys("enter").pass(jiff::SignedDuration::from_mins(10));
    let frame = stage.frame();
    assert!(frame.contains("Unlock vault") && !frame.contains("ManageEngine"), "{frame}");
}

#[test]
fn a_proposed_name_is_replaced_by_what_is_typed() {
    let mut stage = stage();
    stage.keys("+").typed("manageengine").keys("enter");
    let name = |stage: &Stage| stage.frame().lines().find(|line| line.contains("Name *")).unwrap().to_owned();
    assert!(name(&stage).contains(" ManageEngine▏"), "{}", stage.frame());
    stage.typed("CMDB");
    assert!(name(&stage).contains(" CMDB▏"), "{}", stage.frame());
    let mut stage = self::stage();
    stage.keys("+").typed("manageengine").keys("enter right").typed(" 2");
    assert!(stage.frame().contains("ManageEngine 2▏"), "a moved cursor keeps it: {}", stage.frame());
}

#[test]
fn what_is_under_a_dialog_steps_back() {
    let mut stage = stage();
    let dim = |stage: &Stage| stage.buffer()[(3, 3)].modifier.contains(ratatui::style::Modifier::DIM);
    assert!(!dim(&stage));
    stage.keys("d");
    assert!(dim(&stage) && stage.frame().contains("Delete"), "{}", stage.frame());
    stage.keys("n");
    assert!(!dim(&stage));
}

#[test]
fn shift_tab_moves_in_the_first_run() {
    let mut stage = Stage::first_run(Theme::colored(false));
    stage.keys("enter").typed("one").keys("shift-tab").typed("two").keys("shift-tab").typed("!");
    stage.keys("ctrl-t");
    assert!(stage.frame().contains("one!") && stage.frame().contains("two"), "{}", stage.frame());
}

#[test]
fn who_unlocks_again_is_back_where_the_vault_locked() {
    let mut stage = stage();
    stage.keys("3 ctrl-l");
    assert!(!stage.frame().contains("Version history"), "{}", stage.frame());
    stage.unlocked();
    assert!(stage.frame().contains("Version history"), "{}", stage.frame());
    stage.keys("1 enter ctrl-l").unlocked();
    assert!(stage.frame().contains("Client Secret"), "the page of the credential: {}", stage.frame());
    for (route, name) in [(Route::Deadlines, "Deadlines"), (Route::Doctor(None), "Doctor")] {
        stage.visit(route);
        stage.keys("ctrl-l").unlocked();
        assert!(heading(&stage).contains(name), "{}", stage.frame());
    }
}

#[test]
fn h_and_l_leave_and_open_in_lists_and_nowhere_else() {
    let mut stage = stage();
    stage.keys("l");
    assert!(stage.frame().contains("Client Secret"), "{}", stage.frame());
    stage.keys("h");
    assert!(stage.frame().contains("NAME"), "{}", stage.frame());
    stage.keys("left");
    assert!(stage.frame().contains("Configuration ─"), "{}", stage.frame());
    stage.keys("right / h l");
    assert!(stage.frame().contains("/ hl"), "in a filter they are letters: {}", stage.frame());
}

#[test]
fn the_doctors_findings_are_copied_for_a_ticket_and_looked_for_again() {
    let mut stage = super::scenes::doctor(Theme::colored(false));
    stage.keys("y");
    let ticket: serde_json::Value = serde_json::from_str(&stage.copied.remove(0)).unwrap();
    assert_eq!(ticket["findings"][1]["verdict"], "bad");
    assert_eq!(ticket["findings"][1]["check"], "port");
    stage.keys("r");
    assert!(stage.waiting.is_some() && stage.frame().contains("Checking "), "{}", stage.frame());
    stage.keys("y");
    assert!(stage.copied.is_empty() && stage.frame().contains("no results yet"), "{}", stage.frame());
    stage.keys("esc");
    assert!(heading(&stage).contains("ManageEngine MDM (EU) "), "what is still looked at is left");
}

#[test]
fn cl_08_a_clock_that_jumps_locks_in_either_direction_and_cancels_what_was_under_way() {
    for hours in [24, -24] {
        let mut stage = stage();
        stage.keys("down a");
        assert!(stage.waiting.is_some());
        stage.pass(jiff::SignedDuration::from_hours(hours));
        let frame = stage.frame();
        assert!(frame.contains("Unlock vault") && !frame.contains("ManageEngine"), "{hours} h\n{frame}");
        stage.ends(Ok(credenza::engine::event::Outcome::Saved));
        assert!(stage.frame().contains("Unlock vault"), "news of it open nothing");
    }
}

#[test]
fn cl_08_the_first_key_after_the_time_is_up_is_no_sign_of_life() {
    let mut stage = stage();
    stage.clock.set(stage.clock.now() + jiff::SignedDuration::from_mins(11));
    stage.keys("enter");
    assert!(stage.frame().contains("Unlock vault"), "{}", stage.frame());
}

#[test]
fn d_switches_between_a_browser_here_and_a_device_code_where_the_catalog_knows_both() {
    let mut credential = super::seed::with("Own provider", "openid-connect", 1);
    let endpoint = |name: &str| (name.to_owned(), format!("https://sso.example.com/{name}"));
    credential.setup.variables = ["authorization_url", "token_url", "device_url"].map(endpoint).into();
    let mut stage = Stage::open(Theme::colored(false), vec![credential]);
    stage.keys("a");
    let first = stage.waiting;
    stage.keys("d");
    assert_eq!(stage.waiting, first, "before the flow waits there is nothing to switch");
    super::scenes::invite(&mut stage);
    stage.keys("d");
    assert!(stage.waiting != first && stage.frame().contains("Request a device code"), "{}", stage.frame());
    super::scenes::code_for(&mut stage, "https://sso.example.com/device", None);
    stage.keys("y Y");
    assert_eq!(stage.copied, ["ABCD-EFGH", "https://sso.example.com/device"]);
    stage.keys("d");
    assert!(stage.frame().contains("Open the browser"), "{}", stage.frame());
    let mut only_browser = Stage::full(Theme::colored(false));
    only_browser.keys("down a");
    super::scenes::invite(&mut only_browser);
    only_browser.keys("d");
    assert!(only_browser.frame().contains("no other way to sign in"), "{}", only_browser.frame());
}

#[test]
fn what_a_person_gives_up_is_no_failure() {
    let canceled = || Problem::new(Kind::NeedsAuthentication, "The authentication was canceled.");
    let mut stage = stage();
    stage.keys("down a");
    super::scenes::invite(&mut stage);
    let given_up = stage.waiting.unwrap();
    stage.keys("esc");
    assert!(stage.frame().contains("Canceled. Nothing was changed."), "{}", stage.frame());
    stage.ends(Err(canceled()));
    assert!(!stage.frame().contains("was canceled"), "{}", stage.frame());
    // An end that the user did not ask for is reported, whatever screen is on top.
    stage.waiting = Some(given_up);
    stage.ends(Err(canceled()));
    assert!(stage.frame().contains("was canceled"), "{}", stage.frame());
}

#[test]
fn tt_16_a_late_result_takes_no_focus_and_lands_on_no_other_credential() {
    // The authentication of the second credential ends while the user is asked about deleting another one.
    let mut stage = stage();
    stage.keys("down a");
    super::scenes::invite(&mut stage);
    let late = stage.waiting.unwrap();
    stage.keys("esc down enter");
    let before = stage.frame();
    stage.waiting = Some(late);
    stage.news(Progress::Exchanging);
    assert_eq!(stage.frame(), before, "news of a flow that was left change nothing");
    stage.ends(Ok(Outcome::Saved));
    assert_eq!(stage.frame(), before, "its end neither");
    // The same while the vault is locked.
    stage.keys("ctrl-l");
    let locked = stage.frame();
    assert!(locked.contains("Passphrase"), "{locked}");
    stage.waiting = Some(late);
    stage.ends(Ok(Outcome::Saved));
    assert_eq!(stage.frame(), locked);
}

#[test]
fn another_account_is_let_in_only_where_one_has_signed_in() {
    let mut failed = super::scenes::failed(Theme::colored(false));
    failed.keys("O");
    assert!(failed.frame().contains("no other account has signed in"), "{}", failed.frame());
    let mut other = super::scenes::other_account(Theme::colored(false));
    other.keys("O");
    assert!(other.waiting.is_some() && other.frame().contains("Prepare the request"), "{}", other.frame());
}

#[test]
fn an_edit_that_waits_for_a_slow_store_says_so_and_esc_gives_it_up() {
    let mut stage = stage();
    stage.leaves_edits = true;
    stage.keys("r").typed("x").keys("enter");
    let id = stage.waiting.unwrap();
    stage.told(JobEvent::Waiting("postgres://db.example/x".to_owned()));
    assert!(stage.frame().contains("Waiting for postgres://db.example/x"), "{}", stage.frame());
    stage.keys("esc");
    assert_eq!(stage.canceled, [id]);
    assert!(!heading(&stage).contains("Rename"), "nothing is blocked meanwhile: {}", stage.frame());
    stage.ends(Err(Problem::new(Kind::Temporary, "The edit was canceled. Nothing was saved.")));
    assert!(stage.frame().contains("The edit was canceled"), "{}", stage.frame());
    // While nothing waits, esc cancels nothing.
    stage.keys("r").typed("y").keys("enter esc");
    assert_eq!(stage.canceled, [id]);
}

#[test]
fn case_22_the_first_reading_of_a_shared_vault_shows_its_progress_and_esc_cancels_it() {
    let mut stage = Stage::locked(Theme::colored(false));
    stage.typed("the passphrase").keys("enter");
    let id = stage.waiting.unwrap();
    stage.told(JobEvent::Reading { done: 3_000, total: 20_000 });
    assert!(stage.frame().contains("3000 of 20000 objects"), "{}", stage.frame());
    assert!(stage.frame().contains("15 %"), "{}", stage.frame());
    stage.keys("esc");
    assert!(stage.canceled == [id] && !stage.quit);
    stage.ends(Err(Problem::new(Kind::Temporary, "Reading the team vault was canceled.")));
    assert!(stage.frame().contains("was canceled"), "{}", stage.frame());
    stage.keys("esc");
    assert!(stage.quit);
}
