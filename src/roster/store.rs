//! All SQL of this room: the roster, what was decided about people who are not on it, and files that are being imported.

use std::{fmt::Write, sync::LazyLock};

use uuid::Uuid;

use super::seal::{Target, entry_cell, report_cell};
use crate::{
    account::caller::Tenant,
    audit::{
        entry::{Entry as Record, record_in},
        model::Action,
    },
    db::{Db, in_transaction, on_pool},
    enterprise::{
        PURGED, ROSTER_CHANGED, ROSTER_CHANGED_SINCE,
        department::{Added, added_in},
    },
    error::StoreError,
    id::{DepartmentId, EmployeeId, EntryId},
    period::{Day, Moment},
    vault::sealed_column::sealed_column,
};

/// A line as it is stored.
#[derive(Clone, sqlx::FromRow)]
pub struct EntryRow {
    pub id: EntryId,
    pub document_index: Vec<u8>,
    pub department_id: Option<DepartmentId>,
    pub left_on: Option<Day>,
    pub person: Vec<u8>,
}

// ---- one line at a time -------------------------------------------------------------------

/// Adds a line. False, and nothing is written, if one has that document already.
pub async fn entry_insert(db: &Db, tenant: Tenant, row: &EntryRow, record: &Record) -> Result<bool, StoreError> {
    let insert = "insert into roster_entry (enterprise_id, id, change, document_index, department_id, left_on, person)
                  values ($1, $2, $3, $4, (select id from department where enterprise_id = $1 and id = $5 and ended_at is null), $6, $7)
                  on conflict (enterprise_id, document_index) do nothing";
    let id = tenant.id();
    Ok(in_transaction!(db, tx => {
        let change: i64 = sqlx::query_scalar(ROSTER_CHANGED).bind(id).bind(1_i64).fetch_one(&mut *tx).await?;
        let done = sqlx::query(insert).bind(id).bind(row.id).bind(change).bind(&row.document_index).bind(row.department_id)
            .bind(row.left_on).bind(&row.person).execute(&mut *tx).await?;
        if done.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        record_in!(tx, record);
        true
    }))
}

/// Replaces a line. `None` if there is no such line; false, and nothing is written, if another has that document.
pub async fn entry_replace(db: &Db, tenant: Tenant, row: &EntryRow, record: &Record) -> Result<Option<bool>, StoreError> {
    let taken = "select 1 from roster_entry where enterprise_id = $1 and document_index = $2 and id <> $3";
    let replace = "update roster_entry set change = $3, document_index = $4, left_on = $6, person = $7,
                     department_id = (select id from department where enterprise_id = $1 and id = $5 and ended_at is null)
                   where enterprise_id = $1 and id = $2";
    let id = tenant.id();
    Ok(in_transaction!(db, tx => {
        let change: i64 = sqlx::query_scalar(ROSTER_CHANGED).bind(id).bind(1_i64).fetch_one(&mut *tx).await?;
        if sqlx::query(taken).bind(id).bind(&row.document_index).bind(row.id).fetch_optional(&mut *tx).await?.is_some() {
            tx.rollback().await?;
            return Ok(Some(false));
        }
        let done = sqlx::query(replace).bind(id).bind(row.id).bind(change).bind(&row.document_index).bind(row.department_id)
            .bind(row.left_on).bind(&row.person).execute(&mut *tx).await?;
        if done.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(None);
        }
        record_in!(tx, record);
        Some(true)
    }))
}

/// Ends a line, or begins it anew. False if there is no such line.
pub async fn entry_end(db: &Db, tenant: Tenant, entry: EntryId, left: Option<Day>, record: &Record) -> Result<bool, StoreError> {
    let end = "update roster_entry set change = $3, left_on = $4 where enterprise_id = $1 and id = $2";
    let id = tenant.id();
    Ok(in_transaction!(db, tx => {
        let change: i64 = sqlx::query_scalar(ROSTER_CHANGED).bind(id).bind(1_i64).fetch_one(&mut *tx).await?;
        if sqlx::query(end).bind(id).bind(entry).bind(change).bind(left).execute(&mut *tx).await?.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        record_in!(tx, record);
        true
    }))
}

/// Deletes a line, and with it that somebody was merged into it. False if there is no such line.
pub async fn entry_delete(db: &Db, tenant: Tenant, entry: EntryId, record: &Record) -> Result<bool, StoreError> {
    let delete = "delete from roster_entry where enterprise_id = $1 and id = $2";
    let id = tenant.id();
    Ok(in_transaction!(db, tx => {
        sqlx::query(PURGED).bind(id).execute(&mut *tx).await?;
        sqlx::query(ROSTER_CHANGED).bind(id).bind(1_i64).execute(&mut *tx).await?;
        if sqlx::query(delete).bind(id).bind(entry).execute(&mut *tx).await?.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        record_in!(tx, record);
        true
    }))
}

