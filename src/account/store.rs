//! All SQL of this room: representatives, their passkeys, links, ceremonies and sessions; employees, their devices and
//! consents.

use std::sync::LazyLock;

use uuid::Uuid;

use super::{
    caller::{Employee, Tenant, Viewer},
    model::{ConsentKind, Level, MOST_PASSKEYS, NOTICE_VERSION, Standing},
    oidc::identity::{FLOW_DELETE_OVER, Identity, VIEWER_IDENTITY_BOUND, VIEWER_IDENTITY_DELETE},
    own::name_cell,
    passkey::{ceremony_cell, passkey_cell},
    provider::{Means, Vouched},
    representative::{Appointment, Enrolment, appoint_in, enrol_in},
    sealed_person::person_cell,
    step_up::StepUp,
    token::TokenHash,
};
use crate::{
    audit::{
        entry::{Entry, record_in},
        model::Action,
    },
    db::{Db, in_transaction, on_pool},
    declaration::retention::DECLARATION_DELETE_OF,
    delegation::end::end_with_representative_in,
    enterprise::{NEXT_CHANGE, PURGED, ROSTER_CHANGED},
    error::StoreError,
    id::{DepartmentId, EmployeeId, EnterpriseId},
    message::{model::Kind, tell::tell_viewer_in},
    period::Moment,
    rights::REQUEST_ACCEPT,
    roster::{ROSTER_TRANSFER, retention::ROSTER_FORGET},
    vault::sealed_column::sealed_column,
};

// ---- sessions: the token is the caller ---------------------------------------------

#[derive(sqlx::FromRow)]
pub struct SessionRow {
    pub viewer_id: Uuid,
    pub level: Level,
    pub seen_at: Moment,
}

/// The session of this token, unless it is over at `now` or was last seen before `idle_since`.
pub async fn session_find(db: &Db, token: TokenHash, now: Moment, idle_since: Moment) -> Result<Option<SessionRow>, StoreError> {
    let sql = "select viewer_id, level, seen_at from session where token_hash = $1 and expires_at > $2 and seen_at > $3";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(&token.0[..]).bind(now).bind(idle_since).fetch_optional(pool).await?))
}

pub async fn session_touch(db: &Db, token: TokenHash, now: Moment) -> Result<(), StoreError> {
    let sql = "update session set seen_at = $2 where token_hash = $1";
    in_transaction!(db, tx => {
        sqlx::query(sql).bind(&token.0[..]).bind(now).execute(&mut *tx).await?;
    });
    Ok(())
}

/// Starts a session; `before` ends with it, and so do all that are over. False, and nothing is written, if what vouched for the person is
/// theirs no longer: it was removed while they signed in.
pub async fn session_insert(
    db: &Db,
    token: TokenHash,
    before: Option<TokenHash>,
    vouched: &Vouched,
    agent: &str,
    entry: &Entry,
    expires_at: Moment,
) -> Result<bool, StoreError> {
    let (now, viewer) = (entry.at, vouched.viewer());
    let sql = "insert into session (token_hash, viewer_id, level, verified_at, created_at, seen_at, expires_at, agent)
               values ($1, $2, $3, $4, $4, $4, $5, $6)";
    let before = before.map_or_else(Vec::new, |before| before.0.to_vec());
    Ok(in_transaction!(db, tx => {
        // Whoever removes a passkey holds this row, too, and ends the sessions that there are.
        if sqlx::query(VIEWER_LOCK).bind(viewer).execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(false);
        }
        let held = match vouched.means() {
            Means::Passkey(credential) => sqlx::query(PASSKEY_HELD).bind(credential).bind(viewer).fetch_optional(&mut *tx).await?.is_some(),
            Means::Identity(subject) => {
                sqlx::query(VIEWER_IDENTITY_BOUND).bind(&subject[..]).bind(viewer).fetch_optional(&mut *tx).await?.is_some()
            }
            Means::Nothing => true,
        };
        if !held {
            tx.rollback().await?;
            return Ok(false);
        }
        sqlx::query("delete from session where token_hash = $1 or expires_at <= $2").bind(before).bind(now).execute(&mut *tx).await?;
        sqlx::query(sql).bind(&token.0[..]).bind(viewer).bind(vouched.level()).bind(now).bind(expires_at)
            .bind(agent).execute(&mut *tx).await?;
        record_in!(tx, entry);
        true
    }))
}

/// Gives a person's session another token. False if there is no such session of theirs.
pub async fn session_renew(db: &Db, viewer: &Viewer, before: TokenHash, token: TokenHash) -> Result<bool, StoreError> {
    let sql = "update session set token_hash = $3 where viewer_id = $1 and token_hash = $2";
    Ok(in_transaction!(db, tx => {
        sqlx::query(sql).bind(viewer.id()).bind(&before.0[..]).bind(&token.0[..]).execute(&mut *tx).await?.rows_affected() > 0
    }))
}

/// Lets whoever just verified themselves for that export from an enterprise in the session in which they did, until then.
pub async fn session_allow_export(db: &Db, proof: &StepUp, tenant: Tenant, until: Moment) -> Result<(), StoreError> {
    let sql = "update session set export_enterprise_id = $3, export_until = $4 where viewer_id = $1 and token_hash = $2";
    in_transaction!(db, tx => {
        let session = proof.session();
        sqlx::query(sql).bind(proof.viewer().id()).bind(&session.0[..]).bind(tenant.id()).bind(until).execute(&mut *tx).await?;
    });
    Ok(())
}

/// Whether a session may export from an enterprise now.
pub async fn session_may_export(db: &Db, viewer: &Viewer, token: TokenHash, tenant: Tenant, now: Moment) -> Result<bool, StoreError> {
    let sql = "select 1 from session where viewer_id = $1 and token_hash = $2 and export_enterprise_id = $3 and export_until > $4";
    Ok(on_pool!(db, pool => {
        sqlx::query(sql).bind(viewer.id()).bind(&token.0[..]).bind(tenant.id()).bind(now).fetch_optional(pool).await?.is_some()
    }))
}

/// One of a person's own sessions.
#[derive(sqlx::FromRow)]
pub struct OwnSessionRow {
    pub token_hash: Vec<u8>,
    pub agent: String,
    pub level: Level,
    pub seen_at: Moment,
}

/// A person's sessions that are not over at `now` and were seen since `idle_since`, the last used first.
pub async fn session_list(db: &Db, viewer: &Viewer, now: Moment, idle_since: Moment) -> Result<Vec<OwnSessionRow>, StoreError> {
    let sql = "select token_hash, agent, level, seen_at from session
               where viewer_id = $1 and expires_at > $2 and seen_at > $3 order by seen_at desc, token_hash";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(viewer.id()).bind(now).bind(idle_since).fetch_all(pool).await?))
}

/// Ends one of a person's sessions. False if it is not theirs, or over.
pub async fn session_end(db: &Db, viewer: &Viewer, token: &[u8], entry: &Entry) -> Result<bool, StoreError> {
    let sql = "delete from session where viewer_id = $1 and token_hash = $2";
    Ok(in_transaction!(db, tx => {
        let ended = sqlx::query(sql).bind(viewer.id()).bind(token).execute(&mut *tx).await?.rows_affected() > 0;
        if ended {
            record_in!(tx, entry);
        }
        ended
    }))
}

const SESSION_END_OTHERS: &str = "delete from session where viewer_id = $1 and token_hash <> $2";

/// Ends every session of a person but one.
pub async fn session_end_others(db: &Db, viewer: &Viewer, kept: TokenHash, entry: &Entry) -> Result<(), StoreError> {
    in_transaction!(db, tx => {
        sqlx::query(SESSION_END_OTHERS).bind(viewer.id()).bind(&kept.0[..]).execute(&mut *tx).await?;
        record_in!(tx, entry);
    });
    Ok(())
}

/// Ends a session; `entry` says so of whoever it was.
pub async fn session_delete(db: &Db, token: TokenHash, entry: impl Fn(Uuid) -> Entry + Send) -> Result<(), StoreError> {
    let sql = "delete from session where token_hash = $1 returning viewer_id";
    in_transaction!(db, tx => {
        let viewer: Option<Uuid> = sqlx::query_scalar(sql).bind(&token.0[..]).fetch_optional(&mut *tx).await?;
        if let Some(viewer) = viewer {
            record_in!(tx, &entry(viewer));
        }
    });
    Ok(())
}

// ---- representatives -----------------------------------------------------------------

#[derive(sqlx::FromRow)]
pub struct ViewerRow {
    pub id: Uuid,
    pub person: Vec<u8>,
}

