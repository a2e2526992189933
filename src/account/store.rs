//! All SQL of this room: representatives, their passkeys, links, ceremonies and sessions; employees, their devices and
//! consents.

use std::sync::LazyLock;

use uuid::Uuid;

use super::{
    caller::{Employee, Tenant, Viewer},
    model::{ConsentKind, Level, NOTICE_VERSION, Standing},
    provider::Vouched,
    representative::{Appointment, appoint_in},
    token::TokenHash,
};
use crate::{
    db::{Db, in_transaction, on_pool},
    enterprise::NEXT_CHANGE,
    error::StoreError,
    id::{EmployeeId, EnterpriseId},
    period::Moment,
};

// ---- sessions: the token is the caller ---------------------------------------------

#[derive(sqlx::FromRow)]
pub struct SessionRow {
    pub representative_id: Uuid,
    pub level: Level,
    pub seen_at: Moment,
}

/// The session of this token, unless it is over at `now` or was last seen before `idle_since`.
pub async fn session_find(db: &Db, token: TokenHash, now: Moment, idle_since: Moment) -> Result<Option<SessionRow>, StoreError> {
    let sql = "select representative_id, level, seen_at from session where token_hash = $1 and expires_at > $2 and seen_at > $3";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(&token.0[..]).bind(now).bind(idle_since).fetch_optional(pool).await?))
}

pub async fn session_touch(db: &Db, token: TokenHash, now: Moment) -> Result<(), StoreError> {
    let sql = "update session set seen_at = $2 where token_hash = $1";
    in_transaction!(db, tx => {
        sqlx::query(sql).bind(&token.0[..]).bind(now).execute(&mut *tx).await?;
    });
    Ok(())
}

/// Starts a session; `before` ends with it, and so do all that are over.
pub async fn session_insert(
    db: &Db,
    token: TokenHash,
    before: Option<TokenHash>,
    vouched: &Vouched,
    now: Moment,
    expires_at: Moment,
) -> Result<(), StoreError> {
    let sql = "insert into session (token_hash, representative_id, level, verified_at, created_at, seen_at, expires_at)
               values ($1, $2, $3, $4, $4, $4, $5)";
    let before = before.map_or_else(Vec::new, |before| before.0.to_vec());
    in_transaction!(db, tx => {
        sqlx::query("delete from session where token_hash = $1 or expires_at <= $2").bind(before).bind(now).execute(&mut *tx).await?;
        sqlx::query(sql).bind(&token.0[..]).bind(vouched.representative()).bind(vouched.level()).bind(now).bind(expires_at)
            .execute(&mut *tx).await?;
    });
    Ok(())
}

pub async fn session_delete(db: &Db, token: TokenHash) -> Result<(), StoreError> {
    in_transaction!(db, tx => {
        sqlx::query("delete from session where token_hash = $1").bind(&token.0[..]).execute(&mut *tx).await?;
    });
    Ok(())
}

// ---- representatives -----------------------------------------------------------------

#[derive(sqlx::FromRow)]
pub struct RepresentativeRow {
    pub id: Uuid,
    pub person: Vec<u8>,
}

/// Writes and links a representative; returns the id under which their document is known. `None`, and nothing is written, if
/// whoever is known by it already is not the one who is meant.
pub async fn representative_appoint(
    db: &Db,
    tenant: Tenant,
    appointment: &Appointment,
    now: Moment,
    is_meant: impl Fn(&RepresentativeRow) -> Result<bool, StoreError> + Send,
) -> Result<Option<Uuid>, StoreError> {
    Ok(in_transaction!(db, tx => {
        appoint_in!(tx, appointment, tenant.id(), now);
        let known: RepresentativeRow = sqlx::query_as(REPRESENTATIVE_FIND).bind(&appointment.document_index[..]).fetch_one(&mut *tx).await?;
        if !is_meant(&known)? {
            return Ok(None);
        }
        Some(known.id)
    }))
}

const REPRESENTATIVE_FIND: &str = "select id, person from representative where document_index = $1";

