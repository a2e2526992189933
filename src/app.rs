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
    let facts = page_facts();
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
                <AutoReload options=options.clone() />
                <HydrationScripts options />
                <MetaTags />
            </head>
            <body>
                <App />
            </body>
        </html>
    }
}

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
