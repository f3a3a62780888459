//! The SQL statements of the table, and the conversion of its rows.

use std::collections::HashMap;
use std::fmt;

use futures_util::future::join_all;
use tokio_postgres::types::Type;
use tokio_postgres::{Client, Error, GenericClient, Row};

use super::deadlines::{ANSWER, TRANSACTION};
use super::pool::Connection;
use super::refusal::{self, Refusals, Sent};
use crate::store::team::backend::address::is_object_path;
use crate::store::team::backend::contract::{
    BackendError, Expected, ListedObject, MAX_OBJECT, Object, ObjectPath, Version, Write, Written,
};

/// The statements for one schema.
pub(super) struct Statements {
    /// The channel of LISTEN and NOTIFY.
    pub(super) channel: String,
    exists: String,
    create: String,
    get: String,
    list: String,
    insert: String,
    update: String,
    delete: String,
}

impl fmt::Debug for Statements {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Statements").field("channel", &self.channel).finish_non_exhaustive()
    }
}

impl Statements {
    /// `schema` contains only lowercase letters, digits and `_` (checked in `address.rs`); it is quoted as a second
    /// line of defense.
    pub(super) fn of(schema: &str) -> Self {
        let table = format!("\"{schema}\".credenza_objects");
        let channel = format!("credenza_{schema}");
        let told = |change: &str| {
            format!("WITH changed AS ({change} RETURNING rev) SELECT rev, pg_notify('{channel}', '') FROM changed")
        };
        // The version is the time in milliseconds, shifted over the low 20 bits of a sequence. Restoring a backup
        // resets the sequence but not the clock, so an object never gets a version that another state of it had before.
        let rev = format!(
            "(floor(extract(epoch FROM clock_timestamp()) * 1000)::bigint << 20) \
             | (nextval(pg_get_serial_sequence('{table}', 'rev')) & 1048575)"
        );
        Self {
            exists: format!("SELECT to_regclass('{table}') IS NOT NULL"),
            // One sequence for all rows, so that an object which is deleted and created again never reuses a revision.
            create: format!(
                "CREATE TABLE IF NOT EXISTS {table} \
                 (path text COLLATE \"C\" PRIMARY KEY, rev bigserial NOT NULL, body bytea NOT NULL)"
            ),
            // A body that is too large is cut off, so its signature is invalid.
            get: format!("SELECT path, rev, substring(body FOR {}) FROM {table} WHERE path = ANY($1)", MAX_OBJECT + 1),
            list: format!(
                "SELECT path, rev, octet_length(body)::bigint FROM {table} \
                 WHERE path >= $1 AND ($2 = '' OR path < $2) ORDER BY path"
            ),
            insert: told(&format!(
                "INSERT INTO {table} (path, rev, body) VALUES ($1, {rev}, $2) ON CONFLICT (path) DO NOTHING"
            )),
            update: told(&format!("UPDATE {table} SET rev = {rev}, body = $2 WHERE path = $1 AND rev = $3")),
            delete: told(&format!("DELETE FROM {table} WHERE path = $1 AND rev = $2")),
            channel,
        }
    }
}

/// The precondition of a write as a statement parameter.
fn revision(expected: &Expected) -> Option<i64> {
    match expected {
        Expected::Absent => None,
        // The version of another backend is not a number, so it must not match any row.
        Expected::Version(Version(text)) => Some(text.parse().unwrap_or(-1)),
    }
}

/// Parameter types, in the order of the statements.
const PATH: Type = Type::TEXT;
const BODY: Type = Type::BYTEA;
const REVISION: Type = Type::INT8;

/// Creates the table if it does not exist. Checks first, because a role without the CREATE permission may use an
/// existing table.
pub(super) async fn prepare(client: &Client, statements: &Statements) -> Result<(), Error> {
    if client.query_typed_one(&statements.exists, &[]).await?.get(0) {
        return Ok(());
    }
    match client.batch_execute(&statements.create).await {
        // If two sessions create the table at once, the slower one fails because the name is taken.
        Err(error) if refusal::is_name_conflict(&error) => client.batch_execute(&statements.create).await,
        made => made,
    }
}

fn version(row: &Row, column: usize) -> Result<Version, Error> {
    row.try_get::<_, i64>(column).map(|revision| Version(revision.to_string()))
}

pub(super) async fn get(
    client: &Client,
    statements: &Statements,
    paths: &[String],
) -> Result<HashMap<String, Object>, Error> {
    let rows = client.query_typed(&statements.get, &[(&paths, Type::TEXT_ARRAY)]).await?;
    let object = |row: &Row| Ok((row.try_get(0)?, Object { version: version(row, 1)?, body: row.try_get(2)? }));
    rows.iter().map(object).collect()
}

