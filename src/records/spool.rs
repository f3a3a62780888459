//! Stores records during a run: a part file, and an index of the record ids on disk, saved together page by page.
//!
//! Memory does not grow with the number of records: the index is in a database file (redb) with a small cache. Two of
//! its tables take turns: one holds what the last complete run read, the other what this run has read.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Seek as _, SeekFrom, Write as _};
use std::path::PathBuf;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use redb::{
    Database, ReadableDatabase as _, ReadableTable as _, ReadableTableMetadata as _, TableDefinition, WriteTransaction,
};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};

use super::run_dir::{RunDir, failed, open, read_only};
use crate::model::integration::{Counts, RecordError};
use crate::problem::{Kind, Problem};

/// Size of the database cache, in bytes.
const CACHE: usize = 12 << 20;

/// Interval between saves of the progress.
const CHECKPOINT: Duration = Duration::from_secs(1);

/// Longest id that is stored as it is, in bytes; longer ones are replaced by their digest.
const MAX_KEY: usize = 64;

/// From [`key`] of the id to the digest of the line.
type Digests = TableDefinition<'static, &'static [u8], [u8; 16]>;
const TABLES: [Digests; 2] = [TableDefinition::new("even"), TableDefinition::new("odd")];
const MARKS: TableDefinition<'static, [u8; 16], u64> = TableDefinition::new("marks");
const STATE: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("state");
const PROGRESS: &str = "progress";
/// State entry: which of [`TABLES`] the last complete run filled.
const LAST: &str = "last";

/// State entry: the [`RunKey::query`] of the last complete run. Missing if an older version ran it.
const QUERY: &str = "query";

/// Identifies what a run reads: a run with a different key does not resume another.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RunKey {
    /// A digest of everything that determines which records are read and how they are written.
    pub of: String,
    /// A digest of what determines which records exist: another query is expected to return other records.
    #[serde(default)]
    pub query: String,
    /// When the first session of the run began.
    pub began: Timestamp,
}

/// The progress of a run.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Progress {
    pub run: RunKey,
    /// The cursor of the next page, as the page reader writes it; `None`: all pages were read.
    pub next: Option<String>,
    /// Number of pages that were read.
    pub pages: u64,
    /// Number of records, by outcome.
    pub counts: Counts,
    /// How often a record came again with the same content; it is written only once.
    pub again: u64,
    /// The first errors that concern single records.
    pub errors: Vec<RecordError>,
    /// For each chosen field, whether any record had it.
    pub present: Vec<bool>,
    /// The total number of records, as the provider last reported it.
    pub total: Option<u64>,
    /// Number of consecutive pages without a new record.
    pub stale: u32,
    /// Substitutions that were made while reading, from the first notes of the pages.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Bytes of the part file that belong to the saved progress.
    length: u64,
}

/// The outcome of storing one record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SpooledRecord {
    /// The last run did not have it.
    Added,
    /// Its content differs from the last run.
    Updated,
    /// Its content is the same as in the last run.
    Skipped,
    /// This run already had it with the same content: not written again.
    Again,
    /// This run already had a record with this id and other content: not written.
    Twice,
}

/// Records of the last complete run that this run did not read.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct GoneRecords {
    /// Number of missing records.
    pub records: u64,
    /// Number of records in the last complete run.
    pub before: u64,
    /// Whether the last run made the same query.
    pub is_same_query: bool,
}

/// The spool for one record type of one integration.
pub struct Spool {
    path: PathBuf,
    database: Database,
    part: BufWriter<File>,
    transaction: Option<WriteTransaction>,
    progress: Option<Progress>,
    last: usize,
    last_query: Option<String>,
    saved: Instant,
}

impl Spool {
    /// Opens the spool, or creates it. Needs the run lock.
    ///
    /// # Errors
    /// `Kind::Storage` if a file cannot be opened. A damaged index is no error; it starts over: what it knew about the
    /// last run is lost, but no record is.
    pub fn open(place: &RunDir, load: &str) -> Result<Self, Problem> {
        place.create()?;
        let index = place.file(&format!("{load}.redb"));
        let database = match database(&index) {
            Ok(database) => database,
            Err(redb::DatabaseError::Storage(redb::StorageError::Io(error))) if !is_damage(&error) => {
                return Err(failed("cannot be used", &index, &error));
            }
            Err(_) => {
                place.remove(&format!("{load}.redb"));
                database(&index).map_err(|error| broken(&error.into()))?
            }
        };
        let path = place.file(&format!("{load}.part"));
        let part = open(&path).map_err(|error| failed("cannot be opened", &path, &error))?;
        let mut spool = Self {
            path,
            database,
            part: BufWriter::with_capacity(256 << 10, part),
            transaction: None,
            progress: None,
            last: 0,
            last_query: None,
            saved: Instant::now(),
        };
        spool.read_state().map_err(|error| broken(&error))?;
        Ok(spool)
    }

