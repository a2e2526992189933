//! All SQL of this room: the tables `declaration` and `answered_version`.

use std::{fmt::Write, sync::LazyLock};

use uuid::Uuid;

use super::{
    record::{Record, Row},
    writer::Submission,
};
use crate::{
    account::caller::{Employee, Tenant},
    alert::raise::{Raise, raise_in},
    audit::entry::{Entry, record_in},
    db::{Db, in_transaction, on_pool},
    enterprise::{NEXT_CHANGE, PURGED},
    error::StoreError,
    id::{EmployeeId, ReceiptId},
    period::{Day, Moment},
    vault::sealed_column::sealed_column,
};

/// A declaration as it is stored.
#[derive(sqlx::FromRow)]
pub struct DeclarationRow {
    pub day: Day,
    pub submitted_at: Moment,
    pub submission_key: Uuid,
    pub questionnaire: String,
    pub version: i64,
    pub record: Vec<u8>,
}

/// What a list says of a declaration.
#[derive(sqlx::FromRow)]
pub struct DeclarationLine {
    pub change: i64,
    pub day: Day,
    pub submitted_at: Moment,
}

/// How a declaration is recognised when it is sent again.
#[derive(sqlx::FromRow)]
pub struct Sent {
    pub change: i64,
    pub day: Day,
    pub submitted_at: Moment,
    pub submission_key: Uuid,
}

impl Sent {
    /// Whether the same form with the same answers is the same declaration if it comes now: on the same day, or so soon
    /// after midnight that it is a retry. Later on the next day it says something new, namely that nothing changed. On an earlier
    /// day it does not: the clock went back.
    pub fn is_repeated_by(&self, today: Day, now: Moment) -> bool {
        self.day >= today || self.day == today.minus_days(1) && now <= self.submitted_at.plus_secs(RETRY_SECS)
    }
}

/// So long after a submission its retry may come from beyond midnight.
const RETRY_SECS: i64 = 10 * 60;
/// The most lines of a person's own history.
const HISTORY: i64 = 200;
/// The most rows of one statement.
const MOST_ROWS: usize = 64;
const COLUMNS: usize = 9;

/// One statement for each number of rows: to hand one to the database's thread and to wait for it costs as much as several rows.
/// A connection keeps a hundred prepared.
static INSERTS: LazyLock<[String; MOST_ROWS]> = LazyLock::new(|| std::array::from_fn(|at| insert_sql(at + 1)));

fn insert_sql(rows: usize) -> String {
    let mut sql = String::from(
        "insert into declaration (enterprise_id, change, employee_id, day, submitted_at, submission_key, questionnaire, version, record) \
         values ",
    );
    for parameter in 1..=rows * COLUMNS {
        let before = if parameter % COLUMNS != 1 {
            ","
        } else if parameter == 1 {
            "("
        } else {
            "),("
        };
        let _ = write!(sql, "{before}${parameter}");
    }
    sql.push_str(") on conflict (enterprise_id, submission_key) do nothing");
    sql
}

