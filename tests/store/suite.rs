//! Tests that every store must pass. A test takes a factory; `mod.rs` runs each test for each store.

use std::sync::Arc;
use std::time::Duration;

use credenza::clock::Clock;
use credenza::model::change::Change;
use credenza::model::credential::{
    AuthFailure, Credential, CredentialField, CredentialId, MAIN_SECRET, Name, ProvenBy, Setup, Tokens,
};
use credenza::model::field::FieldValue;
use credenza::model::integration::{Integration, IntegrationChange, IntegrationSetup};
use credenza::model::record::{Base, Conflict};
use credenza::model::transaction::Transaction;
use credenza::secret::{AccessToken, RefreshToken, Secret};
use credenza::store::{Direction, Lease, LockKind, Step, Store, StoreError, Wait};

/// Creates a store, and opens it again as another process would.
pub(super) trait Factory: Sync {
    fn make(clock: &Clock) -> Self;
    fn open(&self) -> Arc<dyn Store>;
}

/// The tests of the suite, by name.
macro_rules! suite {
    ($($test:ident),+ $(,)?) => {
        macro_rules! held_by {
            ($factory:ty) => {
                $(#[test]
                fn $test() {
                    super::suite::$test::<$factory>();
                })+
            };
        }
        pub(super) use held_by;
    };
}

suite! {
    a_commit_is_one_generation_seen_by_everybody,
    a_transaction_is_all_or_nothing_and_one_step_of_undo,
    different_fields_merge_and_the_same_one_conflicts,
    nothing_is_undone_where_there_is_nothing,
    what_was_undone_is_redone_until_the_next_edit,
    a_step_names_its_session_and_what_would_be_lost,
    a_restored_record_is_where_it_was,
    a_refused_key_that_comes_back_is_still_refused,
    a_lease_has_one_holder_and_others_wait_for_theirs_only,
    an_edit_needs_no_lease,
    a_note_outlives_its_holder_until_an_answer_came,
    kept_tokens_are_taken_over_once_and_never_twice,
    tokens_that_come_for_a_deleted_credential_come_back_with_it,
    former_generations_are_listed_read_and_restored,
    writers_at_once_lose_nothing,
    room_is_proven_without_a_trace,
}

fn clock() -> Clock {
    Clock::settable("2026-11-23T10:00:00Z".parse().unwrap())
}

fn name(text: &str) -> Name {
    Name::parse(text).unwrap()
}

fn credential(text: &str) -> Credential {
    Credential::new(name(text), "p", Setup::default(), clock().now())
}

fn insert(store: &dyn Store, text: &str) -> CredentialId {
    let one = credential(text);
    let id = one.id;
    store.commit(Change::Insert(Box::new(one)).into()).unwrap();
    id
}

fn refreshed(id: CredentialId, n: u32) -> Change {
    let tokens = Tokens {
        access: AccessToken::new(format!("a{n}")),
        refresh: Some(RefreshToken::new(format!("r{n}"))),
        received_at: clock().now(),
        expires_at: None,
        refresh_expires_at: None,
        scopes: None,
        captured: std::collections::BTreeMap::new(),
    };
    Change::Refreshed { id, tokens: Box::new(tokens), spent: None }
}

fn access(store: &dyn Store, id: CredentialId) -> Option<String> {
    store.credential(id).unwrap()?.tokens.map(|tokens| tokens.access.expose().to_owned())
}

fn lease(store: &dyn Store, id: CredentialId, longest: Duration) -> Result<Box<dyn Lease>, StoreError> {
    store.lease(id, Wait { longest, noticed: &mut || () })
}

fn names(store: &dyn Store) -> Vec<String> {
    store.snapshot().unwrap().credentials.list.iter().map(|one| one.name.to_string()).collect()
}

fn edit(base: &Base<Credential>, field: CredentialField, to: &str) -> Transaction {
    let fields = vec![base.edit(field, FieldValue::text(to, true)).unwrap()];
    Change::Edit { id: base.id, fields }.into()
}

