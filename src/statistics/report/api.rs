//! What the page of a day's report asks of the server.

use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::answer;
use super::model::ReportView;
#[cfg(feature = "ssr")]
use crate::{
    account::caller::{self, Permission},
    error::AppError,
    state::Visit,
    ui::locale::locale,
};
use crate::{
    error::Result,
    wire::{Packed, Wire},
};

/// What a day came to.
#[server(prefix = "/api", endpoint = "report", protocol = Wire)]
pub async fn report(enterprise: String, query: String) -> Result<Packed<ReportView>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Statistics).await?;
    Ok(Packed::of(&answer::report(&visit.state, &scope, &query, locale()).await?))
}
