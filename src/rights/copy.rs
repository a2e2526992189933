//! A copy of everything that an enterprise holds on an employee, as far as their device may see it: `docs/privacy.md` has its fields.

use axum::{
    extract::{Path, Request, State},
    http::{HeaderValue, header, request::Parts},
    response::{IntoResponse, Response},
};
use serde_json::{Value, json};

use super::answer::{consent_view, own_requests};
use crate::{
    account::{
        caller::{self, Employee},
        claim, data, department,
        model::Phone,
    },
    audit,
    declaration::copy as declarations,
    enterprise::{model::Enterprise, registry},
    error::{AppError, Result},
    language::Language,
    render,
    state::{AppState, Visit},
    ui::locale::language_of,
};

/// The format of the copy; raised when a field is renamed or goes.
const FORMAT: u32 = 2;
/// So many looks it lists: more than three years of them.
const LOOKS: i64 = 10_000;

/// `GET /mine/{enterprise}/copy.json`
pub async fn download(State(state): State<AppState>, Path(enterprise): Path<String>, request: Request) -> Response {
    let parts = request.into_parts().0;
    match whole(&state, &parts, &enterprise).await {
        Ok(text) => {
            let headers = [
                (header::CONTENT_TYPE, HeaderValue::from_static("application/json; charset=utf-8")),
                (header::CONTENT_DISPOSITION, HeaderValue::from_static("attachment; filename=\"shenbao.json\"")),
                (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
            ];
            (headers, text).into_response()
        }
        Err(error) => render::error_page(state, &parts, error).await,
    }
}

async fn whole(state: &AppState, parts: &Parts, enterprise: &str) -> Result<String> {
    let visit = Visit::new(state.clone(), parts);
    let employee = caller::employee(&visit, enterprise.parse().map_err(|_| AppError::NotFound)?).await?;
    let enterprise = registry::load(state, employee.tenant()).await?;
    let language = language_of(render::wanted_locale(&parts.headers));
    text(state, &employee, &enterprise, language).await
}

/// The copy as JSON. That it was taken is written down before it leaves.
pub async fn text(state: &AppState, employee: &Employee, enterprise: &Enterprise, language: Language) -> Result<String> {
    state.limits.copy(employee.id())?;
    let copy = copy(state, employee, enterprise, language).await?;
    data::copied(state, employee).await?;
    serde_json::to_string_pretty(&copy).map_err(|_| AppError::Internal)
}

async fn copy(state: &AppState, employee: &Employee, enterprise: &Enterprise, language: Language) -> Result<Value> {
    let person = claim::person(state, employee).await?;
    let consents = data::consents(state, employee).await?;
    let consents: Vec<_> = consents.iter().map(|row| consent_view(row, enterprise, language)).collect();
    let devices = data::devices(state, employee).await?.into_iter().map(|device| {
        let ended = device.ended_at.map(|at| enterprise.local_time(at));
        json!({ "level": device.level, "made_at": enterprise.local_time(device.made_at), "ended_at": ended })
    });
    Ok(json!({
        "format": FORMAT,
        "made_at": enterprise.local_time(state.clock.now()),
        "time_zone": enterprise.timezone,
        "enterprise": { "name": enterprise.name, "uscc": enterprise.uscc.as_str() },
        "person": {
            "name": person.name,
            "document": { "kind": person.document.kind, "number": person.document.number() },
            "phone": person.phone.as_ref().map(Phone::as_str),
            "level": employee.level(),
            "department": department::of(state, employee).await?,
        },
        "consents": consents,
        "devices": devices.collect::<Vec<_>>(),
        "declarations": declarations::all(state, employee, enterprise, language).await?,
        "looks": audit::answer::looks(state, employee, enterprise, LOOKS).await?,
        "requests": own_requests(state, employee, enterprise).await?,
    }))
}
