//! Self-test of a store: does it honor the precondition of every conditional write?
//!
//! A store that loses even one write would sooner or later lose a refresh token. So a vault is neither created nor
//! joined on a store that fails the test.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Barrier, Mutex, PoisonError};

use super::contract::{Backend, BackendError, Expected, ObjectPath, Version, Write, Written};

/// Number of threads that create the same object at once, and number of rounds.
const CREATORS: usize = 8;
const ROUNDS: usize = 8;
/// Number of threads that increment the same counter at once, and increments of each.
const INCREMENTERS: usize = 2;
const INCREMENTS: usize = 25;
/// Bytes of a test object, about the size of a record. A store that does not check and write atomically loses more
/// writes with larger objects.
const SIZE: usize = 16 * 1024;
/// Attempts per increment before the test is aborted.
const MAX_ATTEMPTS: u64 = 400;

/// Total number of checks: the rounds of creation, the stale versions, and the increments.
const CHECKS: usize = ROUNDS + 1 + INCREMENTERS * INCREMENTS;

/// Progress callback: checks done, and checks in all. Returning false cancels the test.
pub(crate) type ProgressCheck<'a> = &'a (dyn Fn(usize, usize) -> bool + Sync);

/// The result of a passed test, to show to a person.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub struct Report {
    /// Objects that several threads created at once; exactly one creation of each succeeded.
    pub created: usize,
    /// Writes with a stale version; all were refused.
    pub stale: usize,
    /// Concurrent increments of one counter; none was lost.
    pub added: u64,
}

/// Tests the store below a random prefix, and deletes the test objects.
///
/// # Errors
/// [`BackendError::Unsuitable`] with the counts if a write was lost; [`BackendError::Canceled`]; otherwise as
/// [`Backend::write`].
pub fn check(backend: &dyn Backend, goes_on: ProgressCheck<'_>) -> Result<Report, BackendError> {
    let prefix = format!("selftest/{}/", uuid::Uuid::new_v4().simple());
    let done = tried(&Checks { backend, goes_on, done: AtomicUsize::new(0) }, &prefix);
    // A store that fails the test may fail the cleanup as well. The error of the test is reported first.
    let cleaned = backend.discard(&prefix);
    let report = done?;
    cleaned.map(|()| report)
}

/// A running self-test.
struct Checks<'a> {
    backend: &'a dyn Backend,
    goes_on: ProgressCheck<'a>,
    done: AtomicUsize,
}

impl Checks<'_> {
    /// Reports one more check as done.
    fn count(&self) -> Result<(), BackendError> {
        let done = self.done.fetch_add(1, Ordering::SeqCst) + 1;
        if (self.goes_on)(done, CHECKS) { Ok(()) } else { Err(BackendError::Canceled { place: self.backend.place() }) }
    }
}

fn tried(checks: &Checks<'_>, prefix: &str) -> Result<Report, BackendError> {
    let at = |name: &str| ObjectPath(format!("{prefix}{name}"));
    for round in 0..ROUNDS {
        one_creator(checks.backend, &at(&format!("created-{round}")))?;
        checks.count()?;
    }
    let stale = stale_versions(checks.backend, &at("stale"))?;
    checks.count()?;
    let added = additions(checks, &at("added"))?;
    Ok(Report { created: ROUNDS, stale, added })
}

fn unfit(backend: &dyn Backend, why: String) -> BackendError {
    BackendError::Unsuitable { place: backend.place(), why }
}

/// Runs `work` on several threads that start at the same time.
fn run_concurrently<T: Send>(count: usize, work: impl Fn(usize) -> T + Sync) -> Vec<T> {
    let (start, done) = (Barrier::new(count), Mutex::new(Vec::with_capacity(count)));
    std::thread::scope(|scope| {
        for index in 0..count {
            let (start, done, work) = (&start, &done, &work);
            scope.spawn(move || {
                start.wait();
                let value = work(index);
                done.lock().unwrap_or_else(PoisonError::into_inner).push(value);
            });
        }
    });
    done.into_inner().unwrap_or_else(PoisonError::into_inner)
}

fn write(
    backend: &dyn Backend,
    path: &ObjectPath,
    expected: Expected,
    body: String,
) -> Result<Option<Version>, BackendError> {
    let mut body = body.into_bytes();
    body.resize(SIZE, b' ');
    let written = backend.write(Write { path: path.clone(), expected, body: Some(body) })?;
    match written {
        Written::Done(versions) => match versions.into_iter().next().flatten() {
            Some(version) => Ok(Some(version)),
            None => Err(unfit(backend, "it returned no version of an object that it wrote".to_owned())),
        },
        Written::Conflict(_) => Ok(None),
    }
}

