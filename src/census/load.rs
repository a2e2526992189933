//! From the database into memory: all of an enterprise for the first time, or what came since.
//!
//! The first load of a large enterprise is a line of workers: rows are read in chunks, several chunks are opened at a time, and one thread puts them together in
//! their order. So no more than a few chunks wait in memory, and every processor has something to do.

use std::{
    collections::VecDeque,
    sync::{
        Arc,
        atomic::{AtomicU8, Ordering},
    },
};

use tokio::{
    sync::{Semaphore, mpsc},
    task::{JoinHandle, spawn_blocking},
};

use super::{
    decode::{self, Declarations, EmployeeFact},
    joined,
    memory::Enterprise,
    replica::{Replica, Source},
    roster::{Decision, EntryFact},
    store::{self, Change},
};
use crate::{
    account::caller::Tenant,
    db::Db,
    error::StoreError,
    id::EmployeeId,
    questionnaire::catalogue::Catalogue,
    vault::{Vault, newest_version},
};

/// How many chunks may wait to be opened, and how many to be put together: reading must not run far ahead of the processors.
const UNDER_WAY: usize = 4;
/// So many large enterprises are put together at a time: each holds a thread until it is done.
const LARGE_AT_A_TIME: usize = 4;
/// Of the whole, people are so much, in per cent, and declarations the rest.
const PEOPLE_PERCENT: i64 = 40;

pub struct Loader {
    db: Db,
    replica: Option<Replica>,
    vault: Arc<Vault>,
    catalogue: Arc<Catalogue>,
    large: Semaphore,
}

/// A part of an enterprise, opened. People come first, then the roster and what was decided about who is not on it, then declarations.
enum Part {
    Employees(Vec<EmployeeFact>),
    Entries(Vec<EntryFact>),
    Decisions(Vec<(EmployeeId, Decision)>),
    Declarations(Declarations),
}

/// What came since a census was last brought up to date, opened.
#[derive(Default)]
pub struct Since {
    employees: Vec<EmployeeFact>,
    entries: Vec<EntryFact>,
    decisions: Vec<(EmployeeId, Decision)>,
    declarations: Vec<Declarations>,
}

/// Where the parts go.
enum Goal<'a> {
    Building { building: Building, until: i64, percent: &'a AtomicU8 },
    Since(Since),
}

impl Since {
    pub fn put_into(self, enterprise: &mut Enterprise, now: &Change) {
        enterprise.roster.head_count = head_count(now);
        enterprise.take_roster(&self.entries, &self.decisions);
        for fact in self.employees {
            enterprise.take_employee(fact);
        }
        enterprise.take_declarations(&self.declarations);
        enterprise.set_seen(now.change);
    }
}

fn head_count(now: &Change) -> Option<u32> {
    now.head_count.map(|count| u32::try_from(count).unwrap_or(u32::MAX))
}

impl Loader {
    pub fn new(db: Db, replica: Option<Db>, vault: Arc<Vault>, catalogue: Arc<Catalogue>) -> Self {
        let large = Semaphore::new(LARGE_AT_A_TIME);
        Self { db, replica: replica.map(Replica::new), vault, catalogue, large }
    }

    /// Everything up to a change, for the first time; how far it is stands in `percent`.
    pub async fn load(&self, tenant: Tenant, now: &Change, percent: &AtomicU8) -> Result<Enterprise, StoreError> {
        if now.change <= store::CHUNK {
            return self.load_small(tenant, *now).await;
        }
        let _permit = self.large.acquire().await.map_err(|_| StoreError::Busy)?;
        if let Some((replica, source)) = self.replica_for(tenant, 0, now).await {
            match self.load_from(source, tenant, now, percent).await {
                Ok(loaded) => return Ok(loaded),
                Err(error) => replica.failed(&error),
            }
        }
        self.load_from(Source::first(&self.db), tenant, now, percent).await
    }

    /// One that fits into a chunk or two: no thread waits for it.
    async fn load_small(&self, tenant: Tenant, now: Change) -> Result<Enterprise, StoreError> {
        let since = self.read_since(tenant, 0, &now).await?;
        joined(spawn_blocking(move || {
            let mut enterprise = Enterprise::new();
            since.put_into(&mut enterprise, &now);
            enterprise
        }))
        .await
    }

