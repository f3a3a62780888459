//! How a text got to the clipboard.

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::tui) enum CopyTarget {
    /// A native tool, by its index in the table.
    Tool(usize),
    /// The buffers of tmux, which passes it on to the outer terminal.
    Tmux,
    /// The terminal, which does not confirm.
    Terminal,
}
