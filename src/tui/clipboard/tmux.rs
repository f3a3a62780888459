//! Copies through tmux, which by default (`set-clipboard external`) ignores the clipboard sequences of programs inside
//! it.
//!
//! `load-buffer -w` puts the text into a new buffer on top, and on the clipboard of the outer terminal.

use super::tool::{feed, read};
use crate::secret::Secret;

/// Copies text; false outside of tmux, or if its version does not support `-w` (before 3.2).
pub(super) fn copy(text: &Secret) -> bool {
    std::env::var_os("TMUX").is_some_and(|value| !value.is_empty())
        && feed("tmux", &["load-buffer", "-w", "-"], text.expose())
}

/// Deletes the buffers whose text matches, and replaces the text with a space on the outer terminal's clipboard.
pub(super) fn remove(is_meant: &dyn Fn(&Secret) -> bool) {
    for name in buffers(is_meant) {
        // A space, because tmux refuses an empty text; into the same buffer, so that one deletion removes both.
        feed("tmux", &["load-buffer", "-w", "-b", &name, "-"], " ");
        read("tmux", &["delete-buffer", "-b", &name]);
    }
}

/// Whether the text of any buffer matches.
pub(super) fn holds(is_meant: &dyn Fn(&Secret) -> bool) -> bool {
    !buffers(is_meant).is_empty()
}

/// The names of the buffers whose text matches.
fn buffers(is_meant: &dyn Fn(&Secret) -> bool) -> Vec<String> {
    let Some(names) = read("tmux", &["list-buffers", "-F", "#{buffer_name}"]) else { return Vec::new() };
    let is_one = |name: &&str| read("tmux", &["show-buffer", "-b", name]).is_some_and(|held| is_meant(&held));
    names.expose().lines().filter(is_one).map(str::to_owned).collect()
}
