//! All SQL of this room: the tables `manager_invitation`, `manager_request`, `manager_grant` and `grant_department`.

use uuid::Uuid;

use super::{
    join::cell,
    model::{Ending, MOST_INVITATIONS, Permissions},
};
use crate::{
    account::{
        caller::{Joining, Scope, Tenant, Viewer},
        model::Level,
        representative::{
            Appointment, ENROLMENT_COUNT, Enrolment, LINK_END, LINKS_A_DAY, PASSKEY_ANY, REPRESENTATIVE_LOCK, VIEWER_LOCK, ViewerRow,
            WAYS_IN_DELETE, account_in, enrol_in,
        },
        step_up::StepUp,
        token::TokenHash,
    },
    audit::{
        entry::{Entry, record_in},
        model::Action,
    },
    db::{Db, in_transaction, on_pool},
    enterprise::NEXT_CHANGE,
    error::StoreError,
    id::{DepartmentId, EnterpriseId},
    message::{
        model::Kind,
        tell::{tell_in, tell_representatives_in},
    },
    period::Moment,
    vault::sealed_column::sealed_column,
};

/// So many requests may wait in an enterprise, and so many of one link: one that was passed on to strangers fills no more than that.
const WAITING: i64 = 100;
const WAITING_OF_LINK: i64 = 20;

// ---- invitations -------------------------------------------------------------------------

#[derive(sqlx::FromRow)]
pub struct InvitationRow {
    pub id: Uuid,
    pub created_at: Moment,
    pub expires_at: Moment,
}

/// Keeps an invitation. False if as many work as may.
pub async fn invitation_insert(
    db: &Db,
    scope: &Scope,
    id: Uuid,
    token: TokenHash,
    expires_at: Moment,
    entry: &Entry,
) -> Result<bool, StoreError> {
    let open = "select count(*) from manager_invitation where enterprise_id = $1 and expires_at > $2 and ended_at is null";
    let sql = "insert into manager_invitation (enterprise_id, id, token_hash, created_at, expires_at) values ($1, $2, $3, $4, $5)";
    let enterprise = scope.tenant().id();
    Ok(in_transaction!(db, tx => {
        // It holds the enterprise's row until the end: of two at once the second counts the first.
        sqlx::query(NEXT_CHANGE).bind(enterprise).bind(0_i64).execute(&mut *tx).await?;
        let open: i64 = sqlx::query_scalar(open).bind(enterprise).bind(entry.at).fetch_one(&mut *tx).await?;
        if open >= i64::from(MOST_INVITATIONS) {
            return Ok(false);
        }
        sqlx::query(sql).bind(enterprise).bind(id).bind(&token.0[..]).bind(entry.at).bind(expires_at).execute(&mut *tx).await?;
        record_in!(tx, entry);
        true
    }))
}

/// When the invitation with this token was made, if it works now. Public: one look-up by a unique key.
pub async fn invitation_find(db: &Db, enterprise: EnterpriseId, token: TokenHash, now: Moment) -> Result<Option<Moment>, StoreError> {
    let sql = "select created_at from manager_invitation
               where enterprise_id = $1 and token_hash = $2 and expires_at > $3 and ended_at is null";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(enterprise).bind(&token.0[..]).bind(now).fetch_optional(pool).await?))
}

/// Those that work now, newest first.
pub async fn invitation_list(db: &Db, scope: &Scope, now: Moment) -> Result<Vec<InvitationRow>, StoreError> {
    let sql = "select id, created_at, expires_at from manager_invitation
               where enterprise_id = $1 and expires_at > $2 and ended_at is null
               order by created_at desc, id limit $3";
    Ok(on_pool!(db, pool => {
        sqlx::query_as(sql).bind(scope.tenant().id()).bind(now).bind(i64::from(MOST_INVITATIONS)).fetch_all(pool).await?
    }))
}

/// Takes an invitation back. False if there is none that works.
pub async fn invitation_end(db: &Db, scope: &Scope, id: Uuid, entry: &Entry) -> Result<bool, StoreError> {
    let sql = "update manager_invitation set ended_at = $3 where enterprise_id = $1 and id = $2 and ended_at is null and expires_at > $3";
    Ok(in_transaction!(db, tx => {
        let ended = sqlx::query(sql).bind(scope.tenant().id()).bind(id).bind(entry.at).execute(&mut *tx).await?.rows_affected() > 0;
        if ended {
            record_in!(tx, entry);
        }
        ended
    }))
}

