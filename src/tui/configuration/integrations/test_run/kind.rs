//! One kind of record of a Test Run: what is known of it while it runs, and at its end.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::engine::ops::integrations::test::{LoadTested, Sample, Step};
use crate::problem::Problem;
use crate::tui::configuration::integrations::results::Told;
use crate::tui::context::Context;

#[derive(Debug)]
pub(super) struct Kind {
    pub(super) load: String,
    pub(super) label: String,
    seen: Vec<Seen>,
    begun: bool,
    left_at: Option<Timestamp>,
    /// Its result, once all are through.
    pub(super) tested: Option<LoadTested>,
}

/// A step that was begun.
#[derive(Debug)]
struct Seen {
    step: Step,
    about: String,
    began: Timestamp,
    took: Option<Duration>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum How {
    Passed,
    Failed,
    /// The account does not have it.
    NotAvailable,
    Running,
    Ahead,
}

/// One step as it is drawn.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) how: How,
    pub(super) text: String,
    pub(super) took: Option<SignedDuration>,
}

impl Kind {
    pub(super) fn new(load: &str, label: String) -> Self {
        Self { load: load.to_owned(), label, seen: Vec::new(), begun: false, left_at: None, tested: None }
    }

    pub(super) fn begin(&mut self) {
        *self = Self { begun: true, ..Self::new(&self.load, std::mem::take(&mut self.label)) };
    }

    /// It is through, whatever came of it.
    pub(super) fn leave(&mut self, now: Timestamp) {
        self.left_at.get_or_insert(now);
    }

    pub(super) fn step(&mut self, step: Step, about: String, began: Timestamp) {
        self.seen.push(Seen { step, about, began, took: None });
    }

    pub(super) fn passed(&mut self, step: Step, took: Duration) {
        if let Some(seen) = self.seen.iter_mut().find(|seen| seen.step == step) {
            seen.took = Some(took);
        }
    }

    pub(super) fn end(&mut self, tested: LoadTested, now: Timestamp) {
        self.leave(now);
        self.label.clone_from(&tested.label);
        self.tested = Some(tested);
    }

    pub(super) fn problem(&self) -> Option<&Problem> {
        self.tested.as_ref()?.failed.as_ref().map(|(.., problem)| problem)
    }

    pub(super) fn sample(&self) -> Option<&Sample> {
        self.tested.as_ref()?.sample.as_ref()
    }

    /// Broken, and not only what the account does not have.
    pub(super) fn is_broken(&self) -> bool {
        self.tested.as_ref().is_some_and(|tested| tested.failed.is_some() && !tested.not_available)
    }

    pub(super) fn has_passed(&self) -> bool {
        self.tested.as_ref().is_some_and(|tested| tested.failed.is_none())
    }

    pub(super) fn told(&self, cx: &Context<'_>) -> Told {
        match &self.tested {
            Some(tested) if tested.not_available => Told::none(cx.theme, "Not available"),
            Some(tested) if tested.failed.is_some() => Told::bad(cx.theme, "Failed"),
            Some(tested) if tested.sample.as_ref().is_some_and(|one| !is_clean(one)) => {
                Told::warning(cx.theme, "Passed, see mapping")
            }
            Some(_) => Told::good(cx.theme, "Passed"),
            None if !self.begun => Told::ahead(cx.theme, "Not begun"),
            None if self.left_at.is_none() => Told::moving(cx, "Running"),
            None if self.seen.iter().filter(|seen| seen.took.is_some()).count() == Step::ALL.len() => {
                Told::good(cx.theme, "Passed")
            }
            // Why, and whether it counts, is told when all are through.
            None => Told::ahead(cx.theme, "Failed"),
        }
    }

    pub(super) fn rows(&self) -> [Row; 4] {
        Step::ALL.map(|step| {
            let seen = self.seen.iter().find(|seen| seen.step == step);
            let known = self.tested.as_ref();
            if let Some((_, about, took)) = known.and_then(|one| one.steps.iter().find(|(known, ..)| *known == step)) {
                return Row {
                    how: How::Passed,
                    text: in_words(step, about),
                    took: SignedDuration::try_from(*took).ok(),
                };
            }
            if let Some(tested) = known
                && let Some((_, about, _)) = tested.failed.as_ref().filter(|(failed, ..)| *failed == step)
            {
                let how = if tested.not_available { How::NotAvailable } else { How::Failed };
                let took = seen.and_then(|seen| Some(seen.began.duration_until(self.left_at?)));
                return Row { how, text: in_words(step, about), took };
            }
            match seen {
                Some(Seen { about, took: Some(took), .. }) => {
                    Row { how: How::Passed, text: in_words(step, about), took: SignedDuration::try_from(*took).ok() }
                }
                Some(Seen { about, .. }) if self.left_at.is_none() => {
                    Row { how: How::Running, text: in_words(step, about), took: None }
                }
                Some(Seen { about, .. }) => Row { how: How::Ahead, text: in_words(step, about), took: None },
                None => Row { how: How::Ahead, text: in_words(step, ""), took: None },
            }
        })
    }
}

/// Whether every record could be written, with every field a person chose.
fn is_clean(sample: &Sample) -> bool {
    sample.errors.is_empty() && sample.missing.is_empty() && sample.notes.is_empty()
}

fn in_words(step: Step, about: &str) -> String {
    match (step, about) {
        (_, "") => step.word().to_owned(),
        // The word of the step alone would leave no room for what it is about.
        (Step::Token, about) => format!("Token: {about}"),
        (Step::Records, about) => format!("{}: {about}", step.word()),
        (Step::Credential | Step::Call, about) => format!("{} {about}", step.word()),
    }
}
