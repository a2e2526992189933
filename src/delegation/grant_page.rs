//! A representative decides on a request: first what is allowed, where and for how long; then, verified once more, exactly that.
//!
//! What was chosen stands in the address, so that the way to an identity provider and back does not lose it. The server reads it
//! again with the proof and compares.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::{use_location, use_params_map};

use super::{
    api::{self, GrantManager},
    managers_page::{RequestFacts, permission_words, permissions_words},
    model::{
        CHANGE_FIELD, Chosen, DAYS, DAYS_FIELD, DEPARTMENT_FIELD, GrantView, Kept, Permission, REACH_FIELD, SOME, TICKED, TermsProblem,
    },
};
use crate::{
    account::{
        model::{Level, ProviderChoice, TICKET},
        sign_in_page::{CeremonyNote, ceremony_state},
        step_up_view::{Buttons, Ways, ways_to_verify},
    },
    id::{DepartmentId, EnterpriseId},
    link,
    ui::{Frame, Title, field::ErrorSummary, load, page_data, query_value, tr},
};

#[component]
pub fn GrantPage() -> impl IntoView {
    let (params, location) = (use_params_map(), use_location());
    let one = move |name: &str| params.read().get(name).unwrap_or_default();
    let request = page_data(
        move || [one("enterprise"), one("request"), location.search.get()],
        |[enterprise, request, query]| api::load_request(enterprise, request, query),
    );
    load(request, |grant| view! { <Whole grant /> })
}

#[component]
fn Whole(grant: GrantView) -> impl IntoView {
    let GrantView { enterprise, enterprise_name, request, departments, problem, chosen, kept } = grant;
    let (here, id, name) = (link::manager(enterprise, request.id), request.id.simple().to_string(), request.name.clone());
    let claimed = request.level == Level::Claimed;
    let what = match chosen {
        Some(chosen) => view! { <Confirm enterprise request=id here name departments chosen /> }.into_any(),
        None => view! { <Choose here departments problem kept /> }.into_any(),
    };
    view! {
        <Frame title=tr!(delegation.grant_title) back=link::managers(enterprise) signed_in=true>
            <p class="group-note">{enterprise_name}</p>
            <h2 class="group-title">{tr!(delegation.requests)}</h2>
            <section class="card">
                <RequestFacts request />
            </section>
            {claimed.then(|| view! { <p class="note note-warning">{tr!(delegation.know_them)}</p> })}
            {what}
        </Frame>
    }
    .into_any()
}

/// What may be allowed: a form that leads back here.
#[component]
fn Choose(here: String, departments: Vec<(DepartmentId, String)>, problem: Option<TermsProblem>, kept: Kept) -> impl IntoView {
    let Kept { permissions, some, departments: chosen, days: so_long } = kept;
    let offered = Permission::OFFERED.into_iter().map(|permission| {
        view! {
            <label class="choice">
                <input type="checkbox" name=permission.code() value=TICKED checked=permissions.contains(&permission) />
                <span>{permission_words(permission)}</span>
            </label>
        }
    });
    let days = DAYS.into_iter().map(|days| {
        view! {
            <label class="choice">
                <input type="radio" name=DAYS_FIELD value=days.to_string() checked=days == so_long />
                <span>{tr!(delegation.days_count, count = days)}</span>
            </label>
        }
    });
    let title = problem.map(|_| view! { <Title text=tr!(error.title, title = tr!(delegation.grant_title)) /> });
    let wrong = problem.map(|problem| match problem {
        TermsProblem::NoDepartment => (REACH_FIELD.to_owned(), tr!(delegation.problem_department).to_owned()),
        TermsProblem::Unreadable => (DAYS_FIELD.to_owned(), tr!(delegation.problem_terms).to_owned()),
    });
    view! {
        {title}
        <ErrorSummary problems=wrong.into_iter().collect() />
        <form method="get" action=here>
            <section class="group">
                <fieldset class="field">
                    <legend class="field-label">{tr!(delegation.permissions)}</legend>
                    <p class="field-hint">{tr!(delegation.permissions_hint)}</p>
                    <div class="choices">{offered.collect_view()}</div>
                </fieldset>
                <Departments departments some chosen />
                <fieldset class="field" id=DAYS_FIELD tabindex="-1">
                    <legend class="field-label">{tr!(delegation.days)}</legend>
                    <div class="choices">{days.collect_view()}</div>
                </fieldset>
                <div class="actions">
                    <button class="button button-primary">{tr!(delegation.next)}</button>
                </div>
            </section>
        </form>
    }
    .into_any()
}

