//! Connection settings from the address, the service file, the password file and the variables of `libpq`.

use std::path::PathBuf;
use std::time::Duration;

use tokio_postgres::Config;
use tokio_postgres::config::SslMode;
use tokio_postgres_rustls::MakeRustlsConnect;
use zeroize::Zeroizing;

use super::deadlines::{ANSWER, CONNECT};
use super::password::{self, Server};
use super::refusal::Refusals;
use crate::nearest::suggestion;
use crate::problem::{Kind, Problem};
use crate::secret::Secret;
use crate::store::team::backend::address::{Database, is_loopback};
use crate::store::team::backend::platform::{self, Platform};
use crate::store::team::backend::{ini, tls};

const DEFAULT_HOST: &str = "localhost";
const DEFAULT_PORT: u16 = 5432;
/// The server's timeouts are shorter than ours, so a statement that we report as unanswered is not executed later. The
/// isolation level is pinned, because stricter levels raise errors that the statements do not expect.
const OPTIONS: &str = "-c statement_timeout=8000 -c lock_timeout=6000 -c idle_in_transaction_session_timeout=30000 \
                       -c default_transaction_isolation=read\\ committed -c client_min_messages=error";

pub(super) struct Settings {
    pub(super) place: String,
    pub(super) config: Config,
    pub(super) encryption: Encryption,
    has_password: bool,
    user: String,
    database: String,
}

/// How the connection is encrypted.
pub(super) enum Encryption {
    /// TLS that verifies the certificate chain and the host name.
    Verified(MakeRustlsConnect),
    /// Unencrypted, because the connection does not leave this machine.
    Local,
}

impl std::fmt::Debug for Settings {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Settings").field("place", &self.place).finish_non_exhaustive()
    }
}

impl Settings {
    pub(super) fn of(database: &Database, platform: &Platform) -> Result<Self, Problem> {
        let service = match &database.service {
            Some(name) => Service::read(name, platform)?,
            None => Service::default(),
        };
        let host = database.host.clone().or(service.host).unwrap_or_else(|| DEFAULT_HOST.to_owned());
        let port = database.port.or(service.port).unwrap_or(DEFAULT_PORT);
        let name = database.database.clone().or(service.database).unwrap_or_default();
        let person = || platform.variable("USER").map(str::to_owned);
        let user = database.user.clone().or(service.user).or_else(person).unwrap_or_else(|| "postgres".to_owned());
        if name.is_empty() {
            return Err(Problem::new(Kind::Usage, "Neither the address nor the service names a database.")
                .try_this("Add dbname= to the service, or the database to the address."));
        }
        let server = Server { host: &host, port, database: &name, user: &user };
        let password = match platform.password().cloned().or(service.password) {
            Some(password) => Some(password),
            None => password::find(&server, platform)?,
        };
        let mut config = config(&server);
        if let Some(password) = &password {
            config.password(password.expose());
        }
        let local = host.starts_with('/') || is_loopback(&host);
        let encryption = if local && !database.verify_loopback {
            config.ssl_mode(SslMode::Disable);
            Encryption::Local
        } else {
            config.ssl_mode(SslMode::Require);
            let roots = database.root_certificates.clone().map(PathBuf::from).or(service.roots);
            Encryption::Verified(MakeRustlsConnect::new(tls::verifying(roots_of(roots, platform).as_deref())?))
        };
        let shown = Database { host: Some(host), port: Some(port), user: Some(user.clone()), ..database.clone() };
        let place = Database { database: Some(name.clone()), service: None, ..shown }.to_string();
        Ok(Self { place, config, encryption, has_password: password.is_some(), user, database: name })
    }

    pub(super) fn refusals(&self) -> Refusals {
        Refusals {
            place: self.place.clone(),
            has_password: self.has_password,
            user: self.user.clone(),
            database: self.database.clone(),
        }
    }
}

/// The root certificates that `libpq` would use: the named file, or the one at the default path.
fn roots_of(named: Option<PathBuf>, platform: &Platform) -> Option<PathBuf> {
    let named = named.or_else(|| platform.variable("PGSSLROOTCERT").map(PathBuf::from));
    match named {
        // The value of `libpq` for the system's root certificates.
        Some(word) if word.as_os_str() == "system" => None,
        Some(path) => Some(path),
        None => Some(platform.file("PGSSLROOTCERT", ".postgresql/root.crt")).filter(|path| path.exists()),
    }
}

fn config(server: &Server<'_>) -> Config {
    let mut config = Config::new();
    // A host that begins with a slash is treated as the directory of a Unix socket.
    config.host(server.host).port(server.port).user(server.user).dbname(server.database);
    config.application_name("credenza").options(OPTIONS);
    config.connect_timeout(CONNECT).tcp_user_timeout(ANSWER).keepalives_idle(Duration::from_secs(60));
    // With these keepalives, an idle listening connection detects a dead peer within two minutes.
    config.keepalives_interval(Duration::from_secs(10)).keepalives_retries(3);
    config
}

/// A section of the service file.
#[derive(Default)]
struct Service {
    host: Option<String>,
    port: Option<u16>,
    user: Option<String>,
    database: Option<String>,
    password: Option<Secret>,
    roots: Option<PathBuf>,
}

impl Service {
    fn read(name: &str, platform: &Platform) -> Result<Self, Problem> {
        let path = platform.file("PGSERVICEFILE", ".pg_service.conf");
        let missing = |why: String| {
            Problem::new(Kind::Usage, format!("The service {name} is unknown."))
                .why(why)
                .try_this(format!("Add [{name}] with host=, dbname= and user= to {}.", path.display()))
        };
        let text = platform::read(&path)?.ok_or_else(|| missing(format!("There is no file {}.", path.display())))?;
        let section = ini::section(&text, name).ok_or_else(|| {
            missing(format!("{} has no such section.{}", path.display(), suggestion(name, ini::names(&text))))
        })?;
        let value = |key: &str| ini::value(&section, key).map(|value| String::clone(&value));
        let port = value("port").map(|port| port.parse().map_err(|_| missing(format!("\"{port}\" is no port."))));
        Ok(Self {
            host: value("host"),
            port: port.transpose()?,
            user: value("user"),
            database: value("dbname"),
            password: ini::value(&section, "password").map(|value: Zeroizing<String>| Secret::new(value.to_string())),
            roots: value("sslrootcert").map(PathBuf::from),
        })
    }
}
