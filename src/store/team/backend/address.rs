//! Addresses of a team's store: `postgres://`, `s3://` and `az://`.

use std::fmt;

use url::Url;

use super::contract::ObjectPath;
use crate::nearest::suggestion;
use crate::problem::{Kind, Problem};

const SCHEMES: [&str; 4] = ["postgres", "postgresql", "s3", "az"];
/// The schema of the table if the address names none.
const DEFAULT_SCHEMA: &str = "public";
const EXAMPLES: &str = "Write postgres://user@host/database, s3://bucket/prefix or az://container/prefix.";

/// The location of a team's store, without any secrets.
#[derive(Clone, Debug, Eq, PartialEq)]
pub enum Address {
    /// A PostgreSQL database.
    Postgres(Database),
    /// A bucket of S3 or a compatible store.
    S3(Bucket),
    /// A container of Azure Blob Storage.
    Azure(Bucket),
}

/// A PostgreSQL database. Missing values come from the service file, then from the defaults of `psql`.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Database {
    /// The section of the service file (`pg_service.conf`).
    pub service: Option<String>,
    /// A host name, an IP address, or the directory of a Unix socket.
    pub host: Option<String>,
    /// The port; defaults to 5432.
    pub port: Option<u16>,
    /// The role to sign in as.
    pub user: Option<String>,
    /// The name of the database.
    pub database: Option<String>,
    /// The schema that contains the table.
    pub schema: String,
    /// A PEM file of root certificates to trust instead of the system's.
    pub root_certificates: Option<String>,
    /// Whether TLS is required on loopback as well.
    pub verify_loopback: bool,
}

/// An S3 bucket or an Azure container.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Bucket {
    pub name: String,
    /// The prefix of all object names, without a trailing slash; may be empty.
    pub prefix: String,
    /// The endpoint of an S3-compatible or Azure-compatible store.
    pub endpoint: Option<Url>,
    /// The region of an S3 bucket.
    pub region: Option<String>,
    /// The AWS profile whose credentials are used.
    pub profile: Option<String>,
    /// The storage account of an Azure container.
    pub account: Option<String>,
}

fn malformed(why: impl AsRef<str>, try_this: impl AsRef<str>) -> Problem {
    Problem::new(Kind::Usage, "The address of the store is malformed.").why(why).try_this(try_this)
}

impl Address {
    /// Parses an address as a person writes it.
    ///
    /// # Errors
    /// `Kind::Usage`, which names the invalid part.
    pub fn parse(text: &str) -> Result<Self, Problem> {
        let text = text.trim();
        let scheme = text.split_once("://").map(|(scheme, _)| scheme.to_lowercase());
        let Some(scheme) = scheme.filter(|scheme| SCHEMES.contains(&scheme.as_str())) else {
            let word = text.split([':', '/']).next().unwrap_or_default();
            return Err(malformed(
                format!("It begins with no scheme that is supported.{}", suggestion(word, SCHEMES)),
                EXAMPLES,
            ));
        };
        let url =
            Url::parse(text).map_err(|error| malformed(format!("{}.", capitalized(&error.to_string())), EXAMPLES))?;
        if url.password().is_some() || named(&url, "password").is_some() {
            return Err(Problem::new(Kind::Usage, "The address contains a password.")
                .why("An address is shown, shared and kept in the settings; a password must not be in it.")
                .try_this("Put it into ~/.pgpass or the file that PGPASSFILE names, and change it if others may have seen it."));
        }
        if url.fragment().is_some() {
            return Err(malformed("It contains the character #, which begins a fragment.", EXAMPLES));
        }
        match scheme.as_str() {
            "s3" => Bucket::parse(&url, &["endpoint", "region", "profile"]).map(Self::S3),
            "az" => Bucket::parse(&url, &["endpoint", "account"]).map(Self::Azure),
            _ => Database::parse(&url).map(Self::Postgres),
        }
    }
}

fn capitalized(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map(|first| first.to_uppercase().chain(letters).collect()).unwrap_or_default()
}

