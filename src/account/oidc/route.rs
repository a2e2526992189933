//! The two addresses of a verification: out to the provider, and back.

use axum::{
    extract::{Query, Request, State, rejection::QueryRejection},
    http::{HeaderValue, header},
    response::{AppendHeaders, IntoResponse, Redirect, Response},
};
use serde::Deserialize;
use uuid::Uuid;

use super::{
    Audience,
    claims::Verified,
    flow::{self, Failed, Purpose, Returned},
    identity,
};
use crate::{
    account::{
        answer, caller, cookie,
        model::{Intent, TICKET},
        session, step_up,
        token::{Token, TokenHash},
    },
    error::{AppError, Result},
    id::EnterpriseId,
    link, render,
    state::{AppState, Visit},
};

/// What a link to a provider says.
#[derive(Default, Deserialize)]
#[serde(default)]
pub struct Start {
    provider: String,
    /// A representative goes on to this path.
    next: String,
    /// The code of an employee's invitation.
    invitation: Option<String>,
    /// The enterprise to which this device declares, when its employee is verified once more.
    again: Option<String>,
    /// Where somebody asks to become a manager: a path of this site.
    join: Option<String>,
    /// What whoever is signed in verifies themselves for once more.
    intent: Option<String>,
}

/// `GET /auth/start`. A link, not a form: a page may post to itself only.
pub async fn start(State(state): State<AppState>, start: Result<Query<Start>, QueryRejection>, request: Request) -> Response {
    let parts = request.into_parts().0;
    let visit = Visit::new(state.clone(), &parts);
    let Query(start) = start.unwrap_or_default();
    let purpose = match start.purpose(&visit).await {
        Ok(purpose) => purpose,
        Err(AppError::NotFound) => return render::error_page(state, &parts, AppError::NotFound).await,
        Err(error) => return stopped(error, None).into_response(),
    };
    match begin(&visit, &start.provider, purpose.clone()).await {
        Ok(begun) => ([(header::SET_COOKIE, begun.cookie)], Redirect::to(&begun.location)).into_response(),
        Err(error @ (AppError::NotFound | AppError::TooManyRequests)) => render::error_page(state, &parts, error).await,
        Err(error) => stopped(error, Some(&purpose)).into_response(),
    }
}

impl Start {
    async fn purpose(&self, visit: &Visit) -> Result<Purpose> {
        let next = if link::is_local(&self.next) { self.next.clone() } else { String::new() };
        if let Some(path) = &self.join {
            let (enterprise, token) = joining(path).ok_or(AppError::NotFound)?;
            return Ok(Purpose::Join { enterprise, token });
        }
        if let Some(enterprise) = &self.again {
            let enterprise = enterprise.parse().map_err(|_| AppError::NotFound)?;
            let employee = caller::employee(visit, enterprise).await?.id();
            return Ok(Purpose::Again { enterprise, employee, next: if next.is_empty() { link::MINE.to_owned() } else { next } });
        }
        if let Some(intent) = &self.intent {
            let viewer = caller::viewer(visit).await?.id();
            let session = cookie::session(visit).ok_or(AppError::SignInRequired)?.hash().0;
            Intent::parse(intent).filter(|_| !next.is_empty()).ok_or(AppError::NotFound)?;
            return Ok(Purpose::StepUp { viewer, session, intent: intent.clone(), next });
        }
        Ok(match &self.invitation {
            Some(code) => Purpose::Invitation { code: code.clone() },
            None => Purpose::SignIn { next },
        })
    }
}

/// The parts of [`link::join`].
fn joining(path: &str) -> Option<(EnterpriseId, String)> {
    let (enterprise, token) = path.strip_prefix("/join/")?.split_once('/')?;
    Some((enterprise.parse().ok()?, Token::parse(token)?.text()))
}

