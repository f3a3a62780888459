//! The messages for errors of buckets, and which outcomes remain unknown.

use std::time::Duration;

use credenza::store::team::backend::{Backend, BackendError, Expected, Write, Written};

use super::azure::Azure;
use super::bucket::{Manner, Small, open};
use super::engine::Engine as _;
use super::real::{self, this_test};
use super::suite::{at, made};

fn write(backend: &dyn Backend) -> Result<Written, BackendError> {
    backend.write(Write { path: at("a"), expected: Expected::Absent, body: Some(b"1".to_vec()) })
}

/// The messages for a read and for a write if the bucket always sends this response.
fn refused(answer: &'static str) -> [(String, String); 2] {
    let backend = Small::that(Manner::Answers(answer)).open();
    [backend.get(&at("a")).map(|_| ()), write(&*backend).map(|_| ())].map(|answer| match answer {
        Err(BackendError::Refused { why, try_this, .. }) => (why, try_this),
        other => panic!("{other:?}"),
    })
}

#[test]
fn the_right_region_is_named() {
    let moved = "HTTP/1.1 301 Moved Permanently\r\nx-amz-bucket-region: eu-north-1\r\nContent-Length: 0\r\n\r\n";
    let malformed = "HTTP/1.1 400 Bad Request\r\nContent-Length: 92\r\n\r\n\
                     <Error><Code>AuthorizationHeaderMalformed</Code><Region>eu-north-1</Region><A></A><B></B></Error>";
    for answer in [moved, &malformed.replace("92", "97")] {
        for (why, advice) in refused(answer.to_owned().leak()) {
            assert_eq!(why, "the bucket test is in the region eu-north-1");
            assert_eq!(advice, "Add ?region=eu-north-1 to the address, or set AWS_REGION=eu-north-1.");
        }
    }
}

#[test]
fn a_missing_bucket_is_not_a_missing_object() {
    let missing = "HTTP/1.1 404 Not Found\r\nContent-Length: 40\r\n\r\n<Error><Code>NoSuchBucket</Code></Error>";
    for (why, advice) in refused(missing) {
        assert_eq!((why.as_str(), advice.as_str()), ("there is no bucket test", "Create it, or correct the address."));
    }
}

#[test]
fn a_clock_that_is_an_hour_off_is_named_with_the_minutes() {
    let skewed = "HTTP/1.1 403 Forbidden\r\nDate: Mon, 01 Jan 2024 00:00:00 GMT\r\nContent-Length: 48\r\n\r\n\
                  <Error><Code>RequestTimeTooSkewed</Code></Error>";
    for (why, advice) in refused(skewed) {
        assert!(
            why.starts_with("the clock of this machine is ") && why.contains(" minutes ahead of the store's"),
            "{why}"
        );
        assert!(advice.contains("NTP"), "{advice}");
    }
}

#[test]
fn missing_rights_and_wrong_credentials_are_told_apart() {
    let denied = "HTTP/1.1 403 Forbidden\r\nContent-Length: 40\r\n\r\n<Error><Code>AccessDenied</Code></Error>";
    let unknown = "HTTP/1.1 403 Forbidden\r\nContent-Length: 46\r\n\r\n<Error><Code>InvalidAccessKeyId</Code></Error>";
    for (why, advice) in refused(denied) {
        assert_eq!(why, "it answered 403 AccessDenied: the credentials may not do this");
        assert!(advice.contains("the environment (AWS_ACCESS_KEY_ID)"), "{advice}");
    }
    for (why, _) in refused(unknown) {
        assert_eq!(why, "it answered 403 InvalidAccessKeyId: the credentials are not valid");
    }
}

#[test]
fn a_store_without_conditional_writes_is_unfit() {
    let answer = "HTTP/1.1 501 Not Implemented\r\nContent-Length: 42\r\n\r\n<Error><Code>NotImplemented</Code></Error>";
    let backend = Small::that(Manner::Answers(answer)).open();
    let Err(BackendError::Unsuitable { why, .. }) = write(&*backend) else { panic!() };
    assert_eq!(why, "it answered 501 NotImplemented: it has no conditional writes");
}

