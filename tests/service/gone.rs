//! Operations on what was deleted, or is not there.

use credenza::engine::event::JobEvent;
use credenza::engine::operation::Operation;
use credenza::engine::ops::integrations;
use credenza::engine::ops::transfer::file::ExportFile;
use credenza::engine::submit;
use credenza::model::change::Change;
use credenza::model::credential::{Credential, CredentialId, Name, Setup};
use credenza::model::integration::IntegrationId;
use credenza::problem::{Kind, Problem};

use super::{Fake, Home, at};

#[track_caller]
fn is_gone(problem: &Problem, what: &str) {
    assert_eq!((problem.kind, problem.what.as_str()), (Kind::NotFound, what));
}

#[test]
fn an_operation_on_what_was_deleted_meanwhile_says_so() {
    let home = Home::with(&Fake::start());
    let session = home.session();
    let gone = integrations::duplicate(&session, IntegrationId::random(), "Two").unwrap_err();
    is_gone(&gone, "The integration is no longer there.");
    let path = home.folder.path().join("out.toml");
    let ids = vec![home.id, CredentialId::random()];
    let file = ExportFile { ids, recipient: None, with_tokens: false, path: path.clone() };
    is_gone(
        &submit::read(&session, &Operation::Export(Box::new(file))).unwrap_err(),
        "A credential was deleted in the meantime.",
    );
    assert!(!path.exists());
}

#[test]
fn a_secret_that_a_credential_does_not_have_is_not_copied() {
    let home = Home::with(&Fake::start());
    let session = home.session();
    let public = Credential::new(Name::parse("Public").unwrap(), "x", Setup::default(), at(0));
    let id = public.id;
    home.vault().commit(Change::Insert(Box::new(public))).unwrap();
    is_gone(&submit::read(&session, &Operation::CopySecret(id)).unwrap_err(), "\"Public\" has no secret.");
}

#[tokio::test]
async fn an_operation_on_a_vault_that_is_not_open_says_that_it_is_locked() {
    let home = Home::with(&Fake::start());
    let mut submitted = submit::submit(&home.workspace, None, Operation::CopySecret(home.id));
    let Some(JobEvent::Finished(Err(problem))) = submitted.events.recv().await else { panic!("it was carried out") };
    assert_eq!((problem.kind, problem.what.as_str()), (Kind::Locked, "The vault is locked."));
}
