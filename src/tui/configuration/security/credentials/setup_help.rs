//! What to do at the provider before a credential can be added: what is needed and where to get it, the steps, and the
//! provider's help. Shown beside the search and the form in wide terminals, over them in narrow ones.

use std::collections::BTreeMap;

use crossterm::event::KeyCode;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::catalog::{Provider, Variable};
use crate::tui::context::Context;
use crate::tui::effect::{Copyable, Effect, Notice};
use crate::tui::input::Input;
use crate::tui::keymap::{Action, Key, Press};
use crate::tui::widgets::fields::{Row, scrolled};
use crate::tui::widgets::list::moved;
use crate::tui::widgets::motion_keys;
use crate::tui::widgets::pane::{centered, clear, pane};

/// Width of a step's number.
pub(super) const STEP: u16 = 3;

/// The key that opens the help over a form.
pub(super) const OPEN: Key =
    Key::new(&[Press::plain(KeyCode::F(2))], Action::Panel, "setup steps", "What you need, and the steps to get it")
        .kept();

/// The key that opens the provider's console.
pub(super) const CONSOLE: Key =
    Key::new(&[Press::ctrl('o')], Action::OpenConsole, "open console", "Open the provider's console in the browser");

/// Keys while the help is open.
pub(super) const KEYS: &[Key] = &[
    Key::new(
        &[Press::char('o'), Press::ctrl('o')],
        Action::OpenConsole,
        "open console",
        "Open the provider's console in the browser",
    ),
    Key::new(
        &[Press::char('y'), Press::ctrl('y')],
        Action::CopyRedirectUri,
        "copy URI",
        "Copy the redirect URI to register",
    ),
    motion_keys::SCROLL_DOWN,
    motion_keys::SCROLL_UP,
    motion_keys::PAGE_DOWN,
    motion_keys::PAGE_UP,
    Key::new(
        &[Press::plain(KeyCode::Esc), Press::plain(KeyCode::F(2)), Press::char('m')],
        Action::Back,
        "close",
        "Close the steps",
    ),
];

/// The open help of one provider.
#[derive(Debug)]
pub(super) struct SetupHelp {
    provider: String,
    /// The values of the form, because each data center has its own console.
    variables: BTreeMap<String, String>,
    top: usize,
}

impl SetupHelp {
    pub(super) fn new(provider: &Provider, variables: BTreeMap<String, String>) -> Self {
        Self { provider: provider.id.clone(), variables, top: 0 }
    }

    /// Handles an input; false if it closes the help.
    pub(super) fn update(&mut self, cx: &Context<'_>, input: &Input) -> (bool, Vec<Effect>) {
        let Some(provider) = cx.catalog.by_id(&self.provider) else { return (false, Vec::new()) };
        let last = self.text(cx, provider).len();
        match input {
            Input::Do(Action::Back) | Input::Click { .. } => return (false, Vec::new()),
            Input::Do(Action::OpenConsole) => return (true, console(cx, provider, &self.variables)),
            Input::Do(Action::CopyRedirectUri) => return (true, copy_uri(cx, provider)),
            Input::Do(action) => self.top = moved(self.top, last, 10, *action).unwrap_or(self.top),
            Input::Scroll(rows) => self.top = self.top.saturating_add_signed(isize::from(*rows)).min(last),
            _ => {}
        }
        (true, Vec::new())
    }

    fn text(&self, cx: &Context<'_>, provider: &Provider) -> Vec<Row> {
        let mut text = described(cx, provider, &self.variables);
        for panel in &provider.panels {
            text.extend([Row::blank(), Row::new("", panel.title.clone()).style(cx.theme.heading)]);
            text.extend(panel.lines.iter().map(|line| Row::new("", line.clone())));
        }
        text
    }

    pub(super) fn view(&self, cx: &Context<'_>, frame: &mut Frame<'_>, area: Rect) {
        let Some(provider) = cx.catalog.by_id(&self.provider) else { return };
        let area = centered(area, 78, area.height);
        clear(frame, area);
        let inside = pane(cx.theme, frame, area, &format!("Set up {}", provider.name), Line::default());
        scrolled(cx.theme, frame, (area, inside), STEP, &self.text(cx, provider), self.top);
    }
}

fn copy_uri(cx: &Context<'_>, provider: &Provider) -> Vec<Effect> {
    let text = provider.redirect_uri(cx.workspace.settings.redirect_port);
    if text.is_empty() {
        return vec![refused("This integration signs in without a redirect URI.")];
    }
    vec![Effect::Copy(Copyable::Plain { what: "the redirect URI", text })]
}

