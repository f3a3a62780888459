//! One setting: what it is for, its value, and where to change it.

use jiff::SignedDuration;
use ratatui::Frame;
use ratatui::layout::Rect;
use ratatui::text::Line;

use crate::settings::Settings;
use crate::tui::context::Context;
use crate::tui::widgets::fields::{Row, rows};
use crate::tui::widgets::pane::{centered, clear, pane};

/// The keys of settings.toml, and what each is for.
pub(super) const SETTINGS: &[(&str, &str)] = &[
    ("theme", "Colors of the screens"),
    ("glyphs", "Unicode or ASCII characters on the screens"),
    ("mouse", "Mouse clicks and the wheel on the screens"),
    ("lock_after", "Idle time after which the vault locks"),
    ("clear_clipboard_after", "Time after which a copied secret leaves the clipboard"),
    ("redirect_port", "Port of the redirect URI on this machine"),
    ("audit", "Whether anything may be done that cannot be logged"),
    ("proxy", "Proxy for all connections to providers"),
    ("ca_file", "Additional certificate authorities (PEM)"),
];

/// Columns of the labels.
const LABEL: u16 = 12;

fn value(settings: &Settings, key: &str) -> String {
    let time = |time: Option<SignedDuration>| time.map_or_else(|| "never".to_owned(), |time| format!("{time:#}"));
    match key {
        "theme" => settings.theme.clone(),
        "glyphs" => settings.ascii.map_or("by locale", |ascii| if ascii { "ascii" } else { "unicode" }).to_owned(),
        "mouse" => settings.mouse.to_string(),
        "lock_after" => time(settings.lock_after),
        "clear_clipboard_after" => time(settings.clear_clipboard_after),
        "redirect_port" => settings.redirect_port.to_string(),
        "audit" => if settings.audit_required { "required" } else { "on" }.to_owned(),
        "proxy" => match &settings.proxy {
            // Its address may have a password inside.
            Some(_) => "set",
            None => "by the environment (HTTPS_PROXY, ALL_PROXY, NO_PROXY)",
        }
        .to_owned(),
        "ca_file" => settings.ca_file.as_ref().map_or_else(|| "none".to_owned(), |path| path.display().to_string()),
        _ => String::new(),
    }
}

/// Draws it over the screen.
pub(super) fn view(cx: &Context<'_>, key: &str, frame: &mut Frame<'_>, area: Rect) {
    let area = centered(area, 72, 12);
    clear(frame, area);
    let inside = pane(cx.theme, frame, area, key, Line::from(" Press any key to close "));
    let about = SETTINGS.iter().find(|(name, _)| *name == key).map(|(_, about)| *about).unwrap_or_default();
    let text = [
        Row::blank(),
        Row::new("", about),
        Row::blank(),
        Row::new("Value", value(&cx.workspace.settings, key)),
        Row::new("File", cx.workspace.paths.settings().display().to_string()),
        Row::blank(),
        Row::new("", format!("To change it, write {key} = VALUE into the file and start Credenza again.")),
    ];
    rows(cx.theme, frame, inside, LABEL, &text);
}
