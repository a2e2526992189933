//! Which declarations are passes: an employee's latest, on its own day, seen on their own device by somebody whose consents stand.

use axum::{
    extract::{Path, Request, State},
    response::Response,
};

use super::{
    own::{self, Found},
    store,
};
use crate::{
    account::{caller::Guard, claim, department},
    enterprise::{image, picture},
    error::{AppError, Result, StoreError},
    gate::{
        answer::{self, Said, seconds_of_day, weekday},
        model::{PassView, Verdict},
        token,
    },
    id::EmployeeId,
    questionnaire::model::AlertLevel,
    render,
    state::{AppState, Visit},
};

/// What a guard is told of a declaration. Whoever has not measured yet is measured at the gate.
pub const fn verdict(worst: Option<AlertLevel>, unmeasured: bool) -> Verdict {
    match worst {
        None if !unmeasured => Verdict::Pass,
        None | Some(AlertLevel::Attention) => Verdict::Ask,
        Some(AlertLevel::Urgent) => Verdict::Stop,
    }
}

/// The pass of a declaration, as its receipt shows it.
pub async fn view(state: &AppState, found: &Found) -> Result<Option<PassView>> {
    if !is_pass(state, found) {
        return Ok(None);
    }
    let Found { employee, enterprise, row, .. } = found;
    Ok(Some(PassView {
        verdict: answer::vouch(state, employee.tenant(), employee.id(), found.verdict(&state.catalogue), row.day).await?,
        name: claim::person(state, employee).await?.name.clone(),
        department: department::of(state, employee).await?,
        day: row.day,
        weekday: weekday(row.day).to_owned(),
        clock: seconds_of_day(state, enterprise),
    }))
}

fn is_pass(state: &AppState, found: &Found) -> bool {
    let Found { employee, enterprise, row, replaced, .. } = found;
    // At a tablet a pass would be the next person's.
    !replaced && row.day == enterprise.today(&state.clock) && employee.sitting().is_none() && !employee.has_withdrawn()
}

/// `GET /done/{receipt}/pass.png`: the QR code of a pass that is signed now.
pub async fn picture(State(state): State<AppState>, Path(receipt): Path<String>, request: Request) -> Response {
    let parts = request.into_parts().0;
    match signed(&Visit::new(state.clone(), &parts), &receipt).await {
        Ok(link) => picture::drawn(state, &parts, "通行码.png", move || image::qr_png(&link)).await,
        Err(error) => render::error_page(state, &parts, error).await,
    }
}

async fn signed(visit: &Visit, receipt: &str) -> Result<String> {
    let state = &visit.state;
    let receipt = receipt.parse().map_err(|_| AppError::NotFound)?;
    let found = own::find(visit, receipt).await?;
    if !is_pass(state, &found) {
        return Err(AppError::NotFound);
    }
    let employee = &found.employee;
    state.limits.pass(employee.id())?;
    let person = claim::person(state, employee).await?;
    let (tenant, day) = (employee.tenant(), found.row.day);
    let verdict = answer::vouch(state, tenant, employee.id(), found.verdict(&state.catalogue), day).await?;
    answer::sign(state, tenant, &Said { change: receipt.change, day, verdict, name: &person.name }).await
}

/// Whose pass it is, as long as they have not declared anew that day.
pub async fn owner(state: &AppState, guard: &Guard, pass: &token::Pass) -> Result<Option<EmployeeId>, StoreError> {
    store::declaration_owner(&state.db, guard.tenant(), pass.change, pass.day).await
}
