//! 员工的请求: what employees ask for about their own data, and the ways to answer. Only the deletion needs the page to wake up, for its
//! passkey.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;

use super::{
    api::{self, DeletePerson},
    model::{RequestKind, RequestLine, RequestsView},
    rights_page::{problem_words, request_view},
};
use crate::{
    account::{
        model::{Intent, TICKET},
        sign_in_page::{Ceremonial, CeremonyNote, ceremony_state},
        step_up_view::{Buttons, Ways, ways_to_verify},
    },
    id::EnterpriseId,
    link,
    ui::{
        Frame, Title,
        field::{ErrorSummary, LongText},
        load, page_data, query_value, tr,
    },
};

/// Names, in the address, the request that a provider has verified somebody for.
const REQUEST: &str = "request";

#[component]
pub fn RequestsPage() -> impl IntoView {
    let params = use_params_map();
    let data = page_data(move || [params.read().get("enterprise").unwrap_or_default()], |[enterprise]| api::requests(enterprise));
    let (done, state) = (query_value("done"), ceremony_state());
    load(data, move |requests| view! { <Whole requests done=done.clone() state /> })
}

#[component]
fn Whole(requests: RequestsView, done: String, state: RwSignal<Ceremonial>) -> impl IntoView {
    let RequestsView { enterprise, open, more, settled, posted, by_passkey, providers } = requests;
    let (ways, title, refused) = (Ways { by_passkey, providers }, tr!(rights.requests_title), posted.is_some());
    let wrong = posted.iter().map(|(request, _, problem)| (reason_id(request), problem_words(*problem))).collect();
    let done = match &*done {
        _ if posted.is_some() => None,
        "done" | "refused" => Some(tr!(rights.done_settled)),
        "deleted" => Some(tr!(rights.done_deleted)),
        _ => None,
    };
    let none = open.is_empty().then(|| view! { <p class="note">{tr!(rights.requests_none)}</p> });
    let deletions = open.iter().any(|line| line.request.kind == RequestKind::Deletion);
    let open = open.into_iter().map(|line| {
        let typed = posted.as_ref().filter(|(request, ..)| *request == line.id);
        view! { <Open enterprise line ways=ways.clone() typed=typed.map(|(_, reason, problem)| (reason.clone(), problem_words(*problem))) state /> }
    });
    let open = open.collect_view();
    let more = (more > 0).then(|| view! { <p class="note">{tr!(rights.requests_more, count = more)}</p> });
    let settled = (!settled.is_empty()).then(|| {
        let lines = settled.into_iter().map(|line| {
            view! { <li class="cell"><span class="cell-note">{who(enterprise, &line)}</span> {request_view(&line.request, false)}</li> }
        });
        view! {
            <section class="group">
                <h2 class="group-title">{tr!(rights.settled)}</h2>
                <ul>{lines.collect_view()}</ul>
            </section>
        }
    });
    view! {
        <Frame title back=link::statistics(enterprise) signed_in=true>
            {refused.then(|| view! { <Title text=tr!(error.title, title = title) /> })}
            <ErrorSummary problems=wrong />
            {done.map(|words| view! { <p class="note" role="status">{words}</p> })}
            <p class="group-note">{tr!(rights.requests_what)}</p>
            {none}
            {open}
            {more}
            {deletions.then(|| view! { <CeremonyNote state /> })}
            {settled}
        </Frame>
    }
    .into_any()
}

/// The field of a refusal's reason.
fn reason_id(request: &str) -> String {
    format!("reason-{request}")
}

fn who(enterprise: EnterpriseId, line: &RequestLine) -> AnyView {
    let apart = line.to_verify.then(|| view! { " " <span class="badge badge-warning">{tr!(statistics.to_verify)}</span> });
    view! {
        <a href=link::person(enterprise, line.employee)>{line.name.clone()}</a>
        {apart}
    }
    .into_any()
}

