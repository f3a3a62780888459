//! Examples for every command: what `--help` and the manual page end with. Each of them is parsed by a test.

use clap::{Command, CommandFactory as _};

use super::arguments::Arguments;

/// One a line, as one would type it.
const EXAMPLES: &str = include_str!("../../assets/examples.txt");

/// The whole command line, with its examples.
pub(super) fn command() -> Command {
    let mut command = Arguments::command();
    let names: Vec<String> = command.get_subcommands().map(|one| one.get_name().to_owned()).collect();
    for name in names {
        let of = EXAMPLES.lines().filter(|line| command_of(line) == name);
        let text = of.fold("Examples:".to_owned(), |text, line| text + "\n  " + line);
        command = command.mut_subcommand(name, |one| one.after_help(text));
    }
    command
}

/// The command an example is of: the word after ours.
fn command_of(example: &str) -> &str {
    let rest = example.split_once("credenza ").map_or("", |(_, rest)| rest);
    rest.split([' ', ')']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As a shell does it: spaces part, single quotes hold together.
    fn words(line: &str) -> Vec<String> {
        let (mut words, mut word, mut quoted) = (Vec::new(), String::new(), false);
        for c in line.chars() {
            match c {
                '\'' => quoted = !quoted,
                ' ' if !quoted => words.push(std::mem::take(&mut word)),
                c => word.push(c),
            }
        }
        words.push(word);
        words.retain(|word| !word.is_empty());
        words
    }

    #[test]
    fn every_command_has_examples_and_each_of_them_is_taken() {
        let with: Vec<&str> = EXAMPLES.lines().map(command_of).collect();
        for one in Arguments::command().get_subcommands().filter(|one| !one.is_hide_set()) {
            assert!(with.contains(&one.get_name()), "{} has no example", one.get_name());
        }
        for example in EXAMPLES.lines() {
            // What is in <( ) is run for another program.
            let inner = example.split_once("<(").map_or(example, |(_, rest)| rest.split(')').next().unwrap());
            command().try_get_matches_from(words(inner)).unwrap_or_else(|error| panic!("{example}: {error}"));
        }
    }
}
