//! The entry point: passes the arguments to the command line, the terminal interface, the demo or the sandbox, and
//! turns a problem into an exit code.

use std::alloc::System;
use std::process::ExitCode;

use credenza::cli::{self, Next};
use credenza::problem::{Kind, Problem};
use credenza::{demo, hardening, memory, sandbox, tui};
use zeroizing_alloc::ZeroAlloc;

/// Wipes all memory when it is freed: the buffers of the HTTP client and of the parsers contain secrets, too, and are
/// not wiped by their owners.
#[global_allocator]
static ALLOCATOR: ZeroAlloc<System> = ZeroAlloc(System);

fn main() -> ExitCode {
    if let Err(problem) = hardening::harden() {
        return cli::report(&problem);
    }
    if tui::run_clipboard_guard(std::env::args_os()) {
        return ExitCode::SUCCESS;
    }
    let done = match cli::run(std::env::args_os()) {
        Next::Exit(code) => Ok(code),
        Next::Interface(workspace) => tui::run(*workspace),
        Next::Demo => demo(),
        Next::Sandbox { port, modes } => serve(port, &modes).map(|()| ExitCode::SUCCESS),
    };
    done.unwrap_or_else(|problem| cli::report(&problem))
}

fn demo() -> Result<ExitCode, Problem> {
    memory::must_have(0)?;
    let mut ended = ExitCode::SUCCESS;
    demo::run(|session, notice| {
        ended = tui::run_demo(session, notice)?;
        Ok(())
    })?;
    Ok(ended)
}

fn serve(port: u16, modes: &[String]) -> Result<(), Problem> {
    memory::must_have(0)?;
    let parsed = modes.iter().map(|mode| mode.parse()).collect::<Result<Vec<sandbox::Mode>, _>>();
    let modes = parsed.map_err(|why| Problem::new(Kind::Usage, "Unknown sandbox mode.").why(format!("{why}")))?;
    sandbox::serve(sandbox::Options { port, modes, ..sandbox::Options::default() })
}