/// Writes and links a representative; returns the id under which their document is known. `None`, and nothing is written, if
/// whoever is known by it already is not the one who is meant.
pub async fn representative_appoint(
    db: &Db,
    tenant: Tenant,
    appointment: &Appointment,
    entry: Entry,
    is_meant: impl Fn(&ViewerRow) -> Result<bool, StoreError> + Send,
) -> Result<Option<Uuid>, StoreError> {
    Ok(in_transaction!(db, tx => {
        appoint_in!(tx, appointment, tenant.id(), entry.at);
        let known: ViewerRow = sqlx::query_as(VIEWER_FIND).bind(&appointment.document_index[..]).fetch_one(&mut *tx).await?;
        if !is_meant(&known)? {
            return Ok(None);
        }
        record_in!(tx, &entry.on(known.id));
        Some(known.id)
    }))
}

pub const VIEWER_FIND: &str = "select id, person from viewer where document_index = $1";

/// Who is known by a document, for the operator at the terminal.
pub async fn viewer_find(db: &Db, document_index: [u8; 32]) -> Result<Option<ViewerRow>, StoreError> {
    Ok(on_pool!(db, pool => sqlx::query_as(VIEWER_FIND).bind(&document_index[..]).fetch_optional(pool).await?))
}

/// Whether anyone has a way to sign in: a passkey, or an identity of a provider.
pub async fn viewer_any_can_sign_in(db: &Db) -> Result<bool, StoreError> {
    let sql = "select 1 from passkey union all select 1 from viewer_identity limit 1";
    Ok(on_pool!(db, pool => sqlx::query(sql).fetch_optional(pool).await?.is_some()))
}

pub async fn representative_list(db: &Db, tenant: Tenant) -> Result<Vec<ViewerRow>, StoreError> {
    let sql = "select viewer.id, viewer.person from enterprise_representative
               join viewer on viewer.id = enterprise_representative.representative_id
               where enterprise_representative.enterprise_id = $1 order by enterprise_representative.created_at, viewer.id";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).fetch_all(pool).await?))
}

/// One representative's sealed person: for themselves, and for the ceremonies that find out whether it is they.
pub async fn viewer_person(db: &Db, id: Uuid) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "select person from viewer where id = $1";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(id).fetch_optional(pool).await?))
}

/// The representative of a demo database: the first that was made.
pub async fn viewer_first(db: &Db) -> Result<Option<Uuid>, StoreError> {
    let sql = "select id from viewer order by created_at, id limit 1";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).fetch_optional(pool).await?))
}

pub async fn representative_unlink(db: &Db, tenant: Tenant, id: Uuid, entry: &Entry) -> Result<bool, StoreError> {
    let sql = "delete from enterprise_representative where enterprise_id = $1 and representative_id = $2";
    Ok(in_transaction!(db, tx => {
        let unlinked = sqlx::query(sql).bind(tenant.id()).bind(id).execute(&mut *tx).await?.rows_affected() > 0;
        if unlinked {
            // Rows first: whoever holds one of them may wait for the enterprise's head.
            let ended = end_with_representative_in!(tx, tenant, id, entry.at);
            for (action, object) in ended {
                record_in!(tx, &entry.also(action).on(object));
            }
            record_in!(tx, entry);
        }
        unlinked
    }))
}

/// Whether an account is the person's own, and not one enterprise's.
pub async fn viewer_is_own(db: &Db, viewer: &Viewer) -> Result<bool, StoreError> {
    let sql = "select 1 from viewer where id = $1 and enterprise_id is null";
    Ok(on_pool!(db, pool => sqlx::query(sql).bind(viewer.id()).fetch_optional(pool).await?.is_some()))
}

pub async fn viewer_represents(db: &Db, viewer: &Viewer, enterprise: EnterpriseId) -> Result<bool, StoreError> {
    let sql = "select 1 from enterprise_representative where enterprise_id = $1 and representative_id = $2";
    Ok(on_pool!(db, pool => {
        sqlx::query(sql).bind(enterprise).bind(viewer.id()).fetch_optional(pool).await?.is_some()
    }))
}

pub async fn viewer_enterprises(db: &Db, representative: Uuid) -> Result<Vec<EnterpriseId>, StoreError> {
    let sql = "select enterprise_id from enterprise_representative where representative_id = $1 order by created_at, enterprise_id";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(representative).fetch_all(pool).await?))
}

// ---- one-time links: the token is the caller -------------------------------------------

pub async fn enrolment_insert(db: &Db, representative: Uuid, link: &Enrolment, entry: &Entry) -> Result<(), StoreError> {
    in_transaction!(db, tx => {
        sqlx::query(VIEWER_LOCK).bind(representative).execute(&mut *tx).await?;
        enrol_in!(tx, representative, link, entry.at);
        record_in!(tx, entry);
    });
    Ok(())
}

/// Whether a link still works, without a try.
pub async fn enrolment_is_live(db: &Db, token: TokenHash, now: Moment) -> Result<bool, StoreError> {
    let sql = "select 1 from enrolment where token_hash = $1 and used_at is null and tries_left > 0 and expires_at > $2";
    Ok(on_pool!(db, pool => sqlx::query(sql).bind(&token.0[..]).bind(now).fetch_optional(pool).await?.is_some()))
}

/// Whom a link that works is for, without a try.
pub async fn enrolment_person(db: &Db, token: TokenHash, now: Moment) -> Result<Option<ViewerRow>, StoreError> {
    let sql = "select viewer.id, viewer.person from enrolment join viewer on viewer.id = enrolment.viewer_id
               where token_hash = $1 and used_at is null and tries_left > 0 and enrolment.expires_at > $2";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(&token.0[..]).bind(now).fetch_optional(pool).await?))
}

/// How a try went.
pub enum Tried {
    /// Used, too old, out of tries, or never made.
    Dead,
    /// Whose it is, and how many tries are left.
    Wrong(Uuid, i64),
    Right(ViewerRow),
}

