//! The form that says whom employees can call, posted as plain HTML: done and back to the page, or the page with what was typed.

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{StatusCode, request::Parts},
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

/// `POST /e/{enterprise}/gate`
pub async fn post(State(state): State<AppState>, Path(enterprise): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let values = match form::read_body(&parts.headers, body).await {
        Ok(Ok(values)) => values,
        Ok(Err(_)) => return render::error_page(state, &parts, AppError::BadRequest).await,
        Err(error) => return render::error_page(state, &parts, error).await,
    };
    let problems = match take(&state, &parts, &enterprise, &values).await {
        Ok((enterprise, Ok(()))) => return Redirect::to(&link::gate(enterprise)).into_response(),
        Ok((_, Err(problems))) => problems,
        Err(AppError::Busy) => vec![Problem::Other(AppError::Busy)],
        Err(error) => return render::error_page(state, &parts, error).await,
    };
    let status = match problems.first() {
        Some(Problem::Other(error)) => error.status(),
        _ => 422,
    };
    let posted = Posted { typed: answer::typed(values.one(field::NAME), values.one(field::PHONE)), problems };
    let mut response = render::page(state, Request::from_parts(parts, Body::empty()), move || provide_context(posted.clone())).await;
    if response.status().is_success() {
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    }
    response
}

async fn take(state: &AppState, parts: &Parts, enterprise: &str, values: &FormValues) -> Result<(EnterpriseId, Result<(), Vec<Problem>>)> {
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&Visit::new(state.clone(), parts), enterprise, Permission::Invite).await?;
    let typed = answer::typed(values.one(field::NAME), values.one(field::PHONE));
    Ok((enterprise, answer::set_contact(state, &scope, &typed).await?))
}
