//! What happened, and what to do: one pair of sentences for each error.

use leptos::prelude::*;

use super::locale::tr;
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
        AppError::CookiesOff => (tr!(error.cookies_off), tr!(error.cookies_off_do)),
        AppError::InvitationExpired => (tr!(error.invitation_expired), tr!(error.invitation_expired_do)),
        AppError::LinkExpired => (tr!(error.link_expired), tr!(error.link_expired_do)),
        AppError::ConsentRequired => (tr!(error.consent_required), tr!(error.consent_required_do)),
        AppError::VerificationFailed => (tr!(error.verification_failed), tr!(error.verification_failed_do)),
        AppError::VerificationExpired => (tr!(error.verification_expired), tr!(error.verification_expired_do)),
        AppError::VerificationCancelled => (tr!(error.verification_cancelled), tr!(error.verification_cancelled_do)),
        AppError::VerificationRefused => (tr!(error.verification_refused), tr!(error.verification_refused_do)),
        AppError::FaceRequired => (tr!(error.face_required), tr!(error.face_required_do)),
        AppError::IdentityIncomplete => (tr!(error.identity_incomplete), tr!(error.identity_incomplete_do)),
        AppError::EnterpriseAccount => (tr!(error.enterprise_account), tr!(error.enterprise_account_do)),
        AppError::NoEnterprise => (tr!(enterprise.none), tr!(enterprise.none_do)),
        AppError::NameDiffers => (tr!(error.name_differs), tr!(error.name_differs_do)),
        AppError::IdentityTaken => (tr!(error.identity_taken), tr!(error.identity_taken_do)),
        AppError::ProviderUnavailable => (tr!(error.provider_unavailable), tr!(error.provider_unavailable_do)),
        AppError::BadRequest => (tr!(error.bad_request), tr!(error.bad_request_do)),
        AppError::TooLarge => (tr!(error.too_large), tr!(error.too_large_do)),
        AppError::TooManyRequests => (tr!(error.too_many_requests), tr!(error.too_many_requests_do)),
        AppError::Busy => (tr!(error.busy), tr!(error.busy_do)),
        AppError::Loading(_) => (tr!(error.loading), tr!(error.loading_do)),
        AppError::Internal => (tr!(error.internal), tr!(error.internal_do)),
        AppError::Offline => (tr!(error.offline), tr!(error.offline_do)),
        AppError::Outdated => (tr!(error.outdated), tr!(error.outdated_do)),
    };
    ErrorText { happened, to_do }
}

/// An error beside what is still there.
#[component]
pub fn ErrorNote(error: AppError) -> impl IntoView {
    note(error_text(error))
}

/// The same, where only one error is possible.
pub fn note(text: ErrorText) -> impl IntoView {
    view! {
        <p class="note note-error" role="alert">
            <strong>{text.happened}</strong>
            " "
            {text.to_do}
        </p>
    }
}
