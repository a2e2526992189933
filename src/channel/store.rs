//! All SQL of this room: the tables `channel` and `outbox`.

use std::sync::LazyLock;

use sqlx::AssertSqlSafe;
use uuid::Uuid;

use super::model::{Failure, Kind, MOST, Pause, Told, What};
use crate::{
    account::caller::Tenant,
    audit::entry::{Entry, record_in},
    db::{Db, in_transaction, on_pool},
    enterprise::NEXT_CHANGE,
    error::StoreError,
    id::EnterpriseId,
    period::Moment,
    vault::{Cell, sealed_column::sealed_column},
};

/// A channel as it is stored.
#[derive(Clone, sqlx::FromRow)]
pub struct ChannelRow {
    pub id: Uuid,
    pub kind: Kind,
    pub settings: Vec<u8>,
    pub told: i64,
    pub paused_at: Option<Moment>,
    pub pause: Option<Pause>,
}

// ---- channels ---------------------------------------------------------------------------

/// Keeps a new one. False if there are as many as there may be; of those that tell the people themselves there may be one.
pub async fn channel_insert(db: &Db, tenant: Tenant, row: &ChannelRow, entry: &Entry) -> Result<bool, StoreError> {
    let count = "select count(*) from channel where enterprise_id = $1 and (kind = $2 or $2 <> 'personal')";
    let insert = "insert into channel (enterprise_id, id, kind, settings, told, created_at) values ($1, $2, $3, $4, $5, $6)";
    let id = tenant.id();
    Ok(in_transaction!(db, tx => {
        // It holds the enterprise's row until the end: of two at once the second counts the first.
        sqlx::query(NEXT_CHANGE).bind(id).bind(0_i64).execute(&mut *tx).await?;
        let known: i64 = sqlx::query_scalar(count).bind(id).bind(row.kind).fetch_one(&mut *tx).await?;
        let most = if row.kind == Kind::Personal { 1 } else { i64::from(MOST) };
        if known >= most {
            tx.rollback().await?;
            return Ok(false);
        }
        sqlx::query(insert).bind(id).bind(row.id).bind(row.kind).bind(&row.settings).bind(row.told).bind(entry.at).execute(&mut *tx).await?;
        record_in!(tx, entry);
        true
    }))
}

/// The oldest first.
pub async fn channel_list(db: &Db, tenant: Tenant) -> Result<Vec<ChannelRow>, StoreError> {
    let sql = "select id, kind, settings, told, paused_at, pause from channel where enterprise_id = $1 order by created_at, id";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).fetch_all(pool).await?))
}

pub async fn channel_find(db: &Db, tenant: Tenant, channel: Uuid) -> Result<Option<ChannelRow>, StoreError> {
    let sql = "select id, kind, settings, told, paused_at, pause from channel where enterprise_id = $1 and id = $2";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(channel).fetch_optional(pool).await?))
}

/// Sets what it is told. False if there is none.
pub async fn channel_tell(db: &Db, tenant: Tenant, channel: Uuid, told: Told, entry: &Entry) -> Result<bool, StoreError> {
    let sql = "update channel set told = $3 where enterprise_id = $1 and id = $2";
    Ok(in_transaction!(db, tx => {
        let done = sqlx::query(sql).bind(tenant.id()).bind(channel).bind(told.bits()).execute(&mut *tx).await?.rows_affected() > 0;
        if done {
            record_in!(tx, entry);
        }
        done
    }))
}

/// Pauses it, or goes on with it. False if there is none.
pub async fn channel_pause(db: &Db, tenant: Tenant, channel: Uuid, pause: bool, entry: &Entry) -> Result<bool, StoreError> {
    let sql = "update channel set paused_at = $3, pause = $4 where enterprise_id = $1 and id = $2";
    let (at, by) = (pause.then_some(entry.at), pause.then_some(Pause::Viewer));
    Ok(in_transaction!(db, tx => {
        let done = sqlx::query(sql).bind(tenant.id()).bind(channel).bind(at).bind(by).execute(&mut *tx).await?.rows_affected() > 0;
        if done {
            record_in!(tx, entry);
        }
        done
    }))
}