fn named(url: &Url, key: &str) -> Option<String> {
    url.query_pairs().find(|(name, value)| name == key && !value.is_empty()).map(|(_, value)| value.into_owned())
}

fn check_keys(url: &Url, known: &[&str]) -> Result<(), Problem> {
    for (key, _) in url.query_pairs() {
        if !known.contains(&&*key) {
            let why =
                format!("\"{key}\" is no setting of this kind of store.{}", suggestion(&key, known.iter().copied()));
            return Err(malformed(why, format!("The settings are {}.", known.join(", "))));
        }
    }
    Ok(())
}

fn decoded(text: &str, what: &str) -> Result<Option<String>, Problem> {
    let bytes: Vec<u8> = url::form_urlencoded::parse(format!("x={}", text.replace('+', "%2B")).as_bytes())
        .map(|(_, value)| value.into_owned().into_bytes())
        .next()
        .unwrap_or_default();
    let text = String::from_utf8(bytes).unwrap_or_default();
    if text.contains(char::REPLACEMENT_CHARACTER) || text.chars().any(char::is_control) {
        return Err(malformed(format!("The {what} contains characters that a {what} cannot have."), EXAMPLES));
    }
    Ok(Some(text).filter(|text| !text.is_empty()))
}

impl Database {
    const KEYS: [&str; 7] = ["service", "host", "port", "schema", "sslmode", "sslrootcert", "user"];

    fn parse(url: &Url) -> Result<Self, Problem> {
        check_keys(url, &Self::KEYS)?;
        let verify_loopback = match named(url, "sslmode").as_deref() {
            None => false,
            Some("verify-full") => true,
            Some(mode) => {
                let why = format!("sslmode={mode} does not verify who the server is; only verify-full does.");
                return Err(malformed(why, "Leave it out: verify-full is used, except on this machine itself."));
            }
        };
        let schema = named(url, "schema").unwrap_or_else(|| DEFAULT_SCHEMA.to_owned());
        let simple = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
        if !schema.chars().all(simple) || schema.starts_with(|c: char| c.is_ascii_digit()) || schema.len() > 40 {
            let why = "The schema name may have only lower-case letters, digits and _, at most 40 of them.";
            return Err(malformed(why, "Choose a simple name for the schema."));
        }
        let port = match named(url, "port") {
            None => url.port(),
            Some(text) => Some(text.parse().map_err(|_| malformed(format!("\"{text}\" is no port."), EXAMPLES))?),
        };
        let database = decoded(url.path().trim_start_matches('/'), "database")?;
        let service = named(url, "service");
        if database.is_none() && service.is_none() {
            return Err(malformed("It names no database.", EXAMPLES));
        }
        let host = decoded(url.host_str().unwrap_or_default().trim_matches(['[', ']']), "host")?;
        let user = decoded(url.username(), "user")?.or_else(|| named(url, "user"));
        let host = host.or_else(|| named(url, "host"));
        let root_certificates = named(url, "sslrootcert");
        Ok(Self { service, host, port, user, database, schema, root_certificates, verify_loopback })
    }
}

impl Bucket {
    fn parse(url: &Url, keys: &[&str]) -> Result<Self, Problem> {
        check_keys(url, keys)?;
        if !url.username().is_empty() || url.port().is_some() {
            return Err(malformed(
                "A bucket has no user and no port in its address.",
                "Name another server by ?endpoint=https://host:port.",
            ));
        }
        let name = url.host_str().unwrap_or_default().to_owned();
        let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '-' | '_');
        if !(3..=63).contains(&name.len()) || !name.chars().all(fits) {
            let why = format!(
                "\"{name}\" is not a valid bucket name: use 3 to 63 lower-case letters, digits, dots and hyphens."
            );
            return Err(malformed(why, EXAMPLES));
        }
        let prefix = url.path().trim_matches('/').to_owned();
        let segment = |part: &str| {
            !part.is_empty()
                && !part.starts_with('.')
                && part.chars().all(|c| c.is_ascii_alphanumeric() || "._-".contains(c))
        };
        if !prefix.is_empty() && !prefix.split('/').all(segment) {
            return Err(malformed(
                "Its prefix has other characters than letters, digits, dots, hyphens and underscores between slashes.",
                "Choose a prefix such as credenza/prod.",
            ));
        }
        let endpoint = named(url, "endpoint").map(|text| endpoint(&text)).transpose()?;
        let [region, profile, account] = ["region", "profile", "account"].map(|key| named(url, key));
        Ok(Self { name, prefix, endpoint, region, profile, account })
    }
}