    /// What came since `seen`, up to a change.
    pub async fn read_since(&self, tenant: Tenant, seen: i64, now: &Change) -> Result<Since, StoreError> {
        if let Some((replica, source)) = self.replica_for(tenant, seen, now).await {
            match self.read_from(source, tenant, seen, now).await {
                Ok(since) => return Ok(since),
                Err(error) => replica.failed(&error),
            }
        }
        self.read_from(Source::first(&self.db), tenant, seen, now).await
    }

    async fn replica_for(&self, tenant: Tenant, seen: i64, now: &Change) -> Option<(&Replica, Source<'_>)> {
        let replica = self.replica.as_ref()?;
        Some((replica, replica.for_reading(tenant, seen, now).await?))
    }

    async fn load_from(&self, from: Source<'_>, tenant: Tenant, now: &Change, percent: &AtomicU8) -> Result<Enterprise, StoreError> {
        let (people, declarations) = from.in_time(store::to_load(from.db, tenant, now.change)).await?;
        let room = |rows: i64| usize::try_from(rows).unwrap_or_default();
        let building = Building::start(*now, room(people), room(declarations));
        let mut goal = Goal::Building { building, until: now.change, percent };
        self.read(from, tenant, 0, now, &mut goal).await?;
        let Goal::Building { building, .. } = goal else { return Err(StoreError::Busy) };
        building.finish().await
    }

    async fn read_from(&self, from: Source<'_>, tenant: Tenant, seen: i64, now: &Change) -> Result<Since, StoreError> {
        let mut goal = Goal::Since(Since::default());
        self.read(from, tenant, seen, now, &mut goal).await?;
        if let Goal::Since(since) = goal { Ok(since) } else { Err(StoreError::Busy) }
    }

    /// What was decided is read after the employees: so what was decided about one of those who were not there yet is in, too.
    async fn read(&self, from: Source<'_>, tenant: Tenant, seen: i64, now: &Change, goal: &mut Goal<'_>) -> Result<(), StoreError> {
        self.read_employees(from, tenant, seen, goal).await?;
        if now.roster > seen {
            self.read_entries(from, tenant, seen, goal).await?;
            self.read_decisions(from, tenant, seen, goal).await?;
        }
        self.read_declarations(from, tenant, seen, now.change, goal).await
    }

    async fn read_employees(&self, from: Source<'_>, tenant: Tenant, mut seen: i64, goal: &mut Goal<'_>) -> Result<(), StoreError> {
        let mut opening = Opening::default();
        loop {
            let rows = from.in_time(store::employees_after(from.db, tenant, seen)).await?;
            let Some(last) = rows.last() else { return opening.finish(goal).await };
            seen = last.change;
            let newest = newest_version(rows.iter().map(|row| &row.person));
            let keys = self.vault.keys_for(&self.db, tenant.id(), newest).await?;
            opening.start(seen, move || decode::employees(&keys, &rows).map(Part::Employees), goal).await?;
        }
    }

    async fn read_entries(&self, from: Source<'_>, tenant: Tenant, mut seen: i64, goal: &mut Goal<'_>) -> Result<(), StoreError> {
        let mut opening = Opening::default();
        loop {
            let rows = from.in_time(store::entries_after(from.db, tenant, seen)).await?;
            let Some(last) = rows.last() else { return opening.finish(goal).await };
            seen = last.change;
            let newest = newest_version(rows.iter().map(|row| &row.person));
            let keys = self.vault.keys_for(&self.db, tenant.id(), newest).await?;
            opening.start(seen, move || decode::entries(&keys, &rows).map(Part::Entries), goal).await?;
        }
    }

    async fn read_decisions(&self, from: Source<'_>, tenant: Tenant, mut seen: i64, goal: &mut Goal<'_>) -> Result<(), StoreError> {
        let mut decisions = Vec::new();
        loop {
            let rows = from.in_time(store::decisions_after(from.db, tenant, seen)).await?;
            let Some(last) = rows.last() else { return goal.take(Part::Decisions(decisions), seen).await };
            seen = last.change;
            decisions.extend(rows.iter().map(decode::decision));
        }
    }

