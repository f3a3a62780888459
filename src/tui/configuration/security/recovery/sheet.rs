//! The sheet of a recovery kit: the key in groups and as a QR code, and how to use it.

use jiff::tz::TimeZone;

use crate::secret::Secret;
use crate::tui::context::Context;
use crate::tui::widgets::qr::{on_paper, qr};

/// Characters per group.
const GROUP: usize = 4;

/// The command that uses the kit.
pub(super) const COMMAND: &str = "credenza recover --kit-file FILE";

/// The key in groups, as many per row as fit into this width.
pub(super) fn groups(key: &Secret, columns: usize) -> Vec<String> {
    grouped(key.expose(), columns)
}

/// The key as a QR code, if it fits.
pub(super) fn picture(key: &Secret, columns: u16, rows: u16) -> Option<Vec<String>> {
    qr(key.expose(), columns, rows)
}

fn grouped(key: &str, columns: usize) -> Vec<String> {
    let letters: Vec<char> = key.chars().collect();
    let groups: Vec<String> = letters.chunks(GROUP).map(|group| group.iter().collect()).collect();
    let in_a_row = ((columns + 1) / (GROUP + 1)).max(1);
    groups.chunks(in_a_row).map(|row| row.join(" ")).collect()
}

/// The day on which the kit is made.
pub(super) fn day(cx: &Context<'_>) -> String {
    cx.now.to_zoned(cx.zone.clone()).strftime("%-d %b %Y").to_string()
}

/// The name of the file to which the sheet is written.
pub(super) fn file_name(cx: &Context<'_>) -> String {
    format!("credenza-recovery-kit-{}.txt", cx.now.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d"))
}

/// The whole sheet, for printing.
pub(super) fn text(cx: &Context<'_>, key: &Secret) -> Secret {
    let mut lines = vec![
        "Credenza recovery kit".to_owned(),
        String::new(),
        format!("Vault  {}", cx.workspace.vault_place()),
        format!("Made   {}", day(cx)),
        String::new(),
        "This key opens the vault without the passphrase. Keep it where only you can get to it.".to_owned(),
        String::new(),
    ];
    lines.extend(groups(key, 40));
    lines.push(String::new());
    lines.extend(picture(key, 80, 60).map(|rows| on_paper(&rows)).unwrap_or_default());
    lines.extend([
        String::new(),
        "To use it, run this command with this file, or with a file that contains the key:".to_owned(),
        format!("  {COMMAND}"),
        "On a machine without a vault, start credenza and choose \"Restore from a recovery kit\".".to_owned(),
        "age can open the vault, too, if FILE contains the key without spaces: age -d -i FILE vault.age".to_owned(),
        String::new(),
    ]);
    Secret::new(lines.join("\n"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_key_is_in_groups_of_four() {
        assert_eq!(grouped("AGE-SECRET-KEY-1QQPQ", 14), ["AGE- SECR ET-K", "EY-1 QQPQ"]);
        assert_eq!(grouped("ABCDE", 1), ["ABCD", "E"]);
    }
}