// ---- requests ----------------------------------------------------------------------------

#[derive(sqlx::FromRow)]
pub struct RequestRow {
    pub id: Uuid,
    pub content: Vec<u8>,
    pub level: Level,
    pub invited_at: Moment,
    pub created_at: Moment,
}

/// Keeps a request, and tells the representatives; the same once more changes nothing. False if too many wait already.
pub async fn request_insert(db: &Db, joining: &Joining, id: Uuid, content: &[u8], level: Level, entry: &Entry) -> Result<bool, StoreError> {
    let insert = "insert into manager_request (enterprise_id, id, content, level, invited_at, created_at) values ($1, $2, $3, $4, $5, $6)
                  on conflict (enterprise_id, id) do nothing";
    let count = "select count(*), count(case when invited_at = $2 then 1 end) from manager_request where enterprise_id = $1";
    let (enterprise, now) = (joining.tenant().id(), entry.at);
    Ok(in_transaction!(db, tx => {
        // It holds the enterprise's row until the end: of two requests at once the second counts the first.
        sqlx::query(NEXT_CHANGE).bind(enterprise).bind(0_i64).execute(&mut *tx).await?;
        let inserted = sqlx::query(insert).bind(enterprise).bind(id).bind(content).bind(level).bind(joining.invited_at()).bind(now)
            .execute(&mut *tx).await?.rows_affected();
        let (waiting, of_link): (i64, i64) =
            sqlx::query_as(count).bind(enterprise).bind(joining.invited_at()).fetch_one(&mut *tx).await?;
        if inserted > 0 && (waiting > WAITING || of_link > WAITING_OF_LINK) {
            tx.rollback().await?;
            return Ok(false);
        }
        if inserted > 0 {
            tell_representatives_in!(tx, enterprise, Kind::ManagerRequested, now);
            record_in!(tx, entry);
        }
        true
    }))
}

/// Those that wait, the first first.
pub async fn request_list(db: &Db, scope: &Scope) -> Result<Vec<RequestRow>, StoreError> {
    let sql = "select id, content, level, invited_at, created_at from manager_request where enterprise_id = $1 order by created_at, id";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(scope.tenant().id()).fetch_all(pool).await?))
}

pub async fn request_find(db: &Db, scope: &Scope, id: Uuid) -> Result<Option<RequestRow>, StoreError> {
    let sql = "select id, content, level, invited_at, created_at from manager_request where enterprise_id = $1 and id = $2";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(scope.tenant().id()).bind(id).fetch_optional(pool).await?))
}

const REQUEST_DELETE: &str = "delete from manager_request where enterprise_id = $1 and id = $2";

/// Forgets a request. False if there is none.
pub async fn request_decline(db: &Db, scope: &Scope, id: Uuid, entry: &Entry) -> Result<bool, StoreError> {
    Ok(in_transaction!(db, tx => {
        let declined = sqlx::query(REQUEST_DELETE).bind(scope.tenant().id()).bind(id).execute(&mut *tx).await?.rows_affected() > 0;
        if declined {
            record_in!(tx, entry);
        }
        declined
    }))
}

sealed_column! {
    /// Who asks to be a manager.
    Requests("manager_request.content"), (Uuid, Vec<u8>) from Uuid::nil(),
    list "select id, content from manager_request
          where enterprise_id = $1 and id > $2 and substr(content, 3, 2) < $3 order by id limit $4",
    swap "update manager_request set content = $4 where enterprise_id = $1 and id = $2 and content = $3",
    count "select count(*) from manager_request where enterprise_id = $1 and substr(content, 3, 2) < $2",
    |keys, (id, content)| keys.reseal(cell(id.as_bytes()), content)
}

// ---- grants ------------------------------------------------------------------------------

/// A grant to be.
pub struct NewGrant {
    pub id: Uuid,
    pub request: Uuid,
    pub account: Appointment,
    pub permissions: Permissions,
    /// Empty: of all.
    pub departments: Vec<DepartmentId>,
    pub expires_at: Moment,
}

