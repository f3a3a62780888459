//! The buffers of tmux, which by default (`set-clipboard external`) ignores what a program inside it sends to the clipboard.
//!
//! `load-buffer -w` puts the text on top of the buffers and on the clipboard of the terminal around it.

use super::tool::{feed, read};
use crate::secret::Secret;

/// Copies; `false` outside of tmux, and where its version knows no `-w` (before 3.2).
pub(super) fn copy(text: &Secret) -> bool {
    std::env::var_os("TMUX").is_some_and(|value| !value.is_empty())
        && feed("tmux", &["load-buffer", "-w", "-"], text.expose())
}

/// Deletes the buffer that holds what is meant, and puts a space in its place on the terminal's clipboard.
pub(super) fn take_out(is_meant: &dyn Fn(&Secret) -> bool) {
    for name in buffers(is_meant) {
        // An empty text would be refused. Loaded into the same buffer, so that one deletion ends both.
        feed("tmux", &["load-buffer", "-w", "-b", &name, "-"], " ");
        read("tmux", &["delete-buffer", "-b", &name]);
    }
}

/// Whether a buffer holds what is meant.
pub(super) fn holds(is_meant: &dyn Fn(&Secret) -> bool) -> bool {
    !buffers(is_meant).is_empty()
}

/// The names of the buffers that hold what is meant.
fn buffers(is_meant: &dyn Fn(&Secret) -> bool) -> Vec<String> {
    let Some(names) = read("tmux", &["list-buffers", "-F", "#{buffer_name}"]) else { return Vec::new() };
    let is_one = |name: &&str| read("tmux", &["show-buffer", "-b", name]).is_some_and(|held| is_meant(&held));
    names.expose().lines().filter(is_one).map(str::to_owned).collect()
}
