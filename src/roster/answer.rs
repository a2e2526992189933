//! What is asked and changed about the roster, and about who has not declared.

use leptos::prelude::use_context;
use uuid::Uuid;

use super::{
    model::{
        AbsentLine, AbsentView, Asked, Change, Choice, DeclarerLine, Entry, EntryLine, EntryProblem, EntryValues, Kept, List, MOST_PEOPLE,
        OpenForm, Posted, Problem, RosterView, Share, ShareLine, field,
    },
    store::{self, Decision, EntryRow},
};
use crate::{
    account::{
        caller::Scope,
        employees,
        model::{DocumentKind, IdDocument},
    },
    audit::{entry::Entry as Record, model::Action},
    census::{Absent, Absentee, Days, Declarer, Sight, Staff, Worker},
    enterprise::{
        department::{
            self,
            model::{Department, NONE},
        },
        head_count,
        model::Enterprise,
        registry,
    },
    error::{AppError, Result, StoreError},
    form,
    id::{DepartmentId, EmployeeId, EnterpriseId, EntryId},
    link,
    period::Day,
    questionnaire::model::FormValues,
    random,
    state::AppState,
    statistics::model::masked,
    ui::tr,
    vault::newest_version,
};

/// The longest search, in characters.
const SEARCH: usize = 50;

fn read<T>(text: Option<&str>, read: impl Fn(&str) -> Option<T>) -> Result<Option<T>> {
    text.map(|text| read(text).ok_or(AppError::BadRequest)).transpose()
}

/// Reads an address. Nothing in it is ever ignored: a list that answers another question is a wrong list.
pub fn asked(query: &str) -> Result<Asked> {
    let values = form::read(query.trim_start_matches('?').as_bytes()).map_err(|_| AppError::BadRequest)?;
    let known = [field::LIST, field::DAY, field::DEPARTMENT, field::SITE, field::SEARCH, field::PAGE, field::OPEN];
    if values.fields().any(|name| !known.contains(&name) || values.all(name).len() > 1) {
        return Err(AppError::BadRequest);
    }
    let text = |name: &str| Some(values.one(name).trim()).filter(|text| !text.is_empty());
    let department = |text: &str| if text == NONE { Some(None) } else { text.parse::<DepartmentId>().ok().map(Some) };
    let short = |text: &str| (text.chars().count() <= SEARCH).then(|| text.to_owned());
    Ok(Asked {
        list: read(text(field::LIST), |text| List::ALL.into_iter().find(|list| list.code() == text))?.unwrap_or_default(),
        department: read(text(field::DEPARTMENT), department)?,
        site: read(values.all(field::SITE).first().map(String::as_str), short)?,
        search: read(text(field::SEARCH), short)?,
        day: read(text(field::DAY), |text| text.parse().ok())?,
        page: read(text(field::PAGE), |text| text.parse::<u32>().ok()?.checked_sub(1))?.unwrap_or(0),
        open: read(text(field::OPEN), |text| Uuid::try_parse(text).ok())?,
    })
}

/// What both pages need to know.
struct Context {
    enterprise: Enterprise,
    /// Those in sight; the oldest first.
    departments: Vec<Department>,
    sight: Sight,
    today: Day,
    may_change: bool,
}

impl Context {
    async fn load(state: &AppState, scope: &Scope) -> Result<Self, StoreError> {
        let enterprise = registry::load(state, scope.tenant()).await?;
        let sight = Sight::of(scope);
        let mut departments = department::list(state, scope.tenant()).await?;
        departments.retain(|department| sight.reaches(Some(department.id)));
        Ok(Self { today: enterprise.today(&state.clock), enterprise, departments, sight, may_change: scope.may().represent })
    }

    const fn id(&self) -> EnterpriseId {
        self.enterprise.id
    }

    /// A department that is out of sight is as unknown as one that there is not.
    fn check(&self, asked: &Asked) -> Result<()> {
        let known = |department: Option<DepartmentId>| match department {
            Some(_) => self.departments.iter().any(|known| Some(known.id) == department),
            None => self.sight.reaches(None),
        };
        if asked.department.is_none_or(known) { Ok(()) } else { Err(AppError::BadRequest) }
    }

    fn department(&self, wanted: Option<DepartmentId>) -> String {
        let known = self.departments.iter().find(|known| Some(known.id) == wanted);
        known.map_or_else(|| tr!(statistics.no_department).to_owned(), |known| known.name.clone())
    }

