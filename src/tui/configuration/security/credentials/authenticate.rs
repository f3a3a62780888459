//! Authenticate: consent in the browser or with a device code, step by step. Leads to the credential's details once
//! tokens are saved.

mod device;
mod steps;

use crossterm::event::KeyCode;
use jiff::{SignedDuration, Timestamp};
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::catalog::Provider;
use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::engine::ops::sign_in::{Authenticated, Control, Options, Progress, SignInOverrides, SignInPrompt};
use crate::model::credential::{CredentialId, GrantType};
use crate::problem::{Kind, Problem};
use crate::tui::context::Context;
use crate::tui::effect::{Copyable, Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::overlay::{help_panel, problem_rows};
use crate::tui::present;
use crate::tui::present::in_full;
use crate::tui::route::Route;
use crate::tui::view::{RedrawRate, View};
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::pane::{cut, pane, split_top};
use crate::tui::widgets::relative_time;
use crate::tui::widgets::text_field::TextField;

const WAITING: &[Key] = &[
    Key::new(&[Press::char('o')], Action::OpenBrowser, "open browser", "Open the browser (again)"),
    Key::new(&[Press::char('y')], Action::CopyLink, "copy link", "Copy the short local link"),
    Key::new(&[Press::char('p')], Action::PasteAnswer, "paste", "Go to the box for the browser's address"),
    Key::new(&[Press::char('m')], Action::Panel, "MFA help", "What to do when the provider asks for a second factor")
        .kept(),
    Key::new(&[Press::char('d')], Action::OtherWay, "device code", "Use a code to enter in any browser instead").kept(),
    Key::new(
        &[Press::char('Y')],
        Action::CopyUrl,
        "copy URL",
        "Copy the whole authorization URL, for a private window",
    ),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "cancel", "Cancel; nothing is changed"),
];

const DEVICE: &[Key] = &[
    Key::new(&[Press::char('o')], Action::OpenBrowser, "open browser", "Open the page in a browser here"),
    Key::new(&[Press::char('y')], Action::CopyUserCode, "copy code", "Copy the code to enter"),
    Key::new(&[Press::char('m')], Action::Panel, "MFA help", "What to do when the provider asks for a second factor")
        .kept(),
    Key::new(
        &[Press::char('d')],
        Action::OtherWay,
        "browser here",
        "Sign in with a browser that redirects to this machine",
    ),
    Key::new(&[Press::char('Y')], Action::CopyUrl, "copy link", "Copy the address, including the code if possible"),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "cancel", "Cancel; nothing is changed"),
];

/// Keys of a sign-in that needs no user interaction.
const ALONE: &[Key] = &[Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "cancel", "Cancel; nothing is changed")];

const PASTING: &[Key] = &[
    Key::new(&[Press::plain(KeyCode::Enter)], Action::Accept, "use it", "Use the pasted address"),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "close", "Close the text box; keep waiting for the browser"),
];

const FAILED: &[Key] = &[
    Key::new(&[Press::char('a'), Press::char('t')], Action::Authenticate, "try again", "Authenticate again"),
    Key::new(&[Press::char('E')], Action::Edit, "edit", "Edit client, domain and scopes"),
    Key::new(&[Press::char('D')], Action::Duplicate, "duplicate", "Duplicate under a new name"),
    Key::new(&[Press::char('m')], Action::Panel, "MFA help", "What to do when the provider asks for a second factor")
        .kept(),
    Key::new(&[Press::char('d')], Action::OtherWay, "other way", "Switch between browser and device code"),
    Key::new(&[Press::char('N')], Action::Accept, "", "Trust the new host with sign-in and secret, and try again"),
    Key::new(&[Press::char('O')], Action::OtherAccount, "", "Sign in again and accept another account"),
    Key::new(&[Press::plain(KeyCode::Esc)], Action::Back, "back", "Go back; the old tokens are kept"),
];

