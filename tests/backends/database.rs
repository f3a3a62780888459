//! A real PostgreSQL, given by `CREDENZA_TEST_POSTGRES=USER@HOST:PORT/DATABASE`; the passwords are in the file given by
//! `CREDENZA_TEST_PGPASSFILE`.

use std::net::{SocketAddr, ToSocketAddrs as _};
use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use credenza::problem::Problem;
use credenza::secret::Secret;
use credenza::store::team::backend::address::Address;
use credenza::store::team::backend::platform::Platform;
use credenza::store::team::backend::{self, Backend};
use tokio_postgres::NoTls;

use super::engine::{Engine, Losing};
use super::proxy::Proxy;
use super::real;

/// A schema of its own, dropped at the end.
pub(crate) struct Postgres {
    user: String,
    server: SocketAddr,
    database: String,
    schema: String,
}

impl Postgres {
    /// A schema without the table.
    pub(super) fn bare(test: &str) -> Option<Self> {
        let named = real::variable("CREDENZA_TEST_POSTGRES", test)?;
        let (user, rest) = named.split_once('@').unwrap();
        let (server, database) = rest.split_once('/').unwrap();
        let server = server.to_socket_addrs().unwrap().next().unwrap();
        let schema = format!("t_{}", uuid::Uuid::new_v4().simple());
        let made = Self { user: user.to_owned(), server, database: database.to_owned(), schema };
        made.sql(&format!("CREATE SCHEMA {}", made.schema));
        Some(made)
    }

    pub(super) fn schema(&self) -> &str {
        &self.schema
    }

    pub(super) fn port(&self) -> u16 {
        self.server.port()
    }

    pub(super) fn proxy(&self) -> Proxy {
        Proxy::to(self.server)
    }

    /// The address of this schema with another host, port and user.
    pub(super) fn address(&self, user: &str, host: &str, port: u16) -> String {
        format!("postgres://{user}@{host}:{port}/{}?schema={}", self.database, self.schema)
    }

    pub(super) fn through(&self, port: u16) -> Arc<dyn Backend> {
        open_as(&self.address(&self.user, "127.0.0.1", port), None).unwrap()
    }

    /// Runs SQL as the owner of the database.
    pub(super) fn sql(&self, text: &str) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let password = std::env::var("CREDENZA_TEST_POSTGRES_PASSWORD").unwrap_or_default();
        runtime.block_on(async {
            let mut config = tokio_postgres::Config::new();
            config.host("127.0.0.1").port(self.port()).user(&self.user).dbname(&self.database).password(password);
            let (client, connection) = config.connect(NoTls).await.unwrap();
            let driven = tokio::task::spawn(connection);
            client.batch_execute(text).await.unwrap();
            driven.abort();
        });
    }

    /// Creates a role that may sign in with a password, and nothing else.
    pub(super) fn role(&self, password: &str) -> String {
        let name = format!("r_{}", uuid::Uuid::new_v4().simple());
        self.sql(&format!("CREATE ROLE {name} LOGIN PASSWORD '{password}'"));
        name
    }
}

/// Opens an address with a password, or with the password file of the tests.
pub(super) fn open_as(address: &str, password: Option<&str>) -> Result<Arc<dyn Backend>, Problem> {
    let file = std::env::var("CREDENZA_TEST_PGPASSFILE").unwrap();
    let mut platform = Platform::new(Path::new("/nowhere"), [("PGPASSFILE", file.as_str())]);
    if let Some(password) = password {
        platform = platform.with_password(Secret::new(password.to_owned()));
    }
    backend::open(&Address::parse(address)?, &platform)
}

impl Drop for Postgres {
    fn drop(&mut self) {
        // After a failed test, the schema is kept for inspection.
        if !std::thread::panicking() {
            self.sql(&format!("DROP SCHEMA {} CASCADE", self.schema));
        }
    }
}

impl Engine for Postgres {
    fn make(test: &str) -> Option<Self> {
        let made = Self::bare(test)?;
        made.open().prepare().unwrap();
        Some(made)
    }

    fn open(&self) -> Arc<dyn Backend> {
        self.through(self.port())
    }

    fn losing_one_answer(&self) -> Losing {
        let proxy = self.proxy();
        Losing { backend: self.through(proxy.port), arm: proxy.arm() }
    }

    fn put_as_owner(&self, name: &str, body: Option<Vec<u8>>) {
        let table = format!("{}.credenza_objects", self.schema);
        self.sql(&match body {
            Some(body) => format!(
                "INSERT INTO {table} (path, body) VALUES ('{name}', decode('{}', 'base64')) \
                 ON CONFLICT (path) DO UPDATE SET rev = DEFAULT, body = EXCLUDED.body",
                STANDARD.encode(&body)
            ),
            None => format!("DELETE FROM {table} WHERE path = '{name}'"),
        });
    }
}
