//! The right account: a credential is bound to the account that consented, and another account does not replace it
//! without asking.

use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use credenza::catalog::{Catalog, Origin};
use credenza::clock::Clock;
use credenza::engine::Session;
use credenza::engine::ops::credentials;
use credenza::engine::ops::sign_in::{Authenticated, Options, SignInOverrides};
use credenza::model::credential::{Account, Credential, CredentialId, EventKind};
use credenza::problem::{Kind, Problem};
use credenza::sandbox::{Consent, Options as SandboxOptions, Response, Sandbox};

use serde_json::json;

use super::desk::open;
use super::providers::{draft, sign_in};

/// A credential of a provider with a userinfo endpoint, whose next user can be chosen.
struct Reception {
    sandbox: Sandbox,
    session: Session,
    id: CredentialId,
    _dir: tempfile::TempDir,
}

impl Reception {
    async fn new() -> Self {
        let (catalog, _) = Catalog::load(std::path::Path::new("/nonexistent"), Origin::Internet);
        let provider = draft(catalog.by_id("okta").unwrap());
        let options =
            SandboxOptions { catalog: Arc::new(catalog), consent: Consent::Accept, ..SandboxOptions::default() };
        let sandbox = Sandbox::start(options).await.unwrap();
        let dir = crate::scratch::folder();
        let session = open(&dir, &sandbox, &Clock::system());
        let id = credentials::add(&session, provider).unwrap();
        Self { sandbox, session, id, _dir: dir }
    }

    async fn signs_in(&self, person: &str, options: Options) -> Result<Authenticated, Problem> {
        self.sandbox.script().person(person);
        sign_in(&self.session, self.id, options).await
    }

    fn credential(&self) -> Credential {
        credentials::snapshot(&self.session).unwrap().credentials.by_id(self.id).unwrap().clone()
    }

    fn label(&self) -> String {
        self.credential().account.unwrap().label
    }

    fn refresh_token(&self) -> String {
        self.credential().tokens.unwrap().refresh.unwrap().expose().to_owned()
    }
}

#[tokio::test]
async fn the_first_account_is_bound_and_the_same_one_comes_back_in() {
    let desk = Reception::new().await;
    desk.signs_in("ann", Options::default()).await.unwrap();
    let ann = Account { subject: "ann".to_owned(), label: "ann@northwind.example".to_owned() };
    assert_eq!(desk.credential().account, Some(ann.clone()));
    let first = desk.refresh_token();
    desk.signs_in("ann", Options::default()).await.unwrap();
    assert_ne!(desk.refresh_token(), first);
    assert_eq!(desk.credential().account, Some(ann));
}

#[tokio::test]
async fn another_account_replaces_nothing_until_a_person_says_so() {
    let desk = Reception::new().await;
    desk.signs_in("ann", Options::default()).await.unwrap();
    let anns = desk.refresh_token();
    let refused = desk.signs_in("bea", Options::default()).await.unwrap_err();
    assert_eq!((refused.kind, refused.kind.exit_code()), (Kind::OtherAccount, 8));
    let both = ["bea@fjord.example", "ann@northwind.example"];
    assert!(both.iter().all(|name| refused.what.contains(name)), "{refused}");
    assert_eq!((desk.label(), desk.refresh_token()), ("ann@northwind.example".to_owned(), anns.clone()));
    let last = desk.credential().history.last().unwrap().clone();
    assert!(last.kind == EventKind::AuthenticationFailed && last.detail.contains("bea"), "{last:?}");
    desk.signs_in(
        "bea",
        Options {
            overrides: SignInOverrides { other_account: true, ..SignInOverrides::default() },
            ..Options::default()
        },
    )
    .await
    .unwrap();
    assert_eq!(desk.label(), "bea@fjord.example");
    assert_ne!(desk.refresh_token(), anns);
}

#[tokio::test]
async fn a_provider_that_does_not_tell_keeps_nobody_out() {
    let desk = Reception::new().await;
    desk.signs_in("ann", Options::default()).await.unwrap();
    let mut quiet = desk.credential();
    quiet.account = Some(Account { subject: "somebody".to_owned(), label: "somebody".to_owned() });
    // As after a consent without the scope for userinfo, which then refuses the access token.
    desk.sandbox.end_all_grants();
    let tokens = quiet.tokens.unwrap();
    let http = credenza::oauth::http::Http::new(&credenza::oauth::http::Network::default());
    let url = quiet.endpoints.unwrap().userinfo.unwrap();
    assert_eq!(credenza::oauth::userinfo::account(&http, &url, &tokens).await, None);
}

/// A token response of a provider whose userinfo endpoint does not know the tokens; `subject` is that of the ID token.
fn answer(subject: Option<&str>) -> Response {
    let mut body = json!({ "access_token": "a", "refresh_token": "r", "expires_in": 3600 });
    if let Some(subject) = subject {
        let claims = json!({ "sub": subject, "email": format!("{subject}@acme.example") }).to_string();
        body["id_token"] = json!(format!("e30.{}.c2ln", URL_SAFE_NO_PAD.encode(claims)));
    }
    Response::json(&body)
}

#[tokio::test]
async fn an_id_token_says_who_signed_in_where_userinfo_does_not() {
    let desk = Reception::new().await;
    let signs_in = async |subject| {
        desk.sandbox.script().token(answer(subject));
        desk.signs_in("ann", Options::default()).await
    };
    let first = signs_in(Some("ann")).await.unwrap();
    assert_eq!((desk.label().as_str(), first.notes.len()), ("ann@acme.example", 0));
    let refused = signs_in(Some("bea")).await.unwrap_err();
    assert!(refused.kind == Kind::OtherAccount && refused.what.contains("bea@acme.example"), "{refused}");
    signs_in(Some("ann")).await.unwrap();
    let unverified = signs_in(None).await.unwrap_err();
    assert!(unverified.kind == Kind::OtherAccount && unverified.what.contains("does not say"), "{unverified}");
    assert_eq!(desk.label(), "ann@acme.example");
}

#[tokio::test]
async fn a_first_sign_in_says_that_no_account_could_be_bound() {
    let desk = Reception::new().await;
    for notes in [1, 0] {
        desk.sandbox.script().token(answer(None));
        let signed_in = desk.signs_in("ann", Options::default()).await.unwrap();
        let told = signed_in.notes.iter().filter(|note| note.contains("does not say who signed in")).count();
        assert_eq!((told, desk.credential().account), (notes, None));
    }
}
