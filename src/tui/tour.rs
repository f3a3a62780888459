//! The tour of the demo: one line at a time along the walk-through, from adding a credential to a first sync.

use super::screen::Screen;

/// A step: its text, and whether it is done with this screen on top.
type Step = (&'static str, fn(&Screen) -> bool);

const STEPS: &[Step] = &[
    ("Press + to add a credential.", |top| matches!(top, Screen::Add(_))),
    ("Type a provider's name and press enter. F2: what you need.", |top| matches!(top, Screen::Form(_))),
    ("Press pgdn, type any text into starred fields, then press F5.", |top| matches!(top, Screen::Authenticate(_))),
    ("Accept in the browser. Without one, acceptance is simulated.", |top| matches!(top, Screen::Details(_))),
    ("y copies a token for a script. Press 6 for the integrations.", |top| matches!(top, Screen::Integrations(_))),
    ("Press t: a Test Run reads a few records and changes nothing.", |top| matches!(top, Screen::TestRun(_))),
    ("Press esc, then g to load all records.", |top| matches!(top, Screen::Sync(_))),
    ("F1 explains each screen, : goes anywhere. F4 ends the tour.", |_| false),
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_step_fits_the_smallest_terminal() {
        for step in 0..STEPS.len() {
            let line = Tour { step: Some(step) }.line().unwrap();
            assert!(line.chars().count() <= 78, "{line}");
        }
    }
}
