//! What the pages of this room ask. They change things by plain forms: see `post`.

use leptos::prelude::*;

use super::model::{AbsentView, ImportView, RosterView};
#[cfg(feature = "ssr")]
use super::{
    answer, import,
    model::{FileProblem, field},
};
#[cfg(feature = "ssr")]
use crate::{
    account::caller::{self, Permission},
    error::AppError,
    state::Visit,
};
use crate::{
    error::Result,
    wire::{Packed, Wire},
};

/// A list of the roster, or of people who are on none.
#[server(prefix = "/api", endpoint = "roster", protocol = Wire)]
pub async fn roster(enterprise: String, query: String) -> Result<Packed<RosterView>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::People).await?;
    Ok(Packed::of(&answer::roster(&visit.state, &scope, &query).await?))
}

/// A file on its way into the roster.
#[server(prefix = "/api", endpoint = "roster-import", protocol = Wire)]
pub async fn roster_import(enterprise: String, query: String) -> Result<Packed<ImportView>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Departments).await?;
    let wanted = query.trim_start_matches('?').strip_prefix(field::UPLOAD).and_then(|rest| rest.strip_prefix('='));
    let wanted = wanted.map(|text| text.parse().map_err(|_| AppError::NotFound)).transpose()?;
    let view = import::page(&visit.state, &scope, wanted).await?;
    Ok(Packed::of(&ImportView { problem: use_context::<FileProblem>(), ..view }))
}

/// Who was waited for on a day and did not declare.
#[server(prefix = "/api", endpoint = "absent", protocol = Wire)]
pub async fn absent(enterprise: String, query: String) -> Result<Packed<AbsentView>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::People).await?;
    Ok(Packed::of(&answer::absent(&visit.state, &scope, &query).await?))
}