    /// The unfinished run, if there is one.
    #[must_use]
    pub fn unfinished(&self) -> Option<&Progress> {
        self.progress.as_ref()
    }

    /// Whether the part file still contains everything that the unfinished run has read; the user may have deleted the
    /// file.
    #[must_use]
    pub(crate) fn is_whole(&self) -> bool {
        let wanted = self.progress.as_ref().map_or(0, |progress| progress.length);
        self.part.get_ref().metadata().is_ok_and(|metadata| metadata.len() >= wanted)
    }

    /// Begins a run; drops an unfinished one.
    ///
    /// # Errors
    /// `Kind::Storage` if the part file or the index cannot be read or written.
    pub fn begin(&mut self, run: RunKey, first: String, fields: usize) -> Result<(), Problem> {
        self.progress = Some(Progress {
            run,
            next: Some(first),
            pages: 0,
            counts: Counts::default(),
            again: 0,
            errors: Vec::new(),
            present: vec![false; fields],
            total: None,
            stale: 0,
            notes: Vec::new(),
            length: 0,
        });
        let this = self.this();
        let empty = || -> Result<WriteTransaction, redb::Error> {
            let transaction = self.database.begin_write()?;
            transaction.delete_table(this)?;
            transaction.delete_table(MARKS)?;
            Ok(transaction)
        };
        self.transaction = Some(empty().map_err(|error| broken(&error))?);
        // Saved before the part file is truncated: after a crash between the two, the file must not be shorter than the
        // saved progress says.
        self.save()?;
        self.cut()
    }

    /// Resumes the unfinished run.
    ///
    /// # Errors
    /// `Kind::Storage` if the part file is too short or cannot be read; `Kind::Internal` if there is no unfinished run.
    pub fn resume(&mut self) -> Result<(), Problem> {
        self.cut()
    }

    /// The progress of the current run.
    ///
    /// # Errors
    /// `Kind::Internal` before [`begin`](Self::begin).
    pub fn progress(&mut self) -> Result<&mut Progress, Problem> {
        self.progress.as_mut().ok_or_else(|| Problem::internal("The spool has no run."))
    }

    /// Records that the page at the cursor `mark` is being read; `false` if it was read before, which means a loop.
    ///
    /// # Errors
    /// `Kind::Storage` if the part file or the index cannot be read or written.
    pub fn enter(&mut self, mark: &str) -> Result<bool, Problem> {
        let pages = self.progress()?.pages;
        let transaction = self.transaction()?;
        let note = || -> Result<bool, redb::Error> {
            let mut marks = transaction.open_table(MARKS)?;
            let known = marks.insert(digest(mark.as_bytes()), pages)?.is_some();
            Ok(!known)
        };
        note().map_err(|error| broken(&error))
    }