#[component]
fn Open(
    enterprise: EnterpriseId,
    line: RequestLine,
    ways: Ways,
    typed: Option<(String, String)>,
    state: RwSignal<Ceremonial>,
) -> impl IntoView {
    let (id, field, came_back) = (line.id.clone(), reason_id(&line.id), typed.is_some());
    let (reason, problem) = typed.unzip();
    let reason = reason.unwrap_or_default();
    let settle = if line.request.kind == RequestKind::Deletion {
        view! { <Delete enterprise line=line.clone() ways state /> }.into_any()
    } else {
        view! {
            <p class="group-note">{tr!(rights.settle_what)}</p>
            <div class="actions">
                <form method="post" action=link::requests(enterprise)>
                    <input type="hidden" name="request" value=id.clone() />
                    <button class="button button-primary" name="to" value="done">
                        {tr!(rights.settle)}
                    </button>
                </form>
            </div>
        }
        .into_any()
    };
    view! {
        <section class="group">
            <h2 class="group-title">{who(enterprise, &line)}</h2>
            <div class="cell">{request_view(&line.request, line.overdue)}</div>
            {settle}
            <details class="fold" open=came_back>
                <summary>{tr!(rights.refuse)}</summary>
                <form method="post" action=link::requests(enterprise)>
                    <input type="hidden" name="request" value=id />
                    <LongText field name="reason" label=tr!(rights.refuse_why) value=reason problem rows=3 />
                    <div class="actions">
                        <button class="button" name="to" value="refused">
                            {tr!(rights.refuse)}
                        </button>
                    </div>
                </form>
            </details>
        </section>
    }
    .into_any()
}

/// Says first what goes and what stays; then a fresh verification, by passkey or by a provider, who sends back here.
#[component]
fn Delete(enterprise: EnterpriseId, line: RequestLine, ways: Ways, state: RwSignal<Ceremonial>) -> impl IntoView {
    let (employee, request) = (line.employee.to_string(), line.id);
    let RequestLine { to_verify, verified: known, others, .. } = line;
    let ticket = if query_value(REQUEST) == request { query_value(TICKET) } else { String::new() };
    let verified = !ticket.is_empty();
    let how = if verified {
        view! { <Confirm enterprise request ticket /> }.into_any()
    } else {
        view! { <Verify enterprise employee request ways state /> }.into_any()
    };
    let doubtful = !known && (to_verify || others > 0);
    let reach =
        (others > 0).then(|| if known { tr!(rights.delete_same, count = others) } else { tr!(rights.delete_alone, count = others) });
    view! {
        <details class="fold" open=verified>
            <summary>{tr!(rights.delete)}</summary>
            {doubtful.then(|| view! { <p class="note note-warning">{tr!(rights.delete_to_verify)}</p> })}
            <p class="group-note">{tr!(rights.delete_what)} " " {reach}</p>
            {how}
        </details>
    }
    .into_any()
}

/// A provider has verified whoever looks, for exactly this.
#[component]
fn Confirm(enterprise: EnterpriseId, request: String, ticket: String) -> impl IntoView {
    view! {
        <p class="note note-good" role="status">
            {tr!(rights.delete_verified)}
        </p>
        <form class="actions" method="post" action=DeletePerson::PATH>
            <input type="hidden" name="enterprise" value=enterprise.to_string() />
            <input type="hidden" name="request" value=request />
            <input type="hidden" name=TICKET value=ticket />
            <input type="hidden" name="credential" value="" />
            <button class="button button-danger">{tr!(rights.delete_confirm)}</button>
        </form>
    }
}

#[component]
fn Verify(enterprise: EnterpriseId, employee: String, request: String, ways: Ways, state: RwSignal<Ceremonial>) -> impl IntoView {
    let next = link::with_query(&link::requests(enterprise), format_args!("{REQUEST}={request}"));
    let buttons = Buttons {
        class: "button button-danger",
        by_passkey: tr!(rights.delete_confirm),
        by_provider: |name| tr!(rights.delete_by, name = name),
    };
    ways_to_verify(ways, Intent::DeletePerson(employee).to_string(), &next, buttons, state, move |ticket, credential| {
        let request = request.clone();
        async move {
            api::delete_person(enterprise.to_string(), request, ticket, credential).await?.open()?;
            Ok(link::with_query(&link::requests(enterprise), "done=deleted"))
        }
    })
}
