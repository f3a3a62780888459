//! The scenes: the keys that lead to each screen and dialog.

use std::time::Duration;

use credenza::engine::event::{JobEvent, Outcome};
use credenza::engine::ops::doctor::{Finding, FindingLevel};
use credenza::engine::ops::recovery::RecoveryKit;
use credenza::engine::ops::sign_in::{DeviceCodePrompt, Progress, SignInPrompt};
use credenza::problem::{Kind, NextStep, Problem};
use credenza::secret::Secret;
use credenza::tui::theme::Theme;

use super::audit_scenes::*;
use super::deadline_scenes::*;
use super::detail_scenes::*;
use super::form_scenes::*;
use super::integration_scenes::*;
use super::key_scenes::*;
use super::run_scenes::*;
use super::selection_scenes::*;
use super::stage::{PASSPHRASE, Stage};
use super::table_scenes::*;
use super::team_entry_scenes::*;
use super::team_log_scenes::*;
use super::team_scenes::*;
use super::tool_scenes::*;
use super::transfer_scenes::*;
use super::undo_scenes::*;

type Scene = fn(Theme) -> Stage;

macro_rules! scenes {
    ($($name:ident)*) => {
        /// All scenes by name.
        pub(super) const SCENES: &[(&str, Scene)] = &[$((stringify!($name), $name)),*];

        mod frames {
            $(
                #[test]
                fn $name() {
                    super::super::golden(stringify!($name), &mut super::$name(super::Theme::colored(false)));
                }
            )*
        }
    };
}

scenes! {
    welcome restore_by_kit restore_by_kit_incomplete first_run first_run_weak first_run_differing unlock unlock_by_plugin unlock_by_ssh_key unlocking unlocking_large wrong_passphrase older_vault
    menu menu_integrations doctor_looking doctor passphrase passphrase_judged passphrase_weak recovery_kit recovery_kit_proof
    credentials credentials_empty credentials_unread credentials_refused_each_time filter filter_words filter_mistake filter_without_hit due_first sort_menu
    selected_rows delete_several_asks integrations_delete_several tags_dialog copy_menu tested_in_turn skipped_in_turn
    add add_query add_no_match add_advanced
    form_information form_authorization form_edit form_corrected_domain form_refused_domain form_missing
    form_domain_list form_domain_unset form_scopes_list
    authenticating waiting waiting_port_taken waiting_pasting waiting_ignored exchanging mfa_panel failed other_account
    device_asking device_code device_code_inside device_code_http device_saving device_denied device_expired client_credentials form_client_credentials
    add_key form_key form_custom_key form_two_keys form_basic form_key_missing form_key_edit
    testing test_failed details_key details_key_refused details_key_untested details_tested credentials_keys
    details details_refused details_unread details_refused_each_time details_partly_granted details_two_tokens revoke_asks
    audit_reading audit_log audit_log_changed audit_log_empty audit_log_filter details_used version_history version_history_compared version_history_asks
    deadlines deadlines_selected deadlines_filter deadlines_no_match deadlines_empty deadlines_none deadlines_unread
    integrations_reading integrations integrations_failed integrations_empty integrations_filter integrations_paused
    integrations_deleted integration_add integration_add_query integration_add_none
    integration_form integration_form_error integration_form_without_credential integration_form_created
    integration_edit integration_details integration_details_failing integration_details_never integration_added
    integrations_help integration_edit_error integration_rename integration_duplicate choose_credential choose_credential_none details_integrations
    deleted_used_credential
    rename rename_taken duplicate delete_asks deleted undone undo_asks
    help palette palette_query problem
    test_run_running test_run_passed test_run_scrolled test_run_failed test_run_panel test_run_details
    test_run_not_available test_run_mapping
    sync_running sync_waiting sync_canceling sync_canceled sync_done sync_errors sync_withheld sync_failed sync_no_folder
    settings_reading settings settings_words settings_text settings_refused settings_unknown_key settings_broken
    catalog catalog_query catalog_none catalog_entry catalog_files_reading catalog_files catalog_files_none
    hosts hosts_none host_add host_add_failed host_added host_remove host_remove_failed
    team_none team_members team_of_reader team_unfinished team_failed team_member team_add team_add_refused team_add_compare
    team_add_running team_host_choose team_host_added team_remove team_removing rotation rotation_none rotation_asks
    credentials_to_rotate details_saved_by vaults
    team_entrance_locked team_create team_create_moving team_create_refused team_create_testing team_create_saving team_created
    team_join team_join_weak team_join_waiting team_join_silent team_join_admitted unlock_waiting
    team_log_reading team_log team_log_of_member team_log_offline team_log_changed team_log_line
    agent_asking agent_none agent agent_locked agent_failed agent_start agent_unlock agent_stop
    import_form import_options found_looking found_files found_refused found_none found_failed import_reading import_failed import_preview import_consent import_trying import_done
    export export_empty export_template export_encrypted export_failed
    sessions sessions_filter sessions_one sessions_marked sessions_compare sessions_empty sessions_running sessions_unread
}

