//! Scenes of Security > Team and of the vault switcher, and their behavior key by key.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;

use credenza::engine::VaultHere;
use credenza::engine::event::{JobEvent, Outcome, TeamOutcome};
use credenza::engine::operation::{Operation, TeamOperation};
use credenza::engine::ops::team::{Authorship, Member, Role, RotationItem, TeamSnapshot, TeamState};
use credenza::model::credential::CredentialId;
use credenza::problem::{Kind, Problem};
use credenza::tui::route::Route;
use credenza::tui::theme::Theme;
use jiff::SignedDuration;

use super::scenes::staged;
use super::stage::{Stage, now};

const WORDS: &str = "copper lantern orbit violin";

pub(super) fn member(name: &str, role: Role, days: i32) -> Member {
    let since = now() - SignedDuration::from_hours(24) * days;
    let (id, added_by) = (format!("id-{name}"), "Ana".to_owned());
    Member {
        id,
        name: name.to_owned(),
        role,
        since,
        added_by,
        credentials: Vec::new(),
        is_own: false,
        last_seen: Some(now() - SignedDuration::from_hours(3)),
    }
}

/// Ana, Bob, Carl and a host that reads two credentials; the user of the screens is `own`.
fn team(stage: &Stage, own: &str) -> TeamSnapshot {
    let mut ci = member("ci", Role::Host, 3);
    ci.credentials = ["ManageEngine Comp", "Entra"].map(|name| stage.app_credential(name)).to_vec();
    let list = [member("Ana", Role::Admin, 40), member("Bob", Role::Member, 12), member("Carl", Role::Reader, 5)];
    let mut members: Vec<Member> = list.into_iter().chain([ci]).collect();
    for member in &mut members {
        member.is_own = member.name == own;
    }
    TeamSnapshot { place: "postgres://ana@db.acme.example/credenza".to_owned(), members, ..TeamSnapshot::default() }
}

pub(super) fn shared(theme: Theme, own: &str, change: impl FnOnce(&Stage, &mut TeamSnapshot)) -> Stage {
    let mut stage = Stage::full(theme);
    let mut team = team(&stage, own);
    change(&stage, &mut team);
    stage.holds(|snapshot| snapshot.team = Some(team));
    stage
}

fn visited(theme: Theme, own: &str, to_encrypt: usize) -> Stage {
    let mut stage = shared(theme, own, |_, _| ());
    stage.visit(Route::Team);
    let read = TeamState { to_encrypt, ..TeamState::default() };
    stage.ends(Ok(Outcome::Team(TeamOutcome::State(Box::new(read)))));
    stage
}

fn to_rotate(stage: &Stage, name: &str, what: &[&str]) -> RotationItem {
    let credential = stage.app_credential(name);
    let (what, because_of) = (what.iter().map(|what| (*what).to_owned()).collect(), "Dora".to_owned());
    RotationItem { credential, name: name.to_owned(), what, because_of, since: now() - SignedDuration::from_hours(50) }
}

fn rotating(theme: Theme) -> Stage {
    shared(theme, "Ana", |stage, team| {
        team.rotation = vec![
            to_rotate(stage, "Entra Reports", &["client secret", "grant"]),
            to_rotate(stage, "Okta directory", &["key"]),
        ];
    })
}

pub(super) fn team_none(theme: Theme) -> Stage {
    staged(Stage::full(theme), "0")
}

pub(super) fn team_members(theme: Theme) -> Stage {
    staged(visited(theme, "Ana", 0), "down down down")
}

pub(super) fn team_of_reader(theme: Theme) -> Stage {
    staged(visited(theme, "Carl", 0), "+")
}

pub(super) fn team_unfinished(theme: Theme) -> Stage {
    let mut stage = visited(theme, "Ana", 12);
    let mut team = team(&stage, "Ana");
    team.rotation = vec![to_rotate(&stage, "Entra Reports", &["grant"])];
    stage.holds(|snapshot| {
        snapshot.team = Some(team);
        snapshot.as_of = Some(now() - SignedDuration::from_mins(16));
    });
    stage
}

pub(super) fn team_failed(theme: Theme) -> Stage {
    let mut stage = shared(theme, "Ana", |_, _| ());
    stage.visit(Route::Team);
    let problem = Problem::new(Kind::Temporary, "The team's store cannot be reached.").try_this("Try again.");
    stage.ends(Err(problem));
    stage
}