pub(super) fn a_commit_is_one_generation_seen_by_everybody<F: Factory>() {
    let factory = F::make(&clock());
    let (one, other) = (factory.open(), factory.open());
    let before = other.head().unwrap();
    assert!(!other.changed_since(before.generation).unwrap());
    let id = insert(&*one, "A");
    assert!(other.changed_since(before.generation).unwrap());
    assert_eq!(other.head().unwrap().generation, before.generation + 1);
    assert_eq!(other.head().unwrap().vault_id, before.vault_id);
    assert_eq!(other.credential(id).unwrap().unwrap().name, name("A"));
    assert!(other.credential(CredentialId::random()).unwrap().is_none());
}

pub(super) fn a_transaction_is_all_or_nothing_and_one_step_of_undo<F: Factory>() {
    let factory = F::make(&clock());
    let store = factory.open();
    insert(&*store, "A");
    let before = store.head().unwrap().generation;
    let inserts = |names: [&str; 2]| Transaction::of(names.map(|one| Change::Insert(Box::new(credential(one)))));
    let refused = store.commit(inserts(["B", "a"])).unwrap_err();
    assert!(matches!(refused, StoreError::Conflict(Conflict::NameTaken { noun: "credential", .. })), "{refused:?}");
    assert_eq!((names(&*store), store.head().unwrap().generation), (vec!["A".to_owned()], before));
    let one = Integration::new(name("CMDB"), "p", IntegrationSetup::default(), clock().now());
    let mut both = inserts(["B", "C"]).labeled("import 2 credentials".to_owned());
    both.edits.push(IntegrationChange::Insert { integration: Box::new(one) }.into());
    let after = store.commit(both).unwrap();
    assert_eq!((after.generation, after.undo.last().unwrap().as_str()), (before + 1, "import 2 credentials"));
    assert_eq!(store.undo_or_redo(Direction::Undo, None).unwrap(), "import 2 credentials");
    assert_eq!((names(&*store), store.snapshot().unwrap().integrations.list.len()), (vec!["A".to_owned()], 0));
}

pub(super) fn different_fields_merge_and_the_same_one_conflicts<F: Factory>() {
    let factory = F::make(&clock());
    let (one, other) = (factory.open(), factory.open());
    let id = insert(&*one, "A");
    let base = Base::of(&one.credential(id).unwrap().unwrap());
    one.commit(edit(&base, CredentialField::Owner, "ana")).unwrap();
    other.commit(edit(&base, CredentialField::Description, "for the CMDB")).unwrap();
    let late = other.commit(edit(&base, CredentialField::Owner, "bob")).unwrap_err();
    let StoreError::Conflict(Conflict::Changed { fields, .. }) = late else { panic!("{late:?}") };
    let [field] = fields.as_slice() else { panic!("{fields:?}") };
    assert_eq!((field.field.as_str(), field.wanted.as_str(), field.stored.as_str()), ("owner", "bob", "ana"));
    let stored = other.credential(id).unwrap().unwrap();
    assert_eq!((stored.details.owner.as_str(), stored.details.description.as_str()), ("ana", "for the CMDB"));
    // An undo step is based on the field that it would revert.
    let now = Base::of(&stored);
    one.commit(edit(&now, CredentialField::Browser, "firefox")).unwrap();
    assert_eq!(other.undo_or_redo(Direction::Undo, None).unwrap(), "edit A");
    assert_eq!(one.credential(id).unwrap().unwrap().details.owner, "ana");
}

pub(super) fn nothing_is_undone_where_there_is_nothing<F: Factory>() {
    let factory = F::make(&clock());
    let store = factory.open();
    assert!(matches!(store.undo_or_redo(Direction::Undo, None), Err(StoreError::NothingToUndo)));
    let id = insert(&*store, "A");
    store.commit(refreshed(id, 1).into()).unwrap();
    assert_eq!(store.snapshot().unwrap().undo, ["add A"], "what no person edited is no step");
}

