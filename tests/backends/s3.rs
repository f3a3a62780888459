//! A real store with the S3 protocol, given by `CREDENZA_TEST_S3=http://127.0.0.1:PORT`.

use std::net::SocketAddr;
use std::sync::Arc;

use credenza::store::team::backend::Backend;

use super::bucket::open_with;
use super::engine::{Engine, Losing};
use super::proxy::Proxy;
use super::real;

/// The test server requires a signature, but does not verify it.
const SIGNED: (&str, &str) = (
    "Authorization",
    "AWS4-HMAC-SHA256 Credential=id/20260101/us-east-1/s3/aws4_request, SignedHeaders=host, Signature=0",
);

/// A prefix of its own in a bucket.
pub(crate) struct S3 {
    server: SocketAddr,
    bucket: String,
    prefix: String,
    key: &'static str,
}

impl S3 {
    /// A prefix in the bucket that all tests share.
    pub(super) fn at(endpoint: &str) -> Self {
        let server = endpoint.trim_start_matches("http://").parse().unwrap();
        let prefix = format!("t/{}", uuid::Uuid::new_v4().simple());
        Self { server, bucket: "credenza-test".to_owned(), prefix, key: "id" }
    }

    /// A bucket of its own, because a listing by the test server scans every object of a bucket.
    fn apart(self) -> Self {
        let bucket = format!("t-{}", uuid::Uuid::new_v4().simple());
        super::azure::request("PUT", &format!("http://{}/{bucket}", self.server), &[], b"");
        Self { bucket, ..self }
    }

    /// With another access key, whose secret equals its id.
    pub(super) fn signed_by(mut self, key: &'static str) -> Self {
        self.key = key;
        self
    }

    fn through(&self, port: u16) -> Arc<dyn Backend> {
        let Self { bucket, prefix, key, .. } = self;
        open_with(&format!("s3://{bucket}/{prefix}?endpoint=http://127.0.0.1:{port}"), key)
    }
}

impl Engine for S3 {
    fn make(test: &str) -> Option<Self> {
        real::variable("CREDENZA_TEST_S3", test).map(|endpoint| Self::at(&endpoint).apart())
    }

    fn open(&self) -> Arc<dyn Backend> {
        self.through(self.server.port())
    }

    fn losing_one_answer(&self) -> Losing {
        let proxy = Proxy::to(self.server);
        Losing { backend: self.through(proxy.port), arm: proxy.arm() }
    }

    fn put_as_owner(&self, name: &str, body: Option<Vec<u8>>) {
        let name = name.replace(' ', "%20");
        let url = format!("http://{}/{}/{}/{name}", self.server, self.bucket, self.prefix);
        let method = if body.is_some() { "PUT" } else { "DELETE" };
        super::azure::request(method, &url, &[SIGNED], &body.unwrap_or_default());
    }
}
