//! How a page of records goes wrong.

/// How a page of records goes wrong. Each has a mode of its name, which says the same in a sentence.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum FailureMode {
    Repeats,
    Loops,
    WithoutId,
    Twice,
    TotalLies,
    Cut,
    BrokenOff,
    Huge,
    Formulas,
    Hiccup,
    Throttled,
    Elsewhere,
    Nested,
    Empty,
}

#[derive(Clone, Debug, Default)]
pub(super) struct FailureModes(pub(super) Vec<FailureMode>);

impl FailureModes {
    pub(super) fn has(&self, trouble: FailureMode) -> bool {
        self.0.contains(&trouble)
    }
}