    /// Stores the records of a page in their order, and returns the outcome of each.
    ///
    /// # Errors
    /// `Kind::Storage` if the part file or the index cannot be read or written.
    pub(crate) fn put_all<'a>(
        &mut self,
        records: impl Iterator<Item = (&'a str, &'a [u8])>,
    ) -> Result<Vec<SpooledRecord>, Problem> {
        let (this, other) = (self.this(), TABLES[self.last]);
        self.transaction()?;
        let (Some(transaction), part) = (&self.transaction, &mut self.part) else {
            return Err(Problem::internal("The spool has no transaction."));
        };
        let mut written = 0;
        let put_all = || -> Result<Vec<SpooledRecord>, SpoolFailure> {
            let mut seen = transaction.open_table(this)?;
            let before = transaction.open_table(other)?;
            let mut puts = Vec::new();
            for (id, line) in records {
                let (id, content) = (key(id), digest(line));
                let known = seen.get(id.as_slice())?.map(|known| known.value());
                if let Some(known) = known {
                    puts.push(if known == content { SpooledRecord::Again } else { SpooledRecord::Twice });
                    continue;
                }
                part.write_all(line)?;
                part.write_all(b"\n")?;
                written += u64::try_from(line.len()).unwrap_or(u64::MAX).saturating_add(1);
                seen.insert(id.as_slice(), content)?;
                puts.push(match before.get(id.as_slice())?.map(|before| before.value()) {
                    None => SpooledRecord::Added,
                    Some(before) if before == content => SpooledRecord::Skipped,
                    Some(_) => SpooledRecord::Updated,
                });
            }
            Ok(puts)
        };
        let puts = put_all().map_err(|error| error.problem(&self.path))?;
        self.progress()?.length += written;
        Ok(puts)
    }

    /// Saves the progress if the last save is long enough ago.
    ///
    /// # Errors
    /// `Kind::Storage` if the part file or the index cannot be read or written.
    pub(crate) fn save_if_due(&mut self) -> Result<bool, Problem> {
        if self.saved.elapsed() < CHECKPOINT {
            return Ok(false);
        }
        self.save().map(|()| true)
    }

    /// Saves the progress: syncs the records first, then commits index and cursor in one transaction.
    ///
    /// # Errors
    /// `Kind::Storage` if the part file or the index cannot be read or written.
    pub fn save(&mut self) -> Result<(), Problem> {
        let flushed = self.part.flush().and_then(|()| self.part.get_ref().sync_data());
        flushed.map_err(|error| failed("cannot be written", &self.path, &error))?;
        self.transaction()?;
        let json =
            serde_json::to_vec(self.progress()?).map_err(|_| Problem::internal("Saved progress is not JSON."))?;
        self.commit(|transaction| {
            transaction.open_table(STATE)?.insert(PROGRESS, json.as_slice())?;
            Ok(())
        })?;
        self.saved = Instant::now();
        Ok(())
    }

    /// Reads the lines of the current run, to write them to the output.
    ///
    /// # Errors
    /// `Kind::Storage` if the part file or the index cannot be read or written.
    pub fn lines(&self) -> Result<BufReader<io::Take<File>>, Problem> {
        let length = self.progress.as_ref().map_or(0, |progress| progress.length);
        let file = read_only(&self.path).map_err(|error| failed("cannot be opened", &self.path, &error))?;
        Ok(BufReader::with_capacity(256 << 10, io::Read::take(file, length)))
    }

    /// Counts the records of the last complete run that this run did not read.
    ///
    /// # Errors
    /// `Kind::Storage` if the part file or the index cannot be read or written.
    pub fn gone(&self) -> Result<GoneRecords, Problem> {
        let Some(progress) = &self.progress else { return Ok(GoneRecords::default()) };
        let count = || -> Result<u64, redb::Error> {
            match self.database.begin_read()?.open_table(TABLES[self.last]) {
                Ok(table) => Ok(table.len()?),
                Err(redb::TableError::TableDoesNotExist(_)) => Ok(0),
                Err(error) => Err(error.into()),
            }
        };
        let before = count().map_err(|error| broken(&error))?;
        let records = before.saturating_sub(progress.counts.updated + progress.counts.skipped);
        let is_same_query = self.last_query.as_ref().is_none_or(|query| *query == progress.run.query);
        Ok(GoneRecords { records, before, is_same_query })
    }

    /// Completes the run: its records are what the next run compares with. Empties the part file.
    ///
    /// # Errors
    /// `Kind::Storage` if the part file or the index cannot be read or written.
    pub fn complete(&mut self) -> Result<(), Problem> {
        let (this, before) = (1 - self.last, TABLES[self.last]);
        let query = self.progress()?.run.query.clone();
        self.transaction()?;
        self.commit(|transaction| {
            transaction.delete_table(before)?;
            transaction.delete_table(MARKS)?;
            let mut state = transaction.open_table(STATE)?;
            state.remove(PROGRESS)?;
            state.insert(LAST, [u8::try_from(this).unwrap_or(0)].as_slice())?;
            state.insert(QUERY, query.as_bytes())?;
            Ok(())
        })?;
        self.last = this;
        self.last_query = Some(query);
        self.progress = None;
        self.part.get_ref().set_len(0).map_err(|error| failed("cannot be emptied", &self.path, &error))
    }

    /// Drops the run, so that the next one starts over. What the last complete run read is kept.
    ///
    /// # Errors
    /// `Kind::Storage` if the part file or the index cannot be read or written.
    pub fn abandon(&mut self) -> Result<(), Problem> {
        // Dropping the transaction rolls back what was not saved.
        self.transaction = None;
        self.progress = None;
        self.transaction()?;
        self.commit(|transaction| transaction.open_table(STATE)?.remove(PROGRESS).map(drop).map_err(redb::Error::from))
    }

    /// The table that this run fills.
    fn this(&self) -> Digests {
        TABLES[1 - self.last]
    }

    fn read_state(&mut self) -> Result<(), redb::Error> {
        let state = match self.database.begin_read()?.open_table(STATE) {
            Ok(state) => state,
            Err(redb::TableError::TableDoesNotExist(_)) => return Ok(()),
            Err(error) => return Err(error.into()),
        };
        self.last = state.get(LAST)?.map_or(0, |last| usize::from(last.value().first() == Some(&1)));
        let query = state.get(QUERY)?.map(|query| String::from_utf8_lossy(query.value()).into_owned());
        self.last_query = query;
        self.progress = state.get(PROGRESS)?.and_then(|json| serde_json::from_slice(json.value()).ok());
        Ok(())
    }

    /// Truncates the part file to what was saved, and seeks to its end.
    fn cut(&mut self) -> Result<(), Problem> {
        let length = self.progress()?.length;
        let part = self.part.get_mut();
        let held = part.metadata().map(|metadata| metadata.len());
        let cut = held.and_then(|held| {
            if held < length {
                return Err(io::Error::other("it is shorter than before"));
            }
            part.set_len(length)?;
            part.seek(SeekFrom::Start(length))
        });
        cut.map(drop).map_err(|error| failed("cannot be resumed", &self.path, &error))
    }

    fn transaction(&mut self) -> Result<&WriteTransaction, Problem> {
        if self.transaction.is_none() {
            let transaction = self.database.begin_write().map_err(|error| broken(&error.into()))?;
            self.transaction = Some(transaction);
        }
        self.transaction.as_ref().ok_or_else(|| Problem::internal("The spool has no transaction."))
    }

    fn commit(&mut self, last: impl FnOnce(&WriteTransaction) -> Result<(), redb::Error>) -> Result<(), Problem> {
        let Some(mut transaction) = self.transaction.take() else { return Ok(()) };
        // Makes the database open at once after a crash, without a scan of the whole index.
        transaction.set_quick_repair(true);
        last(&transaction)
            .and_then(|()| transaction.commit().map_err(redb::Error::from))
            .map_err(|error| broken(&error))
    }
}

