//! All SQL of this room: the tables `enterprise`, `enterprise_code` and `invitation`.

use uuid::Uuid;

use super::{
    model::{Enterprise, Previous, Uscc},
    registry,
};
use crate::{
    account::{
        caller::Tenant,
        representative::{Appointment, REPRESENTATIVE_UNLINK_OTHERS, VIEWER_FIND, ViewerRow, appoint_in},
    },
    audit::{
        entry::{Entry, record_in},
        model::Action,
    },
    db::{Db, in_transaction, on_pool},
    delegation::end::end_with_representative_in,
    error::StoreError,
    id::EnterpriseId,
    period::Moment,
    vault::sealed_column::sealed_column,
};

/// An enterprise to be registered, with its first invitation.
pub struct NewEnterprise {
    pub enterprise: Enterprise,
    pub invitation: NewInvitation,
    pub representative: Option<Appointment>,
    /// That the operator did so.
    pub entries: Vec<Entry>,
}

/// Who represents an enterprise from now on, and nobody else.
pub struct Replacement {
    pub tenant: Tenant,
    pub representative: Appointment,
    /// By the operator: what it is written down with.
    pub entry: Entry,
}

/// What became of enterprises that were registered, and of those whose representative was replaced.
pub enum Imported {
    /// Nothing: the code of the enterprise in this position is registered already.
    Exists(usize),
    /// So many people do not represent their enterprise any more.
    Removed(usize),
}

/// A code as it is stored: a hash to find it by, and itself sealed so that it can be shown again.
pub struct NewInvitation {
    pub code_hash: [u8; 32],
    pub code: Vec<u8>,
}

/// A code in use.
#[derive(sqlx::FromRow)]
pub struct InvitationRow {
    pub code_hash: Vec<u8>,
    pub code: Vec<u8>,
    pub created_at: Moment,
    /// `None` for the one that is current.
    pub valid_until: Option<Moment>,
}

#[derive(sqlx::FromRow)]
struct EnterpriseRow {
    id: EnterpriseId,
    uscc: String,
    name: String,
    timezone: String,
    questionnaire: String,
    questionnaire_before: Option<String>,
    questionnaire_since: Option<Moment>,
}

impl EnterpriseRow {
    fn into_enterprise(self) -> Result<Enterprise, StoreError> {
        let uscc = Uscc::parse(&self.uscc).map_err(|_| StoreError::Row { table: "enterprise", column: "uscc" })?;
        let previous = self.questionnaire_before.zip(self.questionnaire_since);
        let previous = previous.map(|(questionnaire, until)| Previous { questionnaire, until });
        Ok(Enterprise { id: self.id, name: self.name, uscc, timezone: self.timezone, questionnaire: self.questionnaire, previous })
    }
}

/// The enterprise of a tenant.
pub async fn enterprise_find(db: &Db, tenant: Tenant) -> Result<Option<Enterprise>, StoreError> {
    let sql = "select id, uscc, name, timezone, questionnaire, questionnaire_before, questionnaire_since from enterprise where id = $1";
    let row: Option<EnterpriseRow> = on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).fetch_optional(pool).await?);
    row.map(EnterpriseRow::into_enterprise).transpose()
}

/// By its code. For the operator at the terminal, who has no tenant yet.
pub async fn enterprise_find_by_uscc(db: &Db, uscc: &Uscc) -> Result<Option<Enterprise>, StoreError> {
    let sql = "select id, uscc, name, timezone, questionnaire, questionnaire_before, questionnaire_since from enterprise where uscc = $1";
    let row: Option<EnterpriseRow> = on_pool!(db, pool => sqlx::query_as(sql).bind(uscc.as_str()).fetch_optional(pool).await?);
    row.map(EnterpriseRow::into_enterprise).transpose()
}

/// Every enterprise, oldest first. For the operator at the terminal.
pub async fn enterprise_list(db: &Db) -> Result<Vec<Enterprise>, StoreError> {
    let sql =
        "select id, uscc, name, timezone, questionnaire, questionnaire_before, questionnaire_since from enterprise order by created_at, id";
    let rows: Vec<EnterpriseRow> = on_pool!(db, pool => sqlx::query_as(sql).fetch_all(pool).await?);
    rows.into_iter().map(EnterpriseRow::into_enterprise).collect()
}