/// Lists the objects below a prefix, sorted by path. Skips rows that this program cannot have written.
pub(super) async fn list(client: &Client, statements: &Statements, prefix: &str) -> Result<Vec<ListedObject>, Error> {
    let end = after(prefix);
    let rows = client.query_typed(&statements.list, &[(&prefix, PATH), (&end, PATH)]).await?;
    let mut listed = Vec::with_capacity(rows.len());
    for row in &rows {
        let path: String = row.try_get(0)?;
        if is_object_path(&path) {
            let size = u64::try_from(row.try_get::<_, i64>(2)?).unwrap_or_default();
            listed.push(ListedObject { path: ObjectPath(path), version: version(row, 1)?, size });
        }
    }
    Ok(listed)
}

/// The smallest string above all strings with this prefix, in byte order; empty for no upper bound.
fn after(prefix: &str) -> String {
    let mut end = prefix.to_owned();
    match end.pop().map(|last| u32::from(last) + 1).and_then(char::from_u32) {
        Some(next) => end.push(next),
        None => end.clear(),
    }
    end
}

/// One conditional write. Returns the new version (the inner `None` for a deleted object), or `None` if the
/// precondition failed.
pub(super) async fn write(
    client: &impl GenericClient,
    statements: &Statements,
    write: &Write,
) -> Result<Option<Option<Version>>, Error> {
    let path = write.path.0.as_str();
    let rows = match (&write.body, revision(&write.expected)) {
        (Some(body), None) => client.query_typed(&statements.insert, &[(&path, PATH), (body, BODY)]).await?,
        (Some(body), Some(rev)) => {
            client.query_typed(&statements.update, &[(&path, PATH), (body, BODY), (&rev, REVISION)]).await?
        }
        (None, Some(rev)) => client.query_typed(&statements.delete, &[(&path, PATH), (&rev, REVISION)]).await?,
        // Deleting an object that must not exist: succeeds if it does not exist.
        (None, None) => {
            let there = client.query_typed(&statements.get, &[(&[path].as_slice(), Type::TEXT_ARRAY)]).await?;
            return Ok(there.is_empty().then_some(None));
        }
    };
    let Some(row) = rows.first() else { return Ok(None) };
    let version = version(row, 0)?;
    Ok(Some(write.body.is_some().then_some(version)))
}

/// Performs all writes in one transaction. Nothing can be written before the commit is sent.
pub(super) async fn write_all(
    connection: &mut Connection,
    statements: &Statements,
    writes: &[Write],
    refusals: &Refusals,
) -> Result<Written, BackendError> {
    // Every writer locks rows in the same order, which avoids deadlocks.
    let mut order: Vec<usize> = (0..writes.len()).collect();
    order.sort_by_key(|index| &writes[*index].path);
    let within = tokio::time::timeout(TRANSACTION, async {
        let transaction = connection.transaction().await?;
        // Pipelined: all statements are sent before the first answer arrives.
        let answers = join_all(order.iter().map(|index| write(&transaction, statements, &writes[*index]))).await;
        let mut versions = vec![None; writes.len()];
        for (index, answer) in order.iter().zip(answers) {
            match answer {
                Ok(Some(version)) => versions[*index] = version,
                Err(error) if !refusal::is_conflict(&error) => return Err(error),
                Ok(None) | Err(_) => {
                    transaction.rollback().await?;
                    return Ok(Err(Written::Conflict(writes[*index].path.clone())));
                }
            }
        }
        Ok(Ok((transaction, versions)))
    });
    let (transaction, versions) = match within.await.map_err(|_| refusals.late(TRANSACTION))? {
        Ok(Ok(done)) => done,
        Ok(Err(conflict)) => return Ok(conflict),
        Err(error) => return Err(refusals.of(&error, Sent::Read)),
    };
    let commit = tokio::time::timeout(ANSWER, transaction.commit()).await;
    let committed = commit.map_err(|_| refusals.unknown_in_time(ANSWER))?;
    committed.map_err(|error| refusals.of(&error, Sent::Write))?;
    Ok(Written::Done(versions))
}

/// The server's time in microseconds since 1970.
pub(super) async fn now(client: &Client, _: &Statements) -> Result<i64, Error> {
    let row = client.query_typed_one("SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint", &[]).await?;
    row.try_get(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_before_the_next_text() {
        assert_eq!((after("record/"), after("a"), after("")), ("record0".to_owned(), "b".to_owned(), String::new()));
    }
}
