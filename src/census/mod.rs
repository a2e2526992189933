//! An enterprise in memory: everyone unsealed, one bitmap per answer, names beside them. It is loaded on first use, kept
//! within a byte budget, wiped when it goes, and brought up to date before every answer by reading the rows that came since.
//! Where rows were purged, all of it is read anew.
//!
//! A question goes this way: read the enterprise's counter (one row by its key); if it moved, read the employees and
//! declarations behind it in the order of `change`, open them off the async threads, and take them in; then answer from
//! memory. So what was committed before the question is in the answer, whichever process committed it. `memory` is one
//! enterprise, `index` counts one period of it, `load` has rows read (`store`; where there is much to read, from a `replica`) and opened
//! (`decode`). A page that would have to wait long for an enterprise's first reading is told how far it is.
//!
//! Every question takes a [`Sight`], made from the caller's scope, and is answered by what of the enterprise that sight reaches
//! (`memory::Seen`): there is no other way to ask. So whoever is confined to departments gets the answers of an enterprise that has
//! nobody else.

mod decode;
mod index;
mod load;
mod memory;
mod replica;
mod roster;
mod sight;
mod staff;
mod store;
mod texts;
mod trend;

use std::{
    collections::{BTreeMap, HashMap, HashSet},
    ops::Deref,
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicI64, AtomicU8, AtomicU64, AtomicUsize, Ordering},
    },
    time::{Duration, Instant},
};

use futures::{
    FutureExt,
    future::{BoxFuture, Shared},
};
use tokio::{
    task::{JoinHandle, spawn_blocking},
    time::timeout,
};
use tracing::Instrument;

use self::{
    load::{Loader, Since},
    memory::{Enterprise, Seen},
};
pub use self::{
    memory::{Count, DepartmentCount, Figures, Line, Listed, People},
    roster::Days,
    sight::Sight,
    staff::{Absent, Absentee, Declarer, Missing, MissingPerson, Staff, Worker},
    store::LISTED,
    trend::{Trend, TrendDay},
};
use crate::{
    account::caller::Tenant,
    db::Db,
    declaration::record::Record,
    error::{AppError, StoreError},
    id::{DepartmentId, EmployeeId, EnterpriseId},
    metrics::Reading,
    period::{Day, Moment},
    questionnaire::catalogue::Catalogue,
    roster::model as roster_model,
    statistics::model::{Cursor, Looked},
    vault::{TenantKeys, Vault, newest_version},
};

/// A page is not kept waiting longer for an enterprise that is being loaded: it says how far that is, and comes again.
const PAGE_PATIENCE: Duration = Duration::from_millis(800);
/// By then a page that was told so has come again.
const COMES_AGAIN: Duration = Duration::from_secs(3);

/// All censuses of this process.
#[derive(Clone)]
pub struct Censuses(Arc<All>);

pub struct All {
    loader: Loader,
    db: Db,
    vault: Arc<Vault>,
    /// In bytes, for all together. One that is larger by itself is still loaded, and alone.
    budget: usize,
    slots: Mutex<HashMap<EnterpriseId, Arc<Slot>>>,
    uses: AtomicU64,
    pub metrics: Reading,
}

/// One enterprise's place among the censuses.
struct Slot {
    enterprise: RwLock<Enterprise>,
    /// Held by whoever reads new rows; the others wait for it instead of reading the same.
    update: tokio::sync::Mutex<()>,
    seen: AtomicI64,
    size: AtomicUsize,
    used: AtomicU64,
    /// In per cent, while it is loaded.
    loaded: AtomicU8,
    /// For pages.
    loading: Mutex<Option<Load>>,
    /// Until then it stays, whatever the budget.
    kept_until: Mutex<Option<Instant>>,
}

/// A first load, for all who wait for it.
type Load = Shared<BoxFuture<'static, Result<(), AppError>>>;

/// Someone who declares, in short.
pub struct Who {
    pub name: String,
    pub to_verify: bool,
    pub department: Option<DepartmentId>,
}

