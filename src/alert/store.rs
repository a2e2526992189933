//! All SQL of this room: the tables `alert`, `alert_step` and `lasting`.

use std::{fmt::Write, sync::LazyLock};

use uuid::Uuid;

use super::model::{Cursor, State, What};
use crate::{
    account::caller::Tenant,
    audit::entry::{Entry, record_in},
    census::Sight,
    db::{Db, in_transaction, on_pool},
    error::StoreError,
    id::{DepartmentId, EmployeeId},
    period::{Day, Moment},
    vault::{Cell, sealed_column::sealed_column},
};

/// An alert as it is stored.
#[derive(sqlx::FromRow)]
pub struct AlertRow {
    pub id: Uuid,
    pub employee_id: EmployeeId,
    pub day: Day,
    pub severity: i64,
    pub state: State,
    pub raised_at: Moment,
    pub reason: Vec<u8>,
    pub change: i64,
}

/// One thing that happened to an alert.
#[derive(sqlx::FromRow)]
pub struct StepRow {
    pub id: Uuid,
    pub what: What,
    pub viewer_id: Option<Uuid>,
    pub at: Moment,
    pub note: Option<Vec<u8>>,
}

/// So many open alerts that the same rules raised.
#[derive(sqlx::FromRow)]
pub struct TallyRow {
    pub rules_hash: String,
    pub severity: i64,
    pub count: i64,
}

// ---- raised, within the transaction of a declaration: see `raise` -----------------------

/// The most rows of one statement.
pub const MOST_ROWS: usize = 64;
const COLUMNS: usize = 9;

/// One statement for each number of rows. Gives the ids of those that were not there.
pub static ALERT_INSERTS: LazyLock<[String; MOST_ROWS]> = LazyLock::new(|| std::array::from_fn(|at| insert_sql(at + 1)));

fn insert_sql(rows: usize) -> String {
    let mut sql = String::from(
        "insert into alert (enterprise_id, id, employee_id, day, severity, state, raised_at, reason, rules_hash, change) values ",
    );
    for row in 0..rows {
        let first = row * COLUMNS;
        let parameters =
            |places: std::ops::RangeInclusive<usize>| places.map(|at| format!("${}", first + at)).collect::<Vec<_>>().join(",");
        let comma = if row == 0 { "" } else { "," };
        let _ = write!(sql, "{comma}({},'new',{})", parameters(1..=5), parameters(6..=9));
    }
    sql.push_str(" on conflict (enterprise_id, id) do nothing returning id");
    sql
}

/// Notes that alerts were raised: $1 enterprise, $2 and $3 behind which change and up to which.
pub const STEP_RAISED: &str = "insert into alert_step (enterprise_id, id, alert_id, number, what, at)
    select enterprise_id, id, id, 1, 'raised', raised_at from alert where enterprise_id = $1 and change > $2 and change <= $3
      and not exists (select 1 from alert_step where alert_step.enterprise_id = $1 and alert_id = alert.id)";

/// What is known of the alert of a person and day: $1 enterprise, $2 id.
pub const ALERT_FIND: &str = "select severity, rules_hash from alert where enterprise_id = $1 and id = $2";

/// Makes an alert new again: $1 enterprise, $2 id, $3 severity, $4 when, $5 reason, $6 rules, $7 change.
pub const ALERT_WORSEN: &str = "update alert set severity = $3, state = 'new', raised_at = $4, reason = $5, rules_hash = $6, change = $7
    where enterprise_id = $1 and id = $2";

/// A further step: $1 enterprise, $2 id, $3 alert, $4 what, $5 by whom, $6 when, $7 note.
pub const STEP_INSERT: &str = "insert into alert_step (enterprise_id, id, alert_id, number, what, viewer_id, at, note)
    select $1, $2, $3, coalesce(max(number), 0) + 1, $4, $5, $6, $7 from alert_step where enterprise_id = $1 and alert_id = $3";

// ---- the queue --------------------------------------------------------------------------