pub(super) fn team_member(theme: Theme) -> Stage {
    let mut stage = staged(visited(theme, "Ana", 0), "down enter");
    stage.ends(Ok(Outcome::Team(TeamOutcome::Words(WORDS.to_owned()))));
    stage
}

pub(super) fn team_add(theme: Theme) -> Stage {
    staged(visited(theme, "Ana", 0), "+")
}

pub(super) fn team_add_refused(theme: Theme) -> Stage {
    let mut stage = team_add(theme);
    stage.paste("not a code").keys("enter");
    stage.ends(Err(Problem::new(Kind::Usage, "This is not a join code.").try_this("Copy all of it.")));
    stage
}

pub(super) fn team_add_compare(theme: Theme) -> Stage {
    let mut stage = team_add(theme);
    stage.paste("crdj1-0123456789").keys("enter");
    stage.ends(Ok(Outcome::Team(TeamOutcome::Newcomer { name: "Dora".to_owned(), words: WORDS.to_owned() })));
    stage
}

pub(super) fn team_add_running(theme: Theme) -> Stage {
    let mut stage = staged(team_add_compare(theme), "y");
    stage.told(JobEvent::Encrypting(0, 240));
    stage.pass(SignedDuration::from_secs(4));
    stage.told(JobEvent::Encrypting(60, 240));
    stage
}

pub(super) fn team_host_choose(theme: Theme) -> Stage {
    let mut stage = staged(visited(theme, "Ana", 0), "H");
    stage.typed("build 7").keys("enter").typed("/home/ana/build7.key").keys("enter space");
    stage
}

pub(super) fn team_host_added(theme: Theme) -> Stage {
    let mut stage = staged(team_host_choose(theme), "enter");
    let mut host = member("build 7", Role::Host, 0);
    host.credentials = vec![stage.app_credential("ManageEngine Comp")];
    stage.ends(Ok(Outcome::Team(TeamOutcome::Added(Box::new(host)))));
    stage
}

pub(super) fn team_remove(theme: Theme) -> Stage {
    staged(visited(theme, "Ana", 0), "down d")
}

pub(super) fn team_removing(theme: Theme) -> Stage {
    let mut stage = staged(team_remove(theme), "y");
    stage.told(JobEvent::Encrypting(150, 240));
    stage
}

pub(super) fn rotation(theme: Theme) -> Stage {
    let mut stage = rotating(theme);
    stage.visit(Route::Rotation);
    stage
}

pub(super) fn rotation_none(theme: Theme) -> Stage {
    let mut stage = shared(theme, "Ana", |_, _| ());
    stage.visit(Route::Rotation);
    stage
}

pub(super) fn rotation_asks(theme: Theme) -> Stage {
    staged(rotation(theme), "d")
}

pub(super) fn credentials_to_rotate(theme: Theme) -> Stage {
    rotating(theme)
}

fn saved_by(by: &str, revision: u64) -> Authorship {
    Authorship { by: by.to_owned(), is_own: by == "Ana", at: now() - SignedDuration::from_mins(2), revision }
}

/// Sets the author of the latest version of a record.
fn with_author(stage: &mut Stage, id: CredentialId, author: Authorship) {
    let mut team = team(stage, "Ana");
    team.authors = Arc::new(BTreeMap::from([(id.to_string(), author)]));
    stage.holds(|snapshot| snapshot.team = Some(team));
}

pub(super) fn details_saved_by(theme: Theme) -> Stage {
    let mut stage = Stage::full(theme);
    let id = stage.app_credential("Entra");
    with_author(&mut stage, id, saved_by("Bob", 3));
    stage.visit(Route::Details(id));
    staged(stage, "down down down")
}

fn vault(name: &str, place: &str) -> VaultHere {
    VaultHere { name: name.to_owned(), place: place.to_owned() }
}

pub(super) fn vaults(theme: Theme) -> Stage {
    let mut stage = Stage::full(theme);
    let local = vault("local", "/home/ana/.local/share/credenza/vault.age");
    stage.app.set_vaults(vec![local, vault("acme", "postgres://ana@db.acme.example/credenza")]);
    staged(stage, "F6 down")
}

fn plain() -> Theme {
    Theme::colored(false)
}

