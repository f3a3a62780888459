//! `credenza man`: the manual page, from the same definition as the help texts.

use std::fmt::Write as _;

use clap_mangen::Man;

use super::output::Output;
use super::{examples, help};
use crate::problem::Problem;

pub(super) fn run(output: Output) -> Result<(), Problem> {
    output.text(&page()?)
}

fn page() -> Result<String, Problem> {
    let failed = |_| Problem::internal("The manual page could not be written.");
    let mut command = examples::command();
    command.build();
    // The topics and examples have their own sections.
    let man = Man::new(command.clone().after_help(None::<&str>));
    let mut page = Vec::new();
    man.render_title(&mut page).map_err(failed)?;
    man.render_name_section(&mut page).map_err(failed)?;
    let mut page_text = String::from_utf8_lossy(&page).into_owned();
    page_text.push_str(SYNOPSIS);
    page.clear();
    man.render_description_section(&mut page).map_err(failed)?;
    man.render_options_section(&mut page).map_err(failed)?;
    page_text.push_str(&String::from_utf8_lossy(&page));
    page_text.push_str(".SH COMMANDS\n");
    for one in command.get_subcommands_mut().filter(|one| !one.is_hide_set()) {
        // The global options have their own section.
        let own = one.clone().mut_args(|argument| {
            let global = argument.is_global_set();
            argument.hide(global)
        });
        let help = own.term_width(72).render_long_help().to_string();
        // Writing to a String cannot fail.
        let _ = writeln!(page_text, ".SS \"credenza {}\"\n.nf\n{}\n.fi", one.get_name(), plain(help.trim_end()));
    }
    for (title, topic) in [("EXIT STATUS", "exit-codes"), ("ENVIRONMENT", "environment"), ("FILES", "files")] {
        let text = help::text(topic).unwrap_or_default();
        // Its first line is the title.
        let body = text.split_once('\n').map_or("", |(_, body)| body).trim();
        let _ = writeln!(page_text, ".SH {title}\n.nf\n{}\n.fi", plain(body));
    }
    page_text.push_str(SEE_ALSO);
    Ok(page_text)
}

/// Escapes text for roff, which interprets a dot or quote at the beginning of a line, and every backslash.
fn plain(text: &str) -> String {
    let line = |line: &str| {
        let line = line.replace('\\', "\\\\").replace('-', "\\-");
        if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line }
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

const SYNOPSIS: &str = "\
.SH SYNOPSIS
.nf
\\fBcredenza\\fR [\\fIOPTIONS\\fR]
\\fBcredenza\\fR [\\fIOPTIONS\\fR] \\fICOMMAND\\fR [\\fIARGUMENTS\\fR]
\\fBcredenza\\fR \\fB\\-\\-demo\\fR
\\fBcredenza help\\fR [\\fICOMMAND\\fR | \\fITOPIC\\fR]
.fi
";

const SEE_ALSO: &str = "\
.SH SEE ALSO
age(1)
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_page_has_every_command_and_no_line_that_roff_would_obey() {
        let page = page().unwrap();
        for one in examples::command().get_subcommands().filter(|one| !one.is_hide_set()) {
            assert!(page.contains(&format!(".SS \"credenza {}\"", one.get_name())), "{}", one.get_name());
        }
        assert!(!page.contains("complete-names"), "hidden");
        assert!(page.contains("Examples:"));
        let sections: Vec<&str> = page.lines().filter_map(|line| line.strip_prefix(".SH ")).collect();
        let wanted = ["NAME", "SYNOPSIS", "DESCRIPTION", "OPTIONS"];
        assert_eq!(sections.iter().take(4).copied().collect::<Vec<_>>(), wanted);
        for section in ["COMMANDS", "EXIT STATUS", "ENVIRONMENT", "FILES", "SEE ALSO"] {
            assert!(sections.contains(&section), "{section} in {sections:?}");
        }
        assert!(!sections.contains(&"EXTRA") && !page.contains("[subcommands]"), "{sections:?}");
        for text in ["NO_COLOR", "audit.jsonl", "needs_authentication"] {
            assert!(page.contains(text), "{text}");
        }
        let inside = page.split(".nf\n").skip(1).map(|rest| rest.split("\n.fi").next().unwrap());
        for line in inside.flat_map(str::lines) {
            assert!(!line.starts_with(['.', '\'']), "{line}");
        }
    }
}