/// What became of it.
pub enum Granted {
    Yes,
    /// The request is gone, or whoever grants represents the enterprise no longer.
    NoRequest,
    /// The document is known with another name.
    AnotherPerson,
    /// They represent the enterprise themselves.
    Representative,
}

/// Turns a request into a grant by whoever just verified themselves for it; what the same person was granted before ends.
pub async fn grant_insert(
    db: &Db,
    step_up: &StepUp,
    scope: &Scope,
    new: &NewGrant,
    entry: Entry,
    is_meant: impl Fn(&ViewerRow) -> Result<bool, StoreError> + Send,
) -> Result<Granted, StoreError> {
    let represents = "select 1 from enterprise_representative where enterprise_id = $1 and representative_id = $2";
    let replace = "update manager_grant set ended_at = $3, ending = $4
                   where enterprise_id = $1 and viewer_id = $2 and ended_at is null and expires_at > $3";
    let insert = "insert into manager_grant
                    (enterprise_id, id, viewer_id, granted_by, permissions, confined, created_at, expires_at)
                  values ($1, $2, $3, $4, $5, $6, $7, $8)";
    // How the last one ended, and whether whoever gave it has represented the enterprise ever since.
    let last = "select g.ending, exists (select 1 from enterprise_representative r
                  where r.enterprise_id = g.enterprise_id and r.representative_id = g.granted_by and r.created_at <= g.created_at) as vouched
                from manager_grant g where g.enterprise_id = $1 and g.viewer_id = $2 order by g.created_at desc, g.id desc limit 1";
    let confine = "insert into grant_department (enterprise_id, grant_id, department_id) values ($1, $2, $3)";
    let (enterprise, now) = (scope.tenant().id(), entry.at);
    in_transaction!(db, tx => {
        // Whoever is dismissed meanwhile waits until this grant is there to be ended.
        if sqlx::query(REPRESENTATIVE_LOCK).bind(enterprise).bind(step_up.viewer().id()).execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(Granted::NoRequest);
        }
        if sqlx::query(REQUEST_DELETE).bind(enterprise).bind(new.request).execute(&mut *tx).await?.rows_affected() == 0 {
            return Ok(Granted::NoRequest);
        }
        let known: ViewerRow = account_in!(tx, &new.account, now);
        if !is_meant(&known)? {
            return Ok(Granted::AnotherPerson);
        }
        if sqlx::query(represents).bind(enterprise).bind(known.id).fetch_optional(&mut *tx).await?.is_some() {
            return Ok(Granted::Representative);
        }
        // Of two grants at once the second ends the first.
        sqlx::query(VIEWER_LOCK).bind(known.id).execute(&mut *tx).await?;
        let last: Option<(Option<Ending>, bool)> = sqlx::query_as(last).bind(enterprise).bind(known.id).fetch_optional(&mut *tx).await?;
        let keeps_ways_in = last.is_some_and(|(ending, vouched)| vouched && Ending::keeps_ways_in(ending));
        if !keeps_ways_in {
            for delete in WAYS_IN_DELETE {
                sqlx::query(delete).bind(enterprise).bind(known.id).execute(&mut *tx).await?;
            }
        }
        let replaced = sqlx::query(replace).bind(enterprise).bind(known.id).bind(now).bind(Ending::Replaced).execute(&mut *tx).await?;
        sqlx::query(insert).bind(enterprise).bind(new.id).bind(known.id).bind(step_up.viewer().id()).bind(new.permissions.to_string())
            .bind(!new.departments.is_empty()).bind(now).bind(new.expires_at).execute(&mut *tx).await?;
        for department in &new.departments {
            sqlx::query(confine).bind(enterprise).bind(new.id).bind(department).execute(&mut *tx).await?;
        }
        for _ in 0..replaced.rows_affected() {
            record_in!(tx, &entry.also(Action::RevokeManager).on(known.id));
        }
        record_in!(tx, &entry.on(known.id));
    });
    Ok(Granted::Yes)
}

