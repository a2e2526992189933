//! The group-committing writer: submissions that arrive together share a transaction.
//!
//! While one transaction is made durable, what arrives meanwhile waits in a bounded queue and makes up the next one. So the
//! price of a durable commit is shared by everyone who came in its time, and each gets an answer only after it.

use std::{collections::BTreeSet, sync::Arc};

use tokio::sync::{mpsc, oneshot};
use uuid::Uuid;

use super::store;
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

/// How many may wait. The next is told that the server is busy.
const QUEUE: usize = 4096;
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
    /// Who declared, where it was not the person: written down with it.
    pub entry: Option<Entry>,
}

/// The way in for new declarations.
#[derive(Clone)]
pub struct Writer {
    queue: mpsc::Sender<Waiting>,
    pub metrics: Writing,
}

struct Waiting {
    submission: Submission,
    answer: oneshot::Sender<Result<Option<ReceiptId>, StoreError>>,
    metrics: Writing,
}

impl Writer {
    /// Starts the task that writes, and lets pages know of the alerts that it wrote. It ends when the last `Writer` is dropped.
    pub fn start(db: Db, live: Arc<Live>) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let metrics = Writing::default();
        tokio::spawn(write(db, live, waiting, metrics.clone()));
        Self { queue, metrics }
    }

    /// Whether somebody still takes what is submitted.
    pub fn is_alive(&self) -> bool {
        !self.queue.is_closed()
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.queue.max_capacity() - self.queue.capacity()
    }

    /// Stores a declaration, and returns once it is durable. A submission key that is already stored gives its receipt again,
    /// or `None` where that row is not what the person said last, or is of another day: then this one needs another key.
    /// `Busy` when too many wait already, or when the database stayed locked: the same submission may be sent again.
    pub async fn submit(&self, submission: Submission) -> Result<Option<ReceiptId>, StoreError> {
        let (answer, answered) = oneshot::channel();
        let metrics = self.metrics.clone();
        self.queue.try_send(Waiting { submission, answer, metrics }).map_err(|_| self.metrics.refused())?;
        answered.await.unwrap_or(Err(StoreError::Busy))
    }
}

async fn write(db: Db, live: Arc<Live>, mut waiting: mpsc::Receiver<Waiting>, metrics: Writing) {
    let mut batch = Vec::with_capacity(BATCH);
    while waiting.recv_many(&mut batch, BATCH).await > 0 {
        let alarmed: BTreeSet<EnterpriseId> = batch.iter().filter_map(Waiting::alarmed).collect();
        let timer = metrics.batch(batch.len());
        write_batch(&db, &mut batch).await;
        drop(timer);
        for enterprise in alarmed {
            live.raised(enterprise);
        }
    }
}

async fn write_batch(db: &Db, batch: &mut Vec<Waiting>) {
    let submissions: Vec<&Submission> = batch.iter().map(|waiting| &waiting.submission).collect();
    match store::declaration_insert_all(db, &submissions).await {
        Ok(receipts) => batch.drain(..).zip(receipts).for_each(|(waiting, receipt)| waiting.answer(Ok(receipt))),
        Err(StoreError::Busy) => batch.drain(..).for_each(|waiting| waiting.answer(Err(StoreError::Busy))),
        Err(error) if batch.len() == 1 => drop(batch.pop().map(|waiting| waiting.answer(Err(error)))),
        Err(_) => write_one_by_one(db, batch).await,
    }
}

/// One row that cannot be stored must not take the others down with it.
async fn write_one_by_one(db: &Db, batch: &mut Vec<Waiting>) {
    for waiting in batch.drain(..) {
        let result = store::declaration_insert_all(db, &[&waiting.submission]).await;
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
