//! The form of a credential: its lists, invalid fields, and a sign-in whose port is in use.

use credenza::engine::ops::sign_in::{Progress, SignInPrompt};
use credenza::problem::{Kind, Problem};
use credenza::tui::theme::Theme;

use super::scenes::{form_authorization, staged};
use super::stage::Stage;

/// Client ID and secret are entered; the domain has the focus, but no value yet.
fn at_domain(theme: Theme) -> Stage {
    let mut stage = form_authorization(theme);
    stage.paste("1000.ABC\n").keys("tab").paste("not-shown").keys("tab");
    stage
}

pub(super) fn form_domain_list(theme: Theme) -> Stage {
    staged(at_domain(theme), "space")
}

pub(super) fn form_domain_unset(theme: Theme) -> Stage {
    staged(at_domain(theme), "down ctrl-s")
}

pub(super) fn form_scopes_list(theme: Theme) -> Stage {
    staged(at_domain(theme), "tab ctrl-u e u enter down space")
}

pub(super) fn form_corrected_domain(theme: Theme) -> Stage {
    let mut stage = at_domain(theme);
    stage.typed("https://acounts.zoho.eu/").keys("enter");
    stage
}

pub(super) fn form_refused_domain(theme: Theme) -> Stage {
    let mut stage = at_domain(theme);
    stage.paste("accounts.evil.example").keys("ctrl-s");
    stage
}

/// The port is in use, so the redirect URL can only be pasted.
pub(super) fn waiting_port_taken(theme: Theme) -> Stage {
    let mut stage = staged(Stage::full(theme), "down a");
    let redirect_uri = "http://localhost:53682/callback".to_owned();
    let what = "Port 53682 is in use by credenza (PID 4121).";
    let taken = Problem::new(Kind::Temporary, what).why("The browser cannot redirect to this machine.");
    stage.news(Progress::Waiting(Box::new(SignInPrompt {
        redirect_uri,
        url: "https://accounts.zoho.eu/oauth/v2/auth?response_type=code&state=example".parse().unwrap(),
        short_link: None,
        ssh: None,
        no_listener: Some(taken),
        other_port: None,
        fingerprint: None,
        behind_page: None,
    })));
    stage
}
