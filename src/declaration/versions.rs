//! Questionnaires that were answered and are gone: the operator should know at the start, not from a figure that is too small.

use super::store;
use crate::{error::StoreError, questionnaire::catalogue::Catalogue, state::AppState};

/// The code and version of each questionnaire that declarations answered and the catalogue does not have.
pub async fn missing(state: &AppState) -> Result<Vec<(String, i64)>, StoreError> {
    let mut missing = Vec::new();
    for (code, version) in store::answered_versions(&state.db).await? {
        if !has(&state.catalogue, &code, version) && store::declaration_answers(&state.db, &code, version).await? {
            missing.push((code, version));
        }
    }
    Ok(missing)
}

fn has(catalogue: &Catalogue, code: &str, version: i64) -> bool {
    u32::try_from(version).is_ok_and(|version| catalogue.get(code, version).is_some())
}

/// One warning for each in the log. Where a file is gone it looks for a declaration that needs it, so nobody should wait for it.
pub async fn warn_of_missing(state: AppState) {
    match missing(&state).await {
        Ok(missing) => {
            for (questionnaire, version) in missing {
                tracing::warn!(
                    questionnaire,
                    version,
                    "declarations answered this version, and its file is gone: put it back, or their temperatures are in no band"
                );
            }
        }
        Err(error) => tracing::warn!(%error, "could not look for questionnaires that are gone"),
    }
}