#[test]
fn an_error_after_the_write_is_unknown_and_the_object_is_found() {
    let engine = Small::that(Manner::FailsAfterWriting);
    let backend = engine.open();
    let answer = write(&*backend);
    assert!(matches!(answer, Err(BackendError::Unknown { .. })), "{answer:?}");
    assert_eq!(backend.get(&at("a")).unwrap().unwrap().body, b"1");
    // A failed read changed nothing, so the store is only unreachable.
    engine.set(Manner::Answers("HTTP/1.1 503 Slow Down\r\nContent-Length: 0\r\n\r\n"));
    assert!(matches!(backend.get(&at("a")), Err(BackendError::Unreachable { .. })));
    assert!(matches!(write(&*backend), Err(BackendError::Unknown { .. })));
    engine.set(Manner::Answers("HTTP/1.1 429 Too Many Requests\r\nContent-Length: 0\r\n\r\n"));
    assert!(matches!(write(&*backend), Err(BackendError::Unreachable { .. })));
}

#[test]
fn a_foreign_name_that_is_no_path_spoils_no_listing() {
    let engine = Small::that(Manner::Fit);
    let backend = engine.open();
    made(&*backend, "record/a/setup", "1");
    for name in ["record//a", "record/../a", "record/a/", "//"] {
        engine.put_as_owner(name, Some(b"not ours".to_vec()));
    }
    let names: Vec<String> = backend.list("").unwrap().into_iter().map(|one| one.path.0).collect();
    assert_eq!(names, ["record/a/setup"]);
}

#[test]
fn a_store_that_is_away_is_unreachable() {
    let closed = std::net::TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    let backend = open(&format!("s3://test/team?endpoint=http://127.0.0.1:{closed}"));
    assert!(matches!(backend.get(&at("a")), Err(BackendError::Unreachable { .. })));
    assert!(matches!(write(&*backend), Err(BackendError::Unreachable { .. })));
    assert!(matches!(backend.list(""), Err(BackendError::Unreachable { .. })));
    assert!(matches!(backend.wait_for_change(Duration::ZERO), Err(BackendError::Unreachable { .. })));
    assert_eq!(backend.place(), "s3://test/team at 127.0.0.1");
}

#[test]
fn a_certificate_of_a_bucket_is_verified() {
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap().self_signed(&key).unwrap();
    let key = rustls::pki_types::PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let config = rustls::ServerConfig::builder_with_provider(rustls::crypto::aws_lc_rs::default_provider().into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .unwrap();
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    std::thread::spawn(move || {
        for mut connection in listener.incoming().flatten() {
            let mut tls = rustls::ServerConnection::new(config.clone().into()).unwrap();
            while tls.is_handshaking() && tls.complete_io(&mut connection).is_ok() {}
        }
    });
    let backend = open(&format!("s3://test/team?endpoint=https://localhost:{port}"));
    for answer in [backend.get(&at("a")).map(|_| ()), write(&*backend).map(|_| ())] {
        let Err(BackendError::Refused { why, try_this, .. }) = answer else { panic!("{answer:?}") };
        assert!(why.starts_with("its certificate"), "{why}");
        assert!(try_this.contains("AWS_CA_BUNDLE"), "{try_this}");
    }
}

#[test]
fn a_missing_bucket_of_a_real_store_is_named() {
    let Some(endpoint) = real::variable("CREDENZA_TEST_S3", &this_test()) else { return };
    let backend = open(&format!("s3://no-such-bucket/team?endpoint={endpoint}"));
    for answer in [backend.get(&at("a")).map(|_| ()), write(&*backend).map(|_| ()), backend.list("").map(|_| ())] {
        let Err(BackendError::Refused { why, .. }) = answer else { panic!("{answer:?}") };
        assert_eq!(why, "there is no bucket no-such-bucket");
    }
}

#[test]
fn a_missing_container_and_a_wrong_key_are_named() {
    let Some(engine) = Azure::named(&this_test()) else { return };
    let refused = |backend: &dyn Backend| match (backend.get(&at("a")), write(backend)) {
        (Err(BackendError::Refused { why, .. }), Err(BackendError::Refused { why: same, .. })) if why == same => why,
        other => panic!("{other:?}"),
    };
    let missing = engine.with("no-such-container", engine.key(), engine.port());
    assert_eq!(refused(&*missing), "there is no container no-such-container");
    let wrong = engine.with("credenza-test", "d3Jvbmcga2V5", engine.port());
    let why = refused(&*wrong);
    assert!(why.starts_with("it answered 403") && !why.contains("d3Jvbmcga2V5"), "{why}");
    made(&*engine.open(), "a", "1");
}
