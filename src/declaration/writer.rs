//! The group-committing writer: submissions that arrive together share a transaction.
//!
//! While one transaction is made durable, what arrives meanwhile waits in a bounded [`Queue`], where every enterprise has its turn, and
//! makes up the next one. So the price of a durable commit is shared by everyone who came in its time, and each gets an answer only
//! after it. SQLite writes one transaction at a time; PostgreSQL several, each with other enterprises.

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

use futures::future::join_all;
use tokio::sync::oneshot;
use uuid::Uuid;

use super::{
    queue::{Batch, Queue},
    store,
};
use crate::{
    alert::raise::Raise,
    audit::entry::Entry,
    db::Db,
    error::StoreError,
    id::{EmployeeId, EnterpriseId, ReceiptId},
    message::live::Live,
    metrics::Writing,
    period::{Day, Moment},
};

/// How many may wait. For one more, one is told that the server is busy.
const QUEUE: usize = 4096;
/// Transactions at a time on PostgreSQL: while one waits for its commit, the next is sent.
const AT_A_TIME: usize = 3;
/// The most that share one transaction.
const BATCH: usize = 512;

/// A declaration ready to be stored: checked, and sealed.
#[derive(Clone)]
pub struct Submission {
    pub enterprise: EnterpriseId,
    pub employee: EmployeeId,
    pub day: Day,
    pub submitted_at: Moment,
    pub key: Uuid,
    pub questionnaire: String,
    pub version: u32,
    pub record: Vec<u8>,
    /// What it raises.
    pub alert: Option<Raise>,
    /// Not stored where the person has declared since: it was filled in by then, and waited.
    pub unless_since: Option<Moment>,
    /// Who declared, where it was not the person: written down with it.
    pub entry: Option<Entry>,
}

/// The way in for new declarations.
#[derive(Clone)]
pub struct Writer {
    entrance: Arc<Entrance>,
    pub metrics: Writing,
}

/// The queue ends when nobody can come in any more.
struct Entrance(Arc<Queue<Waiting>>);

struct Waiting {
    submission: Submission,
    answer: oneshot::Sender<Result<Option<ReceiptId>, StoreError>>,
    metrics: Writing,
}

impl Writer {
    /// Starts what writes, and lets pages know of the alerts that it wrote. It ends when the last `Writer` is dropped.
    pub fn start(db: Db, live: Arc<Live>) -> Self {
        let (queue, metrics) = (Arc::new(Queue::new(QUEUE)), Writing::default());
        let at_a_time = if matches!(db, Db::Sqlite(_)) { 1 } else { AT_A_TIME };
        for _ in 0..at_a_time {
            tokio::spawn(write(db.clone(), live.clone(), Hold(queue.clone()), metrics.clone()));
        }
        Self { entrance: Arc::new(Entrance(queue)), metrics }
    }

    /// Whether somebody still takes what is submitted.
    pub fn is_alive(&self) -> bool {
        !self.queue().is_closed()
    }

    /// How many wait to be written.
    pub fn waiting(&self) -> usize {
        self.queue().len()
    }

    /// Stores a declaration, and returns once it is durable. A submission key that is already stored gives its receipt again,
    /// or `None` where that row is not what the person said last, or is of another day: then this one needs another key.
    /// `Busy` when too many wait already, or when the database stayed locked: the same submission may be sent again.
    pub async fn submit(&self, submission: Submission) -> Result<Option<ReceiptId>, StoreError> {
        let (answer, answered) = oneshot::channel();
        let metrics = self.metrics.clone();
        if let Some(refused) = self.queue().push(submission.enterprise, Waiting { submission, answer, metrics }) {
            refused.answer(Err(self.metrics.refused()));
        }
        answered.await.unwrap_or(Err(StoreError::Busy))
    }

    fn queue(&self) -> &Queue<Waiting> {
        &self.entrance.0
    }
}

impl Drop for Entrance {
    fn drop(&mut self) {
        self.0.close();
    }
}

/// A writer's hold on the queue. Where one breaks off, nothing more comes in, and whoever waits is told to come again.
struct Hold(Arc<Queue<Waiting>>);

