//! What the page of trends asks of the server.

use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::answer;
use super::model::TrendView;
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

/// The last days, side by side.
#[server(prefix = "/api", endpoint = "trend", protocol = Wire)]
pub async fn trend(enterprise: String, query: String) -> Result<Packed<TrendView>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Statistics).await?;
    Ok(Packed::of(&answer::trend(&visit.state, &scope, &query, language()).await?))
}