pub(super) fn a_lease_has_one_holder_and_others_wait_for_theirs_only<F: Factory>() {
    let factory = F::make(&clock());
    let (one, other) = (factory.open(), factory.open());
    let (a, b) = (insert(&*one, "A"), insert(&*one, "B"));
    let held = lease(&*one, a, Duration::ZERO).unwrap();
    let busy = lease(&*other, a, Duration::from_millis(50)).unwrap_err();
    assert!(matches!(busy, StoreError::Busy { held: LockKind::Lease, .. }), "{busy:?}");
    drop(lease(&*other, b, Duration::ZERO).unwrap());
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| lease(&*other, a, Duration::from_secs(60)).map(drop));
        drop(held);
        waiting.join().unwrap().unwrap();
    });
}

pub(super) fn an_edit_needs_no_lease<F: Factory>() {
    let factory = F::make(&clock());
    let (one, other) = (factory.open(), factory.open());
    let id = insert(&*one, "A");
    let held = lease(&*one, id, Duration::ZERO).unwrap();
    other.commit(Change::rename(id, &name("A"), &name("B")).into()).unwrap();
    insert(&*other, "C");
    drop(held);
    assert_eq!(names(&*one), ["B", "C"]);
}

pub(super) fn a_note_outlives_its_holder_until_an_answer_came<F: Factory>() {
    let factory = F::make(&clock());
    let id = insert(&*factory.open(), "A");
    let mut first = lease(&*factory.open(), id, Duration::ZERO).unwrap();
    assert_eq!(first.pending(), None);
    first.record_spending().unwrap();
    drop(first);
    let mut second = lease(&*factory.open(), id, Duration::ZERO).unwrap();
    assert_eq!(second.pending().unwrap().since, clock().now());
    drop(second);
    second = lease(&*factory.open(), id, Duration::ZERO).unwrap();
    assert!(second.pending().is_some(), "looking at it is no answer");
    second.clear_spending();
    drop(second);
    assert_eq!(lease(&*factory.open(), id, Duration::ZERO).unwrap().pending(), None);
}

pub(super) fn kept_tokens_are_taken_over_once_and_never_twice<F: Factory>() {
    let factory = F::make(&clock());
    let store = factory.open();
    let id = insert(&*store, "A");
    let mut held = lease(&*store, id, Duration::ZERO).unwrap();
    held.stash(&[refreshed(id, 1)]).unwrap();
    insert(&*factory.open(), "B");
    assert_eq!(access(&*store, id), None, "whoever holds the lease commits it");
    drop(held);
    insert(&*factory.open(), "C");
    assert_eq!(access(&*store, id).as_deref(), Some("a1"), "the next commit takes it over");
    let mut held = lease(&*store, id, Duration::ZERO).unwrap();
    held.stash(&[refreshed(id, 2)]).unwrap();
    store.commit(refreshed(id, 2).into()).unwrap();
    held.discard_stash();
    drop(held);
    store.commit(refreshed(id, 3).into()).unwrap();
    let mut held = lease(&*factory.open(), id, Duration::ZERO).unwrap();
    assert_eq!(access(&*store, id).as_deref(), Some("a3"), "what was committed is not put in again");
    held.stash(&[refreshed(id, 4)]).unwrap();
    drop(held);
    let _next = lease(&*factory.open(), id, Duration::ZERO).unwrap();
    assert_eq!(access(&*store, id).as_deref(), Some("a4"), "so does the next holder of the lease");
}

pub(super) fn tokens_that_come_for_a_deleted_credential_come_back_with_it<F: Factory>() {
    let factory = F::make(&clock());
    let store = factory.open();
    let id = insert(&*store, "A");
    store.commit(refreshed(id, 1).into()).unwrap();
    store.commit(Change::Remove { id }.into()).unwrap();
    let after = store.commit(refreshed(id, 2).into()).unwrap();
    assert!(after.credentials.by_id(id).is_none(), "it stays deleted");
    assert_eq!(store.undo_or_redo(Direction::Undo, None).unwrap(), "delete A");
    assert_eq!(access(&*store, id).as_deref(), Some("a2"));
    let gone = store.commit(Change::Revoked { id: CredentialId::random() }.into()).unwrap_err();
    assert!(matches!(gone, StoreError::Conflict(Conflict::Gone { .. })), "{gone:?}");
}

