//! The ways in which a page of records can fail.

/// A failure of a page of records. Each has a mode with the same name, which describes it in a sentence.
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