/// Stores declarations in one transaction, and gives their receipts in the same order. One whose key is stored already, or
/// stands twice in the batch, gets the receipt of the first, or `None` if that [does not repeat it](Sent::is_repeated_by); and so does
/// one that waited, where its person has declared since.
/// Enterprises are locked in the order of their ids: two processes never wait for each other in a circle.
/// `committing` is called when everything is written but the commit: whoever waits for the same enterprises may come.
pub async fn declaration_insert_all(
    db: &Db,
    batch: &[&Submission],
    committing: &mut (dyn FnMut() + Send),
) -> Result<Vec<Option<ReceiptId>>, StoreError> {
    let stored_sql = "select change, day, submitted_at, submission_key from declaration
                      where enterprise_id = $1 and employee_id = $2 and submission_key = $3";
    let last_sql = "select change from declaration where enterprise_id = $1 and employee_id = $2 order by change desc limit 1";
    let since_sql = "select change from declaration
                     where enterprise_id = $1 and employee_id = $2 and submitted_at > $3 and submission_key <> $4 limit 1";
    let mut order: Vec<usize> = (0..batch.len()).collect();
    order.sort_by_key(|&position| batch[position].enterprise);
    let groups: Vec<&[usize]> = order.chunk_by(|&one, &other| batch[one].enterprise == batch[other].enterprise).collect();
    let mut changes: Vec<Option<i64>> = vec![None; batch.len()];
    let mut untils = Vec::with_capacity(groups.len());
    let mut is_new = vec![true; batch.len()];
    let mut repeating: Vec<usize> = Vec::new();
    in_transaction!(db, tx => {
        for group in &groups {
            let count = i64::try_from(group.len()).unwrap_or(i64::MAX);
            let last: Vec<i64> = sqlx::query_scalar(NEXT_CHANGE).bind(batch[group[0]].enterprise).bind(count).fetch_all(&mut *tx).await?;
            let until = *last.first().ok_or(StoreError::Row { table: "enterprise", column: "id" })?;
            group.iter().zip(until - count + 1..).for_each(|(&position, change)| changes[position] = Some(change));
            untils.push((until - count, until));
        }
        // The enterprises are held: what was declared before this is there to be seen.
        for (position, new) in batch.iter().enumerate() {
            let Some(since) = new.unless_since else { continue };
            let later: Option<i64> = sqlx::query_scalar(since_sql)
                .bind(new.enterprise)
                .bind(new.employee)
                .bind(since)
                .bind(new.key)
                .fetch_optional(&mut *tx)
                .await?;
            if later.is_some() || is_beside_newer(batch, new) {
                is_new[position] = false;
                changes[position] = None;
            }
        }
        let rows: Vec<usize> = order.iter().copied().filter(|&position| is_new[position]).collect();
        for rows in rows.chunks(MOST_ROWS) {
            let mut query = sqlx::query(INSERTS[rows.len() - 1].as_str());
            for &position in rows {
                let new = batch[position];
                query = query
                    .bind(new.enterprise)
                    .bind(changes[position])
                    .bind(new.employee)
                    .bind(new.day)
                    .bind(new.submitted_at)
                    .bind(new.key)
                    .bind(&*new.questionnaire)
                    .bind(i64::from(new.version))
                    .bind(&*new.record);
            }
            let inserted = query.execute(&mut *tx).await.map_err(StoreError::of_employee)?.rows_affected();
            if inserted < rows.len() as u64 {
                repeating.extend(rows);
            }
        }
        for position in repeating {
            let new = batch[position];
            let (enterprise, employee) = (new.enterprise, new.employee);
            let stored: Option<Sent> =
                sqlx::query_as(stored_sql).bind(enterprise).bind(employee).bind(new.key).fetch_optional(&mut *tx).await?;
            let stored = stored.ok_or(StoreError::Row { table: "declaration", column: "submission_key" })?;
            let last: i64 = sqlx::query_scalar(last_sql).bind(enterprise).bind(employee).fetch_one(&mut *tx).await?;
            is_new[position] = Some(stored.change) == changes[position];
            let counts = is_new[position] || last == stored.change;
            changes[position] = (counts && stored.is_repeated_by(new.day, new.submitted_at)).then_some(stored.change);
        }
        for (group, (behind, until)) in groups.iter().zip(untils) {
            let raised = raised(batch, group, &changes, &is_new);
            if !raised.is_empty() {
                raise_in!(tx, batch[group[0]].enterprise, behind, until, &raised);
            }
        }
        // Rows first: whoever holds one of them may wait for the enterprise's head.
        for &position in order.iter().filter(|&&position| is_new[position]) {
            if let Some(entry) = &batch[position].entry {
                record_in!(tx, entry);
            }
        }
        committing();
    });
    let receipt = |(new, change): (&&Submission, Option<i64>)| Some(ReceiptId { enterprise: new.enterprise, change: change? });
    Ok(batch.iter().zip(changes).map(receipt).collect())
}

/// Whether the same person says something in this batch that did not wait.
fn is_beside_newer(batch: &[&Submission], new: &Submission) -> bool {
    let is_newer = |other: &&Submission| other.unless_since.is_none() && other.key != new.key;
    batch.iter().any(|other| other.enterprise == new.enterprise && other.employee == new.employee && is_newer(other))
}

/// The employee's last two declarations, the last first.
pub async fn declaration_last_two(db: &Db, tenant: Tenant, employee: EmployeeId) -> Result<Vec<Sent>, StoreError> {
    let sql = "select change, day, submitted_at, submission_key from declaration
               where enterprise_id = $1 and employee_id = $2 order by change desc limit 2";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(employee).fetch_all(pool).await?))
}

