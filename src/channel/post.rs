//! The forms of the channels' page, posted as plain HTML: done and back to the page, or the page with what was typed.

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::provide_context;
use uuid::Uuid;

use super::{
    answer,
    model::{ADDRESS_BYTES, Change, ChannelValues, NAME_CHARS, Posted, Problem, Told, field},
};
use crate::{
    account::caller::{self, Permission},
    error::{AppError, Result},
    form, link,
    questionnaire::model::FormValues,
    render,
    state::{AppState, Visit},
};

/// `POST /e/{enterprise}/channels`
pub async fn channels(State(state): State<AppState>, Path(enterprise): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let values = match form::read_body(&parts.headers, body).await {
        Ok(Ok(values)) => values,
        Ok(Err(_)) => return render::error_page(state, &parts, AppError::BadRequest).await,
        Err(error) => return render::error_page(state, &parts, error).await,
    };
    let posted = match take(&state, &parts, &enterprise, &values).await {
        Ok(Ok(path)) => return Redirect::to(&path).into_response(),
        Ok(Err(problems)) => Posted { problems, values: typed(&values) },
        Err(error @ (AppError::Busy | AppError::TooManyRequests)) => {
            Posted { problems: vec![Problem::Other(error)], values: typed(&values) }
        }
        Err(error) => return render::error_page(state, &parts, error).await,
    };
    let status = match posted.problems.first() {
        Some(Problem::Other(error)) => error.status(),
        _ => 422,
    };
    let mut response = render::page(state, Request::from_parts(parts, Body::empty()), move || provide_context(posted.clone())).await;
    if response.status().is_success() {
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    }
    response
}

async fn take(state: &AppState, parts: &Parts, enterprise: &str, values: &FormValues) -> Result<Result<String, Vec<Problem>>> {
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(&Visit::new(state.clone(), parts), enterprise, Permission::Managers).await?;
    let change = change(values).ok_or(AppError::BadRequest)?;
    let path = link::with_query(&link::channels(enterprise), format_args!("{}={}", field::DONE, values.one(field::ACTION)));
    let locale = render::wanted_locale(&parts.headers);
    Ok(answer::change(state, &scope, change, crate::ui::locale::language_of(locale)).await?.map(|()| path))
}

fn change(values: &FormValues) -> Option<Change> {
    let id = |name: &str| Uuid::try_parse(values.one(name)).ok();
    let channel = || id(field::CHANNEL);
    match values.one(field::ACTION) {
        field::ADD => Some(Change::Add(ChannelValues { secret: values.one(field::SECRET).to_owned(), ..typed(values) })),
        field::TELL => Some(Change::Tell(channel()?, told(values))),
        field::TEST => Some(Change::Test(channel()?)),
        field::PAUSE => Some(Change::Pause(channel()?)),
        field::RESUME => Some(Change::Resume(channel()?)),
        field::REMOVE => Some(Change::Remove(channel()?)),
        field::RETRY => Some(Change::Retry(channel()?, id(field::LETTER)?)),
        field::DROP => Some(Change::Drop(channel()?, id(field::LETTER)?)),
        _ => None,
    }
}

fn told(values: &FormValues) -> Told {
    let ticked = |name: &str| values.has(name, "yes");
    Told { reminders: ticked(field::REMINDERS), names: ticked(field::NAMES), alerts: ticked(field::ALERTS) }
}

/// What was typed, to stand there again; without the secret.
fn typed(values: &FormValues) -> ChannelValues {
    let text = |name: &str, most: usize| values.one(name).chars().take(most).collect::<String>();
    ChannelValues {
        kind: text(field::KIND, 20),
        name: text(field::NAME, 5 * NAME_CHARS),
        address: text(field::ADDRESS, 2 * ADDRESS_BYTES),
        secret: String::new(),
        told: told(values),
    }
}