    /// The same, or nothing where there are no departments.
    fn department_if_any(&self, wanted: Option<DepartmentId>) -> String {
        if self.departments.is_empty() { String::new() } else { self.department(wanted) }
    }

    fn person(&self, employee: EmployeeId) -> String {
        link::person(self.id(), employee)
    }

    /// Where a viewer declares for somebody: their employee's page, or the line's where nobody has claimed it.
    fn declare(&self, employee: Option<EmployeeId>, line: EntryId) -> String {
        employee.map_or_else(|| link::declare_for_line(self.id(), line), |employee| link::declare_for(self.id(), employee))
    }

    fn entry_line(&self, worker: Worker, asked: &Asked) -> EntryLine {
        let open = Asked { open: Some(worker.id.0), ..asked.clone() };
        EntryLine {
            id: worker.id,
            name: worker.name,
            document: masked(&worker.document, 2, 2),
            phone: masked_phone(&worker.phone),
            department: self.department_if_any(worker.department),
            site: worker.site,
            joined: worker.joined,
            left: worker.left,
            person: worker.employee.map(|employee| self.person(employee)),
            declare: worker.left.is_none_or(|left| self.today < left).then(|| self.declare(worker.employee, worker.id)),
            change: link::with_query(&link::roster(self.id()), open),
        }
    }

    fn declarer_line(&self, declarer: Declarer, asked: &Asked) -> DeclarerLine {
        let open = Asked { open: Some(declarer.employee.0), ..asked.clone() };
        DeclarerLine {
            employee: declarer.employee,
            name: declarer.name,
            document: masked(&declarer.document, 2, 2),
            phone: masked_phone(&declarer.phone),
            department: self.department_if_any(declarer.department),
            last: declarer.last,
            left: declarer.left,
            person: self.person(declarer.employee),
            merge: link::with_query(&link::roster(self.id()), open),
        }
    }
}

/// Without its country, as people here know it.
fn masked_phone(phone: &str) -> String {
    masked(phone.strip_prefix("+86").unwrap_or(phone), 3, 4)
}

fn pages(path: &str, asked: &Asked, more: bool) -> (Option<String>, Option<String>) {
    let page = |page: u32| link::with_query(path, Asked { page, open: None, ..asked.clone() });
    (asked.page.checked_sub(1).map(page), more.then(|| page(asked.page + 1)))
}

/// As fields of a form, without some.
fn fields(asked: &Asked, without: &[&str]) -> Vec<(String, String)> {
    let pairs = asked.pairs().into_iter().filter(|(name, _)| !without.contains(name));
    pairs.map(|(name, value)| (name.to_owned(), value)).collect()
}

// ---- the roster's page ----------------------------------------------------------------------

/// The page; what was posted and refused stands in it again.
pub async fn roster(state: &AppState, scope: &Scope, query: &str) -> Result<RosterView> {
    let posted = use_context::<Posted>().unwrap_or_default();
    let mut asked = asked(query)?;
    asked.open = posted.entry.map(|entry| entry.0).or(posted.employee.map(|employee| employee.0)).or(asked.open);
    if posted.employee.is_some() {
        asked.list = List::Unconfirmed;
    }
    let context = Context::load(state, scope).await?;
    context.check(&asked)?;
    if !context.may_change {
        asked.open = None;
    }
    let staff = state.censuses.staff(&context.sight, asked.clone(), context.today).await?;
    let open = open_form(state, scope, &asked, &posted).await?;
    Ok(view(&context, &asked, staff, open, posted))
}

async fn open_form(state: &AppState, scope: &Scope, asked: &Asked, posted: &Posted) -> Result<Option<OpenForm>> {
    let Some(id) = asked.open else { return Ok(None) };
    if matches!(asked.list, List::Unconfirmed | List::Rejected) {
        return Ok(Some(OpenForm { id, values: EntryValues::default() }));
    }
    if posted.entry.is_some() && !posted.problems.contains(&Problem::Unconfirmed) {
        return Ok(Some(OpenForm { id, values: posted.values.clone() }));
    }
    let entry = entry(state, scope, EntryId(id)).await?;
    Ok(entry.map(|entry| OpenForm { id, values: EntryValues::of(&entry) }))
}

