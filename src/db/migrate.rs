//! Tables are brought up to date by whichever process comes first; the others wait for it. A start that finds nothing to do takes no lock.
//!
//! PostgreSQL: who migrates holds an advisory lock, and gives up a lock on a table that it does not get within seconds: everybody else
//! would wait behind it. Then it begins again where it was, for each migration is a transaction. SQLite has no such lock: all that is to
//! be done is one transaction, which holds the only writer's place from its beginning.

use sqlx::{
    Executor, PgPool, SqlitePool,
    migrate::{Migrate, MigrateError, Migrator},
};

use super::PATIENCE;
use crate::error::StoreError;

pub(super) static SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
pub(super) static POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

/// How often it is tried; nearly each time waits for the lock's five seconds.
const TRIES: usize = 20;

/// How long a statement waits for a row or a table that another session holds.
pub(super) const LOCK_TIMEOUT: &str = "5s";

pub(super) async fn sqlite(pool: &SqlitePool) -> Result<(), MigrateError> {
    if is_up_to_date(&SQLITE, &mut *pool.acquire().await?).await {
        return Ok(());
    }
    let mut patience = Patience::default();
    loop {
        match sqlite_once(pool).await {
            Err(error) if waits(&error) && patience.is_left().await => {}
            done => return done,
        }
    }
}

async fn sqlite_once(pool: &SqlitePool) -> Result<(), MigrateError> {
    let mut tx = pool.begin_with("begin immediate").await?;
    SQLITE.run_direct(None, &mut *tx, false).await?;
    Ok(tx.commit().await?)
}

pub(super) async fn postgres(pool: &PgPool) -> Result<(), MigrateError> {
    if is_up_to_date(&POSTGRES, &mut *pool.acquire().await?).await {
        return Ok(());
    }
    let mut patience = Patience::default();
    loop {
        match postgres_once(pool).await {
            Err(error) if waits(&error) && patience.is_left().await => {}
            done => return done,
        }
    }
}

async fn postgres_once(pool: &PgPool) -> Result<(), MigrateError> {
    // Not one of the pool's any more: with it go its settings, and the lock, whatever comes of it.
    let mut connection = pool.acquire().await?.detach();
    for setting in ["set statement_timeout = 0", "set lock_timeout = 0"] {
        connection.execute(setting).await?;
    }
    connection.lock().await?;
    connection.execute("set lock_timeout = '5s'").await?;
    let done = POSTGRES.run_direct(None, &mut connection, false).await;
    sqlx::Connection::close(connection).await?;
    done
}

/// Whether the migrations that were done are those that there are.
async fn is_up_to_date(migrator: &Migrator, connection: &mut impl Migrate) -> bool {
    // Where there is no table of them yet, that is an error.
    let Ok(applied) = connection.list_applied_migrations(&migrator.table_name).await else { return false };
    let known: Vec<_> = migrator.iter().map(|migration| (migration.version, &migration.checksum)).collect();
    applied.iter().map(|applied| (applied.version, &applied.checksum)).collect::<Vec<_>>() == known
}

fn waits(error: &MigrateError) -> bool {
    match error {
        MigrateError::Execute(error) | MigrateError::ExecuteMigration(error, _) => is_busy(error),
        _ => false,
    }
}

/// Whether the same will do later.
pub(super) fn is_busy(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::PoolTimedOut => true,
        sqlx::Error::Database(below) => StoreError::is_busy(&**below),
        _ => false,
    }
}

/// How often something is done again while it has to wait for somebody: for less than two minutes.
pub(super) struct Patience(usize);

impl Default for Patience {
    fn default() -> Self {
        Self(TRIES)
    }
}

impl Patience {
    /// Waits a moment, if there is still one.
    pub(super) async fn is_left(&mut self) -> bool {
        self.0 = self.0.saturating_sub(1);
        tokio::time::sleep(PATIENCE).await;
        self.0 > 0
    }
}
