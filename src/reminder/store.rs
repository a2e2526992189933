//! All SQL of this room: the tables `reminder_plan`, `reminder` and `reminder_notice`.

use uuid::Uuid;

use super::model::State;
use crate::{
    account::caller::{Employee, Tenant},
    audit::entry::{Entry, record_in},
    channel::tell::{Parcel, put_in},
    db::{Db, in_transaction, on_pool},
    enterprise::NEXT_CHANGE,
    error::StoreError,
    id::{EmployeeId, EnterpriseId},
    message::tell::tell_reminder_in,
    period::{Day, Moment},
    vault::{Cell, sealed_column::sealed_column},
};

/// A plan as it is stored.
#[derive(sqlx::FromRow)]
pub struct PlanRow {
    pub times: String,
    pub days: i64,
    pub paused: bool,
    pub words: Option<Vec<u8>>,
}

pub async fn plan_find(db: &Db, tenant: Tenant) -> Result<Option<PlanRow>, StoreError> {
    let sql = "select times, days, paused, words from reminder_plan where enterprise_id = $1";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).fetch_optional(pool).await?))
}

pub async fn plan_set(db: &Db, tenant: Tenant, row: &PlanRow, entry: &Entry) -> Result<(), StoreError> {
    let sql = "insert into reminder_plan (enterprise_id, times, days, paused, words, changed_at) values ($1, $2, $3, $4, $5, $6)
               on conflict (enterprise_id) do update set times = excluded.times, days = excluded.days, paused = excluded.paused,
                 words = excluded.words, changed_at = excluded.changed_at";
    in_transaction!(db, tx => {
        sqlx::query(sql).bind(tenant.id()).bind(&row.times).bind(row.days).bind(row.paused).bind(&row.words).bind(entry.at)
            .execute(&mut *tx).await?;
        record_in!(tx, entry);
    });
    Ok(())
}

/// A plan that goes on, for the schedule.
#[derive(sqlx::FromRow)]
pub struct DueRow {
    pub enterprise_id: EnterpriseId,
    pub timezone: String,
    pub times: String,
    pub days: i64,
    pub changed_at: Moment,
}

/// How many are read at a time.
pub const PLANS: i64 = 1000;

/// The next of them behind this enterprise's.
pub async fn plan_list_after(db: &Db, after: EnterpriseId) -> Result<Vec<DueRow>, StoreError> {
    let sql = "select enterprise_id, timezone, times, days, changed_at from reminder_plan
               join enterprise on enterprise.id = reminder_plan.enterprise_id
               where enterprise_id > $1 and not paused order by enterprise_id limit $2";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(after).bind(PLANS).fetch_all(pool).await?))
}

// ---- what was sent ----------------------------------------------------------------------

/// A reminder to be written down.
pub struct NewReminder {
    pub id: Uuid,
    pub day: Day,
    /// Of the plan; none: by hand.
    pub minute: Option<i64>,
    pub viewer: Option<Uuid>,
    pub at: Moment,
    pub state: State,
    pub outcome: Vec<u8>,
}

/// Whether a time of the plan has had its turn. One that a clock left out which was ahead of this one has not.
pub async fn reminder_is_done(db: &Db, tenant: Tenant, day: Day, minute: i64, now: Moment) -> Result<bool, StoreError> {
    let sql = "select 1 from reminder where enterprise_id = $1 and day = $2 and minute = $3 and not (state = 'skipped' and at > $4)";
    let found: Option<i32> = on_pool!(db, pool => {
        sqlx::query_scalar(sql).bind(tenant.id()).bind(day).bind(minute).bind(now).fetch_optional(pool).await?
    });
    Ok(found.is_some())
}

/// Takes back that a clock ahead of this one left a time out: $1 enterprise, $2 day, $3 minute, $4 now.
const UNSKIP: &str = "delete from reminder where enterprise_id = $1 and day = $2 and minute = $3 and state = 'skipped' and at > $4";

/// Writes it down and sends it, in one step. False, and nothing is sent, where that time has had its turn, or where another by hand is
/// not older than `since`.
pub async fn reminder_insert(
    db: &Db,
    tenant: Tenant,
    new: &NewReminder,
    (parcels, missing): (&[Parcel], u32),
    since: Moment,
    entry: &Entry,
) -> Result<bool, StoreError> {
    let by_hand = "select count(*) from reminder where enterprise_id = $1 and minute is null and at > $2 and at <= $3";
    let insert =
        "insert into reminder (enterprise_id, id, day, minute, viewer_id, at, state, outcome) values ($1, $2, $3, $4, $5, $6, $7, $8)
                  on conflict (enterprise_id, day, minute) where minute is not null do nothing";
    let id = tenant.id();
    Ok(in_transaction!(db, tx => {
        // It holds the enterprise's row until the end: of two at once the second sees the first.
        sqlx::query(NEXT_CHANGE).bind(id).bind(0_i64).execute(&mut *tx).await?;
        let sooner: i64 = match new.minute {
            None => sqlx::query_scalar(by_hand).bind(id).bind(since).bind(new.at).fetch_one(&mut *tx).await?,
            Some(_) => 0,
        };
        sqlx::query(UNSKIP).bind(id).bind(new.day).bind(new.minute).bind(new.at).execute(&mut *tx).await?;
        let done = sqlx::query(insert).bind(id).bind(new.id).bind(new.day).bind(new.minute).bind(new.viewer).bind(new.at).bind(new.state)
            .bind(&new.outcome).execute(&mut *tx).await?;
        if sooner > 0 || done.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        if missing > 0 {
            tell_reminder_in!(tx, id, i64::from(missing), new.at);
        }
        put_in!(tx, id, parcels, new.at);
        record_in!(tx, entry);
        true
    }))
}