fn view(context: &Context, asked: &Asked, staff: Staff, open: Option<OpenForm>, posted: Posted) -> RosterView {
    let path = link::roster(context.id());
    let Staff { kept, head_count, totals, count, workers, declarers, more } = staff;
    let of_list = |list| Asked { list, ..Asked::default() };
    let (previous, next) = pages(&path, asked, more);
    let here = Asked { open: None, ..asked.clone() };
    let outsiders = matches!(asked.list, List::Unconfirmed | List::Rejected);
    let lines: Vec<EntryLine> = workers.into_iter().map(|worker| context.entry_line(worker, &here)).collect();
    let (lines, alike) = if outsiders { (Vec::new(), lines) } else { (lines, Vec::new()) };
    let narrowed = asked.search.is_some() || asked.department.is_some() || asked.site.is_some();
    RosterView {
        enterprise: context.id(),
        name: context.enterprise.name.clone(),
        list: asked.list,
        tabs: totals.into_iter().map(|(list, count)| (list, link::with_query(&path, of_list(list)), count)).collect(),
        may_change: context.may_change,
        kept,
        head_count,
        departments: context.departments.clone(),
        filters: filters(context, asked),
        search: asked.search.clone().unwrap_or_default(),
        kept_beside_search: fields(asked, &[field::SEARCH, field::PAGE, field::OPEN]),
        clear: narrowed.then(|| link::with_query(&path, of_list(asked.list))),
        count,
        lines,
        declarers: declarers.into_iter().map(|declarer| context.declarer_line(declarer, &here)).collect(),
        open,
        alike,
        previous,
        next,
        here: link::with_query(&path, here),
        posted,
    }
}

/// All departments, and those who have none; one that is chosen leads out of it.
fn filters(context: &Context, asked: &Asked) -> Vec<Choice> {
    if context.departments.is_empty() {
        return Vec::new();
    }
    let all = context.departments.iter().map(|department| Some(department.id)).chain(context.sight.reaches(None).then_some(None));
    all.map(|department| {
        let chosen = asked.department == Some(department);
        let to = Asked { department: (!chosen).then_some(department), page: 0, open: None, ..asked.clone() };
        Choice { label: context.department(department), link: link::with_query(&link::roster(context.id()), to), chosen }
    })
    .collect()
}

/// A line of the roster, opened.
async fn entry(state: &AppState, scope: &Scope, id: EntryId) -> Result<Option<Entry>, StoreError> {
    let Some(row) = store::entry_find(&state.db, scope.tenant(), id).await? else { return Ok(None) };
    let keys = state.vault.keys_for(&state.db, scope.tenant().id(), newest_version([&row.person])).await?;
    let kept = Kept::open(&keys, id, &row.person)?;
    Ok(Some(Entry { kept, department: row.department_id, left: row.left_on }))
}

/// A line that is waited for, for whoever declares in the place of its person; a line out of sight is as missing as one that there is
/// not.
pub async fn line(
    state: &AppState,
    scope: &Scope,
    id: EntryId,
    today: Day,
) -> Result<(crate::account::model::Person, Option<DepartmentId>)> {
    let line = entry(state, scope, id).await?.filter(|line| Sight::of(scope).reaches(line.department));
    let line = line.filter(|line| line.left.is_none_or(|left| today < left)).ok_or(AppError::NotFound)?;
    Ok((line.kept.person, line.department))
}

/// Makes a change, or says what is wrong with it.
pub async fn change(state: &AppState, scope: &Scope, change: Change) -> Result<Result<(), Vec<Problem>>> {
    super::may_change(scope)?;
    let changing = Changing { state, scope };
    match change {
        Change::Add(values) => changing.write(EntryId(random::uuid()), &values, Action::AddEntry).await,
        Change::Change(entry, values) => changing.write(entry, &values, Action::ChangeEntry).await,
        Change::Leave(entry) => changing.leave(entry).await,
        Change::Remove { confirmed: false, .. } => Ok(Err(vec![Problem::Unconfirmed])),
        Change::Remove { entry, .. } => {
            let record = changing.record(Action::RemoveEntry, entry.0).await?;
            found(store::entry_delete(&state.db, scope.tenant(), entry, &record).await?)
        }
        Change::Admit(employee) => changing.admit(employee).await,
        Change::Merge(employee, text) => changing.merge(employee, &text).await,
        Change::Reject(employee) => changing.decide(employee, Decision::Rejected, None, Action::RejectDeclarer).await,
        Change::Reopen(employee) => changing.decide(employee, Decision::Open, None, Action::ReopenDeclarer).await,
        Change::HeadCount(text) => changing.head_count(&text).await,
    }
}