/// Which alerts: as the page asks, and within what its viewer may see.
pub struct Wanted<'a> {
    /// '' for those that are not resolved, 'all', or a state.
    pub state: &'a str,
    /// 0 for any.
    pub severity: i64,
    pub day: Option<Day>,
    pub departments: Within,
    /// The name of a rule; '' for any.
    pub rule: &'a str,
    /// Sets of rules that are left out, each between bars.
    pub folded: &'a str,
}

/// The departments whose people are meant, each between blanks; '' for everyone, 0 for no department.
pub struct Within(String);

impl Within {
    /// What a sight reaches, and of that those of one department where it is asked for.
    #[expect(clippy::option_option, reason = "no wish, no department, or one")]
    pub fn of(sight: &Sight, wish: Option<Option<DepartmentId>>) -> Self {
        let list = |departments: &[i64]| {
            let mut text = " ".to_owned();
            for department in departments {
                let _ = write!(text, "{department} ");
            }
            Self(text)
        };
        match (wish, sight.departments()) {
            (Some(department), _) if sight.reaches(department) => list(&[department.map_or(0, |department| department.0)]),
            (Some(_), _) => list(&[]),
            (None, Some(reached)) => list(&reached.iter().map(|department| department.0).collect::<Vec<_>>()),
            (None, None) => Self(String::new()),
        }
    }
}

/// $1 enterprise, $2 state, $3 severity, $4 day, $5 departments.
macro_rules! wanted {
    () => {
        " from alert join employee on employee.enterprise_id = alert.enterprise_id and employee.id = alert.employee_id
          where alert.enterprise_id = $1
            and ($2 = '' and state <> 'resolved' or $2 = 'all' or state = $2)
            and ($3 = 0 or severity = $3)
            and ($4 = '' or cast(day as text) = $4)
            and ($5 = '' or $5 like '% ' || cast(coalesce(department_id, 0) as text) || ' %')"
    };
}

macro_rules! columns {
    () => {
        "select alert.id, employee_id, day, severity, state, raised_at, reason, alert.change"
    };
}

/// A page of alerts, the most severe first, and of these the last raised.
pub async fn alert_list(
    db: &Db,
    tenant: Tenant,
    wanted: &Wanted<'_>,
    after: Option<Cursor>,
    limit: i64,
) -> Result<Vec<AlertRow>, StoreError> {
    let sql = concat!(
        columns!(),
        wanted!(),
        " and ($6 = '' or rules_hash like '% ' || $6 || ' %') and $7 not like '%|' || rules_hash || '|%'
          and (severity, raised_at, alert.id) < ($8, $9, $10)
          order by severity desc, raised_at desc, alert.id desc limit $11"
    );
    let first = Cursor { severity: i64::MAX, raised_at: Moment::from_millis(i64::MAX), id: Uuid::max() };
    let Cursor { severity, raised_at, id } = after.unwrap_or(first);
    let Wanted { state, departments: Within(departments), rule, folded, .. } = wanted;
    Ok(on_pool!(db, pool => {
        sqlx::query_as(sql).bind(tenant.id()).bind(*state).bind(wanted.severity).bind(day(wanted)).bind(departments).bind(*rule)
            .bind(*folded).bind(severity).bind(raised_at).bind(id).bind(limit).fetch_all(pool).await?
    }))
}

fn day(wanted: &Wanted<'_>) -> String {
    wanted.day.map(|day| day.to_string()).unwrap_or_default()
}

/// How many of them each set of rules raised, whichever rule is asked for.
pub async fn alert_tally(db: &Db, tenant: Tenant, wanted: &Wanted<'_>) -> Result<Vec<TallyRow>, StoreError> {
    let sql = concat!("select rules_hash, severity, count(*) as count", wanted!(), " group by rules_hash, severity");
    let Wanted { state, departments: Within(departments), .. } = wanted;
    Ok(on_pool!(db, pool => {
        sqlx::query_as(sql).bind(tenant.id()).bind(*state).bind(wanted.severity).bind(day(wanted)).bind(departments).fetch_all(pool).await?
    }))
}

/// One, if it is of somebody in sight.
pub async fn alert_find(db: &Db, tenant: Tenant, id: Uuid, within: &Within) -> Result<Option<AlertRow>, StoreError> {
    let sql = concat!(columns!(), wanted!(), " and alert.id = $6");
    Ok(on_pool!(db, pool => {
        sqlx::query_as(sql).bind(tenant.id()).bind("all").bind(0_i64).bind("").bind(&within.0).bind(id).fetch_optional(pool).await?
    }))
}

