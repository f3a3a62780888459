//! The behavior that every backend must have. Each test takes an engine; `mod.rs` runs each test on each engine.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use credenza::clock::Clock;
use credenza::store::team::backend::{
    Backend, BackendError, Expected, Object, ObjectPath, Version, Write, Written, self_test,
};

use super::engine::{Engine, Losing};

/// The names of all tests in the suite.
macro_rules! suite {
    ($($test:ident),+ $(,)?) => {
        macro_rules! held_by {
            ($engine:ty) => {
                $(#[test]
                fn $test() {
                    if let Some(engine) = <$engine as super::engine::Engine>::make(&super::real::this_test()) {
                        super::suite::$test(&engine);
                    }
                })+
            };
        }
        pub(super) use held_by;
    };
}

suite! {
    an_object_is_made_read_changed_and_removed,
    a_write_needs_the_state_that_it_expects,
    an_object_that_is_made_again_has_another_version,
    a_body_is_kept_byte_for_byte,
    a_listing_has_what_is_below_a_prefix,
    foreign_objects_are_left_out,
    several_objects_are_read_in_the_order_of_their_paths,
    several_writes_are_all_done_or_none,
    one_of_eight_creators_wins,
    a_write_whose_answer_is_lost_is_unknown_and_found,
    a_removal_whose_answer_is_lost_is_unknown_and_found,
    the_clock_goes_on,
    a_change_is_seen_within_two_seconds,
    a_fit_store_passes_the_self_test_and_is_left_as_it_was,
}

pub(super) fn at(path: &str) -> ObjectPath {
    ObjectPath(path.to_owned())
}

pub(super) fn put(backend: &dyn Backend, path: &str, expected: Expected, body: &str) -> Written {
    backend.write(Write { path: at(path), expected, body: Some(body.as_bytes().to_vec()) }).unwrap()
}

/// Creates an object and returns its version.
pub(super) fn made(backend: &dyn Backend, path: &str, body: &str) -> Version {
    version(put(backend, path, Expected::Absent, body))
}

fn version(written: Written) -> Version {
    let Written::Done(versions) = written else { panic!("{written:?}") };
    let [Some(version)] = versions.as_slice() else { panic!("{versions:?}") };
    version.clone()
}

fn conflict(path: &str) -> Written {
    Written::Conflict(at(path))
}

fn body(backend: &dyn Backend, path: &str) -> Option<String> {
    backend.get(&at(path)).unwrap().map(|object| String::from_utf8(object.body).unwrap())
}

fn removal(path: &str, version: &Version) -> Write {
    Write { path: at(path), expected: Expected::Version(version.clone()), body: None }
}

pub(super) fn an_object_is_made_read_changed_and_removed(engine: &impl Engine) {
    let (one, other) = (engine.open(), engine.open());
    assert_eq!(other.get(&at("record/a/setup")).unwrap(), None);
    let first = made(&*one, "record/a/setup", "1");
    let read = other.get(&at("record/a/setup")).unwrap();
    assert_eq!(read, Some(Object { version: first.clone(), body: b"1".to_vec() }));
    let second = version(put(&*other, "record/a/setup", Expected::Version(first.clone()), "2"));
    assert_ne!(first, second);
    assert_eq!(body(&*one, "record/a/setup").as_deref(), Some("2"));
    assert_eq!(one.write(removal("record/a/setup", &second)).unwrap(), Written::Done(vec![None]));
    assert_eq!(body(&*other, "record/a/setup"), None);
    assert_eq!(other.list("").unwrap(), []);
}

pub(super) fn a_write_needs_the_state_that_it_expects(engine: &impl Engine) {
    let backend = engine.open();
    let first = made(&*backend, "a", "1");
    assert_eq!(put(&*backend, "a", Expected::Absent, "x"), conflict("a"));
    let second = version(put(&*backend, "a", Expected::Version(first.clone()), "2"));
    assert_eq!(put(&*backend, "a", Expected::Version(first.clone()), "x"), conflict("a"));
    assert_eq!(backend.write(removal("a", &first)).unwrap(), conflict("a"));
    assert_eq!(put(&*backend, "b", Expected::Version(first.clone()), "x"), conflict("b"));
    assert_eq!(backend.write(removal("b", &first)).unwrap(), conflict("b"));
    let absent = |path: &str| Write { path: at(path), expected: Expected::Absent, body: None };
    assert_eq!(backend.write(absent("a")).unwrap(), conflict("a"));
    assert_eq!(backend.write(absent("b")).unwrap(), Written::Done(vec![None]));
    assert_eq!(backend.get(&at("a")).unwrap(), Some(Object { version: second, body: b"2".to_vec() }));
    assert_eq!(body(&*backend, "b"), None);
}