/// When an employee declared last, and on which day: for a viewer.
pub async fn declaration_last(db: &Db, tenant: Tenant, employee: EmployeeId) -> Result<Option<(Day, Moment)>, StoreError> {
    let sql = "select day, submitted_at from declaration where enterprise_id = $1 and employee_id = $2 order by change desc limit 1";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(employee).fetch_optional(pool).await?))
}

/// The employee's latest declaration.
pub async fn declaration_latest(db: &Db, employee: &Employee) -> Result<Option<DeclarationRow>, StoreError> {
    let sql = "select day, submitted_at, submission_key, questionnaire, version, record from declaration
               where enterprise_id = $1 and employee_id = $2 order by change desc limit 1";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(employee.tenant().id()).bind(employee.id()).fetch_optional(pool).await?))
}

/// Everything that the employee declared, with its number, the last first; at most a year of it at three a day.
pub async fn declaration_all(db: &Db, employee: &Employee) -> Result<Vec<(i64, DeclarationRow)>, StoreError> {
    #[derive(sqlx::FromRow)]
    struct Numbered {
        change: i64,
        #[sqlx(flatten)]
        row: DeclarationRow,
    }
    let sql = "select change, day, submitted_at, submission_key, questionnaire, version, record from declaration
               where enterprise_id = $1 and employee_id = $2 order by day desc, change desc limit 1000";
    let rows: Vec<Numbered> =
        on_pool!(db, pool => sqlx::query_as(sql).bind(employee.tenant().id()).bind(employee.id()).fetch_all(pool).await?);
    Ok(rows.into_iter().map(|numbered| (numbered.change, numbered.row)).collect())
}

/// One of the employee's own declarations.
pub async fn declaration_find(db: &Db, employee: &Employee, change: i64) -> Result<Option<DeclarationRow>, StoreError> {
    let sql = "select day, submitted_at, submission_key, questionnaire, version, record from declaration
               where enterprise_id = $1 and employee_id = $2 and change = $3";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(employee.tenant().id()).bind(employee.id()).bind(change).fetch_optional(pool).await?))
}

/// Every version of a questionnaire that was ever answered, in any enterprise: for the process at its start.
pub async fn answered_versions(db: &Db) -> Result<Vec<(String, i64)>, StoreError> {
    let sql = "select questionnaire, version from answered_version order by questionnaire, version";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).fetch_all(pool).await?))
}

/// Writes down that a version is answered.
pub async fn answered_version_add(db: &Db, questionnaire: &str, version: u32) -> Result<(), StoreError> {
    let sql = "insert into answered_version (questionnaire, version) values ($1, $2) on conflict do nothing";
    in_transaction!(db, tx => {
        sqlx::query(sql).bind(questionnaire).bind(i64::from(version)).execute(&mut *tx).await?;
    });
    Ok(())
}

/// Whether a declaration that answered a version is still there. It reads every declaration where none is.
pub async fn declaration_answers(db: &Db, questionnaire: &str, version: i64) -> Result<bool, StoreError> {
    let sql = "select version from declaration where questionnaire = $1 and version = $2 limit 1";
    let found: Option<i64> = on_pool!(db, pool => sqlx::query_scalar(sql).bind(questionnaire).bind(version).fetch_optional(pool).await?);
    Ok(found.is_some())
}

/// Whose declaration this is, if it is that day's and no later one of the day replaced it: for a guard.
pub async fn declaration_owner(db: &Db, tenant: Tenant, change: i64, day: Day) -> Result<Option<EmployeeId>, StoreError> {
    let sql = "select employee_id from declaration
               where enterprise_id = $1 and change = $2 and day = $3 and not exists (
                 select 1 from declaration as later
                 where later.enterprise_id = $1 and later.employee_id = declaration.employee_id and later.change > $2 and later.day = $3)";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(tenant.id()).bind(change).bind(day).fetch_optional(pool).await?))
}

/// Whether a later declaration of the same day replaced this one.
pub async fn declaration_is_replaced(db: &Db, employee: &Employee, change: i64, day: Day) -> Result<bool, StoreError> {
    let sql = "select change from declaration
               where enterprise_id = $1 and employee_id = $2 and change > $3 and day = $4 limit 1";
    let later: Option<i64> = on_pool!(db, pool => {
        sqlx::query_scalar(sql).bind(employee.tenant().id()).bind(employee.id()).bind(change).bind(day).fetch_optional(pool).await?
    });
    Ok(later.is_some())
}

