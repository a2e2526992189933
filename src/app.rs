//! The document, and what is around every page.

use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, provide_meta_context};
use leptos_router::components::{FlatRoutes, Router};

use crate::{
    error::AppError,
    offline::THEME,
    pages::Pages,
    ui::{
        Busy, ErrorPage, Progress,
        locale::{page_facts, tag},
    },
};

/// The document around the pages.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let scripts = view! {
        <AutoReload options=options.clone() />
        {wake(&options)}
    };
    document(&options, scripts.into_any(), view! { <App /> }.into_any())
}

#[cfg(feature = "ssr")]
use crate::wake::{scripts as wake, viewer_sheet};

#[cfg(not(feature = "ssr"))]
fn wake(_options: &LeptosOptions) {}

/// A page that says what went wrong before any page was reached.
pub fn error_shell(options: LeptosOptions, error: AppError) -> impl IntoView {
    quiet_shell(options, move || view! { <ErrorPage error /> }.into_any())
}

/// A page that is HTML alone: it wakes nothing.
pub fn quiet_shell(options: LeptosOptions, page: impl Fn() -> AnyView + Clone + Send + Sync + 'static) -> impl IntoView {
    let body = move || {
        provide_meta_context();
        // It may be a representative's.
        #[cfg(feature = "ssr")]
        crate::parts::name_viewer_sheet();
        let page = page.clone();
        view! { <Router>{page()}</Router> }
    };
    document(&options, ().into_any(), body.into_any())
}

/// The page of all components.
#[cfg(all(feature = "ssr", debug_assertions))]
pub fn style_shell(options: LeptosOptions) -> impl IntoView {
    quiet_shell(options, || view! { <crate::style_page::StylePage /> }.into_any())
}

pub fn document(options: &LeptosOptions, scripts: AnyView, body: AnyView) -> impl IntoView + use<> {
    let facts = page_facts();
    content_security_policy(options);
    view! {
        <!DOCTYPE html>
        <html
            lang=tag(facts.locale)
            data-demo=facts.demo.then_some("true")
            data-large=facts.large.then_some("true")
            data-wechat=facts.in_wechat.then_some("true")
            data-sheet=viewer_sheet(options)
        >
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="color-scheme" content="light dark" />
                <meta name="format-detection" content="telephone=no" />
                <meta name="theme-color" content=THEME />
                <link rel="icon" href="/icon.svg" type="image/svg+xml" />
                <link rel="manifest" href="/manifest.webmanifest" />
                <HashedStylesheet options=options.clone() id="leptos" />
                {scripts}
                <MetaTags />
            </head>
            <body>{body}</body>
        </html>
    }
}

/// Nothing runs or loads but what this server sent; the nonce is new for each page.
#[cfg(feature = "ssr")]
fn content_security_policy(options: &LeptosOptions) {
    let (Some(response), Some(nonce)) = (use_context::<leptos_axum::ResponseOptions>(), leptos::nonce::use_nonce()) else { return };
    let reload = if options.env == Env::DEV { format!(" ws://localhost:{}", options.reload_port) } else { String::new() };
    let policy = format!(
        "default-src 'none'; script-src 'self' 'nonce-{nonce}' 'wasm-unsafe-eval'; style-src 'self' 'nonce-{nonce}'; img-src 'self' data:; \
         connect-src 'self'{reload}; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    if let Ok(policy) = policy.parse() {
        response.insert_header(axum::http::header::CONTENT_SECURITY_POLICY, policy);
    }
}

#[cfg(not(feature = "ssr"))]
fn content_security_policy(_options: &LeptosOptions) {}

/// Each page is rendered whole on the server: it must be complete without JavaScript.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let busy = Busy::default();
    provide_context(busy);
    view! {
        <Router set_is_routing=busy.leaving>
            <Progress busy />
            <FlatRoutes fallback=|| view! { <ErrorPage error=AppError::NotFound /> }>
                <Pages />
            </FlatRoutes>
        </Router>
    }
}

#[cfg(not(feature = "ssr"))]
fn viewer_sheet(_options: &LeptosOptions) -> Option<&'static str> {
    None
}