/// One try at a link. It is counted before it is judged, so that tries at the same time count too; what cannot be judged is an error
/// and counts for nothing.
pub async fn enrolment_try(
    db: &Db,
    token: TokenHash,
    now: Moment,
    is_right: impl Fn(&ViewerRow) -> Result<bool, StoreError> + Send,
) -> Result<Tried, StoreError> {
    let count = "update enrolment set tries_left = tries_left - 1
                 where token_hash = $1 and used_at is null and tries_left > 0 and expires_at > $2
                 returning tries_left, viewer_id";
    let person = "select id, person from viewer where id = $1";
    let give_back = "update enrolment set tries_left = tries_left + 1 where token_hash = $1";
    Ok(in_transaction!(db, tx => {
        let counted: Option<(i64, Uuid)> = sqlx::query_as(count).bind(&token.0[..]).bind(now).fetch_optional(&mut *tx).await?;
        match counted {
            None => Tried::Dead,
            Some((tries_left, id)) => {
                let row: ViewerRow = sqlx::query_as(person).bind(id).fetch_one(&mut *tx).await?;
                if is_right(&row)? {
                    sqlx::query(give_back).bind(&token.0[..]).execute(&mut *tx).await?;
                    Tried::Right(row)
                } else {
                    Tried::Wrong(row.id, tries_left)
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

/// Writes a passkey of someone whose row is held, so that of two at once the second counts the first; says how many they have now; none where it may not stay: it was known, or they have more than they may.
macro_rules! passkey_in {
    ($tx:ident, $viewer:expr, $credential_id:expr, $passkey:expr, $now:expr) => {{
        let insert = "insert into passkey (credential_id, viewer_id, passkey, created_at) values ($1, $2, $3, $4)
                      on conflict (credential_id) do nothing";
        let count = "select count(*) from passkey where viewer_id = $1";
        let viewer: Uuid = $viewer;
        let inserted = sqlx::query(insert).bind($credential_id).bind(viewer).bind($passkey).bind($now).execute(&mut *$tx).await?;
        let own: i64 = sqlx::query_scalar(count).bind(viewer).fetch_one(&mut *$tx).await?;
        let may_stay = inserted.rows_affected() > 0 && own <= i64::try_from(MOST_PASSKEYS).unwrap_or(i64::MAX);
        may_stay.then_some(own)
    }};
}

/// Keeps a new passkey and uses up the link it was made by, both or neither; who had others is told, for nobody asked them. False if the link is used, too old or out of
/// tries by now, or the passkey is known, or they have as many as they may.
pub async fn passkey_insert(
    db: &Db,
    link: TokenHash,
    representative: Uuid,
    credential_id: &[u8],
    passkey: &[u8],
    entry: &Entry,
) -> Result<bool, StoreError> {
    let now = entry.at;
    let use_up = "update enrolment set used_at = $3
                  where token_hash = $1 and viewer_id = $2 and used_at is null and tries_left > 0 and expires_at > $3";
    Ok(in_transaction!(db, tx => {
        sqlx::query(VIEWER_LOCK).bind(representative).execute(&mut *tx).await?;
        if sqlx::query(use_up).bind(&link.0[..]).bind(representative).bind(now).execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(false);
        }
        let Some(own) = passkey_in!(tx, representative, credential_id, passkey, now) else { return Ok(false) };
        if own > 1 {
            tell_viewer_in!(tx, representative, Kind::PasskeyAdded, now);
        }
        record_in!(tx, entry);
        true
    }))
}

pub async fn passkey_count(db: &Db, viewer: Uuid) -> Result<i64, StoreError> {
    let sql = "select count(*) from passkey where viewer_id = $1";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(viewer).fetch_one(pool).await?))
}

pub async fn passkey_find(db: &Db, representative: Uuid, credential_id: &[u8]) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "select passkey from passkey where credential_id = $1 and viewer_id = $2";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(credential_id).bind(representative).fetch_optional(pool).await?))
}

#[derive(sqlx::FromRow)]
pub struct PasskeyRow {
    pub credential_id: Vec<u8>,
    pub passkey: Vec<u8>,
    pub name: Option<Vec<u8>>,
    pub created_at: Moment,
    pub used_at: Option<Moment>,
}

/// A person's passkeys, the first made first.
pub async fn passkey_list(db: &Db, representative: Uuid) -> Result<Vec<PasskeyRow>, StoreError> {
    let sql = "select credential_id, passkey, name, created_at, used_at from passkey
               where viewer_id = $1 order by created_at, credential_id";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(representative).fetch_all(pool).await?))
}

/// A further passkey of someone who is signed in. False if it is known already, or they have as many as they may.
pub async fn passkey_add(db: &Db, viewer: &Viewer, credential_id: &[u8], passkey: &[u8], entry: &Entry) -> Result<bool, StoreError> {
    Ok(in_transaction!(db, tx => {
        sqlx::query(VIEWER_LOCK).bind(viewer.id()).execute(&mut *tx).await?;
        if passkey_in!(tx, viewer.id(), credential_id, passkey, entry.at).is_none() {
            return Ok(false);
        }
        record_in!(tx, entry);
        true
    }))
}

/// Takes a person's row, and keeps it locked until the transaction ends: $1 who. It comes before the rows of their links, passkeys,
/// sessions and grants: whoever took one of those first and then waited for it would wait for ever.
pub const VIEWER_LOCK: &str = "update viewer set created_at = created_at where id = $1";

/// Removes a passkey of someone who just verified themselves for that, and ends every session of theirs but one. False, and nothing
/// is removed, if it is not theirs or their last.
pub async fn passkey_remove(db: &Db, step_up: &StepUp, credential_id: &[u8], entry: &Entry) -> Result<bool, StoreError> {
    let person = step_up.viewer().id();
    let remove = "delete from passkey where viewer_id = $1 and credential_id = $2
                  and exists (select 1 from passkey as other where other.viewer_id = $1 and other.credential_id <> $2)";
    Ok(in_transaction!(db, tx => {
        sqlx::query(VIEWER_LOCK).bind(person).execute(&mut *tx).await?;
        if sqlx::query(remove).bind(person).bind(credential_id).execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query(SESSION_END_OTHERS).bind(person).bind(&step_up.session().0[..]).execute(&mut *tx).await?;
        record_in!(tx, entry);
        true
    }))
}

pub async fn passkey_rename(db: &Db, viewer: &Viewer, credential_id: &[u8], name: &[u8], entry: &Entry) -> Result<bool, StoreError> {
    let sql = "update passkey set name = $3 where viewer_id = $1 and credential_id = $2";
    Ok(in_transaction!(db, tx => {
        let renamed = sqlx::query(sql).bind(viewer.id()).bind(credential_id).bind(name).execute(&mut *tx).await?.rows_affected() > 0;
        if renamed {
            record_in!(tx, entry);
        }
        renamed
    }))
}

/// Notes that a passkey was used, with its new counter inside. False, and nothing is written, if it is not `before` any more: somebody
/// else used it, or removed it, or it was sealed anew.
pub async fn passkey_used(db: &Db, credential_id: &[u8], before: &[u8], passkey: &[u8], now: Moment) -> Result<bool, StoreError> {
    let sql = "update passkey set passkey = $3, used_at = $4 where credential_id = $1 and passkey = $2";
    Ok(in_transaction!(db, tx => {
        sqlx::query(sql).bind(credential_id).bind(before).bind(passkey).bind(now).execute(&mut *tx).await?.rows_affected() > 0
    }))
}

// ---- employees and their devices -------------------------------------------------------

#[derive(Clone, sqlx::FromRow)]
pub struct DeviceRow {
    secret_hash: Vec<u8>,
    pub employee_id: EmployeeId,
    pub level: Level,
    /// Or verified last.
    pub created_at: Moment,
    pub standing: Standing,
    /// The version of the notice to which both consents stand; 0 where one was withdrawn.
    pub agreed: i64,
}

/// How many devices one statement asks for, as a power of two.
const MOST_DEVICES_LOG2: usize = 6;
pub const MOST_DEVICES: usize = 1 << MOST_DEVICES_LOG2;

/// One statement for each power of two of devices, so that few shapes are prepared and each is used often.
static DEVICES: LazyLock<[String; MOST_DEVICES_LOG2 + 1]> = LazyLock::new(|| std::array::from_fn(|power| devices_sql(1 << power)));

/// Each device by itself: asked for all in one list, PostgreSQL would rather read every device of an enterprise that it takes for small.
fn devices_sql(devices: usize) -> String {
    let device = |parameter: usize| {
        format!(
            "select device.secret_hash, device.employee_id, device.level, device.created_at, employee.standing, employee.agreed
             from device
             join employee on employee.enterprise_id = device.enterprise_id and employee.id = device.employee_id
             where device.enterprise_id = $1 and device.secret_hash = ${parameter} and (device.ended_at is null or device.level = 'tablet')"
        )
    };
    (2..devices + 2).map(device).collect::<Vec<_>>().join(" union all ")
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

/// The employees of a document who stand matched, each with their sealed person.
pub async fn employees_of_document(db: &Db, tenant: Tenant, document_index: &[u8; 32]) -> Result<Vec<(EmployeeId, Vec<u8>)>, StoreError> {
    let sql = "select id, person from employee where enterprise_id = $1 and document_index = $2 and standing = $3 order by id";
    let matched = Standing::Matched;
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(&document_index[..]).bind(matched).fetch_all(pool).await?))
}

/// Ends a device: its secret means nothing from now on.
pub async fn device_end(db: &Db, tenant: Tenant, secret: TokenHash, entry: &Entry) -> Result<(), StoreError> {
    let sql = "update device set ended_at = $3 where enterprise_id = $1 and secret_hash = $2 and ended_at is null";
    in_transaction!(db, tx => {
        if sqlx::query(sql).bind(tenant.id()).bind(&secret.0[..]).bind(entry.at).execute(&mut *tx).await?.rows_affected() > 0 {
            record_in!(tx, entry);
        }
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
    /// None where there is no such department any more.
    pub department: Option<DepartmentId>,
}

/// One employee's sealed person: for themselves.
pub async fn employee_person(db: &Db, employee: &Employee) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "select person from employee where enterprise_id = $1 and id = $2";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(employee.tenant().id()).bind(employee.id()).fetch_optional(pool).await?))
}

/// An employee as a guard meets them.
#[derive(sqlx::FromRow)]
pub struct AtGateRow {
    pub person: Vec<u8>,
    pub department_id: Option<DepartmentId>,
    pub standing: Standing,
    /// How many accounts with identity providers stand for them.
    pub identities: i64,
}

pub async fn employee_at_gate(db: &Db, tenant: Tenant, employee: EmployeeId) -> Result<Option<AtGateRow>, StoreError> {
    let sql = "select person, department_id, standing,
                 (select count(*) from identity where identity.enterprise_id = $1 and identity.employee_id = $2) as identities
               from employee where enterprise_id = $1 and id = $2";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(employee).fetch_optional(pool).await?))
}

/// The same, for a viewer.
pub async fn employee_person_of(db: &Db, tenant: Tenant, employee: EmployeeId) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "select person from employee where enterprise_id = $1 and id = $2";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(tenant.id()).bind(employee).fetch_optional(pool).await?))
}

const DEVICE_INSERT: &str = "insert into device (enterprise_id, secret_hash, employee_id, level, created_at) values ($1, $2, $3, $4, $5)";

const CONSENT_INSERT: &str = "insert into consent (enterprise_id, employee_id, kind, version, given_at)
    values ($1, $2, $3, $5, $6), ($1, $2, $4, $5, $6)
    on conflict (enterprise_id, employee_id, kind, version, given_at) do nothing";

/// Holds an employee's row until the end of the transaction: $1 enterprise, $2 employee.
pub const EMPLOYEE_HOLD: &str = "update employee set agreed = agreed where enterprise_id = $1 and id = $2";

/// Both consents stand from now on.
const AGREED: &str = "update employee set agreed = $3 where enterprise_id = $1 and id = $2";

