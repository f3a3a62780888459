//! Scenes of the table's filter and sort order.

use credenza::tui::theme::Theme;

use super::scenes::staged;
use super::stage::Stage;

pub(super) fn filter(theme: Theme) -> Stage {
    let mut stage = Stage::full(theme);
    stage.keys("/").typed("manage");
    stage
}

pub(super) fn filter_words(theme: Theme) -> Stage {
    let mut stage = Stage::full(theme);
    stage.keys("/").typed("status:needs integration:manage").keys("enter");
    stage
}

pub(super) fn filter_mistake(theme: Theme) -> Stage {
    let mut stage = Stage::full(theme);
    stage.keys("/").typed("onwer:it");
    stage
}

pub(super) fn filter_without_hit(theme: Theme) -> Stage {
    let mut stage = Stage::full(theme);
    stage.keys("/").typed("zzz");
    stage
}

pub(super) fn due_first(theme: Theme) -> Stage {
    staged(Stage::full(theme), "down s d")
}

pub(super) fn sort_menu(theme: Theme) -> Stage {
    let mut stage = Stage::full(theme);
    stage.keys("s");
    stage
}