/// Parses the endpoint of a compatible store: https, or http on loopback only.
pub(super) fn endpoint(text: &str) -> Result<Url, Problem> {
    let unusable = |why: &str| {
        Problem::new(Kind::Usage, format!("The endpoint {text} cannot be used."))
            .why(why)
            .try_this("Name it by https://host, without a user or a password.")
    };
    let url = Url::parse(text).map_err(|_| unusable("It is not a web address."))?;
    if url.password().is_some() || !url.username().is_empty() {
        return Err(Problem::new(Kind::Usage, "The endpoint contains a user or a password.")
            .why("Credentials come from the profile or the environment.")
            .try_this("Remove it from the endpoint."));
    }
    match url.scheme() {
        "https" => Ok(url),
        "http" if url.host_str().is_some_and(is_loopback) => Ok(url),
        "http" => Err(unusable("Without TLS, anyone on the network path could change the data.")),
        _ => Err(unusable("It begins with neither https nor http.")),
    }
}

/// The address to show to a person, with the server name if it is not the cloud provider's own.
pub(super) fn place(address: &Address, server: Option<&Url>) -> String {
    match server.and_then(Url::host_str) {
        Some(host) => format!("{address} at {host}"),
        None => address.to_string(),
    }
}

/// Whether a host name means this machine.
pub(super) fn is_loopback(host: &str) -> bool {
    let host = host.trim_matches(['[', ']']);
    host == "localhost" || host.parse().is_ok_and(|address: std::net::IpAddr| address.is_loopback())
}

/// Whether the text is a valid object path: segments of `[a-z0-9._-]` that are not empty and do not begin with a dot.
pub(super) fn is_object_path(text: &str) -> bool {
    let fits = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '.' | '_' | '-');
    let segment = |part: &str| !part.is_empty() && !part.starts_with('.') && part.chars().all(fits);
    text.len() <= 512 && text.split('/').all(segment)
}

/// Refuses a path that some backend could not store. Such a path is a bug, not a mistake of the user.
pub(super) fn checked(path: &ObjectPath) -> Result<&str, String> {
    if is_object_path(&path.0) {
        Ok(&path.0)
    } else {
        Err("a path has characters that no object's path has".to_owned())
    }
}

impl fmt::Display for Database {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("postgres://")?;
        if let Some(user) = &self.user {
            write!(f, "{user}@")?;
        }
        match self.host.as_deref() {
            Some(host) if host.contains(':') => write!(f, "[{host}]")?,
            Some(host) => f.write_str(host)?,
            None => {}
        }
        if let Some(port) = self.port.filter(|port| *port != 5432) {
            write!(f, ":{port}")?;
        }
        write!(f, "/{}", self.database.as_deref().unwrap_or_default())?;
        if let Some(service) = &self.service {
            write!(f, "?service={service}")?;
        }
        if self.schema != DEFAULT_SCHEMA {
            write!(f, "{}schema={}", if self.service.is_some() { '&' } else { '?' }, self.schema)?;
        }
        Ok(())
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, bucket) = match self {
            Self::Postgres(database) => return database.fmt(f),
            Self::S3(bucket) => ("s3", bucket),
            Self::Azure(bucket) => ("az", bucket),
        };
        write!(f, "{scheme}://{}", bucket.name)?;
        if !bucket.prefix.is_empty() {
            write!(f, "/{}", bucket.prefix)?;
        }
        Ok(())
    }
}