/// Who is known by a document, for the operator at the terminal.
pub async fn representative_find(db: &Db, document_index: [u8; 32]) -> Result<Option<RepresentativeRow>, StoreError> {
    Ok(on_pool!(db, pool => sqlx::query_as(REPRESENTATIVE_FIND).bind(&document_index[..]).fetch_optional(pool).await?))
}

pub async fn representative_list(db: &Db, tenant: Tenant) -> Result<Vec<RepresentativeRow>, StoreError> {
    let sql = "select representative.id, representative.person from enterprise_representative
               join representative on representative.id = enterprise_representative.representative_id
               where enterprise_representative.enterprise_id = $1 order by enterprise_representative.created_at, representative.id";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).fetch_all(pool).await?))
}

/// One representative's sealed person: for themselves, and for the ceremonies that find out whether it is they.
pub async fn representative_person(db: &Db, id: Uuid) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "select person from representative where id = $1";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(id).fetch_optional(pool).await?))
}

/// The representative of a demo database: the first that was made.
pub async fn representative_first(db: &Db) -> Result<Option<Uuid>, StoreError> {
    let sql = "select id from representative order by created_at, id limit 1";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).fetch_optional(pool).await?))
}

pub async fn representative_unlink(db: &Db, tenant: Tenant, id: Uuid) -> Result<bool, StoreError> {
    let sql = "delete from enterprise_representative where enterprise_id = $1 and representative_id = $2";
    Ok(in_transaction!(db, tx => {
        sqlx::query(sql).bind(tenant.id()).bind(id).execute(&mut *tx).await?.rows_affected() > 0
    }))
}

pub async fn viewer_represents(db: &Db, viewer: &Viewer, enterprise: EnterpriseId) -> Result<bool, StoreError> {
    let sql = "select 1 from enterprise_representative where enterprise_id = $1 and representative_id = $2";
    Ok(on_pool!(db, pool => {
        sqlx::query(sql).bind(enterprise).bind(viewer.representative()).fetch_optional(pool).await?.is_some()
    }))
}

pub async fn viewer_enterprises(db: &Db, representative: Uuid) -> Result<Vec<EnterpriseId>, StoreError> {
    let sql = "select enterprise_id from enterprise_representative where representative_id = $1 order by created_at, enterprise_id";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(representative).fetch_all(pool).await?))
}

// ---- one-time links: the token is the caller -------------------------------------------

pub async fn enrolment_insert(
    db: &Db,
    representative: Uuid,
    token: TokenHash,
    tries: i64,
    now: Moment,
    expires_at: Moment,
) -> Result<(), StoreError> {
    let sql = "insert into enrolment (token_hash, representative_id, tries_left, created_at, expires_at) values ($1, $2, $3, $4, $5)";
    in_transaction!(db, tx => {
        sqlx::query(sql).bind(&token.0[..]).bind(representative).bind(tries).bind(now).bind(expires_at).execute(&mut *tx).await?;
    });
    Ok(())
}

/// Whether a link still works, without a try.
pub async fn enrolment_is_live(db: &Db, token: TokenHash, now: Moment) -> Result<bool, StoreError> {
    let sql = "select 1 from enrolment where token_hash = $1 and used_at is null and tries_left > 0 and expires_at > $2";
    Ok(on_pool!(db, pool => sqlx::query(sql).bind(&token.0[..]).bind(now).fetch_optional(pool).await?.is_some()))
}

/// How a try went.
pub enum Tried {
    /// Used, too old, out of tries, or never made.
    Dead,
    /// So many tries are left.
    Wrong(i64),
    Right(RepresentativeRow),
}

/// One try at a link. It is counted before it is judged, so that tries at the same time count too.
pub async fn enrolment_try(
    db: &Db,
    token: TokenHash,
    now: Moment,
    is_right: impl Fn(&RepresentativeRow) -> bool + Send,
) -> Result<Tried, StoreError> {
    let count = "update enrolment set tries_left = tries_left - 1
                 where token_hash = $1 and used_at is null and tries_left > 0 and expires_at > $2
                 returning tries_left, representative_id";
    let person = "select id, person from representative where id = $1";
    let give_back = "update enrolment set tries_left = tries_left + 1 where token_hash = $1";
    Ok(in_transaction!(db, tx => {
        let counted: Option<(i64, Uuid)> = sqlx::query_as(count).bind(&token.0[..]).bind(now).fetch_optional(&mut *tx).await?;
        match counted {
            None => Tried::Dead,
            Some((tries_left, id)) => {
                let row: RepresentativeRow = sqlx::query_as(person).bind(id).fetch_one(&mut *tx).await?;
                if is_right(&row) {
                    sqlx::query(give_back).bind(&token.0[..]).execute(&mut *tx).await?;
                    Tried::Right(row)
                } else {
                    Tried::Wrong(tries_left)
                }
            }
        }
    }))
}

