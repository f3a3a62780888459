//! Scenes of several selected rows: their marks, the confirmations, bulk authentication, and the copy menu.

use credenza::engine::event::Outcome;
use credenza::problem::{Kind, Problem};
use credenza::tui::theme::Theme;

use super::integration_scenes::integrations;
use super::scenes::staged;
use super::stage::Stage;

pub(super) fn selected_rows(theme: Theme) -> Stage {
    staged(Stage::full(theme), "space v down")
}

pub(super) fn delete_several_asks(theme: Theme) -> Stage {
    staged(Stage::full(theme), "space space d")
}

pub(super) fn integrations_delete_several(theme: Theme) -> Stage {
    staged(integrations(theme), "* d")
}

pub(super) fn tags_dialog(theme: Theme) -> Stage {
    let mut stage = staged(Stage::full(theme), "space space T");
    stage.typed("prod, -cmdb");
    stage
}

pub(super) fn copy_menu(theme: Theme) -> Stage {
    staged(Stage::full(theme), "c down")
}

pub(super) fn tested_in_turn(theme: Theme) -> Stage {
    let mut stage = staged(Stage::full(theme), "space space t");
    stage.ends(Ok(Outcome::Tested("GET https://api.example.com/v1/me answered 200 in 0.12 s.".to_owned())));
    let problem = Problem::new(Kind::NeedsAuthentication, "The refresh token was refused.")
        .why("The provider says: invalid_grant.")
        .try_this("Authenticate it again.");
    stage.ends(Err(problem));
    stage
}

pub(super) fn skipped_in_turn(theme: Theme) -> Stage {
    staged(Stage::full(theme), "space space a esc")
}
