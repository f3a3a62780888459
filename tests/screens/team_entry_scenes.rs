//! Scenes of creating and joining a team vault, and their behavior key by key.

use credenza::engine::VaultHere;
use credenza::engine::event::{EntryEvent, JobEvent, Outcome, TeamOutcome};
use credenza::engine::operation::Operation;
use credenza::engine::ops::team::entry::{Asked, EntryStep, Moved, NewVault};
use credenza::engine::ops::team::{Admitted, JoinTicket, Role};
use credenza::problem::{Kind, NextStep, Problem};
use credenza::tui::route::{Route, TeamEntry};
use credenza::tui::theme::Theme;
use jiff::SignedDuration;

use super::scenes::staged;
use super::stage::Stage;

const WORDS: &str = "copper lantern orbit violin";

const ADDRESS: &str = "postgres://ana@db.acme.example/credenza";

const FINGERPRINT: &str = "9f2c1d70e8b54a3390f1c6ad24e7b8850c3d6e9a7b1f2048d5c6a7e8f9012b34";

fn here() -> VaultHere {
    VaultHere { name: "acme".to_owned(), place: ADDRESS.to_owned() }
}

fn step(stage: &mut Stage, step: EntryStep) {
    stage.told(JobEvent::Entry(EntryEvent::Step(step)));
}

fn asked() -> Asked {
    let code = format!("credenza1{}", "qyz7k2m4x9".repeat(14));
    let log_key = credenza::audit::Key::new([7; 32]);
    Asked {
        here: here(),
        joining: JoinTicket { code, words: WORDS.to_owned(), fingerprint: FINGERPRINT.to_owned(), log_key },
    }
}

fn form(theme: Theme, way: TeamEntry) -> Stage {
    let mut stage = Stage::full(theme);
    stage.visit(Route::CreateOrJoinTeam(way));
    stage
}

/// The form with all fields filled in, up to the passphrase.
fn filled(theme: Theme, way: TeamEntry, passphrase: &str) -> Stage {
    let mut stage = form(theme, way);
    stage.typed(ADDRESS).keys("tab").typed("Ana").keys("tab").typed("acme").keys("tab tab tab").typed(passphrase);
    if way != TeamEntry::CreateFromLocal {
        stage.keys("tab").typed(passphrase);
    }
    stage
}

pub(super) fn team_entrance_locked(theme: Theme) -> Stage {
    staged(Stage::locked(theme), "F6 +")
}

pub(super) fn team_create(theme: Theme) -> Stage {
    form(theme, TeamEntry::Create)
}

pub(super) fn team_create_moving(theme: Theme) -> Stage {
    let mut stage = staged(Stage::full(theme), "0 enter");
    stage.typed(ADDRESS).keys("tab tab tab tab tab");
    stage
}

pub(super) fn team_create_refused(theme: Theme) -> Stage {
    let mut stage = staged(filled(theme, TeamEntry::Create, "one two three four"), "enter");
    stage.ends(Err(Problem::new(Kind::Refused, format!("The team's store {ADDRESS} rejected the request."))
        .why("There is no database credenza.")
        .try_this("Create it (createdb credenza), or correct the address.")));
    stage
}

pub(super) fn team_create_testing(theme: Theme) -> Stage {
    let mut stage = staged(filled(theme, TeamEntry::Create, "one two three four"), "enter");
    step(&mut stage, EntryStep::Testing(1, 59));
    stage.pass(SignedDuration::from_secs(6));
    step(&mut stage, EntryStep::Testing(20, 59));
    stage
}

pub(super) fn team_create_saving(theme: Theme) -> Stage {
    let mut stage = staged(filled(theme, TeamEntry::CreateFromLocal, "one two three"), "enter");
    step(&mut stage, EntryStep::Testing(59, 59));
    step(&mut stage, EntryStep::Moving(Moved { credentials: 8, integrations: 1 }));
    stage
}

pub(super) fn team_created(theme: Theme) -> Stage {
    let mut stage = team_create_saving(theme);
    let moved = Moved { credentials: 8, integrations: 1 };
    let made = NewVault { here: here(), fingerprint: FINGERPRINT.to_owned(), moved };
    stage.ends(Ok(Outcome::Team(TeamOutcome::Created(Box::new(made)))));
    stage
}

pub(super) fn team_join(theme: Theme) -> Stage {
    form(theme, TeamEntry::Join)
}

pub(super) fn team_join_weak(theme: Theme) -> Stage {
    staged(filled(theme, TeamEntry::Join, "abc"), "enter")
}

pub(super) fn team_join_waiting(theme: Theme) -> Stage {
    let mut stage = staged(filled(theme, TeamEntry::Join, "one two three four"), "enter");
    stage.told(JobEvent::Entry(EntryEvent::Asked(Box::new(asked()))));
    stage
}

pub(super) fn team_join_silent(theme: Theme) -> Stage {
    let mut stage = team_join_waiting(theme);
    let problem = Problem::new(Kind::Temporary, format!("The team's store {ADDRESS} cannot be reached."));
    stage.told(JobEvent::Entry(EntryEvent::Silent(Some(Box::new(problem)))));
    stage
}

pub(super) fn team_join_admitted(theme: Theme) -> Stage {
    let mut stage = team_join_waiting(theme);
    let admitted = Admitted { role: Role::Member, by: "Ana".to_owned() };
    stage.ends(Ok(Outcome::Team(TeamOutcome::Admitted(admitted))));
    stage
}

