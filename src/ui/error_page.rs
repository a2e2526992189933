//! What happened, and what to do: one pair of sentences for each error.

use leptos::prelude::*;

use super::{Frame, locale::tr};
use crate::error::AppError;

/// What happened, and what to do about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ErrorText {
    pub happened: &'static str,
    pub to_do: &'static str,
}

pub fn error_text(error: AppError) -> ErrorText {
    let (happened, to_do) = match error {
        AppError::NotFound => (tr!(error.not_found), tr!(error.not_found_do)),
        AppError::SignInRequired => (tr!(error.sign_in_required), tr!(error.sign_in_required_do)),
        AppError::InvitationRequired => (tr!(error.invitation_required), tr!(error.invitation_required_do)),
        AppError::InvitationExpired => (tr!(error.invitation_expired), tr!(error.invitation_expired_do)),
        AppError::LinkExpired => (tr!(error.link_expired), tr!(error.link_expired_do)),
        AppError::ConsentRequired => (tr!(error.consent_required), tr!(error.consent_required_do)),
        AppError::VerificationFailed => (tr!(error.verification_failed), tr!(error.verification_failed_do)),
        AppError::BadRequest => (tr!(error.bad_request), tr!(error.bad_request_do)),
        AppError::TooLarge => (tr!(error.too_large), tr!(error.too_large_do)),
        AppError::TooManyRequests => (tr!(error.too_many_requests), tr!(error.too_many_requests_do)),
        AppError::Busy => (tr!(error.busy), tr!(error.busy_do)),
        AppError::Internal => (tr!(error.internal), tr!(error.internal_do)),
        AppError::Offline => (tr!(error.offline), tr!(error.offline_do)),
        AppError::Outdated => (tr!(error.outdated), tr!(error.outdated_do)),
    };
    ErrorText { happened, to_do }
}

/// A page that could not be shown. On the server it also sets the status.
#[component]
pub fn ErrorPage(error: AppError) -> impl IntoView {
    set_status(error);
    let text = error_text(error);
    let sign_in = error == AppError::SignInRequired;
    // Nothing went wrong where it is only not known who asks.
    let class = if error.status() == 401 { "outcome" } else { "outcome outcome-error" };
    view! {
        <Frame title=text.happened>
            <section class=class role="alert">
                <p>{text.to_do}</p>
                {sign_in.then(|| view! { <a class="button button-primary" href=crate::link::SIGN_IN>{tr!(app.go_sign_in)}</a> })}
                <a class="button" rel="external" href=crate::link::ENTRY>{tr!(app.home)}</a>
            </section>
        </Frame>
    }
}

/// An error beside what is still there.
#[component]
pub fn ErrorNote(error: AppError) -> impl IntoView {
    let text = error_text(error);
    view! {
        <p class="note note-error" role="alert">
            <strong>{text.happened}</strong>
            " "
            {text.to_do}
        </p>
    }
}

#[cfg(feature = "ssr")]
fn set_status(error: AppError) {
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.set_status(axum::http::StatusCode::from_u16(error.status()).unwrap_or_default());
    }
}

#[cfg(not(feature = "ssr"))]
fn set_status(_error: AppError) {}
