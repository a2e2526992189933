//! What the browser may ask of this room.

use leptos::prelude::*;

use super::model::{DeclareView, MineView, Outcome, ReceiptView};
#[cfg(feature = "ssr")]
use crate::{
    declaration::{
        Posted,
        model::{Note, read_form},
        own, submit,
    },
    error::AppError,
    state::Visit,
};
use crate::{
    error::Result,
    id::{EnterpriseId, ReceiptId},
};

/// The form of an enterprise. Where a form was just posted without JavaScript, what became of it.
#[server(prefix = "/api", endpoint = "declaration-form")]
pub async fn declaration_form(enterprise: EnterpriseId, same: bool) -> Result<DeclareView> {
    let visit = Visit::current()?;
    let posted = use_context::<Posted>();
    own::form(&visit, enterprise, same, posted.as_ref().map(|posted| &*posted.0)).await
}

/// Takes a form as the browser would have posted it.
#[server(prefix = "/api", endpoint = "declare")]
pub async fn declare(enterprise: EnterpriseId, form: String) -> Result<Outcome> {
    let visit = Visit::current()?;
    let values = read_form(form.as_bytes()).map_err(|_| AppError::BadRequest)?;
    let outcome = submit::submit(&visit, enterprise, values).await?;
    if outcome.note() == Some(Note::Busy) { Err(AppError::Busy) } else { Ok(outcome) }
}

/// One of the caller's own declarations.
#[server(prefix = "/api", endpoint = "receipt")]
pub async fn show_receipt(receipt: ReceiptId) -> Result<ReceiptView> {
    own::receipt(&Visit::current()?, receipt).await
}

/// All of the caller's own declarations.
#[server(prefix = "/api", endpoint = "mine")]
pub async fn my_declarations() -> Result<Vec<MineView>> {
    own::mine(&Visit::current()?).await
}
