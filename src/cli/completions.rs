//! `credenza completions SHELL`: prints the script with which a shell completes commands, options, and names of
//! credentials.
//!
//! Names come from an unlocked agent, or from the file that the settings allow: completing never asks for a
//! passphrase, and never derives a key.

use clap::Command;
use clap_complete::Shell;

use super::examples;
use super::output::Output;
use crate::problem::Problem;

/// How the help of an argument begins if it is the name of a credential.
const A_NAME: &str = "Its name, an unambiguous prefix of it, or its id";

const BASH: &str = include_str!("../../assets/completions/names.bash");
const ZSH: &str = include_str!("../../assets/completions/names.zsh");
const FISH: &str = include_str!("../../assets/completions/names.fish");

pub(super) fn run(shell: Shell, output: Output) -> Result<(), Problem> {
    let mut command = examples::command();
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut command, "credenza", &mut script);
    let script = String::from_utf8_lossy(&script).into_owned();
    let all = command.get_subcommands().flat_map(names).collect::<Vec<_>>().join(" ");
    output.line(with_names(shell, &script, &takers(&command), &all).trim_end())
}

/// The commands whose first argument is the name of a credential.
fn takers(command: &Command) -> String {
    let takes = |command: &&Command| {
        let first = command.get_positionals().next().and_then(|argument| argument.get_help());
        first.is_some_and(|help| help.to_string().starts_with(A_NAME))
    };
    command.get_subcommands().filter(takes).flat_map(names).collect::<Vec<_>>().join(" ")
}

/// The name of a command and its aliases.
fn names(command: &Command) -> impl Iterator<Item = &str> {
    std::iter::once(command.get_name()).chain(command.get_visible_aliases())
}

fn with_names(shell: Shell, script: &str, takers: &str, all: &str) -> String {
    match shell {
        Shell::Bash => format!("{script}{}", BASH.replace("@COMMANDS@", takers).replace("@ALL@", all)),
        Shell::Fish => format!("{script}{}", FISH.replace("@COMMANDS@", takers)),
        Shell::Zsh => {
            let (from, to) = (format!("{A_NAME}:_default"), format!("{A_NAME}:_credenza_names"));
            // Defined before the script's last line, which runs it.
            let named = script.replace(&from, &to);
            let (head, rest) = named.split_once('\n').unwrap_or((&named, ""));
            format!("{head}\n{ZSH}{rest}")
        }
        _ => script.to_owned(),
    }
}
