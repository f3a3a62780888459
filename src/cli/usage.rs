//! Reports a command line that does not parse: clap's own text, or JSON with --json.

use std::ffi::OsString;
use std::process::ExitCode;

use clap::Error;
use clap::error::ErrorKind;

use super::output::Output;
use crate::problem::{Kind, Problem};

/// Reports it and returns the exit code; help and version are not errors.
pub(super) fn report(error: &Error, output: Output) -> ExitCode {
    if !error.use_stderr() {
        // If it cannot be printed, there is nowhere to report that.
        let _ = error.print();
        return ExitCode::SUCCESS;
    }
    if output.json {
        output.problem(&problem(error));
    } else {
        let _ = error.print();
    }
    ExitCode::from(Kind::Usage.exit_code())
}

/// Whether the command line asks for JSON, as far as that is visible before it is parsed.
pub(super) fn asks_for_json(arguments: &[OsString]) -> bool {
    arguments.iter().skip(1).take_while(|word| *word != "--").any(|word| word == "--json")
}

/// Splits clap's text into the parts of a problem: the sentence, the usage, the tips.
fn problem(error: &Error) -> Problem {
    let text = error.render().to_string();
    if matches!(error.kind(), ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand | ErrorKind::MissingSubcommand) {
        let usage = text.lines().find(|line| line.starts_with("Usage:")).unwrap_or_default();
        return Problem::new(Kind::Usage, "A subcommand is missing.").why(usage);
    }
    let joined = |block: &str| block.split_whitespace().collect::<Vec<_>>().join(" ");
    let (mut what, mut usage, mut tips) = (String::new(), String::new(), Vec::new());
    for block in text.split("\n\n").map(joined) {
        if let Some(sentence) = block.strip_prefix("error: ") {
            sentence.clone_into(&mut what);
        } else if block.starts_with("Usage:") {
            usage = block;
        } else if block.starts_with("tip:") {
            tips.push(block.trim_start_matches("tip: ").to_owned());
        }
    }
    Problem::new(Kind::Usage, capitalized(&what)).why(usage).try_this(capitalized(&tips.join("; ")))
}

fn capitalized(text: &str) -> String {
    let mut rest = text.chars();
    rest.next().map(|first| first.to_uppercase().chain(rest).collect()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::examples;
    use super::*;

    fn of(line: &str) -> Problem {
        let words = std::iter::once("credenza").chain(line.split_whitespace());
        problem(&examples::command().try_get_matches_from(words).unwrap_err())
    }

    #[test]
    fn the_parts_of_a_usage_error_are_those_of_a_problem() {
        let flag = of("token Zoho --forse");
        assert_eq!(flag.what, "Unexpected argument '--forse' found");
        assert!(flag.why.starts_with("Usage: credenza token") && flag.try_this.contains("'--force'"), "{flag:?}");
        let missing = of("token");
        assert!(missing.what.contains("<NAME>") && !missing.what.contains('\n'), "{missing:?}");
        let command = of("lsit");
        assert!(command.try_this.contains("'list'"), "{command:?}");
        assert_eq!(of("agent").what, "A subcommand is missing.");
    }

    #[test]
    fn json_is_asked_for_before_the_dashes_only() {
        let asks = |line: &str| asks_for_json(&line.split(' ').map(OsString::from).collect::<Vec<_>>());
        assert!(asks("credenza --json token") && asks("credenza token --json"));
        assert!(!asks("credenza run x -- y --json") && !asks("credenza token"));
    }
}
