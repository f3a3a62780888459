//! Every scene at every size: no panic, and the state of the screen is kept.

use credenza::tui::theme::Theme;

use super::scenes::SCENES;
use crate::scratch::is_thorough;

/// Extreme sizes, and a part of all widths and heights, so that each of these is covered by some scenes.
fn sizes(number: usize) -> Vec<(u16, u16)> {
    let mut sizes = vec![(0, 0), (0, 24), (80, 0), (1, 1), (2, 2)];
    let part = if is_thorough() { 1 } else { 3 };
    let every = |step| move |at: &usize| at % (part * step) == number % (part * step);
    let huge = [(65_535, 1), (1, 65_535), (6_000, 9), (500, 100)];
    sizes.extend((0..4 * part).filter(every(4)).filter_map(|at| huge.get(at)));
    let size = |at: usize| u16::try_from(at).unwrap();
    sizes.extend((1..=130).filter(every(8)).map(|width| (size(width), 24)));
    sizes.extend((34..=130).filter(every(16)).flat_map(|width| [(size(width), 8), (size(width), 45)]));
    sizes.extend((1..=45).filter(every(6)).flat_map(|height| [(80, size(height)), (34, size(height))]));
    sizes
}

#[test]
fn tt_01_and_tt_02_every_screen_draws_at_every_size_and_forgets_nothing() {
    for (number, (name, make)) in SCENES.iter().enumerate() {
        let mut stage = make(Theme::colored(false));
        let (before, cursor) = (stage.frame(), stage.cursor());
        for (width, height) in sizes(number) {
            stage.resize(width, height).buffer();
        }
        stage.resize(80, 24);
        assert_eq!((stage.frame(), stage.cursor()), (before, cursor), "{name}");
    }
}

#[test]
fn tt_01_a_terminal_too_small_says_what_is_needed_and_keeps_what_was_typed() {
    let mut stage = super::Stage::locked(Theme::colored(false));
    stage.typed("abc");
    assert_eq!(stage.resize(33, 8).frame().lines().next().unwrap(), "34x8 needed, 33x8 here");
    assert_eq!(stage.resize(12, 1).frame(), "34x8 needed,\n");
    stage.typed("def");
    assert!(stage.resize(80, 24).frame().contains("••••••▏"), "{}", stage.frame());
}

#[test]
fn tt_01_a_huge_terminal_is_filled() {
    let mut stage = super::Stage::full(Theme::colored(false));
    stage.keys("enter").resize(500, 200);
    assert_eq!(stage.frame().lines().nth(1).unwrap().chars().count(), 500);
}
