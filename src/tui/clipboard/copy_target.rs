//! The way in which a text reached the clipboard.

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in crate::tui) enum CopyTarget {
    /// A native tool, by its index in `TOOLS`.
    Tool(usize),
    /// The buffers of tmux, which passes it on to the outer terminal.
    Tmux,
    /// The terminal (OSC 52), which does not confirm.
    Terminal,
}
