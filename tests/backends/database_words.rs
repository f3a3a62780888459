//! The messages for errors of PostgreSQL, and connections that break, hang or are terminated.

use std::sync::Arc;
use std::time::{Duration, Instant};

use credenza::store::team::backend::{Backend, BackendError, Expected, MAX_OBJECT, Write, Written, self_test};

use super::database::{Postgres, open_as};
use super::engine::Engine as _;
use super::real::this_test;
use super::suite::{at, made, put};

const PASSWORD: &str = "correct horse battery staple";

/// The error message and the advice.
fn refused<T: std::fmt::Debug>(answer: Result<T, BackendError>) -> (String, String) {
    match answer {
        Err(BackendError::Refused { why, try_this, .. }) => (why, try_this),
        other => panic!("{other:?}"),
    }
}

fn write(backend: &dyn Backend, path: &str) -> Result<Written, BackendError> {
    backend.write(Write { path: at(path), expected: Expected::Absent, body: Some(b"1".to_vec()) })
}

#[test]
fn a_wrong_password_is_named_and_never_shown() {
    let Some(engine) = Postgres::make(&this_test()) else { return };
    let user = engine.role(PASSWORD);
    let address = engine.address(&user, "127.0.0.1", engine.port());
    let wrong = open_as(&address, Some("incorrect donkey")).unwrap();
    let error = wrong.get(&at("a"));
    assert!(!format!("{error:?} {wrong:?}").contains("donkey"));
    assert_eq!(refused(error).0, format!("the password of {user} is wrong"));
    // The password file of the tests has no entry for this role.
    let (why, advice) = refused(open_as(&address, None).unwrap().get(&at("a")));
    assert_eq!(why, "it asks for a password, and none was found");
    assert!(advice.contains("~/.pgpass") && advice.contains(&user), "{advice}");
}

#[test]
fn a_database_and_a_table_that_are_missing_are_named() {
    let Some(engine) = Postgres::bare(&this_test()) else { return };
    let (why, advice) = refused(engine.open().get(&at("a")));
    assert_eq!(why, "there is no vault: the table credenza_objects is missing");
    assert!(advice.contains("create the vault"), "{advice}");
    let address = engine.address("credenza", "127.0.0.1", engine.port()).replace("/credenza?", "/nowhere?");
    let (why, advice) = refused(open_as(&address, None).unwrap().get(&at("a")));
    assert_eq!(why, "there is no database nowhere");
    assert!(advice.contains("createdb nowhere"), "{advice}");
}

#[test]
fn a_role_needs_the_grants_of_the_guide_and_no_more() {
    let Some(engine) = Postgres::make(&this_test()) else { return };
    let user = engine.role(PASSWORD);
    let address = engine.address(&user, "127.0.0.1", engine.port());
    let open = || open_as(&address, Some(PASSWORD)).unwrap();
    let (schema, table) = (engine.schema(), format!("{}.credenza_objects", engine.schema()));
    engine.sql(&format!("GRANT USAGE ON SCHEMA {schema} TO {user}"));
    let (why, advice) = refused(open().get(&at("a")));
    assert!(why.starts_with(&format!("{user} may not use the table")), "{why}");
    assert!(advice.contains("GRANT SELECT, INSERT, UPDATE, DELETE"), "{advice}");
    engine.sql(&format!("GRANT SELECT ON {table} TO {user}"));
    let reader = open();
    assert_eq!(reader.get(&at("a")).unwrap(), None);
    assert!(refused(write(&*reader, "a")).0.contains("may not use the table"));
    engine.sql(&format!(
        "GRANT INSERT, UPDATE, DELETE ON {table} TO {user}; GRANT USAGE ON SEQUENCE {table}_rev_seq TO {user}"
    ));
    let member = open();
    self_test::check(&*member, &|_, _| true).unwrap();
    member.prepare().unwrap();
    assert!(member.wait_for_change(Duration::ZERO).is_ok());
    let elsewhere = address.replace(&format!("schema={schema}"), "schema=pg_catalog");
    let (why, advice) = refused(open_as(&elsewhere, Some(PASSWORD)).unwrap().prepare());
    assert_eq!(why, format!("the role {user} has no privilege to create the table"));
    assert!(advice.contains("GRANT CREATE ON SCHEMA"), "{advice}");
}

