//! What happened, and what to do: one pair of sentences for each error.

use leptos::prelude::*;
use leptos_router::hooks::use_location;

use super::{Frame, locale::tr};
use crate::{error::AppError, link};

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

/// A page that could not be shown. On the server it also sets the status.
#[component]
pub fn ErrorPage(
    error: AppError,
    /// The local path where it can be tried again.
    #[prop(optional, into)]
    again: String,
    /// It happened before: this request only tells of it, and has not failed. What passes by itself is said again: whoever reads the
    /// status is told when to come back.
    #[prop(optional)]
    told: bool,
) -> impl IntoView {
    if !told || matches!(error, AppError::TooManyRequests | AppError::Busy) {
        set_status(error);
    }
    let text = error_text(error);
    if let AppError::Loading(percent) = error {
        return loading_page(text, percent);
    }
    let sign_in = (error == AppError::SignInRequired).then(sign_in);
    let again = (!again.is_empty()).then(|| view! { <a class="button button-primary" rel="external" href=again>{tr!(app.again)}</a> });
    // Nothing went wrong where it is only not known who asks.
    let class = if error.status() == 401 { "outcome" } else { "outcome outcome-error" };
    view! {
        <Frame title=text.happened>
            <section class=class role="alert">
                <p>{text.to_do}</p>
                {sign_in}
                {again}
                <a class="button" rel="external" href=link::ENTRY>{tr!(app.home)}</a>
            </section>
            {reference(error)}
            {kept()}
        </Frame>
    }
    .into_any()
}

/// How far it is. The browser asks again by itself, with JavaScript or without it.
fn loading_page(text: ErrorText, percent: u8) -> AnyView {
    come_again();
    view! {
        <Frame title=text.happened>
            <section class="outcome" role="status">
                <p>
                    <progress class="progress" max="100" value=percent.to_string() aria-label=text.happened></progress>
                    {format!(" {percent} %")}
                </p>
                <p>{text.to_do}</p>
            </section>
        </Frame>
    }
    .into_any()
}

/// To sign in and come back here: a session ends while people read.
fn sign_in() -> impl IntoView {
    let location = use_location();
    let href = move || {
        let (path, search) = (location.pathname.get(), location.search.get());
        link::sign_in(&link::with_query(&path, search.trim_start_matches('?')))
    };
    view! { <a class="button button-primary" href=href>{tr!(app.go_sign_in)}</a> }
}

/// By what the operator finds a request in the log.
#[cfg(feature = "ssr")]
#[derive(Clone)]
pub struct Reference(pub String);

#[cfg(feature = "ssr")]
fn reference(error: AppError) -> AnyView {
    let Some(Reference(name)) = use_context::<Reference>().filter(|_| error.status() >= 500) else { return ().into_any() };
    view! { <p class="muted">{tr!(error.reference)} " " <code>{name}</code></p> }.into_any()
}

/// Like what was typed, it is on pages that never wake up.
#[cfg(not(feature = "ssr"))]
fn reference(_error: AppError) -> AnyView {
    ().into_any()
}

/// What was typed before an error, as labels and values, for its page to show.
#[cfg(feature = "ssr")]
#[derive(Clone)]
pub struct Kept(pub Vec<(String, String)>);

#[cfg(feature = "ssr")]
fn kept() -> AnyView {
    let Some(Kept(lines)) = use_context::<Kept>().filter(|kept| !kept.0.is_empty()) else { return ().into_any() };
    let line = |(label, value): (String, String)| {
        view! {
            <div>
                <dt>{label}</dt>
                <dd>{value}</dd>
            </div>
        }
    };
    view! {
        <section class="group">
            <h2 class="group-title">{tr!(error.kept)}</h2>
            <dl class="facts">{lines.into_iter().map(line).collect_view()}</dl>
        </section>
    }
    .into_any()
}

/// A page that holds what was typed is the server's alone and never wakes up.
#[cfg(not(feature = "ssr"))]
fn kept() -> AnyView {
    ().into_any()
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

/// In a second.
#[cfg(feature = "ssr")]
fn come_again() {
    if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
        response.insert_header(axum::http::header::REFRESH, axum::http::HeaderValue::from_static("1"));
    }
}

#[cfg(not(feature = "ssr"))]
const fn come_again() {}
