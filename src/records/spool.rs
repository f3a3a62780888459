//! Records on their way: a part file, and an index on disk of the ids there are, saved together page by page.
//!
//! Memory does not grow with the records: the index is in a database file (redb) with a small cache. Two of its tables
//! take turns: one holds what the last complete run saw, the other what this one sees.

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

/// Memory for the index, in bytes.
const CACHE: usize = 12 << 20;

/// How often is saved how far it is.
const CHECKPOINT: Duration = Duration::from_secs(1);

/// Ids that are longer are told apart by their digest.
const MAX_KEY: usize = 64;

/// By [`key`], the digest of the line.
type Digests = TableDefinition<'static, &'static [u8], [u8; 16]>;
const TABLES: [Digests; 2] = [TableDefinition::new("even"), TableDefinition::new("odd")];
const MARKS: TableDefinition<'static, [u8; 16], u64> = TableDefinition::new("marks");
const STATE: TableDefinition<'static, &str, &[u8]> = TableDefinition::new("state");
const PROGRESS: &str = "progress";
/// Which of [`TABLES`] the last complete run filled.
const LAST: &str = "last";

/// The [`RunKey::query`] of the last complete run; without it, that of an older version.
const QUERY: &str = "query";

/// Identifies what a run reads: a run with a different key does not resume another.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
pub struct RunKey {
    /// A digest of everything that decides which records come and how they are written.
    pub of: String,
    /// A digest of what decides which records there are: of another query other records are expected.
    #[serde(default)]
    pub query: String,
    /// When its first session began.
    pub began: Timestamp,
}

/// How far a run is.
#[derive(Clone, Debug, Deserialize, Serialize)]
pub struct Progress {
    pub run: RunKey,
    /// The cursor of the next page, as the page reader writes it; `None`: all were read.
    pub next: Option<String>,
    /// Pages that were read.
    pub pages: u64,
    /// How many records.
    pub counts: Counts,
    /// How often a record came again with the same content; it is written once.
    pub again: u64,
    /// The first errors of single records.
    pub errors: Vec<RecordError>,
    /// Which of the chosen fields some record had.
    pub present: Vec<bool>,
    /// The total, as the provider last said.
    pub total: Option<u64>,
    /// Pages in a row that brought nothing new.
    pub stale: u32,
    /// Substitutions made while reading: the first of the pages' notes.
    #[serde(default)]
    pub notes: Vec<String>,
    /// Bytes of the part file that belong to it.
    length: u64,
}

/// What became of one record.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub enum SpooledRecord {
    /// It was not there at the last run.
    Added,
    /// It is different from the last run.
    Updated,
    /// It is as it was at the last run.
    Skipped,
    /// This run had it before, with the same content: not written again.
    Again,
    /// This run had another record of that id before: not written.
    Twice,
}

/// Records missing since the last complete run.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
pub struct GoneRecords {
    /// So many records.
    pub records: u64,
    /// How many there were.
    pub before: u64,
    /// Whether the last run asked for the same records.
    pub is_same_query: bool,
}

/// The records of one kind of one integration.
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
    /// Opens it, or makes it. Needs the run lock.
    ///
    /// # Errors
    /// Storage. An index that is damaged starts over: what it knew of the last run is lost, no record is.
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

    /// The run that did not end, if there is one.
    #[must_use]
    pub fn unfinished(&self) -> Option<&Progress> {
        self.progress.as_ref()
    }

    /// Whether the part file still holds what the unfinished run has read; it may have been deleted.
    #[must_use]
    pub(crate) fn is_whole(&self) -> bool {
        let wanted = self.progress.as_ref().map_or(0, |progress| progress.length);
        self.part.get_ref().metadata().is_ok_and(|metadata| metadata.len() >= wanted)
    }

    /// Begins a run; what an unfinished one had is dropped.
    ///
    /// # Errors
    /// Storage.
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
        // Saved before the part file is emptied: a crash between the two must not leave a run shorter than recorded.
        self.save()?;
        self.cut()
    }

    /// Resumes the unfinished run.
    ///
    /// # Errors
    /// Storage; Internal where there is none.
    pub fn resume(&mut self) -> Result<(), Problem> {
        self.cut()
    }

    /// How far it is.
    ///
    /// # Errors
    /// Internal, before [`begin`](Self::begin).
    pub fn progress(&mut self) -> Result<&mut Progress, Problem> {
        self.progress.as_mut().ok_or_else(|| Problem::internal("The spool has no run."))
    }

    /// Notes that the page at `mark` is being read; `false` when it was read before: a loop.
    ///
    /// # Errors
    /// Storage.
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

    /// Takes the records of a page in their order and says what became of each.
    ///
    /// # Errors
    /// Storage.
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

    /// Saves how far it is, where the last time is long enough ago.
    ///
    /// # Errors
    /// Storage.
    pub(crate) fn save_if_due(&mut self) -> Result<bool, Problem> {
        if self.saved.elapsed() < CHECKPOINT {
            return Ok(false);
        }
        self.save().map(|()| true)
    }

    /// Saves how far it is: records first, then index and mark in one step.
    ///
    /// # Errors
    /// Storage.
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

    /// The lines that were read, for writing them out.
    ///
    /// # Errors
    /// Storage.
    pub fn lines(&self) -> Result<BufReader<io::Take<File>>, Problem> {
        let length = self.progress.as_ref().map_or(0, |progress| progress.length);
        let file = read_only(&self.path).map_err(|error| failed("cannot be opened", &self.path, &error))?;
        Ok(BufReader::with_capacity(256 << 10, io::Read::take(file, length)))
    }

    /// Records missing since the last complete run.
    ///
    /// # Errors
    /// Storage.
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

    /// Ends the run: what it saw is what the next one compares with; the part file is emptied.
    ///
    /// # Errors
    /// Storage.
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

    /// Drops the run: the next one starts over. What the last complete one saw stays.
    ///
    /// # Errors
    /// Storage.
    pub fn abandon(&mut self) -> Result<(), Problem> {
        // Anything unsaved is rolled back with the transaction.
        self.transaction = None;
        self.progress = None;
        self.transaction()?;
        self.commit(|transaction| transaction.open_table(STATE)?.remove(PROGRESS).map(drop).map_err(redb::Error::from))
    }

    /// The table this run fills.
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
        // After a crash it opens at once, without a walk over the whole index.
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

/// Either half of the spool can fail.
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

/// Content that is not an index, as against a disk that does not work.
fn is_damage(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::InvalidData | io::ErrorKind::UnexpectedEof)
}

fn broken(error: &redb::Error) -> Problem {
    Problem::new(Kind::Storage, "The index of the records cannot be used.").why(format!("{error}.")).try_this(
        "Free some space if the disk is full, and run it again. The index is in the folder sync of the state folder.",
    )
}

/// The id itself where it is short: most providers count theirs up, and neighbors lie together in the index.
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
