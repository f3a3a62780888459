//! Undo and redo on every screen: without confirmation for changes of this session, with confirmation for others.

use crate::engine::operation::Operation;
use crate::engine::{Direction, Loss, Step};
use crate::problem::{Kind, Problem};
use crate::tui::context::Context;
use crate::tui::effect::Effect;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::Route;
use crate::tui::widgets::confirm::{ConfirmDialog, Question, yes};
use crate::tui::widgets::relative_time;

pub(crate) const UNDO: Key = Key::new(&[Press::char('u')], Action::Undo, "undo", "Undo the last change");

pub(crate) const REDO: Key = Key::new(&[Press::char('U')], Action::Redo, "", "Redo what was undone last");

const UNDO_KEYS: &[Key] = &yes("undo it", "Yes: undo it");

const REDO_KEYS: &[Key] = &yes("redo it", "Yes: redo it");

/// Carries out undo or redo; `None` for any other action.
#[must_use]
pub(crate) fn take(cx: &Context<'_>, action: Action) -> Option<Vec<Effect>> {
    let direction = direction(action)?;
    let Some(step) = next(cx, direction) else { return Some(Vec::new()) };
    Some(if step.needs_consent() {
        vec![Effect::Open(Route::TakeStep(direction))]
    } else {
        vec![Effect::Work(cx.operation, work(direction, step))]
    })
}

/// Why undo or redo cannot be done now; `None` for any other action.
#[must_use]
pub(crate) fn refusal(cx: &Context<'_>, action: Action) -> Option<&'static str> {
    let direction = direction(action)?;
    match (next(cx, direction), direction) {
        (Some(_), _) => None,
        (None, Direction::Undo) if cx.snapshot.team.is_some() => {
            Some("There is nothing of yours to undo. Each member undoes their own changes.")
        }
        (None, Direction::Undo) => Some("There is nothing to undo."),
        (None, Direction::Redo) => Some("There is nothing to redo."),
    }
}

/// The dialog that asks before the next step is undone or redone.
/// # Errors
/// `Kind::NotFound` if there is no step.
pub(crate) fn question(cx: &Context<'_>, direction: Direction) -> Result<ConfirmDialog, Problem> {
    let (title, keys, none) = match direction {
        Direction::Undo => ("Undo", UNDO_KEYS, "There is nothing to undo."),
        Direction::Redo => ("Redo", REDO_KEYS, "There is nothing to redo."),
    };
    let step = next(cx, direction).ok_or_else(|| Problem::new(Kind::NotFound, none))?;
    let by = if step.is_own { "in this session" } else { "in another session" };
    let mut lines = vec![
        format!("{title} \"{}\"?", step.label),
        format!("It was saved {} {by}.", relative_time::instant(cx, step.at)),
    ];
    lines.extend(step.losses.iter().flat_map(Loss::in_words));
    Ok(ConfirmDialog::new(Question { title, lines, keys, work: work(direction, step), done: None, closes_page: false }))
}

fn direction(action: Action) -> Option<Direction> {
    match action {
        Action::Undo => Some(Direction::Undo),
        Action::Redo => Some(Direction::Redo),
        _ => None,
    }
}

fn next<'a>(cx: &Context<'a>, direction: Direction) -> Option<&'a Step> {
    match direction {
        Direction::Undo => cx.snapshot.next_undo.as_ref(),
        Direction::Redo => cx.snapshot.next_redo.as_ref(),
    }
}

fn work(direction: Direction, step: &Step) -> Operation {
    let step = Box::new(step.clone());
    match direction {
        Direction::Undo => Operation::Undo(step),
        Direction::Redo => Operation::Redo(step),
    }
}
