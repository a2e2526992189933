//! What the pages of shared statistics ask of the server. A link is made by a plain form, which shows it once.

use leptos::prelude::*;

use super::model::{ShareView, SharedView};
#[cfg(feature = "ssr")]
use super::{answer, post::MadeNow};
#[cfg(feature = "ssr")]
use crate::{
    account::caller::{self, Permission},
    error::AppError,
    link,
    state::Visit,
    ui::language,
};
use crate::{
    error::Result,
    wire::{Packed, Wire},
};

/// What would be shared of a period, and the links that work.
#[server(prefix = "/api", endpoint = "share", protocol = Wire)]
pub async fn load_share(enterprise: String, query: String) -> Result<Packed<ShareView>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Statistics).await?;
    let made = use_context::<MadeNow>().map(|made| made.0);
    Ok(Packed::of(&answer::page(&visit.state, &scope, &query, language(), made).await?))
}

/// Takes a link back.
#[server(prefix = "/api", endpoint = "end-share", protocol = Wire)]
pub async fn end_share(enterprise: String, share: String) -> Result<Packed<()>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Statistics).await?;
    answer::end(&visit.state, &scope, &share).await?;
    leptos_axum::redirect(&link::share(enterprise));
    Ok(Packed::of(&()))
}

/// What a link tells.
#[server(prefix = "/api", endpoint = "shared", protocol = Wire)]
pub async fn load_shared(token: String) -> Result<Packed<SharedView>> {
    let visit = Visit::current()?;
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.insert_header(super::post::ROBOTS.0, super::post::ROBOTS.1);
    }
    Ok(Packed::of(&answer::shared_view(&visit, &token, true).await?))
}