#[derive(sqlx::FromRow)]
#[expect(clippy::struct_excessive_bools, reason = "each is a column of its own")]
pub struct GrantRow {
    pub id: Uuid,
    pub viewer_id: Uuid,
    pub permissions: String,
    pub confined: bool,
    pub created_at: Moment,
    pub expires_at: Moment,
    pub ended_at: Option<Moment>,
    pub ending: Option<Ending>,
    /// Whoever gave it has represented the enterprise ever since.
    pub vouched: bool,
    /// When the manager used it last, to the day.
    pub seen_at: Option<Moment>,
    pub has_passkey: bool,
    /// The account is of this enterprise alone.
    pub own_account: bool,
}

/// Grants that are in force, or ended after `since`; the newest first.
pub async fn grant_list(db: &Db, scope: &Scope, since: Moment) -> Result<Vec<GrantRow>, StoreError> {
    let sql = "select g.id, g.viewer_id, g.permissions, g.confined, g.created_at, g.expires_at, g.ended_at, g.ending, g.seen_at,
                 exists (select 1 from enterprise_representative r
                   where r.enterprise_id = g.enterprise_id and r.representative_id = g.granted_by and r.created_at <= g.created_at) as vouched,
                 exists (select 1 from passkey where passkey.viewer_id = g.viewer_id) as has_passkey,
                 viewer.enterprise_id is not null as own_account
               from manager_grant g join viewer on viewer.id = g.viewer_id
               where g.enterprise_id = $1 and g.expires_at > $2 and (g.ended_at is null or g.ended_at > $2)
               order by g.created_at desc, g.id";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(scope.tenant().id()).bind(since).fetch_all(pool).await?))
}

/// The departments of every grant of an enterprise.
pub async fn grant_departments(db: &Db, scope: &Scope) -> Result<Vec<(Uuid, DepartmentId)>, StoreError> {
    let sql = "select grant_id, department_id from grant_department where enterprise_id = $1 order by department_id";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(scope.tenant().id()).fetch_all(pool).await?))
}

const DAY_SECS: i64 = 24 * 60 * 60;

/// What became of a link for a manager, and whose it is.
pub enum Linked {
    Made(Uuid),
    /// There is no such grant in force, or it is not for an account of this enterprise alone.
    NoGrant,
    /// They can sign in: who takes their place must not.
    HasPasskey(Uuid),
    /// As many were made as may in a day; when the first of them was.
    Enough(Uuid, Moment),
}

/// Makes a one-time link for the account of a manager whose grant is in force, if it is an account of this enterprise alone that has
/// no passkey yet. An earlier link ends.
pub async fn grant_enrol(db: &Db, scope: &Scope, id: Uuid, link: &Enrolment, entry: Entry) -> Result<Linked, StoreError> {
    let sql = "select viewer.id from manager_grant g join viewer on viewer.id = g.viewer_id and viewer.enterprise_id = g.enterprise_id
               where g.enterprise_id = $1 and g.id = $2 and g.ended_at is null and g.expires_at > $3";
    let at = entry.at;
    Ok(in_transaction!(db, tx => {
        let viewer: Option<Uuid> = sqlx::query_scalar(sql).bind(scope.tenant().id()).bind(id).bind(at).fetch_optional(&mut *tx).await?;
        let Some(viewer) = viewer else { return Ok(Linked::NoGrant) };
        // Of two at once the second counts the first, and a passkey that is being made is waited for.
        sqlx::query(VIEWER_LOCK).bind(viewer).execute(&mut *tx).await?;
        if sqlx::query(PASSKEY_ANY).bind(viewer).fetch_optional(&mut *tx).await?.is_some() {
            return Ok(Linked::HasPasskey(viewer));
        }
        let (made, first): (i64, Option<Moment>) =
            sqlx::query_as(ENROLMENT_COUNT).bind(viewer).bind(at.plus_secs(-DAY_SECS)).fetch_one(&mut *tx).await?;
        if made >= LINKS_A_DAY {
            return Ok(Linked::Enough(viewer, first.unwrap_or(at)));
        }
        enrol_in!(tx, viewer, link, at);
        record_in!(tx, &entry.on(viewer));
        Linked::Made(viewer)
    }))
}

/// Whose grant it is: $1 enterprise, $2 grant.
const GRANT_HOLDER: &str = "select viewer_id from manager_grant where enterprise_id = $1 and id = $2";

