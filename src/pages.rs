//! The one table of pages: its path, the part of the browser's code that it belongs to, its component.
//!
//! The router asks the table as one thing. A `<Route>` for each page would have a type of its own, and each of these types its own
//! code in every browser: as much as a third of the router.

use std::borrow::Cow;

use leptos::prelude::*;
use leptos_router::{ChooseView, GeneratedRouteData, MatchInterface, MatchNestedRoutes, MatchParams, RouteMatchId};

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
    parts,
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
    ui::ErrorPage,
};

/// In a build with the feature `split` the code of a part is fetched with the first page that needs it; one that cannot be
/// fetched is an error like any other. No two paths of the table are ways to say the same address.
macro_rules! pages {
    ($($part:ident { $($(#[$why:meta])* $page:ident $component:ident $($path:literal)+,)+ })+) => {
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum Page { $($($(#[$why])* $page,)+)+ }

        const PATHS: &[(&str, Page)] = &[$($($(($path, Page::$page),)+)+)+];

        impl ChooseView for Page {
            async fn choose(self) -> AnyView {
                let page = match self { $($(Self::$page)|+ => $part::show(self).await,)+ };
                page.unwrap_or_else(|error| view! { <ErrorPage error /> }.into_any())
            }

            async fn preload(&self) {}
        }

        #[cfg(all(feature = "split", feature = "hydrate"))]
        impl Page {
            async fn fetch(self) -> Result<()> {
                match self { $($(Self::$page)|+ => $part::fetch().await?,)+ }
                Ok(())
            }
        }

        $(mod $part {
            use super::*;

            #[cfg(all(feature = "split", feature = "hydrate"))]
            #[leptos::wasm_split::wasm_split($part, wasm_split_path = ::leptos::wasm_split, fallible, preload(fetch))]
            pub fn show(page: Page) -> Result<AnyView> {
                made(page)
            }
            #[cfg(not(all(feature = "split", feature = "hydrate")))]
            pub async fn show(page: Page) -> Result<AnyView> {
                made(page)
            }

            fn made(page: Page) -> Result<AnyView> {
                parts::$part();
                match page {
                    $(Page::$page => Ok(view! { <$component /> }.into_any()),)+
                    _ => Err(AppError::NotFound),
                }
            }
        })+
    };
}

/// Gets the code of the page at an address.
#[cfg(all(feature = "split", feature = "hydrate"))]
pub async fn fetch(address: &str) -> Result<()> {
    match PATHS.iter().find(|(path, _)| params(path, address).is_some()) {
        Some((_, page)) => page.fetch().await,
        None => Ok(()),
    }
}

/// A build in one piece has it.
#[cfg(all(not(feature = "split"), feature = "hydrate"))]
pub fn fetch(_address: &str) -> std::future::Ready<Result<()>> {
    std::future::ready(Ok(()))
}

pages! {
    declare {
        Declare DeclarePage "/declare/:enterprise",
    }
    employee {
        Entry EntryPage "/",
        Stopped StoppedPage "/auth/stopped",
        Account AccountPage "/account",
        Claim ClaimPage "/i/:code",
        Receipt ReceiptPage "/done/:receipt",
        Mine MinePage "/mine",
        Sit SitPage "/tablet",
    }
    viewer {
        SignIn SignInPage "/sign-in",
        Enrol EnrolPage "/enrol",
        Enterprises EnterprisesPage "/e",
        Statistics StatisticsPage "/e/:enterprise",
        People PeoplePage "/e/:enterprise/people",
        Person PersonPage "/e/:enterprise/people/:employee",
        OnBehalf OnBehalfPage "/e/:enterprise/people/:employee/declare" "/e/:enterprise/roster/:line/declare",
        Export ExportPage "/e/:enterprise/export",
        Share SharePage "/e/:enterprise/share",
        Shared SharedPage "/s/:shared",
        Trend TrendPage "/e/:enterprise/trend",
        Report ReportPage "/e/:enterprise/report",
        Invite InvitePage "/e/:enterprise/invite",
        Tablets TabletsPage "/e/:enterprise/tablets",
        SetUp SetUpPage "/tablet/:tablet",
        Gate GatePage "/e/:enterprise/gate",
        Departments DepartmentsPage "/e/:enterprise/departments",
        Choice ChoicePage "/e/:enterprise/questionnaire",
        Roster RosterPage "/e/:enterprise/roster",
        Import ImportPage "/e/:enterprise/roster/import",
        Absent AbsentPage "/e/:enterprise/absent",
        Alerts AlertsPage "/e/:enterprise/alerts",
        Alert AlertPage "/e/:enterprise/alerts/:alert",
        Reminders RemindersPage "/e/:enterprise/reminders",
        Channels ChannelsPage "/e/:enterprise/channels",
        Audit AuditPage "/e/:enterprise/audit",
        Requests RequestsPage "/e/:enterprise/requests",
        /// An employee opens it once in a while: it must not weigh on what they open each day.
        Rights RightsPage "/mine/:enterprise",
        Managers ManagersPage "/e/:enterprise/managers",
        Grant GrantPage "/e/:enterprise/managers/:request",
        Join JoinPage "/join/:enterprise/:token",
        Messages MessagesPage "/messages",
    }
}

type Params = Vec<(Cow<'static, str>, String)>;

/// What an address has at the names of a path; nothing if it is another path's. A slash at the end changes nothing.
fn params(path: &'static str, address: &str) -> Option<Params> {
    let mut parts = address.strip_suffix('/').unwrap_or(address).split('/');
    let mut params = Vec::new();
    for expected in path.strip_suffix('/').unwrap_or(path).split('/') {
        let part = parts.next()?;
        match expected.strip_prefix(':') {
            Some(name) if !part.is_empty() => params.push((name.into(), part.to_owned())),
            None if part == expected => {}
            _ => return None,
        }
    }
    parts.next().is_none().then_some(params)
}

/// All of them, where the router expects its routes.
#[component(transparent)]
pub fn Pages() -> Table {
    Table { ids: std::array::from_fn(|_| RouteMatchId::new_from_route_id()) }
}

/// The table, as the router asks it. It knows each path by a number.
#[derive(Clone)]
pub struct Table {
    ids: [RouteMatchId; PATHS.len()],
}

/// A page, and the address that led to it.
pub struct Found {
    id: RouteMatchId,
    page: Page,
    address: String,
    params: Params,
}

impl MatchNestedRoutes for Table {
    type Data = ();
    type Match = Found;

    fn match_nested<'a>(&'a self, address: &'a str) -> (Option<(RouteMatchId, Found)>, &'a str) {
        let found = PATHS.iter().zip(self.ids).find_map(|(&(path, page), id)| {
            params(path, address).map(|params| (id, Found { id, page, address: address.to_owned(), params }))
        });
        let left = if found.is_some() { "" } else { address };
        (found, left)
    }

    fn generate_routes(&self) -> impl IntoIterator<Item = GeneratedRouteData> + '_ {
        #[cfg(feature = "ssr")]
        let routes = PATHS.iter().map(|(path, _)| route(path));
        #[cfg(not(feature = "ssr"))]
        let routes = [];
        routes
    }

    fn optional(&self) -> bool {
        false
    }
}

#[cfg(feature = "ssr")]
fn route(path: &'static str) -> GeneratedRouteData {
    use leptos_router::{Method, PathSegment, SsrMode};

    let segment = |part: &'static str| match part.strip_prefix(':') {
        Some(name) => PathSegment::Param(name.into()),
        None => PathSegment::Static(part.into()),
    };
    let segments = path.split('/').filter(|part| !part.is_empty()).map(segment).collect();
    GeneratedRouteData { segments, ssr_mode: SsrMode::Async, methods: [Method::Get].into(), regenerate: Vec::new() }
}

impl MatchInterface for Found {
    type Child = Self;

    fn as_id(&self) -> RouteMatchId {
        self.id
    }

    fn as_matched(&self) -> &str {
        &self.address
    }

    fn into_view_and_child(self) -> (impl ChooseView, Option<Self>) {
        (self.page, None)
    }
}

impl MatchParams for Found {
    fn to_params(&self) -> Params {
        self.params.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn page(address: &str) -> Option<(Page, Params)> {
        Pages().match_nested(address).0.map(|(_, found)| (found.page, found.params))
    }

    fn said(pairs: &[(&'static str, &str)]) -> Params {
        pairs.iter().map(|&(name, value)| (name.into(), value.to_owned())).collect()
    }

    #[test]
    fn an_address_is_one_page_or_none() {
        assert_eq!(page("/"), Some((Page::Entry, vec![])));
        assert_eq!(page("/mine"), Some((Page::Mine, vec![])));
        assert_eq!(page("/mine/"), Some((Page::Mine, vec![])));
        assert_eq!(page("/mine/a1"), Some((Page::Rights, said(&[("enterprise", "a1")]))));
        assert_eq!(page("/e/a1/roster/import"), Some((Page::Import, said(&[("enterprise", "a1")]))));
        assert_eq!(page("/e/a1/roster/7/declare"), Some((Page::OnBehalf, said(&[("enterprise", "a1"), ("line", "7")]))));
        for none in ["//", "mine", "/Mine", "/mine//", "/e//people", "/e/a1/nothing", "/e/a1/people/b/declare/c"] {
            assert_eq!(page(none), None, "{none}");
        }
    }

    #[test]
    fn each_path_leads_to_its_page_and_no_other_path_claims_it() {
        for (at, (path, expected)) in PATHS.iter().enumerate() {
            let address = path.replace(':', "x-");
            assert_eq!(page(&address).map(|(page, _)| page), Some(*expected), "{path}");
            let claimed: Vec<_> = (0..PATHS.len()).filter(|&other| params(PATHS[other].0, &address).is_some()).collect();
            assert_eq!(claimed, [at], "{path}");
        }
    }
}
