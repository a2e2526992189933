//! What the page asks. Its form is a plain one: see `post`.

use leptos::prelude::*;

#[cfg(feature = "ssr")]
use super::answer;
use super::model::ChoiceView;
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

/// The questionnaires that an enterprise can choose from.
#[server(prefix = "/api", endpoint = "questionnaires", protocol = Wire)]
pub async fn questionnaires(enterprise: String, query: String) -> Result<Packed<ChoiceView>> {
    let visit = Visit::current()?;
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Questionnaire).await?;
    Ok(Packed::of(&answer::page(&visit.state, &scope, &query, language()).await?))
}