const EMPLOYEE_INSERT: &str = "insert into employee
    (enterprise_id, id, change, document_index, standing, person, created_at, agreed, department_id)
    values ($1, $2, $3, $4, $5, $6, $7, $8, (select id from department where enterprise_id = $1 and id = $9 and ended_at is null))";

/// Both consents by somebody else's word: as [`CONSENT_INSERT`], with $7 by whose.
const CONSENT_INSERT_BY: &str = "insert into consent (enterprise_id, employee_id, kind, version, given_at, given_by)
    values ($1, $2, $3, $5, $6, $7), ($1, $2, $4, $5, $6, $7)
    on conflict (enterprise_id, employee_id, kind, version, given_at) do nothing";

/// Writes an employee with their device and their consents, in a transaction that holds the enterprise's row; gives how they
/// stand. A document that is known already makes its employee one to verify.
macro_rules! employee_in {
    ($tx:ident, $enterprise:expr, $change:expr, $row:expr, $now:expr) => {{
        let known = "select 1 from employee where enterprise_id = $1 and document_index = $2 limit 1";
        let (id, row): (EnterpriseId, &NewEmployee) = ($enterprise, $row);
        let standing = match sqlx::query(known).bind(id).bind(&row.document_index[..]).fetch_optional(&mut *$tx).await? {
            None => Standing::Matched,
            Some(_) => Standing::ToVerify,
        };
        employee_row_in!($tx, id, $change, row, standing, $now);
        standing
    }};
}

/// The rows of an employee who stands as is said.
macro_rules! employee_row_in {
    ($tx:ident, $enterprise:expr, $change:expr, $row:expr, $standing:expr, $now:expr) => {{
        let (id, row, now): (EnterpriseId, &NewEmployee, Moment) = ($enterprise, $row, $now);
        sqlx::query(EMPLOYEE_INSERT)
            .bind(id)
            .bind(row.id)
            .bind($change)
            .bind(&row.document_index[..])
            .bind($standing)
            .bind(&row.person)
            .bind(now)
            .bind(NOTICE_VERSION)
            .bind(row.department)
            .execute(&mut *$tx)
            .await?;
        device_in!($tx, id, row.id, row, now);
    }};
}

/// Deletes the rows of an employee who has nothing declared; what else hangs on them goes with them. Gives how many employees that were.
macro_rules! employee_gone_in {
    ($tx:ident, $enterprise:expr, $employee:expr) => {{
        let (id, employee): (EnterpriseId, &EmployeeId) = ($enterprise, $employee);
        for sql in [
            "delete from identity where enterprise_id = $1 and employee_id = $2",
            "delete from device where enterprise_id = $1 and employee_id = $2",
            "delete from consent where enterprise_id = $1 and employee_id = $2",
        ] {
            sqlx::query(sql).bind(id).bind(employee).execute(&mut *$tx).await?;
        }
        let gone = "delete from employee where enterprise_id = $1 and id = $2";
        sqlx::query(gone).bind(id).bind(employee).execute(&mut *$tx).await?.rows_affected()
    }};
}

/// One more device of an employee, and both consents once more.
macro_rules! device_in {
    ($tx:ident, $enterprise:expr, $employee:expr, $row:expr, $now:expr) => {{
        let (id, employee, row, now): (EnterpriseId, EmployeeId, &NewEmployee, Moment) = ($enterprise, $employee, $row, $now);
        sqlx::query(DEVICE_INSERT)
            .bind(id)
            .bind(&row.secret_hash.0[..])
            .bind(employee)
            .bind(row.level)
            .bind(now)
            .execute(&mut *$tx)
            .await?;
        sqlx::query(CONSENT_INSERT)
            .bind(id)
            .bind(employee)
            .bind(ConsentKind::Notice)
            .bind(ConsentKind::HealthAndWhereabouts)
            .bind(NOTICE_VERSION)
            .bind(now)
            .execute(&mut *$tx)
            .await?;
    }};
}

/// Writes employees, their devices and their consents in one transaction; says how each stands.
pub async fn employee_insert_all(
    db: &Db,
    tenant: Tenant,
    rows: &[NewEmployee],
    now: Moment,
    entry: Option<&Entry>,
) -> Result<Vec<Standing>, StoreError> {
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
        if let Some(entry) = entry {
            record_in!(tx, entry);
        }
    });
    Ok(standings)
}

/// Somebody of the roster who has never claimed: an employee without a device.
pub struct Unclaimed {
    pub id: EmployeeId,
    pub document_index: [u8; 32],
    pub person: Vec<u8>,
    pub department: Option<DepartmentId>,
}

/// The employee whom a document belongs to; where nobody has claimed it, one is made of this row, with the consents that a viewer says
/// they gave.
pub async fn employee_of_document(db: &Db, tenant: Tenant, row: &Unclaimed, by: Uuid, entry: &Entry) -> Result<EmployeeId, StoreError> {
    let matched = "select id from employee where enterprise_id = $1 and document_index = $2 and (standing = $3 or id = $4)
                   order by standing limit 1";
    let known = "select 1 from employee where enterprise_id = $1 and document_index = $2 limit 1";
    let (id, index, now) = (tenant.id(), &row.document_index[..], entry.at);
    Ok(in_transaction!(db, tx => {
        // It holds the enterprise's row until the end: nobody else claims the document meanwhile.
        let change: Option<i64> = sqlx::query_scalar(NEXT_CHANGE).bind(id).bind(1_i64).fetch_optional(&mut *tx).await?;
        let change = change.ok_or(StoreError::Row { table: "enterprise", column: "id" })?;
        let there: Option<EmployeeId> =
            sqlx::query_scalar(matched).bind(id).bind(index).bind(Standing::Matched).bind(row.id).fetch_optional(&mut *tx).await?;
        if let Some(employee) = there {
            tx.rollback().await?;
            return Ok(employee);
        }
        let claimed = sqlx::query(known).bind(id).bind(index).fetch_optional(&mut *tx).await?.is_some();
        let standing = if claimed { Standing::ToVerify } else { Standing::Matched };
        sqlx::query(EMPLOYEE_INSERT).bind(id).bind(row.id).bind(change).bind(index).bind(standing).bind(&row.person).bind(now)
            .bind(NOTICE_VERSION).bind(row.department).execute(&mut *tx).await?;
        sqlx::query(CONSENT_INSERT_BY).bind(id).bind(row.id).bind(ConsentKind::Notice).bind(ConsentKind::HealthAndWhereabouts)
            .bind(NOTICE_VERSION).bind(now).bind(by).execute(&mut *tx).await?;
        record_in!(tx, entry);
        row.id
    }))
}

/// To which version of the notice an employee's consents stand: 0 where one was withdrawn. `None` for one that there is not.
pub async fn employee_agreed(db: &Db, tenant: Tenant, employee: EmployeeId) -> Result<Option<i64>, StoreError> {
    let sql = "select agreed from employee where enterprise_id = $1 and id = $2";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(tenant.id()).bind(employee).fetch_optional(pool).await?))
}

/// Keeps that an employee agreed to the notice as it is now, by a viewer's word. False, and nothing is written, where they withdrew
/// a consent: that only they take back.
pub async fn consent_insert_by(db: &Db, tenant: Tenant, employee: EmployeeId, by: Uuid, entry: &Entry) -> Result<bool, StoreError> {
    let agree = "update employee set agreed = $3 where enterprise_id = $1 and id = $2 and agreed > 0";
    let id = tenant.id();
    in_transaction!(db, tx => {
        if sqlx::query(agree).bind(id).bind(employee).bind(NOTICE_VERSION).execute(&mut *tx).await?.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        sqlx::query(CONSENT_INSERT_BY).bind(id).bind(employee).bind(ConsentKind::Notice).bind(ConsentKind::HealthAndWhereabouts)
            .bind(NOTICE_VERSION).bind(entry.at).bind(by).execute(&mut *tx).await?;
        record_in!(tx, entry);
    });
    Ok(true)
}

/// Writes one employee, or only their device where this very employee was made after `since`. `None` if they were made
/// earlier, or one of their devices has ended: then whoever asks may be someone else.
pub async fn employee_claim(
    db: &Db,
    tenant: Tenant,
    row: &NewEmployee,
    since: Moment,
    entry: &Entry,
) -> Result<Option<Standing>, StoreError> {
    let made = "select standing, created_at from employee where enterprise_id = $1 and id = $2";
    let ended = "select 1 from device where enterprise_id = $1 and employee_id = $2 and ended_at is not null and level <> 'tablet' limit 1";
    let (id, now) = (tenant.id(), entry.at);
    Ok(in_transaction!(db, tx => {
        let change: Option<i64> = sqlx::query_scalar(NEXT_CHANGE).bind(id).bind(1_i64).fetch_optional(&mut *tx).await?;
        let change = change.ok_or(StoreError::Row { table: "enterprise", column: "id" })?;
        let made: Option<(Standing, Moment)> = sqlx::query_as(made).bind(id).bind(row.id).fetch_optional(&mut *tx).await?;
        match made {
            None => {
                let standing = employee_in!(tx, id, change, row, now);
                record_in!(tx, entry);
                Some(standing)
            }
            Some((_, at)) if at <= since => return Ok(None),
            Some((standing, _)) => {
                if sqlx::query(ended).bind(id).bind(row.id).fetch_optional(&mut *tx).await?.is_some() {
                    return Ok(None);
                }
                sqlx::query(DEVICE_INSERT).bind(id).bind(&row.secret_hash.0[..]).bind(row.id).bind(row.level).bind(now)
                    .execute(&mut *tx).await?;
                record_in!(tx, &entry.also(Action::AddDevice));
                Some(standing)
            }
        }
    }))
}

