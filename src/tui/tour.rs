//! The tour of the demo: one line at a time along the walk-through, from adding a credential to a first sync.

use super::screen::Screen;

/// A step: its text, and whether it is done with this screen on top.
type Step = (&'static str, fn(&Screen) -> bool);

const STEPS: &[Step] = &[
    ("Press + to add a credential.", |top| matches!(top, Screen::Add(_))),
    ("Type part of a provider's name, then press enter. F2 shows what you would need.", |top| {
        matches!(top, Screen::Form(_))
    }),
    ("Press pgdn, fill in the fields with a star (any text will do), then press F5.", |top| {
        matches!(top, Screen::Authenticate(_))
    }),
    ("Accept in the browser. Without one, a simulated browser accepts for you.", |top| {
        matches!(top, Screen::Details(_))
    }),
    ("y copies a token, and scripts run credenza token NAME. Press 6 for the integrations.", |top| {
        matches!(top, Screen::Integrations(_))
    }),
    ("Press t: a Test Run reads a few records and changes nothing.", |top| matches!(top, Screen::TestRun(_))),
    ("Press esc, then g to load all records.", |top| matches!(top, Screen::Sync(_))),
    ("That was the tour. F1 explains each screen, : goes anywhere. F4 ends the tour.", |_| false),
];

/// The current step; `None` until the tour is started.
#[derive(Debug, Default)]
pub(super) struct Tour {
    step: Option<usize>,
}

impl Tour {
    /// Starts or ends the tour.
    pub(super) fn toggle(&mut self) {
        self.step = if self.step.is_some() { None } else { Some(0) };
    }

    /// Moves to the next step if the top screen shows that this one is done.
    pub(super) fn advance(&mut self, top: Option<&Screen>) {
        if let (Some(step), Some(top)) = (&mut self.step, top)
            && STEPS.get(*step).is_some_and(|(_, is_done)| is_done(top))
        {
            *step += 1;
        }
    }

    /// The text of the current step.
    pub(super) fn line(&self) -> Option<String> {
        let step = self.step?;
        let (text, _) = STEPS.get(step)?;
        Some(format!("Tour {} of {}: {text}", step + 1, STEPS.len()))
    }
}