/// Those of a group that are new and raise an alert, each with its change.
fn raised<'b>(
    batch: &[&'b Submission],
    group: &[usize],
    changes: &[Option<i64>],
    is_new: &[bool],
) -> Vec<(i64, &'b Submission, &'b Raise)> {
    let new = group.iter().filter(|&&position| is_new[position]);
    new.filter_map(|&position| Some((changes[position]?, batch[position], batch[position].alert.as_ref()?))).collect()
}

/// The employee's own history, newest first.
pub async fn declaration_list(db: &Db, employee: &Employee) -> Result<Vec<DeclarationLine>, StoreError> {
    let sql = "select change, day, submitted_at from declaration
               where enterprise_id = $1 and employee_id = $2 order by change desc limit $3";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(employee.tenant().id()).bind(employee.id()).bind(HISTORY).fetch_all(pool).await?))
}

/// How many of the oldest declarations are looked at, and go, in one transaction.
const OLDEST: i64 = 500;

/// Deletes the declarations up to and with a day that are among an enterprise's first; how many. The first are the oldest, give or
/// take the clocks of two servers: so no statement reads a table that holds nothing old.
pub async fn declaration_purge(db: &Db, tenant: Tenant, until: Day, entry: Option<&Entry>) -> Result<u64, StoreError> {
    let id = tenant.id();
    let sql = "delete from declaration where enterprise_id = $1 and day <= $2 and change <=
               (select max(change) from (select change from declaration where enterprise_id = $1 order by change limit $3) as first)";
    Ok(in_transaction!(db, tx => {
        sqlx::query(PURGED).bind(id).execute(&mut *tx).await?;
        let deleted = sqlx::query(sql).bind(id).bind(until).bind(OLDEST).execute(&mut *tx).await?.rows_affected();
        if deleted == 0 {
            // At once, not when the connection is used next: until then the enterprise would be locked.
            tx.rollback().await?;
            return Ok(0);
        }
        if let Some(entry) = entry {
            record_in!(tx, entry);
        }
        deleted
    }))
}

/// Deletes what an employee declared up to then: $1 enterprise, $2 employee, $3 until when.
pub const DECLARATION_DELETE_OF: &str = "delete from declaration where enterprise_id = $1 and employee_id = $2 and submitted_at <= $3";

/// Deletes what these employees declared up to then; how many declarations that were.
pub async fn declaration_purge_of(
    db: &Db,
    tenant: Tenant,
    employees: &[EmployeeId],
    until: Moment,
    entry: Option<&Entry>,
) -> Result<u64, StoreError> {
    let mut deleted = 0;
    in_transaction!(db, tx => {
        sqlx::query(PURGED).bind(tenant.id()).execute(&mut *tx).await?;
        for employee in employees {
            deleted += sqlx::query(DECLARATION_DELETE_OF).bind(tenant.id()).bind(employee).bind(until).execute(&mut *tx).await?.rows_affected();
        }
        if let Some(entry) = entry.filter(|_| deleted > 0) {
            record_in!(tx, entry);
        }
    });
    Ok(deleted)
}

sealed_column! {
    /// What was declared. It may be changed as long as `change` stays: the content is the same.
    Declarations("declaration.record"), (i64, Vec<u8>, Uuid, EmployeeId, Day, String, i64) from 0,
    list "select change, record, submission_key, employee_id, day, questionnaire, version from declaration
          where enterprise_id = $1 and change > $2 and substr(record, 3, 2) < $3 order by change limit $4",
    swap "update declaration set record = $4 where enterprise_id = $1 and change = $2 and record = $3",
    count "select count(*) from declaration where enterprise_id = $1 and substr(record, 3, 2) < $2",
    |keys, &(_, ref record, submission, employee, day, ref questionnaire, version)| {
        let row = Row { submission, employee, day, questionnaire, version };
        Ok(Record::open(keys, row, record)?.seal(keys, row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_of_a_statement_has_its_own_parameters() {
        assert!(insert_sql(2).contains("($1,$2,$3,$4,$5,$6,$7,$8,$9),($10,$11,$12,$13,$14,$15,$16,$17,$18) on conflict"));
    }
}
