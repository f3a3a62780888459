//! Generates systemd unit files: a service that runs the integrations that are due, and its timer.

use std::path::Path;

use crate::problem::{Kind, Problem};

/// A unit file for `~/.config/systemd/user`.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Unit {
    pub name: &'static str,
    pub text: String,
}

/// The service and its timer. `program` is this program, `options` are those that unlock the vault, such as
/// `--identity-file FILE`.
///
/// # Errors
/// `Kind::Usage` for a path or option that systemd cannot quote.
pub fn units(program: &Path, options: &[String]) -> Result<Vec<Unit>, Problem> {
    let words = [program.display().to_string()].into_iter().chain(options.iter().cloned());
    let words = words.map(|word| quoted(&word)).collect::<Result<Vec<_>, _>>()?;
    let run = format!("{} --no-input integration sync --due", words.join(" "));
    Ok(vec![
        Unit { name: "credenza-sync.service", text: SERVICE.replace("@RUN@", &run) },
        Unit { name: "credenza-sync.timer", text: TIMER.to_owned() },
    ])
}

/// Quotes a word of ExecStart for systemd.service(5).
fn quoted(word: &str) -> Result<String, Problem> {
    if word.chars().any(char::is_control) {
        return Err(Problem::new(Kind::Usage, "A path for the unit file contains a control character."));
    }
    let escaped = word.replace('\\', "\\\\").replace('"', "\\\"").replace('%', "%%").replace('$', "$$");
    Ok(format!("\"{escaped}\""))
}

const SERVICE: &str = "\
[Unit]
Description=Credenza: load what is due
Documentation=man:credenza(1)

[Service]
Type=oneshot
ExecStart=@RUN@
# 6: another run is under way, or the provider asks to wait; the timer comes again.
SuccessExitStatus=6
TimeoutStartSec=6h
NoNewPrivileges=yes
UMask=0077
";

const TIMER: &str = "\
[Unit]
Description=Credenza: look every five minutes for what is due

[Timer]
OnBootSec=2min
OnUnitActiveSec=5min
RandomizedDelaySec=30s
Persistent=no

[Install]
WantedBy=timers.target
";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_quoted_as_systemd_reads_them() {
        let options = ["--identity-file".to_owned(), "/home/ann/my \"key\" 50%$x".to_owned()];
        let units = units(Path::new("/usr/bin/credenza"), &options).unwrap();
        let wanted = r#"ExecStart="/usr/bin/credenza" "--identity-file" "/home/ann/my \"key\" 50%%$$x" --no-input"#;
        assert!(units[0].text.contains(wanted), "{}", units[0].text);
        assert!(quoted("a\nb").is_err());
    }
}
