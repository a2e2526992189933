//! A file on its way into the roster: read and compared beside the requests, shown, and then taken over as a whole.

use std::collections::HashMap;

use tokio::{sync::Semaphore, task::spawn_blocking};
use uuid::Uuid;

use super::{
    model::{Column, Counts, Fate, FileProblem, ImportView, Kept, MOST_ROWS, Preview, PreviewLine, UploadView},
    read::{self, Line, Sheet, Unfit},
    seal::{Report, Target},
    store::{self, ABSENT, EntryRow, Import, Imported, STAGED_AT_ONCE, StagedRow, State, UploadRow},
    table,
};
use crate::{
    account::caller::{Scope, Tenant},
    audit::{entry::Entry as Record, model::Action},
    db::patiently,
    enterprise::{
        department::{self, model::Department},
        registry,
    },
    error::{Result, StoreError},
    id::{DepartmentId, EntryId},
    period::{Day, Moment},
    random,
    state::AppState,
    vault::{TenantKeys, newest_version},
};

/// So long a file waits to be taken over.
pub const UPLOAD_SECS: i64 = 60 * 60;
/// A file that is still being read after so long was left by a server that stopped.
const READING_SECS: i64 = 5 * 60;
/// So many lines of each fate are shown.
const SHOWN: u32 = 20;

/// One file at a time is unpacked and compared in a process: a large one takes a few hundred megabytes for a few seconds.
static READING: Semaphore = Semaphore::const_new(1);

/// Begins with a file, and reads on beside the request. What the task waits for is the database; whoever asks sees how far it is.
pub async fn begin(state: &AppState, scope: &Scope, bytes: Vec<u8>) -> Result<(Uuid, tokio::task::JoinHandle<()>)> {
    super::may_change(scope)?;
    let (tenant, upload) = (scope.tenant(), random::uuid());
    let roster = store::roster_change(&state.db, tenant).await?;
    store::upload_insert(&state.db, tenant, upload, roster, state.clock.now()).await?;
    let reading = Reading { state: state.clone(), tenant, upload };
    let task = tokio::spawn(async move {
        if let Err(error) = reading.run(bytes).await {
            tracing::error!(%error, "a file for a roster could not be staged");
            let _ = reading.finish(State::Refused, &Report::Refused(FileProblem::Interrupted)).await;
        }
    });
    Ok((upload, task))
}

struct Reading {
    state: AppState,
    tenant: Tenant,
    upload: Uuid,
}

impl Reading {
    async fn run(&self, bytes: Vec<u8>) -> Result<(), StoreError> {
        let _alone = READING.acquire().await.map_err(|_| StoreError::Busy)?;
        let read = spawn_blocking(move || table::read(&bytes).map_err(Unfit::File).and_then(|rows| read::read(&rows)));
        // A file that a reader stumbles over is one that cannot be read.
        match read.await.unwrap_or(Err(Unfit::File(FileProblem::Broken))) {
            Ok(sheet) => self.stage(sheet).await,
            Err(Unfit::File(problem)) => self.finish(State::Refused, &Report::Refused(problem)).await,
            Err(Unfit::Faults(count, first)) => self.finish(State::Refused, &Report::Faulty(count, first)).await,
        }
    }

    async fn stage(&self, sheet: Sheet) -> Result<(), StoreError> {
        let db = &self.state.db;
        let today = registry::load(&self.state, self.tenant).await?.today(&self.state.clock);
        let departments = department::list(&self.state, self.tenant).await?;
        let keys = self.state.vault.keys(db, self.tenant.id()).await?;
        let known = self.known().await?;
        let compared = spawn_blocking(move || Compared::new(&keys, sheet, known, &departments, today)).await;
        let Compared { rows, report } = compared.map_err(|_| StoreError::Busy)?;
        let total = i64::try_from(rows.len()).unwrap_or(i64::MAX);
        let mut done = 0;
        for some in rows.chunks(STAGED_AT_ONCE) {
            done += i64::try_from(some.len()).unwrap_or(0);
            if !patiently!(store::staged_insert(db, self.tenant, self.upload, some, done, total))? {
                return Ok(());
            }
            tokio::task::yield_now().await;
        }
        self.finish(State::Ready, &report).await
    }

    /// The roster as it is.
    async fn known(&self) -> Result<Vec<(EntryRow, Kept)>, StoreError> {
        let (mut known, mut after) = (Vec::new(), EntryId(Uuid::nil()));
        loop {
            let rows = store::entry_list_after(&self.state.db, self.tenant, after).await?;
            let Some(last) = rows.last() else { return Ok(known) };
            after = last.id;
            let newest = newest_version(rows.iter().map(|row| &row.person));
            let keys = self.state.vault.keys_for(&self.state.db, self.tenant.id(), newest).await?;
            let opened = spawn_blocking(move || {
                rows.into_iter().map(|row| Kept::open(&keys, row.id, &row.person).map(|kept| (row, kept))).collect::<Result<Vec<_>, _>>()
            });
            known.extend(opened.await.map_err(|_| StoreError::Busy)??);
        }
    }

