//! The page of an error. It is the server's: nothing in it wakes up. Where the browser cannot show the page that it goes to, it loads
//! it from the server, which shows it or says why not.

#[cfg(not(feature = "ssr"))]
pub use browser::ErrorPage;
#[cfg(feature = "ssr")]
pub use server::{ErrorPage, Kept, Reference};

/// The id of what an [`ErrorPage`] says.
pub const ERROR: &str = "error-page";

#[cfg(feature = "ssr")]
mod server {
    use leptos::prelude::*;
    use leptos_router::hooks::use_location;

    use super::ERROR;
    use crate::{
        error::AppError,
        link,
        ui::{ErrorText, Frame, error_text, tr},
    };

    /// A page that could not be shown, with its status.
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
                <section class=class id=ERROR role="alert">
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
                <section class="outcome" id=ERROR role="status">
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
    #[derive(Clone)]
    pub struct Reference(pub String);

    fn reference(error: AppError) -> AnyView {
        let Some(Reference(name)) = use_context::<Reference>().filter(|_| error.status() >= 500) else { return ().into_any() };
        view! { <p class="muted">{tr!(error.reference)} " " <code>{name}</code></p> }.into_any()
    }

    /// What was typed before an error, as labels and values, for its page to show.
    #[derive(Clone)]
    pub struct Kept(pub Vec<(String, String)>);

    fn kept() -> AnyView {
        let Some(Kept(lines)) = use_context::<Kept>().filter(|kept| !kept.0.is_empty()) else { return ().into_any() };
        let line = |(label, value): (String, String)| {
            view! {
                <div>
                    {(!label.is_empty()).then(|| view! { <dt>{label}</dt> })}
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

    fn set_status(error: AppError) {
        if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
            response.set_status(axum::http::StatusCode::from_u16(error.status()).unwrap_or_default());
        }
    }

    /// In a second.
    fn come_again() {
        if let Some(response) = use_context::<leptos_axum::ResponseOptions>() {
            response.insert_header(axum::http::header::REFRESH, axum::http::HeaderValue::from_static("1"));
        }
    }
}

#[cfg(not(feature = "ssr"))]
mod browser {
    use std::time::Duration;

    use leptos::prelude::*;

    use crate::{error::AppError, ui::Waiting};

    /// The page that could not be shown, as the server shows it.
    #[component]
    pub fn ErrorPage(error: AppError, #[prop(optional, into)] again: String, #[prop(optional)] told: bool) -> impl IntoView {
        let _ = (error, again, told);
        // Only after the router has put its address there.
        Effect::new(|_| set_timeout(|| drop(location().reload()), Duration::ZERO));
        Waiting()
    }
}
