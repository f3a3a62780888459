//! What is refused without a request, because the provider or the credential has no such thing.

use credenza::catalog::OAuthProfile;
use credenza::model::credential::{Endpoints, Tokens};
use credenza::oauth::authorization::AuthorizationRequest;
use credenza::oauth::permit::MustFinish;
use credenza::oauth::revocation;
use credenza::oauth::token::{self, RefreshRequest, TokenError};
use credenza::problem::Kind;

use super::fake::{Fake, endpoints, http, now, old_tokens, provider, setup};

/// A server that must receive no request.
fn unasked() -> Fake {
    Fake::new(|_| panic!("a request was sent"))
}

#[tokio::test]
async fn revoking_at_a_provider_without_revocation_says_what_to_do() {
    let fake = unasked();
    let at = Endpoints { revocation: None, ..endpoints(&fake.url()) };
    let (provider, tokens) = (provider(OAuthProfile::default()), old_tokens());
    let revoked = revocation::revoke(&MustFinish::granted(), &http(), &provider, &at, &setup(), &tokens, now()).await;
    let problem = revoked.unwrap_err();
    assert_eq!(
        (problem.kind, problem.what),
        (Kind::Refused, format!("{} has no way to revoke tokens.", provider.name))
    );
    assert!(problem.try_this.starts_with("Remove the application in the account's settings"));
    assert_eq!(fake.requests().len(), 0);
}

#[tokio::test]
async fn a_token_set_without_a_refresh_token_needs_a_person() {
    let fake = unasked();
    let tokens = Tokens { refresh: None, ..old_tokens() };
    let of = RefreshRequest { tokens: &tokens, kind: None };
    let (provider, at) = (provider(OAuthProfile::default()), endpoints(&fake.url()));
    let refreshed = token::refresh(&MustFinish::granted(), &http(), &provider, &at, &setup(), of, now()).await;
    let Err(TokenError::Reauthenticate { problem, .. }) = refreshed else { panic!("it was refreshed") };
    assert_eq!((problem.kind, problem.what.as_str()), (Kind::NeedsAuthentication, "There is no refresh token."));
    assert_eq!(fake.requests().len(), 0);
}

#[test]
fn a_provider_without_a_browser_sign_in_says_how_it_signs_in() {
    let (provider, at) =
        (provider(OAuthProfile::default()), endpoints(&"https://accounts.example.com".parse().unwrap()));
    let at = Endpoints { authorization: None, ..at };
    let problem = AuthorizationRequest::new(&provider, &at, &setup()).map(drop).unwrap_err();
    assert_eq!((problem.kind, problem.what), (Kind::Usage, format!("{} has no browser sign-in.", provider.name)));
    assert!(problem.why.starts_with("It signs in with "), "{}", problem.why);
}
