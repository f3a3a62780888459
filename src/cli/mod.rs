//! The command line: one file per command, over the engine. Scripts depend on it, so it is a contract.
//!
//! Results go to standard output, everything else to standard error. No text of a server, a file or a person reaches
//! the terminal unescaped: names are checked on input, everything else passes `printable`.

pub mod arguments;

mod add;
mod agent;
mod authenticate;
mod bundle;
mod catalog;
mod check;
mod completions;
mod doctor;
mod edit;
mod edits;
mod examples;
mod help;
mod history;
mod init;
mod input;
mod integration;
mod key_prompts;
mod list;
mod log;
mod man;
mod markdown;
mod opening;
mod output;
mod parsing;
mod passphrase;
mod present;
mod prompt;
mod recipients;
mod recovery;
mod rotate;
mod row;
mod run;
mod runtime;
mod show;
mod signals;
mod team;
mod test;
mod token;
mod transfer;
mod trust;
mod undoing;
mod usage;
mod variables;
mod version;

use std::ffi::OsString;
use std::process::ExitCode;

use crate::diagnostics::{Level, event};
use crate::engine::member_logs;
use crate::engine::supervisor::Supervisor;
use crate::engine::{Direction, Session, Workspace};
use crate::problem::{Kind, Problem};
use arguments::{Arguments, Command, Global};
use opening::{existing, restorable, session, session_for_check, session_or_backups, workspace};
use output::Output;

/// What `main` does next, since it owns the terminal and the sandbox.
#[derive(Debug)]
pub enum Next {
    Exit(ExitCode),
    /// Open the terminal interface.
    Interface(Box<Workspace>),
    /// Open the interface with a temporary vault.
    Demo,
    /// Run the sandbox until it is interrupted.
    Sandbox {
        /// 0 for a free one.
        port: u16,
        /// The failures to simulate.
        modes: Vec<String>,
    },
}

/// Parses the arguments and runs the command. A problem is reported before this returns.
pub fn run(arguments: impl IntoIterator<Item = OsString>) -> Next {
    let words: Vec<OsString> = arguments.into_iter().collect();
    let is_verbose = version::is_verbose(&words);
    let arguments = match parsing::parse(&words) {
        Ok(arguments) => arguments,
        Err(error) if error.kind() == clap::error::ErrorKind::DisplayVersion && is_verbose => return built(),
        Err(error) => {
            let output = Output { json: usage::asks_for_json(&words), verbose: false, must_arrive: false };
            return Next::Exit(usage::report(&error, output));
        }
    };
    let output = Output { json: arguments.global.json, verbose: arguments.global.verbose > 0, must_arrive: false };
    match dispatch(arguments, output) {
        Ok(next) => next,
        Err(problem) => {
            event(Level::Warn, "command failed", &[("kind", &problem.kind)]);
            output.problem(&problem);
            Next::Exit(ExitCode::from(problem.kind.exit_code()))
        }
    }
}

/// Reports a problem that came after [`run`] had returned.
#[must_use]
pub fn report(problem: &Problem) -> ExitCode {
    Output { json: false, verbose: false, must_arrive: false }.problem(problem);
    ExitCode::from(problem.kind.exit_code())
}