pub(super) fn staged(mut stage: Stage, keys: &str) -> Stage {
    stage.keys(keys);
    stage
}

fn welcome(theme: Theme) -> Stage {
    Stage::first_run(theme)
}

fn restore_by_kit(theme: Theme) -> Stage {
    staged(Stage::first_run(theme), "down down down enter")
}

fn restore_by_kit_incomplete(theme: Theme) -> Stage {
    let mut stage = restore_by_kit(theme);
    stage.typed("/media/stick/vault.age").keys("enter enter enter enter");
    stage
}

fn first_run(theme: Theme) -> Stage {
    staged(Stage::first_run(theme), "enter")
}

fn first_run_weak(theme: Theme) -> Stage {
    let mut stage = first_run(theme);
    stage.typed("abc").keys("enter").typed("abc").keys("enter");
    stage
}

fn first_run_differing(theme: Theme) -> Stage {
    let mut stage = first_run(theme);
    stage.typed("one two three").keys("enter").typed("one two").keys("enter");
    stage
}

fn unlock(theme: Theme) -> Stage {
    Stage::locked(theme)
}

fn unlock_by_plugin(theme: Theme) -> Stage {
    Stage::locked_by(theme, Some("PIN"), "yubikey key: touch it when it asks for it")
}

fn unlock_by_ssh_key(theme: Theme) -> Stage {
    let mut stage = Stage::locked_by(theme, None, "SSH key ~/.ssh/id_ed25519");
    stage.keys("enter");
    stage
}

fn unlocking_large(theme: Theme) -> Stage {
    let mut stage = unlocking(theme);
    stage.told(JobEvent::Reading { done: 3_000, total: 20_000 });
    stage
}

fn unlocking(theme: Theme) -> Stage {
    let mut stage = Stage::locked(theme);
    stage.typed(PASSPHRASE).keys("enter");
    stage
}

fn wrong_passphrase(theme: Theme) -> Stage {
    let mut stage = unlocking(theme);
    stage.ends(Err(Problem::new(Kind::Locked, "The passphrase does not open the vault.")
        .why("Nothing was changed.")
        .try_this("Type it again; look at caps lock and the keyboard's layout.")));
    stage
}

fn older_vault(theme: Theme) -> Stage {
    let mut stage = unlocking(theme);
    stage.ends(Err(Problem::new(Kind::RolledBack, "The vault is an old version: 3; this machine has seen 7.")
        .why("An old file was restored or synced. Its refresh tokens may be used up, so none is used.")
        .try_this("Put the newer file back, or keep using this one.")
        .step(NextStep::UseOlderVault { newer: None })));
    stage.typed(PASSPHRASE);
    stage
}

pub(super) fn menu(theme: Theme) -> Stage {
    staged(Stage::full(theme), "esc")
}

fn menu_integrations(theme: Theme) -> Stage {
    staged(menu(theme), "6")
}

fn doctor_looking(theme: Theme) -> Stage {
    staged(details_refused(theme), "w")
}

pub(super) fn doctor(theme: Theme) -> Stage {
    let mut stage = doctor_looking(theme);
    let good = |check, said: &str| Finding { check, verdict: FindingLevel::Good(said.to_owned()) };
    let taken = Problem::new(Kind::Usage, "Port 53682 is in use by another program.")
        .why("The redirect URI registered at the provider names this port.")
        .try_this("End that program, or set another redirect_port and register it at the provider.");
    stage.ends(Ok(Outcome::Examined(vec![
        good("vault", "/home/ana/.local/share/credenza/vault.age, 4096 bytes"),
        Finding { check: "port", verdict: FindingLevel::Bad(taken) },
        good("browser", "firefox"),
        Finding {
            check: "clipboard",
            verdict: FindingLevel::Notice(
                "no clipboard tool; using OSC 52, which some terminals ignore".to_owned(),
                None,
            ),
        },
        good("ca_file", "the system's certificates"),
        good("dns", "accounts.zoho.eu is known"),
        good("clock", "at most 1 s off the provider's"),
    ])));
    stage
}