fn last_line(stage: &Stage) -> String {
    let frame = stage.frame();
    frame.lines().rev().nth(1).unwrap().to_owned()
}

#[test]
fn only_an_admin_changes_members_and_everybody_else_is_told_so() {
    for (own, said) in [("Bob", "Only an admin"), ("Carl", "Only an admin"), ("ci", "Only an admin")] {
        let mut stage = visited(plain(), own, 0);
        for key in ["+", "H", "d"] {
            stage.keys(key);
            assert!(last_line(&stage).contains(said), "{own} {key}: {}", stage.frame());
            assert!(stage.waiting.is_none(), "{own} {key}");
        }
    }
    let mut stage = visited(plain(), "Ana", 0);
    stage.keys("d");
    assert!(last_line(&stage).contains("cannot remove yourself"), "{}", stage.frame());
    stage.keys("f");
    assert!(last_line(&stage).contains("Everything is encrypted"), "{}", stage.frame());
}

#[test]
fn a_member_is_added_only_after_the_words_were_agreed_to_and_with_the_role_that_was_chosen() {
    let mut stage = team_add_compare(plain());
    assert!(stage.frame().contains(WORDS) && stage.frame().contains("Dora"), "{}", stage.frame());
    stage.keys("enter");
    assert!(stage.waiting.is_none(), "enter agrees to nothing");
    stage.keys("down y");
    let asked = stage.asked.take();
    assert!(
        matches!(&asked, Some(Operation::Team(TeamOperation::AddMember { code, role: Role::Reader }))
            if code == "crdj1-0123456789"),
        "{asked:?}"
    );
    stage.ends(Ok(Outcome::Team(TeamOutcome::Added(Box::new(member("Dora", Role::Reader, 0))))));
    assert!(last_line(&stage).contains("Added \"Dora\" (reader)"), "{}", stage.frame());
    assert!(stage.frame().lines().next().unwrap().ends_with("Team") || stage.frame().contains("> Team"));
}

#[test]
fn a_removal_names_who_goes_can_be_stopped_and_leads_to_the_rotation_list() {
    let mut stage = team_remove(plain());
    assert!(stage.frame().contains("Remove \"Bob\" (member, reads every credential)?"), "{}", stage.frame());
    stage.keys("enter");
    assert!(!stage.frame().contains("Remove \"Bob\""), "enter means no: {}", stage.frame());
    assert!(!matches!(stage.asked, Some(Operation::Team(TeamOperation::Remove(_)))));
    stage.keys("d y");
    let asked = stage.asked.take();
    assert!(matches!(&asked, Some(Operation::Team(TeamOperation::Remove(id))) if id == "id-Bob"), "{asked:?}");
    stage.told(JobEvent::Encrypting(50, 240));
    assert!(stage.frame().contains("50 of 240 objects, 20%"), "{}", stage.frame());
    // A number key does not leave the page until the operation is stopped.
    stage.keys("1");
    assert!(last_line(&stage).contains("Press esc to stop"), "{}", stage.frame());
    stage.keys("esc");
    assert_eq!(stage.canceled.len(), 1);
    assert!(stage.frame().contains("Stopping after this portion"), "{}", stage.frame());
    let left = vec![to_rotate(&stage, "Okta directory", &["grant"])];
    let mut team = team(&stage, "Ana");
    team.rotation.clone_from(&left);
    stage.holds(|snapshot| snapshot.team = Some(team));
    stage.ends(Ok(Outcome::Team(TeamOutcome::Removed(left))));
    assert!(stage.frame().contains("> Rotation list") && stage.frame().contains("Okta directory"), "{}", stage.frame());
    assert!(stage.frame().contains("The re-encryption was stopped"), "{}", stage.frame());
}

#[test]
fn a_rotation_entry_is_taken_off_after_a_question_and_a_reader_is_told_why_not() {
    let mut stage = rotation_asks(plain());
    assert!(stage.frame().contains("Take \"Entra Reports\" off the rotation list?"), "{}", stage.frame());
    let id = stage.app_credential("Entra");
    stage.keys("y");
    assert!(matches!(&stage.asked, Some(Operation::Team(TeamOperation::Rotated(one))) if *one == id));
    stage.ends(Ok(Outcome::Team(TeamOutcome::Rotated(Vec::new()))));
    assert!(last_line(&stage).contains("off the rotation list"), "{}", stage.frame());
    let mut stage =
        shared(plain(), "Carl", |stage, team| team.rotation = vec![to_rotate(stage, "Entra Reports", &["key"])]);
    stage.visit(Route::Rotation).keys("d");
    assert!(last_line(&stage).contains("Ask an admin or a member"), "{}", stage.frame());
    stage.keys("enter");
    assert!(stage.frame().lines().next().unwrap().contains("Entra Reports"), "{}", stage.frame());
}