/// Pauses all of an enterprise that are not: $1 enterprise, $2 now. Gives which they were.
pub const CHANNELS_PAUSE: &str =
    "update channel set paused_at = $2, pause = 'dismissed' where enterprise_id = $1 and paused_at is null returning id";

/// Deletes it, with what is on its way to it. False if there is none.
pub async fn channel_delete(db: &Db, tenant: Tenant, channel: Uuid, entry: &Entry) -> Result<bool, StoreError> {
    let sql = "delete from channel where enterprise_id = $1 and id = $2";
    Ok(in_transaction!(db, tx => {
        let done = sqlx::query(sql).bind(tenant.id()).bind(channel).execute(&mut *tx).await?.rows_affected() > 0;
        if done {
            record_in!(tx, entry);
        }
        done
    }))
}

// ---- the outbox -------------------------------------------------------------------------

/// Puts something in the outbox, if its channel is there and goes on: $1 enterprise, $2 channel, $3 id, $4 what, $5 how many, $6 payload,
/// $7 now.
pub const PUT: &str = "insert into outbox (enterprise_id, channel_id, id, kind, count, payload, state, tries, created_at, due_at, claimed_until)
    select enterprise_id, id, $3, $4, $5, $6, 'waiting', 0, $7, $7, 0 from channel where enterprise_id = $1 and id = $2 and paused_at is null";

/// So many share a statement.
pub const PUT_AT_ONCE: usize = 64;

/// The same for [`PUT_AT_ONCE`] of one kind to one channel: $1 enterprise, $2 channel, $3 what, $4 how many, $5 now, and of each its id
/// and payload. So a reminder to thousands holds the others up no longer than it must.
pub static PUT_MANY: LazyLock<String> = LazyLock::new(|| {
    let rows: Vec<String> = (0..PUT_AT_ONCE).map(|row| format!("(${}, ${})", 6 + 2 * row, 7 + 2 * row)).collect();
    format!(
        "insert into outbox (enterprise_id, channel_id, id, kind, count, payload, state, tries, created_at, due_at, claimed_until)
         select channel.enterprise_id, channel.id, new.column1, $3, $4, new.column2, 'waiting', 0, $5, $5, 0
         from channel, (values {}) as new
         where channel.enterprise_id = $1 and channel.id = $2 and channel.paused_at is null",
        rows.join(", ")
    )
});

/// Tells every channel that is told of alerts of so many: $1 enterprise, $2 id, $3 now, $4 how many, $5 when it is sent. What nobody has
/// begun to send takes them in.
pub const PUT_ALERTS: &str =
    "insert into outbox (enterprise_id, channel_id, id, kind, count, state, tries, created_at, due_at, claimed_until)
    select enterprise_id, id, $2, 'alert', $4, 'waiting', 0, $3, $5, 0 from channel
    where enterprise_id = $1 and paused_at is null and told >= 4
    on conflict (enterprise_id, channel_id) where kind = 'alert' and state = 'waiting' and tries = 0 and claimed_until = 0
    do update set count = outbox.count + excluded.count";

pub async fn outbox_insert(
    db: &Db,
    tenant: Tenant,
    channel: Uuid,
    id: Uuid,
    what: What,
    payload: &[u8],
    now: Moment,
) -> Result<bool, StoreError> {
    Ok(in_transaction!(db, tx => {
        let put = sqlx::query(PUT).bind(tenant.id()).bind(channel).bind(id).bind(what).bind(0_i64).bind(payload).bind(now);
        put.execute(&mut *tx).await?.rows_affected() > 0
    }))
}

/// Names something in the outbox.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub struct Letter {
    pub enterprise_id: EnterpriseId,
    pub channel_id: Uuid,
    pub id: Uuid,
}