/// Somebody sits down at a tablet until then: whom it is known to be, whoever was made of this very form, or somebody new. Their consents
/// are kept anew, and another tablet at which they sat knows them no more. False, and nothing is written, where they withdrew a consent:
/// that only they take back.
pub async fn employee_sit(
    db: &Db,
    tenant: Tenant,
    row: &NewEmployee,
    meant: Option<EmployeeId>,
    entry: impl Fn(EmployeeId, Action) -> Entry + Send,
    until: Moment,
) -> Result<bool, StoreError> {
    let agreed = "select agreed from employee where enterprise_id = $1 and id = $2";
    let gone = "delete from device where enterprise_id = $1 and employee_id = $2 and level = 'tablet'";
    let end = "update device set ended_at = $3 where enterprise_id = $1 and secret_hash = $2";
    let (id, now) = (tenant.id(), entry(row.id, Action::Claim).at);
    in_transaction!(db, tx => {
        let change: Option<i64> = sqlx::query_scalar(NEXT_CHANGE).bind(id).bind(1_i64).fetch_optional(&mut *tx).await?;
        let change = change.ok_or(StoreError::Row { table: "enterprise", column: "id" })?;
        let employee = meant.unwrap_or(row.id);
        match sqlx::query_scalar::<_, i64>(agreed).bind(id).bind(employee).fetch_optional(&mut *tx).await? {
            Some(0) => {
                tx.rollback().await?;
                return Ok(false);
            }
            Some(_) => {
                sqlx::query(gone).bind(id).bind(employee).execute(&mut *tx).await?;
                device_in!(tx, id, employee, row, now);
                sqlx::query(AGREED).bind(id).bind(employee).bind(NOTICE_VERSION).execute(&mut *tx).await?;
                sqlx::query(end).bind(id).bind(&row.secret_hash.0[..]).bind(until).execute(&mut *tx).await?;
                record_in!(tx, &entry(employee, Action::SitAtTablet));
            }
            None => {
                employee_in!(tx, id, change, row, now);
                sqlx::query(end).bind(id).bind(&row.secret_hash.0[..]).bind(until).execute(&mut *tx).await?;
                record_in!(tx, &entry(row.id, Action::Claim));
            }
        }
    });
    Ok(true)
}

/// One who is to be verified, where no provider has verified another of the same document: $1 enterprise, $2 employee, $3 how they stand.
const TO_BE_CONFIRMED: &str = "select document_index from employee where enterprise_id = $1 and id = $2 and standing = $3
    and not exists (select 1 from employee other
                    join identity on identity.enterprise_id = other.enterprise_id and identity.employee_id = other.id
                    where other.enterprise_id = $1 and other.document_index = employee.document_index and other.id <> $2)";

pub async fn employee_may_be_confirmed(db: &Db, tenant: Tenant, employee: EmployeeId) -> Result<bool, StoreError> {
    let found: Option<Vec<u8>> = on_pool!(db, pool => {
        sqlx::query_scalar(TO_BE_CONFIRMED).bind(tenant.id()).bind(employee).bind(Standing::ToVerify).fetch_optional(pool).await?
    });
    Ok(found.is_some())
}

/// Somebody stands matched from now on, and whoever else gave the same document is to be verified. False where that is not to be said.
pub async fn employee_confirm(db: &Db, tenant: Tenant, employee: EmployeeId, entry: &Entry) -> Result<bool, StoreError> {
    let others = "select id from employee where enterprise_id = $1 and document_index = $2 and standing = $3 and id <> $4 order by id";
    let set = "update employee set standing = $3, change = $4 where enterprise_id = $1 and id = $2";
    let id = tenant.id();
    Ok(in_transaction!(db, tx => {
        // It holds the enterprise's row until the end: nobody else is verified meanwhile.
        let change: Option<i64> = sqlx::query_scalar(NEXT_CHANGE).bind(id).bind(1_i64).fetch_optional(&mut *tx).await?;
        let mut change = change.ok_or(StoreError::Row { table: "enterprise", column: "id" })?;
        let document: Option<Vec<u8>> =
            sqlx::query_scalar(TO_BE_CONFIRMED).bind(id).bind(employee).bind(Standing::ToVerify).fetch_optional(&mut *tx).await?;
        let Some(document) = document else {
            tx.rollback().await?;
            return Ok(false);
        };
        let others: Vec<EmployeeId> =
            sqlx::query_scalar(others).bind(id).bind(&document).bind(Standing::Matched).bind(employee).fetch_all(&mut *tx).await?;
        for other in others {
            sqlx::query(set).bind(id).bind(other).bind(Standing::ToVerify).bind(change).execute(&mut *tx).await?;
            change = sqlx::query_scalar(NEXT_CHANGE).bind(id).bind(1_i64).fetch_one(&mut *tx).await?;
        }
        sqlx::query(set).bind(id).bind(employee).bind(Standing::Matched).bind(change).execute(&mut *tx).await?;
        record_in!(tx, entry);
        true
    }))
}

/// Whoever sat at a tablet does not any more.
pub async fn sitting_end(db: &Db, tenant: Tenant, secret: TokenHash) -> Result<(), StoreError> {
    let sql = "delete from device where enterprise_id = $1 and secret_hash = $2 and level = 'tablet'";
    in_transaction!(db, tx => {
        sqlx::query(sql).bind(tenant.id()).bind(&secret.0[..]).execute(&mut *tx).await?;
    });
    Ok(())
}

/// Writes a verified employee, who stands matched; whoever claimed the same document before, unverified, is to be verified from
/// now on, and nothing of what they said is read or changed. Whom this identity is bound to already gets one more device, and so
/// does whom another issuer has verified with the same document, if `is_meant` finds their sealed person to be the same. `None`,
/// and nothing is written, where the document is bound to another person, or to another account of the same issuer.
pub async fn employee_verify(
    db: &Db,
    tenant: Tenant,
    row: &NewEmployee,
    identity: Identity,
    entry: impl Fn(EmployeeId, Action) -> Entry + Send,
    now: Moment,
    is_meant: impl Fn(EmployeeId, &[u8]) -> Result<bool, StoreError> + Send,
) -> Result<Option<()>, StoreError> {
    let bound = "select employee_id from identity where enterprise_id = $1 and subject_index = $2";
    let verified = "select employee.id, employee.person, identity.issuer_index from employee
                    join identity on identity.enterprise_id = employee.enterprise_id and identity.employee_id = employee.id
                    where employee.enterprise_id = $1 and employee.document_index = $2";
    let doubtful = "select id from employee where enterprise_id = $1 and document_index = $2 and standing = $3";
    let doubt = "update employee set standing = $3, change = $4 where enterprise_id = $1 and id = $2";
    let bind = "insert into identity (enterprise_id, subject_index, issuer_index, employee_id, created_at) values ($1, $2, $3, $4, $5)";
    let (id, index, subject) = (tenant.id(), &row.document_index[..], &identity.subject_index[..]);
    in_transaction!(db, tx => {
        // It holds the enterprise's row until the end: nobody else is verified meanwhile.
        let change: Option<i64> = sqlx::query_scalar(NEXT_CHANGE).bind(id).bind(1_i64).fetch_optional(&mut *tx).await?;
        let mut change = change.ok_or(StoreError::Row { table: "enterprise", column: "id" })?;
        let known: Option<EmployeeId> = sqlx::query_scalar(bound).bind(id).bind(subject).fetch_optional(&mut *tx).await?;
        if let Some(employee) = known {
            device_in!(tx, id, employee, row, now);
            sqlx::query(AGREED).bind(id).bind(employee).bind(NOTICE_VERSION).execute(&mut *tx).await?;
            record_in!(tx, &entry(employee, Action::AddDevice));
        } else {
            let verified: Vec<(EmployeeId, Vec<u8>, Vec<u8>)> = sqlx::query_as(verified).bind(id).bind(index).fetch_all(&mut *tx).await?;
            let employee = match verified.first() {
                None => {
                    let claimed: Vec<EmployeeId> =
                        sqlx::query_scalar(doubtful).bind(id).bind(index).bind(Standing::Matched).fetch_all(&mut *tx).await?;
                    for claimed in claimed {
                        sqlx::query(doubt).bind(id).bind(claimed).bind(Standing::ToVerify).bind(change).execute(&mut *tx).await?;
                        change = sqlx::query_scalar(NEXT_CHANGE).bind(id).bind(1_i64).fetch_one(&mut *tx).await?;
                    }
                    employee_row_in!(tx, id, change, row, Standing::Matched, now);
                    record_in!(tx, &entry(row.id, Action::Claim));
                    row.id
                }
                Some((employee, person, _)) => {
                    if verified.iter().any(|(_, _, issuer)| *issuer == identity.issuer_index) || !is_meant(*employee, person)? {
                        return Ok(None);
                    }
                    device_in!(tx, id, *employee, row, now);
                    sqlx::query(AGREED).bind(id).bind(*employee).bind(NOTICE_VERSION).execute(&mut *tx).await?;
                    *employee
                }
            };
            sqlx::query(bind).bind(id).bind(subject).bind(&identity.issuer_index[..]).bind(employee).bind(now).execute(&mut *tx).await?;
            record_in!(tx, &entry(employee, Action::BindIdentity));
        }
    });
    Ok(Some(()))
}