/// Writes down that a time was left out. False where it has had its turn.
pub async fn reminder_skip(db: &Db, tenant: Tenant, new: &NewReminder) -> Result<bool, StoreError> {
    let insert = "insert into reminder (enterprise_id, id, day, minute, at, state, outcome) values ($1, $2, $3, $4, $5, $6, $7)
                  on conflict (enterprise_id, day, minute) where minute is not null do nothing";
    Ok(in_transaction!(db, tx => {
        sqlx::query(insert).bind(tenant.id()).bind(new.id).bind(new.day).bind(new.minute).bind(new.at).bind(new.state).bind(&new.outcome)
            .execute(&mut *tx).await?.rows_affected() > 0
    }))
}

/// What was sent, or left out.
#[derive(sqlx::FromRow)]
pub struct ReminderRow {
    pub id: Uuid,
    pub day: Day,
    pub minute: Option<i64>,
    pub at: Moment,
    pub state: State,
    pub outcome: Vec<u8>,
}

/// The newest first.
pub async fn reminder_list(db: &Db, tenant: Tenant, most: i64) -> Result<Vec<ReminderRow>, StoreError> {
    let sql = "select id, day, minute, at, state, outcome from reminder where enterprise_id = $1 order by at desc, id limit $2";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(most).fetch_all(pool).await?))
}

// ---- what employees read ----------------------------------------------------------------

/// So many share a transaction.
pub const NOTICES_AT_ONCE: usize = 200;

/// Notes of these that they were reminded. Whoever was before has one notice for both; who is gone has none.
pub async fn notice_set(db: &Db, tenant: Tenant, employees: &[EmployeeId], day: Day, now: Moment) -> Result<(), StoreError> {
    let sql = "insert into reminder_notice (enterprise_id, employee_id, day, at)
               select enterprise_id, id, $3, $4 from employee where enterprise_id = $1 and id = $2
               on conflict (enterprise_id, employee_id) do update set day = excluded.day, at = excluded.at";
    in_transaction!(db, tx => {
        for employee in employees {
            sqlx::query(sql).bind(tenant.id()).bind(employee).bind(day).bind(now).execute(&mut *tx).await?;
        }
    });
    Ok(())
}

/// When an employee was reminded of a day.
pub async fn notice_find(db: &Db, employee: &Employee, day: Day) -> Result<Option<Moment>, StoreError> {
    let sql = "select at from reminder_notice where enterprise_id = $1 and employee_id = $2 and day = $3";
    let tenant = employee.tenant();
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(tenant.id()).bind(employee.id()).bind(day).fetch_optional(pool).await?))
}

/// Deletes what was sent on that day or earlier; how much.
pub async fn reminder_purge(db: &Db, tenant: Tenant, until: Day, entry: Option<&Entry>) -> Result<u64, StoreError> {
    let (reminders, notices) = (
        "delete from reminder where enterprise_id = $1 and day <= $2",
        "delete from reminder_notice where enterprise_id = $1 and day <= $2",
    );
    Ok(in_transaction!(db, tx => {
        let mut rows = 0;
        for sql in [reminders, notices] {
            rows += sqlx::query(sql).bind(tenant.id()).bind(until).execute(&mut *tx).await?.rows_affected();
        }
        if let Some(entry) = entry.filter(|_| rows > 0) {
            record_in!(tx, entry);
        }
        rows
    }))
}

// ---- what is sealed ---------------------------------------------------------------------

/// An enterprise has one plan: nothing else names it.
pub const fn words_cell() -> Cell<'static> {
    Cell { table: "reminder_plan", column: "words", row: &[] }
}

pub const fn outcome_cell(id: &[u8]) -> Cell<'_> {
    Cell { table: "reminder", column: "outcome", row: id }
}

sealed_column! {
    /// What reminders say.
    Words("reminder_plan.words"), (EnterpriseId, Vec<u8>) from EnterpriseId::from_bits(0),
    list "select enterprise_id, words from reminder_plan
          where enterprise_id = $1 and enterprise_id > $2 and substr(words, 3, 2) < $3 order by enterprise_id limit $4",
    swap "update reminder_plan set words = $4 where enterprise_id = $1 and enterprise_id = $2 and words = $3",
    count "select count(*) from reminder_plan where enterprise_id = $1 and substr(words, 3, 2) < $2",
    |keys, (_, words)| keys.reseal(words_cell(), words)
}

sealed_column! {
    /// What reminders came to.
    Outcomes("reminder.outcome"), (Uuid, Vec<u8>) from Uuid::nil(),
    list "select id, outcome from reminder
          where enterprise_id = $1 and id > $2 and substr(outcome, 3, 2) < $3 order by id limit $4",
    swap "update reminder set outcome = $4 where enterprise_id = $1 and id = $2 and outcome = $3",
    count "select count(*) from reminder where enterprise_id = $1 and substr(outcome, 3, 2) < $2",
    |keys, (id, outcome)| keys.reseal(outcome_cell(id.as_bytes()), outcome)
}