#[test]
fn a_certificate_is_verified_by_name_and_authority() {
    let Some(engine) = Postgres::make(&this_test()) else { return };
    let folder = std::env::var("CREDENZA_TEST_POSTGRES_CERTIFICATES").unwrap();
    let tls = |host: &str, authority: &str| {
        let address = engine.address("credenza", host, engine.port());
        let address = format!("{address}&sslmode=verify-full&sslrootcert={folder}/{authority}.crt");
        open_as(&address, None).unwrap()
    };
    let fit = tls("localhost", "authority");
    made(&*fit, "a", "1");
    assert!(fit.wait_for_change(Duration::ZERO).is_ok());
    let (why, advice) = refused(tls("localhost", "other").get(&at("a")));
    assert_eq!(why, "its certificate was issued by an authority that this machine does not trust");
    assert!(advice.contains("~/.postgresql/root.crt"), "{advice}");
    assert_eq!(refused(tls("127.0.0.1", "authority").get(&at("a"))).0, "its certificate is for another name");
    assert_eq!(
        refused(tls("127.0.0.1", "authority").wait_for_change(Duration::ZERO)).0,
        "its certificate is for another name"
    );
    assert!(refused(write(&*tls("localhost", "other"), "b")).0.contains("authority"));
    assert_eq!(fit.list("").unwrap().len(), 1);
}

#[test]
fn two_may_make_the_table_at_once() {
    let Some(engine) = Postgres::bare(&this_test()) else { return };
    std::thread::scope(|scope| {
        for thread in (0..8).map(|_| scope.spawn(|| engine.open().prepare())).collect::<Vec<_>>() {
            thread.join().unwrap().unwrap();
        }
    });
    made(&*engine.open(), "a", "1");
    engine.open().prepare().unwrap();
    assert_eq!(engine.open().list("").unwrap().len(), 1);
}

#[test]
fn an_ended_connection_is_made_again() {
    let Some(engine) = Postgres::make(&this_test()) else { return };
    let backend = engine.open();
    made(&*backend, "a", "1");
    let ended = format!(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'credenza' AND query LIKE '%{}%'",
        engine.schema()
    );
    // `pg_terminate_backend` is asynchronous, so a connection may still be closing in the next round.
    for round in 0..3 {
        assert!(matches!(
            backend.wait_for_change(Duration::ZERO),
            Ok(true | false) | Err(BackendError::Unreachable { .. })
        ));
        engine.sql(&ended);
        assert_eq!(backend.get(&at("a")).unwrap().unwrap().body, b"1", "{round}");
    }
    let mut seen = backend.wait_for_change(Duration::from_secs(1));
    if seen.is_err() {
        seen = backend.wait_for_change(Duration::from_secs(1));
    }
    assert!(seen.unwrap(), "a connection that was broken may have missed a change");
}

#[test]
fn of_an_object_that_is_too_large_only_its_beginning_is_read() {
    let Some(engine) = Postgres::make(&this_test()) else { return };
    let table = format!("\"{}\".credenza_objects", engine.schema());
    let size = 2 * MAX_OBJECT;
    engine.sql(&format!("INSERT INTO {table} (path, body) VALUES ('a', convert_to(repeat('x', {size}), 'UTF8'))"));
    assert_eq!(engine.open().get(&at("a")).unwrap().unwrap().body.len(), MAX_OBJECT + 1);
}