// ---- ceremonies and passkeys: the ceremony's token is the caller -----------------------

/// Keeps the server's half of a ceremony; those that are over go.
pub async fn ceremony_insert(db: &Db, token: TokenHash, state: &[u8], now: Moment, expires_at: Moment) -> Result<(), StoreError> {
    let sql = "insert into ceremony (token_hash, state, expires_at) values ($1, $2, $3)";
    in_transaction!(db, tx => {
        sqlx::query("delete from ceremony where expires_at <= $1").bind(now).execute(&mut *tx).await?;
        sqlx::query(sql).bind(&token.0[..]).bind(state).bind(expires_at).execute(&mut *tx).await?;
    });
    Ok(())
}

/// Takes a ceremony out: it can be finished once.
pub async fn ceremony_take(db: &Db, token: TokenHash, now: Moment) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "delete from ceremony where token_hash = $1 returning state, expires_at";
    let row: Option<(Vec<u8>, Moment)> = in_transaction!(db, tx => {
        sqlx::query_as(sql).bind(&token.0[..]).fetch_optional(&mut *tx).await?
    });
    Ok(row.filter(|(_, expires_at)| *expires_at > now).map(|(state, _)| state))
}

/// Keeps a new passkey and uses up the link it was made by, both or neither. False if the link is used, too old or out of
/// tries by now, or the passkey is known.
pub async fn passkey_insert(
    db: &Db,
    link: TokenHash,
    representative: Uuid,
    credential_id: &[u8],
    passkey: &[u8],
    now: Moment,
) -> Result<bool, StoreError> {
    let use_up = "update enrolment set used_at = $3
                  where token_hash = $1 and representative_id = $2 and used_at is null and tries_left > 0 and expires_at > $3";
    let insert = "insert into passkey (credential_id, representative_id, passkey, created_at) values ($1, $2, $3, $4)
                  on conflict (credential_id) do nothing";
    Ok(in_transaction!(db, tx => {
        if sqlx::query(use_up).bind(&link.0[..]).bind(representative).bind(now).execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(false);
        }
        let inserted = sqlx::query(insert).bind(credential_id).bind(representative).bind(passkey).bind(now).execute(&mut *tx).await?;
        if inserted.rows_affected() == 0 {
            return Ok(false);
        }
        true
    }))
}

pub async fn passkey_find(db: &Db, representative: Uuid, credential_id: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "select passkey from passkey where credential_id = $1 and representative_id = $2";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(credential_id).bind(representative).fetch_optional(pool).await?))
}

/// Notes that a passkey was used, with its new counter inside.
pub async fn passkey_used(db: &Db, credential_id: &[u8], passkey: &[u8], now: Moment) -> Result<(), StoreError> {
    let sql = "update passkey set passkey = $2, used_at = $3 where credential_id = $1";
    in_transaction!(db, tx => {
        sqlx::query(sql).bind(credential_id).bind(passkey).bind(now).execute(&mut *tx).await?;
    });
    Ok(())
}

// ---- employees and their devices -------------------------------------------------------

#[derive(Clone, sqlx::FromRow)]
pub struct DeviceRow {
    secret_hash: Vec<u8>,
    pub employee_id: EmployeeId,
    pub level: Level,
    pub standing: Standing,
}

/// How many devices one statement asks for, as a power of two.
const MOST_DEVICES_LOG2: usize = 6;
pub const MOST_DEVICES: usize = 1 << MOST_DEVICES_LOG2;

/// One statement for each power of two of devices, so that few shapes are prepared and each is used often.
static DEVICES: LazyLock<[String; MOST_DEVICES_LOG2 + 1]> = LazyLock::new(|| std::array::from_fn(|power| devices_sql(1 << power)));