/// Ends a grant that is in force, and tells the manager. False if there is none.
pub async fn grant_revoke(db: &Db, tenant: Tenant, id: Uuid, entry: Entry) -> Result<bool, StoreError> {
    let sql = "update manager_grant set ended_at = $3, ending = $4
               where enterprise_id = $1 and id = $2 and ended_at is null and expires_at > $3 returning viewer_id";
    let at = entry.at;
    Ok(in_transaction!(db, tx => {
        let holder: Option<Uuid> = sqlx::query_scalar(GRANT_HOLDER).bind(tenant.id()).bind(id).fetch_optional(&mut *tx).await?;
        if let Some(holder) = holder {
            sqlx::query(VIEWER_LOCK).bind(holder).execute(&mut *tx).await?;
        }
        let manager: Option<Uuid> =
            sqlx::query_scalar(sql).bind(tenant.id()).bind(id).bind(at).bind(Ending::Revoked).fetch_optional(&mut *tx).await?;
        if let Some(manager) = manager {
            sqlx::query(LINK_END).bind(tenant.id()).bind(manager).bind(at).execute(&mut *tx).await?;
            tell_in!(tx, tenant.id(), manager, Kind::ManagerRevoked, at);
            record_in!(tx, &entry.on(manager));
        }
        manager.is_some()
    }))
}

/// To whom a representative lent what is in force: $1 enterprise, $2 representative, $3 now.
pub const HOLDERS_OF_REPRESENTATIVE: &str = "select distinct viewer_id from manager_grant
    where enterprise_id = $1 and granted_by = $2 and ended_at is null and expires_at > $3 order by viewer_id";

/// Ends what a representative granted: $1 enterprise, $2 representative, $3 now, $4 why.
pub const END_OF_REPRESENTATIVE: &str = "update manager_grant set ended_at = $3, ending = $4
    where enterprise_id = $1 and granted_by = $2 and ended_at is null and expires_at > $3 returning viewer_id";

/// Grants that are in force, for the operator.
pub async fn grant_list_live(db: &Db, tenant: Tenant, now: Moment) -> Result<Vec<(Uuid, Uuid, String, Moment)>, StoreError> {
    let sql = "select g.id, g.viewer_id, g.permissions, g.expires_at from manager_grant g
               join enterprise_representative r
                 on r.enterprise_id = g.enterprise_id and r.representative_id = g.granted_by and r.created_at <= g.created_at
               where g.enterprise_id = $1 and g.ended_at is null and g.expires_at > $2 order by g.created_at, g.id";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(now).fetch_all(pool).await?))
}

// ---- rights: what is in force, by its holder ---------------------------------------------

#[derive(sqlx::FromRow)]
pub struct RightRow {
    pub id: Uuid,
    pub enterprise_id: EnterpriseId,
    pub permissions: String,
    pub confined: bool,
    pub seen_at: Option<Moment>,
    /// The enterprise's.
    pub timezone: String,
}

/// What a viewer was lent in one enterprise. In force is what is not over and not taken back, and was given by someone who has
/// represented the enterprise ever since.
pub async fn right_find(db: &Db, viewer: &Viewer, enterprise: EnterpriseId, now: Moment) -> Result<Option<RightRow>, StoreError> {
    let sql = "select g.id, g.enterprise_id, g.permissions, g.confined, g.seen_at, enterprise.timezone from manager_grant g
               join enterprise on enterprise.id = g.enterprise_id
               join enterprise_representative r
                 on r.enterprise_id = g.enterprise_id and r.representative_id = g.granted_by and r.created_at <= g.created_at
               join viewer on viewer.id = g.viewer_id and (viewer.enterprise_id is null or viewer.enterprise_id = g.enterprise_id)
               where g.enterprise_id = $2 and g.viewer_id = $1 and g.ended_at is null and g.expires_at > $3
               order by g.created_at desc, g.id limit 1";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(viewer.id()).bind(enterprise).bind(now).fetch_optional(pool).await?))
}

