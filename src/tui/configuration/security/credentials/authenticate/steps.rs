//! The steps of an authentication: done, in progress, to come.

use super::{Authenticate, SignInMethod, Stage};
use crate::tui::context::Context;
use crate::tui::present::in_full;
use crate::tui::widgets::fields::Row;
use crate::tui::widgets::spinner;

impl Authenticate {
    /// The steps: ✓ done, a spinner for the one in progress, · to come.
    pub(super) fn steps(&self, cx: &Context<'_>) -> Vec<Row> {
        let (names, at) = match self.method {
            SignInMethod::Browser => self.browser_steps(),
            SignInMethod::Device => self.device_steps(),
            SignInMethod::Alone => {
                let names = ["Request an access token (no consent needed)", "Save to the vault"];
                (names.map(str::to_owned).to_vec(), usize::from(matches!(self.stage, Stage::Saving)))
            }
            SignInMethod::Test => (vec![self.test_step()], 0),
        };
        let (done, to_come) = if cx.theme.ascii { ("+", ".") } else { ("✓", "·") };
        let mut text = if matches!(self.stage, Stage::Device(_)) { Vec::new() } else { vec![Row::blank()] };
        text.extend(names.into_iter().enumerate().map(|(step, name)| {
            let failed = self.method == SignInMethod::Browser && self.has_failed(step);
            let (glyph, style) = match step.cmp(&at) {
                _ if failed => ("!", cx.theme.warn),
                std::cmp::Ordering::Less => (done, cx.theme.ok),
                std::cmp::Ordering::Equal => (spinner(cx), cx.theme.accent),
                std::cmp::Ordering::Greater => (to_come, cx.theme.muted),
            };
            Row::new("", format!("{glyph} {name}")).style(style)
        }));
        text.push(Row::blank());
        if self.method == SignInMethod::Test {
            let about = "The call is read-only. Its response shows whether the provider accepts what you entered.";
            text.push(Row::new("", about).style(cx.theme.muted));
        }
        if let (SignInMethod::Device, Some(Err(problem))) = (self.method, &self.browser) {
            text.push(Row::new("", in_full(problem)).style(cx.theme.warn));
        }
        if let (SignInMethod::Device, Some(problem)) = (self.method, &self.ignored) {
            text.push(Row::new("", format!("{} Still asking.", problem.what)).style(cx.theme.warn));
        }
        text
    }

    /// Whether a step of a browser sign-in failed, without which the sign-in continues.
    fn has_failed(&self, step: usize) -> bool {
        match (step, &self.stage) {
            (0, Stage::Waiting(prompt)) => prompt.no_listener.is_some(),
            (1, _) => matches!(self.browser, Some(Err(_))),
            _ => false,
        }
    }

    fn test_step(&self) -> String {
        match &self.stage {
            Stage::Testing(asked) => format!("Requesting {asked}"),
            _ => "Prepare the test call".to_owned(),
        }
    }

    fn device_steps(&self) -> (Vec<String>, usize) {
        let (waiting, at) = match &self.stage {
            Stage::Device(device) => (device.progress(), 1),
            Stage::Starting | Stage::Testing(_) | Stage::Waiting(_) => ("Waiting for you to accept".to_owned(), 0),
            Stage::Exchanging | Stage::Saving | Stage::Failed(_) => ("Accepted".to_owned(), 2),
        };
        let received = if at == 0 { "Request a device code" } else { "Device code received" };
        (vec![received.to_owned(), waiting, "Save to the vault".to_owned()], at)
    }

    fn browser_steps(&self) -> (Vec<String>, usize) {
        let at = match self.stage {
            Stage::Starting | Stage::Testing(_) => 0,
            Stage::Waiting(_) | Stage::Device(_) => 2,
            Stage::Exchanging => 3,
            Stage::Saving | Stage::Failed(_) => 4,
        };
        let listening = match &self.stage {
            Stage::Waiting(prompt) => {
                let uri = &prompt.redirect_uri;
                match (&prompt.no_listener, &prompt.other_port, &prompt.short_link) {
                    (Some(problem), ..) => format!("{} Paste the address from the browser below.", problem.what),
                    (None, Some(problem), _) => format!("Listening on {uri}. {}", problem.what),
                    (None, None, Some(_)) => match &prompt.behind_page {
                        Some(here) => format!("Listening on {here}, behind {uri}"),
                        None => format!("Listening on {uri}"),
                    },
                    (None, None, None) => {
                        "This provider cannot redirect to this machine: paste the address.".to_owned()
                    }
                }
            }
            _ => "Prepare the request".to_owned(),
        };
        let browser = match &self.browser {
            None => "Open the browser".to_owned(),
            Some(Ok(())) => "Browser opened".to_owned(),
            Some(Err(problem)) => format!("{} {}", problem.what, problem.why),
        };
        let names = vec![
            listening,
            browser,
            "Waiting for you to sign in and accept".to_owned(),
            "Exchange the authorization code for tokens".to_owned(),
            "Save to the vault".to_owned(),
        ];
        (names, at)
    }
}