pub async fn entry_find(db: &Db, tenant: Tenant, entry: EntryId) -> Result<Option<EntryRow>, StoreError> {
    let sql = "select id, document_index, department_id, left_on, person from roster_entry where enterprise_id = $1 and id = $2";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(entry).fetch_optional(pool).await?))
}

/// The line of a document.
pub async fn entry_find_by_document(db: &Db, tenant: Tenant, document: &[u8; 32]) -> Result<Option<EntryRow>, StoreError> {
    let sql =
        "select id, document_index, department_id, left_on, person from roster_entry where enterprise_id = $1 and document_index = $2";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(&document[..]).fetch_optional(pool).await?))
}

/// The line of an employee's document.
pub async fn entry_of(db: &Db, tenant: Tenant, employee: EmployeeId) -> Result<Option<EntryRow>, StoreError> {
    let sql = "select id, document_index, department_id, left_on, person from roster_entry
               where enterprise_id = $1 and document_index = (select document_index from employee where enterprise_id = $1 and id = $2)";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(employee).fetch_optional(pool).await?))
}

/// Whether there is a roster.
pub async fn entry_is_any(db: &Db, tenant: Tenant) -> Result<bool, StoreError> {
    let sql = "select id from roster_entry where enterprise_id = $1 limit 1";
    let any: Option<EntryId> = on_pool!(db, pool => sqlx::query_scalar(sql).bind(tenant.id()).fetch_optional(pool).await?);
    Ok(any.is_some())
}

/// How many rows are read at a time.
const CHUNK: i64 = 4096;

/// The next lines behind this one.
pub async fn entry_list_after(db: &Db, tenant: Tenant, after: EntryId) -> Result<Vec<EntryRow>, StoreError> {
    let sql = "select id, document_index, department_id, left_on, person from roster_entry
               where enterprise_id = $1 and id > $2 order by id limit $3";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(after).bind(CHUNK).fetch_all(pool).await?))
}

/// The last change of the roster; 0: there has been none.
pub async fn roster_change(db: &Db, tenant: Tenant) -> Result<i64, StoreError> {
    let sql = "select roster from enterprise where id = $1";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(tenant.id()).fetch_one(pool).await?))
}

// ---- people who are on no line --------------------------------------------------------------

/// What was decided about somebody who declares.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum Decision {
    Merged,
    Rejected,
    /// Nothing any more.
    Open,
}

/// Keeps what was decided. False if there is no such employee, or no such line.
pub async fn decision_set(
    db: &Db,
    tenant: Tenant,
    employee: EmployeeId,
    decision: Decision,
    entry: Option<EntryId>,
    record: &Record,
) -> Result<bool, StoreError> {
    let there = "select 1 from employee where enterprise_id = $1 and id = $2";
    let set = "insert into roster_decision (enterprise_id, employee_id, change, decision, entry_id) values ($1, $2, $3, $4, $5)
               on conflict (enterprise_id, employee_id) do update
               set change = excluded.change, decision = excluded.decision, entry_id = excluded.entry_id";
    let line = "select 1 from roster_entry where enterprise_id = $1 and id = $2";
    let id = tenant.id();
    Ok(in_transaction!(db, tx => {
        // It holds the enterprise's row until the end: neither the employee nor the line goes meanwhile.
        let change: i64 = sqlx::query_scalar(ROSTER_CHANGED).bind(id).bind(1_i64).fetch_one(&mut *tx).await?;
        let known = sqlx::query(there).bind(id).bind(employee).fetch_optional(&mut *tx).await?.is_some();
        if !known || entry.is_some() && sqlx::query(line).bind(id).bind(entry).fetch_optional(&mut *tx).await?.is_none() {
            tx.rollback().await?;
            return Ok(false);
        }
        sqlx::query(set).bind(id).bind(employee).bind(change).bind(decision).bind(entry).execute(&mut *tx).await?;
        record_in!(tx, record);
        true
    }))
}

/// What was decided about an employee, and into which line they were merged.
pub async fn decision_find(db: &Db, tenant: Tenant, employee: EmployeeId) -> Result<Option<(Decision, Option<EntryId>)>, StoreError> {
    let sql = "select decision, entry_id from roster_decision where enterprise_id = $1 and employee_id = $2";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(employee).fetch_optional(pool).await?))
}

