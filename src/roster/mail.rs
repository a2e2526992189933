//! Where people of the roster are written to.

use std::collections::{HashMap, HashSet};

use super::{model::Kept, store};
use crate::{
    account::caller::Tenant,
    error::StoreError,
    id::EntryId,
    state::AppState,
    vault::{TenantKeys, newest_version},
};

/// The addresses of those of these lines that have one. They stand in no census: the lines are opened for it.
#[expect(clippy::implicit_hasher, reason = "it has one caller")]
pub async fn addresses(state: &AppState, tenant: Tenant, wanted: &HashSet<EntryId>) -> Result<HashMap<EntryId, String>, StoreError> {
    let (mut found, mut after) = (HashMap::new(), EntryId(uuid::Uuid::nil()));
    loop {
        let rows = store::entry_list_after(&state.db, tenant, after).await?;
        let Some(last) = rows.last() else { return Ok(found) };
        after = last.id;
        let keys = state.vault.keys_for(&state.db, tenant.id(), newest_version(rows.iter().map(|row| &row.person))).await?;
        let wanted: Vec<store::EntryRow> = rows.into_iter().filter(|row| wanted.contains(&row.id)).collect();
        // A task that was cut off by the server's stop is as good as a busy database.
        found.extend(tokio::task::spawn_blocking(move || opened(&keys, &wanted)).await.map_err(|_| StoreError::Busy)??);
    }
}

fn opened(keys: &TenantKeys, rows: &[store::EntryRow]) -> Result<Vec<(EntryId, String)>, StoreError> {
    let mut addresses = Vec::new();
    for row in rows {
        let kept = Kept::open(keys, row.id, &row.person)?;
        if !kept.mail.is_empty() {
            addresses.push((row.id, kept.mail));
        }
    }
    Ok(addresses)
}