/// The same in every enterprise.
pub async fn right_list(db: &Db, viewer: Uuid, now: Moment) -> Result<Vec<RightRow>, StoreError> {
    let sql = "select g.id, g.enterprise_id, g.permissions, g.confined, g.seen_at, enterprise.timezone from manager_grant g
               join enterprise on enterprise.id = g.enterprise_id
               join enterprise_representative r
                 on r.enterprise_id = g.enterprise_id and r.representative_id = g.granted_by and r.created_at <= g.created_at
               join viewer on viewer.id = g.viewer_id and (viewer.enterprise_id is null or viewer.enterprise_id = g.enterprise_id)
               where g.viewer_id = $1 and g.ended_at is null and g.expires_at > $2
               order by g.created_at desc, g.id";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(viewer).bind(now).fetch_all(pool).await?))
}

/// Notes that a grant was used.
pub async fn right_seen(db: &Db, enterprise: EnterpriseId, id: Uuid, now: Moment) -> Result<(), StoreError> {
    let sql = "update manager_grant set seen_at = $3 where enterprise_id = $1 and id = $2";
    in_transaction!(db, tx => {
        sqlx::query(sql).bind(enterprise).bind(id).bind(now).execute(&mut *tx).await?;
    });
    Ok(())
}

/// The departments to which one of a viewer's grants is confined.
pub async fn right_departments(db: &Db, viewer: &Viewer, enterprise: EnterpriseId, id: Uuid) -> Result<Vec<DepartmentId>, StoreError> {
    let sql = "select d.department_id from grant_department d
               join manager_grant g on g.enterprise_id = d.enterprise_id and g.id = d.grant_id
               where d.enterprise_id = $1 and d.grant_id = $2 and g.viewer_id = $3 order by d.department_id";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(enterprise).bind(id).bind(viewer.id()).fetch_all(pool).await?))
}

// ---- what goes ---------------------------------------------------------------------------

/// Notes which grants are over by the clock, and tells their managers, but for those who have a newer one; how many.
pub async fn grant_expire(db: &Db, tenant: Tenant, entry: &Entry) -> Result<u64, StoreError> {
    let (now, newer) = (entry.at, "select 1 from manager_grant where enterprise_id = $1 and viewer_id = $2 and ended_at is null limit 1");
    let sql = "update manager_grant set ended_at = expires_at, ending = $3
               where enterprise_id = $1 and ended_at is null and expires_at <= $2 returning viewer_id";
    Ok(in_transaction!(db, tx => {
        let over: Vec<Uuid> = sqlx::query_scalar(sql).bind(tenant.id()).bind(now).bind(Ending::Expired).fetch_all(&mut *tx).await?;
        for manager in &over {
            if sqlx::query(newer).bind(tenant.id()).bind(manager).fetch_optional(&mut *tx).await?.is_none() {
                tell_in!(tx, tenant.id(), *manager, Kind::ManagerExpired, now);
            }
        }
        for manager in &over {
            record_in!(tx, &entry.clone().on(*manager));
        }
        over.len() as u64
    }))
}

/// Deletes requests that nobody decided on by `asked`, invitations that were over by `invited`, and grants that ended by `ended`.
pub async fn purge(
    db: &Db,
    tenant: Tenant,
    asked: Moment,
    invited: Moment,
    ended: Moment,
    entry: Option<&Entry>,
) -> Result<u64, StoreError> {
    let requests = "delete from manager_request where enterprise_id = $1 and created_at <= $2";
    let invitations = "delete from manager_invitation where enterprise_id = $1 and (expires_at <= $2 or ended_at <= $2)";
    let departments = "delete from grant_department where enterprise_id = $1
                       and grant_id in (select id from manager_grant where enterprise_id = $1 and ended_at <= $2)";
    let grants = "delete from manager_grant where enterprise_id = $1 and ended_at <= $2";
    let id = tenant.id();
    Ok(in_transaction!(db, tx => {
        let requests = sqlx::query(requests).bind(id).bind(asked).execute(&mut *tx).await?.rows_affected();
        let invitations = sqlx::query(invitations).bind(id).bind(invited).execute(&mut *tx).await?.rows_affected();
        sqlx::query(departments).bind(id).bind(ended).execute(&mut *tx).await?;
        let grants = sqlx::query(grants).bind(id).bind(ended).execute(&mut *tx).await?.rows_affected();
        let rows = requests + invitations + grants;
        if let Some(entry) = entry.filter(|_| rows > 0) {
            record_in!(tx, entry);
        }
        rows
    }))
}