fn passphrase(theme: Theme) -> Stage {
    staged(menu(theme), "4")
}

fn passphrase_judged(theme: Theme) -> Stage {
    let mut stage = passphrase(theme);
    stage.typed(PASSPHRASE).keys("enter").typed("abc");
    stage
}

fn passphrase_weak(theme: Theme) -> Stage {
    let mut stage = passphrase_judged(theme);
    stage.keys("enter").typed("abc").keys("enter");
    stage
}

fn recovery_kit(theme: Theme) -> Stage {
    let mut stage = staged(menu(theme), "5");
    let identity = "AGE-SECRET-KEY-1QQPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQYQSZQGPQSEXAMPL";
    let kit = RecoveryKit { identity: Secret::new(identity.to_owned()), recipient: "age1example".to_owned() };
    stage.ends(Ok(Outcome::Recovery(Box::new(kit))));
    stage
}

fn recovery_kit_proof(theme: Theme) -> Stage {
    let mut stage = recovery_kit(theme);
    stage.keys("enter").typed("EXAM");
    stage
}

fn credentials(theme: Theme) -> Stage {
    Stage::full(theme)
}

fn credentials_empty(theme: Theme) -> Stage {
    Stage::empty(theme)
}

pub(super) fn add(theme: Theme) -> Stage {
    staged(Stage::full(theme), "+")
}

fn add_query(theme: Theme) -> Stage {
    let mut stage = add(theme);
    stage.typed("mdm");
    stage
}

fn add_no_match(theme: Theme) -> Stage {
    let mut stage = add(theme);
    stage.typed("qqqq");
    stage
}

fn add_advanced(theme: Theme) -> Stage {
    staged(add_no_match(theme), "ctrl-n")
}

fn form_information(theme: Theme) -> Stage {
    let mut stage = add(theme);
    stage.typed("manageengine").keys("enter");
    stage
}

pub(super) fn form_authorization(theme: Theme) -> Stage {
    staged(form_information(theme), "pgdn")
}

fn form_edit(theme: Theme) -> Stage {
    staged(Stage::full(theme), "E pgdn")
}

fn form_missing(theme: Theme) -> Stage {
    staged(form_information(theme), "F5")
}

fn authenticating(theme: Theme) -> Stage {
    staged(Stage::full(theme), "down a")
}

fn waiting(theme: Theme) -> Stage {
    let mut stage = authenticating(theme);
    invite(&mut stage);
    stage.news(Progress::BrowserOpened);
    stage
}

/// The authentication waits for the browser.
pub(super) fn invite(stage: &mut Stage) {
    let url = "https://accounts.zoho.eu/oauth/v2/auth?response_type=code&client_id=1000.4F7KQ2M8VZ1T6RXC3B0NDY5WHJ9Q\
        &redirect_uri=http%3A%2F%2Flocalhost%3A53682%2Fcallback&scope=Devices.READ&state=example";
    stage.news(Progress::Waiting(Box::new(SignInPrompt {
        redirect_uri: "http://localhost:53682/callback".to_owned(),
        url: url.parse().unwrap(),
        short_link: Some("http://localhost:53682/go/k3x9qd".to_owned()),
        ssh: Some("ssh -L 53682:localhost:53682 this-host".to_owned()),
        no_listener: None,
        other_port: None,
        fingerprint: None,
        behind_page: None,
    })));
}

fn waiting_pasting(theme: Theme) -> Stage {
    let mut stage = waiting(theme);
    stage.paste("http://localhost:53682/callback?code=1000.abc&state=example");
    stage
}

fn waiting_ignored(theme: Theme) -> Stage {
    let mut stage = waiting(theme);
    stage.news(Progress::Ignored(
        Problem::new(Kind::Usage, "This address belongs to another sign-in.").try_this("Use the page opened last."),
    ));
    stage
}

/// A sign-in for this integration has begun.
fn signing_in(theme: Theme, integration: &str) -> Stage {
    let credential = super::seed::with("Sign-in", integration, 1);
    staged(Stage::open(theme, vec![credential]), "a")
}

pub(super) fn code_for(stage: &mut Stage, uri: &str, complete: Option<&str>) {
    stage.news(Progress::Device(Box::new(DeviceCodePrompt {
        user_code: "ABCD-EFGH".to_owned(),
        verification_uri: uri.parse().unwrap(),
        complete: complete.map(|uri| uri.parse().unwrap()),
        openable: uri.starts_with("https:"),
        expires_in: Duration::from_secs(900),
        interval: Duration::from_secs(5),
    })));
}

