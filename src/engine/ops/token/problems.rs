//! The problems that prevent a token.

use jiff::Timestamp;

use crate::engine::saving::KEPT;
use crate::model::credential::{AuthFailure, Credential, Quota};
use crate::problem::{Kind, NextStep, Problem};

pub(super) fn no_access_token(credential: &Credential) -> Problem {
    Problem::new(
        Kind::Temporary,
        format!("The provider renewed \"{}\" without a usable access token.", credential.name),
    )
    .why("Its new refresh token was saved.")
    .try_this("Try again.")
}

pub(super) fn refuse_without_tokens(credential: &Credential) -> Result<(), Problem> {
    match (&credential.setback, &credential.tokens) {
        (Some(AuthFailure::Revoked { .. }), _) => Err(needs_person(credential, "It was revoked.")),
        (_, None) => Err(never_authenticated(credential)),
        _ => Ok(()),
    }
}

pub(super) fn never_authenticated(credential: &Credential) -> Problem {
    needs_person(credential, "It has not been authenticated yet.")
}

pub(super) fn refused_before(credential: &Credential, code: &str) -> Problem {
    let what = if credential.uses_client_credentials() { "client" } else { "refresh token" };
    needs_person(credential, &format!("The authorization server rejected its {what}: {code}."))
}

/// The problem of a response that could not be read. The user decides whether the spent refresh token is sent once
/// more.
pub(crate) fn unread(credential: &Credential) -> Problem {
    let what = format!("The provider's last response for \"{}\" could not be read.", credential.name);
    let problem = match &credential.unread {
        Some(response) => Problem::new(Kind::NeedsAuthentication, what).why(format!(
            "The response arrived on {} ({}). {KEPT} The refresh token may already have been used, so it is not sent \
             again automatically.",
            response.at.strftime("%Y-%m-%d %H:%M UTC"),
            response.in_words(),
        )),
        None => Problem::new(Kind::NeedsAuthentication, what),
    };
    problem
        .try_this("Authenticate again, or view the response first.")
        .step(NextStep::SettleUnreadAnswer { name: credential.name.to_string() })
}

pub(super) fn needs_person(credential: &Credential, why: &str) -> Problem {
    Problem::new(Kind::NeedsAuthentication, format!("Someone has to sign in for \"{}\".", credential.name))
        .why(why)
        .step(authenticate_again(credential))
}

pub(crate) fn authenticate_again(credential: &Credential) -> NextStep {
    NextStep::Authenticate { name: credential.name.to_string() }
}

/// The problem of a used-up quota: the provider would refuse another request, and some would also block the refresh
/// token for a while.
pub(super) fn used_up(credential: &Credential, quota: &Quota, now: Timestamp) -> Problem {
    let minutes = quota.frees_at.map_or(0, |at| now.duration_until(at).as_secs()) / 60 + 1;
    let what = format!(
        "\"{}\" has used its {} access tokens per {} minutes.",
        credential.name,
        quota.of,
        quota.window.as_mins()
    );
    Problem::new(Kind::Temporary, what)
        .why(
            "The provider issues no more for this refresh token, so no request was sent. The stored token may still \
            be valid.",
        )
        .try_this(format!("Use the stored token, or try again in {minutes} minutes."))
        .step(NextStep::UseStoredToken { name: credential.name.to_string() })
}

pub(super) fn throttled(credential: &Credential, now: Timestamp, until: Timestamp) -> Problem {
    let seconds = now.duration_until(until).as_secs();
    Problem::new(Kind::Temporary, format!("The provider asked to wait before \"{}\" is refreshed.", credential.name))
        .why("Too many token requests were sent in a row. The stored tokens are still valid.")
        .try_this(format!("Try again in {} minutes.", seconds / 60 + 1))
}
