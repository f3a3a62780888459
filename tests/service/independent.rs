//! A provider that does not answer delays only its own credential.

use std::thread;
use std::time::Duration;

use credenza::engine::ops::credentials;
use credenza::engine::ops::token::{Request, access_token};
use credenza::model::change::Change;
use credenza::model::credential::{Credential, CredentialId, Name};
use credenza::problem::{Kind, Problem};

use super::{Fake, Home, authenticated, both, force, pair};
use crate::local_vault::Vault;

/// Adds a credential that uses another provider.
fn another(home: &Home, fake: &Fake, name: &str) -> CredentialId {
    let vault = Vault::unlock(&home.workspace.paths, &super::passphrase(), &home.clock).unwrap();
    let setup = home.stored().setup;
    let one = Credential::new(Name::parse(name).unwrap(), "manageengine", setup, home.clock.now());
    let id = one.id;
    vault.commit(Change::Insert(Box::new(one))).unwrap();
    vault.commit(authenticated(id, fake)).unwrap();
    id
}

fn refresh(home: &Home, id: CredentialId, lock_wait: Duration) -> Result<String, Problem> {
    let session = home.session();
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let request = Request { force: true, lock_wait, ..Request::default() };
    runtime.block_on(access_token(&session, id, request)).map(|token| token.access.expose().to_owned())
}

#[test]
fn a_hanging_provider_stops_no_other_refresh_and_no_edit() {
    let (slow, quick) = (Fake::start(), Fake::start());
    let home = Home::with(&slow);
    let b = another(&home, &quick, "B");
    let session = home.session();
    slow.hold();
    let first = thread::scope(|scope| {
        let hanging = scope.spawn(|| force(&home));
        slow.arrived();
        // While the first provider does not answer.
        assert_eq!(refresh(&home, b, Duration::ZERO).unwrap(), "a1");
        credentials::rename(&session, home.id, "A2").unwrap();
        credentials::rename(&session, b, "B2").unwrap();
        credentials::delete(&session, b).unwrap();
        let busy = refresh(&home, home.id, Duration::from_millis(50)).unwrap_err();
        assert!(busy.kind == Kind::Temporary && busy.what.contains("\"A2\" is in use"), "{busy}");
        assert!(busy.what.contains(&format!("PID {}", std::process::id())), "{busy}");
        slow.release();
        hanging.join().unwrap()
    });
    assert_eq!(first.unwrap().access.expose(), "a1");
    assert_eq!((home.stored().name.as_str(), pair(&home.stored())), ("A2", both(1)));
}