#[test]
fn what_was_not_sent_is_unreachable_and_not_unknown() {
    let Some(engine) = Postgres::make(&this_test()) else { return };
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let backend = engine.through(closed);
    for answer in [backend.get(&at("a")).map(|_| ()), write(&*backend, "a").map(|_| ()), backend.now().map(|_| ())] {
        let Err(BackendError::Unreachable { place, .. }) = answer else { panic!("{answer:?}") };
        assert!(place.starts_with("postgres://credenza@127.0.0.1:"), "{place}");
    }
    assert!(matches!(backend.wait_for_change(Duration::ZERO), Err(BackendError::Unreachable { .. })));
}

#[test]
fn a_commit_whose_answer_is_lost_is_unknown_and_found() {
    let Some(engine) = Postgres::make(&this_test()) else { return };
    let proxy = engine.proxy();
    let backend = engine.through(proxy.port);
    made(&*backend, "a", "1");
    let writes: Vec<Write> =
        ["b", "c"].map(|path| Write { path: at(path), expected: Expected::Absent, body: Some(b"1".to_vec()) }).into();
    // The answers of a transaction arrive one by one; it depends on the lost one whether the outcome is known.
    proxy.arm()();
    let lost = backend.write_all(&writes);
    let there = engine.open().list("").unwrap().len();
    match lost {
        Err(BackendError::Unreachable { .. }) => assert_eq!(there, 1, "nothing was committed"),
        Err(BackendError::Unknown { .. }) => assert!(there == 1 || there == 3, "{there}"),
        other => panic!("{other:?}"),
    }
    assert!(proxy.connections() >= 1);
}

#[test]
fn a_locked_row_is_given_up_by_the_server_and_not_written_later() {
    let Some(engine) = Postgres::make(&this_test()) else { return };
    let backend = engine.open();
    let version = made(&*backend, "a", "1");
    let held = Arc::new(engine);
    let holder = Arc::clone(&held);
    let table = format!("{}.credenza_objects", held.schema());
    let locked = std::thread::spawn(move || {
        holder.sql(&format!("BEGIN; SELECT 1 FROM {table} WHERE path = 'a' FOR UPDATE; SELECT pg_sleep(9); COMMIT"));
    });
    let waiting = held.schema();
    // The holder has the lock once it sleeps.
    held.sql(&format!(
        "DO $$ BEGIN WHILE NOT EXISTS (SELECT 1 FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%{waiting}%' \
         AND wait_event = 'PgSleep') LOOP PERFORM pg_stat_clear_snapshot(); PERFORM pg_sleep(0.01); END LOOP; END $$"
    ));
    let started = Instant::now();
    let write = Write { path: at("a"), expected: Expected::Version(version.clone()), body: Some(b"2".to_vec()) };
    let late = backend.write(write);
    assert!(matches!(late, Err(BackendError::Unreachable { .. })), "{late:?}");
    assert!(started.elapsed() < Duration::from_secs(9), "the deadline is the server's");
    locked.join().unwrap();
    assert_eq!(backend.get(&at("a")).unwrap().unwrap().version, version);
    assert!(matches!(put(&*backend, "a", Expected::Version(version), "3"), Written::Done(_)));
}

#[test]
fn a_copy_that_is_only_read_says_so() {
    let Some(engine) = Postgres::make(&this_test()) else { return };
    let user = engine.role(PASSWORD);
    let schema = engine.schema();
    engine.sql(&format!(
        "GRANT USAGE ON SCHEMA {schema} TO {user}; GRANT ALL ON ALL TABLES IN SCHEMA {schema} TO {user}; \
         GRANT ALL ON ALL SEQUENCES IN SCHEMA {schema} TO {user}; ALTER ROLE {user} SET default_transaction_read_only = on"
    ));
    let backend = open_as(&engine.address(&user, "127.0.0.1", engine.port()), Some(PASSWORD)).unwrap();
    let (why, advice) = refused(write(&*backend, "a"));
    assert_eq!(
        (why.as_str(), advice.as_str()),
        ("it is a read-only standby server", "Name the primary server in the address.")
    );
}