/// Those of one person, the last day first.
pub async fn alert_list_of(db: &Db, tenant: Tenant, employee: EmployeeId, limit: i64) -> Result<Vec<AlertRow>, StoreError> {
    let sql = "select id, employee_id, day, severity, state, raised_at, reason, change from alert
               where enterprise_id = $1 and employee_id = $2 order by day desc limit $3";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(employee).bind(limit).fetch_all(pool).await?))
}

pub async fn step_list(db: &Db, tenant: Tenant, alert: Uuid) -> Result<Vec<StepRow>, StoreError> {
    let sql = "select id, what, viewer_id, at, note from alert_step where enterprise_id = $1 and alert_id = $2 order by number";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(alert).fetch_all(pool).await?))
}

const MOVE: &str = "update alert set state = $4 where enterprise_id = $1 and id = $2 and state = $3
    and exists (select 1 from employee where employee.enterprise_id = $1 and employee.id = alert.employee_id
      and ($5 = '' or $5 like '% ' || cast(coalesce(department_id, 0) as text) || ' %'))";

/// Moves one within a transaction that is under way, and notes the step.
macro_rules! move_in {
    ($tx:ident, $tenant:expr, $alert:expr, $states:expr, $within:expr, $step:expr, $entry:expr) => {{
        let (tenant, alert, [from, to]): (Tenant, Uuid, [State; 2]) = ($tenant, $alert, $states);
        let (within, step, entry): (&Within, &NewStep, &Entry) = ($within, $step, $entry);
        let moved =
            sqlx::query(MOVE).bind(tenant.id()).bind(alert).bind(from).bind(to).bind(&within.0).execute(&mut *$tx).await?.rows_affected()
                > 0;
        if moved {
            sqlx::query(STEP_INSERT)
                .bind(tenant.id())
                .bind(step.id)
                .bind(alert)
                .bind(What::became(to))
                .bind(step.viewer)
                .bind(entry.at)
                .bind(step.note.as_deref())
                .execute(&mut *$tx)
                .await?;
        }
        moved
    }};
}

/// A step that somebody takes.
pub struct NewStep {
    pub id: Uuid,
    pub viewer: Option<Uuid>,
    pub note: Option<Vec<u8>>,
}

/// Sets an alert of somebody in sight from one state to another. False if it is not in the first, or not in sight.
pub async fn alert_move(
    db: &Db,
    tenant: Tenant,
    alert: Uuid,
    [from, to]: [State; 2],
    within: &Within,
    step: &NewStep,
    entry: &Entry,
) -> Result<bool, StoreError> {
    Ok(in_transaction!(db, tx => {
        let moved = move_in!(tx, tenant, alert, [from, to], within, step, entry);
        if moved {
            record_in!(tx, entry);
        }
        moved
    }))
}

/// Sets those of these that are new and in sight to seen; how many. Each has an entry of its own, about its person.
pub async fn alert_see_all(
    db: &Db,
    tenant: Tenant,
    alerts: &[(Uuid, EmployeeId, NewStep)],
    within: &Within,
    entry: &Entry,
) -> Result<usize, StoreError> {
    let mut seen = Vec::new();
    in_transaction!(db, tx => {
        for (alert, employee, step) in alerts {
            if move_in!(tx, tenant, *alert, [State::New, State::Seen], within, step, entry) {
                seen.push(*employee);
            }
        }
        for employee in &seen {
            record_in!(tx, &entry.clone().on(employee.0));
        }
    });
    Ok(seen.len())
}

// ---- what lasts -------------------------------------------------------------------------

/// What somebody always has, sealed.
pub async fn lasting_find(db: &Db, tenant: Tenant, employee: EmployeeId) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "select rules from lasting where enterprise_id = $1 and employee_id = $2";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(tenant.id()).bind(employee).fetch_optional(pool).await?))
}

