//! All SQL of departments: the table `department`.

use super::model::{Department, NameProblem, Problem};
use crate::{
    account::{caller::Tenant, department::leave_department_in},
    audit::entry::{Entry, record_in},
    db::{Db, in_transaction, on_pool},
    error::StoreError,
    id::DepartmentId,
    roster::leave_roster_in,
};

#[derive(sqlx::FromRow)]
struct DepartmentRow {
    id: DepartmentId,
    name: String,
}

/// Those that there are, the oldest first.
pub async fn department_list(db: &Db, tenant: Tenant) -> Result<Vec<Department>, StoreError> {
    let sql = "select id, name from department where enterprise_id = $1 and ended_at is null order by id";
    let rows: Vec<DepartmentRow> = on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).fetch_all(pool).await?);
    Ok(rows.into_iter().map(|DepartmentRow { id, name }| Department { id, name }).collect())
}

/// Takes the enterprise's row first, so that of two changes at once the second sees the first.
const LOCK: &str = "update enterprise set change = change where id = $1";

/// Adds all of them, with one entry each about its department; or none, and says why.
pub async fn department_insert_all(
    db: &Db,
    tenant: Tenant,
    names: &[String],
    entry: &Entry,
) -> Result<Result<Vec<DepartmentId>, Vec<Problem>>, StoreError> {
    let known = |text: &String| Problem::Name { text: text.clone(), problem: NameProblem::Known };
    Ok(in_transaction!(db, tx => {
        sqlx::query(LOCK).bind(tenant.id()).execute(&mut *tx).await?;
        match added_in!(tx, tenant, names, entry.at) {
            Added::All(added) => {
                for department in &added {
                    record_in!(tx, &entry.clone().on(department.object()));
                }
                Ok(added)
            }
            Added::TooMany => return Ok(Err(vec![Problem::TooMany])),
            Added::Known(names) => return Ok(Err(names.iter().map(known).collect())),
        }
    }))
}

/// The last number that was given, and how many departments there are.
pub const DEPARTMENT_LAST: &str = "select coalesce(max(id), 0), count(*) - count(ended_at) from department where enterprise_id = $1";

/// Adds one, unless one is called that.
pub const DEPARTMENT_INSERT: &str = "insert into department (enterprise_id, id, name, created_at) values ($1, $2, $3, $4)
    on conflict (enterprise_id, name) where ended_at is null do nothing";

/// What came of adding departments. Unless it is all of them, the transaction must not be committed.
pub enum Added {
    All(Vec<DepartmentId>),
    TooMany,
    /// There are departments of these names.
    Known(Vec<String>),
}

/// Adds departments within a transaction that is under way and holds the enterprise's row: `added_in!(tx, tenant, names, now)`.
/// Whoever calls it writes down each of them, at the end.
macro_rules! added_in {
    ($tx:ident, $tenant:expr, $names:expr, $now:expr) => {{
        use $crate::{
            enterprise::department::{Added, DEPARTMENT_INSERT, DEPARTMENT_LAST, model::MOST},
            id::DepartmentId,
        };
        let (id, names, now): ($crate::id::EnterpriseId, &[String], $crate::period::Moment) = ($tenant.id(), $names, $now);
        let (last, living): (i64, i64) = sqlx::query_as(DEPARTMENT_LAST).bind(id).fetch_one(&mut *$tx).await?;
        if usize::try_from(living).unwrap_or(MOST) + names.len() > MOST {
            Added::TooMany
        } else {
            let (mut added, mut known) = (Vec::with_capacity(names.len()), Vec::new());
            for (department, name) in (last + 1..).zip(names) {
                let insert = sqlx::query(DEPARTMENT_INSERT).bind(id).bind(department).bind(name).bind(now);
                if insert.execute(&mut *$tx).await?.rows_affected() == 0 {
                    known.push(name.clone());
                    continue;
                }
                added.push(DepartmentId(department));
            }
            if known.is_empty() { Added::All(added) } else { Added::Known(known) }
        }
    }};
}
pub(crate) use added_in;

/// Gives one another name. False, and nothing is changed, if another is called that; `None` if there is no such department.
pub async fn department_rename(
    db: &Db,
    tenant: Tenant,
    department: DepartmentId,
    name: &str,
    entry: &Entry,
) -> Result<Option<bool>, StoreError> {
    let taken = "select 1 from department where enterprise_id = $1 and name = $2 and id <> $3 and ended_at is null";
    let rename = "update department set name = $3 where enterprise_id = $1 and id = $2 and ended_at is null";
    Ok(in_transaction!(db, tx => {
        sqlx::query(LOCK).bind(tenant.id()).execute(&mut *tx).await?;
        if sqlx::query(taken).bind(tenant.id()).bind(name).bind(department).fetch_optional(&mut *tx).await?.is_some() {
            return Ok(Some(false));
        }
        if sqlx::query(rename).bind(tenant.id()).bind(department).bind(name).execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(None);
        }
        record_in!(tx, entry);
        Some(true)
    }))
}

/// Ends one; its people have none from then on. False if there is no such department.
pub async fn department_end(db: &Db, tenant: Tenant, department: DepartmentId, entry: &Entry) -> Result<bool, StoreError> {
    let end = "update department set ended_at = $3 where enterprise_id = $1 and id = $2 and ended_at is null";
    Ok(in_transaction!(db, tx => {
        leave_department_in!(tx, tenant.id(), department);
        leave_roster_in!(tx, tenant.id(), department);
        if sqlx::query(end).bind(tenant.id()).bind(department).bind(entry.at).execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(false);
        }
        record_in!(tx, entry);
        true
    }))
}
