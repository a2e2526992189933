//! What the page of this room asks of the server. It changes things by plain forms: see `post`.

use leptos::prelude::*;

use super::model::RemindersView;
#[cfg(feature = "ssr")]
use super::{answer, model::Posted};
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

/// When reminders of an enterprise are sent, and were.
#[server(prefix = "/api", endpoint = "reminders", protocol = Wire)]
pub async fn reminders(enterprise: String) -> Result<Packed<RemindersView>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Managers).await?;
    Ok(Packed::of(&answer::page(&visit.state, &scope, use_context::<Posted>().unwrap_or_default()).await?))
}
