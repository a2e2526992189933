//! Whom devices stand for, looked up together.
//!
//! Every declaration begins with this question, and a statement costs far more than one row of its answer. So what is asked while
//! a statement for the same enterprise is under way waits for it, and makes up the next one. Each question is still answered
//! from what the database holds after it was asked.

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::Duration,
};

use tokio::sync::oneshot;

use super::{
    caller::Tenant,
    store::{self, DeviceRow},
    token::TokenHash,
};
use crate::{db::Db, error::StoreError};

/// A connection that broke without a word must not hold everyone of an enterprise up.
const PATIENCE: Duration = Duration::from_secs(10);

/// All questions about devices that this process is asking.
#[derive(Clone)]
pub struct Devices {
    db: Db,
    /// By enterprise, while a statement is under way: what waits for the next one.
    waiting: Arc<Mutex<HashMap<Tenant, Vec<Waiting>>>>,
}

struct Waiting {
    secret: TokenHash,
    answer: oneshot::Sender<Result<Option<DeviceRow>, StoreError>>,
}

/// Whoever answers the questions of an enterprise. One that is cut off leaves the next to someone else.
struct Turn<'a> {
    devices: &'a Devices,
    tenant: Tenant,
}

impl Drop for Turn<'_> {
    fn drop(&mut self) {
        self.devices.waiting().remove(&self.tenant);
    }
}

impl Devices {
    pub fn new(db: Db) -> Self {
        Self { db, waiting: Arc::default() }
    }

    /// Whom a device stands for; `None` for one that is unknown or has ended.
    pub(super) async fn find(&self, tenant: Tenant, secret: TokenHash) -> Result<Option<DeviceRow>, StoreError> {
        let (answer, answered) = oneshot::channel();
        if self.begin(tenant, Waiting { secret, answer }) {
            // On its own, so that whoever asked first may go away without taking the others' answers along.
            let devices = self.clone();
            tokio::spawn(async move { devices.answer_all(tenant).await });
        }
        answered.await.unwrap_or(Err(StoreError::Busy))
    }

    /// Queues a question; true when nobody is answering those of its enterprise yet.
    fn begin(&self, tenant: Tenant, question: Waiting) -> bool {
        let mut waiting = self.waiting();
        let first = !waiting.contains_key(&tenant);
        waiting.entry(tenant).or_default().push(question);
        first
    }

    /// The next questions of an enterprise; with the last of them its turn is over.
    fn next(&self, tenant: Tenant) -> Vec<Waiting> {
        let mut waiting = self.waiting();
        let Some(questions) = waiting.get_mut(&tenant) else { return Vec::new() };
        let next: Vec<Waiting> = questions.drain(..questions.len().min(store::MOST_DEVICES)).collect();
        if next.is_empty() {
            waiting.remove(&tenant);
        }
        next
    }

    async fn answer_all(&self, tenant: Tenant) {
        let turn = Turn { devices: self, tenant };
        loop {
            let questions = self.next(tenant);
            if questions.is_empty() {
                // The turn is over already.
                return std::mem::forget(turn);
            }
            self.answer(tenant, questions).await;
        }
    }

    async fn answer(&self, tenant: Tenant, questions: Vec<Waiting>) {
        let secrets: Vec<TokenHash> = questions.iter().map(|question| question.secret).collect();
        let found = tokio::time::timeout(PATIENCE, store::device_find_all(&self.db, tenant, &secrets)).await;
        match found.unwrap_or(Err(StoreError::Busy)) {
            // Whoever asked may have gone.
            Ok(rows) => questions.into_iter().zip(rows).for_each(|(question, row)| drop(question.answer.send(Ok(row)))),
            Err(error) => {
                // The one that is told what happened logs it; for the others the database was busy.
                let mut error = Some(error);
                for question in questions {
                    let _ = question.answer.send(Err(error.take().unwrap_or(StoreError::Busy)));
                }
            }
        }
    }

    fn waiting(&self) -> MutexGuard<'_, HashMap<Tenant, Vec<Waiting>>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
