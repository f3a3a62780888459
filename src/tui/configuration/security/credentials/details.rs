//! One credential: everything about it except its secrets. Leads to authenticate (a), rename (r), edit (e).

use crossterm::event::KeyCode;
use jiff::{SignedDuration, Timestamp};
use ratatui::Frame;
use ratatui::layout::{Constraint, Layout, Rect};
use ratatui::text::{Line, Span};

use super::setup_help::{self, SetupHelp};
use super::{deadlines, scopes, secrets, token_rows, usage};
use crate::engine::audit::UsedBy;
use crate::engine::event::{JobEvent, Outcome};
use crate::engine::operation::Operation;
use crate::mask::Masks;
use crate::model::credential::{AuthFailure, Credential, CredentialId, Refusals, Status, Tokens};
use crate::printable::{printable, shell_word};
use crate::tui::changes;
use crate::tui::context::Context;
use crate::tui::effect::{Effect, Notice, OperationId};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::route::Route;
use crate::tui::undoing;
use crate::tui::view::{RedrawRate, View};
use crate::tui::widgets::fields::{Row, height, rows, scrolled};
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::{clear, indent, pane, pane_beside, split_top};
use crate::tui::widgets::relative_time;
use crate::tui::widgets::text_field::TextField;

const KEYS: &[Key] = &[
    Key::new(&[Press::char('a')], Action::Authenticate, "authenticate", "Authenticate or re-authenticate"),
    Key::new(&[Press::char('t')], Action::Test, "test", "Test it with a read-only call"),
    Key::new(&[Press::char('y')], Action::CopyToken, "copy token", "Copy a fresh access token, or the key"),
    Key::new(&[Press::char('E')], Action::Edit, "edit", "Edit details, client and scopes"),
    Key::new(&[Press::char('r')], Action::Rename, "rename", "Rename the credential"),
    Key::new(&[Press::char('d')], Action::Delete, "delete", "Delete the credential (asks first)"),
    Key::new(&[Press::char('D')], Action::Duplicate, "duplicate", "Duplicate without tokens"),
    Key::new(
        &[Press::char('m'), Press::plain(KeyCode::F(2))],
        Action::Panel,
        "setup help",
        "The steps at the provider, and help with MFA",
    )
    .kept(),
    Key::new(&[Press::char('o')], Action::OpenConsole, "", "Open the provider's console in the browser"),
    Key::new(&[Press::char('v')], Action::Reveal, "show", "Show the secret for 10 seconds, or hide it"),
    Key::new(&[Press::char('x')], Action::Revoke, "revoke", "Revoke the tokens at the provider"),
    Key::new(&[Press::char('w')], Action::Examine, "", "Doctor: check this credential and its provider"),
    Key::new(&[Press::char('l')], Action::AuditLog, "", "Audit log: who used it, and for what"),
    Key::new(&[Press::char('c')], Action::CopyRedirectUri, "", "Copy the redirect URI"),
    undoing::UNDO,
    undoing::REDO,
    motion_keys::SCROLL_DOWN,
    motion_keys::SCROLL_UP,
];

/// How long a revealed secret is shown.
const REVEAL: SignedDuration = SignedDuration::from_secs(10);

/// Width of the labels.
const LABEL: u16 = 24;

const WIDE: u16 = 110;

#[derive(Debug)]
pub(crate) struct Details {
    id: CredentialId,
    top: usize,
    revealed: Option<(TextField, Timestamp)>,
    /// Revoke was pressed once. It cannot be undone, so only a second press revokes.
    sure: bool,
    work: Option<OperationId>,
    doing: String,
    used_by: Vec<UsedBy>,
    /// The setup help, while it is open.
    help: Option<SetupHelp>,
}

impl Details {
    /// Opens the page of this credential and reads which programs use it.
    #[must_use]
    pub(crate) fn start(cx: &Context<'_>, id: CredentialId) -> (Self, Vec<Effect>) {
        let work = Some(cx.operation);
        let (doing, used_by) = (String::new(), Vec::new());
        let page = Self { id, top: 0, revealed: None, sure: false, work, doing, used_by, help: None };
        (page, vec![Effect::Work(cx.operation, Operation::UsedBy(id))])
    }

    pub(crate) fn id(&self) -> CredentialId {
        self.id
    }