fn read(backend: &dyn Backend, path: &ObjectPath) -> Result<(Version, String), BackendError> {
    match backend.get(path)? {
        Some(object) => Ok((object.version, String::from_utf8_lossy(&object.body).trim_end().to_owned())),
        None => Err(unfit(backend, "an object that was written is missing".to_owned())),
    }
}

fn one_creator(backend: &dyn Backend, path: &ObjectPath) -> Result<(), BackendError> {
    let created = run_concurrently(CREATORS, |index| {
        let body = format!("creator {index}");
        write(backend, path, Expected::Absent, body.clone()).map(|version| version.map(|version| (version, body)))
    });
    let mut winners = Vec::new();
    for creator in created {
        winners.extend(creator?);
    }
    let kept = read(backend, path)?;
    match winners.as_slice() {
        [only] if *only == kept => Ok(()),
        [_] => Err(unfit(backend, "an object differs from what its only creator wrote".to_owned())),
        many => {
            let count = many.len();
            Err(unfit(
                backend,
                format!(
                    "{count} of {CREATORS} simultaneous attempts to create one object succeeded; exactly one should"
                ),
            ))
        }
    }
}

fn stale_versions(backend: &dyn Backend, path: &ObjectPath) -> Result<usize, BackendError> {
    let lost = |what: &str| unfit(backend, format!("{what}: it ignores the condition of a write"));
    let absent = || Expected::Absent;
    let Some(first) = write(backend, path, absent(), "first".to_owned())? else {
        return Err(unfit(backend, "a new object could not be made".to_owned()));
    };
    let Some(second) = write(backend, path, Expected::Version(first.clone()), "second".to_owned())? else {
        return Err(unfit(backend, "a write with the right version was refused".to_owned()));
    };
    if write(backend, path, Expected::Version(first.clone()), "stale".to_owned())?.is_some() {
        return Err(lost("a write with a stale version was accepted"));
    }
    if write(backend, path, absent(), "again".to_owned())?.is_some() {
        return Err(lost("an object that exists was made again"));
    }
    let removal = Write { path: path.clone(), expected: Expected::Version(first), body: None };
    if matches!(backend.write(removal)?, Written::Done(_)) {
        return Err(lost("an object was removed with a stale version"));
    }
    if read(backend, path)? == (second, "second".to_owned()) {
        Ok(3)
    } else {
        Err(unfit(backend, "a refused write changed the object".to_owned()))
    }
}

fn additions(checks: &Checks<'_>, path: &ObjectPath) -> Result<u64, BackendError> {
    let backend = checks.backend;
    if write(backend, path, Expected::Absent, "0".to_owned())?.is_none() {
        return Err(unfit(backend, "a new object could not be made".to_owned()));
    }
    for incrementer in run_concurrently(INCREMENTERS, |index| add(checks, path, index)) {
        incrementer?;
    }
    let (_, text) = read(backend, path)?;
    let (sum, wanted) = (number(&text), (INCREMENTS * INCREMENTERS) as u64);
    if sum == wanted {
        return Ok(sum);
    }
    Err(unfit(
        backend,
        format!("{INCREMENTERS} x {INCREMENTS} additions to one number at once gave {sum} instead of {wanted}"),
    ))
}

fn add(checks: &Checks<'_>, path: &ObjectPath, index: usize) -> Result<(), BackendError> {
    let backend = checks.backend;
    for addition in 0..INCREMENTS {
        let mut tries = 0;
        loop {
            let (version, text) = read(backend, path)?;
            // The thread and the attempt are appended so that two threads that write the same number write different
            // bodies.
            let next = format!("{} {index}-{addition}", number(&text) + 1);
            if write(backend, path, Expected::Version(version), next)?.is_some() {
                break;
            }
            tries += 1;
            if tries == MAX_ATTEMPTS {
                return Err(unfit(backend, format!("a write was refused {MAX_ATTEMPTS} times in a row")));
            }
        }
        checks.count()?;
    }
    Ok(())
}

fn number(text: &str) -> u64 {
    text.split(' ').next().and_then(|number| number.parse().ok()).unwrap_or_default()
}
