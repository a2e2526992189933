//! The form of the page of questionnaires, posted as plain HTML: done and back to the page, or the page with what is wrong.

use axum::{
    extract::{Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::provide_context;

use super::{
    answer,
    model::{Posted, Problem, field},
};
use crate::{
    account::caller::{self, Permission},
    error::{AppError, Result},
    form,
    id::EnterpriseId,
    link,
    questionnaire::model::FormValues,
    render,
    state::{AppState, Visit},
};

/// `POST /e/{enterprise}/questionnaire`
pub async fn post(State(state): State<AppState>, Path(enterprise): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = Visit::new(state.clone(), &parts);
    let posted = match form::read_body(&parts.headers, body).await {
        Err(error) => return render::error_page(state, &parts, error).await,
        Ok(Err(_)) => return render::error_page(state, &parts, AppError::BadRequest).await,
        Ok(Ok(values)) => match take(&visit, &enterprise, &values).await {
            Ok((enterprise, Ok(()))) => return Redirect::to(&link::questionnaire(enterprise)).into_response(),
            Ok((_, Err(problem))) => Posted { problem: Some(problem), error: None },
            Err(AppError::Busy) => Posted { problem: None, error: Some(AppError::Busy) },
            Err(error) => return render::error_page(state, &parts, error).await,
        },
    };
    let status = posted.error.map_or(422, AppError::status);
    let page = Request::from_parts(parts, axum::body::Body::empty());
    let mut response = render::page(state, page, move || provide_context(posted)).await;
    if response.status().is_success() {
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    }
    response
}

async fn take(visit: &Visit, enterprise: &str, values: &FormValues) -> Result<(EnterpriseId, Result<(), Problem>)> {
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(visit, enterprise, Permission::Questionnaire).await?;
    let (before, after) = (values.one(field::BEFORE), values.one(field::CODE));
    if after.is_empty() {
        return Err(AppError::BadRequest);
    }
    let confirmed = values.has(field::CONFIRMED, "yes");
    Ok((enterprise, answer::choose(&visit.state, &scope, before, after, confirmed).await?))
}
