//! `docs/reference/oauth-errors.md` is made from the table that the program reads: `CREDENZA_WRITE_DOCS=1` writes it.

use std::fmt::Write as _;
use std::path::Path;

use credenza::oauth::error_table::{Meaning, rows};

/// What a person reads of a meaning.
fn words(meaning: Meaning) -> &'static str {
    match meaning {
        Meaning::Permanent => "The grant is dead: *Needs re-authentication*",
        Meaning::Interaction => "A person has to sign in: *Needs re-authentication*",
        Meaning::Client => "Client, secret, scope or redirect URI is wrong: the tokens stay, exit code 2",
        Meaning::Throttled => "Wait: no request before the time the server names",
        Meaning::Temporary => "Server error: the tokens stay, try again",
        Meaning::Pending => "Device code: the person has not decided; asked again",
        Meaning::Declined => "Device code: the person said no; the wait ends",
    }
}

fn page() -> String {
    let mut page = String::from(
        "# Errors of token endpoints\n\n\
         What the words of a token endpoint mean for the stored tokens. The table is `assets/oauth_errors.toml`; a rule in \
         a catalog file goes before it. Codes are compared in lower case, with `_` for spaces and dashes, whole and up to \
         their first tail (`invalid_grant: Token is expired`). They are looked for in `error` (text or object), \
         `error_code`, `error_type`, the first of `errors`, and, where the status is 400 or more or the answer says that \
         it failed, in `status`, `code`, `type` and `reason`.\n\n\
         A refusal that is in no row ends nothing: with status 429, or 503 and Retry-After, it is a throttle, else it \
         may work later; a credential that is refused so three times over a day or more is shown as *Probably needs \
         re-authentication*. While a device code is waited for it ends the wait.\n\n\
         | code or words | means | source |\n|---|---|---|\n",
    );
    for row in rows() {
        let codes: Vec<String> = row.codes.iter().map(|code| format!("`{code}`")).collect();
        let groups: Vec<String> = row
            .words
            .iter()
            .map(|group| group.iter().map(|word| format!("\"{word}\"")).collect::<Vec<_>>().join(", "))
            .collect();
        let open: Vec<String> = row.among.iter().map(|code| format!("`{code}`")).collect();
        let what = if codes.is_empty() {
            format!(
                "a description with one of {}; where the code is unknown or one of {}",
                groups.join(" and one of "),
                open.join(", ")
            )
        } else {
            codes.join(", ")
        };
        writeln!(page, "| {what} | {} | {} |", words(row.means), row.source).unwrap();
    }
    page
}

#[test]
fn the_reference_page_says_what_the_table_says() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/reference/oauth-errors.md");
    if std::env::var_os("CREDENZA_WRITE_DOCS").is_some() {
        std::fs::write(&path, page()).unwrap();
    }
    assert_eq!(
        std::fs::read_to_string(path).unwrap_or_default(),
        page(),
        "to write it: CREDENZA_WRITE_DOCS=1 cargo test oauth_errors"
    );
}