/// Notes that a provider has verified an employee once more, on this device: it has another secret from now on, and its time begins
/// anew. False, and nothing is changed, if the identity is not theirs, or the device has ended.
pub async fn device_verify(
    db: &Db,
    employee: &Employee,
    identity: Identity,
    before: TokenHash,
    secret: TokenHash,
    entry: &Entry,
) -> Result<bool, StoreError> {
    let sql = "update device set secret_hash = $4, level = $5, created_at = $6
               where enterprise_id = $1 and employee_id = $2 and secret_hash = $3 and ended_at is null and exists
                 (select 1 from identity where identity.enterprise_id = $1 and identity.employee_id = $2 and subject_index = $7)";
    Ok(in_transaction!(db, tx => {
        let verified = sqlx::query(sql).bind(employee.tenant().id()).bind(employee.id()).bind(&before.0[..]).bind(&secret.0[..])
            .bind(Level::Face).bind(entry.at).bind(&identity.subject_index[..]).execute(&mut *tx).await?.rows_affected() > 0;
        if verified {
            record_in!(tx, entry);
        }
        verified
    }))
}

/// The issuers that have verified an employee, as keyed hashes.
pub async fn identity_issuers(db: &Db, employee: &Employee) -> Result<Vec<Vec<u8>>, StoreError> {
    let sql = "select issuer_index from identity where enterprise_id = $1 and employee_id = $2";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(employee.tenant().id()).bind(employee.id()).fetch_all(pool).await?))
}

/// Puts an employee into a department, or into none, and their line of the roster with them. False, and nothing is changed, if there is no such employee or department.
pub async fn employee_set_department(
    db: &Db,
    tenant: Tenant,
    employee: EmployeeId,
    department: Option<DepartmentId>,
    entry: &Entry,
) -> Result<bool, StoreError> {
    let there = "select 1 from department where enterprise_id = $1 and id = $2 and ended_at is null";
    let set = "update employee set department_id = $3, change = $4 where enterprise_id = $1 and id = $2";
    let id = tenant.id();
    Ok(in_transaction!(db, tx => {
        // It holds the enterprise's row until the end: no department is removed meanwhile.
        let change: i64 = sqlx::query_scalar(ROSTER_CHANGED).bind(id).bind(1_i64).fetch_one(&mut *tx).await?;
        if department.is_some() && sqlx::query(there).bind(id).bind(department).fetch_optional(&mut *tx).await?.is_none() {
            return Ok(false);
        }
        if sqlx::query(set).bind(id).bind(employee).bind(department).bind(change).execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(false);
        }
        sqlx::query(ROSTER_TRANSFER).bind(id).bind(employee).bind(department).bind(change).execute(&mut *tx).await?;
        record_in!(tx, entry);
        true
    }))
}

/// The department to which an employee belongs: for themselves.
pub async fn employee_department(db: &Db, employee: &Employee) -> Result<Option<DepartmentId>, StoreError> {
    let sql = "select department_id from employee where enterprise_id = $1 and id = $2";
    let row: Option<Option<DepartmentId>> = on_pool!(db, pool => {
        sqlx::query_scalar(sql).bind(employee.tenant().id()).bind(employee.id()).fetch_optional(pool).await?
    });
    Ok(row.flatten())
}

/// How many people a department has: $1 enterprise, $2 department.
pub const DEPARTMENT_COUNT: &str = "select count(*) from employee where enterprise_id = $1 and department_id = $2";

/// Takes them out of it, each with the next number after $3.
pub const DEPARTMENT_LEAVE: &str = "update employee set department_id = null, change = $3 + leaving.place
    from (select id, row_number() over (order by change) as place from employee where enterprise_id = $1 and department_id = $2) as leaving
    where employee.enterprise_id = $1 and employee.id = leaving.id";

/// Keeps that an employee gave both consents once more.
pub async fn consent_insert(db: &Db, employee: &Employee, entry: &Entry) -> Result<(), StoreError> {
    let now = entry.at;
    in_transaction!(db, tx => {
        sqlx::query(CONSENT_INSERT).bind(employee.tenant().id()).bind(employee.id()).bind(ConsentKind::Notice)
            .bind(ConsentKind::HealthAndWhereabouts).bind(NOTICE_VERSION).bind(now).execute(&mut *tx).await
            .map_err(StoreError::of_employee)?;
        sqlx::query(AGREED).bind(employee.tenant().id()).bind(employee.id()).bind(NOTICE_VERSION).execute(&mut *tx).await?;
        record_in!(tx, entry);
    });
    Ok(())
}

/// What an employee agreed to, and until when.
#[derive(sqlx::FromRow)]
pub struct ConsentRow {
    pub kind: ConsentKind,
    pub version: i64,
    pub given_at: Moment,
    pub withdrawn_at: Option<Moment>,
}

/// Every consent that an employee gave, the last first.
pub async fn consent_list(db: &Db, employee: &Employee) -> Result<Vec<ConsentRow>, StoreError> {
    let sql = "select kind, version, given_at, withdrawn_at from consent
               where enterprise_id = $1 and employee_id = $2 order by given_at desc, version desc, kind desc";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(employee.tenant().id()).bind(employee.id()).fetch_all(pool).await?))
}

/// Withdraws a consent in all its versions: from now on the employee cannot declare. Nothing is written where it does not stand.
pub async fn consent_withdraw(db: &Db, employee: &Employee, kind: ConsentKind, entry: &Entry) -> Result<(), StoreError> {
    let withdraw = "update consent set withdrawn_at = $4
                    where enterprise_id = $1 and employee_id = $2 and kind = $3 and withdrawn_at is null";
    let (enterprise, id) = (employee.tenant().id(), employee.id());
    in_transaction!(db, tx => {
        let stood = sqlx::query(withdraw).bind(enterprise).bind(id).bind(kind).bind(entry.at).execute(&mut *tx).await?.rows_affected();
        if stood > 0 {
            sqlx::query(AGREED).bind(enterprise).bind(id).bind(0_i64).execute(&mut *tx).await?;
            record_in!(tx, entry);
        }
    });
    Ok(())
}

/// One of an employee's own devices.
#[derive(sqlx::FromRow)]
pub struct OwnDeviceRow {
    pub secret_hash: Vec<u8>,
    pub level: Level,
    /// Or verified last.
    pub created_at: Moment,
    pub ended_at: Option<Moment>,
}

/// An employee's devices, those that have ended too; the first made first.
pub async fn device_list(db: &Db, employee: &Employee) -> Result<Vec<OwnDeviceRow>, StoreError> {
    let sql = "select secret_hash, level, created_at, ended_at from device
               where enterprise_id = $1 and employee_id = $2 and level <> 'tablet' order by created_at, secret_hash";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(employee.tenant().id()).bind(employee.id()).fetch_all(pool).await?))
}

/// Ends one of an employee's own devices. False if it is not theirs, or has ended.
pub async fn device_end_own(db: &Db, employee: &Employee, secret: &[u8], entry: &Entry) -> Result<bool, StoreError> {
    let sql = "update device set ended_at = $4 where enterprise_id = $1 and employee_id = $2 and secret_hash = $3 and ended_at is null";
    let (enterprise, id) = (employee.tenant().id(), employee.id());
    Ok(in_transaction!(db, tx => {
        let ended = sqlx::query(sql).bind(enterprise).bind(id).bind(secret).bind(entry.at).execute(&mut *tx).await?.rows_affected() > 0;
        if ended {
            record_in!(tx, entry);
        }
        ended
    }))
}