#[derive(Debug)]
enum Stage {
    Starting,
    Waiting(Box<SignInPrompt>),
    Device(device::Waiting),
    Testing(String),
    Exchanging,
    Saving,
    Failed(Problem),
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum SignInMethod {
    Browser,
    Device,
    Alone,
    /// A test call with the secret that the user entered.
    Test,
}

#[derive(Debug)]
pub(crate) struct Authenticate {
    id: CredentialId,
    work: OperationId,
    method: SignInMethod,
    stage: Stage,
    browser: Option<Result<(), Problem>>,
    ignored: Option<Problem>,
    paste: TextField,
    pasting: bool,
    panel: bool,
    gives_up: Timestamp,
}

impl Authenticate {
    /// Starts the sign-in or the test.
    ///
    /// # Errors
    /// `Kind::NotFound` if the credential was deleted.
    pub(crate) fn start(cx: &Context<'_>, id: CredentialId) -> Result<(Self, Vec<Effect>), Problem> {
        super::present(cx, id)?;
        let method = match provider(cx, id).map(|provider| provider.grant) {
            Some(grant) if grant.uses_client_credentials() => SignInMethod::Alone,
            Some(GrantType::DeviceCode) => SignInMethod::Device,
            Some(grant) if grant.is_static_secret() => SignInMethod::Test,
            _ => SignInMethod::Browser,
        };
        Ok(Self::with(cx, id, method, SignInOverrides::default()))
    }

    /// Why the sign-in failed, if it did.
    pub(super) fn failure(&self) -> Option<&Problem> {
        if let Stage::Failed(problem) = &self.stage { Some(problem) } else { None }
    }

    /// Whether the sign-in needs no user interaction.
    pub(super) fn runs_alone(&self) -> bool {
        matches!(self.method, SignInMethod::Alone | SignInMethod::Test)
    }

    fn with(
        cx: &Context<'_>,
        id: CredentialId,
        method: SignInMethod,
        overrides: SignInOverrides,
    ) -> (Self, Vec<Effect>) {
        let options = if method == SignInMethod::Device { Options::by_device() } else { Options::default() };
        let options = Options { overrides, ..options };
        let limit = SignedDuration::try_from(options.deadline).unwrap_or(SignedDuration::ZERO);
        let screen = Self {
            id,
            work: cx.operation,
            method,
            stage: Stage::Starting,
            browser: None,
            ignored: None,
            paste: TextField::default(),
            pasting: false,
            panel: false,
            gives_up: cx.now + limit,
        };
        (screen, vec![Effect::Work(cx.operation, Operation::Authenticate(id, options))])
    }

    fn again(&mut self, cx: &Context<'_>, method: SignInMethod, overrides: SignInOverrides) -> Vec<Effect> {
        let (screen, effects) = Self::with(cx, self.id, method, overrides);
        *self = screen;
        effects
    }

    /// Cancels the sign-in and starts another one with the other method.
    fn switch_method(&mut self, cx: &Context<'_>) -> Vec<Effect> {
        let other = if self.method == SignInMethod::Device { SignInMethod::Browser } else { SignInMethod::Device };
        let mut effects = vec![Effect::Control(self.work, Control::Cancel)];
        effects.extend(self.again(cx, other, SignInOverrides::default()));
        effects
    }

    fn back(&mut self) -> Vec<Effect> {
        if std::mem::take(&mut self.panel) || std::mem::take(&mut self.pasting) {
            return Vec::new();
        }
        match self.stage {
            Stage::Failed(_) => vec![Effect::LeaveSignIn(self.id)],
            Stage::Starting | Stage::Waiting(_) | Stage::Device(_) | Stage::Testing(_) => {
                let done = Notice::Done("Canceled. Nothing was changed.".to_owned());
                vec![Effect::Control(self.work, Control::Cancel), Effect::LeaveSignIn(self.id), Effect::Notice(done)]
            }
            // An authorization code works only once, so the exchange is not canceled.
            Stage::Exchanging | Stage::Saving => {
                vec![Effect::Notice(Notice::Refused(
                    "Exchanging the code for tokens. This cannot be canceled now.".to_owned(),
                ))]
            }
        }
    }

    fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        let copy = |what, text: &str| vec![Effect::Copy(Copyable::Plain { what, text: text.to_owned() })];
        match (action, &self.stage) {
            (Action::Back, _) => return self.back(),
            (Action::Panel, _) => self.panel = !self.panel,
            (Action::OtherWay, Stage::Waiting(_) | Stage::Device(_) | Stage::Failed(_)) => {
                return self.switch_method(cx);
            }
            (Action::CopyUserCode, Stage::Device(device)) => return copy("the code", &device.prompt.user_code),
            (Action::CopyUrl, Stage::Device(device)) => return copy("the link", device.link()),
            (Action::OpenBrowser, Stage::Waiting(_) | Stage::Device(_)) => {
                return vec![Effect::Control(self.work, Control::OpenBrowser)];
            }
            (Action::CopyUrl, Stage::Waiting(prompt)) => {
                return copy("the authorization URL", prompt.url.as_str());
            }
            (Action::CopyLink, Stage::Waiting(prompt)) => {
                let link = prompt.short_link.as_deref().unwrap_or(prompt.url.as_str());
                return copy("the link", link);
            }
            (Action::PasteAnswer, Stage::Waiting(_)) => self.pasting = true,
            (Action::Accept, Stage::Waiting(_)) => return self.hand_in(),
            (Action::Accept, Stage::Failed(_)) => {
                return self.again(cx, self.method, SignInOverrides { new_host: true, ..SignInOverrides::default() });
            }
            (Action::OtherAccount, Stage::Failed(_)) => {
                return self.again(
                    cx,
                    self.method,
                    SignInOverrides { other_account: true, ..SignInOverrides::default() },
                );
            }
            (Action::Authenticate, Stage::Failed(_)) => return self.again(cx, self.method, SignInOverrides::default()),
            (Action::Edit, Stage::Failed(_)) => return vec![Effect::Replace(Route::EditCredential(self.id))],
            (Action::Duplicate, Stage::Failed(_)) => return vec![Effect::Replace(Route::DuplicateCredential(self.id))],
            _ => {}
        }
        Vec::new()
    }

    fn hand_in(&mut self) -> Vec<Effect> {
        self.ignored = None;
        let text = self.paste.secret();
        self.paste.clear();
        vec![Effect::Control(self.work, Control::Paste(text))]
    }

    fn news(&mut self, cx: &Context<'_>, event: JobEvent) -> Vec<Effect> {
        match event {
            JobEvent::Progress(Progress::Waiting(prompt)) => {
                // Without a listener, the user has to paste the redirect URL.
                self.pasting = prompt.no_listener.is_some();
                self.stage = Stage::Waiting(prompt);
            }
            JobEvent::Progress(Progress::Device(prompt)) => {
                self.gives_up = cx.now + SignedDuration::try_from(prompt.expires_in).unwrap_or_default();
                self.stage = Stage::Device(device::Waiting::new(prompt));
            }
            JobEvent::Progress(Progress::Undecided { next }) => {
                if let Stage::Device(device) = &mut self.stage {
                    (device.asked, device.pause) = (device.asked.saturating_add(1), next.as_secs());
                }
            }
            JobEvent::Progress(Progress::BrowserOpened) => self.browser = Some(Ok(())),
            JobEvent::Progress(Progress::NoBrowser(problem)) => self.browser = Some(Err(problem)),
            JobEvent::Progress(Progress::Ignored(problem)) => self.ignored = Some(problem),
            JobEvent::Progress(Progress::Testing(asked)) => self.stage = Stage::Testing(asked),
            JobEvent::Progress(Progress::Exchanging) => (self.stage, self.pasting) = (Stage::Exchanging, false),
            JobEvent::Progress(Progress::Saving) => self.stage = Stage::Saving,
            JobEvent::Finished(Ok(Outcome::Authenticated(done))) => return finished(&done, self.method),
            JobEvent::Finished(Ok(_)) => return vec![Effect::Back],
            JobEvent::Finished(Err(problem)) => self.stage = Stage::Failed(problem),
            JobEvent::Test(_)
            | JobEvent::Sync(_)
            | JobEvent::Import(_)
            | JobEvent::Encrypting(..)
            | JobEvent::Reading { .. }
            | JobEvent::Waiting(_)
            | JobEvent::Entry(_)
            | JobEvent::Log(_) => {}
        }
        Vec::new()
    }
}

