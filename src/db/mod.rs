//! The database: SQLite by default, PostgreSQL to grow. One SQL text serves both (`$1` works on SQLite too), and
//! [`on_pool!`] and [`in_transaction!`] expand one body per pool, so that both are checked by the compiler and neither drifts.

pub mod backup;
pub mod checkpoint;
mod migrate;

use std::{path::PathBuf, str::FromStr, sync::Arc, time::Duration};

use sqlx::{
    Connection, Executor, PgPool, Postgres, SqliteConnection, SqlitePool, Transaction,
    migrate::{Migrate, MigrateError},
    postgres::{PgConnectOptions, PgPoolOptions},
    sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous},
};
use tokio::sync::Notify;

use crate::error::StoreError;

/// So many rows SQLite's thread may read ahead of ours.
const ROWS_AHEAD: usize = 1024;

/// How long a statement waits for a lock before it gives up as busy.
pub const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// A connection to PostgreSQL that was not used for so long is asked whether it lives before it is used again.
const RESTED: Duration = Duration::from_millis(500);
/// How long a connection to a database that follows is waited for: with TLS and a password it takes several round trips.
const FOLLOWER_TIMEOUT: Duration = Duration::from_secs(3);

/// So long a session of PostgreSQL may stand still within a transaction: what a process that vanished holds is free again after it.
const IDLE_IN_TRANSACTION: &str = "60s";

/// How PostgreSQL is used; SQLite needs none of it.
#[derive(Debug, Clone, Copy)]
pub struct Pool {
    /// The most that this process holds.
    pub connections: u32,
    /// A statement that takes longer is given up.
    pub statement_secs: u32,
}

impl Default for Pool {
    fn default() -> Self {
        Self { connections: 16, statement_secs: 30 }
    }
}

/// An open database.
#[derive(Clone)]
pub enum Db {
    Sqlite(Sqlite),
    Postgres(PgPool),
}

/// Readers never wait for the one writer: in WAL each sees the last commit.
#[derive(Clone)]
pub struct Sqlite {
    pub read: SqlitePool,
    pub write: SqlitePool,
    /// After each commit.
    committed: Arc<Notify>,
    /// After deletions.
    owed: Arc<checkpoint::Owed>,
}

/// The connections of one kind.
pub struct Connections {
    pub name: &'static str,
    pub all: usize,
    pub idle: usize,
}

impl Connections {
    fn of<D: sqlx::Database>(name: &'static str, pool: &sqlx::Pool<D>) -> Self {
        Self { name, all: pool.size().try_into().unwrap_or(usize::MAX), idle: pool.num_idle() }
    }
}

/// Why a database could not be opened; each says what to do.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    #[error("{0:?} is not a database URL: give sqlite:FILE or postgres://USER@HOST/NAME")]
    Url(String),
    #[error("cannot open the database: {0}. Is the server running, and may this user write the folder?")]
    Connect(#[source] sqlx::Error),
    #[error("there is no database {0}: give the right one with --database-url; `shenbao migrate` makes a new one")]
    Missing(PathBuf),
    #[error(
        "the database was made by a newer version of shenbao (it has migration {0}, unknown here): install that version or restore a backup"
    )]
    Newer(i64),
    #[error("the database's migration failed: {0}")]
    Migrate(#[source] MigrateError),
    #[error("{0:?} cannot be a replica: give postgres://USER@HOST/NAME, of a PostgreSQL that follows the one of the database URL")]
    Replica(String),
}

impl Db {
    /// Opens the database, creating an SQLite file where there is none, and brings its tables up to date.
    pub async fn open(url: &str) -> Result<Self, OpenError> {
        Self::open_or(url, true, Pool::default()).await
    }

    /// The same, used as an operator wants it to be.
    pub async fn open_with(url: &str, pool: Pool) -> Result<Self, OpenError> {
        Self::open_or(url, true, pool).await
    }

    /// A database that follows another one, to read from. It may be away: nobody is connected to it yet.
    pub fn follow(url: &str, pool: Pool) -> Result<Self, OpenError> {
        if !is_postgres(url) {
            return Err(OpenError::Replica(scheme(url)));
        }
        let options = postgres(url, pool)?.options([("default_transaction_read_only", "on")]);
        let pool = PgPoolOptions::new().max_connections(pool.connections).acquire_timeout(FOLLOWER_TIMEOUT).connect_lazy_with(options);
        Ok(Self::Postgres(pool))
    }