fn dispatch(arguments: Arguments, output: Output) -> Result<Next, Problem> {
    let Arguments { command, demo, global } = arguments;
    match command {
        None if demo => return Ok(Next::Demo),
        None => return interface(&global, output),
        Some(_) if demo => return Err(demo_alone()),
        Some(Command::Sandbox(sandbox)) => return Ok(Next::Sandbox { port: sandbox.port, modes: sandbox.modes }),
        Some(Command::Completions { shell }) => completions::run(shell, output)?,
        Some(Command::Man) => man::run(output)?,
        Some(Command::Help { words }) => help::run(&words, output)?,
        Some(Command::Catalog(command)) => catalog::run(&command, &global, output)?,
        Some(Command::Trust(arguments)) => trust::run(&arguments, &global, output)?,
        Some(Command::Init { strength }) => init::run(&global, strength, output)?,
        Some(Command::Check(arguments)) => {
            let session = session_for_check(&global, output)?;
            return check::run(&session, &arguments, output).map(|code| Next::Exit(ExitCode::from(code)));
        }
        Some(Command::Doctor { name, bundle }) => doctor::run(name.as_deref(), bundle.as_deref(), &global, output)?,
        Some(Command::Passphrase { new_passphrase_file, strength }) => {
            let new = new_passphrase_file.as_ref();
            passphrase::run(&existing(&global, output)?, new, strength, &global, output)?;
        }
        Some(Command::Restore { file, generation }) => {
            recovery::restore(&restorable(&global, output)?, file.as_deref(), generation, &global, output)?;
        }
        Some(Command::Recover(arguments)) => {
            recovery::recover(&workspace(&global, output)?, &arguments, &global, output)?;
        }
        Some(Command::History(arguments)) => {
            history::run(&session_or_backups(&global, output)?, &arguments, output)?;
        }
        Some(Command::Integration(arguments::integration::Integration::Loads { provider })) => {
            integration::loads(&workspace(&global, output)?, provider.as_deref(), output)?;
        }
        Some(Command::Integration(arguments::integration::Integration::Units { folder })) => {
            integration::units(&folder, &global, output)?;
        }
        Some(Command::Integration(command)) => {
            let session = session(&global, output)?;
            return integration::run(&session, command, &global, output).map(|code| Next::Exit(ExitCode::from(code)));
        }
        Some(Command::Agent(command)) => agent::run(&command, &global, output)?,
        Some(Command::Lock) => agent::lock(&global, output)?,
        Some(Command::Unlock) => agent::unlock(&global, output)?,
        Some(Command::Names) => agent::names(&global, output)?,
        Some(Command::Token(arguments)) => token::run(&arguments, &global, output)?,
        Some(Command::Run(arguments)) => return run::run(&arguments, &global, output).map(Next::Exit),
        Some(Command::Team(command)) => team::run(&command, &global, output)?,
        Some(Command::Recipients(command)) => recipients::run(&command, &global, output)?,
        Some(command) => with_open_vault(command, &global, output)?,
    }
    Ok(Next::Exit(ExitCode::SUCCESS))
}

fn interface(global: &Global, output: Output) -> Result<Next, Problem> {
    // The interface watches signals itself.
    let workspace = Workspace { supervisor: Supervisor::default(), ..workspace(global, output)? };
    Ok(Next::Interface(Box::new(workspace)))
}

fn demo_alone() -> Problem {
    Problem::new(Kind::Usage, "--demo opens the screens and cannot be used with a command.")
        .try_this("To run commands against a simulated provider: credenza sandbox")
}

fn with_open_vault(command: Command, global: &Global, output: Output) -> Result<(), Problem> {
    let session = session(global, output)?;
    let done = with_session(&session, command, global, output);
    member_logs::send_entries(&session, member_logs::SEND_INTERVAL);
    done
}

fn with_session(session: &Session, command: Command, global: &Global, output: Output) -> Result<(), Problem> {
    match command {
        Command::Add(arguments) => add::run(session, arguments, global, output),
        Command::List(arguments) => list::run(session, &arguments, output),
        Command::Show(arguments) => show::run(session, &arguments, output),
        Command::Authenticate(arguments) => authenticate::run(session, &arguments, global, output),
        Command::Test(arguments) => test::run(session, &arguments, output),
        Command::Rotate(arguments) => rotate::run(session, &arguments, global, output),
        Command::Edit(arguments) => edit::run(session, &arguments, output),
        Command::Rename { old, new } => edits::rename(session, &old, &new, output),
        Command::Delete(arguments) => edits::delete(session, &arguments, global, output),
        Command::Revoke { name } => edits::revoke(session, &name, output),
        Command::Log(arguments) => log::run(session, &arguments, global, output),
        Command::Purge(arguments) => history::purge(session, &arguments, output),
        Command::Import(arguments) => transfer::import(session, &arguments, global, output),
        Command::Export(arguments) => transfer::export(session, &arguments, global, output),
        Command::Undo(agreed) => undoing::run(session, Direction::Undo, agreed.yes, global, output),
        Command::Redo(agreed) => undoing::run(session, Direction::Redo, agreed.yes, global, output),
        Command::RecoveryKit => recovery::make(session, output),
        // Handled before a vault is opened. Listed one by one, so that a new command must be assigned.
        Command::Init { .. }
        | Command::Integration(_)
        | Command::Agent(_)
        | Command::Lock
        | Command::Unlock
        | Command::Names
        | Command::Token(_)
        | Command::Run(_)
        | Command::Passphrase { .. }
        | Command::Check(_)
        | Command::Doctor { .. }
        | Command::Recover(_)
        | Command::History(_)
        | Command::Recipients(_)
        | Command::Team(_)
        | Command::Restore { .. }
        | Command::Catalog(_)
        | Command::Trust(_)
        | Command::Sandbox(_)
        | Command::Man
        | Command::Help { .. }
        | Command::Completions { .. } => Err(Problem::internal("This command has no handler.")),
    }
}

fn built() -> Next {
    let done = version::run(Output { json: false, verbose: true, must_arrive: false });
    Next::Exit(done.map_or_else(|problem| report(&problem), |()| ExitCode::SUCCESS))
}