fn finished(done: &Authenticated, method: SignInMethod) -> Vec<Effect> {
    let text = if method == SignInMethod::Test {
        "Authenticated."
    } else {
        "Authenticated. The tokens are saved in the vault."
    };
    let mut text = text.to_owned();
    for note in done.notes.iter().chain(&done.step.as_ref().map(present::step)) {
        text = format!("{text} {note}");
    }
    if !done.missing_scopes.is_empty() {
        text = format!("{text} Not granted: {}.", done.missing_scopes.join(", "));
    }
    let notice = if done.missing_scopes.is_empty() { Notice::Done(text) } else { Notice::Refused(text) };
    vec![Effect::Authenticated(done.id), Effect::Notice(notice)]
}

impl View for Authenticate {
    fn title(&self, cx: &Context<'_>) -> String {
        let name = cx.snapshot.credentials.by_id(self.id).map(|credential| credential.name.to_string());
        format!("{} > Authenticate", name.unwrap_or_default())
    }

    fn keys(&self) -> &'static [Key] {
        match self.stage {
            Stage::Failed(_) => FAILED,
            _ if self.pasting => PASTING,
            _ => match self.method {
                SignInMethod::Browser => WAITING,
                SignInMethod::Device => DEVICE,
                SignInMethod::Alone | SignInMethod::Test => ALONE,
            },
        }
    }

    fn takes_paste(&self) -> bool {
        matches!(self.stage, Stage::Waiting(_)) || self.captures_text()
    }

    fn captures_text(&self) -> bool {
        self.pasting
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        let waits = matches!(self.stage, Stage::Waiting(_) | Stage::Device(_));
        match action {
            Action::OpenBrowser if matches!(&self.stage, Stage::Device(device) if !device.is_openable()) => {
                Some("that address is not https: open it yourself if you trust it")
            }
            Action::OtherWay if !self.has_other_method(cx) => Some("this integration has no other way to sign in"),
            Action::OtherWay if !waits && !matches!(self.stage, Stage::Failed(_)) => Some("not available at this step"),
            Action::OpenBrowser | Action::CopyUrl | Action::CopyLink | Action::CopyUserCode | Action::PasteAnswer
                if !waits =>
            {
                Some("not available at this step")
            }
            Action::OtherAccount if !matches!(&self.stage, Stage::Failed(problem) if problem.kind == Kind::OtherAccount) => {
                Some("no other account has signed in")
            }
            Action::Panel if panel(cx, self.id).is_none() => Some("this integration has no such help"),
            _ => None,
        }
    }

    fn redraw_rate(&self) -> RedrawRate {
        match self.stage {
            Stage::Failed(_) => RedrawRate::Still,
            Stage::Waiting(_) | Stage::Device(_) => RedrawRate::Countdown,
            _ => RedrawRate::Spinner,
        }
    }

    fn holds(&mut self, _cx: &Context<'_>) -> Option<String> {
        let is_over = matches!(self.stage, Stage::Failed(_));
        (!is_over).then(|| "An authentication is under way. Press esc to cancel it.".to_owned())
    }

    fn waits_for(&self) -> Option<OperationId> {
        Some(self.work)
    }

    fn step(&self) -> Option<&'static str> {
        Some("step 3 of 3")
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        match input {
            Input::Do(action) => return self.act(cx, action),
            Input::Text(c) => self.paste.insert(c),
            Input::Edit(edit) => self.paste.edit(edit),
            // A pasted URL goes into its field, even if the field is not open yet.
            Input::Paste(text) if matches!(self.stage, Stage::Waiting(_)) => {
                self.pasting = true;
                self.paste.paste(&text);
            }
            Input::Job(_, event) => return self.news(cx, event),
            _ => {}
        }
        Vec::new()
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let name = provider(cx, self.id).map_or("the provider", |provider| provider.name.as_str());
        let how =
            if self.method == SignInMethod::Device && !name.contains("(device code)") { " (device code)" } else { "" };
        let right = match self.stage {
            Stage::Waiting(_) | Stage::Device(_) => {
                Line::from(format!(" times out in {} ", relative_time::countdown(cx.now.duration_until(self.gives_up))))
            }
            _ => Line::default(),
        };
        let inside = pane(cx.theme, frame, area, &format!("Authenticating with {name}{how}"), right);
        if let Stage::Failed(problem) = &self.stage {
            let rest = problem_rows(cx, problem, frame, split_top(inside, 1).1);
            let text = [Row::new("", self.unchanged_parts()).style(cx.theme.muted)];
            rows(cx.theme, frame, rest, 0, &text);
        } else if let Stage::Device(device) = &self.stage {
            device.draw(cx, &self.steps(cx), frame, inside);
        } else {
            let rest = rows(cx.theme, frame, inside, 0, &self.steps(cx));
            if let Stage::Waiting(prompt) = &self.stage {
                self.draw_prompt(cx, prompt, frame, rest);
            }
        }
        if let Some(panel) = panel(cx, self.id).filter(|_| self.panel) {
            help_panel(cx, panel, frame, area);
        }
    }
}