impl Drop for Hold {
    fn drop(&mut self) {
        self.0.close();
        self.0.clear();
    }
}

async fn write(db: Db, live: Arc<Live>, hold: Hold, metrics: Writing) {
    let mut versions = Versions::default();
    while let Some(Batch { mut items, turn }) = hold.0.take(BATCH).await {
        versions.write_down(&db, &items).await;
        let alarmed: BTreeSet<EnterpriseId> = items.iter().filter_map(Waiting::alarmed).collect();
        let timer = metrics.batch(items.len());
        let mut turn = Some(turn);
        // The next transaction of the same enterprises may begin, and be there when their rows are free.
        write_batch(&db, &mut items, &mut || drop(turn.take())).await;
        drop(turn);
        drop(timer);
        for enterprise in alarmed {
            live.raised(enterprise);
        }
    }
}

/// The versions of questionnaires that are known to be written down as answered.
#[derive(Default)]
struct Versions(Vec<(String, u32)>);

impl Versions {
    /// Before what answers them is stored. Where that fails the declarations go on, and the next batch tries again.
    async fn write_down(&mut self, db: &Db, batch: &[Waiting]) {
        for Submission { questionnaire, version, .. } in batch.iter().map(|waiting| &waiting.submission) {
            let is_known = self.0.iter().any(|(known, number)| known == questionnaire && number == version);
            if !is_known && store::answered_version_add(db, questionnaire, *version).await.is_ok() {
                self.0.push((questionnaire.clone(), *version));
            }
        }
    }
}

/// `committing` is called when everything is written but the commit.
async fn write_batch(db: &Db, batch: &mut Vec<Waiting>, committing: &mut (dyn FnMut() + Send)) {
    let submissions: Vec<&Submission> = batch.iter().map(|waiting| &waiting.submission).collect();
    match store::declaration_insert_all(db, &submissions, committing).await {
        Ok(receipts) => batch.drain(..).zip(receipts).for_each(|(waiting, receipt)| waiting.answer(Ok(receipt))),
        Err(StoreError::Busy) if matches!(db, Db::Postgres(_)) && of_several(batch) => write_each(db, batch).await,
        Err(StoreError::Busy) => batch.drain(..).for_each(|waiting| waiting.answer(Err(StoreError::Busy))),
        Err(error) if batch.len() == 1 => drop(batch.pop().map(|waiting| waiting.answer(Err(error)))),
        Err(_) => write_one_by_one(db, batch).await,
    }
}

fn of_several(batch: &[Waiting]) -> bool {
    batch.iter().any(|waiting| waiting.submission.enterprise != batch[0].submission.enterprise)
}

/// One enterprise whose row is held, for a large roster, must not keep the others waiting: each gets a transaction of its own.
async fn write_each(db: &Db, batch: &mut Vec<Waiting>) {
    let mut enterprises: BTreeMap<EnterpriseId, Vec<Waiting>> = BTreeMap::new();
    for waiting in batch.drain(..) {
        enterprises.entry(waiting.submission.enterprise).or_default().push(waiting);
    }
    let write = async |mut batch: Vec<Waiting>| Box::pin(write_batch(db, &mut batch, &mut || ())).await;
    join_all(enterprises.into_values().map(write)).await;
}

/// One row that cannot be stored must not take the others down with it.
async fn write_one_by_one(db: &Db, batch: &mut Vec<Waiting>) {
    for waiting in batch.drain(..) {
        let result = store::declaration_insert_all(db, &[&waiting.submission], &mut || ()).await;
        waiting.answer(result.and_then(|receipts| receipts.first().copied().ok_or(StoreError::Busy)));
    }
}

impl Waiting {
    /// The enterprise in which it raises something.
    fn alarmed(&self) -> Option<EnterpriseId> {
        self.submission.alert.as_ref().map(|_| self.submission.enterprise)
    }

    /// Whoever asked may have gone; the declaration is stored all the same.
    fn answer(self, result: Result<Option<ReceiptId>, StoreError>) {
        self.metrics.answered(self.submission.alert.as_ref().map(|alert| alert.severity), &result);
        let _ = self.answer.send(result);
    }
}
