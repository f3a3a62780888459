//! One Save is one version and one undo step, and never reverts what another process has changed meanwhile.

use credenza::engine::edit_error::EditError;
use credenza::engine::ops::credentials::{self, CredentialBase, Draft};
use credenza::model::credential::Credential;
use credenza::model::record::Conflict;
use credenza::secret::{ClientSecret, Secret};

use super::{Fake, Home};

/// What a form submits: only those secrets that were typed.
fn draft(stored: &Credential) -> Draft {
    let mut setup = stored.setup.clone();
    setup.client.secret = None;
    Draft { name: stored.name.to_string(), provider: stored.provider.clone(), details: stored.details.clone(), setup }
}

fn with_secret(stored: &Credential, secret: &str) -> Draft {
    let mut draft = draft(stored);
    draft.setup.client.secret = Some(ClientSecret::new(secret.to_owned()));
    draft
}

fn has_secret(home: &Home, secret: &str) -> bool {
    home.stored().setup.client.secret.unwrap().matches(&Secret::new(secret.to_owned()))
}

#[test]
fn one_save_is_one_generation_and_one_undo() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let (session, before) = (home.session(), home.stored());
    let generation = || credentials::snapshot(&session).unwrap().generation;
    let first = generation();
    let mut changed = with_secret(&before, "typed");
    changed.name = "Renamed".to_owned();
    changed.details.owner = "it@acme.example".to_owned();
    changed.setup.client.id.0 = "1000.XYZ".to_owned();
    credentials::edit(&session, &CredentialBase::of(&before), changed).unwrap();
    assert_eq!(generation(), first + 1);
    assert!(has_secret(&home, "typed"));
    assert_eq!(credentials::undo(&session).unwrap(), "edit Zoho EU");
    let after = home.stored();
    assert_eq!(
        (after.name, after.details.owner, after.setup.client.id),
        (before.name, before.details.owner, before.setup.client.id)
    );
    assert!(has_secret(&home, "s"));
}

#[test]
fn a_form_that_was_open_over_a_rotation_keeps_the_new_secret() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let (session, opened) = (home.session(), home.stored());
    let base = CredentialBase::of(&opened);
    credentials::rotate(&session, &base, with_secret(&opened, "rotated")).unwrap();
    let mut described = draft(&opened);
    described.details.description = "for the CMDB".to_owned();
    credentials::edit(&session, &base, described).unwrap();
    assert!(has_secret(&home, "rotated"), "the form said nothing of the secret");
    assert_eq!(home.stored().details.description, "for the CMDB");
}

#[test]
fn a_secret_typed_over_a_rotation_is_a_conflict_and_nothing_is_saved() {
    let fake = Fake::start();
    let home = Home::with(&fake);
    let (session, opened) = (home.session(), home.stored());
    let base = CredentialBase::of(&opened);
    credentials::rotate(&session, &base, with_secret(&opened, "rotated")).unwrap();
    let mut typed = with_secret(&opened, "typed");
    typed.details.owner = "ana".to_owned();
    let Err(EditError::Conflict(Conflict::Changed { fields, .. })) = credentials::edit(&session, &base, typed) else {
        panic!("no conflict");
    };
    let fields: Vec<&str> = fields.iter().map(|conflict| conflict.field.as_str()).collect();
    assert_eq!(fields, ["client_secret"]);
    assert!(has_secret(&home, "rotated") && home.stored().details.owner.is_empty(), "nothing of it was saved");
}