/// Makes somebody the only representative of an enterprise; gives how many others were.
macro_rules! replace_in {
    ($tx:ident, $replacement:expr) => {{
        let Replacement { tenant, representative, entry }: &Replacement = $replacement;
        let appointed = appoint_in!($tx, representative, tenant.id(), entry.at) > 0;
        let kept: ViewerRow = sqlx::query_as(VIEWER_FIND).bind(&representative.document_index[..]).fetch_one(&mut *$tx).await?;
        let removed: Vec<Uuid> =
            sqlx::query_scalar(REPRESENTATIVE_UNLINK_OTHERS).bind(tenant.id()).bind(kept.id).fetch_all(&mut *$tx).await?;
        // Rows first: whoever holds one of them may wait for the enterprise's head.
        let mut ended = Vec::new();
        for representative in &removed {
            ended.extend(end_with_representative_in!($tx, tenant, *representative, entry.at));
        }
        if appointed {
            record_in!($tx, &entry.also(Action::AppointRepresentative).on(kept.id));
        }
        for representative in &removed {
            record_in!($tx, &entry.also(Action::DismissRepresentative).on(*representative));
        }
        for (action, object) in ended {
            record_in!($tx, &entry.also(action).on(object));
        }
        removed.len()
    }};
}

/// Registers all of them and replaces the representatives of the others, or does nothing of it. Whatever somebody granted who
/// represents an enterprise no longer ends with it.
pub async fn enterprise_import(db: &Db, new: &[NewEnterprise], replacements: &[Replacement], now: Moment) -> Result<Imported, StoreError> {
    let code_sql = "insert into enterprise_code (uscc, enterprise_id) values ($1, $2) on conflict do nothing";
    // Without saying which conflict: where enterprises are spread over several machines, the code is unique in its own table alone.
    let enterprise_sql = "insert into enterprise (id, uscc, name, timezone, questionnaire, created_at) values ($1, $2, $3, $4, $5, $6)
                          on conflict do nothing";
    let mut removed = 0;
    in_transaction!(db, tx => {
        for (position, NewEnterprise { enterprise, invitation, representative, entries }) in new.iter().enumerate() {
            let code = sqlx::query(code_sql).bind(enterprise.uscc.as_str()).bind(enterprise.id).execute(&mut *tx).await?;
            if code.rows_affected() == 0 {
                return Ok(Imported::Exists(position));
            }
            let done = sqlx::query(enterprise_sql)
                .bind(enterprise.id)
                .bind(enterprise.uscc.as_str())
                .bind(&enterprise.name)
                .bind(&enterprise.timezone)
                .bind(&enterprise.questionnaire)
                .bind(now)
                .execute(&mut *tx)
                .await?;
            if done.rows_affected() == 0 {
                return Ok(Imported::Exists(position));
            }
            sqlx::query(INVITATION_INSERT)
                .bind(enterprise.id)
                .bind(&invitation.code_hash[..])
                .bind(&invitation.code)
                .bind(now)
                .execute(&mut *tx)
                .await?;
            if let Some(representative) = representative {
                appoint_in!(tx, representative, enterprise.id, now);
            }
            for entry in entries {
                record_in!(tx, entry);
            }
        }
        for replacement in replacements {
            removed += replace_in!(tx, replacement);
        }
    });
    Ok(Imported::Removed(removed))
}

/// A questionnaire that takes the place of another.
pub struct Choice {
    pub id: Uuid,
    pub before: String,
    pub after: String,
}

/// Puts a questionnaire in the place of the one that is in force, and takes a number of the enterprise's counter; `false`, and nothing,
/// where that is not the one before any more.
pub async fn questionnaire_set(db: &Db, tenant: Tenant, choice: &Choice, entry: &Entry) -> Result<bool, StoreError> {
    let set = "update enterprise set questionnaire = $2, questionnaire_before = $3, questionnaire_since = $4, change = change + 1
               where id = $1 and questionnaire = $3";
    let insert = "insert into questionnaire_choice (enterprise_id, id, chosen_at, before, after) values ($1, $2, $3, $4, $5)";
    let Choice { id, before, after } = choice;
    in_transaction!(db, tx => {
        let done = sqlx::query(set).bind(tenant.id()).bind(after).bind(before).bind(entry.at).execute(&mut *tx).await?;
        if done.rows_affected() == 0 {
            tx.rollback().await?;
            return Ok(false);
        }
        sqlx::query(insert).bind(tenant.id()).bind(id).bind(entry.at).bind(before).bind(after).execute(&mut *tx).await?;
        record_in!(tx, entry);
    });
    Ok(true)
}

