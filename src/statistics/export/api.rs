//! What the page of exports asks, and how it is opened. The files have addresses of their own.

use leptos::prelude::*;
#[cfg(feature = "ssr")]
use {
    super::answer,
    crate::{
        account::caller::{self, Permission},
        error::AppError,
        state::Visit,
        ui::language,
    },
};

use super::view::ExportView;
use crate::{
    error::Result,
    wire::{Packed, Wire},
};

/// What can be exported under a filter.
#[server(prefix = "/api", endpoint = "export", protocol = Wire)]
pub async fn load_export(enterprise: String, query: String) -> Result<Packed<ExportView>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Export).await?;
    Ok(Packed::of(&answer::export(&visit, &scope, &query, language()).await?))
}

/// Lets this session export for 15 minutes; the ticket and the credential are those of the step-up. Leads back to the filter of `query`.
#[server(prefix = "/api", endpoint = "allow-export", protocol = Wire)]
pub async fn allow_export(enterprise: String, query: String, ticket: String, credential: String) -> Result<Packed<()>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Export).await?;
    answer::allow(&visit, &scope, &ticket, &credential).await?;
    leptos_axum::redirect(&answer::page(enterprise, &query)?);
    Ok(Packed::of(&()))
}