pub(super) fn unlock_waiting(theme: Theme) -> Stage {
    let mut stage = Stage::locked(theme);
    stage.typed("one two").keys("enter");
    stage.told(JobEvent::Entry(EntryEvent::Asked(Box::new(asked()))));
    stage
}

fn plain() -> Theme {
    Theme::colored(false)
}

fn last_line(stage: &Stage) -> String {
    stage.frame().lines().rev().nth(1).unwrap().to_owned()
}

#[test]
fn what_was_typed_stays_after_a_refusal_and_is_sent_again() {
    let mut stage = team_create_refused(plain());
    let frame = stage.frame();
    assert!(frame.contains("createdb credenza") && frame.contains(ADDRESS) && frame.contains("Ana"), "{frame}");
    stage.keys("enter");
    let asked = stage.asked.take();
    let Some(Operation::CreateTeam(entry)) = &asked else { panic!("{asked:?}") };
    assert_eq!((entry.address.as_str(), entry.name.as_str(), entry.vault.as_str()), (ADDRESS, "Ana", "acme"));
    assert_eq!((entry.passphrase.expose(), entry.moves), ("one two three four", false));
}

#[test]
fn a_store_that_asks_for_a_password_leads_to_its_field() {
    let mut stage = staged(filled(plain(), TeamEntry::Join, "one two three four"), "enter");
    let problem = Problem::new(Kind::Refused, "The team's store rejected the request.").why("It asks for a password.");
    stage.ends(Err(problem.step(NextStep::GiveStorePassword)));
    assert!(stage.frame().contains("Type it into Store password."), "{}", stage.frame());
    stage.typed("s3cret").keys("enter");
    let asked = stage.asked.take();
    assert!(
        matches!(&asked, Some(Operation::JoinTeam(entry)) if entry.store_password.as_ref().unwrap().expose() == "s3cret"),
        "{asked:?}"
    );
}

#[test]
fn a_weak_passphrase_is_taken_with_the_second_enter_and_different_ones_never() {
    let mut stage = team_join_weak(plain());
    assert!(stage.waiting.is_none() && stage.frame().contains("too easy to guess"), "{}", stage.frame());
    stage.keys("enter");
    assert!(matches!(stage.asked, Some(Operation::JoinTeam(_))));
    let mut stage = filled(plain(), TeamEntry::Join, "one two three four");
    stage.typed("x").keys("enter enter");
    assert!(stage.waiting.is_none() && stage.frame().contains("passphrases differ"), "{}", stage.frame());
}

#[test]
fn the_self_test_is_canceled_by_esc_and_a_save_is_not() {
    let mut stage = team_create_testing(plain());
    assert!(stage.frame().contains("20 of 59 checks, 11 s left"), "{}", stage.frame());
    stage.keys("1");
    assert!(last_line(&stage).contains("Press esc to cancel"), "{}", stage.frame());
    stage.keys("esc");
    assert_eq!(stage.canceled.len(), 1);
    stage.ends(Err(Problem::new(Kind::Temporary, "The test of the team's store was canceled.")));
    assert!(stage.frame().contains(ADDRESS) && stage.frame().contains("was canceled"), "{}", stage.frame());
    let mut stage = team_create_saving(plain());
    stage.keys("esc");
    assert!(stage.canceled.is_empty() && stage.frame().contains("Moving 8 credentials and 1 integration"));
    assert!(last_line(&stage).contains("is being created"), "{}", stage.frame());
}

#[test]
fn a_new_vault_is_in_the_switcher_and_opened_by_enter() {
    let mut stage = team_created(plain());
    stage.keys("y");
    assert_eq!(stage.copied, [ADDRESS]);
    stage.keys("esc F6");
    assert!(stage.frame().contains("acme") && stage.frame().contains(ADDRESS), "{}", stage.frame());
    let mut stage = team_created(plain());
    stage.keys("enter");
    assert_eq!(stage.vault.as_deref(), Some("acme"));
    assert!(stage.frame().contains("Unlock vault"), "{}", stage.frame());
}

#[test]
fn a_machine_that_waits_copies_its_code_and_can_be_left() {
    let mut stage = team_join_waiting(plain());
    stage.keys("y");
    assert_eq!(stage.copied, [asked().joining.code]);
    stage.keys("esc");
    assert_eq!(stage.canceled.len(), 1);
    assert!(last_line(&stage).contains("open acme with F6"), "{}", stage.frame());
    let mut stage = team_join_admitted(plain());
    assert!(stage.frame().contains("Ana added this machine as a member."), "{}", stage.frame());
    stage.keys("enter");
    assert_eq!(stage.vault.as_deref(), Some("acme"));
}

#[test]
fn a_vault_that_waits_for_an_admin_shows_its_code_when_it_is_unlocked() {
    let mut stage = unlock_waiting(plain());
    assert!(stage.frame().contains(WORDS), "{}", stage.frame());
    stage.keys("y");
    assert_eq!(stage.copied, [asked().joining.code]);
    stage.keys("esc");
    assert_eq!(stage.canceled.len(), 1);
    assert!(stage.frame().contains("Passphrase"), "{}", stage.frame());
}

#[test]
fn only_the_local_vault_can_be_moved() {
    let mut stage = team_entrance_locked(plain());
    stage.keys("up enter");
    assert!(last_line(&stage).contains("Only the credentials of the local vault"), "{}", stage.frame());
    stage.keys("down enter");
    assert!(stage.frame().contains("Create a team vault") && stage.frame().contains("Repeat it"), "{}", stage.frame());
}
