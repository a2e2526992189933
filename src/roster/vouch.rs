//! Whether an enterprise's roster vouches for somebody at its gate: what a census says of one person, from the few rows that are theirs.

use super::{
    model::Kept,
    store::{self, Decision},
};
use crate::{account::caller::Tenant, error::StoreError, id::EmployeeId, period::Day, state::AppState, vault::newest_version};

/// What a roster says of somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Vouched {
    /// There is none: the enterprise knows what people say of themselves.
    NoRoster,
    /// They are on a line of it, with this name or with another.
    Yes { by_name: bool },
    /// They are on no line, their line has ended, or they were rejected.
    No,
}

pub async fn vouched(state: &AppState, tenant: Tenant, employee: EmployeeId, name: &str, today: Day) -> Result<Vouched, StoreError> {
    if !store::entry_is_any(&state.db, tenant).await? {
        return Ok(Vouched::NoRoster);
    }
    let decided = store::decision_find(&state.db, tenant, employee).await?;
    if matches!(decided, Some((Decision::Rejected, _))) {
        return Ok(Vouched::No);
    }
    let mut line = store::entry_of(&state.db, tenant, employee).await?;
    if let (None, Some((Decision::Merged, Some(entry)))) = (&line, decided) {
        line = store::entry_find(&state.db, tenant, entry).await?;
    }
    let Some(line) = line.filter(|line| line.left_on.is_none_or(|left| today < left)) else { return Ok(Vouched::No) };
    let keys = state.vault.keys_for(&state.db, tenant.id(), newest_version([&line.person])).await?;
    Ok(Vouched::Yes { by_name: Kept::open(&keys, line.id, &line.person)?.person.name == name })
}