pub(super) fn an_object_that_is_made_again_has_another_version(engine: &impl Engine) {
    let backend = engine.open();
    let first = made(&*backend, "a", "1");
    backend.write(removal("a", &first)).unwrap();
    let again = made(&*backend, "a", "2");
    assert_ne!(first, again);
    assert_eq!(put(&*backend, "a", Expected::Version(first), "x"), conflict("a"));
    assert_eq!(put(&*backend, "a", Expected::Absent, "x"), conflict("a"));
    assert_eq!(body(&*backend, "a").as_deref(), Some("2"));
}

pub(super) fn a_body_is_kept_byte_for_byte(engine: &impl Engine) {
    let backend = engine.open();
    let large: Vec<u8> = (0..1_000_000_u32).map(|n| n.to_le_bytes()[(n % 3) as usize]).collect();
    for (path, body) in
        [("large", large), ("zero", vec![0]), ("all", (0..=255).collect()), ("lines", b"\r\n\n".to_vec())]
    {
        let write = Write { path: at(path), expected: Expected::Absent, body: Some(body.clone()) };
        backend.write(write).unwrap();
        assert!(backend.get(&at(path)).unwrap().unwrap().body == body, "{path}");
    }
}

pub(super) fn a_listing_has_what_is_below_a_prefix(engine: &impl Engine) {
    let backend = engine.open();
    let mut versions = Vec::new();
    for path in ["record/b/setup", "roster/0", "record/a/tokens", "record/a/setup", "recorder", "lease/a"] {
        versions.push((path, made(&*backend, path, &format!("body of {path}"))));
    }
    let names = |prefix: &str| backend.list(prefix).unwrap().into_iter().map(|one| one.path.0).collect::<Vec<_>>();
    assert_eq!(names("record/"), ["record/a/setup", "record/a/tokens", "record/b/setup"]);
    assert_eq!(names("record/a/"), ["record/a/setup", "record/a/tokens"]);
    assert_eq!(names("record/a/t"), ["record/a/tokens"]);
    assert_eq!(names("recor"), ["record/a/setup", "record/a/tokens", "record/b/setup", "recorder"]);
    assert_eq!((names("").len(), names("x").len()), (6, 0));
    for listed in backend.list("").unwrap() {
        let (path, version) = versions.iter().find(|(path, _)| *path == listed.path.0).unwrap();
        assert_eq!((&listed.version, listed.size), (version, path.len() as u64 + 8), "{path}");
    }
}

pub(super) fn foreign_objects_are_left_out(engine: &impl Engine) {
    let backend = engine.open();
    made(&*backend, "record/a/setup", "1");
    for name in ["record/Backup (2).zip", "README.md", "record/.hidden"] {
        engine.put_as_owner(name, Some(b"not ours".to_vec()));
    }
    let names: Vec<String> = backend.list("").unwrap().into_iter().map(|one| one.path.0).collect();
    if engine.leaves_out_foreign() {
        assert_eq!(names, ["record/a/setup"]);
        assert_eq!(backend.list("record/").unwrap().len(), 1);
        let refused = backend.write(Write { path: at("README.md"), expected: Expected::Absent, body: Some(vec![1]) });
        assert!(matches!(refused, Err(BackendError::Unsuitable { .. })), "{refused:?}");
    }
}

pub(super) fn several_objects_are_read_in_the_order_of_their_paths(engine: &impl Engine) {
    let backend = engine.open();
    for n in 0..20 {
        made(&*backend, &format!("record/{n}/setup"), &n.to_string());
    }
    let order = [7, 19, 400, 0, 7].into_iter().chain(0..300).map(|n| at(&format!("record/{n}/setup")));
    let paths: Vec<ObjectPath> = order.collect();
    let found = backend.read_all(&paths).unwrap();
    let texts: Vec<Option<String>> =
        found.into_iter().map(|one| one.map(|object| String::from_utf8(object.body).unwrap())).collect();
    let expected = |n: u32| (n < 20).then(|| n.to_string());
    assert_eq!(texts, [7, 19, 400, 0, 7].into_iter().chain(0..300).map(expected).collect::<Vec<_>>());
    assert_eq!(backend.read_all(&[]).unwrap(), []);
}