/// Opens the console if its URL is known.
pub(super) fn console(cx: &Context<'_>, provider: &Provider, variables: &BTreeMap<String, String>) -> Vec<Effect> {
    if let Some(variable) = open_data_center(provider, variables) {
        return vec![refused(&format!("The console depends on {}: choose that first.", variable.label))];
    }
    match provider.console_url(variables, cx.catalog.origin()) {
        Ok(Some(url)) => vec![Effect::OpenPage(url)],
        Ok(None) => vec![refused("The catalog has no console address for this integration.")],
        Err(_) => vec![refused("The console's address needs the fields of this form: fill them in first.")],
    }
}

fn refused(text: &str) -> Effect {
    Effect::Notice(Notice::Refused(text.to_owned()))
}

/// The data center variable that the console's URL depends on, if it is not chosen yet.
fn open_data_center<'a>(provider: &'a Provider, variables: &BTreeMap<String, String>) -> Option<&'a Variable> {
    let open = |variable: &&Variable| provider.is_data_center(variable) && !variables.contains_key(&variable.name);
    let in_address = |variable: &&Variable| {
        let sets = variable.choices.iter().flat_map(|choice| &choice.sets).map(|(name, _)| name);
        let mut names = sets.chain([&variable.name]);
        provider.console.url.as_ref().is_some_and(|url| names.any(|name| url.contains(&format!("{{{name}}}"))))
    };
    provider.variables.iter().filter(open).find(in_address)
}

/// The values of a new form. The data center is left open.
pub(super) fn start_values(provider: &Provider) -> BTreeMap<String, String> {
    let start = |variable: &Variable| Some((variable.name.clone(), variable.default.clone()?));
    provider.variables.iter().filter(|variable| !provider.is_data_center(variable)).filter_map(start).collect()
}

/// What the provider is, how reliable the catalog's facts are, and what will be discontinued.
fn facts(cx: &Context<'_>, provider: &Provider) -> Vec<Row> {
    let mut rows = vec![Row::new("", format!("{}, {}", provider.group, provider.grant_label))];
    rows.push(Row::new("", format!("Facts: {}", provider.verification_summary())).style(cx.theme.muted));
    rows.extend(
        provider
            .end_dates
            .iter()
            .filter(|end| end.token_url.is_none())
            .map(|end| Row::new("", format!("{}: {} {}", end.on, end.note, end.action)).style(cx.theme.warn)),
    );
    rows
}

/// The rows for the pane beside the search or the form; the labels are [`STEP`] wide.
pub(super) fn described(cx: &Context<'_>, provider: &Provider, variables: &BTreeMap<String, String>) -> Vec<Row> {
    let heading = |text: &str| Row::new("", text).style(cx.theme.heading);
    let mut rows = facts(cx, provider);
    rows.push(Row::blank());
    rows.push(heading("You will need"));
    let typed_in = provider.grant.is_static_secret();
    if typed_in {
        rows.push(Row::new("", format!("  {}", provider.secret_label())));
    } else {
        rows.push(Row::new("", "  Client ID"));
    }
    if provider.needs_client_secret {
        rows.push(Row::new("", "  Client Secret"));
    }
    rows.extend(provider.variables.iter().map(|variable| Row::new("", format!("  {}", variable.label))));
    rows.extend([Row::blank(), heading("Where to get them")]);
    // The console URL of a wrong data center would be misleading.
    if let Some(variable) = open_data_center(provider, variables) {
        rows.push(Row::new("", format!("its address depends on {}", variable.label)).style(cx.theme.muted));
    } else {
        // As long as a variable of the URL has no value, there is no URL to show.
        let console = provider.console_url(variables, cx.catalog.origin()).ok().flatten();
        rows.extend(console.map(|url| Row::new("", url.as_str()).style(cx.theme.accent)));
    }
    let steps = provider.console.steps.iter().enumerate();
    rows.extend(steps.map(|(at, step)| Row::new(&(at + 1).to_string(), step)));
    let uri = provider.redirect_uri(cx.workspace.settings.redirect_port);
    if !uri.is_empty() {
        rows.extend([Row::blank(), heading("Redirect URI to register"), Row::new("", uri)]);
        rows.push(Row::new("", format!("  {}", provider.redirect_summary())).style(cx.theme.muted));
    }
    if typed_in {
        rows.extend([Row::blank(), heading("How it is sent")]);
        let dots = if cx.theme.ascii { "****" } else { "••••" };
        rows.extend(provider.sends(dots, variables).into_iter().map(|line| Row::new("", format!("  {line}"))));
        rows.extend([Row::blank(), heading("How it is tested")]);
        let mut calls = provider.test_calls();
        let call = calls.next().map(|trial| format!("  {} {}", trial.call.method, trial.call.url));
        rows.push(Row::new(
            "",
            call.unwrap_or_else(|| "  The catalog has no test call, so it is not tested.".to_owned()),
        ));
        return rows;
    }
    rows.push(Row::blank());
    rows.push(heading(&format!("Scopes requested ({})", provider.scopes.len())));
    rows.extend(provider.scopes.iter().map(|scope| Row::new("", format!("  {scope}"))));
    rows
}
