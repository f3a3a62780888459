//! Scenes of Configuration > Integrations.

use credenza::problem::{Kind, Problem};
use credenza::tui::theme::Theme;

use super::integration_seed::stage;
use super::scenes::staged;
use super::stage::{SEED_FIRST, Stage};

pub(super) fn integrations_reading(theme: Theme) -> Stage {
    staged(stage(theme, false), "6")
}

pub(super) fn integrations(theme: Theme) -> Stage {
    let mut stage = staged(stage(theme, true), "6");
    stage.keys(SEED_FIRST);
    stage
}

pub(super) fn integrations_failed(theme: Theme) -> Stage {
    let mut stage = integrations_reading(theme);
    stage.ends(Err(Problem::new(Kind::Storage, "/home/ana/.local/state/credenza/sync cannot be read.")
        .why("The system says: permission denied.")
        .try_this("Mend that, and open the page again.")));
    stage
}

pub(super) fn integrations_empty(theme: Theme) -> Stage {
    let mut stage = Stage::empty(theme);
    stage.reads = true;
    staged(stage, "6")
}

pub(super) fn integrations_filter(theme: Theme) -> Stage {
    let mut stage = integrations(theme);
    stage.keys("/").typed("manage");
    stage
}

pub(super) fn integrations_paused(theme: Theme) -> Stage {
    staged(integrations(theme), "p")
}

pub(super) fn integrations_deleted(theme: Theme) -> Stage {
    staged(integrations(theme), "down d y")
}

pub(super) fn integration_add(theme: Theme) -> Stage {
    staged(integrations(theme), "+")
}

pub(super) fn integration_add_query(theme: Theme) -> Stage {
    let mut stage = integration_add(theme);
    stage.typed("asset");
    stage
}

pub(super) fn integration_add_none(theme: Theme) -> Stage {
    let mut stage = integration_add(theme);
    stage.typed("qqqq");
    stage
}

pub(super) fn integration_form(theme: Theme) -> Stage {
    let mut stage = integration_add(theme);
    stage.typed("mobile").keys("enter");
    stage
}

/// No kind of record is selected, and folder and schedule are invalid.
pub(super) fn integration_form_error(theme: Theme) -> Stage {
    let mut stage = integration_add(theme);
    stage.typed("named portal").keys("enter tab tab tab tab tab tab tab").typed("inventory").keys("tab tab");
    stage.typed("hourly").keys("tab tab").typed("a..b").keys("ctrl-s");
    stage
}

pub(super) fn integration_form_without_credential(theme: Theme) -> Stage {
    let mut stage = integration_add(theme);
    stage.typed("slack").keys("enter tab tab");
    stage
}

/// With a credential that was created from within the form.
pub(super) fn integration_form_created(theme: Theme) -> Stage {
    let mut stage = integration_form_without_credential(theme);
    stage.keys("enter pgdn").paste("0123").keys("tab").paste("not-shown").keys("ctrl-s");
    stage
}

pub(super) fn integration_edit(theme: Theme) -> Stage {
    staged(integrations(theme), "E tab tab tab")
}

pub(super) fn integration_details(theme: Theme) -> Stage {
    staged(integrations(theme), "enter")
}

pub(super) fn integration_details_failing(theme: Theme) -> Stage {
    staged(integrations(theme), "down enter")
}

pub(super) fn integration_details_never(theme: Theme) -> Stage {
    staged(integrations(theme), "end up enter")
}

pub(super) fn integration_added(theme: Theme) -> Stage {
    staged(integration_form(theme), "ctrl-s")
}

pub(super) fn integration_rename(theme: Theme) -> Stage {
    staged(integrations(theme), "r")
}

pub(super) fn integration_duplicate(theme: Theme) -> Stage {
    staged(integration_details(theme), "D")
}

pub(super) fn choose_credential(theme: Theme) -> Stage {
    staged(integrations(theme), "c down")
}

pub(super) fn choose_credential_none(theme: Theme) -> Stage {
    let mut stage = integration_form_without_credential(theme);
    stage.keys("space down enter ctrl-s c");
    stage
}

pub(super) fn integrations_help(theme: Theme) -> Stage {
    staged(integrations(theme), "?")
}

/// A schedule without a folder, and a credential that was deleted.
pub(super) fn integration_edit_error(theme: Theme) -> Stage {
    let mut stage = stage(theme, true);
    stage.keys("enter d y 6 down down E").keys("tab tab tab tab tab tab ctrl-u ctrl-s");
    stage
}

pub(super) fn details_integrations(theme: Theme) -> Stage {
    staged(stage(theme, true), "enter enter")
}

pub(super) fn deleted_used_credential(theme: Theme) -> Stage {
    staged(stage(theme, true), "enter d y")
}