/// Someone who declares, and all that they declared.
pub struct PersonFile {
    pub name: String,
    pub document: String,
    /// E.164; empty where there is none.
    pub phone: String,
    pub to_verify: bool,
    pub department: Option<DepartmentId>,
    /// The newest first.
    pub declarations: Vec<FiledDeclaration>,
}

/// One declaration of a person.
pub struct FiledDeclaration {
    pub change: i64,
    pub day: Day,
    pub submitted_at: Moment,
    pub questionnaire: String,
    pub version: u32,
    /// A later one of the same day counts instead.
    pub replaced: bool,
    pub record: Record,
}

impl Censuses {
    /// `budget` in bytes, for all together. Enterprises are loaded from a replica, if there is one, as far as it has come.
    pub fn new(db: Db, replica: Option<Db>, vault: Arc<Vault>, catalogue: Arc<Catalogue>, budget: u64) -> Self {
        let budget = usize::try_from(budget).unwrap_or(usize::MAX);
        let loader = Loader::new(db.clone(), replica, vault.clone(), catalogue);
        let (slots, uses) = (Mutex::default(), AtomicU64::new(0));
        Self(Arc::new(All { loader, db, vault, budget, slots, uses, metrics: Reading::default() }))
    }

    /// Counts the people of a filter, and how they answered these questions.
    pub async fn figures(&self, sight: &Sight, filter: Looked, today: Day, questions: Vec<String>) -> Result<Figures, StoreError> {
        self.ask(sight, move |seen| seen.figures(&filter, today, &questions)).await
    }

    /// The people of a filter, whoever declared last first.
    pub async fn people(&self, sight: &Sight, filter: Looked, today: Day, after: Option<Cursor>) -> Result<People, StoreError> {
        self.ask(sight, move |seen| seen.people(&filter, today, after)).await
    }

    /// The declarations of the people of a filter, the last made first: the one of each that counts, or, with `every`, all that they made
    /// in the period.
    pub async fn listed(&self, sight: &Sight, filter: Looked, today: Day, every: bool) -> Result<Vec<Listed>, StoreError> {
        self.ask(sight, move |seen| seen.listed(&filter, today, every)).await
    }

    /// How many these are: with the one that counts of each person, and with every one.
    pub async fn count_listed(&self, sight: &Sight, filter: Looked, today: Day) -> Result<(u32, u32), StoreError> {
        self.ask(sight, move |seen| seen.count_listed(&filter, today)).await
    }

    /// At most [`LISTED`] of these in full, each with what a list shows of whose it is. Who went meanwhile, or out of sight, is left out.
    pub async fn filed(&self, sight: &Sight, listed: &[Listed]) -> Result<Vec<(Line, FiledDeclaration)>, StoreError> {
        let changes: Vec<i64> = listed.iter().map(|listed| listed.change).collect();
        let replaced: HashSet<i64> = listed.iter().filter(|listed| listed.replaced).map(|listed| listed.change).collect();
        let rows = store::declarations_listed(&self.db, sight.tenant(), &changes).await?;
        let keys = self.vault.keys_for(&self.db, sight.tenant().id(), newest_version(rows.iter().map(|row| &row.record))).await?;
        let mut lines = self.ask(sight, move |seen| seen.lines_listed(&changes)).await?;
        off_the_async_threads(move || {
            let filed = rows.into_iter().filter_map(|row| {
                let (line, replaced) = (lines.remove(&row.change)?, replaced.contains(&row.change));
                Some(FiledDeclaration::open(&keys, row, replaced).map(|filed| (line, filed)))
            });
            filed.collect()
        })
        .await?
    }

    /// The lines of a list of the roster, or the people who are on none.
    pub async fn staff(&self, sight: &Sight, asked: roster_model::Asked, today: Day) -> Result<Staff, StoreError> {
        self.ask(sight, move |seen| seen.staff(&asked, today)).await
    }

