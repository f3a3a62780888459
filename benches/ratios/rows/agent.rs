//! The agent: the duration of refreshes through it, and how they change its memory.

use std::process::Command;
use std::thread::sleep;
use std::time::Duration;

use crate::bench::Bench;
use crate::measure::{Unit, memory as memory_of, output, run};
use crate::report::{Goal, Line};
use crate::vault::{LOOPBACK, Vault};

/// A running agent, which is stopped on drop.
struct Agent<'a> {
    vault: &'a Vault,
    pid: u32,
}

impl<'a> Agent<'a> {
    fn start(vault: &'a Vault) -> Self {
        let said = output(&mut vault.command(&["agent", "start", "--json"]));
        let said: serde_json::Value = serde_json::from_slice(&said).unwrap();
        Self { vault, pid: u32::try_from(said["pid"].as_u64().unwrap()).unwrap() }
    }

    fn refresh(&self) -> f64 {
        run(&mut self.vault.bare_command(&["token", LOOPBACK, "--force", "--no-input"]))
    }

    fn memory(&self) -> f64 {
        memory_of(self.pid, "VmRSS").unwrap()
    }
}

impl Drop for Agent<'_> {
    fn drop(&mut self) {
        run(&mut self.vault.bare_command(&["agent", "stop"]));
    }
}

pub(crate) fn refresh(bench: &Bench) -> Vec<Line> {
    let mut lines = Vec::new();
    for count in bench.sizes(&[1, 1_000, 10_000]) {
        let what = format!("`credenza token --force` through the agent, {count} credentials");
        let Some(curl) = &bench.peers.curl else {
            lines.push(Line::missing(what, "curl is not installed"));
            continue;
        };
        let vault = bench.own_vault(count, "refreshed");
        let agent = Agent::start(&vault);
        agent.refresh();
        let post = || {
            let mut command = Command::new(curl);
            command.args(["--silent", "--fail", "--noproxy", "*", "--data"]);
            command.arg("grant_type=refresh_token&refresh_token=x&client_id=bench");
            command.arg(bench.provider.token_url());
            command
        };
        let pairs = (0..bench.rounds(40)).map(|_| (agent.refresh(), run(&mut post()))).unzip();
        let goal = if count == 1 { Goal::Ratio(1.5) } else { Goal::None };
        lines.push(Line::pair(what, "curl POST to the same endpoint", Unit::Milliseconds, goal, pairs));
    }
    lines.push(Line::missing("the same beside `oidc-token`", "it needs an account that a person has signed in"));
    lines
}

pub(crate) fn memory(bench: &Bench) -> Vec<Line> {
    let mut lines = Vec::new();
    for count in bench.sizes(&[1_000, 10_000]) {
        let vault = bench.own_vault(count, "remembered");
        let agent = Agent::start(&vault);
        // Gives the agent time to read the vault, which it does in the background.
        sleep(Duration::from_secs(3));
        let start = agent.memory();
        let what = format!("agent at its start, {count} credentials");
        lines.push(Line::alone(what, Unit::MiB, Goal::None, vec![start]));
        let mut done = 0;
        for refreshes in [bench.rounds(100), bench.rounds(1_000)] {
            while done < refreshes {
                agent.refresh();
                done += 1;
            }
            let what = format!("agent after {refreshes} refreshes, {count} credentials");
            let after = (vec![agent.memory()], vec![start]);
            lines.push(Line::pair(what, "itself at its start", Unit::MiB, Goal::Ratio(1.5), after));
        }
    }
    lines
}
