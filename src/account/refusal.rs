//! Refusals of people who are known, written down. Who is not known leaves nothing: a stranger must not fill the entries. How often
//! somebody may try is limited where a ceremony or a flow begins.

use uuid::Uuid;

use super::passkey;
use crate::{
    audit::{
        entry::{Entry, record},
        model::{Action, ActorKind},
    },
    error::AppError,
    state::Visit,
};

/// Writes down that somebody was refused as this person, and gives the refusal. What is no refusal is none of its business. Where it
/// cannot be written, the refusal stands all the same.
pub async fn noted(visit: &Visit, person: Uuid, error: AppError) -> AppError {
    let refused =
        matches!(error, AppError::VerificationFailed | AppError::VerificationRefused | AppError::NameDiffers | AppError::IdentityTaken);
    if refused && let Err(error) = write(visit, person).await {
        tracing::error!(%error, "a refusal could not be written down");
    }
    error
}

async fn write(visit: &Visit, person: Uuid) -> Result<(), AppError> {
    let (state, keys) = (&visit.state, passkey::system_keys(visit).await?);
    // Whoever it was, it was not they: that is why.
    let entry = Entry::by_itself(keys, ActorKind::Server, state.clock.now(), Action::RefuseVerification).on(person);
    Ok(record(&state.db, &entry).await?)
}
