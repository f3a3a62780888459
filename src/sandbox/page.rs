//! The pages for the user's browser. They load nothing else, and contain text of a request only in escaped form.

use std::fmt::Write as _;

use super::dialect::Dialect;
use super::ledger::{ConsentRequest, random_token};
use super::mode::{Mode, ModeEffect};
use super::people::{PEOPLE, Person};
use super::response::Response;
use super::scopes;
use super::zoho;

/// Asks the user for consent.
pub(super) fn consent(asked: &ConsentRequest, ticket: &str, dialect: &Dialect) -> Response {
    let mut body = format!(
        "<h1>Credenza wants to connect</h1>\
         <p>You came here for <b>{name}</b> (<code>{host}</code>), with the client ID <code>{client}</code>.</p>",
        name = escaped(&dialect.name),
        host = escaped(&asked.host),
        client = escaped(&asked.client_id),
    );
    let _ = write!(body, "<form method=post action=\"/_consent/{ticket}\"><h2>It asks to</h2><ul class=scopes>");
    for scope in &asked.scopes {
        let words = scopes::in_words(scope);
        let _ = write!(body, "<li>{}<br><code>{}</code></li>", escaped(&words), escaped(scope));
    }
    if asked.scopes.is_empty() {
        body.push_str("<li>know that you signed in, and nothing else</li>");
    }
    body.push_str("</ul><h2>Sign in as</h2>");
    for (at, person) in PEOPLE.iter().enumerate() {
        body.push_str(&choice(person, &asked.host, at == 0));
    }
    body.push_str(
        "<p class=buttons><button name=decision value=accept class=main>Accept</button>\
         <button name=decision value=reject>Reject</button></p>",
    );
    body.push_str(&troubles(dialect.zoho));
    body.push_str("</form>");
    page("Consent", &body, Some(&asked.redirect_uri))
}

/// Asks for the second factor. The user can try each case of the troubleshooting page.
pub(super) fn second_factor(person: &Person, ticket: &str, redirect_uri: &str) -> Response {
    let body = format!(
        "<h1>One more step, {name}</h1>\
         <p>A real provider now asks {first} for a second factor. There is none here: pick how it goes.</p>\
         <form method=post action=\"/_consent/{ticket}\"><input type=hidden name=person value={id}>\
         <p class=buttons><button name=decision value=trust class=main>Approve, and trust this browser for 180 days</button></p>\
         <p class=hint>What the troubleshooting page tells you to choose. You are not asked again.</p>\
         <p class=buttons><button name=decision value=once>Approve just this once</button></p>\
         <p class=hint>In this sandbox the tokens work now and the first refresh is refused: the credential then shows \
         <i>Needs re-authentication</i>, and authenticating again with trust fixes it.</p>\
         <p class=buttons><button name=decision value=stuck>I lost my phone</button></p>\
         <p class=hint>Nothing ever goes back to Credenza. Its window counts down; esc cancels.</p></form>",
        name = escaped(person.name),
        first = escaped(person.name.split(' ').next().unwrap_or_default()),
        id = person.id,
    );
    page("Second factor", &body, Some(redirect_uri))
}

/// An error page instead of a redirect, as the real servers show it.
pub(super) fn refused(title: &str, text: &str, zoho: bool) -> Response {
    let body = format!(
        "<h1>{}</h1><p>{}</p><p class=hint>The provider tells you here, and Credenza hears nothing: it waits until its \
         time is up. Go back to it and press esc, then compare client ID, redirect URI and data center.</p>",
        escaped(title),
        escaped(text),
    );
    let response = page(title, &body, None);
    if zoho { response } else { response.with_status(400) }
}

/// A page that only shows a message.
pub(super) fn message(title: &str, text: &str) -> Response {
    page(title, &format!("<h1>{}</h1><p>{}</p>", escaped(title), escaped(text)), None)
}

/// A page of the sandbox itself; `body` must be escaped.
pub(super) fn whole(title: &str, body: &str) -> Response {
    page(title, body, None)
}

/// The start page of the sandbox.
pub(super) fn front(base: &str, requests: u64, on: &[Mode]) -> Response {
    let mut body = format!(
        "<h1>It is running</h1><p>Every provider of the catalog is impersonated here, each below its own host name. \
         Any client ID, secret or key will do.</p>\
         <pre>credenza --sandbox {base}\ncredenza --sandbox {base} authenticate NAME\nexport CREDENZA_SANDBOX={base}</pre>\
         <p>{requests} requests so far.</p><h2>Ways to fail</h2>\
         <p>Start with <code>credenza sandbox --mode NAME</code>, pick one on the consent page, or switch one on here.</p>\
         <form method=post action=\"/_mode/clear\"><p>On now: {on} <button>None of them</button></p></form>\
         <form method=post action=\"/_mode\"><table>",
        base = escaped(base),
        on = if on.is_empty() { "none".to_owned() } else { on.iter().map(Mode::name).collect::<Vec<_>>().join(", ") },
    );
    for mode in Mode::all() {
        body.push_str(&row("name", mode));
    }
    body.push_str("</table></form>");
    page("Credenza sandbox", &body, None)
}

