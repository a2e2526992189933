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

#[derive(sqlx::FromRow)]
pub struct MessageRow {
    pub enterprise_id: EnterpriseId,
    pub id: Uuid,
    pub name: String,
    pub timezone: String,
    pub kind: Kind,
    pub created_at: Moment,
    pub read_at: Option<Moment>,
}

/// A person's newest messages, each with the name of the enterprise that it is about.
pub async fn message_list(db: &Db, viewer: &Viewer) -> Result<Vec<MessageRow>, StoreError> {
    let sql =
        "select message.enterprise_id, message.id, enterprise.name, enterprise.timezone, kind, message.created_at, read_at from message
               join enterprise on enterprise.id = message.enterprise_id
               where viewer_id = $1 order by message.created_at desc, message.id limit $2";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(viewer.id()).bind(SHOWN).fetch_all(pool).await?))
}

pub async fn message_unread(db: &Db, viewer: &Viewer) -> Result<i64, StoreError> {
    let sql = "select count(*) from message where viewer_id = $1 and read_at is null";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(viewer.id()).fetch_one(pool).await?))
}

/// Notes that a person has read these.
pub async fn message_read(db: &Db, viewer: &Viewer, shown: &[(EnterpriseId, Uuid)], now: Moment) -> Result<(), StoreError> {
    let sql = "update message set read_at = $4 where enterprise_id = $1 and viewer_id = $2 and id = $3 and read_at is null";
    in_transaction!(db, tx => {
        for (enterprise, id) in shown {
            sqlx::query(sql).bind(enterprise).bind(viewer.id()).bind(id).bind(now).execute(&mut *tx).await?;
        }
    });
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
