//! The form as it is posted: on to what was stored, or back to the page with what was typed.

use std::sync::Arc;

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::provide_context;

use super::{
    answer::{self, Sent},
    model::Whose,
};
use crate::{
    account::caller::{self, Permission},
    declaration::{
        Posted,
        model::{Note, Outcome, Stage},
        post::{error_page, status},
    },
    error::{AppError, Result},
    form,
    id::EnterpriseId,
    link,
    questionnaire::model::FormValues,
    render,
    state::{AppState, Visit},
};

/// `POST /e/{enterprise}/people/{employee}/declare`
pub async fn employee(State(state): State<AppState>, Path((enterprise, employee)): Path<(String, String)>, request: Request) -> Response {
    take(state, &enterprise, employee.parse().map(Whose::Employee).ok(), request).await
}

/// `POST /e/{enterprise}/roster/{line}/declare`
pub async fn line(State(state): State<AppState>, Path((enterprise, line)): Path<(String, String)>, request: Request) -> Response {
    take(state, &enterprise, line.parse().map(Whose::Line).ok(), request).await
}

async fn take(state: AppState, enterprise: &str, whose: Option<Whose>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let (values, intact) = match form::read_body(&parts.headers, body).await {
        Ok(Ok(values)) => (values, true),
        Ok(Err(values)) => (values, false),
        Err(error) => return error_page(state, &parts, error, FormValues::default()).await,
    };
    let visit = Visit::new(state.clone(), &parts);
    match outcome(&visit, enterprise, whose, values.clone(), intact).await {
        Ok((enterprise, Sent::Done(employee, change))) => {
            let page = link::with_query(&link::person(enterprise, employee), format_args!("declaration={change}"));
            Redirect::to(&page).into_response()
        }
        Ok((_, Sent::Back(outcome))) => {
            // Nothing is wrong with it, and it was not stored: the page says why.
            let refused = outcome.stage(false) == Stage::Fresh && values.one(crate::declaration::model::STEP) == "submit";
            let status = if refused { StatusCode::UNPROCESSABLE_ENTITY } else { status(&outcome) };
            let posted = Posted(Arc::new(outcome));
            let request = Request::from_parts(parts, Body::empty());
            let mut response = render::page(state, request, move || provide_context(posted.clone())).await;
            if response.status() == StatusCode::OK {
                *response.status_mut() = status;
            }
            response
        }
        // What was typed stands under the error, to be copied: whoever may declare no more has lost nothing.
        Err(error) => error_page(state, &parts, error, values).await,
    }
}

async fn outcome(visit: &Visit, enterprise: &str, whose: Option<Whose>, values: FormValues, intact: bool) -> Result<(EnterpriseId, Sent)> {
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(visit, enterprise, Permission::People).await?;
    let whose = whose.ok_or(AppError::NotFound)?;
    if !intact {
        return Ok((enterprise, Sent::Back(Outcome::noted(values, Note::Encoding))));
    }
    Ok((enterprise, answer::submit(&visit.state, &scope, whose, values).await?))
}
