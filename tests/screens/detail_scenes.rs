//! Scenes of the page of one credential.

use credenza::model::credential::{Refusals, UnreadResponse};
use credenza::tui::theme::Theme;

use super::scenes::staged;
use super::stage::Stage;

pub(super) fn details(theme: Theme) -> Stage {
    staged(Stage::full(theme), "enter")
}

pub(super) fn details_refused(theme: Theme) -> Stage {
    staged(Stage::full(theme), "down enter")
}

pub(super) fn details_unread(theme: Theme) -> Stage {
    staged(credentials_unread(theme), "enter")
}

/// After a refresh whose response could not be read.
pub(super) fn credentials_unread(theme: Theme) -> Stage {
    let mut list = super::seed::credentials();
    list.truncate(1);
    let at = super::stage::now() - jiff::SignedDuration::from_mins(3);
    let answer = UnreadResponse::new(at, 200, "text/xml", b"<token/>");
    list[0].unread = Some(UnreadResponse { of_refresh: true, ..answer });
    Stage::open(theme, list)
}

pub(super) fn details_refused_each_time(theme: Theme) -> Stage {
    staged(credentials_refused_each_time(theme), "enter")
}

/// Refreshes have been refused for a day, with an unknown error.
pub(super) fn credentials_refused_each_time(theme: Theme) -> Stage {
    let mut list = super::seed::credentials();
    list.truncate(2);
    let ago = |hours| super::stage::now() - jiff::SignedDuration::from_hours(hours);
    list[0].refusals = Some(Refusals { first: ago(31), last: ago(2), count: 4, code: "GRANT_GONE".to_owned() });
    Stage::open(theme, list)
}

pub(super) fn details_partly_granted(theme: Theme) -> Stage {
    staged(Stage::full(theme), "up enter")
}

pub(super) fn details_two_tokens(theme: Theme) -> Stage {
    staged(Stage::open(theme, vec![super::seed::with_two_tokens()]), "enter")
}

pub(super) fn revoke_asks(theme: Theme) -> Stage {
    staged(details(theme), "x")
}