/// Replaces what somebody always has; `None`: nothing.
pub async fn lasting_set(db: &Db, tenant: Tenant, employee: EmployeeId, rules: Option<&[u8]>, entry: &Entry) -> Result<(), StoreError> {
    let set = "insert into lasting (enterprise_id, employee_id, rules) values ($1, $2, $3)
               on conflict (enterprise_id, employee_id) do update set rules = excluded.rules";
    let end = "delete from lasting where enterprise_id = $1 and employee_id = $2";
    in_transaction!(db, tx => {
        match rules {
            Some(rules) => sqlx::query(set).bind(tenant.id()).bind(employee).bind(rules).execute(&mut *tx).await?,
            None => sqlx::query(end).bind(tenant.id()).bind(employee).execute(&mut *tx).await?,
        };
        record_in!(tx, entry);
    });
    Ok(())
}

// ---- what goes --------------------------------------------------------------------------

/// How many go in one transaction.
const PURGED_AT_ONCE: i64 = 500;

/// Deletes some of the alerts of a day and of earlier ones, with their steps; how many.
pub async fn alert_purge(db: &Db, tenant: Tenant, until: Day, entry: Option<&Entry>) -> Result<u64, StoreError> {
    let sql = "delete from alert where enterprise_id = $1 and id in
               (select id from alert where enterprise_id = $1 and day <= $2 order by change limit $3)";
    Ok(in_transaction!(db, tx => {
        let rows = sqlx::query(sql).bind(tenant.id()).bind(until).bind(PURGED_AT_ONCE).execute(&mut *tx).await?.rows_affected();
        if let Some(entry) = entry.filter(|_| rows > 0) {
            record_in!(tx, entry);
        }
        rows
    }))
}

pub const fn reason_cell(alert: &[u8]) -> Cell<'_> {
    Cell { table: "alert", column: "reason", row: alert }
}

pub const fn note_cell(step: &[u8]) -> Cell<'_> {
    Cell { table: "alert_step", column: "note", row: step }
}

pub const fn lasting_cell(employee: &[u8]) -> Cell<'_> {
    Cell { table: "lasting", column: "rules", row: employee }
}

sealed_column! {
    /// Why alerts were raised.
    AlertReasons("alert.reason"), (Uuid, Vec<u8>) from Uuid::nil(),
    list "select id, reason from alert
          where enterprise_id = $1 and id > $2 and substr(reason, 3, 2) < $3 order by id limit $4",
    swap "update alert set reason = $4 where enterprise_id = $1 and id = $2 and reason = $3",
    count "select count(*) from alert where enterprise_id = $1 and substr(reason, 3, 2) < $2",
    |keys, (id, reason)| keys.reseal(reason_cell(id.as_bytes()), reason)
}

sealed_column! {
    /// What was noted when somebody acted on an alert.
    StepNotes("alert_step.note"), (Uuid, Vec<u8>) from Uuid::nil(),
    list "select id, note from alert_step
          where enterprise_id = $1 and id > $2 and substr(note, 3, 2) < $3 order by id limit $4",
    swap "update alert_step set note = $4 where enterprise_id = $1 and id = $2 and note = $3",
    count "select count(*) from alert_step where enterprise_id = $1 and substr(note, 3, 2) < $2",
    |keys, (id, note)| keys.reseal(note_cell(id.as_bytes()), note)
}

sealed_column! {
    /// What people always have.
    LastingRules("lasting.rules"), (Uuid, Vec<u8>) from Uuid::nil(),
    list "select employee_id, rules from lasting
          where enterprise_id = $1 and employee_id > $2 and substr(rules, 3, 2) < $3 order by employee_id limit $4",
    swap "update lasting set rules = $4 where enterprise_id = $1 and employee_id = $2 and rules = $3",
    count "select count(*) from lasting where enterprise_id = $1 and substr(rules, 3, 2) < $2",
    |keys, (employee, rules)| keys.reseal(lasting_cell(employee.as_bytes()), rules)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_row_of_a_statement_has_its_own_parameters() {
        let sql = insert_sql(2);
        assert!(sql.contains("($1,$2,$3,$4,$5,'new',$6,$7,$8,$9),($10,$11,$12,$13,$14,'new',$15,$16,$17,$18) on conflict"), "{sql}");
    }
}
