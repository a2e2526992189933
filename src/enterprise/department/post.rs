//! The forms of the departments' page, posted as plain HTML: done and back to the page, or the page with everything that was typed.

use axum::{
    extract::{Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::provide_context;

use super::{
    answer,
    model::{Change, LIST_CHARS, NAME_CHARS, Posted, field},
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

/// `POST /e/{enterprise}/departments`
pub async fn post(State(state): State<AppState>, Path(enterprise): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = Visit::new(state.clone(), &parts);
    let posted = match form::read_body(&parts.headers, body).await {
        Err(error) => return render::error_page(state, &parts, error).await,
        Ok(Err(_)) => return render::error_page(state, &parts, AppError::BadRequest).await,
        Ok(Ok(values)) => match take(&visit, &enterprise, &values).await {
            Ok((enterprise, Ok(()))) => return Redirect::to(&link::departments(enterprise)).into_response(),
            Ok((_, Err(problems))) => Posted { problems, ..typed(&values) },
            Err(AppError::Busy) => Posted { error: Some(AppError::Busy), ..typed(&values) },
            Err(error) => return render::error_page(state, &parts, error).await,
        },
    };
    let status = posted.error.map_or(422, AppError::status);
    let page = Request::from_parts(parts, axum::body::Body::empty());
    let mut response = render::page(state, page, move || provide_context(posted.clone())).await;
    if response.status().is_success() {
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    }
    response
}

async fn take(visit: &Visit, enterprise: &str, values: &FormValues) -> Result<(EnterpriseId, Result<(), Vec<super::model::Problem>>)> {
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(visit, enterprise, Permission::Departments).await?;
    let change = change(values).ok_or(AppError::BadRequest)?;
    Ok((enterprise, answer::change(&visit.state, &scope, change).await?))
}

fn change(values: &FormValues) -> Option<Change> {
    let text = |name: &str| values.one(name).to_owned();
    let department = || values.one(field::DEPARTMENT).parse().ok();
    match values.one(field::ACTION) {
        field::ADD => Some(Change::Add(text(field::NAMES))),
        field::RENAME => Some(Change::Rename(department()?, text(field::NAME))),
        field::REMOVE => Some(Change::Remove { department: department()?, confirmed: values.has(field::CONFIRMED, "yes") }),
        _ => None,
    }
}

/// What was typed, to stand there again.
fn typed(values: &FormValues) -> Posted {
    let text = |name: &str, most: usize| values.one(name).chars().take(most).collect::<String>();
    let changed = values.one(field::DEPARTMENT).parse().ok().map(|department| (department, text(field::NAME, 5 * NAME_CHARS)));
    Posted { names: text(field::NAMES, LIST_CHARS), changed, ..Posted::default() }
}
