//! What the browser may ask of this room.

use leptos::prelude::*;

use super::model::{RequestsView, RightsView};
#[cfg(feature = "ssr")]
use crate::{
    account::caller::{self, Permission},
    error::AppError,
    link,
    rights::answer,
    state::Visit,
    ui::language,
};
use crate::{
    error::Result,
    wire::{Packed, Wire},
};

/// What an enterprise holds on the caller; `text`: with the copy of it as text.
#[server(prefix = "/api", endpoint = "rights", protocol = Wire)]
pub async fn rights(enterprise: String, #[server(default)] text: bool) -> Result<Packed<RightsView>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let employee = caller::employee(&visit, enterprise).await?;
    Ok(Packed::of(&answer::rights(&visit.state, &employee, text, language(), use_context()).await?))
}

/// What the employees of an enterprise ask for.
#[server(prefix = "/api", endpoint = "requests", protocol = Wire)]
pub async fn requests(enterprise: String) -> Result<Packed<RequestsView>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Requests).await?;
    Ok(Packed::of(&answer::requests(&visit, &scope, use_context()).await?))
}

/// Deletes who asked for it, and all that is held on them; the ticket and the credential are those of the step-up.
#[server(prefix = "/api", endpoint = "delete-person", protocol = Wire)]
pub async fn delete_person(enterprise: String, request: String, ticket: String, credential: String) -> Result<Packed<()>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Requests).await?;
    answer::delete(&visit, scope, &request, &ticket, &credential).await?;
    leptos_axum::redirect(&link::with_query(&link::requests(enterprise), "done=deleted"));
    Ok(Packed::of(&()))
}
