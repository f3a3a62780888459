//! The check as Prometheus text (exposition format 0.0.4), for a node exporter's textfile collector.

use std::fmt::Write as _;

use crate::engine::ops::due::{CheckedCredential, DueLevel};

/// Two gauges per credential, and one for the audit log.
pub(super) fn text(checked: &[CheckedCredential], log_is_broken: bool) -> String {
    let mut text = "# HELP credenza_credential_standing 0 good, 1 due soon, 2 needs attention.\n\
                    # TYPE credenza_credential_standing gauge\n"
        .to_owned();
    for one in checked {
        let value = match one.standing {
            DueLevel::Good => 0,
            DueLevel::DueSoon => 1,
            DueLevel::NeedsPerson => 2,
        };
        // Writing to a String cannot fail.
        let _ = writeln!(text, "credenza_credential_standing{{{}}} {value}", labels(one));
    }
    text.push_str(
        "# HELP credenza_credential_due_timestamp_seconds When the next thing expires.\n\
         # TYPE credenza_credential_due_timestamp_seconds gauge\n",
    );
    for (one, due) in checked.iter().filter_map(|one| one.due.map(|due| (one, due))) {
        let _ = writeln!(
            text,
            "credenza_credential_due_timestamp_seconds{{{},what=\"{}\"}} {}",
            labels(one),
            due.what.code(),
            due.at.as_second()
        );
    }
    let broken = u8::from(log_is_broken);
    // Writing to a String cannot fail.
    let _ = write!(
        text,
        "# HELP credenza_audit_log_broken 1 if the audit log was changed after it was written.\n\
         # TYPE credenza_audit_log_broken gauge\ncredenza_audit_log_broken {broken}\n"
    );
    text
}

fn labels(one: &CheckedCredential) -> String {
    format!("name=\"{}\",owner=\"{}\",status=\"{}\"", escaped(&one.name), escaped(&one.owner), one.code())
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}
