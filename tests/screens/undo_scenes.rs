//! Scenes of deleting and undoing: the confirmations and the results.

use credenza::tui::theme::Theme;

use super::scenes::staged;
use super::stage::Stage;

pub(super) fn deleted(theme: Theme) -> Stage {
    staged(Stage::full(theme), "down d y")
}

pub(super) fn delete_asks(theme: Theme) -> Stage {
    staged(Stage::full(theme), "down d")
}

pub(super) fn undo_asks(theme: Theme) -> Stage {
    staged(Stage::full(theme), "u")
}

pub(super) fn undone(theme: Theme) -> Stage {
    staged(deleted(theme), "u")
}
