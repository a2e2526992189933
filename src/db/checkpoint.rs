//! SQLite's write-ahead log, folded into the database's file beside the writers instead of in their way.
//!
//! By itself SQLite folds the log at the end of whichever commit makes it a thousand pages long: that commit, and all that wait
//! behind it, pay for a second `fsync`, ten times as long as their own. Here a connection that only reads does it while others
//! write on. When the log is long nevertheless, the few pages that came meanwhile are folded while nobody may write, and the
//! next commit begins it anew. Neither waits for readers. Two connections that fold and write at the same time need SQLite 3.51.3
//! or newer, which a test of [`super`] sees to.

use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::Duration,
};

use sqlx::{AssertSqlSafe, Executor, Sqlite, SqliteConnection};
use tokio::sync::{Mutex, Notify};

use super::{BUSY_TIMEOUT, Db};

/// How long commits gather before they are folded.
const PAUSE: Duration = Duration::from_millis(500);
/// From so many pages on (of 4 KiB: 32 MiB) the log begins anew.
const LONG: i64 = 8_000;
/// Where nobody folds, as in a command at the terminal, or not in time, SQLite does at so many pages.
pub const AT_THE_LATEST: &str = "16000";
/// A log that was longer once is cut to this when it begins anew: 32 MiB.
pub const LOG_BYTES: &str = "33554432";

/// Has `committed` notified at each commit of a connection.
pub async fn announce(connection: &mut SqliteConnection, committed: Arc<Notify>) -> Result<(), sqlx::Error> {
    connection.lock_handle().await?.set_commit_hook(move || {
        committed.notify_one();
        true
    });
    Ok(())
}

/// Folds what this process commits, until it is dropped. PostgreSQL has a process of its own for it.
pub async fn run(db: Db) {
    let Db::Sqlite(sqlite) = db else { return };
    loop {
        sqlite.committed.notified().await;
        tokio::time::sleep(PAUSE).await;
        if let Err(error) = fold(&sqlite).await {
            tracing::warn!(%error, "the write-ahead log was not folded; the next commit asks for it again");
        }
    }
}

async fn fold(sqlite: &super::Sqlite) -> Result<(), sqlx::Error> {
    if checkpoint(&sqlite.read).await? >= LONG {
        let mut only_writer = sqlite.write.acquire().await?;
        checkpoint(&mut *only_writer).await?;
    }
    Ok(())
}

/// Folds what no reader holds back; gives the log's length in pages.
async fn checkpoint(connection: impl Executor<'_, Database = Sqlite>) -> Result<i64, sqlx::Error> {
    let (_busy, pages, _folded): (i64, i64, i64) = sqlx::query_as("pragma wal_checkpoint(passive)").fetch_one(connection).await?;
    Ok(pages)
}

/// How long a checkpoint that empties the log waits for readers, who keep writers waiting meanwhile; and how often it is tried.
const READERS_MS: u64 = 500;
const TRIES: usize = 20;

/// So long deletions gather before the database is written anew for all of them.
const GATHER: Duration = Duration::from_secs(2);
/// When a rewrite that failed is tried again.
const AGAIN: Duration = Duration::from_secs(30);
/// How long a process that stops goes on with a rewrite that is owed.
const AT_THE_END: Duration = Duration::from_secs(20);

/// Whether the database has to be written anew: deletions ask for it, one rewrite is for all that asked before it began.
#[derive(Default)]
pub struct Owed {
    asked: AtomicU64,
    done: AtomicU64,
    wanted: Notify,
    one_at_a_time: Mutex<()>,
}

/// Asks for a rewrite when it is dropped: also where a request is given up while its transaction commits.
pub struct Asking(pub(super) Option<Arc<Owed>>);

impl Drop for Asking {
    fn drop(&mut self) {
        if let Some(owed) = &self.0 {
            owed.asked.fetch_add(1, Ordering::SeqCst);
            owed.wanted.notify_one();
        }
    }
}

/// Writes the database anew after deletions have asked for it, until it is dropped.
pub async fn forget(db: Db) {
    let Db::Sqlite(sqlite) = db else { return };
    loop {
        sqlite.owed.wanted.notified().await;
        tokio::time::sleep(GATHER).await;
        while let Err(error) = forget_owed(&sqlite).await {
            tracing::warn!(%error, "what a deletion left in the file's free space is still there; it is tried again");
            tokio::time::sleep(AGAIN).await;
        }
    }
}

/// What is owed when a process stops.
pub async fn forget_at_the_end(db: &Db) {
    let Db::Sqlite(sqlite) = db else { return };
    if !matches!(tokio::time::timeout(AT_THE_END, forget_owed(sqlite)).await, Ok(Ok(()))) {
        tracing::warn!(
            "what a deletion left in the file's free space stays there until the next purge that takes something: `shenbao purge`"
        );
    }
}

async fn forget_owed(sqlite: &super::Sqlite) -> Result<(), sqlx::Error> {
    let owed = &sqlite.owed;
    let _alone = owed.one_at_a_time.lock().await;
    let asked = owed.asked.load(Ordering::SeqCst);
    if owed.done.load(Ordering::SeqCst) < asked {
        rewrite(sqlite).await?;
        owed.done.store(asked, Ordering::SeqCst);
    }
    Ok(())
}

