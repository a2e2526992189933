//! What the pages of this room ask of the server.

use leptos::prelude::*;

use super::model::{GrantView, JoinForm, ManagersView};
#[cfg(feature = "ssr")]
use super::{answer, join};
#[cfg(feature = "ssr")]
use crate::{
    account::caller::{self, Permission},
    error::AppError,
    link,
    state::Visit,
};
use crate::{
    error::Result,
    wire::{Packed, Wire},
};

/// The form of a link by which somebody asks to become a manager. `sent` is what its own answer leads to.
#[server(prefix = "/api", endpoint = "join-form", protocol = Wire)]
pub async fn load_join_form(enterprise: String, token: String, #[server(default)] sent: bool) -> Result<Packed<JoinForm>> {
    if sent {
        return Ok(Packed::of(&JoinForm { sent, ..JoinForm::default() }));
    }
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::LinkExpired)?;
    Ok(Packed::of(&join::form(&visit, enterprise, &token).await?))
}

/// The managers of an enterprise, and who asks to be one.
#[server(prefix = "/api", endpoint = "managers", protocol = Wire)]
pub async fn load_managers(enterprise: String) -> Result<Packed<ManagersView>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Managers).await?;
    Ok(Packed::of(&answer::managers(&visit, &scope).await?))
}

/// A request; the page's own query says what was chosen for it.
#[server(prefix = "/api", endpoint = "manager-request", protocol = Wire)]
pub async fn load_request(enterprise: String, request: String, query: String) -> Result<Packed<GrantView>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Managers).await?;
    let request = request.parse().map_err(|_| AppError::NotFound)?;
    Ok(Packed::of(&answer::grant_view(&visit, &scope, request, &query).await?))
}

/// Grants it on the terms of the query; the ticket and the credential are those of the step-up.
#[server(prefix = "/api", endpoint = "grant-manager", protocol = Wire)]
pub async fn grant_manager(enterprise: String, request: String, query: String, ticket: String, credential: String) -> Result<Packed<()>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Managers).await?;
    let request = request.parse().map_err(|_| AppError::NotFound)?;
    answer::grant(&visit, &scope, request, &query, &ticket, &credential).await?;
    leptos_axum::redirect(&link::managers(enterprise));
    Ok(Packed::of(&()))
}

/// Forgets a request.
#[server(prefix = "/api", endpoint = "decline-manager", protocol = Wire)]
pub async fn decline_manager(enterprise: String, request: String) -> Result<Packed<()>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Managers).await?;
    answer::decline(&visit, &scope, request.parse().map_err(|_| AppError::NotFound)?).await?;
    leptos_axum::redirect(&link::managers(enterprise));
    Ok(Packed::of(&()))
}

/// Ends a grant, from the manager's next request on.
#[server(prefix = "/api", endpoint = "revoke-manager", protocol = Wire)]
pub async fn revoke_manager(enterprise: String, grant: String) -> Result<Packed<()>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Managers).await?;
    answer::revoke(&visit, &scope, grant.parse().map_err(|_| AppError::NotFound)?).await?;
    leptos_axum::redirect(&link::managers(enterprise));
    Ok(Packed::of(&()))
}

/// Takes an invitation back.
#[server(prefix = "/api", endpoint = "end-manager-invitation", protocol = Wire)]
pub async fn end_manager_invitation(enterprise: String, invitation: String) -> Result<Packed<()>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Managers).await?;
    answer::end_invitation(&visit, &scope, invitation.parse().map_err(|_| AppError::NotFound)?).await?;
    leptos_axum::redirect(&link::managers(enterprise));
    Ok(Packed::of(&()))
}
