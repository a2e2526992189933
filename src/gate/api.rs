//! What the page of this room asks of the server. Its form is a plain one: see `post`.

use leptos::prelude::*;

use super::model::GateView;
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

/// The link for guards, and whom employees can call.
#[server(prefix = "/api", endpoint = "gate", protocol = Wire)]
pub async fn gate(enterprise: String) -> Result<Packed<GateView>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Invite).await?;
    Ok(Packed::of(&answer::page(&visit.state, &scope, use_context::<Posted>().unwrap_or_default()).await?))
}
