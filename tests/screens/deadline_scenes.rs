//! Scenes of Security > Deadlines, and its behavior key by key.

use std::sync::Arc;

use credenza::model::credential::{AuthFailure, Credential};
use credenza::model::unreadable::Unreadable;
use credenza::tui::route::Route;
use credenza::tui::theme::Theme;

use super::scenes::staged;
use super::seed;
use super::stage::{Stage, now};

fn visited(mut stage: Stage) -> Stage {
    stage.visit(Route::Deadlines);
    stage
}

/// The seed, and two keys with an expiry date entered by the user, one of which has passed.
fn list() -> Vec<Credential> {
    let ends_on = |name: &str, day: &str| {
        let mut key = seed::key(name, "pagerduty-key", &[]);
        key.details.expires_on = Some(day.parse().unwrap());
        key
    };
    let mut list = seed::credentials();
    list.extend([ends_on("PagerDuty on-call", "2026-12-24"), ends_on("PagerDuty old", "2026-11-20")]);
    list
}

pub(super) fn deadlines(theme: Theme) -> Stage {
    visited(Stage::open(theme, list()))
}

pub(super) fn deadlines_selected(theme: Theme) -> Stage {
    staged(deadlines(theme), "down down down")
}

pub(super) fn deadlines_filter(theme: Theme) -> Stage {
    let mut stage = staged(deadlines(theme), "/");
    stage.typed("pagerduty secret");
    stage
}

pub(super) fn deadlines_no_match(theme: Theme) -> Stage {
    let mut stage = staged(deadlines(theme), "/");
    stage.typed("qqqq");
    stage
}

pub(super) fn deadlines_empty(theme: Theme) -> Stage {
    visited(Stage::empty(theme))
}

/// A revoked credential has no deadlines.
pub(super) fn deadlines_none(theme: Theme) -> Stage {
    let mut revoked = seed::with("Okta directory", "okta", 140);
    revoked.setback = Some(AuthFailure::Revoked { at: now() });
    visited(Stage::open(theme, vec![revoked]))
}

/// With a record that a newer version of the program wrote.
pub(super) fn deadlines_unread(theme: Theme) -> Stage {
    let mut stage = deadlines(theme);
    let record = Unreadable { id: String::new(), name: "Acme tickets".to_owned() };
    stage.holds(|snapshot| Arc::make_mut(&mut snapshot.credentials).unreadable.push(record));
    stage
}

fn stage() -> Stage {
    deadlines(Theme::colored(false))
}

fn rows(stage: &Stage) -> Vec<String> {
    let frame = stage.frame();
    let below_heading = frame.lines().skip_while(|line| !line.contains("CREDENTIAL")).skip(1);
    let rows = below_heading.map(|line| line.trim_matches(['│', ' ']).to_owned());
    rows.take_while(|row| !row.is_empty()).collect()
}

#[test]
fn who_needs_a_person_now_comes_first_then_the_days_in_order() {
    let mut stage = stage();
    stage.resize(120, 40);
    let days: Vec<String> =
        rows(&stage).iter().map(|row| row.trim_start_matches("> ")[..11].trim().to_owned()).collect();
    let dated = days.iter().position(|day| day != "now").unwrap();
    assert!(dated >= 2 && days[dated..].iter().all(|day| day != "now"), "{}", stage.frame());
    assert_eq!(days.iter().filter(|day| *day == "24 Dec").count(), 1, "{}", stage.frame());
    assert!(!stage.frame().contains("Okta directory"), "it was revoked: {}", stage.frame());
}

#[test]
fn enter_and_a_second_click_open_the_credential_and_esc_returns_to_the_row() {
    let mut stage = stage();
    stage.keys("/").typed("on-call").keys("enter enter");
    assert!(stage.frame().lines().next().unwrap().contains("PagerDuty on-call"), "{}", stage.frame());
    stage.keys("esc");
    assert!(rows(&stage)[0].contains("PagerDuty on-call"), "the filter is kept: {}", stage.frame());
    stage.keys("esc");
    let y = |stage: &Stage, text: &str| {
        u16::try_from(stage.frame().lines().position(|line| line.contains(text)).unwrap()).unwrap()
    };
    let at = y(&stage, "Entra Reports");
    stage.click(30, at);
    assert!(stage.frame().contains("Entra Reports: refresh token expires 2 Dec, in 9 days"), "{}", stage.frame());
    stage.click(30, at);
    assert!(stage.frame().lines().next().unwrap().contains("Entra Reports"), "{}", stage.frame());
}

#[test]
fn a_change_of_the_vault_is_seen_and_the_selection_stays_with_its_row() {
    let mut stage = stage();
    stage.keys("end up");
    let selected = |stage: &Stage| rows(stage).into_iter().find(|row| row.starts_with('>')).unwrap();
    let before = selected(&stage);
    stage.holds(|snapshot| {
        let list = &mut Arc::make_mut(&mut snapshot.credentials).list;
        list.retain(|credential| credential.name.as_str() != "PagerDuty old");
    });
    assert!(!stage.frame().contains("PagerDuty old"), "{}", stage.frame());
    assert_eq!(selected(&stage), before);
}

#[test]
fn what_cannot_be_read_is_not_opened() {
    let mut stage = deadlines_unread(Theme::colored(false));
    assert!(rows(&stage)[0].contains("Acme tickets"), "{}", stage.frame());
    stage.keys("g enter");
    assert!(stage.frame().contains("this version cannot read this credential"), "{}", stage.frame());
    assert!(stage.frame().lines().next().unwrap().contains("> Deadlines"), "{}", stage.frame());
}