    fn work(&mut self, cx: &Context<'_>, work: Operation, doing: &str) -> Vec<Effect> {
        self.work = Some(cx.operation);
        doing.clone_into(&mut self.doing);
        vec![Effect::Work(cx.operation, work)]
    }

    /// Shows the secret for [`REVEAL`]. The audit log already has an entry for this.
    fn reveal(&mut self, cx: &Context<'_>) {
        let credential = cx.snapshot.credentials.by_id(self.id);
        if let Some(secret) = credential.and_then(secrets::main) {
            let mut field = TextField::masked();
            field.paste(secret);
            field.toggle_shown();
            self.revealed = Some((field, cx.now + REVEAL));
        }
    }

    fn act(&mut self, cx: &Context<'_>, action: Action) -> Vec<Effect> {
        if let Some(effects) = undoing::take(cx, action) {
            return effects;
        }
        let Some(credential) = cx.snapshot.credentials.by_id(self.id) else { return Vec::new() };
        let was_sure = std::mem::take(&mut self.sure);
        let was_shown = self.revealed.take().is_some_and(|(_, until)| cx.now < until);
        match action {
            Action::Authenticate => vec![Effect::Open(Route::Authenticate(self.id))],
            Action::Test if credential.is_static_secret() => vec![Effect::Open(Route::Authenticate(self.id))],
            Action::Test => self.work(cx, Operation::Test(self.id), ""),
            Action::Panel => {
                let provider = cx.catalog.by_id(&credential.provider);
                self.help = provider.map(|provider| SetupHelp::new(provider, credential.setup.variables.clone()));
                Vec::new()
            }
            Action::OpenConsole => {
                let provider = cx.catalog.by_id(&credential.provider);
                let open = |provider| setup_help::console(cx, provider, &credential.setup.variables);
                provider.map(open).unwrap_or_default()
            }
            Action::Examine => vec![Effect::Open(Route::Doctor(Some(self.id)))],
            Action::AuditLog => vec![Effect::Open(Route::Audit(Some(self.id)))],
            Action::Rename => vec![Effect::Open(Route::RenameCredential(self.id))],
            Action::Edit => vec![Effect::Open(Route::EditCredential(self.id))],
            Action::Duplicate => vec![Effect::Open(Route::DuplicateCredential(self.id))],
            Action::CopyToken => self.work(cx, Operation::CopyToken(self.id), ""),
            Action::Delete => vec![Effect::Open(Route::DeleteCredential { id: self.id, on_page: true })],
            Action::Revoke if was_sure => self.work(cx, Operation::Revoke(self.id), "Revoked at the provider."),
            Action::Revoke => {
                self.sure = true;
                let text = "Revoking invalidates the tokens everywhere and cannot be undone. Press x again to revoke.";
                vec![Effect::Notice(Notice::Refused(text.to_owned()))]
            }
            Action::CopyRedirectUri => {
                let text = credential.setup.redirect_uri.clone();
                vec![Effect::Copy(crate::tui::effect::Copyable::Plain { what: "the redirect URI", text })]
            }
            Action::Reveal if was_shown => Vec::new(),
            Action::Reveal => self.work(cx, Operation::Reveal(self.id), ""),
            Action::Down => {
                self.top = (self.top + 1).min(60);
                Vec::new()
            }
            Action::Up => {
                self.top = self.top.saturating_sub(1);
                Vec::new()
            }
            _ => Vec::new(),
        }
    }
}

impl View for Details {
    fn title(&self, cx: &Context<'_>) -> String {
        cx.snapshot.credentials.by_id(self.id).map_or_else(String::new, |credential| credential.name.to_string())
    }

