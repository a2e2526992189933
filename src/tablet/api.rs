//! What the pages of tablets ask of the server. What they change they change by plain forms: see `post`.

use leptos::prelude::*;

use super::model::{SetUpView, TabletsView};
#[cfg(feature = "ssr")]
use super::{answer, post::MadeNow};
#[cfg(feature = "ssr")]
use crate::{
    account::caller::{self, Permission},
    error::AppError,
    state::Visit,
};
use crate::{
    account::model::ClaimForm,
    error::Result,
    wire::{Packed, Wire},
};

/// An enterprise's tablets.
#[server(prefix = "/api", endpoint = "tablets", protocol = Wire)]
pub async fn tablets(enterprise: String) -> Result<Packed<TabletsView>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Tablets).await?;
    let made = use_context::<MadeNow>().map(|made| made.0);
    Ok(Packed::of(&answer::tablets(&visit.state, &scope, made).await?))
}

/// What a link is about to make of this device.
#[server(prefix = "/api", endpoint = "tablet-link", protocol = Wire)]
pub async fn tablet_link(link: String) -> Result<Packed<SetUpView>> {
    Ok(Packed::of(&answer::set_up_view(&Visit::current()?, &link).await?))
}

/// The blank form of a tablet. Whoever sat there before is gone.
#[server(prefix = "/api", endpoint = "tablet-form", protocol = Wire)]
pub async fn tablet_form() -> Result<Packed<ClaimForm>> {
    Ok(Packed::of(&answer::form(&Visit::current()?).await?))
}
