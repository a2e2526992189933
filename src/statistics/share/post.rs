//! The form that makes a link, and the picture that a link shows.

use axum::{
    body::Body,
    extract::{Path, Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::Response,
};
use leptos::prelude::provide_context;

use super::{answer, model::Made, picture};
use crate::{
    account::caller::{self, Permission},
    enterprise::picture::drawn,
    error::{AppError, Result},
    form, render,
    state::{AppState, Visit},
    ui::locale::language_of,
};

/// What the picture is called where it is kept.
const FILE: &str = "员工健康申报统计.png";

/// No search engine keeps what is shared.
pub const ROBOTS: (HeaderName, HeaderValue) = (HeaderName::from_static("x-robots-tag"), HeaderValue::from_static("noindex"));

/// How the making of a link went, for the page that shows it once.
#[derive(Clone)]
pub struct MadeNow(pub Made);

/// `POST /e/{enterprise}/share`: freezes the figures of the period in the address, and shows the link once.
pub async fn make(State(state): State<AppState>, Path(enterprise): Path<String>, request: Request) -> Response {
    let (parts, body) = request.into_parts();
    let visit = Visit::new(state.clone(), &parts);
    let query = parts.uri.query().unwrap_or_default().to_owned();
    match made(&visit, &enterprise, &query, &parts.headers, body).await {
        Err(error) => render::error_page(state, &parts, error).await,
        Ok(made) => {
            let status = if matches!(made, Made::Link { .. }) { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
            let page = Request::from_parts(parts, Body::empty());
            let mut response = render::page(state, page, move || provide_context(MadeNow(made.clone()))).await;
            if response.status().is_success() {
                *response.status_mut() = status;
            }
            response
        }
    }
}

async fn made(visit: &Visit, enterprise: &str, query: &str, headers: &HeaderMap, body: Body) -> Result<Made> {
    let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
    let scope = caller::scope(visit, enterprise, Permission::Statistics).await?;
    let values = form::read_body(headers, body).await?.map_err(|_| AppError::BadRequest)?;
    answer::make(&visit.state, &scope, query, values.one("hours")).await
}

/// `GET /s/{token}/picture.png`
pub async fn picture(State(state): State<AppState>, Path(token): Path<String>, request: Request) -> Response {
    let parts = request.into_parts().0;
    let visit = Visit::new(state.clone(), &parts);
    let language = language_of(render::wanted_locale(&parts.headers));
    let mut response = match answer::shared_view(&visit, &token, false).await {
        Ok(shared) => drawn(state, &parts, FILE, move || picture::png(&shared, language)).await,
        Err(error) => render::error_page(state, &parts, error).await,
    };
    response.headers_mut().insert(ROBOTS.0, ROBOTS.1);
    response
}
