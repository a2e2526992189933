//! The names of everyone who has not declared, as a file: where they are too many for one text to copy.

use axum::{
    extract::{Path, Request, State},
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};

use super::answer;
use crate::{
    account::caller::{self, Permission},
    error::{AppError, Result},
    render,
    state::{AppState, Visit},
};

/// `GET /e/{enterprise}/absent/names.txt`, with the query of the page: one name on each line.
pub async fn text(State(state): State<AppState>, Path(enterprise): Path<String>, request: Request) -> Response {
    let parts = request.into_parts().0;
    match names(&state, &parts, &enterprise).await {
        Ok(names) => {
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8")),
                (header::CACHE_CONTROL, HeaderValue::from_static("private, no-store")),
                (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"names.txt\"")),
            ];
            (headers, names.join("\n")).into_response()
        }
        Err(error) => render::error_page(state, &parts, error).await,
    }
}

async fn names(state: &AppState, parts: &Parts, enterprise: &str) -> Result<Vec<String>> {
    let visit = Visit::new(state.clone(), parts);
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::People).await?;
    answer::absent_names(state, &scope, parts.uri.query().unwrap_or_default()).await
}
