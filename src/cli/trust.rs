//! `credenza trust`: shows the certificate of `https://localhost`, and how to make the system trust it and undo that.
//!
//! JSON: `{"fingerprint": "AB:CD:…", "last_day": DATE, "file": PATH, "certificate": PEM}`. The system is not changed.

use serde_json::json;

use super::arguments::Global;
use super::arguments::catalog::Trust;
use super::opening::workspace;
use super::output::Output;
use crate::problem::Problem;

/// The name of the file for `credenza trust --pem` in the commands below.
const FILE: &str = "credenza-localhost.crt";

pub(super) fn run(arguments: &Trust, global: &Global, output: Output) -> Result<(), Problem> {
    let certificate = workspace(global, output)?.certificate()?;
    if output.json {
        return output.value(&json!({
            "fingerprint": certificate.fingerprint(),
            "last_day": certificate.last_day(),
            "file": certificate.path().display().to_string(),
            "certificate": certificate.pem(),
        }));
    }
    if arguments.pem {
        return output.text(&certificate.pem());
    }
    output.line(
        "The certificate of https://localhost. It is valid on this machine only and cannot sign other certificates.",
    )?;
    output.line("SHA-256 fingerprint:")?;
    output.line(&format!("  {}", certificate.fingerprint()))?;
    output.line(&format!("Last day: {}", certificate.last_day()))?;
    output.line(&format!("File, with its private key: {}", certificate.path().display()))?;
    output.line("")?;
    output.line("A browser warns about it once: compare the fingerprint and go on. To trust it instead:")?;
    for line in steps() {
        output.line(&line)?;
    }
    Ok(())
}

/// How to trust it, and how to undo that.
fn steps() -> Vec<String> {
    let write = format!("credenza trust --pem > {FILE}");
    let (trust, undo) = if cfg!(target_os = "macos") {
        (
            format!("security add-trusted-cert -p ssl -k ~/Library/Keychains/login.keychain-db {FILE}"),
            format!("security remove-trusted-cert {FILE}"),
        )
    } else {
        (
            format!("certutil -d sql:$HOME/.pki/nssdb -A -t P,, -n credenza-localhost -i {FILE}"),
            "certutil -d sql:$HOME/.pki/nssdb -D -n credenza-localhost".to_owned(),
        )
    };
    vec![format!("  {write}"), format!("  {trust}"), "To undo that:".to_owned(), format!("  {undo}")]
}