/// Of whom they see it. Where there are no departments, it is everyone, and nothing is asked.
#[component]
fn Departments(departments: Vec<(DepartmentId, String)>, some: bool, chosen: Vec<DepartmentId>) -> impl IntoView {
    let any = !departments.is_empty();
    let each = departments.into_iter().map(|(id, name)| {
        view! {
            <label class="choice">
                <input type="checkbox" name=DEPARTMENT_FIELD value=id.to_string() checked=chosen.contains(&id) />
                <span>{name}</span>
            </label>
        }
    });
    let each = each.collect_view();
    any.then(|| {
        view! {
            <fieldset class="field" id=REACH_FIELD tabindex="-1">
                <legend class="field-label">{tr!(delegation.reach)}</legend>
                <div class="choices">
                    <label class="choice">
                        <input type="radio" name=REACH_FIELD value="all" checked=!some />
                        <span>{tr!(delegation.reach_all)}</span>
                    </label>
                    <label class="choice">
                        <input type="radio" name=REACH_FIELD value=SOME checked=some />
                        <span>{tr!(delegation.reach_some)}</span>
                    </label>
                    {each}
                </div>
            </fieldset>
        }
    })
}

/// Exactly what is granted, and the ways to say once more that it is the representative who grants it.
#[component]
fn Confirm(
    enterprise: EnterpriseId,
    request: String,
    here: String,
    name: String,
    departments: Vec<(DepartmentId, String)>,
    chosen: Chosen,
) -> impl IntoView {
    let Chosen { permissions, departments: only, days, until, query, intent, by_passkey, providers } = chosen;
    let only = departments
        .into_iter()
        .filter(|(id, _)| only.contains(id))
        .map(|(_, name)| name)
        .collect::<Vec<_>>()
        .join(tr!(delegation.list_separator));
    let only = if only.is_empty() { tr!(delegation.reach_all).to_owned() } else { only };
    let ticket = query_value(TICKET);
    let again = link::with_query(&here, format_args!("{query}&{CHANGE_FIELD}={TICKED}"));
    let how = if ticket.is_empty() {
        let next = link::with_query(&here, &query);
        view! { <Verify enterprise request query intent next by_passkey providers /> }.into_any()
    } else {
        view! {
            <p class="note note-good" role="status">{tr!(delegation.verified)}</p>
            <form method="post" action=GrantManager::PATH>
                <input type="hidden" name="enterprise" value=enterprise.to_string() />
                <input type="hidden" name="request" value=request />
                <input type="hidden" name="query" value=query />
                <input type="hidden" name=TICKET value=ticket />
                <input type="hidden" name="credential" value="" />
                <div class="actions">
                    <button class="button button-primary">{tr!(delegation.grant)}</button>
                </div>
            </form>
        }
        .into_any()
    };
    view! {
        <h2 class="group-title">{tr!(delegation.confirm_title)}</h2>
        <dl class="facts">
            <div>
                <dt>{tr!(delegation.manager)}</dt>
                <dd>{name}</dd>
            </div>
            <div>
                <dt>{tr!(delegation.permissions)}</dt>
                <dd>{permissions_words(&permissions)}</dd>
            </div>
            <div>
                <dt>{tr!(delegation.reach)}</dt>
                <dd>{only}</dd>
            </div>
            <div>
                <dt>{tr!(delegation.days)}</dt>
                <dd>{tr!(delegation.days_until, count = days, until = until)}</dd>
            </div>
        </dl>
        {how}
        <p>
            <a class="button-link" href=again>
                {tr!(delegation.change)}
            </a>
        </p>
    }
    .into_any()
}

/// By passkey, by a provider, or both.
#[component]
fn Verify(
    enterprise: EnterpriseId,
    request: String,
    query: String,
    intent: String,
    next: String,
    by_passkey: bool,
    providers: Vec<ProviderChoice>,
) -> impl IntoView {
    let state = ceremony_state();
    let buttons = Buttons {
        class: "button button-primary",
        by_passkey: tr!(delegation.grant_by_passkey),
        by_provider: |name| tr!(delegation.grant_by, name = name),
    };
    let ways = ways_to_verify(Ways { by_passkey, providers }, intent, &next, buttons, state, move |ticket, credential| {
        let (request, query) = (request.clone(), query.clone());
        async move {
            api::grant_manager(enterprise.to_string(), request, query, ticket, credential).await?.open()?;
            Ok(link::managers(enterprise))
        }
    });
    view! {
        <p class="group-note">{tr!(delegation.verify_why)}</p>
        {ways}
        {by_passkey.then(|| view! { <CeremonyNote state /> })}
    }
    .into_any()
}
