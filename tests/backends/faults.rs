//! Tests of the fault injection and of the adjustable clock that other tests rely on.

use std::sync::Arc;
use std::time::{Duration, Instant};

use credenza::clock::Clock;
use credenza::store::team::backend::{Backend, BackendError, Expected, Write, Written};
use jiff::SignedDuration;

use super::engine::Engine as _;
use super::faulty::{Fault, Faults};
use super::memory::Memory;
use super::suite::{at, made, put};

fn memory() -> Memory {
    Memory::new(&Clock::settable("2026-11-23T10:00:00Z".parse().unwrap()))
}

fn faulty() -> (Faults, Arc<dyn Backend>) {
    let faults = Faults::default();
    let backend = faults.over(memory().open());
    (faults, backend)
}

fn creation(path: &str) -> Write {
    Write { path: at(path), expected: Expected::Absent, body: Some(b"1".to_vec()) }
}

#[test]
fn each_fault_does_what_it_says_to_one_write_and_to_several() {
    for (fault, written) in [
        (Fault::Unreachable, false),
        (Fault::UnknownBeforeWrite, false),
        (Fault::UnknownAfterWrite, true),
        (Fault::LostWrite, false),
    ] {
        for several in [false, true] {
            let (faults, backend) = faulty();
            faults.plan(0, fault);
            let answer = if several {
                backend.write_all(&[creation("a"), creation("b")]).map(Option::unwrap)
            } else {
                backend.write(creation("a"))
            };
            let fits = match fault {
                Fault::Unreachable => matches!(answer, Err(BackendError::Unreachable { .. })),
                Fault::LostWrite => matches!(answer, Ok(Written::Done(_))),
                _ => matches!(answer, Err(BackendError::Unknown { .. })),
            };
            assert!(fits, "{fault:?}: {answer:?}");
            assert_eq!(backend.get(&at("a")).unwrap().is_some(), written, "{fault:?}");
        }
    }
}

#[test]
fn a_lost_write_is_one_that_its_condition_lets_through() {
    let (faults, backend) = faulty();
    made(&*backend, "a", "1");
    faults.plan(0, Fault::LostWrite);
    assert_eq!(backend.write(creation("a")).unwrap(), Written::Conflict(at("a")));
    assert!(backend.get(&at("a")).unwrap().is_some());
    assert!(matches!(backend.write(creation("b")).unwrap(), Written::Done(_)));
    assert!(backend.get(&at("b")).unwrap().is_none());
    assert!(matches!(backend.write(creation("b")).unwrap(), Written::Done(_)));
    assert!(backend.get(&at("b")).unwrap().is_some(), "one write is lost");
}

#[test]
fn faults_come_where_they_are_planned_on_all_connections() {
    let (memory, faults) = (memory(), Faults::default());
    let [one, other] = [(); 2].map(|()| faults.over(memory.open()));
    faults.plan(1, Fault::Unreachable);
    faults.plan(0, Fault::Unreachable);
    let answers = [&one, &other, &one, &other].map(|backend| backend.now().is_ok());
    assert_eq!((answers, faults.calls()), ([true, false, false, true], 4));
    faults.fail_always(Some(Fault::Unreachable));
    assert!(other.now().is_err() && one.wait_for_change(Duration::from_secs(60)).is_err());
    faults.fail_always(None);
    assert!(one.now().is_ok());
}

#[test]
fn what_an_engine_cannot_do_is_no_call() {
    let (memory, faults) = (memory().one_at_a_time(), Faults::default());
    let backend = faults.over(memory.open());
    faults.plan(0, Fault::Unreachable);
    assert_eq!(backend.write_all(&[creation("a"), creation("b")]).unwrap(), None);
    assert_eq!((faults.calls(), backend.now().is_ok()), (0, false));
}

#[test]
fn a_slow_call_is_done_and_the_clock_is_moved() {
    let (faults, backend) = faulty();
    faults.plan(0, Fault::Slow(Duration::from_millis(50)));
    let started = Instant::now();
    made(&*backend, "a", "1");
    assert!(started.elapsed() >= Duration::from_millis(50));
    assert_eq!(backend.now().unwrap(), "2026-11-23T10:00:00Z".parse().unwrap());
    faults.move_clock(SignedDuration::from_secs(90));
    faults.move_clock(SignedDuration::from_secs(-30));
    assert_eq!(backend.now().unwrap(), "2026-11-23T10:01:00Z".parse().unwrap());
}

#[test]
fn its_owner_can_write_what_he_wants() {
    let memory = memory();
    let version = made(&memory, "a", "1");
    memory.put_as_owner("a", Some(b"forged".to_vec()));
    assert_eq!(put(&memory, "a", Expected::Version(version), "2"), Written::Conflict(at("a")));
    memory.put_as_owner("a", None);
    assert_eq!(memory.list("").unwrap(), []);
}
