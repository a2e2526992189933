//! What the browser calls an employee by, to keep their drafts and what waits to be sent apart from everyone else's.

use data_encoding::HEXLOWER;

use super::caller::Employee;
use crate::{error::StoreError, state::AppState};

/// The enterprise, and a keyed hash: whoever finds it in a phone's storage learns nothing from it, and the next person on that phone has
/// another.
pub async fn owner(state: &AppState, employee: &Employee) -> Result<String, StoreError> {
    let enterprise = employee.tenant().id();
    let keys = state.vault.keys(&state.db, enterprise).await?;
    Ok(format!("{enterprise}-{}", HEXLOWER.encode(&keys.index("owner", &employee.id().to_string())[..8])))
}
