//! What is put in the outbox within the transaction of what it tells of.

use uuid::Uuid;

pub use super::store::{CHANNELS_PAUSE, PUT, PUT_ALERTS, PUT_AT_ONCE, PUT_MANY};
use super::{
    model::{ALERTS_BIT, Kind, Settings, Told, What},
    payload::Payload,
    store,
};
use crate::{account::caller::Tenant, error::StoreError, state::AppState, vault::newest_version};

/// So many seconds alerts are gathered before they are sent.
pub const GATHER_SECS: i64 = 60;
const _: () = assert!(ALERTS_BIT == 4, "the statement asks for it");

/// Tells the channels of alerts, within the transaction that raises them: `put_alerts_in!(tx, enterprise, count, now)`.
macro_rules! put_alerts_in {
    ($tx:ident, $enterprise:expr, $count:expr, $now:expr) => {{
        let (enterprise, count, now): ($crate::id::EnterpriseId, i64, $crate::period::Moment) = ($enterprise, $count, $now);
        sqlx::query($crate::channel::tell::PUT_ALERTS)
            .bind(enterprise)
            .bind($crate::random::uuid())
            .bind(now)
            .bind(count)
            .bind(now.plus_secs($crate::channel::tell::GATHER_SECS))
            .execute(&mut *$tx)
            .await?;
    }};
}
pub(crate) use put_alerts_in;

/// Something to be put in the outbox.
pub struct Parcel {
    pub channel: Uuid,
    pub id: Uuid,
    pub what: What,
    pub count: i64,
    pub payload: Vec<u8>,
}

impl Parcel {
    /// Whether it goes to the same channel and says as much.
    pub fn is_like(&self, other: &Self) -> bool {
        (self.channel, self.what, self.count) == (other.channel, other.what, other.count)
    }
}

/// Puts it there, within a transaction that is under way: `put_in!(tx, enterprise, &parcels, now)`.
macro_rules! put_in {
    ($tx:ident, $enterprise:expr, $parcels:expr, $now:expr) => {{
        let (enterprise, now): ($crate::id::EnterpriseId, $crate::period::Moment) = ($enterprise, $now);
        let parcels: &[$crate::channel::tell::Parcel] = $parcels;
        for alike in parcels.chunk_by($crate::channel::tell::Parcel::is_like) {
            let many = alike.chunks_exact($crate::channel::tell::PUT_AT_ONCE);
            let rest = many.remainder();
            for some in many {
                let put = sqlx::query($crate::channel::tell::PUT_MANY.as_str());
                let put = put.bind(enterprise).bind(some[0].channel).bind(some[0].what).bind(some[0].count).bind(now);
                some.iter().fold(put, |put, parcel| put.bind(parcel.id).bind(&parcel.payload)).execute(&mut *$tx).await?;
            }
            for parcel in rest {
                sqlx::query($crate::channel::tell::PUT)
                    .bind(enterprise)
                    .bind(parcel.channel)
                    .bind(parcel.id)
                    .bind(parcel.what)
                    .bind(parcel.count)
                    .bind(&parcel.payload)
                    .bind(now)
                    .execute(&mut *$tx)
                    .await?;
            }
        }
    }};
}
pub(crate) use put_in;

/// A channel that goes on.
pub struct Open {
    pub id: Uuid,
    pub kind: Kind,
    pub name: String,
    pub told: Told,
    pub settings: Settings,
}

/// Those of an enterprise's channels that are not paused.
pub async fn open(state: &AppState, tenant: Tenant) -> Result<Vec<Open>, StoreError> {
    let rows = store::channel_list(&state.db, tenant).await?;
    let keys = state.vault.keys_for(&state.db, tenant.id(), newest_version(rows.iter().map(|row| &row.settings))).await?;
    let open = rows.into_iter().filter(|row| row.paused_at.is_none()).map(|row| {
        let settings = Settings::open(&keys, row.id, &row.settings)?;
        Ok(Open { id: row.id, kind: row.kind, name: settings.name.clone(), told: Told::of_bits(row.told), settings })
    });
    open.collect()
}

/// Seals what a channel is told.
pub fn parcel(keys: &crate::vault::TenantKeys, channel: Uuid, what: What, count: u32, payload: &Payload) -> Parcel {
    let id = crate::random::uuid();
    Parcel { channel, id, what, count: count.into(), payload: payload.seal(keys, id) }
}
