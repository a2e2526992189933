//! The forms of the reminders' page, posted as plain HTML: done and back to the page, or the page with what was typed.

use axum::{
    body::Body,
    extract::{Path, Request, State as Shared},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::provide_context;

use super::{
    answer,
    model::{PlanValues, Posted, Problem, State, WORDS_CHARS, field},
};
use crate::{
    account::caller::{self, Permission},
    error::{AppError, Result},
    form, link,
    questionnaire::model::FormValues,
    render,
    state::{AppState, Visit},
};

/// `POST /e/{enterprise}/reminders`
pub async fn reminders(Shared(state): Shared<AppState>, Path(enterprise): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let values = match form::read_body(&parts.headers, body).await {
        Ok(Ok(values)) => values,
        Ok(Err(_)) => return render::error_page(state, &parts, AppError::BadRequest).await,
        Err(error) => return render::error_page(state, &parts, error).await,
    };
    let problems = match take(&state, &parts, &enterprise, &values).await {
        Ok(Ok(path)) => return Redirect::to(&path).into_response(),
        Ok(Err(problems)) => problems,
        Err(AppError::Busy) => vec![Problem::Other(AppError::Busy)],
        Err(error) => return render::error_page(state, &parts, error).await,
    };
    let status = match problems.first() {
        Some(Problem::Other(error)) => error.status(),
        Some(Problem::TooSoon) => 429,
        _ => 422,
    };
    let posted = Posted { values: (values.one(field::ACTION) == field::SAVE).then(|| typed(&values)), problems };
    let mut response = render::page(state, Request::from_parts(parts, Body::empty()), move || provide_context(posted.clone())).await;
    if response.status().is_success() {
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    }
    response
}

async fn take(state: &AppState, parts: &Parts, enterprise: &str, values: &FormValues) -> Result<Result<String, Vec<Problem>>> {
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&Visit::new(state.clone(), parts), enterprise, Permission::Managers).await?;
    let path = |done: &str| link::with_query(&link::reminders(enterprise), format_args!("{}={done}", field::DONE));
    match values.one(field::ACTION) {
        field::SAVE => Ok(answer::save(state, &scope, &typed(values)).await?.map(|()| path(field::SAVE))),
        field::NOW => Ok(answer::now(state, &scope).await?.map(|what| path(done(what))).map_err(|problem| vec![problem])),
        _ => Err(AppError::BadRequest),
    }
}

const fn done(what: State) -> &'static str {
    match what {
        State::Sent | State::Skipped => field::NOW,
        State::Nobody => "nobody",
        State::Unknown => "unknown",
    }
}

fn typed(values: &FormValues) -> PlanValues {
    let text = |name: &str, most: usize| values.one(name).chars().take(most).collect::<String>();
    PlanValues {
        times: field::TIMES.iter().map(|name| text(name, 10)).collect(),
        days: text(field::DAYS, 20),
        weekdays: values.all(field::WEEKDAY).iter().take(7).filter_map(|weekday| weekday.parse().ok()).collect(),
        words: text(field::WORDS, 5 * WORDS_CHARS),
        active: values.has(field::ACTIVE, "yes"),
    }
}