    fn keys(&self) -> &'static [Key] {
        if self.help.is_some() { setup_help::KEYS } else { KEYS }
    }

    /// The footer does not offer to authenticate a static secret, which has no sign-in and can only be tested.
    fn hint(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        let credential = cx.snapshot.credentials.by_id(self.id).filter(|_| action == Action::Authenticate)?;
        credential.is_static_secret().then_some("")
    }

    fn refusal(&self, cx: &Context<'_>, action: Action) -> Option<&'static str> {
        if matches!(action, Action::Undo | Action::Redo) {
            return undoing::refusal(cx, action);
        }
        let Some(credential) = cx.snapshot.credentials.by_id(self.id) else {
            return Some("The credential was deleted.");
        };
        match action {
            Action::Panel | Action::OpenConsole if cx.catalog.by_id(&credential.provider).is_none() => {
                Some("The catalog no longer has this integration.")
            }
            Action::Revoke if credential.is_static_secret() => {
                Some("keys can only be revoked in the provider's console")
            }
            Action::CopyToken | Action::Test if credential.is_static_secret() => None,
            Action::CopyToken | Action::Revoke | Action::Test if credential.tokens.is_none() => {
                Some("it has no tokens yet: press a")
            }
            Action::CopyRedirectUri if credential.setup.redirect_uri.is_empty() => Some("it has no redirect URI"),
            Action::Reveal if secrets::main(credential).is_none() => Some("it has no secret to show"),
            _ => None,
        }
    }

    fn redraw_rate(&self) -> RedrawRate {
        if self.revealed.is_some() { RedrawRate::Countdown } else { RedrawRate::Still }
    }

    fn waits_for(&self) -> Option<OperationId> {
        self.work
    }

    fn update(&mut self, cx: &Context<'_>, input: Input) -> Vec<Effect> {
        if let Some(help) = self.help.as_mut().filter(|_| !matches!(input, Input::Job(..))) {
            let (stays, effects) = help.update(cx, &input);
            self.help.take_if(|_| !stays);
            return effects;
        }
        match input {
            Input::Do(action) => self.act(cx, action),
            Input::Scroll(rows) => {
                self.top = self.top.saturating_add_signed(isize::from(rows)).min(60);
                Vec::new()
            }
            Input::Job(_, JobEvent::Finished(result)) => {
                self.work = None;
                match result {
                    Ok(Outcome::UsedBy(used_by)) => {
                        self.used_by = used_by;
                        Vec::new()
                    }
                    Ok(Outcome::Revealed) => {
                        self.reveal(cx);
                        Vec::new()
                    }
                    Err(problem) => vec![Effect::Notice(Notice::Failed(problem))],
                    Ok(Outcome::Revoked(Some(left))) => {
                        vec![Effect::Notice(Notice::Done(format!("{} {left}", self.doing)))]
                    }
                    Ok(Outcome::Tested(text)) => vec![Effect::Notice(Notice::Done(text))],
                    Ok(_) if self.doing.is_empty() => Vec::new(),
                    Ok(_) => vec![Effect::Notice(Notice::Done(self.doing.clone()))],
                }
            }
            _ => Vec::new(),
        }
    }

    fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        self.view_page(cx, frame, area);
        if let Some(help) = &self.help {
            help.view(cx, frame, area);
        }
    }
}

impl Details {
    fn view_page(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let Some(credential) = cx.snapshot.credentials.by_id(self.id) else {
            let inside = pane(cx.theme, frame, area, "Gone", Line::default());
            let text = [Row::new(
                "",
                "This credential was deleted, or adding it was undone. Press u to undo the last change, U to redo it, \
                 esc to leave.",
            )];
            rows(cx.theme, frame, inside, 0, &text);
            return;
        };
        let (left, right) = if area.width >= WIDE {
            let [left, right] =
                Layout::horizontal([Constraint::Min(60), Constraint::Length(history_width(area.width))]).areas(area);
            (left, Some(right))
        } else {
            (area, None)
        };
        let status = credential.status(cx.now);
        let (glyph, style) = cx.theme.status(status);
        let badge = Line::from(Span::styled(format!(" {glyph} {} ", status.word()), style));
        let inside =
            pane(cx.theme, frame, left, &cx.tally.credentials_alike.label(credential.id, &credential.name), badge);
        let mut text = facts(cx, credential, status);
        text.extend(usage::by_integrations(cx, self.id));
        text.extend(usage::by_programs(cx, &self.used_by));
        if !credential.is_static_secret() {
            text.extend(scopes::one_by_one(cx, credential));
        }
        if right.is_none() {
            text.extend([Row::blank(), Row::new("", "History").style(cx.theme.heading)]);
            text.extend(history(cx, credential));
        }
        scrolled(cx.theme, frame, (left, inside), LABEL, &text, self.top);
        if let Some((field, until)) = self.revealed.as_ref().filter(|(_, until)| cx.now < *until) {
            let label = secrets::main_label(cx, credential);
            let at = text.iter().position(|row| row.label == label).unwrap_or_default();
            let line = place_of(inside, &text, (self.top, at));
            clear(frame, line);
            frame.render_widget(Span::styled(label, cx.theme.muted), line);
            let left = format!(" hidden in {} s ", cx.now.duration_until(*until).as_secs().max(1));
            let value = indent(line, LABEL);
            let room = value.width.saturating_sub(u16::try_from(left.len()).unwrap_or_default());
            field.view(cx, frame, Rect { width: room, ..value }, false);
            frame.render_widget(Span::styled(left, cx.theme.muted), indent(value, room));
        }
        if let Some(right) = right {
            let inside = pane_beside(cx.theme, frame, right, "History", Line::default());
            rows(cx.theme, frame, split_top(inside, 1).1, 14, &history(cx, credential));
        }
    }
}

