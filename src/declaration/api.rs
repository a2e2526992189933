//! What the browser may ask of this room.

use leptos::prelude::*;

use super::model::{DeclarePageView, MineView, Outcome, ReceiptView};
#[cfg(feature = "ssr")]
use crate::{
    declaration::{Posted, model::Note, own, submit},
    error::AppError,
    form,
    state::Visit,
};
use crate::{
    error::Result,
    id::{EnterpriseId, ReceiptId},
    wire::{Packed, Wire},
};

/// The form of an enterprise. Where a form was just posted without JavaScript, what became of it.
#[server(prefix = "/api", endpoint = "declaration-form", protocol = Wire)]
pub async fn declaration_form(enterprise: EnterpriseId, same: bool) -> Result<Packed<DeclarePageView>> {
    let visit = Visit::current()?;
    let posted = use_context::<Posted>();
    Ok(Packed::of(&own::form(&visit, enterprise, same, posted.as_ref().map(|posted| &*posted.0)).await?))
}

/// Takes a form as the browser would have posted it.
#[server(prefix = "/api", endpoint = "declare", protocol = Wire)]
pub async fn declare(enterprise: EnterpriseId, form: String) -> Result<Packed<Outcome>> {
    let visit = Visit::current()?;
    let values = form::read(form.as_bytes()).map_err(|_| AppError::BadRequest)?;
    let outcome = submit::submit(&visit, enterprise, values).await?;
    match outcome.note() {
        Some(Note::Busy) => Err(AppError::Busy),
        Some(Note::Often) => Err(AppError::TooManyRequests),
        _ => Ok(Packed::of(&outcome)),
    }
}

/// One of the caller's own declarations.
#[server(prefix = "/api", endpoint = "receipt", protocol = Wire)]
pub async fn show_receipt(receipt: ReceiptId) -> Result<Packed<ReceiptView>> {
    Ok(Packed::of(&own::receipt(&Visit::current()?, receipt).await?))
}

/// All of the caller's own declarations.
#[server(prefix = "/api", endpoint = "mine", protocol = Wire)]
pub async fn my_declarations() -> Result<Packed<Vec<MineView>>> {
    Ok(Packed::of(&own::mine(&Visit::current()?).await?))
}