fn undo(store: &dyn Store) -> Result<String, StoreError> {
    store.undo_or_redo(Direction::Undo, None)
}

/// The next undo or redo step.
fn next(store: &dyn Store, direction: Direction) -> Step {
    let snapshot = store.snapshot().unwrap();
    let step = match direction {
        Direction::Undo => &snapshot.next_undo,
        Direction::Redo => &snapshot.next_redo,
    };
    step.clone().unwrap()
}

fn redo(store: &dyn Store) -> Result<String, StoreError> {
    store.undo_or_redo(Direction::Redo, None)
}

pub(super) fn what_was_undone_is_redone_until_the_next_edit<F: Factory>() {
    let factory = F::make(&clock());
    let store = factory.open();
    let id = insert(&*store, "A");
    insert(&*store, "B");
    store.commit(refreshed(id, 1).into()).unwrap();
    store.commit(Change::rename(id, &name("A"), &name("C")).into()).unwrap();
    for label in ["rename A to C", "add B", "add A"] {
        assert_eq!(undo(&*store).unwrap(), label);
    }
    assert_eq!(names(&*store), Vec::<String>::new());
    // Redone from another handle, as another process would open.
    let store = factory.open();
    for label in ["add A", "add B", "rename A to C"] {
        assert_eq!(next(&*store, Direction::Redo).label, label);
        assert_eq!(redo(&*store).unwrap(), label);
    }
    assert_eq!((names(&*store), access(&*store, id).as_deref()), (vec!["C".into(), "B".into()], Some("a1")));
    assert!(matches!(redo(&*store), Err(StoreError::NothingToRedo)));
    undo(&*store).unwrap();
    // A refresh does not clear the redo steps; an edit does.
    store.commit(refreshed(id, 2).into()).unwrap();
    assert_eq!(next(&*store, Direction::Redo).label, "rename A to C");
    insert(&*store, "D");
    assert!(store.snapshot().unwrap().next_redo.is_none());
    assert!(matches!(redo(&*store), Err(StoreError::NothingToRedo)));
}

pub(super) fn a_step_names_its_session_and_what_would_be_lost<F: Factory>() {
    let factory = F::make(&clock());
    let (store, other) = (factory.open(), factory.open());
    let id = insert(&*store, "A");
    let step = next(&*store, Direction::Undo);
    assert!(step.is_own && step.losses.is_empty() && !step.needs_consent(), "{step:?}");
    let theirs = next(&*other, Direction::Undo);
    assert!(!theirs.is_own && theirs.needs_consent(), "{theirs:?}");
    store.commit(refreshed(id, 1).into()).unwrap();
    let step = next(&*store, Direction::Undo);
    assert!(step.is_own && step.needs_consent(), "it has tokens now: {step:?}");
    assert_eq!(step.losses[0].in_words(), ["\"A\" is authenticated: its tokens would be deleted."]);
    // The user confirmed one step; by then, another one is next.
    insert(&*other, "B");
    let refused = store.undo_or_redo(Direction::Undo, Some(&step)).unwrap_err();
    assert!(matches!(&refused, StoreError::OtherStep { next } if next == "add B"), "{refused:?}");
    assert_eq!(names(&*store), ["A", "B"]);
    assert_eq!(undo(&*store).unwrap(), "add B");
    assert_eq!(store.undo_or_redo(Direction::Undo, Some(&step)).unwrap(), "add A");
}