// ---- departments, and whoever goes -----------------------------------------------------------

/// Takes the lines of a department out of it, each with the next number after `$3`.
pub const ROSTER_LEAVE: &str = "update roster_entry set department_id = null, change = $3 + leaving.place
    from (select id, row_number() over (order by id) as place from roster_entry where enterprise_id = $1 and department_id = $2) as leaving
    where roster_entry.enterprise_id = $1 and roster_entry.id = leaving.id";
pub const ROSTER_COUNT: &str = "select count(*) from roster_entry where enterprise_id = $1 and department_id = $2";

/// Puts the line of an employee, if they have one, into another department, or into none: $1 enterprise, $2 employee, $3 department,
/// $4 change.
pub const ROSTER_TRANSFER: &str = "update roster_entry set department_id = $3, change = $4 where enterprise_id = $1 and (
      document_index = (select document_index from employee where enterprise_id = $1 and id = $2)
      or id = (select entry_id from roster_decision where enterprise_id = $1 and employee_id = $2 and decision = 'merged'))";

/// Deletes the line of somebody's document: $1 enterprise, $2 employee. Census and roster are read anew for another reason.
pub const ROSTER_FORGET: &str = "delete from roster_entry where enterprise_id = $1
    and document_index = (select document_index from employee where enterprise_id = $1 and id = $2 and standing = 'matched')";

/// How many lines go in one transaction.
const PURGED_AT_ONCE: i64 = 500;

/// Deletes some of the lines that were ended by then; how many.
pub async fn entry_purge(db: &Db, tenant: Tenant, left: Day, record: Option<&Record>) -> Result<u64, StoreError> {
    let delete = "delete from roster_entry where enterprise_id = $1 and id in
                  (select id from roster_entry where enterprise_id = $1 and left_on <= $2 order by id limit $3)";
    let id = tenant.id();
    Ok(in_transaction!(db, tx => {
        sqlx::query(PURGED).bind(id).execute(&mut *tx).await?;
        sqlx::query(ROSTER_CHANGED).bind(id).bind(1_i64).execute(&mut *tx).await?;
        let deleted = sqlx::query(delete).bind(id).bind(left).bind(PURGED_AT_ONCE).execute(&mut *tx).await?.rows_affected();
        if deleted == 0 {
            // At once, not when the connection is used next: until then the enterprise would be locked.
            tx.rollback().await?;
            return Ok(0);
        }
        if let Some(record) = record {
            record_in!(tx, record);
        }
        deleted
    }))
}

/// Deletes the files of every enterprise that were sent by then, with their rows; how many.
pub async fn upload_purge(db: &Db, sent: Moment) -> Result<u64, StoreError> {
    let sql = "delete from roster_upload where created_at <= $1";
    Ok(in_transaction!(db, tx => {
        sqlx::query(sql).bind(sent).execute(&mut *tx).await?.rows_affected()
    }))
}

// ---- a file ----------------------------------------------------------------------------------

/// How far a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "text", rename_all = "lowercase")]
pub enum State {
    Reading,
    Refused,
    Ready,
    Done,
}

#[derive(sqlx::FromRow)]
pub struct UploadRow {
    pub state: State,
    pub roster: i64,
    pub done: i64,
    pub total: i64,
    pub report: Option<Vec<u8>>,
    pub created_at: Moment,
}

/// A row of a file, as it would be written.
#[derive(Clone)]
pub struct StagedRow {
    pub place: i64,
    pub id: EntryId,
    pub document_index: Vec<u8>,
    pub left_on: Option<Day>,
    pub person: Option<Vec<u8>>,
}

/// Lines of the roster that are not in the file.
pub const ABSENT: i64 = -1;

/// Begins with a file; what was sent before it goes.
pub async fn upload_insert(db: &Db, tenant: Tenant, upload: Uuid, roster: i64, now: Moment) -> Result<(), StoreError> {
    let insert = "insert into roster_upload (enterprise_id, id, state, roster, done, total, created_at) values ($1, $2, $3, $4, 0, 0, $5)";
    in_transaction!(db, tx => {
        sqlx::query("delete from roster_upload where enterprise_id = $1").bind(tenant.id()).execute(&mut *tx).await?;
        sqlx::query(insert).bind(tenant.id()).bind(upload).bind(State::Reading).bind(roster).bind(now).execute(&mut *tx).await?;
    });
    Ok(())
}

pub async fn upload_find(db: &Db, tenant: Tenant, upload: Uuid) -> Result<Option<UploadRow>, StoreError> {
    let sql = "select state, roster, done, total, report, created_at from roster_upload where enterprise_id = $1 and id = $2";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(upload).fetch_optional(pool).await?))
}

