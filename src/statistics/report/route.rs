//! The picture of a day's report.

use axum::{
    extract::{Path, Request, State},
    http::request::Parts,
    response::Response,
};

use super::{answer, model::Sheet, picture};
use crate::{
    account::caller::{self, Permission},
    enterprise::picture::drawn,
    error::{AppError, Result},
    render,
    state::{AppState, Visit},
};

/// `GET /e/{enterprise}/report.png?day=2026-11-25`
pub async fn picture(State(state): State<AppState>, Path(enterprise): Path<String>, request: Request) -> Response {
    let parts = request.into_parts().0;
    match sheet(&state, &parts, &enterprise).await {
        Ok(sheet) => {
            let name = format!("{}.png", sheet.title);
            drawn(state, &parts, &name, move || picture::png(&sheet)).await
        }
        Err(error) => render::error_page(state, &parts, error).await,
    }
}

async fn sheet(state: &AppState, parts: &Parts, enterprise: &str) -> Result<Sheet> {
    let visit = Visit::new(state.clone(), parts);
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Statistics).await?;
    let locale = render::wanted_locale(&parts.headers);
    answer::sheet_of(state, &scope, parts.uri.query().unwrap_or_default(), locale).await
}
