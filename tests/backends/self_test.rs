//! Stores that lose writes are refused, with the counts.

use std::sync::{Arc, Mutex};

use credenza::clock::Clock;
use credenza::store::team::backend::{Backend, BackendError, self_test};

use super::bucket::{Manner, Small};
use super::engine::Engine as _;
use super::faulty::{Fault, Faults};
use super::memory::Memory;
use super::real::{self, this_test};
use super::s3::S3;

fn faulty() -> (Faults, Arc<dyn Backend>) {
    let faults = Faults::default();
    let backend = faults.over(Memory::new(&Clock::system()).open());
    (faults, backend)
}

fn unfit(backend: &dyn Backend) -> String {
    match self_test::check(backend, &|_, _| true) {
        Err(BackendError::Unsuitable { why, .. }) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn a_store_that_ignores_versions_is_refused() {
    let engine = Small::that(Manner::IgnoresVersions);
    assert_eq!(
        unfit(&*engine.open()),
        "a write with a stale version was accepted: it ignores the condition of a write"
    );
}

#[test]
fn a_store_that_lets_everybody_create_is_refused_with_the_count() {
    let engine = Small::that(Manner::IgnoresAbsence);
    assert_eq!(
        unfit(&*engine.open()),
        "8 of 8 simultaneous attempts to create one object succeeded; exactly one should"
    );
}

#[test]
fn a_store_that_loses_one_write_is_refused() {
    // It does not matter which write is lost: a creation, a change or an increment.
    for skipped in [0, 40, 50, 72, 73, 78, 120] {
        let (faults, backend) = faulty();
        faults.plan(skipped, Fault::LostWrite);
        let checked = self_test::check(&*backend, &|_, _| true);
        assert!(matches!(checked, Err(BackendError::Unsuitable { .. })), "{skipped}: {checked:?}");
    }
    let (faults, backend) = faulty();
    faults.fail_always(Some(Fault::LostWrite));
    assert_eq!(unfit(&*backend), "an object that was written is missing");
}

#[test]
fn a_test_is_counted_and_ends_early_without_a_trace() {
    let backend = Memory::new(&Clock::system()).open();
    let counts = Mutex::new(Vec::new());
    let goes_on = |done, total| {
        counts.lock().unwrap().push((done, total));
        done < 20
    };
    assert!(matches!(self_test::check(&*backend, &goes_on), Err(BackendError::Canceled { .. })));
    let counts = counts.into_inner().unwrap();
    assert_eq!(counts[..9], (1..=9).map(|done| (done, 59)).collect::<Vec<_>>());
    assert!((20..=22).contains(&counts.len()), "both adders may have been counting: {counts:?}");
    assert_eq!(backend.list("").unwrap(), [], "what was written is removed");
}

#[test]
fn a_store_that_is_away_is_not_called_unfit() {
    let (faults, backend) = faulty();
    faults.plan(3, Fault::Unreachable);
    assert!(matches!(self_test::check(&*backend, &|_, _| true), Err(BackendError::Unreachable { .. })));
    assert_eq!(backend.list("").unwrap(), [], "what was written is removed");
}

#[test]
fn a_real_store_that_checks_and_writes_apart_is_refused() {
    let Some(endpoint) = real::variable("CREDENZA_TEST_S3_THREADED", &this_test()) else { return };
    // Concurrent requests make this store answer 500 at times, which is no verdict, so the check is repeated.
    let verdict = (0..20).find_map(|_| match self_test::check(&*S3::at(&endpoint).open(), &|_, _| true) {
        Err(BackendError::Unsuitable { why, .. }) => Some(why),
        Ok(_) | Err(BackendError::Unknown { .. } | BackendError::Unreachable { .. }) => None,
        other => panic!("{other:?}"),
    });
    let why = verdict.unwrap();
    assert!(why.contains("attempts to create one object") || why.contains("additions to one number"), "{why}");
}

#[test]
fn a_real_store_without_conditions_is_refused() {
    let Some(endpoint) = real::variable("CREDENZA_TEST_S3_UNCONDITIONAL", &this_test()) else { return };
    let why = unfit(&*S3::at(&endpoint).signed_by("S3RVER").open());
    assert!(why.contains("attempts to create one object") || why.contains("ignores the condition"), "{why}");
}