fn devices_sql(devices: usize) -> String {
    let secrets: Vec<String> = (2..devices + 2).map(|parameter| format!("${parameter}")).collect();
    format!(
        "select device.secret_hash, device.employee_id, device.level, employee.standing from device
         join employee on employee.enterprise_id = device.enterprise_id and employee.id = device.employee_id
         where device.enterprise_id = $1 and device.secret_hash in ({}) and device.ended_at is null",
        secrets.join(",")
    )
}

/// Whom devices of one enterprise stand for, in their order: look-ups by primary key, at most [`MOST_DEVICES`] of them.
pub async fn device_find_all(db: &Db, tenant: Tenant, secrets: &[TokenHash]) -> Result<Vec<Option<DeviceRow>>, StoreError> {
    let Some(last) = secrets.last() else { return Ok(Vec::new()) };
    let power = secrets.len().next_power_of_two().ilog2() as usize;
    // A statement with more places than there are devices asks for the last one again.
    let asked = secrets.iter().chain(std::iter::repeat(last)).take(1 << power);
    let rows: Vec<DeviceRow> = on_pool!(db, pool => {
        let query = sqlx::query_as(DEVICES[power].as_str()).bind(tenant.id());
        asked.fold(query, |query, secret| query.bind(&secret.0[..])).fetch_all(pool).await?
    });
    Ok(secrets.iter().map(|secret| rows.iter().find(|row| row.secret_hash == secret.0).cloned()).collect())
}

/// Ends a device: its secret means nothing from now on.
pub async fn device_end(db: &Db, tenant: Tenant, secret: TokenHash, now: Moment) -> Result<(), StoreError> {
    let sql = "update device set ended_at = $3 where enterprise_id = $1 and secret_hash = $2 and ended_at is null";
    in_transaction!(db, tx => {
        sqlx::query(sql).bind(tenant.id()).bind(&secret.0[..]).bind(now).execute(&mut *tx).await?;
    });
    Ok(())
}

/// An employee with the device that claimed them.
pub struct NewEmployee {
    pub id: EmployeeId,
    pub document_index: [u8; 32],
    pub person: Vec<u8>,
    pub secret_hash: TokenHash,
    pub level: Level,
}

/// One employee's sealed person: for themselves.
pub async fn employee_person(db: &Db, employee: &Employee) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "select person from employee where enterprise_id = $1 and id = $2";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(employee.tenant().id()).bind(employee.id()).fetch_optional(pool).await?))
}

const DEVICE_INSERT: &str = "insert into device (enterprise_id, secret_hash, employee_id, level, created_at) values ($1, $2, $3, $4, $5)";

const CONSENT_INSERT: &str = "insert into consent (enterprise_id, employee_id, kind, version, given_at)
    values ($1, $2, $3, $5, $6), ($1, $2, $4, $5, $6)
    on conflict (enterprise_id, employee_id, kind, version, given_at) do nothing";

/// Writes an employee with their device and their consents, in a transaction that holds the enterprise's row; gives how they
/// stand. A document that is known already makes its employee one to verify.
macro_rules! employee_in {
    ($tx:ident, $enterprise:expr, $change:expr, $row:expr, $now:expr) => {{
        let known = "select 1 from employee where enterprise_id = $1 and document_index = $2 limit 1";
        let insert = "insert into employee (enterprise_id, id, change, document_index, standing, person, created_at)
                      values ($1, $2, $3, $4, $5, $6, $7)";
        let (id, row, now): (EnterpriseId, &NewEmployee, Moment) = ($enterprise, $row, $now);
        let index = &row.document_index[..];
        let standing = match sqlx::query(known).bind(id).bind(index).fetch_optional(&mut *$tx).await? {
            None => Standing::Matched,
            Some(_) => Standing::ToVerify,
        };
        sqlx::query(insert)
            .bind(id)
            .bind(row.id)
            .bind($change)
            .bind(index)
            .bind(standing)
            .bind(&row.person)
            .bind(now)
            .execute(&mut *$tx)
            .await?;
        sqlx::query(DEVICE_INSERT).bind(id).bind(&row.secret_hash.0[..]).bind(row.id).bind(row.level).bind(now).execute(&mut *$tx).await?;
        sqlx::query(CONSENT_INSERT)
            .bind(id)
            .bind(row.id)
            .bind(ConsentKind::Notice)
            .bind(ConsentKind::HealthAndWhereabouts)
            .bind(NOTICE_VERSION)
            .bind(now)
            .execute(&mut *$tx)
            .await?;
        standing
    }};
}