    /// The names of everyone who was waited for on a day and did not declare, of whom the filter leaves.
    pub async fn absent_names(&self, sight: &Sight, asked: roster_model::Asked, day: Day) -> Result<Vec<String>, StoreError> {
        self.ask(sight, move |seen| seen.absent_names(&asked, day)).await
    }

    /// Who was waited for on a day and did not declare, and what the day comes to.
    pub async fn absent(&self, sight: &Sight, asked: roster_model::Asked, day: Day) -> Result<Absent, StoreError> {
        self.ask(sight, move |seen| seen.absent(&asked, day)).await
    }

    /// Everyone who was waited for on a day and did not declare.
    pub async fn missing(&self, sight: &Sight, day: Day) -> Result<Missing, StoreError> {
        self.ask(sight, move |seen| seen.missing(day)).await
    }

    /// What each day from `first` to `last` comes to, of everyone in sight or of one department.
    pub async fn trend(
        &self,
        sight: &Sight,
        (first, last): (Day, Day),
        department: Option<Option<DepartmentId>>,
    ) -> Result<Trend, StoreError> {
        self.ask(sight, move |seen| seen.trend(first, last, department)).await
    }

    /// How many people each department has, whether they declared or not; `None` stands for no department.
    #[expect(clippy::redundant_closure_for_method_calls, reason = "the method by itself is not general enough")]
    pub async fn departments(&self, sight: &Sight) -> Result<BTreeMap<Option<DepartmentId>, u32>, StoreError> {
        self.ask(sight, |seen| seen.departments()).await
    }

    /// An employee's name, and whether they are still to be verified.
    pub async fn name(&self, sight: &Sight, employee: EmployeeId) -> Result<Option<(String, bool)>, StoreError> {
        Ok(self.who(sight, employee).await?.map(|who| (who.name, who.to_verify)))
    }

    /// Who an employee is, for a line of a list.
    pub async fn who(&self, sight: &Sight, employee: EmployeeId) -> Result<Option<Who>, StoreError> {
        let Some(row) = self.find(sight, employee).await? else { return Ok(None) };
        let keys = self.vault.keys_for(&self.db, sight.tenant().id(), newest_version([&row.person])).await?;
        let fact = decode::employee(&keys, row)?;
        Ok(Some(Who { name: fact.texts.name().to_owned(), to_verify: fact.to_verify, department: fact.department }))
    }

    /// Whoever is out of sight is missing.
    async fn find(&self, sight: &Sight, employee: EmployeeId) -> Result<Option<store::EmployeeRow>, StoreError> {
        let row = store::employee_find(&self.db, sight.tenant(), employee).await?;
        Ok(row.filter(|row| sight.reaches(row.department_id)))
    }

    /// Everything about one person; read and opened anew, because a census keeps only what it counts.
    pub async fn person(&self, sight: &Sight, employee: EmployeeId) -> Result<Option<PersonFile>, StoreError> {
        let Some(row) = self.find(sight, employee).await? else { return Ok(None) };
        let tenant = sight.tenant();
        let rows = store::declarations_of(&self.db, tenant, employee).await?;
        let newest = newest_version(rows.iter().map(|row| &row.record).chain([&row.person]));
        let keys = self.vault.keys_for(&self.db, tenant.id(), newest).await?;
        off_the_async_threads(move || {
            let mut last_day = None;
            let declarations = rows.into_iter().map(|row| {
                let replaced = last_day.replace(row.day) == Some(row.day);
                FiledDeclaration::open(&keys, row, replaced)
            });
            let declarations = declarations.collect::<Result<_, StoreError>>()?;
            let fact = decode::employee(&keys, row)?;
            let text = |text: &str| text.to_owned();
            Ok(Some(PersonFile {
                name: text(fact.texts.name()),
                document: text(fact.texts.document()),
                phone: text(fact.texts.phone()),
                to_verify: fact.to_verify,
                department: fact.department,
                declarations,
            }))
        })
        .await?
    }