    async fn read_declarations(
        &self,
        from: Source<'_>,
        tenant: Tenant,
        mut seen: i64,
        until: i64,
        goal: &mut Goal<'_>,
    ) -> Result<(), StoreError> {
        let mut opening = Opening::default();
        loop {
            let rows = from.in_time(store::declarations_after(from.db, tenant, seen, until)).await?;
            let Some(last) = rows.last() else { return opening.finish(goal).await };
            seen = last.change;
            let newest = newest_version(rows.iter().map(|row| &row.record));
            let keys = self.vault.keys_for(&self.db, tenant.id(), newest).await?;
            let catalogue = self.catalogue.clone();
            opening.start(seen, move || decode::declarations(&keys, &catalogue, &rows).map(Part::Declarations), goal).await?;
        }
    }
}

impl Goal<'_> {
    /// Takes the next part, which was read up to a change.
    async fn take(&mut self, part: Part, change: i64) -> Result<(), StoreError> {
        match self {
            Self::Building { building, until, percent } => {
                let of = |whole: i64| change.min(*until) * whole / (*until).max(1);
                let done = if let Part::Declarations(_) = part { PEOPLE_PERCENT + of(100 - PEOPLE_PERCENT) } else { of(PEOPLE_PERCENT) };
                percent.store(u8::try_from(done).unwrap_or_default().min(99), Ordering::Relaxed);
                building.parts.send(part).await.map_err(|_| StoreError::Busy)
            }
            Self::Since(since) => {
                match part {
                    Part::Employees(facts) => since.employees.extend(facts),
                    Part::Entries(facts) => since.entries.extend(facts),
                    Part::Decisions(decisions) => since.decisions = decisions,
                    Part::Declarations(chunk) => since.declarations.push(chunk),
                }
                Ok(())
            }
        }
    }
}

/// An enterprise that is put together on a thread of its own.
struct Building {
    parts: mpsc::Sender<Part>,
    done: JoinHandle<Enterprise>,
}

impl Building {
    /// For so many people and declarations: lists that grow leave holes in memory, together as large as themselves.
    fn start(now: Change, people: usize, declarations: usize) -> Self {
        let (parts, mut coming) = mpsc::channel(UNDER_WAY);
        let done = spawn_blocking(move || {
            let (mut enterprise, mut entries) = (Enterprise::with_room(people, declarations), Vec::new());
            enterprise.roster.head_count = head_count(&now);
            while let Some(part) = coming.blocking_recv() {
                match part {
                    Part::Employees(facts) => facts.into_iter().for_each(|fact| enterprise.take_employee(fact)),
                    // All at once: everyone is looked for in them.
                    Part::Entries(facts) => entries.extend(facts),
                    Part::Decisions(decisions) => enterprise.take_roster(&std::mem::take(&mut entries), &decisions),
                    Part::Declarations(chunk) => enterprise.take_first(&chunk),
                }
            }
            enterprise.count();
            enterprise.set_seen(now.change);
            enterprise
        });
        Self { parts, done }
    }

    async fn finish(self) -> Result<Enterprise, StoreError> {
        drop(self.parts);
        joined(self.done).await
    }
}

/// Parts that are being opened, each with its last change, in their order.
#[derive(Default)]
struct Opening {
    under_way: VecDeque<(i64, JoinHandle<Result<Part, StoreError>>)>,
}

impl Opening {
    async fn start(
        &mut self,
        last: i64,
        open: impl FnOnce() -> Result<Part, StoreError> + Send + 'static,
        goal: &mut Goal<'_>,
    ) -> Result<(), StoreError> {
        if self.under_way.len() >= UNDER_WAY {
            self.hand_on(goal).await?;
        }
        self.under_way.push_back((last, spawn_blocking(open)));
        Ok(())
    }

    async fn finish(mut self, goal: &mut Goal<'_>) -> Result<(), StoreError> {
        while !self.under_way.is_empty() {
            self.hand_on(goal).await?;
        }
        Ok(())
    }

    async fn hand_on(&mut self, goal: &mut Goal<'_>) -> Result<(), StoreError> {
        let Some((last, first)) = self.under_way.pop_front() else { return Ok(()) };
        goal.take(joined(first).await??, last).await
    }
}