/// Writes the whole database anew and empties the log, so that neither holds what was deleted or replaced. `secure_delete` zeroes
/// a row where it lies, but not the copies that stay behind in a page's free space when its rows move to another page. Whoever
/// writes waits meanwhile.
pub async fn rewrite(sqlite: &super::Sqlite) -> Result<(), sqlx::Error> {
    let mut only_writer = sqlite.write.acquire().await?;
    // The copy has the size of the database, and nothing that was deleted: on the disk, not in memory.
    only_writer.execute("pragma temp_store = file").await?;
    let written = only_writer.execute("vacuum").await;
    only_writer.execute("pragma temp_store = memory").await?;
    written?;
    drop(only_writer);
    truncate(sqlite).await
}

/// Folds the log and cuts it off at its beginning. `Err` while somebody reads an old state all the time.
pub async fn truncate(sqlite: &super::Sqlite) -> Result<(), sqlx::Error> {
    for _ in 0..TRIES {
        let mut only_writer = sqlite.write.acquire().await?;
        only_writer.execute(AssertSqlSafe(format!("pragma busy_timeout = {READERS_MS}"))).await?;
        let done: Result<(i64, i64, i64), _> = sqlx::query_as("pragma wal_checkpoint(truncate)").fetch_one(&mut *only_writer).await;
        only_writer.execute(AssertSqlSafe(format!("pragma busy_timeout = {}", BUSY_TIMEOUT.as_millis()))).await?;
        drop(only_writer);
        if done?.0 == 0 {
            return Ok(());
        }
        tokio::time::sleep(PAUSE).await;
    }
    Err(sqlx::Error::PoolTimedOut)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use tempfile::TempDir;

    use super::*;

    const PATIENCE: Duration = Duration::from_secs(20);

    async fn serving() -> (TempDir, Db, tokio::task::JoinHandle<()>) {
        let folder = tempfile::tempdir().unwrap();
        let db = Db::open(&format!("sqlite:{}", folder.path().join("test.db").display())).await.unwrap();
        write(&db, "create table page (content blob)").await;
        let task = tokio::spawn(run(db.clone()));
        (folder, db, task)
    }

    #[tokio::test]
    async fn deletions_are_forgotten_together_also_by_a_process_that_stops() {
        let (_folder, db, task) = serving().await;
        let Db::Sqlite(sqlite) = &db else { unreachable!("an sqlite: URL") };
        let done = || sqlite.owed.done.load(Ordering::SeqCst);
        let forgetting = tokio::spawn(forget(db.clone()));
        for _ in 0..3 {
            drop(db.forget_soon());
        }
        let in_time = async {
            while done() < 3 {
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(PATIENCE, in_time).await.unwrap();
        forgetting.abort();
        drop(db.forget_soon());
        assert_eq!(done(), 3);
        forget_at_the_end(&db).await;
        assert_eq!(done(), 4);
        task.abort();
        db.close().await;
    }

    async fn write(db: &Db, sql: &'static str) {
        let Db::Sqlite(sqlite) = db else { unreachable!("an sqlite: URL") };
        sqlx::query(sql).execute(&sqlite.write).await.unwrap();
    }

    /// Rows in the database's file alone, without its log.
    async fn rows_without_the_log(folder: &Path) -> i64 {
        let copy = folder.join("copy.db");
        std::fs::copy(folder.join("test.db"), &copy).unwrap();
        let url = format!("sqlite:{}?immutable=true", copy.display());
        let pool = sqlx::SqlitePool::connect(&url).await.unwrap();
        let rows = sqlx::query_scalar("select count(*) from page").fetch_one(&pool).await.unwrap_or_default();
        pool.close().await;
        rows
    }

    #[tokio::test]
    async fn what_was_committed_comes_into_the_file_while_the_database_is_in_use() {
        let (folder, db, task) = serving().await;
        write(&db, "insert into page values (x'01')").await;
        let in_the_file = async {
            while rows_without_the_log(folder.path()).await < 1 {
                tokio::time::sleep(PAUSE).await;
            }
        };
        tokio::time::timeout(PATIENCE, in_the_file).await.unwrap();
        task.abort();
        db.close().await;
    }

    /// How often the log has begun anew, as its header says.
    fn beginnings(folder: &Path) -> u32 {
        let log = std::fs::read(folder.join("test.db-wal")).unwrap();
        u32::from_be_bytes(log[12..16].try_into().unwrap())
    }

    #[tokio::test]
    async fn a_long_log_begins_anew_while_others_write_on() {
        let (folder, db, task) = serving().await;
        write(&db, "insert into page values (zeroblob(9000 * 4096))").await;
        let before = beginnings(folder.path());
        let anew = async {
            while beginnings(folder.path()) == before {
                write(&db, "insert into page values (x'01')").await;
            }
        };
        tokio::time::timeout(PATIENCE, anew).await.unwrap();
        task.abort();
        db.close().await;
    }
}
