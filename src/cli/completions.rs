//! `credenza completions SHELL`: the script that makes a shell complete commands and options.

use clap::CommandFactory as _;
use clap_complete::Shell;

use super::arguments::Arguments;
use super::output::Output;
use crate::problem::Problem;

pub(super) fn run(shell: Shell, output: Output) -> Result<(), Problem> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Arguments::command(), "credenza", &mut script);
    output.line(String::from_utf8_lossy(&script).trim_end())
}