/// Width of the history, which grows with the page.
fn history_width(page: u16) -> u16 {
    (page / 3).clamp(42, 64)
}

/// The line on which row `at` is drawn if drawing starts at row `top`; the bottom line if the row is not visible.
fn place_of(inside: Rect, text: &[Row], (top, at): (usize, usize)) -> Rect {
    let above = text.get(top..at).map(|above| height(inside, LABEL, above)).filter(|above| *above < inside.height);
    let down = above.unwrap_or_else(|| inside.height.saturating_sub(1));
    Rect { y: inside.y + down, height: inside.height.min(1), ..inside }
}

/// Why the credential does not work and what to do; empty if it works.
pub(super) fn advice(cx: &Context<'_>, credential: &Credential, status: Status) -> Vec<Row> {
    let credential = &*credential.decisive(cx.now);
    let (why, todo) = match (status, &credential.setback) {
        (Status::Authenticated, _) => return Vec::new(),
        (Status::NotAuthenticated, _) if credential.is_static_secret() => {
            ("It has not been tested yet.".to_owned(), "a  test it")
        }
        (Status::NotAuthenticated, _) => ("It has not been authenticated yet.".to_owned(), "a  authenticate"),
        (Status::Revoked, _) => ("You revoked its tokens.".to_owned(), "a  authenticate again, or d  delete"),
        (Status::ExpiringSoon, _) => deadlines::secret_ends(credential)
            .unwrap_or_else(|| ("Its tokens expire soon.".to_owned(), "a  authenticate again before scripts fail")),
        (Status::ProbablyNeedsReauthentication, _) => {
            (refused_each_time(credential), "a  authenticate again (name, secret and history are kept)")
        }
        (Status::ResponseUnread, _) => {
            (unread(cx, credential), "a  authenticate again (name, secret and history are kept)")
        }
        (_, Some(AuthFailure::Refused { at, code })) => {
            let hint = cx.catalog.by_id(&credential.provider).and_then(|provider| {
                provider.flow.errors.iter().find(|rule| rule.code == *code).map(|rule| rule.hint.clone())
            });
            let when = relative_time::instant(cx, *at);
            let hint = hint.unwrap_or_default();
            if credential.is_static_secret() {
                (format!("The provider rejected it {when}: {code}."), "E  enter a new one, then F5; or a  test again")
            } else if credential.uses_client_credentials() {
                (format!("The client was rejected {when}: {code}. {hint}"), "E  edit client ID and secret, then F5")
            } else {
                let why = format!("The refresh token was rejected {when}: {code}. {hint}");
                (why, "a  authenticate again (name, secret and history are kept)")
            }
        }
        _ => ("The access token has expired, and there is no refresh token.".to_owned(), "a  authenticate again"),
    };
    vec![Row::new("Why", why.trim().to_owned()), Row::new("What to do", todo).style(cx.theme.accent), Row::blank()]
}

/// Why the grant may no longer be valid: the refusals so far.
pub(super) fn refused_each_time(credential: &Credential) -> String {
    credential.refusals.as_ref().map_or_else(String::new, Refusals::in_words)
}

/// A text about the response that could not be read, and how to display it.
pub(super) fn unread(cx: &Context<'_>, credential: &Credential) -> String {
    let came = credential
        .unread
        .as_ref()
        .map(|answer| format!(" {}", relative_time::instant(cx, answer.at)))
        .unwrap_or_default();
    let name = shell_word(credential.name.as_str());
    format!("The provider's response{came} could not be read. To see it: credenza show {name} --response")
}

