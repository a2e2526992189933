//! The shell, and the one table of pages.

use leptos::prelude::*;
use leptos_meta::{HashedStylesheet, MetaTags, provide_meta_context};
use leptos_router::{
    Lazy, LazyRoute, SsrMode,
    components::{FlatRoutes, Route, Router},
    path,
};

use crate::{
    account::{
        account_page::AccountPage, claim_page::ClaimPage, enrol_page::EnrolPage, entry_page::EntryPage, sign_in_page::SignInPage,
        stopped_page::StoppedPage,
    },
    alert::{alert_page::AlertPage, alerts_page::AlertsPage},
    audit::audit_page::AuditPage,
    channel::channels_page::ChannelsPage,
    declaration::{declare_page::DeclarePage, mine_page::MinePage, on_behalf::on_behalf_page::OnBehalfPage, receipt_page::ReceiptPage},
    delegation::{grant_page::GrantPage, join_page::JoinPage, managers_page::ManagersPage},
    enterprise::{
        choice::choice_page::ChoicePage, department::departments_page::DepartmentsPage, enterprises_page::EnterprisesPage,
        invite_page::InvitePage,
    },
    error::{AppError, Result},
    gate::gate_page::GatePage,
    message::messages_page::MessagesPage,
    offline::THEME,
    reminder::reminders_page::RemindersPage,
    rights::{requests_page::RequestsPage, rights_page::RightsPage},
    roster::{absent_page::AbsentPage, import_page::ImportPage, roster_page::RosterPage},
    statistics::{
        export::export_page::ExportPage,
        people_page::PeoplePage,
        person_page::PersonPage,
        report::report_page::ReportPage,
        share::{share_page::SharePage, shared_page::SharedPage},
        statistics_page::StatisticsPage,
        trend::trend_page::TrendPage,
    },
    tablet::{set_up_page::SetUpPage, sit_page::SitPage, tablets_page::TabletsPage},
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
        name_viewer_sheet();
        let page = page.clone();
        view! { <Router>{page()}</Router> }
    };
    document(&options, ().into_any(), body.into_any())
}