/// Escapes text for use between tags and in quoted attributes.
pub(super) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in crate::printable::printable(text, MAX_REFLECTED).chars() {
        match c {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            c => out.push(c),
        }
    }
    out
}

/// Longest text of a request that is repeated on a page, in characters.
const MAX_REFLECTED: usize = 300;

fn choice(person: &Person, host: &str, checked: bool) -> String {
    let home = person.data_center(host).map_or_else(String::new, |dc| {
        let here = zoho::by_accounts(host).is_some_and(|here| here.code == dc.code);
        format!(" · account in {}{}", dc.region, if here { "" } else { ": another data center than this" })
    });
    let factor = if person.second_factor { " · second factor" } else { "" };
    format!(
        "<label class=person><input type=radio name=person value={id}{checked}> <b>{name}</b> &lt;{email}&gt;\
         <span class=hint>{home}{factor}</span></label>",
        id = person.id,
        checked = if checked { " checked" } else { "" },
        name = person.name,
        email = person.email,
        home = escaped(&home),
    )
}

fn troubles(zoho: bool) -> String {
    let mut text = "<details><summary>Simulate a failure instead</summary><table>".to_owned();
    let once = Mode::all().filter(|mode| match mode.effect() {
        ModeEffect::Redirect(query) => zoho || !query.contains("location"),
        ModeEffect::Page(..) | ModeEffect::Token(_) | ModeEffect::StaleCodes => true,
        _ => false,
    });
    for mode in once {
        text.push_str(&row("trouble", mode));
    }
    text.push_str("</table></details>");
    text
}

/// A table row: a button that sends the mode as `field`, and the description of the mode.
fn row(field: &str, mode: Mode) -> String {
    let (name, words) = (mode.name(), escaped(mode.words()));
    format!("<tr><td><button name={field} value=\"{name}\">{name}</button></td><td>{words}</td></tr>")
}

/// Builds a page with a policy: it loads nothing, runs nothing, and its forms can be sent only to the sandbox and (by
/// redirect) to the app that asked.
fn page(title: &str, body: &str, redirect_uri: Option<&str>) -> Response {
    let nonce = random_token(false);
    let app = redirect_uri.and_then(|uri| url::Url::parse(uri).ok()).map(|url| url.origin().ascii_serialization());
    let policy = format!(
        "default-src 'none'; style-src 'nonce-{nonce}'; form-action 'self' {}; base-uri 'none'; frame-ancestors 'none'",
        app.unwrap_or_default()
    );
    Response::html(&format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>{title} · sandbox</title><style nonce=\"{nonce}\">{STYLE}</style>\
         <header>Sandbox: not the real provider <small>made-up people, made-up data, nothing leaves this computer</small></header>\
         <main>{body}</main></html>",
        title = escaped(title),
    ))
    .header("content-security-policy", &policy)
    .header("cache-control", "no-store")
    .header("referrer-policy", "no-referrer")
    .header("x-content-type-options", "nosniff")
    .header("x-frame-options", "DENY")
}

const STYLE: &str = "\
:root{color-scheme:light dark;--line:#8885;--main:#2563eb}\
body{margin:0;font:16px/1.5 system-ui,sans-serif}\
header{background:#f59e0b;color:#111;padding:.6rem 1rem;font-weight:700;text-align:center}\
header small{display:block;font-weight:400}\
main{max-width:40rem;margin:1.5rem auto;padding:0 1rem}\
h1{font-size:1.5rem}h2{font-size:1rem;margin:1.5rem 0 .3rem}\
code,pre{font:.85em ui-monospace,monospace;overflow-wrap:anywhere}pre{border:1px solid var(--line);padding:.8rem;overflow:auto}\
.scopes{padding-left:1.2rem}.scopes code,.hint{opacity:.7;font-size:.85rem}\
.person{display:block;border:1px solid var(--line);border-radius:.5rem;padding:.6rem .8rem;margin:.4rem 0;cursor:pointer}\
.person .hint{display:block;padding-left:1.7rem}\
button{font:inherit;padding:.5rem 1.2rem;border:1px solid var(--line);border-radius:.5rem;cursor:pointer}\
.main{background:var(--main);color:#fff;border-color:var(--main)}\
.buttons button{margin-right:.6rem}summary{cursor:pointer;margin-top:2rem;opacity:.8}\
table{border-spacing:.6rem .3rem;font-size:.9rem}td{vertical-align:top}td button{padding:.15rem .6rem;white-space:nowrap}";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reflected_text_is_escaped_and_bounded() {
        assert_eq!(escaped("<script>\"&'"), "&lt;script&gt;&quot;&amp;&#39;");
        assert!(escaped(&"<".repeat(10_000)).len() < 2_000);
        assert!(!escaped("\u{1b}[2J\u{202e}").contains(['\u{1b}', '\u{202e}']));
    }
}