fn facts(cx: &Context<'_>, credential: &Credential, status: Status) -> Vec<Row> {
    let provider = cx.catalog.by_id(&credential.provider);
    let setup = &credential.setup;
    let dots = if cx.theme.ascii { "********" } else { "••••••••" };
    let hidden = |is: bool| if is { dots.to_owned() } else { "none".to_owned() };
    let mut text = vec![Row::blank()];
    text.extend(advice(cx, credential, status));
    text.push(Row::new(
        "Integration",
        provider.map_or(credential.provider.as_str(), |provider| provider.name.as_str()),
    ));
    for variable in provider.map_or(&[][..], |provider| &provider.variables) {
        if let Some(value) = setup.variables.get(&variable.name).filter(|value| !value.is_empty()) {
            let place = variable.choice(value).map(|choice| format!(" ({})", choice.label)).unwrap_or_default();
            text.push(Row::new(&variable.label, format!("{value}{place}")));
        }
    }
    text.extend(secrets::rows(cx, credential));
    if credential.is_static_secret() {
        text.extend(secrets::sent(cx, credential));
    } else {
        text.push(Row::new("Client ID", setup.client.id.0.clone()));
        text.push(Row::new("Client Secret", hidden(setup.client.secret.is_some())));
    }
    if !setup.redirect_uri.is_empty() {
        text.push(Row::new("Redirect URI", setup.redirect_uri.clone()));
    }
    text.push(Row::blank());
    text.extend(token_rows::rows(cx, credential));
    text.extend(credential.account.iter().map(|account| Row::new("Account", account.label.clone())));
    text.extend(places(cx, credential));
    text.extend(quota(cx, credential));
    text.extend(secrets::proof(cx, credential));
    if !credential.is_static_secret() {
        text.push(Row::new("Scopes", scopes::in_words(credential)));
        if let Some(word) = credential.tokens.as_ref().and_then(Tokens::unknown_type) {
            text.push(Row::new("Token type", printable(word, 40)));
        }
    }
    text.push(Row::blank());
    text.extend(written(credential));
    text.extend(changes::last_saved(cx, &credential.id.to_string()));
    text.extend(deadlines::rows(cx, credential));
    text.extend(token_rows::in_scripts(cx, credential));
    text.push(Row::blank());
    text
}

/// What the user entered about the credential: description, owner, tags, browser.
fn written(credential: &Credential) -> impl Iterator<Item = Row> {
    let details = &credential.details;
    let rows = [
        ("Description", details.description.clone()),
        ("Owner", details.owner.clone()),
        ("Tags", details.tags.join(", ")),
        ("Browser", details.browser.clone()),
    ];
    rows.into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(label, value)| Row::new(label, printable(&value, 400)))
}

/// The sites or tenants that calls go to, as reported by the provider after the sign-in.
fn places(cx: &Context<'_>, credential: &Credential) -> Vec<Row> {
    let picked = cx.catalog.by_id(&credential.provider).into_iter().flat_map(|provider| &provider.lookups);
    let names = picked.flat_map(|lookup| &lookup.pick).map(|(name, _)| name);
    let captured = credential.tokens.as_ref().map(|tokens| &tokens.captured);
    let known = names.filter_map(|name| Some((name, captured?.get(name)?)));
    let masks = Masks::of(&credential.secrets());
    known.map(|(name, value)| Row::new(&name.replace('_', " "), masks.quote(value, 200))).collect()
}

/// How much of the provider's rate limit is used, if any is.
fn quota(cx: &Context<'_>, credential: &Credential) -> Option<Row> {
    let quota = cx.catalog.by_id(&credential.provider)?.quota(credential, cx.now).filter(|quota| quota.used > 0)?;
    let said = format!("{} of {} access tokens in {} min", quota.used, quota.of, quota.window.as_mins());
    let frees = quota.frees_at.filter(|_| quota.is_used_up());
    let frees = frees.map_or_else(String::new, |at| format!("; the next {}", relative_time::instant(cx, at)));
    let style = if quota.is_used_up() { cx.theme.warn } else { cx.theme.text };
    Some(Row::new("Provider's limit", format!("{said}{frees}")).style(style))
}

pub(super) fn history(cx: &Context<'_>, credential: &Credential) -> Vec<Row> {
    let mut text = Vec::new();
    for event in credential.history.iter().rev() {
        let detail = if event.detail.is_empty() { String::new() } else { format!(": {}", event.detail) };
        text.push(Row::new(&relative_time::instant(cx, event.at), format!("{}{detail}", event.kind.word())));
    }
    text
}