    async fn finish(&self, to: State, report: &Report) -> Result<(), StoreError> {
        let keys = self.state.vault.keys(&self.state.db, self.tenant.id()).await?;
        let sealed = report.seal(&keys, self.upload);
        patiently!(store::upload_finish(&self.state.db, self.tenant, self.upload, to, &sealed))
    }
}

/// A file beside the roster: what would be written, and what is told of it.
struct Compared {
    rows: Vec<StagedRow>,
    report: Report,
}

/// Where rows are put, each department once.
struct Targets<'a> {
    departments: &'a [Department],
    all: Vec<Target>,
    by_name: HashMap<String, i64>,
    by_id: HashMap<DepartmentId, i64>,
}

impl<'a> Targets<'a> {
    fn new(departments: &'a [Department]) -> Self {
        Self { departments, all: vec![Target::None], by_name: HashMap::new(), by_id: HashMap::new() }
    }

    fn add(&mut self, target: Target) -> i64 {
        self.all.push(target);
        i64::try_from(self.all.len() - 1).unwrap_or(0)
    }

    fn known(&mut self, department: Option<DepartmentId>) -> i64 {
        let Some(department) = department else { return 0 };
        if let Some(place) = self.by_id.get(&department) {
            return *place;
        }
        let place = self.add(Target::Known(department));
        self.by_id.insert(department, place);
        place
    }

    fn named(&mut self, name: &str) -> i64 {
        if name.is_empty() {
            return 0;
        }
        if let Some(known) = self.departments.iter().find(|known| known.name == name) {
            return self.known(Some(known.id));
        }
        if let Some(place) = self.by_name.get(name) {
            return *place;
        }
        let place = self.add(Target::New(name.to_owned()));
        self.by_name.insert(name.to_owned(), place);
        place
    }

    fn is_known(&self, place: i64, department: Option<DepartmentId>) -> bool {
        let target = usize::try_from(place).ok().and_then(|place| self.all.get(place));
        match target {
            Some(Target::None) => department.is_none(),
            Some(Target::Known(known)) => Some(*known) == department,
            _ => false,
        }
    }
}

impl Compared {
    fn new(keys: &TenantKeys, sheet: Sheet, known: Vec<(EntryRow, Kept)>, departments: &[Department], today: Day) -> Self {
        let Sheet { lines, columns, unused, repeated } = sheet;
        let mut by_document: HashMap<Vec<u8>, (EntryRow, Kept)> =
            known.into_iter().map(|(row, kept)| (row.document_index.clone(), (row, kept))).collect();
        let (mut targets, mut counts) = (Targets::new(departments), Counts { repeated, ..Counts::default() });
        let (mut rows, mut shown) = (Vec::new(), Vec::<PreviewLine>::new());
        let mut show = |fate: Fate, earlier: u32, kept: &Kept| {
            if earlier < SHOWN {
                shown.push(PreviewLine { fate, name: kept.person.name.clone(), document: kept.person.document.masked() });
            }
        };
        for line in lines {
            let index = line.kept.document_index(keys);
            let before = by_document.remove(&index[..]);
            let Line { mut kept, department, mut left } = line;
            let place = match &before {
                Some((row, known)) => {
                    if !columns.has(Column::Phone) {
                        kept.person.phone.clone_from(&known.person.phone);
                    }
                    if !columns.has(Column::Site) {
                        kept.site.clone_from(&known.site);
                    }
                    if !columns.has(Column::Mail) {
                        kept.mail.clone_from(&known.mail);
                    }
                    if !columns.has(Column::Joined) {
                        kept.joined = known.joined;
                    }
                    // Who is in the file is there, unless it says when they leave.
                    if !columns.has(Column::Left) {
                        left = row.left_on.filter(|left| *left > today);
                    }
                    if columns.has(Column::Department) { targets.named(&department) } else { targets.known(row.department_id) }
                }
                None => targets.named(&department),
            };
            let id = match &before {
                Some((row, known)) if *known == kept && row.left_on == left && targets.is_known(place, row.department_id) => {
                    counts.unchanged += 1;
                    continue;
                }
                Some((row, _)) => {
                    show(Fate::Changed, counts.changed, &kept);
                    counts.changed += 1;
                    row.id
                }
                None => {
                    show(Fate::New, counts.new, &kept);
                    counts.new += 1;
                    EntryId(random::uuid())
                }
            };
            rows.push(StagedRow { place, id, document_index: index.to_vec(), left_on: left, person: Some(kept.seal(keys, id)) });
        }
        for (row, kept) in by_document.into_values().filter(|(row, _)| row.left_on.is_none_or(|left| left > today)) {
            show(Fate::Leaving, counts.leaving, &kept);
            counts.leaving += 1;
            rows.push(StagedRow { place: ABSENT, id: row.id, document_index: row.document_index, left_on: None, person: None });
        }
        if departments.len() + targets.by_name.len() > department::model::MOST {
            return Self { rows: Vec::new(), report: Report::Refused(FileProblem::TooManyDepartments) };
        }
        let names = targets.all.iter().filter_map(Target::name).map(str::to_owned).collect();
        let preview = Preview { counts, departments: names, unused, lines: shown };
        Self { rows, report: Report::Ready(preview, targets.all) }
    }
}