/// Ends every device of an employee but the one that asks; each is written down.
pub async fn device_end_others(db: &Db, employee: &Employee, entry: &Entry) -> Result<(), StoreError> {
    let sql = "update device set ended_at = $4 where enterprise_id = $1 and employee_id = $2 and secret_hash <> $3 and ended_at is null";
    let (enterprise, id, kept) = (employee.tenant().id(), employee.id(), employee.device());
    in_transaction!(db, tx => {
        let ended = sqlx::query(sql).bind(enterprise).bind(id).bind(&kept.0[..]).bind(entry.at).execute(&mut *tx).await?.rows_affected();
        for _ in 0..ended {
            record_in!(tx, entry);
        }
    });
    Ok(())
}

/// Replaces who an employee says they are, for every census to read. The document stays: its index does not change.
pub async fn employee_correct(db: &Db, employee: &Employee, person: &[u8], entry: &Entry) -> Result<(), StoreError> {
    let sql = "update employee set person = $3, change = $4 where enterprise_id = $1 and id = $2";
    let (enterprise, id) = (employee.tenant().id(), employee.id());
    in_transaction!(db, tx => {
        let change: i64 = sqlx::query_scalar(NEXT_CHANGE).bind(enterprise).bind(1_i64).fetch_one(&mut *tx).await?;
        if sqlx::query(sql).bind(enterprise).bind(id).bind(person).bind(change).execute(&mut *tx).await?.rows_affected() == 0 {
            tx.rollback().await?;
            return Err(StoreError::Gone);
        }
        record_in!(tx, entry);
    });
    Ok(())
}

/// Whether a provider has verified an employee, and how many others of the enterprise claim the same document.
pub async fn employee_same(db: &Db, tenant: Tenant, employee: EmployeeId) -> Result<(bool, i64), StoreError> {
    let sql = "select (select count(*) from identity where enterprise_id = $1 and employee_id = $2),
                      (select count(*) from employee where enterprise_id = $1 and id <> $2 and document_index =
                        (select document_index from employee where enterprise_id = $1 and id = $2))";
    let (bound, others): (i64, i64) = on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(employee).fetch_one(pool).await?);
    Ok((bound > 0, others))
}

/// Deletes whoever asked for it with all that they declared, consented to and asked for, and the devices that stood for them. Whom a
/// provider has verified is the person of their document: what others claimed by it goes, too. Who only said so may be anyone, also
/// where they were the first to: they take nobody with them. False, and nothing is deleted, if the request is not open, or there is
/// no such employee.
pub async fn employee_delete(
    db: &Db,
    tenant: Tenant,
    request: Uuid,
    employee: EmployeeId,
    _proof: &StepUp,
    entry: &Entry,
) -> Result<bool, StoreError> {
    let same = "select id from employee where enterprise_id = $1 and (id = $2 or document_index =
                  (select document_index from employee where enterprise_id = $1 and id = $2 and exists
                    (select 1 from identity where identity.enterprise_id = $1 and identity.employee_id = $2))) order by id";
    let id = tenant.id();
    Ok(in_transaction!(db, tx => {
        // Nobody can declare or claim from here on, and every census is read anew.
        sqlx::query(PURGED).bind(id).execute(&mut *tx).await?;
        let accepted = sqlx::query(REQUEST_ACCEPT).bind(id).bind(request).bind(employee).bind(entry.at).execute(&mut *tx).await?;
        let rows: Vec<EmployeeId> = sqlx::query_scalar(same).bind(id).bind(employee).fetch_all(&mut *tx).await?;
        if accepted.rows_affected() == 0 || rows.is_empty() {
            tx.rollback().await?;
            return Ok(false);
        }
        sqlx::query(ROSTER_CHANGED).bind(id).bind(1_i64).execute(&mut *tx).await?;
        sqlx::query(ROSTER_FORGET).bind(id).bind(employee).execute(&mut *tx).await?;
        for row in &rows {
            sqlx::query(DECLARATION_DELETE_OF).bind(id).bind(row).bind(Moment::from_millis(i64::MAX)).execute(&mut *tx).await?;
            employee_gone_in!(tx, id, row);
        }
        for row in rows {
            record_in!(tx, &entry.clone().on(row.0));
        }
        true
    }))
}

/// Keeps the first row of each document: $1 id, $2 document index, $3 person, $4 now, $5 the only enterprise it works in.
pub const VIEWER_INSERT: &str = "insert into viewer (id, document_index, person, created_at, enterprise_id) values ($1, $2, $3, $4, $5)
    on conflict (document_index) do nothing";

/// Ends the links of someone that were not used: $1 whose, $2 now.
pub const ENROLMENT_END: &str = "update enrolment set expires_at = $2 where viewer_id = $1 and used_at is null and expires_at > $2";

/// Ends the link of an account that works in one enterprise only: $1 enterprise, $2 whose, $3 now.
pub const LINK_END: &str = "update enrolment set expires_at = $3 where viewer_id = $2 and used_at is null and expires_at > $3
    and exists (select 1 from viewer where viewer.id = $2 and viewer.enterprise_id = $1)";

/// Forgets every way into an account that works in one enterprise only: $1 enterprise, $2 whose.
pub const WAYS_IN_DELETE: [&str; 3] = [
    "delete from session where viewer_id = $2 and exists (select 1 from viewer where viewer.id = $2 and viewer.enterprise_id = $1)",
    "delete from passkey where viewer_id = $2 and exists (select 1 from viewer where viewer.id = $2 and viewer.enterprise_id = $1)",
    "delete from enrolment where viewer_id = $2 and exists (select 1 from viewer where viewer.id = $2 and viewer.enterprise_id = $1)",
];

/// How many links were made for someone since then: $1 whose, $2 since when; and when the first of them was.
pub const ENROLMENT_COUNT: &str = "select count(*), min(created_at) from enrolment where viewer_id = $1 and created_at > $2";

/// Whether a passkey is somebody's: $1 its credential, $2 whose.
const PASSKEY_HELD: &str = "select 1 from passkey where credential_id = $1 and viewer_id = $2";

/// Whether someone has a passkey: $1 who.
pub const PASSKEY_ANY: &str = "select 1 from passkey where viewer_id = $1 limit 1";

/// A one-time link: $1 hash, $2 whose, $3 tries, $4 now, $5 until when.
pub const ENROLMENT_INSERT: &str =
    "insert into enrolment (token_hash, viewer_id, tries_left, created_at, expires_at) values ($1, $2, $3, $4, $5)";

/// Takes the row by which someone represents an enterprise, and keeps it locked: $1 enterprise, $2 who. No row: they do not.
pub const REPRESENTATIVE_LOCK: &str =
    "update enterprise_representative set created_at = created_at where enterprise_id = $1 and representative_id = $2";

/// Takes an enterprise away from everyone who represents it but one: $1 enterprise, $2 who keeps it. Gives who they were.
pub const REPRESENTATIVE_UNLINK_OTHERS: &str =
    "delete from enterprise_representative where enterprise_id = $1 and representative_id <> $2 returning representative_id";

/// Links the person of a document to an enterprise: $1 enterprise, $2 document index, $3 now.
pub const REPRESENTATIVE_LINK: &str = "insert into enterprise_representative (enterprise_id, representative_id, created_at)
    select cast($1 as bigint), viewer.id, cast($3 as bigint) from viewer where document_index = $2
    on conflict (enterprise_id, representative_id) do nothing";

sealed_column! {
    /// Who employees are.
    Employees("employee.person"), (Uuid, Vec<u8>) from Uuid::nil(),
    list "select id, person from employee
          where enterprise_id = $1 and id > $2 and substr(person, 3, 2) < $3 order by id limit $4",
    swap "update employee set person = $4 where enterprise_id = $1 and id = $2 and person = $3",
    count "select count(*) from employee where enterprise_id = $1 and substr(person, 3, 2) < $2",
    |keys, (id, person)| keys.reseal(person_cell("employee", id.as_bytes()), person)
}

// What belongs to no enterprise is sealed with the keys of enterprise 0.

sealed_column! {
    /// Who representatives are.
    Viewers("viewer.person"), (Uuid, Vec<u8>) from Uuid::nil(),
    list "select id, person from viewer where $1 = 0 and id > $2 and substr(person, 3, 2) < $3 order by id limit $4",
    swap "update viewer set person = $4 where $1 = 0 and id = $2 and person = $3",
    count "select count(*) from viewer where $1 = 0 and substr(person, 3, 2) < $2",
    |keys, (id, person)| keys.reseal(person_cell("representative", id.as_bytes()), person)
}

sealed_column! {
    /// Their passkeys.
    Passkeys("passkey.passkey"), (Vec<u8>, Vec<u8>) from Vec::new(),
    list "select credential_id, passkey from passkey
          where $1 = 0 and credential_id > $2 and substr(passkey, 3, 2) < $3 order by credential_id limit $4",
    swap "update passkey set passkey = $4 where $1 = 0 and credential_id = $2 and passkey = $3",
    count "select count(*) from passkey where $1 = 0 and substr(passkey, 3, 2) < $2",
    |keys, (id, passkey)| keys.reseal(passkey_cell(id), passkey)
}