/// Writes employees, their devices and their consents in one transaction; says how each stands.
pub async fn employee_insert_all(db: &Db, tenant: Tenant, rows: &[NewEmployee], now: Moment) -> Result<Vec<Standing>, StoreError> {
    let count = i64::try_from(rows.len()).unwrap_or(i64::MAX);
    if count == 0 {
        return Ok(Vec::new());
    }
    let mut standings = Vec::with_capacity(rows.len());
    in_transaction!(db, tx => {
        let last: Option<i64> = sqlx::query_scalar(NEXT_CHANGE).bind(tenant.id()).bind(count).fetch_optional(&mut *tx).await?;
        let last = last.ok_or(StoreError::Row { table: "enterprise", column: "id" })?;
        for (change, row) in (last - count + 1..).zip(rows) {
            standings.push(employee_in!(tx, tenant.id(), change, row, now));
        }
    });
    Ok(standings)
}

/// Writes one employee, or only their device where this very employee was made after `since`. `None` if they were made
/// earlier, or one of their devices has ended: then whoever asks may be someone else.
pub async fn employee_claim(
    db: &Db,
    tenant: Tenant,
    row: &NewEmployee,
    since: Moment,
    now: Moment,
) -> Result<Option<Standing>, StoreError> {
    let made = "select standing, created_at from employee where enterprise_id = $1 and id = $2";
    let ended = "select 1 from device where enterprise_id = $1 and employee_id = $2 and ended_at is not null limit 1";
    let id = tenant.id();
    Ok(in_transaction!(db, tx => {
        let change: Option<i64> = sqlx::query_scalar(NEXT_CHANGE).bind(id).bind(1_i64).fetch_optional(&mut *tx).await?;
        let change = change.ok_or(StoreError::Row { table: "enterprise", column: "id" })?;
        let made: Option<(Standing, Moment)> = sqlx::query_as(made).bind(id).bind(row.id).fetch_optional(&mut *tx).await?;
        match made {
            None => Some(employee_in!(tx, id, change, row, now)),
            Some((_, at)) if at <= since => return Ok(None),
            Some((standing, _)) => {
                if sqlx::query(ended).bind(id).bind(row.id).fetch_optional(&mut *tx).await?.is_some() {
                    return Ok(None);
                }
                sqlx::query(DEVICE_INSERT).bind(id).bind(&row.secret_hash.0[..]).bind(row.id).bind(row.level).bind(now)
                    .execute(&mut *tx).await?;
                Some(standing)
            }
        }
    }))
}

/// Keeps that an employee gave both consents once more.
pub async fn consent_insert(db: &Db, employee: &Employee, now: Moment) -> Result<(), StoreError> {
    in_transaction!(db, tx => {
        sqlx::query(CONSENT_INSERT).bind(employee.tenant().id()).bind(employee.id()).bind(ConsentKind::Notice)
            .bind(ConsentKind::HealthAndWhereabouts).bind(NOTICE_VERSION).bind(now).execute(&mut *tx).await?;
    });
    Ok(())
}

/// Keeps the first row of each document: $1 id, $2 document index, $3 person, $4 now.
pub const REPRESENTATIVE_INSERT: &str = "insert into representative (id, document_index, person, created_at) values ($1, $2, $3, $4)
    on conflict (document_index) do nothing";

/// Links the person of a document to an enterprise: $1 enterprise, $2 document index, $3 now.
pub const REPRESENTATIVE_LINK: &str = "insert into enterprise_representative (enterprise_id, representative_id, created_at)
    select cast($1 as bigint), representative.id, cast($3 as bigint) from representative where document_index = $2
    on conflict (enterprise_id, representative_id) do nothing";
