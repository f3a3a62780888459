//! `docs/reference/commands.md`, generated from the definition that parses the command line.

use std::fmt::Write as _;

use clap::{Arg, Command, CommandFactory as _};
use credenza::cli::arguments::Arguments;

use super::{hold, repository};

fn examples_of(path: &str) -> Vec<String> {
    let text = std::fs::read_to_string(repository().join("assets/examples.txt")).unwrap();
    let of = |line: &&str| format!("{line} ").contains(&format!("{path} "));
    text.lines().filter(of).map(str::to_owned).collect()
}

/// Formats the text of a table cell on one line.
fn cell(text: &str) -> String {
    text.replace('|', "\\|").replace('<', "&lt;").split_whitespace().collect::<Vec<_>>().join(" ")
}

/// How an argument is written on the command line: `-o, --output FILE`.
fn written(argument: &Arg) -> String {
    let mut words: Vec<String> = argument.get_short().map(|short| format!("-{short}")).into_iter().collect();
    words.extend(argument.get_long().map(|long| format!("--{long}")));
    let takes_value = argument.get_action().takes_values();
    let names = argument.get_value_names().unwrap_or_default();
    let value = names.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ");
    let value = if takes_value && value.is_empty() { argument.get_id().as_str().to_uppercase() } else { value };
    let flags = words.join(", ");
    let joint = if flags.is_empty() || !takes_value { "" } else { " " };
    format!("{flags}{joint}{}", if takes_value { value.as_str() } else { "" })
}

/// The help of an argument, with its default value, choices and environment variable.
fn meaning(argument: &Arg) -> String {
    let mut text = argument.get_long_help().or(argument.get_help()).map(ToString::to_string).unwrap_or_default();
    text.truncate(text.trim_end_matches('.').len());
    text.push('.');
    let choices: Vec<String> = argument
        .get_possible_values()
        .iter()
        .map(|choice| match choice.get_help() {
            Some(help) => format!("`{}` ({})", choice.get_name(), help.to_string().trim_end_matches('.')),
            None => format!("`{}`", choice.get_name()),
        })
        .collect();
    if argument.get_action().takes_values() && !choices.is_empty() {
        let _ = write!(text, " One of: {}.", choices.join(", "));
    }
    if let Some(default) = argument.get_default_values().first().filter(|_| argument.get_action().takes_values()) {
        let _ = write!(text, " Default: `{}`.", default.to_string_lossy());
    }
    if let Some(variable) = argument.get_env() {
        let _ = write!(text, " Variable: `{}`.", variable.to_string_lossy());
    }
    text
}

fn table<'a>(page: &mut String, arguments: impl Iterator<Item = &'a Arg>) {
    let rows: Vec<String> = arguments
        .filter(|argument| !argument.is_hide_set() && !["help", "version"].contains(&argument.get_id().as_str()))
        .map(|argument| format!("| `{}` | {} |", written(argument).replace('|', "\\|"), cell(&meaning(argument))))
        .collect();
    if !rows.is_empty() {
        let _ = writeln!(page, "| argument | meaning |\n|---|---|\n{}\n", rows.join("\n"));
    }
}

fn section(page: &mut String, command: &Command, path: &str, depth: usize) {
    let about = command.get_long_about().or(command.get_about()).map(ToString::to_string).unwrap_or_default();
    let _ = writeln!(page, "{} {path}\n\n{}.\n", "#".repeat(depth), about.trim_end_matches('.'));
    let aliases: Vec<String> = command.get_visible_aliases().map(|alias| format!("`{alias}`")).collect();
    if !aliases.is_empty() {
        let _ = writeln!(page, "Also: {}.\n", aliases.join(", "));
    }
    table(page, command.get_arguments().filter(|argument| !argument.is_global_set()));
    let children: Vec<&Command> = command.get_subcommands().filter(|one| !one.is_hide_set()).collect();
    let examples = examples_of(path);
    if children.is_empty() && !examples.is_empty() {
        let _ = writeln!(page, "```sh\n{}\n```\n", examples.join("\n"));
    }
    for child in children {
        section(page, child, &format!("{path} {}", child.get_name()), depth + 1);
    }
}

fn page() -> String {
    let command = Arguments::command();
    let mut page = String::from(
        "# Commands\n\nThis page is generated from the definition that parses the command line. `credenza token \
            --help` \
         prints the part about one command, and `credenza man` a manual page.\n\nWithout a command, `credenza` opens the screens. With \
         `--demo` it opens them over a temporary vault and the built-in sandbox provider; it cannot be used with a command.\n\nNAME is a credential's name, an unambiguous prefix of it in any case, or its ID. [Exit \
         codes](exit-codes.md) and [JSON output](json-output.md) have pages of their own.\n\n## Global options\n\n",
    );
    table(&mut page, command.get_arguments().filter(|argument| argument.is_global_set()));
    for one in command.get_subcommands().filter(|one| !one.is_hide_set()) {
        section(&mut page, one, &format!("credenza {}", one.get_name()), 2);
    }
    page.trim_end().to_owned() + "\n"
}

#[test]
fn the_page_of_commands_is_what_the_program_parses() {
    let page = page();
    for name in ["credenza token", "credenza integration sync", "credenza agent start", "--accept-gone"] {
        assert!(page.contains(name), "{name}");
    }
    hold("docs/reference/commands.md", &page);
}