pub(super) fn several_writes_are_all_done_or_none(engine: &impl Engine) {
    let backend = engine.open();
    let (b, a) = (made(&*backend, "b", "1"), made(&*backend, "a", "1"));
    let change = |path: &str, expected: Expected, body: Option<&str>| Write {
        path: at(path),
        expected,
        body: body.map(|body| body.as_bytes().to_vec()),
    };
    let of = |version: &Version| Expected::Version(version.clone());
    let all = [change("new", Expected::Absent, Some("1")), change("b", of(&b), Some("2")), change("a", of(&a), None)];
    let Some(written) = backend.write_all(&all).unwrap() else {
        assert_eq!((body(&*backend, "new"), body(&*backend, "a").as_deref()), (None, Some("1")), "nothing was written");
        return;
    };
    let Written::Done(versions) = written else { panic!("{written:?}") };
    let [Some(new), Some(second), None] = versions.as_slice() else { panic!("{versions:?}") };
    assert_eq!(backend.get(&at("new")).unwrap().unwrap().version, *new);
    let late = [change("c", Expected::Absent, Some("1")), change("new", of(new), None), change("b", of(&b), Some("x"))];
    assert_eq!(backend.write_all(&late).unwrap(), Some(conflict("b")));
    assert_eq!((body(&*backend, "c"), body(&*backend, "new").as_deref()), (None, Some("1")));
    assert_eq!(backend.get(&at("b")).unwrap(), Some(Object { version: second.clone(), body: b"2".to_vec() }));
    assert_eq!(body(&*backend, "a"), None);
}

pub(super) fn one_of_eight_creators_wins(engine: &impl Engine) {
    let (won, barrier) = (AtomicUsize::new(0), std::sync::Barrier::new(8));
    std::thread::scope(|scope| {
        for n in 0..8 {
            let (won, barrier) = (&won, &barrier);
            scope.spawn(move || {
                let backend = engine.open();
                barrier.wait();
                if matches!(put(&*backend, "roster/0", Expected::Absent, &n.to_string()), Written::Done(_)) {
                    won.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
    });
    assert_eq!(won.into_inner(), 1);
}

pub(super) fn a_write_whose_answer_is_lost_is_unknown_and_found(engine: &impl Engine) {
    let Losing { backend, arm } = engine.losing_one_answer();
    assert_eq!(backend.get(&at("record/a/tokens")).unwrap(), None);
    arm();
    let write = Write { path: at("record/a/tokens"), expected: Expected::Absent, body: Some(b"write id 7".to_vec()) };
    let lost = backend.write(write);
    assert!(matches!(lost, Err(BackendError::Unknown { .. })), "{lost:?}");
    // Read through a new connection: it is our own write, and it happened once.
    assert_eq!(body(&*backend, "record/a/tokens").as_deref(), Some("write id 7"));
    assert_eq!(engine.open().list("").unwrap().len(), 1);
}

pub(super) fn a_removal_whose_answer_is_lost_is_unknown_and_found(engine: &impl Engine) {
    let version = made(&*engine.open(), "a", "1");
    let Losing { backend, arm } = engine.losing_one_answer();
    assert_eq!(body(&*backend, "a").as_deref(), Some("1"));
    arm();
    let lost = backend.write(removal("a", &version));
    assert!(matches!(lost, Err(BackendError::Unknown { .. })), "{lost:?}");
    assert_eq!(body(&*backend, "a"), None);
}

pub(super) fn the_clock_goes_on(engine: &impl Engine) {
    let backend = engine.open();
    let (first, second) = (backend.now().unwrap(), backend.now().unwrap());
    assert!(second >= first);
    // Both clocks are those of this machine, but one of them has a resolution of one second.
    let apart = Clock::system().now().duration_since(second).abs();
    assert!(apart.as_secs() < 60, "{apart:?}");
}

pub(super) fn a_change_is_seen_within_two_seconds(engine: &impl Engine) {
    let (watcher, writer) = (engine.open(), engine.open());
    made(&*writer, "a", "1");
    // The first calls may report earlier changes.
    let quiet = || !watcher.wait_for_change(Duration::from_millis(1800)).unwrap();
    assert!((0..5).any(|_| quiet()), "it reports changes without one");
    let started = Instant::now();
    std::thread::scope(|scope| {
        let seen = scope.spawn(|| watcher.wait_for_change(Duration::from_secs(20)).unwrap());
        made(&*writer, "b", "1");
        assert!(seen.join().unwrap());
    });
    let taken = started.elapsed();
    // Two seconds plus a margin for a busy machine.
    assert!(taken < Duration::from_secs(4), "{taken:?}");
}

pub(super) fn a_fit_store_passes_the_self_test_and_is_left_as_it_was(engine: &impl Engine) {
    let backend = engine.open();
    made(&*backend, "a", "1");
    let report = self_test::check(&*backend, &|_, _| true).unwrap();
    assert_eq!((report.created, report.stale, report.added), (8, 3, 50));
    let left: Vec<String> = backend.list("").unwrap().into_iter().map(|one| one.path.0).collect();
    assert_eq!(left, ["a"]);
}