impl std::fmt::Debug for Spool {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Spool").field("path", &self.path).field("progress", &self.progress).finish_non_exhaustive()
    }
}

/// An error of either part of the spool: the part file or the index.
enum SpoolFailure {
    Part(io::Error),
    Index(redb::Error),
}

impl SpoolFailure {
    fn problem(self, part: &std::path::Path) -> Problem {
        match self {
            Self::Part(error) => failed("cannot be written", part, &error),
            Self::Index(error) => broken(&error),
        }
    }
}

impl From<io::Error> for SpoolFailure {
    fn from(error: io::Error) -> Self {
        Self::Part(error)
    }
}

impl From<redb::TableError> for SpoolFailure {
    fn from(error: redb::TableError) -> Self {
        Self::Index(error.into())
    }
}

impl From<redb::StorageError> for SpoolFailure {
    fn from(error: redb::StorageError) -> Self {
        Self::Index(error.into())
    }
}

fn database(path: &std::path::Path) -> Result<Database, redb::DatabaseError> {
    let file = open(path)?;
    Database::builder().set_cache_size(CACHE).create_file(file)
}

/// Whether the content is not a valid index, as opposed to an I/O error of the disk.
fn is_damage(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
}

fn broken(error: &redb::Error) -> Problem {
    Problem::new(Kind::Storage, "The index of the records cannot be used.").why(format!("{error}.")).try_this(
        "If the disk is full, free some space. Then run the sync again. The index is in the sync folder below the \
         state folder.",
    )
}

/// A short id as it is: most providers number their records, and neighboring ids are then stored next to each other in
/// the index.
fn key(id: &str) -> Vec<u8> {
    let mut key = Vec::with_capacity(MAX_KEY + 1);
    if id.len() <= MAX_KEY {
        key.push(0);
        key.extend(id.as_bytes());
    } else {
        key.push(1);
        key.extend(digest(id.as_bytes()));
    }
    key
}

/// 128 bits of SHA-256.
fn digest(bytes: &[u8]) -> [u8; 16] {
    let mut short = [0; 16];
    short.copy_from_slice(&Sha256::digest(bytes)[..16]);
    short
}
