//! Compares the requested with the granted scopes: as numbers for the table, one by one for the details.

use crate::model::credential::Credential;
use crate::tui::context::Context;
use crate::tui::widgets::fields::Row;

/// "2 granted of 3 requested".
pub(super) fn in_words(credential: &Credential) -> String {
    let asked = &credential.setup.scopes;
    if credential.tokens.is_none() {
        return format!("{} requested", asked.len());
    }
    let granted = asked.iter().filter(|scope| is_granted(credential, scope)).count();
    format!("{granted} granted of {} requested", asked.len())
}

/// Each scope, and whether it was granted; scopes that were not granted come first.
pub(super) fn one_by_one(cx: &Context<'_>, credential: &Credential) -> Vec<Row> {
    let (yes, no, open) = if cx.theme.ascii { ("+", "x", "-") } else { ("✓", "✗", "·") };
    let help = cx.catalog.by_id(&credential.provider).map_or(&[][..], |provider| &provider.scope_help);
    let words = |scope: &str| {
        let known = help.iter().find(|(known, _)| known.eq_ignore_ascii_case(scope));
        known.map_or_else(String::new, |(_, words)| format!("  {words}"))
    };
    let asked = &credential.setup.scopes;
    let (granted, refused): (Vec<&String>, Vec<&String>) =
        asked.iter().partition(|scope| is_granted(credential, scope));
    let mut text = vec![Row::new("", "Scopes").style(cx.theme.heading)];
    if credential.tokens.is_none() {
        text.extend(asked.iter().map(|scope| Row::new("", format!("  {open} {scope}{}", words(scope)))));
        return text;
    }
    let missing = |scope: &&String| Row::new("", format!("  {no} {scope}  not granted")).style(cx.theme.warn);
    text.extend(refused.iter().map(missing));
    text.extend(granted.iter().map(|scope| Row::new("", format!("  {yes} {scope}{}", words(scope)))));
    let unasked = credential.tokens.iter().filter_map(|tokens| tokens.scopes.as_ref()).flatten();
    let unasked = unasked.filter(|scope| !asked.iter().any(|asked| asked.eq_ignore_ascii_case(scope)));
    text.extend(unasked.map(|scope| Row::new("", format!("  {yes} {scope}  not asked for")).style(cx.theme.muted)));
    text
}

/// Whether a scope was granted. A token response without `scope` grants all requested scopes (RFC 6749, section 5.1).
fn is_granted(credential: &Credential, scope: &str) -> bool {
    let Some(tokens) = &credential.tokens else { return false };
    tokens.scopes.as_ref().is_none_or(|granted| granted.iter().any(|one| one.eq_ignore_ascii_case(scope)))
}