fn found(found: bool) -> Result<Result<(), Vec<Problem>>> {
    if found { Ok(Ok(())) } else { Err(AppError::NotFound) }
}

struct Changing<'a> {
    state: &'a AppState,
    scope: &'a Scope,
}

impl Changing<'_> {
    async fn record(&self, action: Action, object: Uuid) -> Result<Record> {
        let keys = self.state.vault.keys(&self.state.db, self.scope.tenant().id()).await?;
        Ok(Record::by_viewer(keys, self.scope, self.state.clock.now(), action).on(object))
    }

    async fn write(&self, id: EntryId, values: &EntryValues, action: Action) -> Result<Result<(), Vec<Problem>>> {
        let departments = department::list(self.state, self.scope.tenant()).await?;
        let entry = match values.parse(&departments) {
            Ok(entry) => entry,
            Err(problems) => return Ok(Err(problems.into_iter().map(Problem::Entry).collect())),
        };
        let row = self.row(id, &entry).await?;
        let (db, tenant, record) = (&self.state.db, self.scope.tenant(), self.record(action, id.0).await?);
        let written = match action {
            Action::AddEntry => Some(store::entry_insert(db, tenant, &row, &record).await?),
            _ => store::entry_replace(db, tenant, &row, &record).await?,
        };
        match written {
            Some(true) => Ok(Ok(())),
            Some(false) => Ok(Err(vec![Problem::Entry(EntryProblem::Known)])),
            None => Err(AppError::NotFound),
        }
    }

    async fn row(&self, id: EntryId, entry: &Entry) -> Result<EntryRow> {
        let keys = self.state.vault.keys(&self.state.db, self.scope.tenant().id()).await?;
        let document_index = entry.kept.document_index(&keys).to_vec();
        Ok(EntryRow { id, document_index, department_id: entry.department, left_on: entry.left, person: entry.kept.seal(&keys, id) })
    }

    async fn today(&self) -> Result<Day> {
        Ok(registry::load(self.state, self.scope.tenant()).await?.today(&self.state.clock))
    }

    async fn leave(&self, entry: EntryId) -> Result<Result<(), Vec<Problem>>> {
        let (today, record) = (self.today().await?, self.record(Action::EndEntry, entry.0).await?);
        found(store::entry_end(&self.state.db, self.scope.tenant(), entry, Some(today), &record).await?)
    }

    /// Into the roster, as they said who they are; whose line has ended is begun anew.
    async fn admit(&self, employee: EmployeeId) -> Result<Result<(), Vec<Problem>>> {
        let (db, tenant) = (&self.state.db, self.scope.tenant());
        let person = employees::person(self.state, self.scope, employee).await?.ok_or(AppError::NotFound)?;
        let kept = Kept { person, site: String::new(), joined: Some(self.today().await?), mail: String::new() };
        let entry = Entry { kept, department: None, left: None };
        let (row, record) = (self.row(EntryId(random::uuid()), &entry).await?, self.record(Action::AdmitDeclarer, employee.0).await?);
        if store::entry_insert(db, tenant, &row, &record).await? {
            return Ok(Ok(()));
        }
        let index = row.document_index.try_into().map_err(|_| AppError::Internal)?;
        let known = store::entry_find_by_document(db, tenant, &index).await?.ok_or(AppError::Busy)?;
        found(store::entry_end(db, tenant, known.id, None, &record).await?)
    }

    /// The line is named by its id, or by its document.
    async fn merge(&self, employee: EmployeeId, text: &str) -> Result<Result<(), Vec<Problem>>> {
        let entry = match text.parse::<EntryId>().ok().filter(|_| text.len() > 20) {
            Some(entry) => Some(entry),
            None => self.line_of(text).await?,
        };
        match entry {
            Some(entry) => self.decide(employee, Decision::Merged, Some(entry), Action::MergeDeclarer).await,
            None => Ok(Err(vec![Problem::NoSuchEntry])),
        }
    }

    async fn line_of(&self, number: &str) -> Result<Option<EntryId>> {
        let keys = self.state.vault.keys(&self.state.db, self.scope.tenant().id()).await?;
        for document in DocumentKind::ALL.into_iter().filter_map(|kind| IdDocument::parse(kind, number).ok()) {
            let index = keys.index("document", &document.key());
            if let Some(row) = store::entry_find_by_document(&self.state.db, self.scope.tenant(), &index).await? {
                return Ok(Some(row.id));
            }
        }
        Ok(None)
    }

    async fn decide(
        &self,
        employee: EmployeeId,
        decision: Decision,
        entry: Option<EntryId>,
        action: Action,
    ) -> Result<Result<(), Vec<Problem>>> {
        let record = self.record(action, employee.0).await?;
        found(store::decision_set(&self.state.db, self.scope.tenant(), employee, decision, entry, &record).await?)
    }

    async fn head_count(&self, text: &str) -> Result<Result<(), Vec<Problem>>> {
        let text = text.trim();
        let count = text.parse::<u32>().ok().filter(|count| (1..=MOST_PEOPLE).contains(count));
        if !text.is_empty() && count.is_none() {
            return Ok(Err(vec![Problem::HeadCount]));
        }
        head_count::set(self.state, self.scope, count).await?;
        Ok(Ok(()))
    }
}

