//! Examples for every command, at the end of `--help` and in the manual page. A test parses each of them.

use clap::{Command, CommandFactory as _};

use super::arguments::Arguments;

/// One command line per line.
const EXAMPLES: &str = include_str!("../../assets/examples.txt");

/// The whole command line, with its examples.
pub(super) fn command() -> Command {
    let mut command = Arguments::command();
    let names: Vec<String> = command.get_subcommands().map(|one| one.get_name().to_owned()).collect();
    for name in names {
        let of = EXAMPLES.lines().filter(|line| command_of(line) == name);
        let text = of.fold("Examples:".to_owned(), |text, line| text + "\n  " + &folded(line));
        command = command.mut_subcommand(name, |one| one.after_help(text));
    }
    command
}

/// Longest line of an example: help wraps longer ones, and a wrapped command line cannot be pasted.
const ROOM: usize = 66;

/// An example on several lines that a shell joins again.
fn folded(example: &str) -> String {
    let mut lines = vec![String::new()];
    for word in &units(example) {
        match lines.last_mut() {
            Some(line) if !line.is_empty() && line.chars().count() + 1 + word.chars().count() > ROOM => {
                lines.push(format!("    {word}"));
            }
            Some(line) if !line.is_empty() => {
                line.push(' ');
                line.push_str(word);
            }
            Some(line) => line.push_str(word),
            None => {}
        }
    }
    lines.join(" \\\n  ")
}

/// Splits an example into the units that must stay on one line: an option with its value, or a single word.
fn units(example: &str) -> Vec<String> {
    let mut units: Vec<String> = Vec::new();
    for word in words_of(example) {
        match units.last_mut() {
            Some(option) if option.starts_with('-') && !option.contains(' ') && !word.starts_with('-') => {
                option.push(' ');
                option.push_str(word);
            }
            _ => units.push(word.to_owned()),
        }
    }
    units
}

/// Splits at spaces outside of quotes, without changing anything.
fn words_of(example: &str) -> Vec<&str> {
    let (mut words, mut start, mut quoted) = (Vec::new(), 0, false);
    for (at, c) in example.char_indices() {
        quoted ^= c == '\'';
        if c == ' ' && !quoted {
            words.extend(example.get(start..at));
            start = at + 1;
        }
    }
    words.extend(example.get(start..));
    words
}

/// The subcommand of an example.
fn command_of(example: &str) -> &str {
    let rest = example.split_once("credenza ").map_or("", |(_, rest)| rest);
    rest.split([' ', ')']).next().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Splits as a shell does: at spaces outside of single quotes.
    fn split_words(line: &str) -> Vec<String> {
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
    fn a_long_example_can_be_pasted_from_the_help() {
        let mut count = 0;
        for example in EXAMPLES.lines() {
            let folded = folded(example);
            count += usize::from(folded.contains('\n'));
            for line in folded.lines() {
                // An option stays with its value.
                let cannot_be_shorter = line.trim().trim_end_matches(" \\").split(' ').count() <= 2;
                assert!(line.chars().count() <= ROOM + 6 || cannot_be_shorter, "{line}");
            }
            // A shell drops a backslash together with the line break after it; the words must be the same.
            assert_eq!(split_words(&folded.replace("\\\n", " ")), split_words(example), "{folded}");
        }
        assert!(count > 5, "only {count} were folded");
        let help = command().find_subcommand_mut("add").unwrap().clone().term_width(80).render_help().to_string();
        for line in help.split("Examples:").nth(1).unwrap().lines().filter(|line| line.starts_with("    ")) {
            let before = help.split(line).next().unwrap().trim_end_matches('\n');
            assert!(before.ends_with('\\'), "wrapped without a backslash: {line}");
        }
    }

    #[test]
    fn every_command_has_examples_and_each_of_them_is_taken() {
        let with: Vec<&str> = EXAMPLES.lines().map(command_of).collect();
        for one in Arguments::command().get_subcommands().filter(|one| !one.is_hide_set()) {
            assert!(with.contains(&one.get_name()), "{} has no example", one.get_name());
        }
        for example in EXAMPLES.lines() {
            // In an example with `<( )`, the Credenza command is the one inside; the outer one is another program.
            let inner = example.split_once("<(").map_or(example, |(_, rest)| rest.split(')').next().unwrap());
            command().try_get_matches_from(split_words(inner)).unwrap_or_else(|error| panic!("{example}: {error}"));
        }
    }
}