/// The codes of the questionnaire that was in force before a choice, and of the one that is since.
pub async fn questionnaire_choice(db: &Db, tenant: Tenant, id: Uuid) -> Result<Option<(String, String)>, StoreError> {
    let sql = "select before, after from questionnaire_choice where enterprise_id = $1 and id = $2";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(id).fetch_optional(pool).await?))
}

/// Takes a number of the enterprise's counter, so that every census hears of it.
pub async fn head_count_set(db: &Db, tenant: Tenant, count: Option<i64>, entry: &Entry) -> Result<(), StoreError> {
    let sql = "update enterprise set head_count = $2, change = change + 1 where id = $1";
    in_transaction!(db, tx => {
        sqlx::query(sql).bind(tenant.id()).bind(count).execute(&mut *tx).await?;
        record_in!(tx, entry);
    });
    Ok(())
}

const INVITATION_INSERT: &str = "insert into invitation (enterprise_id, code_hash, code, created_at) values ($1, $2, $3, $4)";

sealed_column! {
    /// The codes of invitations.
    Invitations("invitation.code"), (Vec<u8>, Vec<u8>) from Vec::new(),
    list "select code_hash, code from invitation
          where enterprise_id = $1 and code_hash > $2 and substr(code, 3, 2) < $3 order by code_hash limit $4",
    swap "update invitation set code = $4 where enterprise_id = $1 and code_hash = $2 and code = $3",
    count "select count(*) from invitation where enterprise_id = $1 and substr(code, 3, 2) < $2",
    |keys, (code_hash, code)| keys.reseal(registry::cell(code_hash), code)
}

/// Whether a code of this enterprise works now. Public: one look-up by primary key.
pub async fn invitation_works(db: &Db, enterprise: EnterpriseId, code_hash: &[u8; 32], now: Moment) -> Result<bool, StoreError> {
    let sql = "select 1 from invitation where enterprise_id = $1 and code_hash = $2 and (valid_until is null or valid_until > $3)";
    let found: Option<i32> =
        on_pool!(db, pool => sqlx::query_scalar(sql).bind(enterprise).bind(&code_hash[..]).bind(now).fetch_optional(pool).await?);
    Ok(found.is_some())
}

/// The codes that work now; the current one last.
pub async fn invitation_list(db: &Db, tenant: Tenant, now: Moment) -> Result<Vec<InvitationRow>, StoreError> {
    let sql = "select code_hash, code, created_at, valid_until from invitation
               where enterprise_id = $1 and (valid_until is null or valid_until > $2)
               order by case when valid_until is null then 1 else 0 end, valid_until";
    Ok(on_pool!(db, pool => sqlx::query_as(sql).bind(tenant.id()).bind(now).fetch_all(pool).await?))
}

/// Replaces the current code. No older one outlives `older_until` either: who ends a leaked code now ends them all.
pub async fn invitation_replace(
    db: &Db,
    tenant: Tenant,
    new: &NewInvitation,
    older_until: Moment,
    entry: &Entry,
) -> Result<(), StoreError> {
    // Takes the enterprise's row first, so that of two replacements at once the second sees the first's code.
    let lock_sql = "update enterprise set change = change where id = $1";
    let end_sql = "update invitation set valid_until = $2 where enterprise_id = $1 and (valid_until is null or valid_until > $2)";
    in_transaction!(db, tx => {
        sqlx::query(lock_sql).bind(tenant.id()).execute(&mut *tx).await?;
        sqlx::query(end_sql).bind(tenant.id()).bind(older_until).execute(&mut *tx).await?;
        sqlx::query(INVITATION_INSERT).bind(tenant.id()).bind(&new.code_hash[..]).bind(&new.code).bind(entry.at).execute(&mut *tx).await?;
        record_in!(tx, entry);
    });
    Ok(())
}

/// Deletes codes that have not worked since then.
pub async fn invitation_purge(db: &Db, tenant: Tenant, ended: Moment, entry: Option<&Entry>) -> Result<u64, StoreError> {
    let sql = "delete from invitation where enterprise_id = $1 and valid_until <= $2";
    Ok(in_transaction!(db, tx => {
        let deleted = sqlx::query(sql).bind(tenant.id()).bind(ended).execute(&mut *tx).await?.rows_affected();
        if let Some(entry) = entry.filter(|_| deleted > 0) {
            record_in!(tx, entry);
        }
        deleted
    }))
}
