//! Looks up a password in the password file of `libpq` (`PGPASSFILE`, `~/.pgpass`).

use std::path::Path;

use zeroize::Zeroizing;

use crate::problem::{Kind, Problem};
use crate::secret::Secret;
use crate::store::team::backend::platform::{self, Platform};

/// The values that a line of the file has to match.
pub(super) struct Server<'a> {
    pub(super) host: &'a str,
    pub(super) port: u16,
    pub(super) database: &'a str,
    pub(super) user: &'a str,
}

/// The password of the first matching line; `None` if the file or such a line does not exist.
pub(super) fn find(server: &Server<'_>, platform: &Platform) -> Result<Option<Secret>, Problem> {
    let path = platform.file("PGPASSFILE", ".pgpass");
    let Some(text) = platform::read(&path)? else { return Ok(None) };
    if open_to_others(&path) {
        return Err(Problem::new(Kind::Refused, format!("Others can read the password file {}.", path.display()))
            .why("psql ignores such a file as well.")
            .try_this(format!("chmod 600 '{}'", path.display())));
    }
    Ok(text.lines().find_map(|line| password(line, server)))
}

#[cfg(unix)]
fn open_to_others(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt as _;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o077 != 0)
}

#[cfg(not(unix))]
fn open_to_others(_: &Path) -> bool {
    false
}

/// Matches one line `host:port:database:user:password`. `*` matches everything; `\` escapes `:` and `\`.
fn password(line: &str, server: &Server<'_>) -> Option<Secret> {
    if line.starts_with('#') {
        return None;
    }
    let mut fields: Vec<Zeroizing<String>> = vec![Zeroizing::default()];
    let mut letters = line.chars();
    while let Some(letter) = letters.next() {
        match letter {
            '\\' => fields.last_mut()?.push(letters.next()?),
            ':' if fields.len() < 5 => fields.push(Zeroizing::default()),
            other => fields.last_mut()?.push(other),
        }
    }
    let [host, port, database, user, password] = fields.as_slice() else { return None };
    // The file names a Unix socket `localhost`.
    let wanted_host = if server.host.starts_with('/') { "localhost" } else { server.host };
    let wanted = [wanted_host, &server.port.to_string(), server.database, server.user];
    let matches = |(field, wanted): (&Zeroizing<String>, &str)| field.as_str() == "*" || field.as_str() == wanted;
    let all = [host, port, database, user].into_iter().zip(wanted).all(matches);
    (all && !password.is_empty()).then(|| Secret::new(password.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(line: &str) -> Option<String> {
        let server = Server { host: "db.acme.example", port: 5432, database: "vault", user: "ana" };
        password(line, &server).map(|password| password.expose().to_owned())
    }

    #[test]
    fn a_line_matches_by_all_four_fields() {
        assert_eq!(found("db.acme.example:5432:vault:ana:secret").as_deref(), Some("secret"));
        assert_eq!(found("*:*:*:ana:se\\:cr\\\\et:x").as_deref(), Some("se:cr\\et:x"));
        for other in ["db.acme.example:5433:vault:ana:no", "*:*:*:bob:no", "#*:*:*:*:no", "*:*:*:*", "*:*:*:*:", ""] {
            assert_eq!(found(other), None, "{other}");
        }
    }
}
