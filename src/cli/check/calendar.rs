//! Prints the check as a calendar (RFC 5545): an event on the day of each deadline, with an alarm a week before.

use jiff::Timestamp;

use crate::engine::ops::due::CheckedCredential;
use crate::model::credential::DeadlineKind;
use crate::printable::shell_word;

/// Longest content line in bytes, without its line break (RFC 5545 section 3.1).
const LINE: usize = 75;

pub(super) fn text(checked: &[CheckedCredential], now: Timestamp) -> String {
    let mut lines = vec![
        "BEGIN:VCALENDAR".to_owned(),
        "VERSION:2.0".to_owned(),
        format!("PRODID:-//Credenza//{}//EN", env!("CARGO_PKG_VERSION")),
    ];
    for (one, id, due) in checked.iter().filter_map(|one| Some((one, one.id?, one.due?))) {
        lines.extend([
            "BEGIN:VEVENT".to_owned(),
            // The same UID in every export, so that a calendar replaces the event instead of adding a second one.
            format!(
                "UID:{}-{}{}@credenza",
                id,
                due.what.code(),
                due.of.map_or_else(String::new, |kind| format!("-{kind}"))
            ),
            format!("DTSTAMP:{}", now.strftime("%Y%m%dT%H%M%SZ")),
            format!("DTSTART;VALUE=DATE:{}", due.at.strftime("%Y%m%d")),
            format!("SUMMARY:{}", escaped(&format!("{}: {}", one.name, due.words()))),
            format!("DESCRIPTION:{}", escaped(&format!("What to do: {}. Owner: {}", action(due.what, one), one.owner))),
            "TRANSP:TRANSPARENT".to_owned(),
            "BEGIN:VALARM".to_owned(),
            "ACTION:DISPLAY".to_owned(),
            format!("DESCRIPTION:{}", escaped(&one.name)),
            "TRIGGER:-P7D".to_owned(),
            "END:VALARM".to_owned(),
            "END:VEVENT".to_owned(),
        ]);
    }
    lines.push("END:VCALENDAR".to_owned());
    lines.iter().map(|line| folded(line)).collect()
}

/// What to do about a deadline.
fn action(what: DeadlineKind, one: &CheckedCredential) -> String {
    match what {
        DeadlineKind::AccessToken | DeadlineKind::RefreshToken => "authenticate again".to_owned(),
        DeadlineKind::UnusedRefreshToken => format!("use it: credenza token {} --force", shell_word(&one.name)),
        DeadlineKind::Secret => "create a new secret in the provider's console and enter it".to_owned(),
        DeadlineKind::MfaTrust => "nothing until the next sign-in; have the second factor ready then".to_owned(),
        DeadlineKind::ApiEnd | DeadlineKind::TokenKindEnd | DeadlineKind::EndpointEnd | DeadlineKind::ProductEnd => {
            one.announced.clone().unwrap_or_default().trim_end_matches('.').to_owned()
        }
    }
}

/// Escapes text as RFC 5545 section 3.3.11 demands.
fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace(';', "\\;").replace(',', "\\,").replace('\n', "\\n")
}

/// Folds a long line (RFC 5545 section 3.1): it continues on the next line after a space, and is never cut inside a
/// character.
fn folded(line: &str) -> String {
    let mut folded = String::with_capacity(line.len() + 8);
    let mut used = 0;
    for c in line.chars() {
        if used + c.len_utf8() > LINE {
            folded.push_str("\r\n ");
            used = 1;
        }
        folded.push(c);
        used += c.len_utf8();
    }
    folded.push_str("\r\n");
    folded
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn long_lines_are_folded_between_characters_and_special_ones_escaped() {
        let folded = folded(&format!("SUMMARY:{}", "é".repeat(100)));
        assert!(folded.split("\r\n").all(|line| line.len() <= LINE), "{folded}");
        assert_eq!(folded.replace("\r\n ", "").trim_end(), format!("SUMMARY:{}", "é".repeat(100)));
        assert_eq!(escaped("a,b;c\\d\ne"), "a\\,b\\;c\\\\d\\ne");
    }
}
