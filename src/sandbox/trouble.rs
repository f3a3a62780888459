//! How a page of records goes wrong.

/// How a page of records goes wrong. Each has a mode of its name, which says the same in a sentence.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Trouble {
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
pub(super) struct Troubles(pub(super) Vec<Trouble>);

impl Troubles {
    pub(super) fn has(&self, trouble: Trouble) -> bool {
        self.0.contains(&trouble)
    }
}
