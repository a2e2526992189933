//! A database that follows the first one, from which enterprises are loaded: what is read much of is not read from where everyone writes.
//!
//! What a census needs of a reading is this: it was made at or after the commit of the change up to which the census then counts as read.
//! That change is always asked of the first database. A PostgreSQL that follows by streaming shows, statement after statement, states
//! in which the first one was, in their order. So if the enterprise's own counter has come to that change there, every statement after
//! it is as good as one that the first database answered at some moment since that commit. Rows may have changed later, there as here:
//! they carry a higher change and are read again.
//!
//! Two things move without the counter being higher. A purge notes its change in the enterprise's row: where the two rows differ in it,
//! nothing is read from the follower. A value that was sealed anew says the same, and under a key whose version the first database knows.
//!
//! Whatever else happens to the follower (it is late, away, slow, cancels a statement) costs the first database that reading, and a line in
//! the log.

use std::{
    sync::{Mutex, PoisonError},
    time::Duration,
};

use tokio::time::{Instant, timeout};

use super::store::{self, Change};
use crate::{account::caller::Tenant, db::Db, error::StoreError};

/// From so many changes on a reading is worth the question whether the follower has them.
const MUCH: i64 = store::CHUNK;
/// So long it has for that question, and for each statement.
const PATIENCE: Duration = Duration::from_secs(5);
/// So long one that failed is left alone.
const REST: Duration = Duration::from_secs(10);

/// Where rows are read from, and how long a statement may take there.
#[derive(Clone, Copy)]
pub struct Source<'a> {
    pub db: &'a Db,
    patience: Duration,
}

impl<'a> Source<'a> {
    /// The database itself limits its statements.
    pub const fn first(db: &'a Db) -> Self {
        Self { db, patience: Duration::MAX }
    }

    pub async fn in_time<T>(&self, reading: impl Future<Output = Result<T, StoreError>>) -> Result<T, StoreError> {
        timeout(self.patience, reading).await.unwrap_or(Err(StoreError::Busy))
    }
}

pub struct Replica {
    db: Db,
    rests_until: Mutex<Option<Instant>>,
}

impl Replica {
    pub const fn new(db: Db) -> Self {
        Self { db, rests_until: Mutex::new(None) }
    }

    /// The follower, if so much is to be read after `seen` that it is asked, and it has all of it.
    pub async fn for_reading(&self, tenant: Tenant, seen: i64, now: &Change) -> Option<Source<'_>> {
        let much = seen == 0 || now.change - seen >= MUCH;
        if !much || self.rests() {
            return None;
        }
        let source = Source { db: &self.db, patience: PATIENCE };
        match source.in_time(store::change_found(&self.db, tenant)).await {
            // One that was registered just now may not be there.
            Ok(there) => there.filter(|there| there.change >= now.change && there.purged == now.purged).map(|_| source),
            Err(error) => {
                self.failed(&error);
                None
            }
        }
    }

    /// It is left alone for a while, where it is to blame.
    pub fn failed(&self, error: &StoreError) {
        if !matches!(error, StoreError::Busy | StoreError::Database(_)) {
            return;
        }
        *self.rests_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now() + REST);
        tracing::warn!(%error, "the replica does not answer; enterprises are loaded from the database itself");
    }

    fn rests(&self) -> bool {
        self.rests_until.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| Instant::now() < until)
    }
}