/// Takes over a file that was shown. `Err` within: why nothing was done.
pub async fn confirm(state: &AppState, scope: &Scope, upload: Uuid, leaving: bool) -> Result<Result<(), FileProblem>> {
    super::may_change(scope)?;
    let keys = state.vault.keys(&state.db, scope.tenant().id()).await?;
    let record = Record::by_viewer(keys, scope, state.clock.now(), Action::ImportRoster);
    Ok(take_over(state, scope.tenant(), upload, leaving, &record).await?)
}

/// Reads a file and takes it over at once, by the operator: for demo data.
pub async fn import_by_operator(state: &AppState, tenant: Tenant, table: &str) -> Result<bool, StoreError> {
    let (upload, roster) = (random::uuid(), store::roster_change(&state.db, tenant).await?);
    store::upload_insert(&state.db, tenant, upload, roster, state.clock.now()).await?;
    Reading { state: state.clone(), tenant, upload }.run(table.as_bytes().to_vec()).await?;
    let keys = state.vault.keys(&state.db, tenant.id()).await?;
    let record = Record::by_operator(keys, state.clock.now(), Action::ImportRoster);
    Ok(take_over(state, tenant, upload, false, &record).await?.is_ok())
}

async fn take_over(
    state: &AppState,
    tenant: Tenant,
    upload: Uuid,
    leaving: bool,
    record: &Record,
) -> Result<Result<(), FileProblem>, StoreError> {
    let Some((row, Some(Report::Ready(mut preview, targets)))) = find(state, tenant, upload).await? else {
        return Ok(Err(FileProblem::Outdated));
    };
    let today = registry::load(state, tenant).await?.today(&state.clock);
    let keys = state.vault.keys(&state.db, tenant.id()).await?;
    let counts = preview.counts;
    if !leaving {
        preview.counts.leaving = 0;
    }
    preview.lines.clear();
    let report = Report::Ready(preview, Vec::new()).seal(&keys, upload);
    let import = Import {
        upload,
        roster: row.roster,
        rows: i64::from(counts.new) + i64::from(counts.changed),
        leaving: i64::from(counts.leaving),
        targets: &targets,
        left: leaving.then_some(today),
        report: &report,
    };
    Ok(match store::import(&state.db, tenant, &import, record).await? {
        Imported::Done => Ok(()),
        Imported::Outdated => Err(FileProblem::Outdated),
        Imported::TooManyDepartments => Err(FileProblem::TooManyDepartments),
    })
}

/// Forgets a file that was shown.
pub async fn cancel(state: &AppState, scope: &Scope, upload: Uuid) -> Result<()> {
    super::may_change(scope)?;
    Ok(store::upload_delete(&state.db, scope.tenant(), upload).await?)
}

/// The page. Without a wish it shows the file that was sent last.
pub async fn page(state: &AppState, scope: &Scope, wanted: Option<Uuid>) -> Result<ImportView> {
    super::may_change(scope)?;
    let tenant = scope.tenant();
    let upload = match wanted {
        Some(upload) => Some(upload),
        None => store::upload_last(&state.db, tenant).await?,
    };
    let shown = match upload {
        Some(upload) => find(state, tenant, upload).await?.map(|(row, report)| (upload, view(&row, report, state.clock.now()))),
        None => None,
    };
    Ok(ImportView { enterprise: tenant.id(), upload: shown, problem: None })
}

async fn find(state: &AppState, tenant: Tenant, upload: Uuid) -> Result<Option<(UploadRow, Option<Report>)>, StoreError> {
    let Some(row) = store::upload_find(&state.db, tenant, upload).await? else { return Ok(None) };
    if row.created_at.plus_secs(UPLOAD_SECS) <= state.clock.now() {
        return Ok(None);
    }
    let report = match &row.report {
        Some(sealed) => {
            let keys = state.vault.keys_for(&state.db, tenant.id(), newest_version([sealed])).await?;
            Some(Report::open(&keys, upload, sealed)?)
        }
        None => None,
    };
    Ok(Some((row, report)))
}

fn view(row: &UploadRow, report: Option<Report>, now: Moment) -> UploadView {
    let rows = |count: i64| u32::try_from(count).unwrap_or(MOST_ROWS);
    match (row.state, report) {
        (_, Some(Report::Refused(problem))) => UploadView::Refused(problem),
        (_, Some(Report::Faulty(count, first))) => UploadView::Faulty(count, first),
        (State::Done, Some(Report::Ready(preview, _))) => UploadView::Done(preview.counts),
        (State::Ready, Some(Report::Ready(preview, _))) => UploadView::Ready(preview),
        (State::Reading, _) if row.created_at.plus_secs(READING_SECS) > now => UploadView::Reading(rows(row.done), rows(row.total)),
        _ => UploadView::Refused(FileProblem::Interrupted),
    }
}
