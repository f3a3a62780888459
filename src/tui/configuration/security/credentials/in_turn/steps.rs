//! The credentials of a batch, and the result of each.

use crate::model::credential::CredentialId;
use crate::problem::Problem;

/// The result for one credential.
#[derive(Debug)]
pub(super) enum StepResult {
    /// Not begun.
    Nothing,
    /// In progress.
    Begun,
    /// It succeeded, with this text.
    Done(String),
    Failed(Problem),
    Skipped,
}

#[derive(Debug)]
pub(super) struct Step {
    pub(super) id: CredentialId,
    pub(super) name: String,
    pub(super) came: StepResult,
}

impl Step {
    pub(super) fn new(id: CredentialId, name: String) -> Self {
        Self { id, name, came: StepResult::Nothing }
    }
}

/// All credentials in their order.
#[derive(Debug)]
pub(super) struct Steps {
    pub(super) list: Vec<Step>,
}

impl Steps {
    pub(super) fn of(steps: impl Iterator<Item = Step>) -> Self {
        Self { list: steps.collect() }
    }

    pub(super) fn len(&self) -> usize {
        self.list.len()
    }

    /// The number of the current or last one, from 1.
    pub(super) fn number(&self) -> usize {
        self.list.iter().take_while(|step| !matches!(step.came, StepResult::Nothing)).count().max(1)
    }

    /// Whether all have begun.
    pub(super) fn are_through(&self) -> bool {
        self.waiting().is_none()
    }

    /// The next one that has not begun.
    pub(super) fn waiting(&self) -> Option<&Step> {
        self.list.iter().find(|step| matches!(step.came, StepResult::Nothing))
    }

    /// Marks the next one as begun; returns its index and id.
    pub(super) fn begin_next(&mut self) -> Option<(usize, CredentialId)> {
        let (place, step) =
            self.list.iter_mut().enumerate().find(|(_, step)| matches!(step.came, StepResult::Nothing))?;
        step.came = StepResult::Begun;
        Some((place, step.id))
    }

    /// The credential in progress.
    pub(super) fn current(&self) -> Option<CredentialId> {
        self.list.iter().find(|step| matches!(step.came, StepResult::Begun)).map(|step| step.id)
    }

    /// Ends the one in progress, if there is one, with this result.
    pub(super) fn end(&mut self, came: StepResult) {
        if let Some(step) = self.list.iter_mut().find(|step| matches!(step.came, StepResult::Begun)) {
            step.came = came;
        }
    }

    /// How many succeeded, failed, and were skipped or not begun.
    pub(super) fn counts(&self) -> (usize, usize, usize) {
        let count = |is: fn(&StepResult) -> bool| self.list.iter().filter(|step| is(&step.came)).count();
        let done = count(|came| matches!(came, StepResult::Done(_)));
        let failed = count(|came| matches!(came, StepResult::Failed(_)));
        (done, failed, self.len() - done - failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::problem::Kind;

    #[test]
    fn each_takes_its_turn_once_and_is_counted() {
        let ids = [1, 2, 3].map(|_| CredentialId::random());
        let mut steps = Steps::of(ids.iter().map(|id| Step::new(*id, "a".to_owned())));
        assert_eq!((steps.number(), steps.are_through()), (1, false));
        assert_eq!(steps.begin_next(), Some((0, ids[0])));
        steps.end(StepResult::Done("It works.".to_owned()));
        assert_eq!(steps.begin_next(), Some((1, ids[1])));
        steps.end(StepResult::Failed(Problem::new(Kind::Usage, "No.")));
        steps.end(StepResult::Skipped);
        assert_eq!((steps.number(), steps.counts()), (2, (1, 1, 1)), "what has ended is not ended again");
        assert_eq!(steps.begin_next(), Some((2, ids[2])));
        assert!(steps.begin_next().is_none() && steps.are_through());
    }
}
