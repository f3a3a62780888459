//! The right account: whose consent it was is bound to the credential, and nobody else's takes its place unasked.

use std::sync::Arc;

use credenza::catalog::{Catalog, Origin};
use credenza::clock::Clock;
use credenza::engine::Session;
use credenza::engine::ops::credentials;
use credenza::engine::ops::sign_in::{Authenticated, Leave, Options};
use credenza::model::credential::{Account, Credential, CredentialId, EventKind};
use credenza::problem::{Kind, Problem};
use credenza::sandbox::{Consent, Options as SandboxOptions, Sandbox};

use super::desk::open;
use super::providers::{draft, sign_in};

/// A credential of a provider with a userinfo endpoint, and who signs in next.
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
        let dir = tempfile::tempdir().unwrap();
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
    let both = ["bea@fjord.example", "ann@northwind.example's"];
    assert!(both.iter().all(|name| refused.what.contains(name)), "{refused}");
    assert_eq!((desk.label(), desk.refresh_token()), ("ann@northwind.example".to_owned(), anns.clone()));
    let last = desk.credential().history.last().unwrap().clone();
    assert!(last.kind == EventKind::AuthenticationFailed && last.detail.contains("bea"), "{last:?}");
    desk.signs_in("bea", Options { leave: Leave { other_account: true, ..Leave::default() }, ..Options::default() })
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
    // A consent whose access token userinfo refuses: the scope for it was not granted.
    desk.sandbox.end_all_grants();
    let tokens = quiet.tokens.unwrap();
    let http = credenza::oauth::http::Http::new(&credenza::oauth::http::Network::default());
    let url = quiet.endpoints.unwrap().userinfo.unwrap();
    assert_eq!(credenza::oauth::userinfo::account(&http, &url, &tokens).await, None);
}
