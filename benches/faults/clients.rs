//! Employees who declare, as browsers do: a form that was not acknowledged is sent again as it is, until it is.

use std::{
    collections::HashSet,
    io,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use shenbao::{id::ReceiptId, random};
use tokio::{
    sync::{RwLock, RwLockWriteGuard},
    task::JoinHandle,
};
use uuid::Uuid;

use crate::{
    scene::PEOPLE,
    support::{
        forms::{self, CITY, Forms},
        http::{Answer, Connection},
    },
};

/// How many declare at the same time. Each has employees of its own: nobody sends two forms at once.
const CLIENTS: usize = 16;
/// Between two forms of a client, and before a form is sent again.
const PAUSE: Duration = Duration::from_millis(10);
/// Whoever has no answer by then sends the form again.
const NO_ANSWER: Duration = Duration::from_secs(40);
/// A service that is well again writes by then.
const PATIENCE: Duration = Duration::from_secs(30);
/// Each form of so many is sent once more after it was acknowledged: a double tap.
const DOUBLE_TAPS: usize = 10;

/// A form that somebody filled in once.
pub struct Submission {
    /// Which of the employees.
    pub person: usize,
    /// Its key; it stands in the residence too, so that what is stored tells which form it comes from.
    pub key: Uuid,
    /// One, if it was acknowledged.
    pub receipts: HashSet<ReceiptId>,
}

impl Submission {
    pub fn of(person: usize) -> Self {
        Self { person, key: random::uuid(), receipts: HashSet::new() }
    }
}

/// What came of sending a form once.
pub enum Said {
    Done(ReceiptId),
    NotNow,
}

/// What clients count while they send.
#[derive(Default)]
pub struct Counts {
    acknowledged: AtomicUsize,
    errors_5xx: AtomicUsize,
    /// Of these, those that say when to ask again.
    busy: AtomicUsize,
    broken: AtomicUsize,
    /// The first answer that no employee should get.
    strange: Mutex<Option<String>>,
}

impl Counts {
    pub async fn send(&self, forms: &Forms, connection: &mut Connection, submission: &Submission) -> io::Result<Said> {
        let residence = format!("{CITY}{}", submission.key.simple());
        let post = forms.post(connection, submission.person, submission.key, &residence);
        let answer = tokio::time::timeout(NO_ANSWER, post).await.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()));
        if answer.is_err() {
            self.broken.fetch_add(1, Ordering::Relaxed);
        }
        Ok(self.note(&answer?))
    }

    fn note(&self, answer: &Answer) -> Said {
        if let Some(receipt) = forms::receipt(answer) {
            return Said::Done(receipt);
        }
        if answer.status >= 500 {
            self.errors_5xx.fetch_add(1, Ordering::Relaxed);
        }
        if answer.status == 503 {
            self.busy.fetch_add(1, Ordering::Relaxed);
        }
        if answer.status != 503 || answer.retry_after.is_none() {
            let page = String::from_utf8_lossy(&answer.body[..answer.body.len().min(300)]).replace('\n', " ");
            let mut strange = self.strange.lock().unwrap_or_else(PoisonError::into_inner);
            strange.get_or_insert_with(|| format!("{} instead of a receipt or a 503 that says when to ask again: {page}", answer.status));
        }
        Said::NotNow
    }

    pub fn acknowledged(&self) -> usize {
        self.acknowledged.load(Ordering::Relaxed)
    }

    pub fn errors_5xx(&self) -> usize {
        self.errors_5xx.load(Ordering::Relaxed)
    }

    pub fn busy(&self) -> usize {
        self.busy.load(Ordering::Relaxed)
    }

    pub fn broken(&self) -> usize {
        self.broken.load(Ordering::Relaxed)
    }

    pub fn strange(&self) -> Option<String> {
        self.strange.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Everything that was sent.
#[derive(Default)]
pub struct Sent {
    pub submissions: Vec<Submission>,
    pub counts: Arc<Counts>,
}

/// Clients at work.
pub struct Crowd {
    pub counts: Arc<Counts>,
    over: Arc<AtomicBool>,
    tapping: Arc<RwLock<()>>,
    clients: Vec<JoinHandle<Vec<Submission>>>,
}

impl Crowd {
    /// On one server, or going round several.
    pub fn start(forms: &Arc<Forms>, ports: &[u16]) -> Self {
        let (counts, over, tapping) = (Arc::<Counts>::default(), Arc::<AtomicBool>::default(), Arc::<RwLock<()>>::default());
        let client = |number| {
            let (forms, counts, over, tapping) = (forms.clone(), counts.clone(), over.clone(), tapping.clone());
            tokio::spawn(Client { number, forms, ports: ports.to_vec(), counts, over, tapping }.declare())
        };
        Self { clients: (0..CLIENTS).map(client).collect(), counts, over, tapping }
    }

    /// While this is held, nobody is between the two taps of a double one.
    pub async fn nobody_taps_twice(&self) -> RwLockWriteGuard<'_, ()> {
        self.tapping.write().await
    }

    /// Waits until so many were acknowledged as can be no answers from before; says how long it took.
    pub async fn is_served(&self) -> anyhow::Result<Duration> {
        let (start, enough) = (Instant::now(), self.counts.acknowledged() + CLIENTS + 1);
        while self.counts.acknowledged() < enough {
            anyhow::ensure!(start.elapsed() < PATIENCE, "nothing was written within {} s", PATIENCE.as_secs());
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
        Ok(start.elapsed())
    }

    /// Lets every client finish with its form.
    pub async fn end(self) -> anyhow::Result<Sent> {
        self.over.store(true, Ordering::Relaxed);
        let mut submissions = Vec::new();
        for client in self.clients {
            submissions.extend(client.await?);
        }
        Ok(Sent { submissions, counts: self.counts })
    }
}

struct Client {
    number: usize,
    forms: Arc<Forms>,
    ports: Vec<u16>,
    counts: Arc<Counts>,
    over: Arc<AtomicBool>,
    tapping: Arc<RwLock<()>>,
}

impl Client {
    async fn declare(self) -> Vec<Submission> {
        let mut sent = Vec::new();
        let mut line = Line { ports: self.ports.clone(), turn: self.number, connection: None };
        let people: Vec<usize> = (self.number..PEOPLE).step_by(CLIENTS).collect();
        for &person in people.iter().cycle() {
            if self.is_over() {
                break;
            }
            let mut submission = Submission::of(person);
            if sent.len() % DOUBLE_TAPS == 0 {
                let _tapping = self.tapping.read().await;
                self.until_acknowledged(&mut line, &mut submission).await;
                self.until_acknowledged(&mut line, &mut submission).await;
            } else {
                self.until_acknowledged(&mut line, &mut submission).await;
            }
            sent.push(submission);
            tokio::time::sleep(PAUSE).await;
        }
        sent
    }

    fn is_over(&self) -> bool {
        self.over.load(Ordering::Relaxed)
    }

    /// Gives up only when all is over and nobody answers any more.
    async fn until_acknowledged(&self, line: &mut Line, submission: &mut Submission) {
        let mut over_since = None;
        loop {
            if let Ok(Said::Done(receipt)) = self.send(line, submission).await {
                if submission.receipts.is_empty() {
                    self.counts.acknowledged.fetch_add(1, Ordering::Relaxed);
                }
                submission.receipts.insert(receipt);
                return;
            }
            if self.is_over() && over_since.get_or_insert_with(Instant::now).elapsed() > PATIENCE {
                return;
            }
            tokio::time::sleep(PAUSE).await;
        }
    }

    async fn send(&self, line: &mut Line, submission: &Submission) -> io::Result<Said> {
        let said = self.counts.send(&self.forms, line.connection().await?, submission).await;
        if said.is_err() {
            line.hang_up();
        }
        said
    }
}

/// A client's connection: to the next server when the last one broke off.
struct Line {
    ports: Vec<u16>,
    turn: usize,
    connection: Option<Connection>,
}

impl Line {
    async fn connection(&mut self) -> io::Result<&mut Connection> {
        if self.connection.is_none() {
            self.turn += 1;
            self.connection = Some(Connection::open(self.ports[self.turn % self.ports.len()]).await?);
        }
        self.connection.as_mut().ok_or_else(|| io::ErrorKind::NotConnected.into())
    }

    fn hang_up(&mut self) {
        self.connection = None;
    }
}
