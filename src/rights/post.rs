//! The forms of this room's pages, posted as plain HTML: on to the page that says what was done, or back with what was typed.

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::provide_context;

use super::{
    answer,
    model::{Form, Posted, Problem, RequestKind},
};
use crate::{
    account::{
        caller::{self, Employee, Permission},
        model::ConsentKind,
    },
    error::{AppError, Result},
    form, link,
    questionnaire::model::FormValues,
    render,
    state::{AppState, Visit},
};

/// More than any field holds; what is longer comes back cut.
const FIELD_CHARS: usize = 2_000;

/// `POST /mine/{enterprise}`
pub async fn rights(State(state): State<AppState>, Path(enterprise): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let taken = match read(&parts, body).await {
        Ok(values) => take(&state, &parts, &enterprise, &values).await,
        Err(error) => Err(error),
    };
    match taken {
        Ok(Ok(path)) => Redirect::to(&path).into_response(),
        Ok(Err(posted)) => {
            let status = status(posted.problem);
            page(state, parts, status, move || provide_context(posted.clone())).await
        }
        Err(error) => render::error_page(state, &parts, error).await,
    }
}

/// `POST /e/{enterprise}/requests`
pub async fn requests(State(state): State<AppState>, Path(enterprise): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let settled = match read(&parts, body).await {
        Ok(values) => settle(&state, &parts, &enterprise, &values).await,
        Err(error) => Err(error),
    };
    match settled {
        Ok(Ok(path)) => Redirect::to(&path).into_response(),
        Ok(Err(refusal)) => {
            let status = status(refusal.2);
            page(state, parts, status, move || provide_context(refusal.clone())).await
        }
        Err(error) => render::error_page(state, &parts, error).await,
    }
}

/// What cannot be read is put into marks that the rooms refuse, so that it comes back too.
async fn read(parts: &Parts, body: Body) -> Result<FormValues> {
    Ok(form::read_body(&parts.headers, body).await?.unwrap_or_else(|garbled| garbled))
}

fn text(values: &FormValues, field: &str) -> String {
    values.all(field).first().map(|value| value.chars().take(FIELD_CHARS).collect()).unwrap_or_default()
}

async fn page(state: AppState, parts: Parts, status: StatusCode, more: impl Fn() + Clone + Send + Sync + 'static) -> Response {
    let mut response = render::page(state, Request::from_parts(parts, Body::empty()), more).await;
    if response.status().is_success() {
        *response.status_mut() = status;
    }
    response
}

fn status(problem: Problem) -> StatusCode {
    match problem {
        Problem::Often => StatusCode::TOO_MANY_REQUESTS,
        Problem::Other(error) => StatusCode::from_u16(error.status()).unwrap_or_default(),
        _ => StatusCode::UNPROCESSABLE_ENTITY,
    }
}

async fn take(state: &AppState, parts: &Parts, enterprise: &str, values: &FormValues) -> Result<Result<String, Posted>> {
    let visit = Visit::new(state.clone(), parts);
    let employee = caller::employee(&visit, enterprise.parse().map_err(|_| AppError::NotFound)?).await?;
    let form = Form::of(values.one("form")).ok_or(AppError::BadRequest)?;
    let posted = |problem| Posted { form, problem, name: text(values, "name"), phone: text(values, "phone"), note: text(values, "note") };
    let path = link::with_query(&link::rights(employee.tenant().id()), format_args!("done={}", form.code()));
    Ok(act(state, &employee, form, values).await.map(|()| path).map_err(posted))
}

async fn act(state: &AppState, employee: &Employee, form: Form, values: &FormValues) -> Result<(), Problem> {
    state.limits.change(employee.id()).map_err(Problem::Other)?;
    let note = text(values, "note");
    match form {
        Form::WithdrawNotice => answer::withdraw(state, employee, ConsentKind::Notice).await,
        Form::WithdrawHealth => answer::withdraw(state, employee, ConsentKind::HealthAndWhereabouts).await,
        Form::Correct => answer::correct(state, employee, &text(values, "name"), &text(values, "phone")).await,
        Form::AskCorrection => answer::ask(state, employee, RequestKind::Correction, &note).await,
        Form::AskDeletion => answer::ask(state, employee, RequestKind::Deletion, &note).await,
        Form::EndDevice => answer::end_device(state, employee, values.one("device")).await,
        Form::EndDevices => answer::end_other_devices(state, employee).await,
    }
}

async fn settle(state: &AppState, parts: &Parts, enterprise: &str, values: &FormValues) -> Result<Result<String, answer::Refusal>> {
    let visit = Visit::new(state.clone(), parts);
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&visit, enterprise, Permission::Requests).await?;
    let (request, reason) = (text(values, "request"), text(values, "reason"));
    let settled = match values.one("to") {
        "done" => answer::settle(state, &scope, &request).await.map(Ok)?,
        // What was typed comes back with everything that may pass.
        "refused" => match answer::refuse(state, &scope, &request, &reason).await {
            Err(error) if !matches!(error, AppError::NotFound | AppError::SignInRequired) => Err(Problem::Other(error)),
            refused => refused?,
        },
        _ => return Err(AppError::BadRequest),
    };
    let path = link::with_query(&link::requests(enterprise), format_args!("done={}", values.one("to")));
    Ok(settled.map(|()| path).map_err(|problem| (request, reason, problem)))
}
