//! Translates errors of the database or of the connection into messages for people.

use std::time::Duration;

use tokio_postgres::Error;
use tokio_postgres::error::{DbError, SqlState};

use crate::printable::printable;
use crate::store::team::backend::contract::BackendError;
use crate::store::team::backend::tls;

/// Longest server message that is quoted, in characters.
const MAX_QUOTED: usize = 200;

/// What had been sent when the error occurred.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Sent {
    /// Only the sign-in.
    SignIn,
    /// A statement that changes nothing, or that is not committed yet.
    Read,
    /// The statements that create the table.
    Table,
    /// A write. If it was not answered, it may have happened.
    Write,
}

/// Builds the errors of one database.
#[derive(Clone, Debug)]
pub(super) struct Refusals {
    pub(super) place: String,
    pub(super) has_password: bool,
    pub(super) user: String,
    pub(super) database: String,
}

/// Nothing was written, because the transaction was rolled back in favor of a concurrent one.
pub(super) fn is_conflict(error: &Error) -> bool {
    matches!(error.code(), Some(code) if *code == SqlState::T_R_SERIALIZATION_FAILURE || *code == SqlState::T_R_DEADLOCK_DETECTED)
}

/// A concurrent session created an object of the same name.
pub(super) fn is_name_conflict(error: &Error) -> bool {
    let taken = [SqlState::UNIQUE_VIOLATION, SqlState::DUPLICATE_TABLE, SqlState::DUPLICATE_OBJECT];
    error.code().is_some_and(|code| taken.contains(code))
}

impl Refusals {
    pub(super) fn late(&self, after: Duration) -> BackendError {
        self.unreachable(format!("it did not answer within {} seconds", after.as_secs()))
    }

    pub(super) fn unknown_in_time(&self, after: Duration) -> BackendError {
        let why = format!("it did not answer within {} seconds", after.as_secs());
        BackendError::Unknown { place: self.place.clone(), why }
    }

    pub(super) fn broken(&self) -> BackendError {
        self.unreachable("the connection broke".to_owned())
    }

    fn unreachable(&self, why: String) -> BackendError {
        BackendError::Unreachable { place: self.place.clone(), why }
    }

    fn refused(&self, why: impl Into<String>, try_this: impl Into<String>) -> BackendError {
        BackendError::Refused { place: self.place.clone(), why: why.into(), try_this: try_this.into(), password: false }
    }

    /// A refusal that another password could resolve.
    fn refused_password(&self, why: impl Into<String>, try_this: impl Into<String>) -> BackendError {
        BackendError::Refused { place: self.place.clone(), why: why.into(), try_this: try_this.into(), password: true }
    }

    pub(super) fn of(&self, error: &Error, sent: Sent) -> BackendError {
        if let Some(answer) = error.as_db_error() {
            return self.of_answer(answer, sent);
        }
        if let Some(why) = tls::refused_certificate(error) {
            return self.refused(
                why,
                "Ask who runs the database for the certificate of its authority and put it into \
                 ~/.postgresql/root.crt, or name its file in PGSSLROOTCERT.",
            );
        }
        let why = printable(&innermost(error), MAX_QUOTED);
        if sent == Sent::SignIn && !self.has_password && why.contains("password missing") {
            return self.no_password();
        }
        if sent == Sent::SignIn && why.contains("does not support TLS") {
            return self.refused(
                "it offers no TLS, so its identity cannot be verified",
                "Switch TLS on in the database (ssl = on), or reach it through a tunnel that ends on this machine.",
            );
        }
        match sent {
            Sent::Write => BackendError::Unknown { place: self.place.clone(), why },
            Sent::SignIn | Sent::Read | Sent::Table => self.unreachable(why),
        }
    }

    fn no_password(&self) -> BackendError {
        let advice = format!("Add a line host:port:database:user:password for {} to ~/.pgpass (mode 0600).", self.user);
        self.refused_password("it asks for a password, and none was found", advice)
    }

    fn of_answer(&self, answer: &DbError, sent: Sent) -> BackendError {
        let (user, database) = (&self.user, &self.database);
        let code = answer.code();
        let said = printable(answer.message(), MAX_QUOTED);
        match code.code() {
            "28P01" | "28000" if !self.has_password => self.no_password(),
            "28P01" => self.refused_password(
                format!("the password of {user} is wrong"),
                "Correct the line in ~/.pgpass, the password that your identity keeps, or that of the role.",
            ),
            "28000" => {
                self.refused(said, format!("Let {user} in from this machine (pg_hba.conf), or use another role."))
            }
            "3D000" => self.refused(
                format!("there is no database {database}"),
                format!("Create it (createdb {database}), or correct the address."),
            ),
            "42501" if sent == Sent::Table => self.refused(
                format!("the role {user} has no privilege to create the table"),
                format!(
                    "Ask the schema's owner to create the table, or to run: GRANT CREATE ON SCHEMA public TO {user};"
                ),
            ),
            "42501" => self.refused(
                format!("{user} may not use the table: {said}"),
                format!(
                    "Let its owner run: GRANT SELECT, INSERT, UPDATE, DELETE ON credenza_objects TO {user}; GRANT \
                     USAGE ON SEQUENCE credenza_objects_rev_seq TO {user};"
                ),
            ),
            "3F000" => self.refused(
                format!("the schema in its address does not exist: {said}"),
                "Correct the address, or have the schema created: CREATE SCHEMA NAME.",
            ),
            "42P01" => self.refused(
                "there is no vault: the table credenza_objects is missing",
                "Correct the address, or create the vault first.",
            ),
            "25006" => self.refused("it is a read-only standby server", "Name the primary server in the address."),
            // Too many connections, starting up, or out of resources such as disk: nothing was done.
            code if code.starts_with("53") || code == "57P03" => self.unreachable(said),
            // Terminated by an operator, before or after the commit.
            code if ends_connection(answer) || code == "40003" => match sent {
                Sent::Write => BackendError::Unknown { place: self.place.clone(), why: said },
                _ => self.unreachable(said),
            },
            // A statement timeout or lock timeout: the statement was rolled back.
            "57014" | "55P03" => self.unreachable(said),
            code => self.refused(format!("{said} (SQLSTATE {code})"), "Ask the database's administrator."),
        }
    }
}

/// The innermost cause; the outer errors only say "error communicating with the server".
fn innermost(error: &Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(source) = cause.source() {
        cause = source;
    }
    cause.to_string()
}

/// Whether the server closes the connection with this error: an operator's command or a broken connection (classes 57P,
/// 08).
pub(super) fn ends_connection(answer: &DbError) -> bool {
    let code = answer.code().code();
    code.starts_with("57P") || code.starts_with("08")
}