/// So many are looked up at a time.
pub const AT_ONCE: i64 = 20;
/// So long whoever began to send something has for it.
const LEASE_SECS: i64 = 60;
/// The clocks of two processes differ by less than a minute: a lease beyond that was taken by one that was wrong.
const LONGEST_SECS: i64 = 2 * LEASE_SECS;
/// Nothing waits longer than this for its next try: what says so was written by a clock that was wrong.
const FARTHEST_SECS: i64 = 7 * 60 * 60;

/// What nobody has tried waits less than this: so long alerts are gathered, and what else there is for a receiver that failed.
const FRESH_SECS: i64 = 2 * 60;

/// What can be sent now, whoever's it is.
pub async fn outbox_due(db: &Db, now: Moment) -> Result<Vec<Letter>, StoreError> {
    let sql = "select enterprise_id, channel_id, id from outbox where state = 'waiting' and (due_at <= $1 or due_at > $2 or tries = 0 and due_at > $5)
                 and not (claimed_until > $1 and claimed_until <= $3)
                 and exists (select 1 from channel where channel.enterprise_id = outbox.enterprise_id
                             and channel.id = outbox.channel_id and channel.paused_at is null)
               order by case when kind = 'personal' then 1 else 0 end, due_at limit $4";
    let (far, longest, fresh) = (now.plus_secs(FARTHEST_SECS), now.plus_secs(LONGEST_SECS), now.plus_secs(FRESH_SECS));
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(now).bind(far).bind(longest).bind(AT_ONCE).bind(fresh).fetch_all(pool).await?))
}

/// How much is to be sent by channels that go on, whoever's it is, and since when the oldest of it waits.
pub async fn outbox_waiting(db: &Db) -> Result<(i64, Option<Moment>), StoreError> {
    let sql = "select count(*), min(created_at) from outbox where state = 'waiting'
                 and exists (select 1 from channel where channel.enterprise_id = outbox.enterprise_id
                             and channel.id = outbox.channel_id and channel.paused_at is null)";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).fetch_one(pool).await?))
}

/// How much was given up, whoever's it is.
pub async fn outbox_dead(db: &Db) -> Result<i64, StoreError> {
    let sql = "select count(*) from outbox where state = 'dead'";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).fetch_one(pool).await?))
}

/// What somebody has begun to send.
#[derive(sqlx::FromRow)]
#[expect(clippy::struct_field_names, reason = "it is called as its column is")]
pub struct Claimed {
    pub kind: What,
    pub count: i64,
    pub payload: Option<Vec<u8>>,
    pub tries: i64,
    pub created_at: Moment,
    pub claimed_until: Moment,
}

/// Takes it for a minute; `None` if another has it, or is at it just now. One row and no other is locked: whoever raises alerts waits for
/// nothing else.
pub async fn outbox_claim(db: &Db, letter: Letter, now: Moment) -> Result<Option<Claimed>, StoreError> {
    let sql = format!(
        "update outbox set claimed_until = $6 where enterprise_id = $1 and channel_id = $2 and id in
           (select id from outbox where enterprise_id = $1 and channel_id = $2 and id = $3 and state = 'waiting'
              and (due_at <= $4 or due_at > $5 or tries = 0 and due_at > $8) and not (claimed_until > $4 and claimed_until <= $7){})
         returning kind, count, payload, tries, created_at, claimed_until",
        db.skip_locked()
    );
    let Letter { enterprise_id, channel_id, id } = letter;
    let (far, lease, longest) = (now.plus_secs(FARTHEST_SECS), now.plus_secs(LEASE_SECS), now.plus_secs(LONGEST_SECS));
    Ok(in_transaction!(db, tx => {
        sqlx::query_as(AssertSqlSafe(sql)).bind(enterprise_id).bind(channel_id).bind(id).bind(now).bind(far).bind(lease).bind(longest)
            .bind(now.plus_secs(FRESH_SECS)).fetch_optional(&mut *tx).await?
    }))
}

