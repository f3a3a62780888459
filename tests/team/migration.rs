//! Moves a local vault into a team vault and back, without any loss.

use credenza::model::change::Change;
use credenza::model::credential::CredentialField;
use credenza::model::integration::{Integration, IntegrationChange, IntegrationSetup};
use credenza::model::record::Base;
use credenza::paths::Paths;
use credenza::store::local::{Local, UnlockBy};
use credenza::store::{Direction, Snapshot};

use super::stage::{World, edit, insert, name, now, passphrase, refreshed};

/// All records and undo steps of a snapshot as text.
fn told(snapshot: &Snapshot) -> String {
    let credentials = &snapshot.credentials;
    let secrets: Vec<_> = credentials
        .list
        .iter()
        .map(|one| {
            let refresh = one.tokens.as_ref().and_then(|tokens| tokens.refresh.as_ref().map(|text| text.expose()));
            (one.setup.client.secret.as_ref().map(|text| text.expose().to_owned()), refresh.map(str::to_owned))
        })
        .collect();
    format!(
        "{:#?}\n{secrets:?}\n{:?}\n{:?}\n{:?}",
        credentials.list, credentials.tombstones, snapshot.integrations.list, snapshot.undo
    )
}

#[test]
fn case_25_there_and_back_keeps_every_field_id_history_and_label() {
    for world in World::each() {
        let home = world.machine();
        let paths = |folder: &str| Paths::discover(Some(&home.folder.path().join(folder))).unwrap();
        let at = |folder: &str| Local::at(&paths(folder), &home.clock, "test");
        let local = at("before").create(&passphrase(), 1).unwrap();
        let ids = ["A", "B", "C"].map(|text| insert(&*local, text));
        local.commit(refreshed(ids[0], 1)).unwrap();
        let base = Base::of(&local.credential(ids[0]).unwrap().unwrap());
        local.commit(edit(&base, CredentialField::Owner, "ana")).unwrap();
        let one = Integration::new(name("CMDB"), "p", IntegrationSetup::default(), now());
        local.commit(IntegrationChange::Insert { integration: Box::new(one) }.into()).unwrap();
        local.commit(Change::Remove { id: ids[1] }.into()).unwrap();
        let before = told(&local.snapshot().unwrap());

        let contents = at("before").whole(&passphrase()).unwrap();
        let team = home.found("Ana").unwrap();
        team.team().unwrap().fill(contents.clone()).unwrap();
        assert_eq!(told(&home.open().snapshot().unwrap()), before);
        assert!(team.team().unwrap().fill(contents).is_err(), "only an empty one is filled");

        let back = at("after").create_with((&passphrase(), 1), team.team().unwrap().whole().unwrap()).unwrap();
        assert_eq!(told(&back.snapshot().unwrap()), before);
        let again = at("after").unlock(UnlockBy::Passphrase(&passphrase())).unwrap();
        assert_eq!(again.undo_or_redo(Direction::Undo, None).unwrap(), "delete B");
        assert_eq!(again.snapshot().unwrap().credentials.list.len(), 3);
        // The team vault has the same undo step.
        assert_eq!(home.open().undo_or_redo(Direction::Undo, None).unwrap(), "delete B");
    }
}
