//! `credenza man`: the manual page, of the same definition as the help texts.

use std::fmt::Write as _;

use clap_mangen::Man;

use super::examples;
use super::output::Output;
use crate::problem::Problem;

pub(super) fn run(output: Output) -> Result<(), Problem> {
    output.text(&page()?)
}

fn page() -> Result<String, Problem> {
    let failed = |_| Problem::internal("The manual page could not be written.");
    let mut command = examples::command();
    command.build();
    let man = Man::new(command.clone());
    let mut page = Vec::new();
    man.render_title(&mut page).map_err(failed)?;
    man.render_name_section(&mut page).map_err(failed)?;
    man.render_synopsis_section(&mut page).map_err(failed)?;
    man.render_description_section(&mut page).map_err(failed)?;
    man.render_options_section(&mut page).map_err(failed)?;
    man.render_extra_section(&mut page).map_err(failed)?;
    let mut page = String::from_utf8_lossy(&page).into_owned();
    page.push_str(".SH COMMANDS\n");
    for one in command.get_subcommands_mut().filter(|one| !one.is_hide_set()) {
        // The options of every command stand above.
        let own = one.clone().mut_args(|argument| {
            let global = argument.is_global_set();
            argument.hide(global)
        });
        let help = own.term_width(72).render_long_help().to_string();
        // Writing to a String cannot fail.
        let _ = writeln!(page, ".SS \"credenza {}\"\n.nf\n{}\n.fi", one.get_name(), plain(help.trim_end()));
    }
    page.push_str(FILES);
    Ok(page)
}

/// Text unchanged: roff takes a dot or a quote at the beginning of a line, and every backslash, for its own.
fn plain(text: &str) -> String {
    let line = |line: &str| {
        let line = line.replace('\\', "\\\\").replace('-', "\\-");
        if line.starts_with(['.', '\'']) { format!("\\&{line}") } else { line }
    };
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

const FILES: &str = "\
.SH FILES
.TP
~/.local/share/credenza/identity.age, vault.age
The vault: an age identity wrapped by the passphrase, and the JSON that it opens.
.TP
~/.local/share/credenza/backups/
The last ten versions, and one per day for thirty days.
.TP
~/.local/state/credenza/audit.jsonl
The audit log.
.TP
~/.config/credenza/settings.toml
Settings.
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
        let inside = page.split(".nf\n").skip(1).map(|rest| rest.split("\n.fi").next().unwrap());
        for line in inside.flat_map(str::lines) {
            assert!(!line.starts_with(['.', '\'']), "{line}");
        }
    }
}
