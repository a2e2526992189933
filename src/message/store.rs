//! All SQL of this room: the table `message`.

use uuid::Uuid;

use super::model::Kind;
use crate::{
    account::caller::{Tenant, Viewer},
    audit::entry::{Entry, record_in},
    db::{Db, in_transaction, on_pool},
    error::StoreError,
    id::EnterpriseId,
    period::Moment,
};

/// So many messages are shown.
const SHOWN: i64 = 100;

pub const TELL: &str = "insert into message (enterprise_id, viewer_id, id, kind, created_at) values ($1, $2, $3, $4, $5)";

/// Tells everyone who represents an enterprise: $1 enterprise, $2 id, $3 kind, $4 now.
pub const TELL_REPRESENTATIVES: &str = "insert into message (enterprise_id, viewer_id, id, kind, created_at)
    select enterprise_id, representative_id, $2, $3, $4 from enterprise_representative where enterprise_id = $1";

/// Tells a representative what concerns themselves, under the first enterprise that they represent: $1 who, $2 id, $3 kind, $4 now.
pub const TELL_VIEWER: &str = "insert into message (enterprise_id, viewer_id, id, kind, created_at)
    select enterprise_id, representative_id, $2, $3, $4 from enterprise_representative
    where representative_id = $1 order by created_at, enterprise_id limit 1";
/// Tells everyone who represents an enterprise of so many alerts: $1 enterprise, $2 id, $3 now, $4 how many. Whoever has not read of
/// earlier ones has one message for all of them.
pub const TELL_ALERTS: &str = "insert into message (enterprise_id, viewer_id, id, kind, created_at, count)
    select enterprise_id, representative_id, $2, 'alert', $3, $4 from enterprise_representative where enterprise_id = $1
    on conflict (enterprise_id, viewer_id) where kind = 'alert' and read_at is null
    do update set count = message.count + excluded.count, created_at = excluded.created_at";

/// Tells the managers who may see people how many of their people's alerts were raised by the changes behind $4 and up to $5.
pub const TELL_ALERTS_MANAGERS: &str = "insert into message (enterprise_id, viewer_id, id, kind, created_at, count)
    select g.enterprise_id, g.viewer_id, $2, 'alert', $3, count(*) from manager_grant g
      join enterprise_representative r
        on r.enterprise_id = g.enterprise_id and r.representative_id = g.granted_by and r.created_at <= g.created_at
      join viewer on viewer.id = g.viewer_id and (viewer.enterprise_id is null or viewer.enterprise_id = g.enterprise_id)
      join alert on alert.enterprise_id = g.enterprise_id and alert.change > $4 and alert.change <= $5
      join employee on employee.enterprise_id = alert.enterprise_id and employee.id = alert.employee_id
    where g.enterprise_id = $1 and g.ended_at is null and g.expires_at > $3 and ' ' || g.permissions || ' ' like '% people %'
      and (not g.confined or exists (select 1 from grant_department d
             where d.enterprise_id = g.enterprise_id and d.grant_id = g.id and d.department_id = employee.department_id))
    group by g.enterprise_id, g.viewer_id
    on conflict (enterprise_id, viewer_id) where kind = 'alert' and read_at is null
    do update set count = message.count + excluded.count, created_at = excluded.created_at";

/// Tells everyone who represents an enterprise how many were reminded: $1 enterprise, $2 id, $3 now, $4 how many. Of those that were not
/// read the last counts.
pub const TELL_REMINDER: &str = "insert into message (enterprise_id, viewer_id, id, kind, created_at, count)
    select enterprise_id, representative_id, $2, 'reminder', $3, $4 from enterprise_representative where enterprise_id = $1
    on conflict (enterprise_id, viewer_id) where kind = 'reminder' and read_at is null
    do update set count = excluded.count, created_at = excluded.created_at";

#[derive(sqlx::FromRow)]
pub struct MessageRow {
    pub enterprise_id: EnterpriseId,
    pub id: Uuid,
    pub name: String,
    pub timezone: String,
    pub kind: Kind,
    pub count: i64,
    pub created_at: Moment,
    pub read_at: Option<Moment>,
}

/// A person's newest messages, each with the name of the enterprise that it is about.
pub async fn message_list(db: &Db, viewer: &Viewer) -> Result<Vec<MessageRow>, StoreError> {
    let sql =
        "select message.enterprise_id, message.id, enterprise.name, enterprise.timezone, kind, count, message.created_at, read_at from message
               join enterprise on enterprise.id = message.enterprise_id
               where viewer_id = $1 order by message.created_at desc, message.id limit $2";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(viewer.id()).bind(SHOWN).fetch_all(pool).await?))
}

pub async fn message_unread(db: &Db, viewer: &Viewer) -> Result<i64, StoreError> {
    let sql = "select count(*) from message where viewer_id = $1 and read_at is null";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(viewer.id()).fetch_one(pool).await?))
}

/// Notes that a person has read one of theirs; what it is about, or `None` if there is none.
pub async fn message_read(db: &Db, viewer: &Viewer, enterprise: EnterpriseId, id: Uuid, now: Moment) -> Result<Option<Kind>, StoreError> {
    let find = "select kind from message where enterprise_id = $1 and viewer_id = $2 and id = $3";
    let sql = "update message set read_at = $4 where enterprise_id = $1 and viewer_id = $2 and id = $3 and read_at is null";
    Ok(in_transaction!(db, tx => {
        sqlx::query(sql).bind(enterprise).bind(viewer.id()).bind(id).bind(now).execute(&mut *tx).await?;
        sqlx::query_scalar(find).bind(enterprise).bind(viewer.id()).bind(id).fetch_optional(&mut *tx).await?
    }))
}

/// Notes that a person has read all of them. A transaction for each enterprise: whoever raises alerts in several takes them in order.
pub async fn message_read_all(db: &Db, viewer: &Viewer, now: Moment) -> Result<(), StoreError> {
    let of = "select distinct enterprise_id from message where viewer_id = $1 and read_at is null";
    let sql = "update message set read_at = $3 where enterprise_id = $1 and viewer_id = $2 and read_at is null";
    let enterprises: Vec<EnterpriseId> = on_pool!(db, pool => sqlx::query_scalar(of).bind(viewer.id()).fetch_all(pool).await?);
    for enterprise in enterprises {
        in_transaction!(db, tx => {
            sqlx::query(sql).bind(enterprise).bind(viewer.id()).bind(now).execute(&mut *tx).await?;
        });
    }
    Ok(())
}

/// Deletes messages that are older; how many.
pub async fn message_purge(db: &Db, tenant: Tenant, before: Moment, entry: Option<&Entry>) -> Result<u64, StoreError> {
    let sql = "delete from message where enterprise_id = $1 and created_at <= $2";
    Ok(in_transaction!(db, tx => {
        let rows = sqlx::query(sql).bind(tenant.id()).bind(before).execute(&mut *tx).await?.rows_affected();
        if let Some(entry) = entry.filter(|_| rows > 0) {
            record_in!(tx, entry);
        }
        rows
    }))
}
