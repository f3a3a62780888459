//! Scenes of keys, tokens and passwords.

use credenza::engine::event::Outcome;
use credenza::engine::ops::sign_in::Progress;
use credenza::model::credential::{AuthFailure, Credential, Event, EventKind};
use credenza::problem::{Kind, NextStep, Problem};
use credenza::tui::theme::Theme;

use super::detail_scenes::details;
use super::scenes::{add, staged};
use super::stage::{CANARY, Stage};

/// The page before the form of a key.
pub(super) fn add_key(theme: Theme) -> Stage {
    let mut stage = add(theme);
    stage.typed("pagerduty").keys("down");
    stage
}

fn new_key(theme: Theme, integration: &str) -> Stage {
    let mut stage = add(theme);
    stage.typed(integration).keys("enter pgdn");
    stage
}

pub(super) fn form_key(theme: Theme) -> Stage {
    let mut stage = new_key(theme, "pagerduty (api");
    stage.paste(&format!("Token token={CANARY}\n"));
    stage
}

/// A key of a custom integration: the note below it says how it will be sent.
pub(super) fn form_custom_key(theme: Theme) -> Stage {
    let mut stage = new_key(theme, "custom api key (in a header");
    stage.keys("ctrl-u").typed("X-Acme-Key").keys("tab tab").typed("https://api.acme.example/v1/me").keys("tab");
    stage
}

pub(super) fn form_two_keys(theme: Theme) -> Stage {
    let mut stage = new_key(theme, "datadog (api");
    stage.keys("tab").paste(CANARY);
    stage
}

pub(super) fn form_basic(theme: Theme) -> Stage {
    let mut stage = new_key(theme, "zendesk (api");
    stage.typed("acme").keys("tab").typed("ana@example.com").keys("tab").paste(CANARY);
    stage
}

pub(super) fn form_key_missing(theme: Theme) -> Stage {
    staged(new_key(theme, "zendesk (api"), "F5")
}

fn with_key(theme: Theme, change: impl FnOnce(&mut Credential)) -> Stage {
    let mut credential = super::seed::key("PagerDuty on-call", "pagerduty-key", &[]);
    change(&mut credential);
    Stage::open(theme, vec![credential])
}

pub(super) fn form_key_edit(theme: Theme) -> Stage {
    staged(with_key(theme, |_| ()), "E pgdn")
}

pub(super) fn testing(theme: Theme) -> Stage {
    let mut stage = staged(with_key(theme, |_| ()), "a");
    stage.news(Progress::Testing("GET https://api.pagerduty.com/abilities".to_owned()));
    stage
}

pub(super) fn test_failed(theme: Theme) -> Stage {
    let mut stage = testing(theme);
    let why = "HTTP 401: Invalid API key. Asked: GET https://api.pagerduty.com/abilities";
    let todo = "Give the key the permissions it needs, or create a new one in the provider's console.";
    let step = NextStep::ReplaceSecret { name: "PagerDuty on-call".to_owned() };
    let what = "PagerDuty (API key) refused \"PagerDuty on-call\".";
    stage.ends(Err(Problem::new(Kind::NeedsAuthentication, what).why(why).try_this(todo).step(step)));
    stage
}

pub(super) fn details_key(theme: Theme) -> Stage {
    staged(with_key(theme, |_| ()), "enter")
}

pub(super) fn details_key_refused(theme: Theme) -> Stage {
    let refuse = |credential: &mut Credential| {
        let at = super::stage::now() - jiff::SignedDuration::from_mins(3);
        let code = "HTTP 401: Invalid API key".to_owned();
        credential.record(Event::new(at, EventKind::AuthenticationFailed, &code));
        credential.setback = Some(AuthFailure::Refused { at, code });
    };
    staged(with_key(theme, refuse), "enter")
}

pub(super) fn details_key_untested(theme: Theme) -> Stage {
    staged(with_key(theme, |credential| credential.proof = None), "enter")
}

/// An access token that was tested.
pub(super) fn details_tested(theme: Theme) -> Stage {
    let mut stage = staged(details(theme), "t");
    let words = "It works: GET https://mdm.manageengine.com/api/v1/mdm/devices answered 200 in 0.21 s.";
    stage.ends(Ok(Outcome::Tested(words.to_owned())));
    stage
}

/// The table with one credential of each kind whose secret is entered by the user.
pub(super) fn credentials_keys(theme: Theme) -> Stage {
    let list = vec![
        super::seed::key("PagerDuty on-call", "pagerduty-key", &[]),
        super::seed::key("Zendesk tickets", "zendesk-token", &[("subdomain", "acme"), ("email", "ana@example.com")]),
        super::seed::key("Notion wiki", "notion-token", &[]),
    ];
    Stage::open(theme, list)
}
