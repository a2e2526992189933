//! What the pages of this room ask the server.

use leptos::prelude::*;

use super::model::{Grace, Invitation, OwnEnterprises};
#[cfg(feature = "ssr")]
use super::registry;
#[cfg(feature = "ssr")]
use crate::{
    account::caller::{self, Permission},
    error::AppError,
    state::Visit,
};
use crate::{
    error::Result,
    id::EnterpriseId,
    wire::{Packed, Wire},
};

/// The enterprises of whoever is signed in, by name: those that they represent, and those that they were let look at.
#[server(prefix = "/api", endpoint = "enterprises", protocol = Wire)]
pub async fn enterprises() -> Result<Packed<OwnEnterprises>> {
    let visit = Visit::current()?;
    let viewer = caller::viewer(&visit).await?;
    Ok(Packed::of(&registry::enterprises(&visit, &viewer).await?))
}

/// What to share with the employees of an enterprise.
#[server(prefix = "/api", endpoint = "invitation", protocol = Wire)]
pub async fn show_invitation(enterprise: EnterpriseId) -> Result<Packed<Invitation>> {
    let visit = Visit::current()?;
    let scope = caller::scope(&visit, enterprise, Permission::Invite).await?;
    Ok(Packed::of(&registry::invitation(&visit.state, &scope).await?))
}

/// Replaces the code of an enterprise; `confirmed` is the tick that says so. Its form is an `ActionForm`, which wants the
/// framework's own protocol.
#[server(prefix = "/api", endpoint = "replace-invitation")]
pub async fn replace_invitation(enterprise: EnterpriseId, grace: Grace, #[server(default)] confirmed: bool) -> Result<()> {
    let visit = Visit::current()?;
    let scope = caller::scope(&visit, enterprise, Permission::Invite).await?;
    if !confirmed {
        return Err(AppError::BadRequest);
    }
    registry::rotate(&visit.state, &scope, grace).await
}