    /// The same for a database that must be there already: a path with a typing mistake makes no new one.
    pub async fn open_existing(url: &str) -> Result<Self, OpenError> {
        Self::open_or(url, false, Pool::default()).await
    }

    async fn open_or(url: &str, create: bool, pool: Pool) -> Result<Self, OpenError> {
        let db = if url.starts_with("sqlite:") {
            Self::Sqlite(Sqlite::open(url, create).await?)
        } else if is_postgres(url) {
            Self::Postgres(open_postgres(url, pool).await?)
        } else {
            return Err(OpenError::Url(scheme(url)));
        };
        db.migrate().await?;
        Ok(db)
    }

    async fn migrate(&self) -> Result<(), OpenError> {
        let done = match self {
            Self::Sqlite(sqlite) => migrate::sqlite(&sqlite.write).await,
            Self::Postgres(pool) => migrate::postgres(pool).await,
        };
        done.map_err(|error| match error {
            MigrateError::VersionMissing(version) => OpenError::Newer(version),
            other => OpenError::Migrate(other),
        })
    }

    /// Whether a transaction can begin now, on the way that writes take; false as well when that takes longer than `patience`.
    pub async fn is_ready(&self, patience: Duration) -> bool {
        tokio::time::timeout(patience, self.begin_and_roll_back()).await.is_ok_and(|done| done.is_ok())
    }

    async fn begin_and_roll_back(&self) -> Result<(), sqlx::Error> {
        match self {
            Self::Sqlite(sqlite) => sqlite.write.begin_with("begin immediate").await?.rollback().await,
            Self::Postgres(pool) => {
                // A replica, and a server that is to change nothing, begin a transaction all the same.
                let mut tx = begun(pool).await?;
                let only_reads: String = sqlx::query_scalar("show transaction_read_only").fetch_one(&mut *tx).await?;
                tx.rollback().await?;
                if only_reads == "on" { Err(sqlx::Error::PoolClosed) } else { Ok(()) }
            }
        }
    }

    /// Whether the tables have all that this version of the program knows. A newer one may have added to them since it began.
    pub async fn is_migrated(&self) -> Result<bool, OpenError> {
        let (known, applied) = match self {
            Self::Sqlite(sqlite) => {
                let mut connection = sqlite.read.acquire().await.map_err(OpenError::Connect)?;
                (&migrate::SQLITE, connection.list_applied_migrations(&migrate::SQLITE.table_name).await)
            }
            Self::Postgres(pool) => {
                let mut connection = pool.acquire().await.map_err(OpenError::Connect)?;
                (&migrate::POSTGRES, connection.list_applied_migrations(&migrate::POSTGRES.table_name).await)
            }
        };
        let applied = applied.map_err(OpenError::Migrate)?;
        let is_applied = |version: i64| applied.iter().any(|applied| applied.version == version);
        Ok(known.iter().all(|migration| is_applied(migration.version)))
    }

    /// The connections there are.
    pub fn pools(&self) -> Vec<Connections> {
        match self {
            Self::Sqlite(sqlite) => vec![Connections::of("read", &sqlite.read), Connections::of("write", &sqlite.write)],
            Self::Postgres(pool) => vec![Connections::of("all", pool)],
        }
    }

    /// Which of the two it is.
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "sqlite",
            Self::Postgres(_) => "postgres",
        }
    }

    /// After rows were deleted or sealed anew: makes SQLite's file and log forget what they held. It writes the file anew, and waits
    /// for nobody longer than some seconds. PostgreSQL keeps the old bytes until a vacuum and later rows take their place, and in its
    /// log until that is recycled.
    pub async fn forget_old_pages(&self) -> Result<(), StoreError> {
        self.rewrite(false).await
    }

    /// Has the same done beside the requests, soon after what is returned is dropped: make it before the deletion.
    pub fn forget_soon(&self) -> checkpoint::Asking {
        match self {
            Self::Sqlite(sqlite) => checkpoint::Asking(Some(sqlite.owed.clone())),
            Self::Postgres(_) => checkpoint::Asking(None),
        }
    }

    /// The same as [`Db::forget_old_pages`], and on PostgreSQL if it is `locking`: there it locks one table after the other.
    pub async fn rewrite(&self, locking: bool) -> Result<(), StoreError> {
        match self {
            Self::Sqlite(sqlite) => Ok(checkpoint::rewrite(sqlite).await?),
            Self::Postgres(pool) if locking => {
                let mut connection = pool.acquire().await?;
                for sql in ["set statement_timeout = 0", "set lock_timeout = 0", "vacuum full"] {
                    connection.execute(sql).await?;
                }
                Ok(connection.close().await?)
            }
            Self::Postgres(_) => Ok(()),
        }
    }

    /// What a `select` of rows to be changed ends with, where those that somebody else is changing are left to them instead of waited for.
    /// SQLite knows no locks of rows: there one transaction writes at a time.
    pub const fn skip_locked(&self) -> &'static str {
        match self {
            Self::Sqlite(_) => "",
            Self::Postgres(_) => " for update skip locked",
        }
    }

    /// Waits for what is under way and closes; SQLite folds its WAL into the file.
    pub async fn close(&self) {
        match self {
            Self::Sqlite(sqlite) => {
                sqlite.read.close().await;
                sqlite.write.close().await;
            }
            Self::Postgres(pool) => pool.close().await,
        }
    }
}

