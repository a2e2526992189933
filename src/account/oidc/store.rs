//! All SQL of identity providers: flows under way, and who a representative is to a provider. An employee's identity is written
//! together with the employee, in the room's own store.

use uuid::Uuid;

use crate::{
    account::token::TokenHash,
    audit::entry::{Entry, record_in},
    db::{Db, in_transaction, on_pool},
    error::StoreError,
    period::Moment,
    vault::sealed_column::sealed_column,
};

/// A person as a provider knows them, both as keyed hashes.
#[derive(Debug, Clone, Copy)]
pub struct Identity {
    pub subject_index: [u8; 32],
    pub issuer_index: [u8; 32],
}

// ---- flows: the secret is the caller ----------------------------------------------------

/// Keeps a flow; those that are over go.
pub async fn flow_insert(
    db: &Db,
    secret: TokenHash,
    state: Option<TokenHash>,
    content: &[u8],
    now: Moment,
    expires_at: Moment,
) -> Result<(), StoreError> {
    let sql = "insert into flow (secret_hash, state_hash, content, expires_at) values ($1, $2, $3, $4)";
    let state = state.map(|state| state.0.to_vec());
    in_transaction!(db, tx => {
        sqlx::query(FLOW_DELETE_OVER).bind(now).execute(&mut *tx).await?;
        sqlx::query(sql).bind(&secret.0[..]).bind(state).bind(content).bind(expires_at).execute(&mut *tx).await?;
    });
    Ok(())
}

/// Flows that ended by then: $1.
pub const FLOW_DELETE_OVER: &str = "delete from flow where expires_at <= $1";

sealed_column! {
    /// Flows under way.
    Flows("flow.content"), (Vec<u8>, Vec<u8>) from Vec::new(),
    list "select secret_hash, content from flow
          where $1 = 0 and secret_hash > $2 and substr(content, 3, 2) < $3 order by secret_hash limit $4",
    swap "update flow set content = $4 where $1 = 0 and secret_hash = $2 and content = $3",
    count "select count(*) from flow where $1 = 0 and substr(content, 3, 2) < $2",
    |keys, (hash, content)| keys.reseal(super::flow::cell(hash), content)
}

/// Takes a flow out by both its secret and its state: it serves once, and whoever knows only one of them ends nothing.
pub async fn flow_take(db: &Db, secret: TokenHash, state: TokenHash, now: Moment) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "delete from flow where secret_hash = $1 and state_hash = $2 returning content, expires_at";
    let row: Option<(Vec<u8>, Moment)> = in_transaction!(db, tx => {
        sqlx::query_as(sql).bind(&secret.0[..]).bind(&state.0[..]).fetch_optional(&mut *tx).await?
    });
    Ok(row.filter(|(_, expires_at)| *expires_at > now).map(|(content, _)| content))
}

/// What was kept for this browser after the provider had answered.
pub async fn answered_find(db: &Db, secret: TokenHash, now: Moment) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "select content from flow where secret_hash = $1 and state_hash is null and expires_at > $2";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(&secret.0[..]).bind(now).fetch_optional(pool).await?))
}

/// Forgets it.
pub async fn answered_delete(db: &Db, secret: TokenHash) -> Result<(), StoreError> {
    let sql = "delete from flow where secret_hash = $1 and state_hash is null";
    in_transaction!(db, tx => {
        sqlx::query(sql).bind(&secret.0[..]).execute(&mut *tx).await?;
    });
    Ok(())
}

// ---- representatives ---------------------------------------------------------------------

/// Binds a representative to an identity, or finds them bound to it. False if the identity is someone else's, or the
/// representative has another one with this issuer.
pub async fn viewer_identity_bind(db: &Db, representative: Uuid, identity: Identity, entry: &Entry) -> Result<bool, StoreError> {
    let bind = "insert into viewer_identity (subject_index, issuer_index, viewer_id, created_at)
                values ($1, $2, $3, $4) on conflict do nothing";
    let (subject, issuer) = (&identity.subject_index[..], &identity.issuer_index[..]);
    Ok(in_transaction!(db, tx => {
        let first = sqlx::query(bind).bind(subject).bind(issuer).bind(representative).bind(entry.at).execute(&mut *tx).await?;
        if first.rows_affected() > 0 {
            record_in!(tx, entry);
        }
        sqlx::query(VIEWER_IDENTITY_BOUND).bind(subject).bind(representative).fetch_optional(&mut *tx).await?.is_some()
    }))
}

/// Whether an identity is a representative's: $1 subject, $2 whose.
pub const VIEWER_IDENTITY_BOUND: &str = "select 1 from viewer_identity where subject_index = $1 and viewer_id = $2";

pub const VIEWER_IDENTITY_DELETE: &str = "delete from viewer_identity where viewer_id = $1";

/// Forgets every identity of a representative; says how many there were.
pub async fn viewer_identity_release(db: &Db, representative: Uuid, entry: &Entry) -> Result<u64, StoreError> {
    Ok(in_transaction!(db, tx => {
        let released = sqlx::query(VIEWER_IDENTITY_DELETE).bind(representative).execute(&mut *tx).await?.rows_affected();
        if released > 0 {
            record_in!(tx, entry);
        }
        released
    }))
}
