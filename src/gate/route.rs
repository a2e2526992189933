//! What a guard opens. Neither page wakes anything up.

use axum::{
    extract::{Path, Request, State},
    http::{HeaderValue, StatusCode, request::Parts},
    response::Response,
};
use chrono::Offset as _;
use data_encoding::BASE64URL_NOPAD;

use super::{
    answer::{self, Found},
    guard_view::{Gate, guard_view},
    scan_view::{forged_view, scan_view},
};
use crate::{
    account::caller,
    enterprise::registry,
    error::{AppError, Result},
    link, render,
    state::{AppState, Visit},
};

/// The guards' page alone may use the camera.
const CAMERA: HeaderValue = HeaderValue::from_static("camera=(self), geolocation=(), microphone=(), payment=(), usb=()");

/// `GET /g/{pass}`: what a camera makes of a pass.
pub async fn scanned(State(state): State<AppState>, Path(token): Path<String>, request: Request) -> Response {
    let parts = request.into_parts().0;
    match answer::check(&Visit::new(state.clone(), &parts), &token).await {
        Ok(checked) => {
            let status = if matches!(checked.found, Found::Good(_)) { StatusCode::OK } else { StatusCode::GONE };
            render::quiet_page(state, &parts, status, move || scan_view(checked.clone())).await
        }
        Err(AppError::NotFound) => render::quiet_page(state, &parts, StatusCode::NOT_FOUND, forged_view).await,
        Err(error) => render::error_page(state, &parts, error).await,
    }
}

/// `GET /gate/{enterprise}`: what checks passes without a line.
pub async fn guard(State(state): State<AppState>, Path(enterprise): Path<String>, request: Request) -> Response {
    let parts = request.into_parts().0;
    match gate(&state, &parts, &enterprise).await {
        Ok(gate) => {
            let mut response = render::quiet_page(state, &parts, StatusCode::OK, move || guard_view(gate.clone())).await;
            response.headers_mut().insert("permissions-policy", CAMERA);
            response
        }
        Err(error) => render::error_page(state, &parts, error).await,
    }
}

async fn gate(state: &AppState, parts: &Parts, enterprise: &str) -> Result<Gate> {
    let visit = Visit::new(state.clone(), parts);
    state.limits.gate(visit.address)?;
    let (guard, key) = caller::guard(&visit, enterprise.parse().map_err(|_| AppError::NotFound)?).await?;
    let enterprise = registry::load(state, guard.tenant()).await?;
    Ok(Gate {
        bytes: BASE64URL_NOPAD.encode(&enterprise.id.to_bytes()),
        zone: state.clock.now().utc().with_timezone(&enterprise.zone()).offset().fix().local_minus_utc(),
        name: enterprise.name,
        key: BASE64URL_NOPAD.encode(&key),
        site: state.public_url.link(link::ENTRY),
    })
}