impl Sqlite {
    async fn open(url: &str, create: bool) -> Result<Self, OpenError> {
        let options = SqliteConnectOptions::from_str(url)
            .map_err(|_| OpenError::Url(url.to_owned()))?
            .create_if_missing(create)
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .foreign_keys(true)
            .busy_timeout(BUSY_TIMEOUT)
            // A census reads thousands of rows at a time: with the usual 50 the two threads wake each other all the while.
            .row_buffer_size(ROWS_AHEAD)
            .pragma("secure_delete", "on")
            .pragma("temp_store", "memory")
            .pragma("wal_autocheckpoint", checkpoint::AT_THE_LATEST)
            .pragma("journal_size_limit", checkpoint::LOG_BYTES);
        let committed = Arc::new(Notify::new());
        let announced = committed.clone();
        let write = SqlitePoolOptions::new()
            .max_connections(1)
            .acquire_timeout(BUSY_TIMEOUT)
            // A file does not hang up, and to ask the connection's thread costs as much as a statement.
            .test_before_acquire(false)
            .after_connect(move |connection, _| Box::pin(checkpoint::announce(connection, announced.clone())))
            .after_release(|connection, _| Box::pin(is_at_rest(connection)));
        // Of two that turn a new file to WAL at once, SQLite sends one away without waiting.
        let mut patience = migrate::Patience::default();
        let write = loop {
            match write.clone().connect_with(options.clone()).await {
                Err(error) if migrate::is_busy(&error) && patience.is_left().await => {}
                done => break done,
            }
        };
        let write = write.map_err(|error| missing(&options, create).unwrap_or(OpenError::Connect(error)))?;
        let read = SqlitePoolOptions::new()
            .max_connections(4)
            .acquire_timeout(BUSY_TIMEOUT)
            .test_before_acquire(false)
            .connect_lazy_with(options.pragma("query_only", "on"));
        Ok(Self { read, write, committed, owed: Arc::default() })
    }
}

/// The refusal of a file that is not there and was not to be made.
fn missing(options: &SqliteConnectOptions, create: bool) -> Option<OpenError> {
    let file = options.get_filename();
    (!create && !file.exists()).then(|| OpenError::Missing(file.to_owned()))
}

/// Whether a connection that comes back is outside any transaction; it is closed where not. SQLite ends a transaction by itself
/// when the disk is full or fails, and then the rollback that follows fails: the connection counts as within a transaction for
/// ever, and as it is the only one that writes, nothing could be written until a restart.
async fn is_at_rest(connection: &mut SqliteConnection) -> Result<bool, sqlx::Error> {
    if connection.is_in_transaction() {
        // The rollback of a transaction that was dropped is on its way: this waits until it is through.
        connection.ping().await?;
    }
    Ok(!connection.is_in_transaction())
}

fn is_postgres(url: &str) -> bool {
    ["postgres:", "postgresql:"].iter().any(|scheme| url.starts_with(scheme))
}

/// What may be repeated of a URL: the rest can hold a password.
fn scheme(url: &str) -> String {
    url.split(':').next().unwrap_or_default().to_owned()
}