/// Notes that it was sent: what it said is not needed any more.
pub async fn outbox_sent(db: &Db, letter: Letter, claimed: &Claimed, now: Moment) -> Result<(), StoreError> {
    let sql = "update outbox set state = 'sent', payload = null, error = null, done_at = $5
               where enterprise_id = $1 and channel_id = $2 and id = $3 and state = 'waiting' and claimed_until = $4";
    let Letter { enterprise_id, channel_id, id } = letter;
    in_transaction!(db, tx => {
        sqlx::query(sql).bind(enterprise_id).bind(channel_id).bind(id).bind(claimed.claimed_until).bind(now).execute(&mut *tx).await?;
    });
    Ok(())
}

/// Notes that it was not; it is tried again then, or given up. What else waits for the channel waits until `after`.
pub async fn outbox_failed(
    db: &Db,
    letter: Letter,
    claimed: &Claimed,
    failure: Failure,
    (again, after): (Option<Moment>, Option<Moment>),
    now: Moment,
) -> Result<(), StoreError> {
    let retry = "update outbox set tries = tries + 1, error = $5, due_at = $6, claimed_until = 1
                 where enterprise_id = $1 and channel_id = $2 and id = $3 and state = 'waiting' and claimed_until = $4";
    let give_up = "update outbox set state = 'dead', tries = tries + 1, error = $5, done_at = $6
                   where enterprise_id = $1 and channel_id = $2 and id = $3 and state = 'waiting' and claimed_until = $4";
    // What somebody else is sending just now is theirs: two who fail at once must not wait for each other.
    let others = "update outbox set due_at = $3
                  where enterprise_id = $1 and channel_id = $2 and state = 'waiting' and due_at < $3 and claimed_until <= $4";
    let Letter { enterprise_id, channel_id, id } = letter;
    in_transaction!(db, tx => {
        sqlx::query(if again.is_some() { retry } else { give_up })
            .bind(enterprise_id).bind(channel_id).bind(id).bind(claimed.claimed_until).bind(failure).bind(again.unwrap_or(now))
            .execute(&mut *tx).await?;
        if let Some(after) = after {
            sqlx::query(others).bind(enterprise_id).bind(channel_id).bind(after).bind(now).execute(&mut *tx).await?;
        }
    });
    Ok(())
}

// ---- what the page shows ----------------------------------------------------------------

/// What is on its way to a channel, and when something last came there.
#[derive(sqlx::FromRow)]
pub struct Traffic {
    pub channel_id: Uuid,
    pub waiting: i64,
    pub sent_at: Option<Moment>,
}

pub async fn outbox_traffic(db: &Db, tenant: Tenant) -> Result<Vec<Traffic>, StoreError> {
    let sql = "select channel_id, count(case when state = 'waiting' then 1 end) as waiting,
                 max(case when state = 'sent' then done_at end) as sent_at from outbox where enterprise_id = $1 group by channel_id";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).fetch_all(pool).await?))
}

/// Why something that waits was not sent the last time, by channel.
pub async fn outbox_troubles(db: &Db, tenant: Tenant) -> Result<Vec<(Uuid, Failure)>, StoreError> {
    let sql = "select distinct channel_id, error from outbox where enterprise_id = $1 and state = 'waiting' and error is not null";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).fetch_all(pool).await?))
}

/// What was given up.
#[derive(sqlx::FromRow)]
pub struct Dead {
    pub channel_id: Uuid,
    pub id: Uuid,
    pub kind: What,
    pub count: i64,
    pub created_at: Moment,
    pub error: Option<Failure>,
}

/// The newest of them.
pub async fn dead_list(db: &Db, tenant: Tenant, most: i64) -> Result<Vec<Dead>, StoreError> {
    let sql = "select channel_id, id, kind, count, created_at, error from outbox
               where enterprise_id = $1 and state = 'dead' order by created_at desc, id limit $2";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(most).fetch_all(pool).await?))
}

