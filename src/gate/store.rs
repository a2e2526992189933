//! All SQL of this room: the tables `gate_key` and `gate_contact`.

use crate::{
    account::caller::Tenant,
    audit::entry::{Entry, record_in},
    db::{Db, in_transaction, on_pool},
    error::StoreError,
    id::EnterpriseId,
    period::Moment,
    vault::{Cell, sealed_column::sealed_column},
};

/// With what an enterprise signs.
#[derive(sqlx::FromRow)]
pub struct KeyRow {
    pub public_key: Vec<u8>,
    pub secret: Vec<u8>,
}

pub async fn key_find(db: &Db, tenant: Tenant) -> Result<Option<KeyRow>, StoreError> {
    let sql = "select public_key, secret from gate_key where enterprise_id = $1";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).fetch_optional(pool).await?))
}

/// By what an enterprise's passes are checked: for whoever holds one, and knows no more.
pub async fn public_key_find(db: &Db, enterprise: EnterpriseId) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "select public_key from gate_key where enterprise_id = $1";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(enterprise).fetch_optional(pool).await?))
}

/// Keeps the first.
pub async fn key_insert(db: &Db, tenant: Tenant, key: &KeyRow, now: Moment) -> Result<(), StoreError> {
    let sql = "insert into gate_key (enterprise_id, public_key, secret, created_at) values ($1, $2, $3, $4)
               on conflict (enterprise_id) do nothing";
    in_transaction!(db, tx => {
        sqlx::query(sql).bind(tenant.id()).bind(&key.public_key).bind(&key.secret).bind(now).execute(&mut *tx).await?;
    });
    Ok(())
}

/// Keeps this one, whatever was there: what the other signed is void.
pub async fn key_replace(db: &Db, tenant: Tenant, key: &KeyRow, entry: &Entry) -> Result<(), StoreError> {
    let sql = "insert into gate_key (enterprise_id, public_key, secret, created_at) values ($1, $2, $3, $4)
               on conflict (enterprise_id) do update
               set public_key = excluded.public_key, secret = excluded.secret, created_at = excluded.created_at";
    in_transaction!(db, tx => {
        sqlx::query(sql).bind(tenant.id()).bind(&key.public_key).bind(&key.secret).bind(entry.at).execute(&mut *tx).await?;
        record_in!(tx, entry);
    });
    Ok(())
}

pub async fn contact_find(db: &Db, tenant: Tenant) -> Result<Option<Vec<u8>>, StoreError> {
    let sql = "select contact from gate_contact where enterprise_id = $1";
    Ok(on_pool!(db, pool => sqlx::query_scalar(sql).bind(tenant.id()).fetch_optional(pool).await?))
}

/// Says whom employees can call; none: nobody any more.
pub async fn contact_set(db: &Db, tenant: Tenant, contact: Option<&[u8]>, entry: &Entry) -> Result<(), StoreError> {
    let set = "insert into gate_contact (enterprise_id, contact, changed_at) values ($1, $2, $3)
               on conflict (enterprise_id) do update set contact = excluded.contact, changed_at = excluded.changed_at";
    let forget = "delete from gate_contact where enterprise_id = $1";
    in_transaction!(db, tx => {
        match contact {
            Some(contact) => sqlx::query(set).bind(tenant.id()).bind(contact).bind(entry.at).execute(&mut *tx).await?,
            None => sqlx::query(forget).bind(tenant.id()).execute(&mut *tx).await?,
        };
        record_in!(tx, entry);
    });
    Ok(())
}

/// Bound to the public half: no other fits it.
pub const fn secret_cell(public_key: &[u8]) -> Cell<'_> {
    Cell { table: "gate_key", column: "secret", row: public_key }
}

/// An enterprise has one: nothing else names it.
pub const fn contact_cell() -> Cell<'static> {
    Cell { table: "gate_contact", column: "contact", row: &[] }
}

sealed_column! {
    /// The private halves of the keys that sign passes.
    SigningKeys("gate_key.secret"), (Vec<u8>, Vec<u8>) from Vec::new(),
    list "select public_key, secret from gate_key
          where enterprise_id = $1 and public_key > $2 and substr(secret, 3, 2) < $3 order by public_key limit $4",
    swap "update gate_key set secret = $4 where enterprise_id = $1 and public_key = $2 and secret = $3",
    count "select count(*) from gate_key where enterprise_id = $1 and substr(secret, 3, 2) < $2",
    |keys, (public_key, secret)| keys.reseal(secret_cell(public_key), secret)
}

sealed_column! {
    /// Whom employees can call.
    Contacts("gate_contact.contact"), (EnterpriseId, Vec<u8>) from EnterpriseId::from_bits(0),
    list "select enterprise_id, contact from gate_contact
          where enterprise_id = $1 and enterprise_id > $2 and substr(contact, 3, 2) < $3 order by enterprise_id limit $4",
    swap "update gate_contact set contact = $4 where enterprise_id = $1 and enterprise_id = $2 and contact = $3",
    count "select count(*) from gate_contact where enterprise_id = $1 and substr(contact, 3, 2) < $2",
    |keys, (_, contact)| keys.reseal(contact_cell(), contact)
}