sealed_column! {
    /// What people call their passkeys.
    PasskeyNames("passkey.name"), (Vec<u8>, Vec<u8>) from Vec::new(),
    list "select credential_id, name from passkey
          where $1 = 0 and credential_id > $2 and substr(name, 3, 2) < $3 order by credential_id limit $4",
    swap "update passkey set name = $4 where $1 = 0 and credential_id = $2 and name = $3",
    count "select count(*) from passkey where $1 = 0 and substr(name, 3, 2) < $2",
    |keys, (id, name)| keys.reseal(name_cell(id), name)
}

sealed_column! {
    /// Ceremonies under way.
    Ceremonies("ceremony.state"), (Vec<u8>, Vec<u8>) from Vec::new(),
    list "select token_hash, state from ceremony
          where $1 = 0 and token_hash > $2 and substr(state, 3, 2) < $3 order by token_hash limit $4",
    swap "update ceremony set state = $4 where $1 = 0 and token_hash = $2 and state = $3",
    count "select count(*) from ceremony where $1 = 0 and substr(state, 3, 2) < $2",
    |keys, (hash, state)| keys.reseal(ceremony_cell(hash), state)
}

// ---- what goes -------------------------------------------------------------------------

/// How many employees go in one transaction.
const PURGED_AT_ONCE: i64 = 200;

/// Sessions, ceremonies (by passkey or by a provider) and links that ended by then.
pub async fn flow_purge(db: &Db, over: Moment) -> Result<[u64; 3], StoreError> {
    Ok(in_transaction!(db, tx => {
        let sessions = sqlx::query("delete from session where expires_at <= $1").bind(over).execute(&mut *tx).await?;
        let ceremonies = sqlx::query("delete from ceremony where expires_at <= $1").bind(over).execute(&mut *tx).await?;
        let flows = sqlx::query(FLOW_DELETE_OVER).bind(over).execute(&mut *tx).await?;
        let links = sqlx::query("delete from enrolment where expires_at <= $1").bind(over).execute(&mut *tx).await?;
        [sessions.rows_affected(), ceremonies.rows_affected() + flows.rows_affected(), links.rows_affected()]
    }))
}

/// Some of those to verify who have claimed, consented and declared nothing since, and still have something declared.
pub async fn employee_list_unwanted(db: &Db, tenant: Tenant, since: Moment) -> Result<Vec<EmployeeId>, StoreError> {
    let sql = "select id from employee
               where enterprise_id = $1 and standing = 'to-verify' and created_at <= $2
                 and exists (select 1 from declaration where declaration.enterprise_id = $1 and employee_id = employee.id)
                 and not exists (select 1 from declaration where declaration.enterprise_id = $1 and employee_id = employee.id and submitted_at > $2)
                 and not exists (select 1 from consent where consent.enterprise_id = $1 and employee_id = employee.id and given_at > $2)
               order by id limit $3";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(tenant.id()).bind(since).bind(PURGED_AT_ONCE).fetch_all(pool).await?))
}

/// Those without a declaration who are not waited for: who were last heard from by `$2`, or by `$3` if they were never verified or no
/// device stands for them.
const EMPLOYEE_LIST_GONE: &str = "select id from employee
    where enterprise_id = $1 and created_at <= $3
      and not exists (select 1 from declaration where declaration.enterprise_id = $1 and employee_id = employee.id)
      and not exists (select 1 from consent where consent.enterprise_id = $1 and employee_id = employee.id and given_at > $3)
      and not exists (select 1 from device where device.enterprise_id = $1 and employee_id = employee.id and (created_at > $3 or ended_at > $3))
      and (standing = 'to-verify'
        or not exists (select 1 from device where device.enterprise_id = $1 and employee_id = employee.id and ended_at is null)
        or created_at <= $2
          and not exists (select 1 from consent where consent.enterprise_id = $1 and employee_id = employee.id and given_at > $2)
          and not exists (select 1 from device where device.enterprise_id = $1 and employee_id = employee.id and created_at > $2))
    order by id limit $4";

/// Deletes some of them, with their devices, consents and ties to identity providers; how many.
pub async fn employee_purge(db: &Db, tenant: Tenant, heard: Moment, wanted: Moment, entry: Option<&Entry>) -> Result<u64, StoreError> {
    let id = tenant.id();
    Ok(in_transaction!(db, tx => {
        // Nobody can declare from here on, so who is found now has nothing declared.
        sqlx::query(PURGED).bind(id).execute(&mut *tx).await?;
        let gone: Vec<EmployeeId> = sqlx::query_scalar(EMPLOYEE_LIST_GONE).bind(id).bind(heard).bind(wanted).bind(PURGED_AT_ONCE)
            .fetch_all(&mut *tx).await?;
        if gone.is_empty() {
            // At once, not when the connection is used next: until then the enterprise would be locked.
            tx.rollback().await?;
            return Ok(0);
        }
        for employee in &gone {
            employee_gone_in!(tx, id, employee);
        }
        if let Some(entry) = entry {
            record_in!(tx, entry);
        }
        gone.len() as u64
    }))
}

/// Deletes an account, with all by which its person signed in.
macro_rules! viewer_gone_in {
    ($tx:ident, $viewer:expr) => {{
        let viewer: &Uuid = $viewer;
        for sql in [
            VIEWER_LOCK,
            "delete from session where viewer_id = $1",
            "delete from passkey where viewer_id = $1",
            "delete from enrolment where viewer_id = $1",
            VIEWER_IDENTITY_DELETE,
            "delete from viewer where id = $1",
        ] {
            sqlx::query(sql).bind(viewer).execute(&mut *$tx).await?;
        }
    }};
}

/// People's own accounts that were made by `$1`, represent nobody, were lent nothing and lent nothing, were told nothing, and wait
/// for no link that works at `$2`.
const VIEWER_LIST_OVER: &str = "select id from viewer where enterprise_id is null and created_at <= $1
    and not exists (select 1 from enterprise_representative where representative_id = viewer.id)
    and not exists (select 1 from manager_grant where manager_grant.viewer_id = viewer.id)
    and not exists (select 1 from manager_grant where granted_by = viewer.id)
    and not exists (select 1 from message where message.viewer_id = viewer.id)
    and not exists (select 1 from enrolment where enrolment.viewer_id = viewer.id and used_at is null and expires_at > $2)
    order by id limit $3";

/// Deletes some of people's own accounts, made by `made`, that nothing is left of; how many.
pub async fn viewer_purge_own(db: &Db, made: Moment, now: Moment, entry: Option<&Entry>) -> Result<u64, StoreError> {
    Ok(in_transaction!(db, tx => {
        let over: Vec<Uuid> = sqlx::query_scalar(VIEWER_LIST_OVER).bind(made).bind(now).bind(PURGED_AT_ONCE).fetch_all(&mut *tx).await?;
        for viewer in &over {
            viewer_gone_in!(tx, viewer);
        }
        if let Some(entry) = entry.filter(|_| !over.is_empty()) {
            record_in!(tx, entry);
        }
        over.len() as u64
    }))
}

/// Deletes accounts that worked in one enterprise only, with all by which they signed in, of which no grant is left; how many.
pub async fn viewer_purge(db: &Db, tenant: Tenant, entry: Option<&Entry>) -> Result<u64, StoreError> {
    let over = "select id from viewer where enterprise_id = $1
        and not exists (select 1 from manager_grant where manager_grant.enterprise_id = $1 and viewer_id = viewer.id)
        and not exists (select 1 from message where message.enterprise_id = $1 and viewer_id = viewer.id)
        order by id limit $2";
    Ok(in_transaction!(db, tx => {
        let over: Vec<Uuid> = sqlx::query_scalar(over).bind(tenant.id()).bind(PURGED_AT_ONCE).fetch_all(&mut *tx).await?;
        for viewer in &over {
            viewer_gone_in!(tx, viewer);
        }
        if let Some(entry) = entry.filter(|_| !over.is_empty()) {
            record_in!(tx, entry);
        }
        over.len() as u64
    }))
}

pub async fn device_purge(db: &Db, tenant: Tenant, ended: Moment, entry: Option<&Entry>) -> Result<u64, StoreError> {
    let sql = "delete from device where enterprise_id = $1 and ended_at <= $2";
    Ok(in_transaction!(db, tx => {
        let deleted = sqlx::query(sql).bind(tenant.id()).bind(ended).execute(&mut *tx).await?.rows_affected();
        if let Some(entry) = entry.filter(|_| deleted > 0) {
            record_in!(tx, entry);
        }
        deleted
    }))
}
