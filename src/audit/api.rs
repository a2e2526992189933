//! What the browser may ask of this room.

use leptos::prelude::*;

use super::model::AuditView;
#[cfg(feature = "ssr")]
use crate::{
    account::caller::{self, Permission},
    audit::answer,
    error::AppError,
    state::Visit,
    ui::language,
};
use crate::{
    error::Result,
    wire::{Packed, Wire},
};

/// The entries of an enterprise, newest first; `query` may say `before=` which number.
#[server(prefix = "/api", endpoint = "audit", protocol = Wire)]
pub async fn audit(enterprise: String, query: String) -> Result<Packed<AuditView>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Audit).await?;
    let before = super::model::before(&query).ok_or(AppError::BadRequest)?;
    Ok(Packed::of(&answer::page(&visit.state, &scope, before, language()).await?))
}
