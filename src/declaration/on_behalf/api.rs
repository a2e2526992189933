//! What the page asks. Its form is a plain one: see `post`.

use leptos::prelude::*;

use super::model::OnBehalfView;
#[cfg(feature = "ssr")]
use super::{answer, model::Whose};
#[cfg(feature = "ssr")]
use crate::{
    account::caller::{self, Permission},
    declaration::Posted,
    error::AppError,
    state::Visit,
};
use crate::{
    error::Result,
    wire::{Packed, Wire},
};

/// The form for an employee.
#[server(prefix = "/api", endpoint = "declare-for", protocol = Wire)]
pub async fn declare_for(enterprise: String, employee: String) -> Result<Packed<OnBehalfView>> {
    form(&enterprise, Whose::Employee(employee.parse().map_err(|_| AppError::NotFound)?)).await
}

/// The form for somebody of the roster who has never claimed.
#[server(prefix = "/api", endpoint = "declare-for-line", protocol = Wire)]
pub async fn declare_for_line(enterprise: String, line: String) -> Result<Packed<OnBehalfView>> {
    form(&enterprise, Whose::Line(line.parse().map_err(|_| AppError::NotFound)?)).await
}

#[cfg(feature = "ssr")]
async fn form(enterprise: &str, whose: Whose) -> Result<Packed<OnBehalfView>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::People).await?;
    let posted = use_context::<Posted>();
    Ok(Packed::of(&answer::form(&visit.state, &scope, whose, posted.as_ref().map(|posted| &*posted.0)).await?))
}
