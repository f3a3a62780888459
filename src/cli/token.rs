//! `credenza token`: a fresh access token on standard output, one line, nothing else.
//!
//! JSON: `{"access_token": "…", "header": "Authorization", "value": "Bearer …", "expires_at": "…" | null}`.

use serde_json::json;
use zeroize::Zeroizing;

use super::arguments;
use super::block_on;
use super::output::{Output, is_terminal};
use super::signals::Deferred;
use crate::problem::Problem;
use crate::service::access_token::{self, Request, Start, Token};
use crate::service::{Session, credentials};

pub(super) fn run(session: &Session, arguments: &arguments::Token, output: Output) -> Result<(), Problem> {
    let credential = credentials::find(session, &arguments.name)?;
    let request = Request { min_ttl: arguments.min_ttl, force: arguments.force, lock_wait: arguments.timeout };
    let mut waiting = || output.note("credenza: waiting for another process that uses the vault");
    let token = match access_token::begin(session, credential.id, request, &mut waiting)? {
        Start::Token(token) => token,
        Start::Refresh(refresh) => {
            output.detail("credenza: refreshing the access token");
            let deferred = Deferred::begin();
            let token = block_on(access_token::finish(session, *refresh))?;
            deferred.obey()?;
            token
        }
    };
    for note in &token.notes {
        output.note(&format!("credenza: {note}"));
    }
    if is_terminal() && !output.json {
        output.note("credenza: this token is a secret; scripts read it by $(credenza token NAME)");
    }
    print(&token, arguments.header, output)
}

fn print(token: &Token, header: bool, output: Output) -> Result<(), Problem> {
    let value = Zeroizing::new(token.template.replace("{access_token}", token.access.expose()));
    if output.json {
        return output.value(&json!({
            "access_token": token.access.expose(), "header": token.header, "value": *value, "expires_at": token.expires_at,
        }));
    }
    if header {
        return output.line(&Zeroizing::new(format!("{}: {}", token.header, *value)));
    }
    output.line(token.access.expose())
}