fn device_asking(theme: Theme) -> Stage {
    signing_in(theme, "google-device")
}

fn device_code(theme: Theme) -> Stage {
    let mut stage = device_asking(theme);
    code_for(&mut stage, "https://www.google.com/device", None);
    stage
}

fn device_code_inside(theme: Theme) -> Stage {
    let mut stage = device_asking(theme);
    let complete = "https://login.example.com/device?user_code=ABCD-EFGH";
    code_for(&mut stage, "https://login.example.com/device", Some(complete));
    stage.news(Progress::Undecided { next: Duration::from_secs(5) });
    stage.news(Progress::Ignored(Problem::new(Kind::Temporary, "login.example.com did not answer in time.")));
    stage.news(Progress::Undecided { next: Duration::from_secs(10) });
    stage.pass(jiff::SignedDuration::from_secs(23));
    stage
}

fn device_code_http(theme: Theme) -> Stage {
    let mut stage = device_asking(theme);
    code_for(&mut stage, "http://login.example.com/device", None);
    stage.keys("o");
    stage
}

fn device_saving(theme: Theme) -> Stage {
    let mut stage = device_code(theme);
    stage.news(Progress::Saving);
    stage
}

fn device_denied(theme: Theme) -> Stage {
    let mut stage = device_code(theme);
    stage.ends(Err(Problem::new(Kind::NeedsAuthentication, "The request was rejected in the browser.")
        .why("You or a policy of the provider declined. Nothing was changed.")
        .try_this("Authenticate again and accept. If you did accept, ask the provider's administrator.")));
    stage
}

fn device_expired(theme: Theme) -> Stage {
    let mut stage = device_code(theme);
    stage.ends(Err(Problem::new(Kind::NeedsAuthentication, "The code was not entered within 15 minutes.")
        .why("The code has expired. Nothing was changed.")
        .try_this("Authenticate again for a new code.")));
    stage
}

fn client_credentials(theme: Theme) -> Stage {
    let mut stage = signing_in(theme, "microsoft-entra-app");
    stage.news(Progress::Exchanging);
    stage
}

fn form_client_credentials(theme: Theme) -> Stage {
    let mut stage = add(theme);
    stage.typed("zoom server").keys("enter pgdn");
    stage
}

fn exchanging(theme: Theme) -> Stage {
    let mut stage = waiting(theme);
    stage.news(Progress::Exchanging);
    stage
}

fn mfa_panel(theme: Theme) -> Stage {
    staged(waiting(theme), "m")
}

pub(super) fn failed(theme: Theme) -> Stage {
    let mut stage = waiting(theme);
    stage.ends(Err(Problem::new(Kind::NeedsAuthentication, "The provider refused the code: invalid_client.")
        .why("It does not know this client ID and secret at accounts.zoho.eu.")
        .try_this("Compare both with the provider's console; look at the data center.")));
    stage
}

pub(super) fn other_account(theme: Theme) -> Stage {
    let mut stage = waiting(theme);
    stage.ends(Err(Problem::new(
        Kind::OtherAccount,
        "bea@fjord.example signed in, and this credential is ann@northwind.example's.",
    )
    .why("The browser was signed in with another account. Nothing was changed, and the new tokens were not kept.")
    .try_this("Sign out there, or use a private window, and authenticate again; or accept the other account.")
    .step(NextStep::AcceptOtherAccount { name: "ManageEngine MDM (EU)".to_owned() })));
    stage
}

fn rename(theme: Theme) -> Stage {
    staged(Stage::full(theme), "r")
}

fn rename_taken(theme: Theme) -> Stage {
    let mut stage = rename(theme);
    stage.keys("ctrl-u").typed("entra reports").keys("enter");
    stage
}

fn duplicate(theme: Theme) -> Stage {
    staged(Stage::full(theme), "D")
}

fn help(theme: Theme) -> Stage {
    staged(Stage::full(theme), "?")
}

fn palette(theme: Theme) -> Stage {
    staged(Stage::full(theme), ":")
}

fn palette_query(theme: Theme) -> Stage {
    let mut stage = Stage::full(theme);
    stage.keys("ctrl-p").typed("lock");
    stage
}

fn problem(theme: Theme) -> Stage {
    let mut stage = Stage::full(theme);
    stage.keys("y");
    stage.ends(Err(Problem::new(Kind::Temporary, "The provider could not be reached.")
        .why("accounts.zoho.com does not answer.")
        .try_this("Try again later; nothing was changed.")));
    stage.keys("e");
    stage
}
