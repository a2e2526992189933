//! All SQL of this room. It only reads, and always in the order of `change`.

use std::sync::LazyLock;

use uuid::Uuid;

use crate::{
    account::{caller::Tenant, model::Standing},
    db::{Db, on_pool},
    declaration::record::Row,
    error::StoreError,
    id::{DepartmentId, EmployeeId, EntryId},
    period::{Day, Moment},
};

/// How many rows are read at a time.
pub const CHUNK: i64 = 4096;

/// Someone who declares, sealed.
#[derive(sqlx::FromRow)]
pub struct EmployeeRow {
    pub change: i64,
    pub id: EmployeeId,
    pub standing: Standing,
    pub department_id: Option<DepartmentId>,
    pub person: Vec<u8>,
}

/// A declaration, sealed.
#[derive(sqlx::FromRow)]
pub struct DeclarationRow {
    pub change: i64,
    pub employee_id: EmployeeId,
    pub day: Day,
    pub submitted_at: Moment,
    pub submission_key: Uuid,
    pub questionnaire: String,
    pub version: i64,
    pub record: Vec<u8>,
}

impl DeclarationRow {
    /// What the record is bound to.
    pub fn bound(&self) -> Row<'_> {
        Row {
            submission: self.submission_key,
            employee: self.employee_id,
            day: self.day,
            questionnaire: &self.questionnaire,
            version: self.version,
        }
    }
}

/// A line of the roster, sealed.
#[derive(sqlx::FromRow)]
pub struct EntryRow {
    pub change: i64,
    pub id: EntryId,
    pub department_id: Option<DepartmentId>,
    pub left_on: Option<Day>,
    pub person: Vec<u8>,
}

/// What was decided about somebody who is on no line.
#[derive(sqlx::FromRow)]
pub struct DecisionRow {
    pub change: i64,
    pub employee_id: EmployeeId,
    pub decision: String,
    pub entry_id: Option<EntryId>,
}

/// The number of the last change of an enterprise: every change up to it can be read. Those of its last purge and of its roster's last
/// change, and how many people there are where there is no roster.
#[derive(Clone, Copy, sqlx::FromRow)]
#[expect(clippy::struct_field_names, reason = "as the column is called")]
pub struct Change {
    pub change: i64,
    pub purged: i64,
    pub roster: i64,
    pub head_count: Option<i64>,
}

pub async fn change(db: &Db, tenant: Tenant) -> Result<Change, StoreError> {
    change_found(db, tenant).await?.ok_or(StoreError::Row { table: "enterprise", column: "change" })
}

/// The same where the enterprise may be missing.
pub async fn change_found(db: &Db, tenant: Tenant) -> Result<Option<Change>, StoreError> {
    let sql = "select change, purged, roster, head_count from enterprise where id = $1";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).fetch_optional(pool).await?))
}

/// By position: there are so many that to look for the columns by their names would take as long as to read them.
type EmployeeColumns = (i64, EmployeeId, Standing, Option<DepartmentId>, Vec<u8>);
type DeclarationColumns = (i64, EmployeeId, Day, Moment, Uuid, String, i64, Vec<u8>);

/// How many employees and declarations there are to load, the latter up to and with a change: others may come meanwhile.
pub async fn to_load(db: &Db, tenant: Tenant, until: i64) -> Result<(i64, i64), StoreError> {
    let sql = "select (select count(*) from employee where enterprise_id = $1),
                      (select count(*) from declaration where enterprise_id = $1 and change <= $2)";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(until).fetch_one(pool).await?))
}

/// The next employees whose last change came after `seen`. There is no upper end: a row that changes while we read moves
/// behind it, and a declaration that we read may belong to it.
pub async fn employees_after(db: &Db, tenant: Tenant, seen: i64) -> Result<Vec<EmployeeRow>, StoreError> {
    let sql = "select change, id, standing, department_id, person from employee
               where enterprise_id = $1 and change > $2 order by change limit $3";
    let rows: Vec<EmployeeColumns> =
        on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(seen).bind(CHUNK).fetch_all(pool).await?);
    let row = |(change, id, standing, department_id, person): EmployeeColumns| EmployeeRow { change, id, standing, department_id, person };
    Ok(rows.into_iter().map(row).collect())
}