    /// How many enterprises are in memory, and their bytes together.
    pub fn load(&self) -> (usize, usize) {
        let slots = self.slots();
        (slots.len(), slots.values().map(|slot| slot.size.load(Ordering::Relaxed)).sum())
    }

    async fn ask<T: Send + 'static>(&self, sight: &Sight, question: impl FnOnce(&Seen<'_>) -> T + Send + 'static) -> Result<T, StoreError> {
        let slot = self.up_to_date(sight).await?;
        let sight = sight.clone();
        off_the_async_threads(move || question(&slot.enterprise.read().unwrap_or_else(PoisonError::into_inner).seen_by(&sight))).await
    }

    async fn up_to_date(&self, sight: &Sight) -> Result<Arc<Slot>, StoreError> {
        let tenant = sight.tenant();
        let now = store::change(&self.db, tenant).await?;
        let slot = self.slot(tenant.id(), now.purged);
        if slot.seen() == 0 && now.change > 0 && sight.is_for_a_page() {
            self.wait_a_moment(tenant, &slot, now).await?;
        }
        self.read_on(tenant, &slot, now).await?;
        Ok(slot)
    }

    /// Waits for a first load, which goes on by itself; for not longer than a page may take.
    async fn wait_a_moment(&self, tenant: Tenant, slot: &Arc<Slot>, now: store::Change) -> Result<(), StoreError> {
        let (censuses, loaded) = (self.clone(), slot.clone());
        let load = slot.loading(async move { censuses.read_on(tenant, &loaded, now).await });
        let Ok(done) = timeout(PAGE_PATIENCE, load).await else {
            // Whoever asked comes again in a moment: it must not be gone by then.
            slot.keep_until(Instant::now() + COMES_AGAIN);
            return Err(StoreError::Loading(slot.loaded.load(Ordering::Relaxed)));
        };
        slot.end_of_loading();
        done.map_err(StoreError::Told)
    }

    /// Reads what came since, unless somebody else just did.
    async fn read_on(&self, tenant: Tenant, slot: &Arc<Slot>, now: store::Change) -> Result<(), StoreError> {
        while slot.seen() < now.change {
            let _single_flight = slot.update.lock().await;
            let (seen, began) = (slot.seen(), Instant::now());
            if seen >= now.change {
                break;
            }
            // Rows that it has read may have been purged while we waited.
            let anew = seen < now.purged || seen == 0;
            let put = slot.clone();
            if anew {
                let loaded = self.loader.load(tenant, &now, &slot.loaded).await?;
                off_the_async_threads(move || put.put(loaded)).await?;
            } else {
                let since = self.loader.read_since(tenant, seen, &now).await?;
                off_the_async_threads(move || put.take(since, seen, &now)).await?;
            }
            self.metrics.loaded(anew, began);
            self.keep_within_budget(tenant.id());
        }
        Ok(())
    }

    /// The enterprise's slot; a new one where rows that the old one has read were purged since.
    fn slot(&self, enterprise: EnterpriseId, purged: i64) -> Arc<Slot> {
        let mut slots = self.slots();
        let slot = slots.entry(enterprise).or_insert_with(|| Arc::new(Slot::new()));
        if (1..purged).contains(&slot.seen()) {
            *slot = Arc::new(Slot::new());
        }
        let slot = slot.clone();
        drop(slots);
        slot.used.store(self.uses.fetch_add(1, Ordering::Relaxed), Ordering::Relaxed);
        slot
    }

    /// Lets the least recently used go; whoever is still reading one keeps it until the answer is given.
    fn keep_within_budget(&self, just_used: EnterpriseId) {
        let mut slots = self.slots();
        loop {
            let bytes: usize = slots.values().map(|slot| slot.size.load(Ordering::Relaxed)).sum();
            let others = slots.iter().filter(|(enterprise, slot)| **enterprise != just_used && slot.may_go());
            let oldest = others.min_by_key(|(_, slot)| slot.used.load(Ordering::Relaxed)).map(|(enterprise, _)| *enterprise);
            match oldest {
                Some(oldest) if bytes > self.budget => {
                    slots.remove(&oldest);
                    self.metrics.evictions.inc();
                }
                _ => return,
            }
        }
    }

    fn slots(&self) -> std::sync::MutexGuard<'_, HashMap<EnterpriseId, Arc<Slot>>> {
        self.slots.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Slot {
    fn new() -> Self {
        Self {
            enterprise: RwLock::new(Enterprise::new()),
            update: tokio::sync::Mutex::default(),
            seen: AtomicI64::new(0),
            size: AtomicUsize::new(size_of::<Self>()),
            used: AtomicU64::new(0),
            loaded: AtomicU8::new(0),
            loading: Mutex::default(),
            kept_until: Mutex::default(),
        }
    }

    fn seen(&self) -> i64 {
        self.seen.load(Ordering::Acquire)
    }

    /// The first load that is under way, or has just ended; if there is none, this one begins. It goes on whoever waits for it.
    fn loading(&self, load: impl Future<Output = Result<(), StoreError>> + Send + 'static) -> Load {
        let mut loading = self.loading.lock().unwrap_or_else(PoisonError::into_inner);
        let begin = || {
            let task = tokio::spawn(load.in_current_span());
            // What went wrong is logged here, also when nobody waits any more.
            let done = async move { task.await.map_err(|_| StoreError::Busy).flatten().map_err(AppError::from) };
            done.boxed().shared()
        };
        loading.get_or_insert_with(begin).clone()
    }

    /// How it ended was told: the next one begins anew.
    fn end_of_loading(&self) {
        self.loading.lock().unwrap_or_else(PoisonError::into_inner).take_if(|load| load.peek().is_some());
    }

    fn keep_until(&self, until: Instant) {
        *self.kept_until.lock().unwrap_or_else(PoisonError::into_inner) = Some(until);
    }

    /// Nobody reads for it, and nobody was told to come again for it.
    fn may_go(&self) -> bool {
        let kept = self.kept_until.lock().unwrap_or_else(PoisonError::into_inner).is_some_and(|until| Instant::now() < until);
        !kept && self.update.try_lock().is_ok()
    }

    /// Shows an enterprise that was just loaded.
    fn put(&self, loaded: Enterprise) {
        let (size, seen) = (loaded.size(), loaded.seen());
        let mut enterprise = self.enterprise.write().unwrap_or_else(PoisonError::into_inner);
        // Whoever waited for another loading went away, and that loading still ended.
        if enterprise.seen() < seen {
            *enterprise = loaded;
            self.size.store(size, Ordering::Relaxed);
            self.seen.store(seen, Ordering::Release);
        }
    }

    /// Shows what came since.
    fn take(&self, since: Since, seen: i64, now: &store::Change) {
        let mut enterprise = self.enterprise.write().unwrap_or_else(PoisonError::into_inner);
        if enterprise.seen() != seen {
            return;
        }
        since.put_into(&mut enterprise, now);
        self.size.store(enterprise.size(), Ordering::Relaxed);
        self.seen.store(enterprise.seen(), Ordering::Release);
    }
}

impl Deref for Censuses {
    type Target = All;

    fn deref(&self) -> &All {
        &self.0
    }
}

impl FiledDeclaration {
    fn open(keys: &TenantKeys, row: store::DeclarationRow, replaced: bool) -> Result<Self, StoreError> {
        Ok(Self {
            change: row.change,
            day: row.day,
            submitted_at: row.submitted_at,
            record: Record::open(keys, row.bound(), &row.record)?,
            questionnaire: row.questionnaire,
            version: u32::try_from(row.version).map_err(|_| StoreError::Row { table: "declaration", column: "version" })?,
            replaced,
        })
    }
}

async fn off_the_async_threads<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, StoreError> {
    joined(spawn_blocking(work)).await
}

/// A task that was cut off by the server's stop is as good as a busy database; one that panicked has said so in the log.
async fn joined<T>(task: JoinHandle<T>) -> Result<T, StoreError> {
    task.await.map_err(|_| StoreError::Busy)
}