/// A form as its button calls it.
pub fn change_of(values: &FormValues) -> Option<Change> {
    let text = |name: &str| values.one(name).to_owned();
    let entry = || values.one(field::ENTRY).parse().ok();
    let employee = || values.one(field::EMPLOYEE).parse().ok();
    Some(match values.one(field::ACTION) {
        field::ADD => Change::Add(typed(values)),
        field::CHANGE => Change::Change(entry()?, typed(values)),
        field::LEAVE => Change::Leave(entry()?),
        field::REMOVE => Change::Remove { entry: entry()?, confirmed: values.has(field::CONFIRMED, "yes") },
        field::ADMIT => Change::Admit(employee()?),
        field::MERGE => {
            let chosen = Some(values.one(field::ENTRY)).filter(|entry| !entry.is_empty());
            Change::Merge(employee()?, chosen.unwrap_or(values.one(field::NUMBER)).to_owned())
        }
        field::REJECT => Change::Reject(employee()?),
        field::REOPEN => Change::Reopen(employee()?),
        field::HEAD_COUNT => Change::HeadCount(text(field::COUNT)),
        _ => return None,
    })
}

/// More than any field holds; what is longer comes back cut.
const FIELD_CHARS: usize = 200;

/// A line as it was typed.
pub fn typed(values: &FormValues) -> EntryValues {
    let text = |name: &str| values.one(name).chars().take(FIELD_CHARS).collect::<String>();
    EntryValues {
        name: text(field::NAME),
        kind: text(field::KIND),
        number: text(field::NUMBER),
        phone: text(field::PHONE),
        department: text(field::DEPARTMENT),
        site: text(field::SITE),
        joined: text(field::JOINED),
        mail: text(field::MAIL),
        left: text(field::LEFT),
    }
}

// ---- who has not declared ---------------------------------------------------------------------

pub async fn absent(state: &AppState, scope: &Scope, query: &str) -> Result<AbsentView> {
    let context = Context::load(state, scope).await?;
    let asked = asked(query).and_then(|asked| context.check(&asked).map(|()| asked)).ok();
    let asked = asked.filter(|asked| asked.day.is_none_or(|day| day <= context.today) && asked.list == List::Current);
    let unreadable = asked.is_none();
    let asked = asked.unwrap_or_default();
    let day = asked.day.unwrap_or(context.today);
    let absent = if unreadable { Absent::default() } else { state.censuses.absent(&context.sight, asked.clone(), day).await? };
    let as_of = context.enterprise.local_time(state.clock.now());
    let mut view = absent_view(&context, &asked, day, absent);
    view.unreadable = unreadable;
    view.as_of = as_of.split_once(' ').map_or(String::new(), |(_, time)| time.to_owned());
    Ok(view)
}

/// The names of everyone whom the page's query asks for, however many.
pub async fn absent_names(state: &AppState, scope: &Scope, query: &str) -> Result<Vec<String>> {
    let context = Context::load(state, scope).await?;
    let asked = asked(query)?;
    context.check(&asked)?;
    let day = asked.day.unwrap_or(context.today);
    if day > context.today || asked.list != List::Current {
        return Err(AppError::BadRequest);
    }
    Ok(state.censuses.absent_names(&context.sight, asked, day).await?)
}

