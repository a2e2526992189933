//! What the pages of this room ask of the server; what is done about an alert comes by plain forms: see `post`.

use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::answer;
use super::view::{AlertView, AlertsView};
#[cfg(feature = "ssr")]
use crate::{
    account::caller::{self, Permission},
    error::AppError,
    state::Visit,
    ui::language,
};
use crate::{
    error::Result,
    wire::{Packed, Wire},
};

/// A page of an enterprise's alerts.
#[server(prefix = "/api", endpoint = "alerts", protocol = Wire)]
pub async fn alerts(enterprise: String, query: String) -> Result<Packed<AlertsView>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::People).await?;
    Ok(Packed::of(&answer::alerts(&visit.state, &scope, &query, language()).await?))
}

/// One alert, with its person.
#[server(prefix = "/api", endpoint = "alert", protocol = Wire)]
pub async fn alert(enterprise: String, alert: String) -> Result<Packed<AlertView>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::People).await?;
    Ok(Packed::of(&answer::alert(&visit.state, &scope, &alert, language(), use_context().unwrap_or_default()).await?))
}