/// The page of all components.
#[cfg(all(feature = "ssr", debug_assertions))]
pub fn style_shell(options: LeptosOptions) -> impl IntoView {
    quiet_shell(options, || view! { <crate::ui::style_page::StylePage /> }.into_any())
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

/// All pages. Each is rendered whole on the server: it must be complete without JavaScript.
#[component]
pub fn App() -> impl IntoView {
    provide_meta_context();
    let busy = Busy::default();
    provide_context(busy);
    view! {
        <Router set_is_routing=busy.leaving>
            <Progress busy />
            <FlatRoutes fallback=|| view! { <ErrorPage error=AppError::NotFound /> }>
                <Route path=path!("/") view={Lazy::<Entry>::new()} ssr=SsrMode::Async />
                <Route path=path!("/sign-in") view={Lazy::<SignIn>::new()} ssr=SsrMode::Async />
                <Route path=path!("/auth/stopped") view={Lazy::<Stopped>::new()} ssr=SsrMode::Async />
                <Route path=path!("/enrol") view={Lazy::<Enrol>::new()} ssr=SsrMode::Async />
                <Route path=path!("/account") view={Lazy::<Account>::new()} ssr=SsrMode::Async />
                <Route path=path!("/i/:code") view={Lazy::<Claim>::new()} ssr=SsrMode::Async />
                <Route path=path!("/declare/:enterprise") view={Lazy::<Declare>::new()} ssr=SsrMode::Async />
                <Route path=path!("/done/:receipt") view={Lazy::<Receipt>::new()} ssr=SsrMode::Async />
                <Route path=path!("/mine") view={Lazy::<Mine>::new()} ssr=SsrMode::Async />
                <Route path=path!("/mine/:enterprise") view={Lazy::<Rights>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e") view={Lazy::<Enterprises>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise") view={Lazy::<Statistics>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/people") view={Lazy::<People>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/people/:employee") view={Lazy::<Person>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/people/:employee/declare") view={Lazy::<OnBehalf>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/roster/:line/declare") view={Lazy::<OnBehalf>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/export") view={Lazy::<Export>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/share") view={Lazy::<Share>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/trend") view={Lazy::<Trend>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/report") view={Lazy::<Report>::new()} ssr=SsrMode::Async />
                <Route path=path!("/s/:shared") view={Lazy::<Shared>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/invite") view={Lazy::<Invite>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/tablets") view={Lazy::<Tablets>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/gate") view={Lazy::<Gate>::new()} ssr=SsrMode::Async />
                <Route path=path!("/tablet") view={Lazy::<Sit>::new()} ssr=SsrMode::Async />
                <Route path=path!("/tablet/:tablet") view={Lazy::<SetUp>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/departments") view={Lazy::<Departments>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/questionnaire") view={Lazy::<Choice>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/roster") view={Lazy::<Roster>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/roster/import") view={Lazy::<Import>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/absent") view={Lazy::<Absent>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/alerts") view={Lazy::<Alerts>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/alerts/:alert") view={Lazy::<Alert>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/reminders") view={Lazy::<Reminders>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/channels") view={Lazy::<Channels>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/audit") view={Lazy::<Audit>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/requests") view={Lazy::<Requests>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/managers") view={Lazy::<Managers>::new()} ssr=SsrMode::Async />
                <Route path=path!("/e/:enterprise/managers/:request") view={Lazy::<Grant>::new()} ssr=SsrMode::Async />
                <Route path=path!("/join/:enterprise/:token") view={Lazy::<Join>::new()} ssr=SsrMode::Async />
                <Route path=path!("/messages") view={Lazy::<Messages>::new()} ssr=SsrMode::Async />
            </FlatRoutes>
        </Router>
    }
}

/// A page as the router finds it: route, part, name of its loader, component. In a build with the feature `split` the code of a
/// part is fetched with the first page that needs it; one that cannot be fetched is an error like any other.
macro_rules! page {
    ($route:ident, $part:ident, $load:ident, $component:ident) => {
        struct $route;

        impl LazyRoute for $route {
            fn data() -> Self {
                Self
            }

            async fn view(_this: Self) -> AnyView {
                #[cfg(all(feature = "split", feature = "hydrate"))]
                #[leptos::wasm_split::wasm_split($part, wasm_split_path = ::leptos::wasm_split, fallible)]
                fn $load() -> Result<AnyView> {
                    fetch_sheet_of(stringify!($part));
                    Ok(view! { <$component /> }.into_any())
                }
                #[cfg(not(all(feature = "split", feature = "hydrate")))]
                async fn $load() -> Result<AnyView> {
                    #[cfg(feature = "ssr")]
                    name_files_of(stringify!($part));
                    Ok(view! { <$component /> }.into_any())
                }
                $load().await.unwrap_or_else(|error| view! { <ErrorPage error /> }.into_any())
            }
        }
    };
}

page!(Entry, employee, entry, EntryPage);
page!(SignIn, viewer, sign_in, SignInPage);
page!(Stopped, employee, stopped, StoppedPage);
page!(Enrol, viewer, enrol, EnrolPage);
page!(Account, employee, account, AccountPage);
page!(Claim, employee, claim, ClaimPage);
page!(Declare, declare, declare, DeclarePage);
page!(Receipt, employee, receipt, ReceiptPage);
page!(Mine, employee, mine, MinePage);
page!(Enterprises, viewer, enterprises, EnterprisesPage);
page!(Statistics, viewer, statistics, StatisticsPage);
page!(People, viewer, people, PeoplePage);
page!(Person, viewer, person, PersonPage);
page!(OnBehalf, viewer, on_behalf, OnBehalfPage);
page!(Export, viewer, export, ExportPage);
page!(Trend, viewer, trend, TrendPage);
page!(Report, viewer, report, ReportPage);
page!(Share, viewer, share, SharePage);
page!(Shared, viewer, shared, SharedPage);
page!(Invite, viewer, invite, InvitePage);
page!(Tablets, viewer, tablets, TabletsPage);
page!(Gate, viewer, gate, GatePage);
page!(Sit, employee, sit, SitPage);
page!(SetUp, viewer, set_up, SetUpPage);
page!(Departments, viewer, departments, DepartmentsPage);
page!(Choice, viewer, choice, ChoicePage);
page!(Roster, viewer, roster, RosterPage);
page!(Import, viewer, import, ImportPage);
page!(Absent, viewer, absent, AbsentPage);
page!(Alerts, viewer, alerts, AlertsPage);
page!(Alert, viewer, alert, AlertPage);
page!(Reminders, viewer, reminders, RemindersPage);
page!(Channels, viewer, channels, ChannelsPage);
page!(Audit, viewer, audit, AuditPage);
page!(Requests, viewer, requests, RequestsPage);
// An employee opens it once in a while: it must not weigh on what they open each day.
page!(Rights, viewer, rights, RightsPage);
page!(Managers, viewer, managers, ManagersPage);
page!(Grant, viewer, grant, GrantPage);
page!(Join, viewer, join, JoinPage);
page!(Messages, viewer, messages, MessagesPage);

/// The part of representatives and managers, which has a sheet of its own.
#[cfg(any(feature = "ssr", all(feature = "split", feature = "hydrate")))]
const VIEWER: &str = "viewer";
/// What the document calls the address of that sheet.
#[cfg(all(feature = "split", feature = "hydrate"))]
const SHEET: &str = "data-sheet";

#[cfg(not(feature = "ssr"))]
fn viewer_sheet(_options: &LeptosOptions) -> Option<&'static str> {
    None
}

/// Whoever comes from a page without that sheet gets it now.
#[cfg(all(feature = "split", feature = "hydrate"))]
fn fetch_sheet_of(part: &str) {
    let document = leptos::prelude::document();
    let (Some(root), Some(head)) = (document.document_element(), document.head()) else { return };
    let Some(sheet) = root.get_attribute(SHEET).filter(|_| part == VIEWER) else { return };
    let is_there = document.query_selector(&format!("link[href='{sheet}']")).is_ok_and(|link| link.is_some());
    let Some(link) = document.create_element("link").ok().filter(|_| !is_there) else { return };
    let _ = link.set_attribute("rel", "stylesheet").and_then(|()| link.set_attribute("href", &sheet));
    let _ = head.append_child(&link);
}

#[cfg(feature = "ssr")]
fn name_viewer_sheet() {
    use leptos_meta::Link;

    if let Some(sheet) = use_context::<crate::state::AppState>().and_then(|state| viewer_sheet(&state.leptos)) {
        // To render a link is to register it with the document's head.
        let _ = view! { <Link rel="stylesheet" href=sheet /> }.to_html();
    }
}

/// Names the files of a part in the document, so that the browser fetches them at once. A build in one piece has no parts.
#[cfg(feature = "ssr")]
fn name_files_of(part: &str) {
    use leptos_meta::Link;

    if part == VIEWER {
        name_viewer_sheet();
    }
    let Some(parts) = use_context::<leptos::WasmSplitManifest>() else { return };
    parts.0.with_value(|(folder, files, loader)| {
        let _ = view! { <Link rel="modulepreload" href=format!("{folder}/{loader}") crossorigin="anonymous" /> }.to_html();
        for file in files.get(part).into_iter().flatten() {
            let href = format!("{folder}/{file}.wasm");
            let _ =
                view! { <Link rel="preload" href=href as_="fetch" type_="application/wasm" crossorigin="anonymous" fetchpriority="low" /> }
                    .to_html();
        }
    });
}
