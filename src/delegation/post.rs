//! Forms that are posted as plain HTML to where they stand: a manager's request, and the links that are shown once.

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Redirect, Response},
};
use leptos::prelude::provide_context;

use super::{
    answer::{self, MadeNow},
    join,
    model::{JoinPosted, JoinValues, Made},
};
use crate::{
    account::{
        caller::{self, Permission},
        oidc::identity,
    },
    error::{AppError, Result},
    form,
    id::EnterpriseId,
    link,
    questionnaire::model::FormValues,
    render,
    state::{AppState, Visit},
};

/// More than any field holds; what is longer comes back cut.
const FIELD_CHARS: usize = 200;

/// `POST /join/{enterprise}/{token}`
pub async fn ask(State(state): State<AppState>, Path((enterprise, token)): Path<(String, String)>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = Visit::new(state.clone(), &parts);
    let posted = match form::read_body(&parts.headers, body).await {
        Err(error) => JoinPosted { error: Some(error), ..JoinPosted::default() },
        Ok(Err(garbled)) => JoinPosted { values: typed(&garbled), error: Some(AppError::BadRequest), ..JoinPosted::default() },
        Ok(Ok(values)) => {
            let values = typed(&values);
            match take(&visit, &enterprise, &token, &values).await {
                Ok(Ok(path)) if values.verified => {
                    let forget = identity::forget(&visit);
                    return ([(header::SET_COOKIE, forget)], Redirect::to(&path)).into_response();
                }
                Ok(Ok(path)) => return Redirect::to(&path).into_response(),
                Ok(Err(problems)) => JoinPosted { values, problems, ..JoinPosted::default() },
                Err(error) => JoinPosted { values, error: Some(error), ..JoinPosted::default() },
            }
        }
    };
    let status = posted.error.map_or(422, AppError::status);
    let page = Request::from_parts(parts, Body::empty());
    let mut response = render::page(state, page, move || provide_context(posted.clone())).await;
    if response.status().is_success() {
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    }
    response
}

/// Takes a request in; gives where to go on.
async fn take(visit: &Visit, enterprise: &str, token: &str, values: &JoinValues) -> Result<Result<String, Vec<super::model::JoinProblem>>> {
    let enterprise: EnterpriseId = enterprise.parse().map_err(|_| AppError::LinkExpired)?;
    let joining = caller::joining(visit, enterprise, token).await?;
    let asked = join::ask(visit, &joining, token, values).await?;
    Ok(asked.map(|()| link::with_query(&link::join(enterprise, token), "sent=1")))
}

/// The fields, whatever else came with them; a field that is missing is empty.
fn typed(values: &FormValues) -> JoinValues {
    let text = |name: &str| values.all(name).first().map(|value| value.chars().take(FIELD_CHARS).collect()).unwrap_or_default();
    JoinValues {
        name: text("name"),
        kind: text("kind"),
        number: text("number"),
        phone: text("phone"),
        reason: text("reason"),
        form: text("form"),
        verified: values.has("verified", "yes"),
        consent: values.has("consent", "yes"),
    }
}

/// `POST /e/{enterprise}/managers`: makes a link that is shown once.
pub async fn make(State(state): State<AppState>, Path(enterprise): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = Visit::new(state.clone(), &parts);
    let made = match made(&visit, &enterprise, &parts.headers, body).await {
        Err(error @ (AppError::NotFound | AppError::SignInRequired)) => return render::error_page(state, &parts, error).await,
        made => MadeNow(made),
    };
    let status = made.0.as_ref().map_or_else(|error| error.status(), made_status);
    let page = Request::from_parts(parts, Body::empty());
    let mut response = render::page(state, page, move || provide_context(made.clone())).await;
    if response.status().is_success() {
        *response.status_mut() = StatusCode::from_u16(status).unwrap_or_default();
    }
    response
}

const fn made_status(made: &Made) -> u16 {
    match made {
        Made::Invitation { .. } | Made::Enrolment { .. } => 200,
        Made::Enough | Made::HasPasskey(_) => 422,
        Made::EnoughLinks { .. } => AppError::TooManyRequests.status(),
    }
}

async fn made(visit: &Visit, enterprise: &str, headers: &HeaderMap, body: Body) -> Result<Made> {
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(visit, enterprise, Permission::Managers).await?;
    let values = form::read_body(headers, body).await?.map_err(|_| AppError::BadRequest)?;
    match values.one("grant") {
        "" => answer::invite(visit, &scope, values.one("hours")).await,
        grant => answer::enrol(visit, &scope, grant.parse().map_err(|_| AppError::NotFound)?).await,
    }
}