async fn begin(visit: &Visit, provider: &str, purpose: Purpose) -> Result<flow::Begun> {
    let audience = match purpose {
        Purpose::Invitation { .. } | Purpose::Again { .. } => Audience::Employee,
        Purpose::SignIn { .. } | Purpose::Join { .. } | Purpose::StepUp { .. } => Audience::Representative,
    };
    let provider = visit.state.providers.find(provider, audience).ok_or(AppError::NotFound)?;
    match &purpose {
        Purpose::Invitation { code } => {
            caller::invited(visit, code).await?;
        }
        Purpose::Join { enterprise, token } => {
            caller::joining(visit, *enterprise, token).await?;
        }
        Purpose::SignIn { .. } | Purpose::StepUp { .. } | Purpose::Again { .. } => {}
    }
    flow::begin(visit, provider, purpose).await
}

/// `GET /auth/callback`. Whatever comes of it, the address with the code in it is left at once.
pub async fn callback(State(state): State<AppState>, returned: Result<Query<Returned>, QueryRejection>, request: Request) -> Response {
    let visit = Visit::new(state, &request.into_parts().0);
    let Query(returned) = returned.unwrap_or_default();
    let forget = cookie::drop_flow(&visit.state.public_url);
    match flow::finish(&visit, &returned).await {
        Ok((purpose, verified)) => match go_on(&visit, &purpose, verified).await {
            Ok((cookie, path)) => {
                let cookies = std::iter::once(forget).chain(cookie).map(|cookie| (header::SET_COOKIE, cookie));
                (AppendHeaders(cookies), Redirect::to(&path)).into_response()
            }
            Err(error) => ([(header::SET_COOKIE, forget)], stopped(error, Some(&purpose))).into_response(),
        },
        // An answer to no flow of this browser's must not end the one that it may have.
        Err(Failed { error, purpose: None }) => stopped(error, None).into_response(),
        Err(Failed { error, purpose }) => ([(header::SET_COOKIE, forget)], stopped(error, purpose.as_ref())).into_response(),
    }
}

/// What a verification was for is done. Returns a cookie, if there is one to keep, and where to go on.
async fn go_on(visit: &Visit, purpose: &Purpose, verified: Verified) -> Result<(Option<HeaderValue>, String)> {
    match purpose {
        Purpose::SignIn { next } => {
            let vouched = identity::vouch(visit, &verified).await?;
            let path = answer::after_sign_in(visit, &vouched, next).await?;
            Ok((Some(session::start(visit, &vouched).await?), path))
        }
        Purpose::Invitation { code } => {
            let tenant = caller::invited(visit, code).await?.tenant();
            Ok((Some(identity::keep_on_invitation(visit, tenant, verified).await?), link::invitation(code)))
        }
        Purpose::Again { enterprise, employee, next } => {
            let here = caller::employee(visit, *enterprise).await?;
            if here.id() != *employee {
                return Err(AppError::VerificationExpired);
            }
            Ok((Some(identity::employ_again(visit, &here, &verified).await?), next.clone()))
        }
        Purpose::Join { enterprise, token } => {
            let tenant = caller::joining(visit, *enterprise, token).await?.tenant();
            Ok((Some(identity::keep_on_invitation(visit, tenant, verified).await?), link::join(*enterprise, token)))
        }
        Purpose::StepUp { viewer, session, intent, next } => {
            let intent = Intent::parse(intent).ok_or(AppError::VerificationExpired)?;
            let ticket = again(visit, (*viewer, TokenHash(*session)), &intent, &verified).await?;
            let join = if next.contains('?') { '&' } else { '?' };
            Ok((None, format!("{next}{join}{TICKET}={ticket}")))
        }
    }
}

/// The person who left to verify themselves once more is back, in the same session, and it was they. Returns the ticket that says so.
async fn again(visit: &Visit, left: (Uuid, TokenHash), intent: &Intent, verified: &Verified) -> Result<String> {
    let viewer = caller::viewer(visit).await?;
    let session = cookie::session(visit).ok_or(AppError::SignInRequired)?.hash();
    if left != (viewer.id(), session) {
        return Err(AppError::VerificationExpired);
    }
    identity::is_again(visit, &viewer, verified).await?;
    step_up::verified(visit, &viewer, session, intent).await
}

/// To the page that says what happened, and where to try again.
fn stopped(error: AppError, purpose: Option<&Purpose>) -> Redirect {
    Redirect::to(&link::auth_stopped(error, &purpose.map(Purpose::origin).unwrap_or_default()))
}