/// The next declarations after `seen`, up to and with `until`.
pub async fn declarations_after(db: &Db, tenant: Tenant, seen: i64, until: i64) -> Result<Vec<DeclarationRow>, StoreError> {
    let sql = "select change, employee_id, day, submitted_at, submission_key, questionnaire, version, record from declaration
               where enterprise_id = $1 and change > $2 and change <= $3 order by change limit $4";
    let rows: Vec<DeclarationColumns> =
        on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(seen).bind(until).bind(CHUNK).fetch_all(pool).await?);
    let row = |(change, employee_id, day, submitted_at, submission_key, questionnaire, version, record): DeclarationColumns| {
        DeclarationRow { change, employee_id, day, submitted_at, submission_key, questionnaire, version, record }
    };
    Ok(rows.into_iter().map(row).collect())
}

/// So many declarations are read by their changes at once.
pub const LISTED: usize = 256;

/// No declaration has it.
const NO_CHANGE: i64 = 0;

/// One statement, whatever is asked for. Each by itself: asked for all in one list, PostgreSQL would rather read everything of an
/// enterprise that it takes for small.
static LISTED_SQL: LazyLock<String> = LazyLock::new(|| {
    let declaration = |parameter: usize| {
        format!(
            "select change, employee_id, day, submitted_at, submission_key, questionnaire, version, record from declaration
             where enterprise_id = $1 and change = ${parameter}"
        )
    };
    (2..LISTED + 2).map(declaration).collect::<Vec<_>>().join(" union all ") + " order by change desc"
});

/// Declarations by their changes, at most [`LISTED`] of them; the last made first.
pub async fn declarations_listed(db: &Db, tenant: Tenant, changes: &[i64]) -> Result<Vec<DeclarationRow>, StoreError> {
    let asked = changes.iter().chain(std::iter::repeat(&NO_CHANGE)).take(LISTED);
    Ok(on_pool!(db, pool => {
        let query = sqlx::query_as(LISTED_SQL.as_str()).bind(tenant.id());
        asked.fold(query, sqlx::query::QueryAs::bind).fetch_all(pool).await?
    }))
}

/// The next lines of the roster whose last change came after `seen`; without an upper end, like employees.
pub async fn entries_after(db: &Db, tenant: Tenant, seen: i64) -> Result<Vec<EntryRow>, StoreError> {
    let sql = "select change, id, department_id, left_on, person from roster_entry
               where enterprise_id = $1 and change > $2 order by change limit $3";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(seen).bind(CHUNK).fetch_all(pool).await?))
}

pub async fn decisions_after(db: &Db, tenant: Tenant, seen: i64) -> Result<Vec<DecisionRow>, StoreError> {
    let sql = "select change, employee_id, decision, entry_id from roster_decision
               where enterprise_id = $1 and change > $2 order by change limit $3";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(seen).bind(CHUNK).fetch_all(pool).await?))
}

/// An employee, in the department that they are counted in: their line's on the roster, where it says one.
pub async fn employee_find(db: &Db, tenant: Tenant, employee: EmployeeId) -> Result<Option<EmployeeRow>, StoreError> {
    let sql = "select employee.change, employee.id, standing, employee.person,
                 case when line.id is not null then coalesce(line.department_id, employee.department_id)
                      else coalesce(merged.department_id, employee.department_id) end as department_id
               from employee
               left join roster_entry as line on line.enterprise_id = $1 and line.document_index = employee.document_index
               left join roster_decision on roster_decision.enterprise_id = $1 and roster_decision.employee_id = employee.id
                 and roster_decision.decision = 'merged'
               left join roster_entry as merged on merged.enterprise_id = $1 and merged.id = roster_decision.entry_id
               where employee.enterprise_id = $1 and employee.id = $2";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(employee).fetch_optional(pool).await?))
}

/// The declarations of one employee, the newest first; at most a year of them at three a day.
pub async fn declarations_of(db: &Db, tenant: Tenant, employee: EmployeeId) -> Result<Vec<DeclarationRow>, StoreError> {
    let sql = "select change, employee_id, day, submitted_at, submission_key, questionnaire, version, record from declaration
               where enterprise_id = $1 and employee_id = $2 order by day desc, change desc limit 1000";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(employee).fetch_all(pool).await?))
}