/// The file that was sent last, if it is still there.
pub async fn upload_last(db: &Db, tenant: Tenant) -> Result<Option<Uuid>, StoreError> {
    let sql = "select id from roster_upload where enterprise_id = $1 and state <> 'done' order by created_at desc limit 1";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(tenant.id()).fetch_optional(pool).await?))
}

pub async fn upload_finish(db: &Db, tenant: Tenant, upload: Uuid, state: State, report: &[u8]) -> Result<(), StoreError> {
    let sql = "update roster_upload set state = $3, report = $4 where enterprise_id = $1 and id = $2";
    in_transaction!(db, tx => {
        sqlx::query(sql).bind(tenant.id()).bind(upload).bind(state).bind(report).execute(&mut *tx).await?;
    });
    Ok(())
}

pub async fn upload_delete(db: &Db, tenant: Tenant, upload: Uuid) -> Result<(), StoreError> {
    let sql = "delete from roster_upload where enterprise_id = $1 and id = $2";
    in_transaction!(db, tx => {
        sqlx::query(sql).bind(tenant.id()).bind(upload).execute(&mut *tx).await?;
    });
    Ok(())
}

/// The most rows of one statement, as a power of two; and so many share a transaction, which holds SQLite's writer for some milliseconds.
const MOST_LOG2: usize = 7;
pub const STAGED_AT_ONCE: usize = 512;
const COLUMNS: usize = 7;

/// One statement for each power of two of rows.
static INSERTS: LazyLock<[String; MOST_LOG2 + 1]> = LazyLock::new(|| std::array::from_fn(|power| insert_sql(1 << power)));

fn insert_sql(rows: usize) -> String {
    let mut sql = String::from("insert into roster_staged (enterprise_id, upload_id, place, id, document_index, left_on, person) values ");
    for row in 0..rows {
        let parameters: Vec<String> = (1..=COLUMNS).map(|column| format!("${}", row * COLUMNS + column)).collect();
        let _ = write!(sql, "{}({})", if row > 0 { "," } else { "" }, parameters.join(","));
    }
    sql
}

/// Stages rows of a file, and says how many of how many there are now. False if the file is gone: another was sent.
pub async fn staged_insert(db: &Db, tenant: Tenant, upload: Uuid, rows: &[StagedRow], done: i64, total: i64) -> Result<bool, StoreError> {
    let progress = "update roster_upload set done = $3, total = $4 where enterprise_id = $1 and id = $2 and state = 'reading'";
    Ok(in_transaction!(db, tx => {
        let there = sqlx::query(progress).bind(tenant.id()).bind(upload).bind(done).bind(total).execute(&mut *tx).await?;
        if there.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        let mut rest = rows;
        while !rest.is_empty() {
            let power = usize::try_from(rest.len().ilog2()).unwrap_or(0).min(MOST_LOG2);
            let (some, after) = rest.split_at(1 << power);
            let mut query = sqlx::query(INSERTS[power].as_str());
            for row in some {
                query = query.bind(tenant.id()).bind(upload).bind(row.place).bind(row.id).bind(&row.document_index).bind(row.left_on)
                    .bind(row.person.as_deref());
            }
            query.execute(&mut *tx).await?;
            rest = after;
        }
        true
    }))
}

/// What is to be done with a file that was staged.
pub struct Import<'a> {
    pub upload: Uuid,
    /// The change of the roster with which it was compared.
    pub roster: i64,
    /// How many rows there are to write, and how many lines are not in the file.
    pub rows: i64,
    pub leaving: i64,
    pub targets: &'a [Target],
    /// From that day on nobody waits for who is not in the file; none: they stay.
    pub left: Option<Day>,
    pub report: &'a [u8],
}

/// How an import went.
pub enum Imported {
    Done,
    /// The roster has changed since, or the file is gone.
    Outdated,
    /// With the departments of the file there would be too many.
    TooManyDepartments,
}

