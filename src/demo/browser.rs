//! Opens the sandbox's consent page during the demo: in the user's browser, or in a simulated browser if there is none.

use std::env;
use std::time::Duration;

use crate::engine::Opener;
use crate::problem::{Kind, Problem};
use crate::sandbox::Sandbox;

/// Delay before the simulated browser accepts: long enough to read what will happen, and to press esc.
const PATIENCE: Duration = Duration::from_secs(3);

/// The system's browser if there is a desktop; else the simulated browser, which says each time that it is simulated.
pub(super) fn opener(sandbox: &Sandbox) -> Opener {
    if has_desktop() {
        return Opener::System;
    }
    let visitor = sandbox.visitor();
    Opener::stand_in(move |url| {
        visitor.accept(url, PATIENCE)?;
        Err(Problem::new(Kind::Temporary, "No browser here, and the demo needs none.")
            .why(format!("A simulated browser signs in as Ann Okafor and accepts in {} seconds.", PATIENCE.as_secs()))
            .try_this("To see the consent page yourself, open the link in your own browser, or press esc."))
    })
}

/// Whether a browser can be expected to open a window that the user sees.
fn has_desktop() -> bool {
    let set = |name: &str| env::var_os(name).is_some_and(|value| !value.is_empty());
    if set("BROWSER") {
        return true;
    }
    if cfg!(target_os = "macos") {
        return !set("SSH_CONNECTION");
    }
    set("DISPLAY") || set("WAYLAND_DISPLAY")
}