impl Authenticate {
    /// Whether the catalog supports both a redirect to this machine and a device code for this credential.
    fn has_other_method(&self, cx: &Context<'_>) -> bool {
        let Some(credential) = cx.snapshot.credentials.by_id(self.id) else { return false };
        let codes = |provider: &Provider| provider.gives_device_codes(&credential.setup.variables);
        provider(cx, self.id).is_some_and(|known| known.grant == GrantType::AuthorizationCode && codes(known))
    }

    /// A text about what stays unchanged after a failure.
    fn unchanged_parts(&self) -> &'static str {
        if self.method == SignInMethod::Test {
            "What you entered is kept in the vault. Press E to enter another."
        } else {
            "Nothing was changed: name, client and old tokens are kept."
        }
    }

    fn draw_prompt(&self, cx: &Context<'_>, prompt: &SignInPrompt, frame: &mut Frame<'_>, area: Rect) {
        let room = usize::from(area.width);
        let mut text = Vec::new();
        if let Some(fingerprint) = &prompt.fingerprint {
            let warning = "The browser warns about this machine's certificate. Go on if its SHA-256 fingerprint is";
            text.push(Row::new("", warning));
            text.push(Row::new("", fingerprint.clone()).style(cx.theme.heading));
        }
        if let (Some(link), Some(ssh)) = (&prompt.short_link, &prompt.ssh) {
            text.push(Row::new("", format!("No browser here?  {link}")));
            text.push(Row::new("", format!("Over SSH, first:  {ssh}")));
        }
        text.push(Row::new(
            "",
            "Browser on another machine? If it ends on an error page, copy that page's address and paste it here.",
        ));
        let rest = rows(cx.theme, frame, area, 0, &text);
        let (line, rest) = split_top(rest, 1);
        if self.pasting {
            self.paste.view(cx, frame, line, true);
        } else {
            frame.render_widget(Line::styled("  p  paste the address", cx.theme.muted), line);
        }
        let mut more = self.other_methods(cx);
        if let Some(problem) = &self.ignored {
            more.push(Row::new("", format!("Ignored: {}", in_full(problem))).style(cx.theme.warn));
        }
        let credential = cx.snapshot.credentials.by_id(self.id);
        if let Some(credential) = credential.filter(|credential| !credential.setup.scopes.is_empty()) {
            more.push(Row::blank());
            more.push(
                Row::new("", format!("Permissions requested ({})", credential.setup.scopes.len()))
                    .style(cx.theme.heading),
            );
            more.push(Row::new("", credential.setup.scopes.join(", ")).style(cx.theme.muted));
        }
        more.push(Row::blank());
        more.push(Row::new("", cut(&format!("Full URL (Y copies it)  {}", prompt.url), room)).style(cx.theme.muted));
        rows(cx.theme, frame, rest, 0, &more);
    }
}

impl Authenticate {
    /// Other ways to get tokens if neither a browser on this machine nor a pasted URL works.
    fn other_methods(&self, cx: &Context<'_>) -> Vec<Row> {
        let mut text = Vec::new();
        if provider(cx, self.id).is_some_and(|provider| provider.flow.bare_code) {
            text.push(Row::new("", "A code from the provider's console (self client) can be pasted here, too."));
        }
        if self.has_other_method(cx) {
            text.push(Row::new("", "Browser on another device?  d  for a device code."));
        }
        text
    }
}

fn provider<'a>(cx: &Context<'a>, id: CredentialId) -> Option<&'a Provider> {
    cx.catalog.by_id(&cx.snapshot.credentials.by_id(id)?.provider)
}

/// The provider's first help panel: for many providers about the second factor.
fn panel<'a>(cx: &Context<'a>, id: CredentialId) -> Option<&'a crate::catalog::Panel> {
    provider(cx, id)?.panels.first()
}
