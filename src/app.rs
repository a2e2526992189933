//! The shell, and the one table of pages.

use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, provide_meta_context};
use leptos_router::{
    SsrMode,
    components::{Route, Router, Routes},
    path,
};

use crate::{
    account::{account_page::AccountPage, claim_page::ClaimPage, enrol_page::EnrolPage, entry_page::EntryPage, sign_in_page::SignInPage},
    declaration::{declare_page::DeclarePage, mine_page::MinePage, receipt_page::ReceiptPage},
    enterprise::{enterprises_page::EnterprisesPage, invite_page::InvitePage},
    error::AppError,
    statistics::{people_page::PeoplePage, person_page::PersonPage, statistics_page::StatisticsPage},
    ui::{
        ErrorPage,
        locale::{page_facts, tag},
    },
};

/// The document around the pages.
pub fn shell(options: LeptosOptions) -> impl IntoView {
    let scripts = view! {
        <AutoReload options=options.clone() />
        <HydrationScripts options=options.clone() />
    };
    document(&options, scripts.into_any(), view! { <App /> }.into_any())
}

/// A page that says what went wrong before any page was reached. It carries no script.
pub fn error_shell(options: LeptosOptions, error: AppError) -> impl IntoView {
    let body = move || {
        provide_meta_context();
        view! {
            <Router>
                <ErrorPage error />
            </Router>
        }
    };
    document(&options, ().into_any(), body.into_any())
}

fn document(options: &LeptosOptions, scripts: AnyView, body: AnyView) -> impl IntoView + use<> {
    let facts = page_facts();
    content_security_policy(options);
    view! {
        <!DOCTYPE html>
        <html lang=tag(facts.locale) data-demo=facts.demo.then_some("true")>
            <head>
                <meta charset="utf-8" />
                <meta name="viewport" content="width=device-width, initial-scale=1, viewport-fit=cover" />
                <meta name="color-scheme" content="light dark" />
                <meta name="format-detection" content="telephone=no" />
                <link rel="icon" href="/icon.svg" type="image/svg+xml" />
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
         connect-src 'self'{reload}; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    );
    if let Ok(policy) = policy.parse() {
        response.insert_header(axum::http::header::CONTENT_SECURITY_POLICY, policy);
    }
}

#[cfg(not(feature = "ssr"))]
fn content_security_policy(_options: &LeptosOptions) {}

/// All pages. Each is rendered whole on the server: it must be complete without JavaScript.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    view! {
        <Router>
            <Routes fallback=|| view! { <ErrorPage error=AppError::NotFound /> }>
                <Route path=path!("/") view=EntryPage ssr=SsrMode::Async />
                <Route path=path!("/sign-in") view=SignInPage ssr=SsrMode::Async />
                <Route path=path!("/enrol") view=EnrolPage ssr=SsrMode::Async />
                <Route path=path!("/account") view=AccountPage ssr=SsrMode::Async />
                <Route path=path!("/i/:code") view=ClaimPage ssr=SsrMode::Async />
                <Route path=path!("/declare/:enterprise") view=DeclarePage ssr=SsrMode::Async />
                <Route path=path!("/done/:receipt") view=ReceiptPage ssr=SsrMode::Async />
                <Route path=path!("/mine") view=MinePage ssr=SsrMode::Async />
                <Route path=path!("/e") view=EnterprisesPage ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise") view=StatisticsPage ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/people") view=PeoplePage ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/people/:employee") view=PersonPage ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/invite") view=InvitePage ssr=SsrMode::Async />
            </Routes>
        </Router>
    }
}