fn absent_view(context: &Context, asked: &Asked, day: Day, absent: Absent) -> AbsentView {
    let path = link::absent(context.id());
    let Absent { attendance, before, departments, sites, count, names, days, absentees, more } = absent;
    let (previous, next) = pages(&path, asked, more);
    let of_day = |day: Day| link::with_query(&path, Asked { day: (day != context.today).then_some(day), page: 0, ..asked.clone() });
    let is_today = day == context.today;
    let later = (!is_today).then(|| of_day(day.plus_days(1)));
    let line = |absentee: Absentee| AbsentLine {
        id: absentee.id,
        name: absentee.name,
        department: context.department_if_any(absentee.department),
        site: absentee.site,
        phone: masked_phone(&absentee.phone),
        person: absentee.employee.map(|employee| context.person(employee)),
        declare: is_today.then(|| context.declare(absentee.employee, absentee.id)),
        marks: absentee.marks,
    };
    let by_department = departments.into_iter().map(|(department, days)| {
        let chosen = asked.department == Some(department);
        let to = Asked { department: (!chosen).then_some(department), page: 0, ..asked.clone() };
        share_line(context.department(department), link::with_query(&path, to), chosen, days)
    });
    let mut by_department: Vec<ShareLine> = by_department.collect();
    // Who has no department stands last, as everywhere.
    by_department.sort_by_key(|line| line.label == tr!(statistics.no_department));
    let by_site = sites.into_iter().map(|(site, days)| {
        let chosen = asked.site.as_deref() == Some(&*site);
        let to = Asked { site: (!chosen).then(|| site.clone()), page: 0, ..asked.clone() };
        let label = if site.is_empty() { tr!(roster.no_site).to_owned() } else { site };
        share_line(label, link::with_query(&path, to), chosen, days)
    });
    let by_site: Vec<ShareLine> = by_site.collect();
    // One line that says what the whole says is none.
    let several = |lines: Vec<ShareLine>| if lines.len() > 1 || lines.iter().any(|line| line.chosen) { lines } else { Vec::new() };
    AbsentView {
        enterprise: context.id(),
        name: context.enterprise.name.clone(),
        day,
        is_today,
        earlier: of_day(day.minus_days(1)),
        later,
        as_of: String::new(),
        attendance,
        before,
        departments: if context.departments.is_empty() { Vec::new() } else { by_department },
        sites: several(by_site),
        chips: chips(context, asked),
        search: asked.search.clone().unwrap_or_default(),
        kept_beside_search: fields(asked, &[field::SEARCH, field::PAGE, field::OPEN]),
        kept_beside_day: fields(asked, &[field::DAY, field::PAGE, field::OPEN]),
        count,
        all_names: link::with_query(&link::absent_names(context.id()), Asked { page: 0, open: None, ..asked.clone() }),
        named: u32::try_from(names.len()).unwrap_or(u32::MAX),
        names: names.join("、"),
        days,
        lines: absentees.into_iter().map(line).collect(),
        previous,
        next,
        may_change: context.may_change,
        unreadable: false,
    }
}

fn share_line(label: String, link: String, chosen: bool, Days { day, before }: Days) -> ShareLine {
    let share: Share = day;
    ShareLine { label, link, chosen, share, before }
}

/// What is in force, each part with the way out of it.
fn chips(context: &Context, asked: &Asked) -> Vec<Choice> {
    let path = link::absent(context.id());
    let chip = |label: String, without: Asked| Choice { label, link: link::with_query(&path, Asked { page: 0, ..without }), chosen: true };
    let department = asked.department.map(|department| chip(context.department(department), Asked { department: None, ..asked.clone() }));
    let site = asked.site.as_ref().map(|site| {
        let label = if site.is_empty() { tr!(roster.no_site).to_owned() } else { site.clone() };
        chip(label, Asked { site: None, ..asked.clone() })
    });
    let search = asked.search.as_ref().map(|search| {
        let label = tr!(statistics.chip_search, search = search.clone());
        chip(label, Asked { search: None, ..asked.clone() })
    });
    [department, site, search].into_iter().flatten().collect()
}
