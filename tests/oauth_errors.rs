//! `docs/reference/oauth-errors.md`, generated from the table that the program uses; `CREDENZA_WRITE_DOCS=1` writes it.

use std::fmt::Write as _;
use std::path::Path;

use credenza::oauth::error_table::{ErrorMeaning, rows};

/// Describes a meaning to the reader.
fn words(meaning: ErrorMeaning) -> &'static str {
    match meaning {
        ErrorMeaning::Permanent => "The grant is dead: *Needs re-authentication*",
        ErrorMeaning::Interaction => "A person has to sign in: *Needs re-authentication*",
        ErrorMeaning::Client => "Client, secret, scope or redirect URI is wrong: the tokens stay, exit code 2",
        ErrorMeaning::Throttled => "Wait: no request before the time the server names",
        ErrorMeaning::Temporary => "Server error: the tokens stay, try again",
        ErrorMeaning::Pending => "Device code: the person has not decided; asked again",
        ErrorMeaning::Declined => "Device code: the person said no; the wait ends",
    }
}

fn page() -> String {
    let mut page = String::from(
        "# Errors of token endpoints\n\n\
         What the error codes of a token endpoint mean for the stored tokens. A rule in a catalog file comes before this \
         table, which is `assets/oauth_errors.toml`.\n\n\
         | outcome | what to do |\n|---|---|\n\
         | The grant is dead, or a person has to sign in | authenticate again; the tokens are kept |\n\
         | Client, secret, scope or redirect URI is wrong | correct it at the provider or in the form; the tokens are kept |\n\
         | Wait | nothing: the next request is sent when the server allows it |\n\
         | Server error | try again later; the tokens are kept |\n\n\
         An error that is in no row changes nothing. With status 429, or with 503 and a Retry-After header, the server is \
         throttling. Any other may succeed later; a credential that was refused like this three times over a day or more is \
         shown as *Probably needs re-authentication*. During a sign-in with a device code it ends the wait.\n\n\
         ## Every code\n\n\
         Codes are compared in lower case, with `_` for spaces and dashes, whole and up to the first colon or slash \
         (`invalid_grant: Token is expired`). They are read from `error` (text or object), `error_code`, `error_type` and the \
         first of `errors`. Where the status is 400 or more, or the response says that it failed, they are also read from \
         `status`, `code`, `type` and `reason`.\n\n\
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