async fn open_postgres(url: &str, pool: Pool) -> Result<PgPool, OpenError> {
    // What was acknowledged is on the disk, whatever the server's own default.
    let options = postgres(url, pool)?.options([("synchronous_commit", "on")]);
    let pool = PgPoolOptions::new()
        .max_connections(pool.connections)
        .acquire_timeout(BUSY_TIMEOUT)
        // Whether it still lives is asked of a connection that has rested: the question takes as long as a short statement.
        .test_before_acquire(false)
        .before_acquire(|connection, met| Box::pin(async move { Ok(met.idle_for < RESTED || connection.ping().await.is_ok()) }));
    pool.connect_with(options).await.map_err(OpenError::Connect)
}

fn postgres(url: &str, pool: Pool) -> Result<PgConnectOptions, OpenError> {
    let options = PgConnectOptions::from_str(url).map_err(|_| OpenError::Url("postgres".to_owned()))?;
    let statements = format!("{}s", pool.statement_secs);
    Ok(options.options([
        ("lock_timeout", migrate::LOCK_TIMEOUT),
        ("statement_timeout", &*statements),
        ("idle_in_transaction_session_timeout", IDLE_IN_TRANSACTION),
    ]))
}

/// Runs one body on the pool for reading: `on_pool!(db, pool => sqlx::query(…).fetch_all(pool).await?)`.
macro_rules! on_pool {
    ($db:expr, $pool:ident => $body:expr) => {
        match $db {
            $crate::db::Db::Sqlite(sqlite) => {
                let $pool = &sqlite.read;
                $body
            }
            $crate::db::Db::Postgres($pool) => $body,
        }
    };
}
pub(crate) use on_pool;

/// Runs one body in a transaction that commits at its end, and rolls back when the body leaves early by `?` or `return`:
/// `in_transaction!(db, tx => { sqlx::query(…).execute(&mut *tx).await?; })`. On SQLite it takes the write lock at once.
macro_rules! in_transaction {
    ($db:expr, $tx:ident => $body:expr) => {
        match $db {
            $crate::db::Db::Sqlite(sqlite) => {
                let mut $tx = sqlite.write.begin_with("begin immediate").await?;
                let value = $body;
                $tx.commit().await?;
                value
            }
            $crate::db::Db::Postgres(pool) => {
                let mut $tx = $crate::db::begun(pool).await?;
                let value = $body;
                $tx.commit().await?;
                value
            }
        }
    };
}
pub(crate) use in_transaction;

/// A transaction that is begun to its end, also where whoever wants it goes away meanwhile: a connection that is given back between the
/// question and the answer would be within a transaction, and not know it.
pub async fn begun(pool: &PgPool) -> Result<Transaction<'static, Postgres>, sqlx::Error> {
    let pool = pool.clone();
    tokio::spawn(async move { pool.begin().await }).await.unwrap_or(Err(sqlx::Error::WorkerCrashed))
}

/// How long what nobody waits for asks a busy database again, and how often: a minute.
pub const PATIENCE: Duration = Duration::from_millis(250);
pub const TRIES: usize = 240;

/// Makes the same call again while the database is busy: `patiently!(store::row_find(db, id))`.
macro_rules! patiently {
    ($call:expr) => {{
        let mut tries = 1;
        loop {
            match $call.await {
                Err($crate::error::StoreError::Busy) if tries < $crate::db::TRIES => tokio::time::sleep($crate::db::PATIENCE).await,
                done => break done,
            }
            tries += 1;
        }
    }};
}
pub(crate) use patiently;

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn sqlite_is_new_enough_not_to_lose_a_commit() {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite:{}", folder.path().join("test.db").display())).await.unwrap();
        let Db::Sqlite(sqlite) = &db else { unreachable!("an sqlite: URL") };
        let version: String = sqlx::query_scalar("select sqlite_version()").fetch_one(&sqlite.write).await.unwrap();
        let parts: Vec<u32> = version.split('.').map(|part| part.parse().unwrap()).collect();
        assert!(parts >= vec![3, 51, 3], "{version}");
        let synchronous: i64 = sqlx::query_scalar("pragma synchronous").fetch_one(&sqlite.write).await.unwrap();
        assert_eq!(synchronous, 2, "FULL");
        let journal: String = sqlx::query_scalar("pragma journal_mode").fetch_one(&sqlite.write).await.unwrap();
        assert_eq!(journal, "wal");
        db.close().await;
    }

    #[tokio::test]
    async fn a_url_that_is_none_is_refused_without_repeating_what_may_hold_a_password() {
        let Err(error) = Db::open("mysql://user:secret@host/db").await else { panic!("opened") };
        assert!(error.to_string().contains("sqlite:FILE") && !error.to_string().contains("secret"), "{error}");
    }
}
