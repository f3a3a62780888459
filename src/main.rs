//! Arguments to the command line or the TUI; a `Problem` to an exit code.

fn main() {}
