//! The state of one record type during and after a Test Run.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};

use crate::engine::ops::integrations::test::{LoadTestReport, Sample, Step};
use crate::problem::Problem;
use crate::tui::configuration::integrations::results::ResultLabel;
use crate::tui::context::Context;

#[derive(Debug)]
pub(super) struct Kind {
    pub(super) load: String,
    pub(super) label: String,
    seen: Vec<StartedStep>,
    begun: bool,
    left_at: Option<Timestamp>,
    /// The result, which arrives when all record types are done.
    pub(super) tested: Option<LoadTestReport>,
}

#[derive(Debug)]
struct StartedStep {
    step: Step,
    about: String,
    began: Timestamp,
    took: Option<Duration>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum KindResult {
    Passed,
    Failed,
    /// The account has no such records.
    NotAvailable,
    Running,
    Ahead,
}

/// One step in the form in which it is drawn.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) how: KindResult,
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

    /// Ends the current step, regardless of its result.
    pub(super) fn leave(&mut self, now: Timestamp) {
        self.left_at.get_or_insert(now);
    }

    pub(super) fn step(&mut self, step: Step, about: String, began: Timestamp) {
        self.seen.push(StartedStep { step, about, began, took: None });
    }

    pub(super) fn passed(&mut self, step: Step, took: Duration) {
        if let Some(seen) = self.seen.iter_mut().find(|seen| seen.step == step) {
            seen.took = Some(took);
        }
    }

    pub(super) fn end(&mut self, tested: LoadTestReport, now: Timestamp) {
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

    /// Whether the test failed for any reason except that the account has no such records.
    pub(super) fn is_broken(&self) -> bool {
        self.tested.as_ref().is_some_and(|tested| tested.failed.is_some() && !tested.not_available)
    }

    pub(super) fn has_passed(&self) -> bool {
        self.tested.as_ref().is_some_and(|tested| tested.failed.is_none())
    }

    pub(super) fn told(&self, cx: &Context<'_>) -> ResultLabel {
        match &self.tested {
            Some(tested) if tested.not_available => ResultLabel::none(cx.theme, "Not available"),
            Some(tested) if tested.failed.is_some() => ResultLabel::bad(cx.theme, "Failed"),
            Some(tested) if tested.sample.as_ref().is_some_and(|one| !is_clean(one)) => {
                ResultLabel::warning(cx.theme, "Passed, see mapping")
            }
            Some(_) => ResultLabel::good(cx.theme, "Passed"),
            None if !self.begun => ResultLabel::ahead(cx.theme, "Not started"),
            None if self.left_at.is_none() => ResultLabel::moving(cx, "Running"),
            None if self.seen.iter().filter(|seen| seen.took.is_some()).count() == Step::ALL.len() => {
                ResultLabel::good(cx.theme, "Passed")
            }
            // The reason is only reported when all record types are done.
            None => ResultLabel::ahead(cx.theme, "Failed"),
        }
    }

    pub(super) fn rows(&self) -> [Row; 4] {
        Step::ALL.map(|step| {
            let seen = self.seen.iter().find(|seen| seen.step == step);
            let known = self.tested.as_ref();
            if let Some((_, about, took)) = known.and_then(|one| one.steps.iter().find(|(known, ..)| *known == step)) {
                return Row {
                    how: KindResult::Passed,
                    text: in_words(step, about),
                    took: SignedDuration::try_from(*took).ok(),
                };
            }
            if let Some(tested) = known
                && let Some((_, about, _)) = tested.failed.as_ref().filter(|(failed, ..)| *failed == step)
            {
                let how = if tested.not_available { KindResult::NotAvailable } else { KindResult::Failed };
                let took = seen.and_then(|seen| Some(seen.began.duration_until(self.left_at?)));
                return Row { how, text: in_words(step, about), took };
            }
            match seen {
                Some(StartedStep { about, took: Some(took), .. }) => Row {
                    how: KindResult::Passed,
                    text: in_words(step, about),
                    took: SignedDuration::try_from(*took).ok(),
                },
                Some(StartedStep { about, .. }) if self.left_at.is_none() => {
                    Row { how: KindResult::Running, text: in_words(step, about), took: None }
                }
                Some(StartedStep { about, .. }) => {
                    Row { how: KindResult::Ahead, text: in_words(step, about), took: None }
                }
                None => Row { how: KindResult::Ahead, text: in_words(step, ""), took: None },
            }
        })
    }
}

/// Whether every record could be written with every selected field.
fn is_clean(sample: &Sample) -> bool {
    sample.errors.is_empty() && sample.missing.is_empty() && sample.notes.is_empty()
}

fn in_words(step: Step, about: &str) -> String {
    match (step, about) {
        (_, "") => step.word().to_owned(),
        // The step's full label would leave no room for its subject.
        (Step::Token, about) => format!("Token: {about}"),
        (Step::Records, about) => format!("{}: {about}", step.word()),
        (Step::Credential | Step::Call, about) => format!("{} {about}", step.word()),
    }
}