pub(super) fn a_restored_record_is_where_it_was<F: Factory>() {
    let factory = F::make(&clock());
    let store = factory.open();
    let ids = ["A", "B", "C", "D", "E"].map(|text| insert(&*store, text));
    for id in &ids[1..4] {
        store.commit(Change::Remove { id: *id }.into()).unwrap();
    }
    assert_eq!(names(&*store), ["A", "E"]);
    let store = factory.open();
    for _ in 1..4 {
        undo(&*store).unwrap();
    }
    assert_eq!(names(&*store), ["A", "B", "C", "D", "E"]);
}

pub(super) fn a_refused_key_that_comes_back_is_still_refused<F: Factory>() {
    let factory = F::make(&clock());
    let store = factory.open();
    let mut typed_in = credential("A");
    let key = |text: &str| Secret::new(text.to_owned());
    typed_in.setup.secrets.insert(MAIN_SECRET.to_owned(), key("bad"));
    let id = typed_in.id;
    store.commit(Change::Insert(Box::new(typed_in)).into()).unwrap();
    let stored = || factory.open().credential(id).unwrap().unwrap();
    let refused = Change::KeyRefused { id, code: "HTTP 401".into(), tested: Some(stored().tested_revision()) };
    store.commit(refused.into()).unwrap();
    let enter = |text: &str| {
        let field = CredentialField::Secret(MAIN_SECRET.to_owned());
        let edit = Base::of(&stored()).edit(field, FieldValue::Secret(key(text))).unwrap();
        store.commit(Change::Edit { id, fields: vec![edit] }.into()).unwrap();
    };
    enter("other");
    assert!(stored().setback.is_none());
    undo(&*store).unwrap();
    assert!(matches!(stored().setback, Some(AuthFailure::Refused { code, .. }) if code == "HTTP 401"));
    redo(&*store).unwrap();
    assert!(stored().setback.is_none(), "the other one was not refused");
    enter("bad");
    assert!(stored().setback.is_some(), "and so is one that is typed in again");
    let proven = Change::Proven { id, by: ProvenBy::Test, host: None, tested: None };
    store.commit(proven.into()).unwrap();
    enter("other");
    enter("bad");
    assert!(stored().setback.is_none(), "it worked since");
}

pub(super) fn former_generations_are_listed_read_and_restored<F: Factory>() {
    let factory = F::make(&clock());
    let store = factory.open();
    insert(&*store, "A");
    let with_a = store.head().unwrap().generation;
    insert(&*store, "B");
    let newest = store.head().unwrap().generation;
    let numbers: Vec<u64> = store.versions().unwrap().iter().map(|one| one.number).collect();
    assert_eq!(numbers.last(), Some(&newest));
    assert!(numbers.contains(&with_a) && numbers.is_sorted());
    assert_eq!(store.version(with_a).unwrap().credentials.list.len(), 1);
    assert!(matches!(store.version(99), Err(StoreError::NoVersion { number: 99 })));
    assert!(matches!(store.restore(99), Err(StoreError::NoVersion { number: 99 })));
    factory.open().restore(with_a).unwrap();
    assert_eq!(names(&*store), ["A"]);
    assert!(store.head().unwrap().generation > newest, "above every generation that was seen");
    assert_eq!(store.version(newest).unwrap().credentials.list.len(), 2, "what it replaced is kept");
}

pub(super) fn writers_at_once_lose_nothing<F: Factory>() {
    let factory = F::make(&clock());
    let before = factory.open().head().unwrap().generation;
    std::thread::scope(|scope| {
        for writer in 0..8 {
            let factory = &factory;
            scope.spawn(move || {
                let store = factory.open();
                for n in 0..10 {
                    insert(&*store, &format!("{writer} {n}"));
                }
            });
        }
    });
    let store = factory.open();
    assert_eq!((names(&*store).len(), store.head().unwrap().generation), (80, before + 80));
}

pub(super) fn room_is_proven_without_a_trace<F: Factory>() {
    let factory = F::make(&clock());
    let store = factory.open();
    let before = store.head().unwrap();
    store.check_can_save(Wait { longest: Duration::from_secs(10), noticed: &mut || () }).unwrap();
    assert_eq!(store.head().unwrap(), before);
}