#[test]
fn what_somebody_else_saved_is_said_with_the_name_and_what_was_saved_here_is_not() {
    let mut stage = Stage::full(plain());
    let id = stage.app_credential("Entra");
    with_author(&mut stage, id, saved_by("Bob", 3));
    assert!(!last_line(&stage).contains("Bob"), "what was there when it was opened is no news: {}", stage.frame());
    with_author(&mut stage, id, saved_by("Ana", 4));
    assert!(!last_line(&stage).contains("changed"), "{}", stage.frame());
    with_author(&mut stage, id, saved_by("Bob", 5));
    assert!(last_line(&stage).contains("Bob changed \"Entra Reports\"."), "{}", stage.frame());
    // A message that the user has to see is not covered by the news.
    stage.keys("esc");
    let mut stage = team_of_reader(plain());
    with_author(&mut stage, id, saved_by("Bob", 6));
    assert!(last_line(&stage).contains("Only an admin"), "{}", stage.frame());
}

#[test]
fn another_vault_is_opened_after_this_one_is_locked() {
    let mut stage = vaults(plain());
    stage.keys("enter");
    assert_eq!(stage.vault.as_deref(), Some("acme"));
    assert!(stage.frame().contains("Unlock vault") && !stage.frame().contains("ManageEngine"), "{}", stage.frame());
    // The unlock screen has the same key.
    stage.keys("F6");
    assert!(stage.frame().contains("Switch vault"), "{}", stage.frame());
    stage.keys("esc F6 up enter");
    assert!(stage.frame().contains("Unlock vault"), "{}", stage.frame());
}

#[test]
fn what_is_typed_while_a_vault_is_being_opened_is_never_tried_on_the_one_before() {
    let mut stage = vaults(plain());
    stage.keys("enter").typed("abc");
    assert!(stage.frame().contains("Opening the vault") && stage.frame().contains("acme"), "{}", stage.frame());
    stage.keys("enter");
    assert!(stage.asked.is_none() && last_line(&stage).contains("is being opened"), "{}", stage.frame());
    stage.enters(Path::new("/home/ana/.local/share/credenza/vaults/acme"));
    assert!(stage.frame().contains("vaults/acme") && stage.frame().contains("•••▏"), "{}", stage.frame());
    stage.keys("enter");
    assert!(stage.waiting.is_some() && stage.frame().contains("Unlocking"), "{}", stage.frame());
    // If the other vault could not be opened, the previous one is shown again, without what was typed for the other.
    let mut stage = vaults(plain());
    stage.keys("enter").typed("abc");
    let before = stage.folder();
    stage.enters(&before);
    assert!(stage.frame().contains("Unlock vault") && !stage.frame().contains("•••"), "{}", stage.frame());
}

#[test]
fn the_header_names_the_vault_and_since_when_its_store_cannot_be_reached() {
    let first = |stage: &Stage| stage.frame().lines().next().unwrap().to_owned();
    assert!(!first(&Stage::full(plain())).contains("local"), "the only vault of a machine needs no name");
    assert!(first(&visited(plain(), "Ana", 0)).contains("local  locks in"));
    let mut stage = team_unfinished(plain());
    for (width, height) in [(80, 24), (120, 40), (200, 50)] {
        stage.resize(width, height);
        assert!(first(&stage).contains("local  ▲ offline, as of 09:42  locks in"), "{}", stage.frame());
        assert!(stage.frame().contains("12 objects are not re-encrypted yet"), "{}", stage.frame());
    }
    stage.keys("f");
    assert!(last_line(&stage).contains("cannot be reached now"), "{}", stage.frame());
}

#[test]
fn a_host_that_would_read_nothing_is_not_added() {
    let mut stage = team_host_choose(Theme::colored(false));
    // Takes away the credential that was checked.
    stage.keys("space enter");
    assert!(stage.waiting.is_none() && stage.frame().contains("A host needs at least one"), "{}", stage.frame());
}
