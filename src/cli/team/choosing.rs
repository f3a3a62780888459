//! Determines which of this machine's team vaults a command is about.

use super::super::arguments::Global;
use super::super::opening::workspace;
use super::super::output::Output;
use crate::engine::Workspace;
use crate::engine::ops::team;
use crate::problem::{Kind, Problem};

/// The options, completed with the name of the team vault: the given one, else the only one on this machine.
pub(super) fn of_team(global: &Global, output: Output) -> Result<Global, Problem> {
    let mut global = global.clone();
    if global.vault.is_none() {
        let default = workspace(&global, output)?;
        if !team::is_team(&default) {
            global.vault = only_one(&default)?;
        }
    }
    Ok(global)
}

fn only_one(workspace: &Workspace) -> Result<Option<String>, Problem> {
    let here = workspace.vaults_here().into_iter().map(|here| here.name);
    let is_of_team = |name: &String| workspace.of_vault(name).is_ok_and(|vault| team::is_team(&vault));
    let vaults: Vec<String> = here.filter(is_of_team).collect();
    match vaults.as_slice() {
        [one] => Ok(Some(one.clone())),
        [] => Err(Problem::new(Kind::NotFound, "There is no team vault on this machine.")
            .try_this("To make or join one: credenza team create URL, or credenza team join URL")),
        several => Err(Problem::new(Kind::Usage, "There are several team vaults on this machine.")
            .why(format!("They are: {}.", several.join(", ")))
            .try_this("Name one with --vault NAME.")),
    }
}