/// Takes a staged file over: all of it, or nothing. What is sealed was sealed before; the database only copies.
pub async fn import(db: &Db, tenant: Tenant, import: &Import<'_>, record: &Record) -> Result<Imported, StoreError> {
    let claim = "update roster_upload set state = $3, report = $4 where enterprise_id = $1 and id = $2 and state = 'ready'";
    let write = "insert into roster_entry (enterprise_id, id, change, document_index, department_id, left_on, person)
                 select enterprise_id, id, $4 + row_number() over (order by id), document_index,
                   (select id from department where enterprise_id = $1 and id = $5 and ended_at is null), left_on, person
                 from roster_staged where enterprise_id = $1 and upload_id = $2 and place = $3
                 on conflict (enterprise_id, id) do update set change = excluded.change, department_id = excluded.department_id,
                   left_on = excluded.left_on, person = excluded.person";
    let leave = "update roster_entry set left_on = $4, change = $3 + leaving.number
                 from (select id, row_number() over (order by id) as number from roster_staged
                       where enterprise_id = $1 and upload_id = $2 and place = $5) as leaving
                 where roster_entry.enterprise_id = $1 and roster_entry.id = leaving.id";
    let forget = "delete from roster_staged where enterprise_id = $1 and upload_id = $2";
    let (id, upload) = (tenant.id(), import.upload);
    let leaving = if import.left.is_some() { import.leaving } else { 0 };
    let numbers = (import.rows + leaving).max(1);
    Ok(in_transaction!(db, tx => {
        // It holds the enterprise's row until the end.
        let last: Option<i64> =
            sqlx::query_scalar(ROSTER_CHANGED_SINCE).bind(id).bind(numbers).bind(import.roster).fetch_optional(&mut *tx).await?;
        let claimed = sqlx::query(claim).bind(id).bind(upload).bind(State::Done).bind(import.report).execute(&mut *tx).await?;
        let (Some(last), 1..) = (last, claimed.rows_affected()) else {
            tx.rollback().await?;
            return Ok(Imported::Outdated);
        };
        let new: Vec<String> = import.targets.iter().filter_map(Target::name).map(str::to_owned).collect();
        let Added::All(added) = added_in!(tx, tenant, &new, record.at) else {
            tx.rollback().await?;
            return Ok(Imported::TooManyDepartments);
        };
        let (mut next, mut change) = (added.iter().copied(), last - numbers);
        for (place, target) in (0_i64..).zip(import.targets) {
            let department = match target {
                Target::None => None,
                Target::Known(department) => Some(*department),
                Target::New(_) => next.next(),
            };
            let written = sqlx::query(write).bind(id).bind(upload).bind(place).bind(change).bind(department).execute(&mut *tx).await?;
            change += i64::try_from(written.rows_affected()).unwrap_or(i64::MAX);
        }
        if let Some(left) = import.left {
            sqlx::query(leave).bind(id).bind(upload).bind(change).bind(left).bind(ABSENT).execute(&mut *tx).await?;
        }
        sqlx::query(forget).bind(id).bind(upload).execute(&mut *tx).await?;
        for department in added {
            record_in!(tx, &record.also(Action::AddDepartment).on(department.object()));
        }
        record_in!(tx, record);
        Imported::Done
    }))
}

sealed_column! {
    /// Who is on the roster.
    Entries("roster_entry.person"), (Uuid, Vec<u8>) from Uuid::nil(),
    list "select id, person from roster_entry
          where enterprise_id = $1 and id > $2 and substr(person, 3, 2) < $3 order by id limit $4",
    swap "update roster_entry set person = $4 where enterprise_id = $1 and id = $2 and person = $3",
    count "select count(*) from roster_entry where enterprise_id = $1 and substr(person, 3, 2) < $2",
    |keys, (id, person)| keys.reseal(entry_cell(id.as_bytes()), person)
}

sealed_column! {
    /// Who is in a file that is not imported yet. There is one file at a time, so a line stands there once.
    Staged("roster_staged.person"), (Uuid, Vec<u8>) from Uuid::nil(),
    list "select id, person from roster_staged
          where enterprise_id = $1 and id > $2 and substr(person, 3, 2) < $3 order by id limit $4",
    swap "update roster_staged set person = $4 where enterprise_id = $1 and id = $2 and person = $3",
    count "select count(*) from roster_staged where enterprise_id = $1 and substr(person, 3, 2) < $2",
    |keys, (id, person)| keys.reseal(entry_cell(id.as_bytes()), person)
}

sealed_column! {
    /// What a file came to.
    Reports("roster_upload.report"), (Uuid, Vec<u8>) from Uuid::nil(),
    list "select id, report from roster_upload
          where enterprise_id = $1 and id > $2 and substr(report, 3, 2) < $3 order by id limit $4",
    swap "update roster_upload set report = $4 where enterprise_id = $1 and id = $2 and report = $3",
    count "select count(*) from roster_upload where enterprise_id = $1 and substr(report, 3, 2) < $2",
    |keys, (id, report)| keys.reseal(report_cell(id.as_bytes()), report)
}
