//! `credenza sandbox`: the sandbox in the foreground, until ctrl-c.

use std::io::{self, Write as _};

use super::mode::Mode;
use super::options::Options;
use super::running::Sandbox;
use crate::problem::{Kind, Problem};

/// Serves until ctrl-c (or SIGTERM), and prints the address and how to use it.
///
/// # Errors
/// `Kind::Temporary` if the port is in use.
pub fn serve(options: Options) -> Result<(), Problem> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build();
    let runtime = runtime.map_err(|_| Problem::new(Kind::Temporary, "The sandbox could not start its threads."))?;
    runtime.block_on(async {
        let modes = options.modes.clone();
        let sandbox = Sandbox::start(Options { tell: true, ..options }).await?;
        // A closed pipe is no reason to stop serving.
        let _ = greet(sandbox.base().as_str().trim_end_matches('/'), &modes);
        until_told().await;
        Ok(())
    })
}

fn greet(base: &str, modes: &[Mode]) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "{base}")?;
    writeln!(out, "The sandbox plays every provider of the catalog. Any client ID, secret or key will do.")?;
    writeln!(out, "Use it:  credenza --sandbox {base}")?;
    writeln!(out, "   or:   export CREDENZA_SANDBOX={base}")?;
    for mode in modes {
        writeln!(out, "Mode {}: {}.", mode.name(), mode.words())?;
    }
    writeln!(out, "Stop it with ctrl-c.")?;
    out.flush()
}

#[cfg(unix)]
async fn until_told() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut term) = signal(SignalKind::terminate()) else {
        let _ = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = term.recv() => {}
    }
}

#[cfg(not(unix))]
async fn until_told() {
    let _ = tokio::signal::ctrl_c().await;
}
