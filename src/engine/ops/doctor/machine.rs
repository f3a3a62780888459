//! Checks this machine: the vault's files, the redirect port, browser, clipboard and network.

use std::env;

use url::Url;

use super::Finding;
use super::log::examine_files;
use crate::engine::ops::unlock;
use crate::engine::{Workspace, browser, clock_offset};
use crate::oauth::loopback::Listener;
use crate::printable::printable;
use crate::problem::{Kind, NextStep, Problem};

/// Clipboard programs as the screens try them, each with the variable that is set on its kind of desktop.
const CLIPBOARD_PROGRAMS: [(&str, &str); 3] =
    [("WAYLAND_DISPLAY", "wl-copy"), ("DISPLAY", "xclip"), ("DISPLAY", "xsel")];

/// Environment variables that name a proxy, in order of precedence.
const PROXY_VARIABLES: [&str; 6] = ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy", "NO_PROXY", "no_proxy"];

/// Runs the checks that need neither the passphrase nor the network.
#[must_use]
pub(crate) fn examine_machine(workspace: &Workspace) -> Vec<Finding> {
    let mut findings = vault(workspace);
    findings.extend(examine_files(workspace));
    findings.push(port(workspace));
    findings.push(browser());
    findings.push(clipboard());
    findings.extend(proxy(workspace));
    findings.push(network(workspace));
    findings
}

/// Reports the clock offset at the last response. For a check without a credential; a check with one measures it again.
#[must_use]
pub(crate) fn examine_clock(workspace: &Workspace) -> Option<Finding> {
    let measured = clock_offset::known(workspace)?;
    let direction = if measured.seconds > 0 { "ahead of" } else { "behind" };
    let host = printable(&measured.host, 120);
    let text = format!(
        "this machine's clock was {} s {direction} {host} when last measured ({}); checking a credential measures it again",
        measured.seconds.unsigned_abs(),
        measured.at.strftime("%Y-%m-%d %H:%M:%S UTC"),
    );
    Some(Finding::notice("clock", text))
}

fn vault(workspace: &Workspace) -> Vec<Finding> {
    let path = workspace.vault_place();
    let mut findings = vec![match unlock::vault_state(workspace) {
        unlock::VaultState::Locked { size, .. } => Finding::good("vault", format!("{path}, {size} bytes")),
        unlock::VaultState::Absent => Finding::notice_with("vault", format!("{path} is not there yet"), NextStep::Init),
        unlock::VaultState::Unusable(problem) => Finding::bad("vault", problem),
    }];
    if let Err(problem) = unlock::examine(workspace) {
        findings = vec![Finding::bad("vault", problem)];
    }
    findings.extend(workspace.paths.check().err().map(|problem| Finding::bad("vault", problem)));
    findings.extend(unlock::is_replaceable(workspace).err().map(|problem| Finding::bad("vault", problem)));
    findings.extend(unlock::low_work_factor(workspace).map(|text| Finding::notice("vault", text)));
    for copy in unlock::copies(workspace) {
        let text = format!("{copy} is beside the vault and is not read");
        findings.push(Finding::notice_with("vault", text, NextStep::InspectVaultFile { path: copy }));
    }
    let rescued = unlock::rescued(workspace);
    if rescued > 0 {
        findings.push(Finding::notice(
            "vault",
            format!("{rescued} tokens are kept beside the vault; the next command that saves moves them into it"),
        ));
    }
    findings
}

/// Checks whether a sign-in could listen on the port of the redirect URI.
fn port(workspace: &Workspace) -> Finding {
    let uri = format!("http://localhost:{}/callback", workspace.settings.redirect_port);
    match Listener::bind(&uri) {
        Ok(_) => Finding::good("port", format!("{} is free for the redirect", workspace.settings.redirect_port)),
        Err(problem) => Finding::bad("port", problem),
    }
}

fn browser() -> Finding {
    match browser::first_candidate() {
        Some(program) => Finding::good("browser", printable(&program, 120)),
        None => Finding::notice(
            "browser",
            "none here: open the printed address on another machine (ssh -L), or paste the redirect address",
        ),
    }
}

fn clipboard() -> Finding {
    let is_usable = |(variable, program): &(&str, &str)| env::var_os(variable).is_some() && on_path(program);
    match CLIPBOARD_PROGRAMS.into_iter().find(is_usable) {
        Some((_, program)) => Finding::good("clipboard", program),
        None => Finding::notice("clipboard", "no clipboard tool; using OSC 52, which some terminals ignore"),
    }
}

fn on_path(program: &str) -> bool {
    env::var_os("PATH").is_some_and(|path| env::split_paths(&path).any(|folder| folder.join(program).is_file()))
}

/// Reports the active proxies, without their passwords.
fn proxy(workspace: &Workspace) -> Vec<Finding> {
    let named = |name: &str, value: &str| Finding::notice("proxy", format!("{name}: {}", concealed(value)));
    if let Some(address) = &workspace.settings.proxy {
        return vec![named("settings.toml", address)];
    }
    let variables = PROXY_VARIABLES.into_iter().filter_map(|name| env::var(name).ok().map(|value| (name, value)));
    let found: Vec<_> =
        variables.filter(|(_, value)| !value.is_empty()).map(|(name, value)| named(name, &value)).collect();
    if found.is_empty() { vec![Finding::good("proxy", "none")] } else { found }
}

/// An address without the user name and password before its host.
fn concealed(address: &str) -> String {
    let shown = address.rsplit_once('@').map_or_else(|| address.to_owned(), |(_, host)| format!("[concealed]@{host}"));
    printable(&shown, 200)
}

/// Checks the settings of the HTTP client: proxy and certificates.
fn network(workspace: &Workspace) -> Finding {
    let settings = &workspace.settings;
    match workspace.http.check() {
        Ok(()) => Finding::good(
            "ca_file",
            settings.ca_file.as_ref().map_or_else(
                || "the system's certificates".to_owned(),
                |path| format!("the system's certificates and {}", path.display()),
            ),
        ),
        Err(problem) => Finding::bad("ca_file", problem),
    }
}

pub(super) fn host(url: &Url) -> String {
    printable(url.host_str().unwrap_or("?"), 120)
}

/// A problem without a more specific kind.
pub(super) fn trouble(what: &str) -> Problem {
    Problem::new(Kind::Temporary, what)
}

#[cfg(test)]
mod tests {
    use super::concealed;

    #[test]
    fn pr_23_a_proxys_password_is_concealed_in_whatever_form_it_stands() {
        assert_eq!(concealed("http://u:CNRY-pass@proxy.acme.example:3128"), "[concealed]@proxy.acme.example:3128");
        assert_eq!(concealed("u:CNRY@p@ss@proxy:1"), "[concealed]@proxy:1");
        assert_eq!(concealed("http://proxy.acme.example:3128"), "http://proxy.acme.example:3128");
    }
}
