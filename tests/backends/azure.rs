//! A real store with the Azure Blob Storage protocol, given by `CREDENZA_TEST_AZURE=http://127.0.0.1:PORT/ACCOUNT`; the
//! account key is in `CREDENZA_TEST_AZURE_KEY`.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::path::Path;
use std::sync::Arc;

use credenza::store::team::backend::address::Address;
use credenza::store::team::backend::platform::Platform;
use credenza::store::team::backend::{self, Backend};

use super::engine::{Engine, Losing};
use super::proxy::Proxy;
use super::real;

/// A prefix of its own in the container `credenza-test`.
pub(crate) struct Azure {
    server: SocketAddr,
    account: String,
    key: String,
    prefix: String,
}

impl Azure {
    pub(super) fn named(test: &str) -> Option<Self> {
        let endpoint = real::variable("CREDENZA_TEST_AZURE", test)?;
        let (server, account) = endpoint.trim_start_matches("http://").split_once('/').unwrap();
        let (server, account) = (server.parse().unwrap(), account.to_owned());
        let key = std::env::var("CREDENZA_TEST_AZURE_KEY").unwrap();
        Some(Self { server, account, key, prefix: format!("t/{}", uuid::Uuid::new_v4().simple()) })
    }

    pub(super) fn with(&self, container: &str, key: &str, port: u16) -> Arc<dyn Backend> {
        let (account, prefix) = (&self.account, &self.prefix);
        let address = format!("az://{container}/{prefix}?endpoint=http://127.0.0.1:{port}/{account}");
        let variables = [("AZURE_STORAGE_ACCOUNT", account.as_str()), ("AZURE_STORAGE_KEY", key)];
        backend::open(&Address::parse(&address).unwrap(), &Platform::new(Path::new("/nowhere"), variables)).unwrap()
    }

    pub(super) fn key(&self) -> &str {
        &self.key
    }

    pub(super) fn port(&self) -> u16 {
        self.server.port()
    }
}

impl Engine for Azure {
    fn make(test: &str) -> Option<Self> {
        Self::named(test)
    }

    fn open(&self) -> Arc<dyn Backend> {
        self.with("credenza-test", &self.key, self.server.port())
    }

    fn losing_one_answer(&self) -> Losing {
        let proxy = Proxy::to(self.server);
        Losing { backend: self.with("credenza-test", &self.key, proxy.port), arm: proxy.arm() }
    }

    fn put_as_owner(&self, name: &str, body: Option<Vec<u8>>) {
        // `.ci/backends` created this shared access signature for the container.
        let signature = std::env::var("CREDENZA_TEST_AZURE_SAS").unwrap();
        let name = name.replace(' ', "%20");
        let url = format!("http://{}/{}/credenza-test/{}/{name}?{signature}", self.server, self.account, self.prefix);
        let method = if body.is_some() { "PUT" } else { "DELETE" };
        let headers = [("x-ms-blob-type", "BlockBlob"), ("x-ms-version", "2021-12-02")];
        request(method, &url, &headers, &body.unwrap_or_default());
    }
}

/// Sends one request without a client library; panics unless the response is a success.
pub(super) fn request(method: &str, url: &str, headers: &[(&str, &str)], body: &[u8]) {
    let (host, path) = url.trim_start_matches("http://").split_once('/').unwrap();
    let mut connection = TcpStream::connect(host).unwrap();
    let length = body.len().to_string();
    let own = [("Content-Length", length.as_str())];
    let lines: Vec<String> = headers.iter().chain(&own).map(|(name, value)| format!("{name}: {value}\r\n")).collect();
    let text = format!("{method} /{path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n{}", lines.concat());
    connection.write_all(&[text.as_bytes(), b"\r\n", body].concat()).unwrap();
    let mut answer = String::new();
    connection.read_to_string(&mut answer).unwrap();
    assert!(answer.split(' ').nth(1).is_some_and(|status| status.starts_with('2')), "{answer}");
}
