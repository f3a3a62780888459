//! How a text got to the clipboard.

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::tui) enum Way {
    /// A tool, by its place in the table.
    Tool(usize),
    /// The buffers of tmux, and from there the terminal.
    Tmux,
    /// The terminal, which says nothing.
    Terminal,
}
