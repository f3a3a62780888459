//! `credenza help`: explains a command, like its `--help`, or a topic, from the documentation.

use super::examples;
use super::markdown::{plain, section};
use super::output::Output;
use crate::nearest::suggestion;
use crate::problem::{Kind, Problem};

/// A topic: its name, its page, and the heading of its part of the page.
struct Topic(&'static str, &'static str, &'static str);

const SETTINGS: &str = include_str!("../../docs/reference/settings.md");

const TOPICS: [Topic; 10] = [
    Topic("catalog-files", include_str!("../../assets/catalog/README.md"), ""),
    Topic("environment", SETTINGS, "## Environment variables"),
    Topic("exit-codes", include_str!("../../docs/reference/exit-codes.md"), ""),
    Topic("files", include_str!("../../docs/reference/files.md"), ""),
    Topic("filters", include_str!("../../docs/how-to/tables.md"), ""),
    Topic("json", include_str!("../../docs/reference/json-output.md"), ""),
    Topic("redirect", include_str!("../../docs/how-to/sign-in.md"), ""),
    Topic("scripts", include_str!("../../docs/how-to/scripts-and-tokens.md"), ""),
    Topic("settings", SETTINGS, ""),
    Topic("themes", include_str!("../../docs/how-to/themes.md"), ""),
];

pub(super) fn run(words: &[String], output: Output) -> Result<(), Problem> {
    let mut command = examples::command();
    command.build();
    let mut found = &mut command;
    for word in words {
        found = match found.find_subcommand_mut(word) {
            Some(below) => below,
            None => return topic(words, output),
        };
    }
    output.text(&found.render_long_help().to_string())
}

fn topic(words: &[String], output: Output) -> Result<(), Problem> {
    let wanted = words.join("-").to_lowercase().replace('_', "-");
    match text(&wanted) {
        Some(text) => output.text(&text),
        None => Err(unknown(&words.join(" "), &wanted)),
    }
}

pub(super) fn text(name: &str) -> Option<String> {
    let Topic(_, page, heading) = TOPICS.iter().find(|Topic(known, ..)| *known == name)?;
    Some(plain(if heading.is_empty() { page } else { section(page, heading) }))
}

fn unknown(words: &str, wanted: &str) -> Problem {
    let command = examples::command();
    let topics = TOPICS.iter().map(|Topic(name, ..)| *name);
    let commands = command.get_subcommands().filter(|one| !one.is_hide_set()).map(clap::Command::get_name);
    let hint = suggestion(wanted, commands.chain(topics.clone()));
    Problem::new(Kind::NotFound, format!("There is no command or topic \"{words}\".{hint}"))
        .try_this(format!("Topics: {}. To list the commands: credenza --help", topics.collect::<Vec<_>>().join(", ")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_topic_is_text_without_markdown_and_no_commands_name() {
        let command = examples::command();
        for Topic(name, ..) in &TOPICS {
            let text = text(name).unwrap();
            assert!(text.lines().count() > 5, "{name}: {text}");
            assert!(!text.contains("```") && !text.contains("](") && !text.contains("|---"), "{name}: {text}");
            assert!(command.find_subcommand(name).is_none(), "{name} is a command");
        }
        assert!(text("environment").unwrap().contains("CREDENZA_DIR"));
        assert!(!text("environment").unwrap().contains("redirect_port"));
        assert!(unknown("exit cods", "exit-cods").what.ends_with("Did you mean \"exit-codes\"?"));
    }
}
