//! All rows, in the order of the report.

mod agent;
mod commands;
mod hundred_thousand;
mod keys;
mod saves;
mod screens;
mod size;
mod start;
mod team;

use crate::bench::Bench;
use crate::report::Line;

/// Rows that are measured together.
pub(crate) struct Group {
    /// The numbers of the goals.
    goal: &'static str,
    title: &'static str,
    pub(crate) measure: fn(&Bench) -> Vec<Line>,
}

impl Group {
    /// The text that the words on the command line are matched against.
    pub(crate) fn name(&self) -> String {
        format!("{} {}", self.goal, self.title)
    }
}

pub(crate) fn all() -> Vec<Group> {
    let group = |goal, title, measure| Group { goal, title, measure };
    vec![
        group("G1, G2", "unlock to list", screens::unlock as fn(&Bench) -> Vec<Line>),
        group("G3", "first frame", screens::first_frame),
        group("G4, G15", "arrow key", keys::arrow),
        group("G5", "filter key", keys::filter),
        group("G7", "token from the agent, and --version", start::token_and_version),
        group("G8", "token by identity file", commands::token),
        group("G9, G10", "one edit saved", saves::edit),
        group("G11", "refresh on loopback", agent::refresh),
        group("G12", "list", commands::list),
        group("G13", "memory of the screens", screens::memory),
        group("G13", "memory of the agent after refreshes", agent::memory),
        group("G14", "idle", screens::idle),
        group("G16", "quit and restore", screens::quit),
        group("G17", "size of the dist binary", size::binary),
        group("team", "token and list of a team's vault", team::token_and_list),
        group("team", "refresh of a team's vault", team::refresh),
        group("scaling", "import", saves::import),
        group("G6, scaling", "100,000 credentials", hundred_thousand::all),
    ]
}