pub async fn dead_count(db: &Db, tenant: Tenant) -> Result<i64, StoreError> {
    let sql = "select count(*) from outbox where enterprise_id = $1 and state = 'dead'";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(tenant.id()).fetch_one(pool).await?))
}

/// Tries one again from the beginning. False if it was not given up.
pub async fn dead_retry(db: &Db, tenant: Tenant, channel: Uuid, id: Uuid, entry: &Entry) -> Result<bool, StoreError> {
    // A lease that is over, not none: alerts that are raised from now on are told by themselves.
    let sql = "update outbox set state = 'waiting', tries = 0, error = null, done_at = null, due_at = $4, claimed_until = 1
               where enterprise_id = $1 and channel_id = $2 and id = $3 and state = 'dead'";
    Ok(in_transaction!(db, tx => {
        let done = sqlx::query(sql).bind(tenant.id()).bind(channel).bind(id).bind(entry.at).execute(&mut *tx).await?.rows_affected() > 0;
        if done {
            record_in!(tx, entry);
        }
        done
    }))
}

pub async fn dead_delete(db: &Db, tenant: Tenant, channel: Uuid, id: Uuid, entry: &Entry) -> Result<bool, StoreError> {
    let sql = "delete from outbox where enterprise_id = $1 and channel_id = $2 and id = $3 and state = 'dead'";
    Ok(in_transaction!(db, tx => {
        let done = sqlx::query(sql).bind(tenant.id()).bind(channel).bind(id).execute(&mut *tx).await?.rows_affected() > 0;
        if done {
            record_in!(tx, entry);
        }
        done
    }))
}

/// How many go in one transaction.
const PURGED_AT_ONCE: i64 = 500;

/// Deletes some of what was put there by then, whatever became of it; how many.
pub async fn outbox_purge(db: &Db, tenant: Tenant, before: Moment, entry: Option<&Entry>) -> Result<u64, StoreError> {
    let sql = "delete from outbox where enterprise_id = $1 and (channel_id, id) in
                 (select channel_id, id from outbox where enterprise_id = $1 and created_at <= $2 limit $3)";
    Ok(in_transaction!(db, tx => {
        let rows = sqlx::query(sql).bind(tenant.id()).bind(before).bind(PURGED_AT_ONCE).execute(&mut *tx).await?.rows_affected();
        if let Some(entry) = entry.filter(|_| rows > 0) {
            record_in!(tx, entry);
        }
        rows
    }))
}

// ---- what is sealed ---------------------------------------------------------------------

pub const fn settings_cell(id: &[u8]) -> Cell<'_> {
    Cell { table: "channel", column: "settings", row: id }
}

pub const fn payload_cell(id: &[u8]) -> Cell<'_> {
    Cell { table: "outbox", column: "payload", row: id }
}

sealed_column! {
    /// Where channels are, and what signs for them.
    ChannelSettings("channel.settings"), (Uuid, Vec<u8>) from Uuid::nil(),
    list "select id, settings from channel
          where enterprise_id = $1 and id > $2 and substr(settings, 3, 2) < $3 order by id limit $4",
    swap "update channel set settings = $4 where enterprise_id = $1 and id = $2 and settings = $3",
    count "select count(*) from channel where enterprise_id = $1 and substr(settings, 3, 2) < $2",
    |keys, (id, settings)| keys.reseal(settings_cell(id.as_bytes()), settings)
}

sealed_column! {
    /// What is on its way.
    Payloads("outbox.payload"), (Uuid, Vec<u8>) from Uuid::nil(),
    list "select id, payload from outbox
          where enterprise_id = $1 and id > $2 and substr(payload, 3, 2) < $3 order by id limit $4",
    swap "update outbox set payload = $4 where enterprise_id = $1 and id = $2 and payload = $3",
    count "select count(*) from outbox where enterprise_id = $1 and substr(payload, 3, 2) < $2",
    |keys, (id, payload)| keys.reseal(payload_cell(id.as_bytes()), payload)
}
