//! 管理员: who was lent what, who asks for it, and the links by which they ask.

use leptos::{prelude::*, server_fn::ServerFn};
use leptos_router::hooks::use_params_map;

use super::{
    api::{self, DeclineManager, EndManagerInvitation, RevokeManager},
    model::{Access, Ending, GrantLine, HOURS, InvitationLine, MOST_INVITATIONS, Made, ManagersView, PastLine, Permission, RequestLine},
};
use crate::{
    account::{account_page::level_words, claim_page::kind_words},
    enterprise::invite_page::WordsToSend,
    id::EnterpriseId,
    link,
    ui::{ErrorNote, Frame, load, page_data, tr},
};

#[component]
pub fn ManagersPage() -> impl IntoView {
    let params = use_params_map();
    let enterprise = move || params.read().get("enterprise").unwrap_or_default();
    let managers = page_data(move || [enterprise()], |[enterprise]| api::load_managers(enterprise));
    load(managers, |managers| view! { <Whole managers /> })
}

#[component]
fn Whole(managers: ManagersView) -> impl IntoView {
    let ManagersView { enterprise, name, requests, grants, invitations, past, made, error } = managers;
    let waiting = !requests.is_empty();
    let requests = requests.into_iter().map(|request| view! { <li>{request_line(enterprise, request)}</li> }).collect_view();
    let nobody = grants.is_empty();
    let grants = grants.into_iter().map(|grant| view! { <li>{grant_line(enterprise, grant)}</li> }).collect_view();
    view! {
        <Frame title=tr!(delegation.title) back=link::statistics(enterprise) signed_in=true>
            {error.map(|error| view! { <ErrorNote error /> })}
            {made.map(|made| view! { <JustMade made name=name.clone() /> })}
            <p class="group-note">{tr!(delegation.what)}</p>
            {waiting
                .then(|| {
                    view! {
                        <h2 class="group-title">{tr!(delegation.requests)}</h2>
                        <p class="group-note">{tr!(delegation.requests_note)}</p>
                        <ul class="cards">{requests}</ul>
                    }
                })}
            <h2 class="group-title">{tr!(delegation.grants)}</h2>
            {if nobody {
                view! { <p class="note">{tr!(delegation.grants_none)}</p> }.into_any()
            } else {
                view! { <ul class="cards">{grants}</ul> }.into_any()
            }}
            <Invite enterprise invitations />
            {(!past.is_empty()).then(|| view! { <Past past /> })}
        </Frame>
    }
    .into_any()
}

/// A link that is shown once, with the words to send.
#[component]
fn JustMade(made: Made, name: String) -> impl IntoView {
    let (title, note, words) = match made {
        Made::Invitation { link, until } => (
            tr!(delegation.made_invitation).to_owned(),
            tr!(delegation.made_once),
            tr!(delegation.words_invitation, enterprise = name, link = link, until = until),
        ),
        Made::Enrolment { link, name: manager } => (
            tr!(delegation.made_enrolment, name = manager.clone()),
            tr!(delegation.made_enrolment_note),
            tr!(delegation.words_enrolment, enterprise = name, link = link, name = manager),
        ),
        Made::Enough => return not_made(tr!(delegation.enough_invitations, count = MOST_INVITATIONS)),
        Made::HasPasskey(name) => return not_made(tr!(delegation.has_passkey, name = name)),
        Made::EnoughLinks { name, until } => return not_made(tr!(delegation.enough_links, name = name, until = until)),
    };
    view! {
        <p class="note note-good" role="status">
            <strong>{title}</strong>
            " "
            {note}
        </p>
        <WordsToSend words />
    }
    .into_any()
}

fn not_made(why: String) -> AnyView {
    view! { <p class="note note-error" role="alert">{why}</p> }.into_any()
}

fn request_line(enterprise: EnterpriseId, request: RequestLine) -> AnyView {
    let id = request.id.simple().to_string();
    view! {
        <section class="card">
            <RequestFacts request=request.clone() />
            <div class="actions">
                <a class="button button-primary" href=link::manager(enterprise, request.id)>
                    {tr!(delegation.decide)}
                </a>
                <form method="post" action=DeclineManager::PATH>
                    <input type="hidden" name="enterprise" value=enterprise.to_string() />
                    <input type="hidden" name="request" value=id />
                    <button class="button">{tr!(delegation.decline)}</button>
                </form>
            </div>
        </section>
    }
    .into_any()
}

/// Who asks. Whether it is they is the representative's to know.
#[component]
pub fn RequestFacts(request: RequestLine) -> impl IntoView {
    let RequestLine { name, kind, document, phone, reason, level, at, invited_at, .. } = request;
    let fact = |name: &'static str, value: String| {
        view! {
            <div>
                <dt>{name}</dt>
                <dd>{value}</dd>
            </div>
        }
    };
    view! {
        <h3 class="enterprise-name">{name}</h3>
        <dl class="facts">
            {fact(tr!(delegation.reason), reason)}
            {fact(kind_words(kind), document)}
            {phone.map(|phone| fact(tr!(account.phone), phone))}
            {fact(tr!(account.level), level_words(level).to_owned())}
            {fact(tr!(delegation.asked_at), at)}
            {fact(tr!(delegation.invited_at), invited_at)}
        </dl>
    }
}

fn grant_line(enterprise: EnterpriseId, grant: GrantLine) -> AnyView {
    let GrantLine { id, name, permissions, departments, since, until, seen_at, access } = grant;
    let id = id.simple().to_string();
    let seen = seen_at.map_or_else(|| tr!(delegation.never_seen).to_owned(), |at| tr!(delegation.seen_at, at = at));
    let departments =
        departments.map(|names| view! { <p>{tr!(delegation.only_departments, names = names.join(tr!(delegation.list_separator)))}</p> });
    let way_in = match access {
        Access::Provider => view! { <p class="muted">{tr!(delegation.access_provider)}</p> }.into_any(),
        Access::Passkey => view! { <p class="muted">{tr!(delegation.access_passkey)}</p> }.into_any(),
        Access::Link => view! { <p class="note note-warning">{tr!(delegation.access_link)}</p> }.into_any(),
    };
    let make_link = (access == Access::Link).then(|| {
        view! {
            <form method="post" action=link::managers(enterprise)>
                <input type="hidden" name="grant" value=id.clone() />
                <button class="button">{tr!(delegation.make_link)}</button>
            </form>
        }
    });
    view! {
        <section class="card">
            <h3 class="enterprise-name">{name}</h3>
            <p>{permissions_words(&permissions)}</p>
            {departments}
            <p class="muted">{tr!(delegation.since_until, since = since, until = until)} " · " {seen}</p>
            {way_in}
            <div class="actions">
                {make_link}
                <form method="post" action=RevokeManager::PATH>
                    <input type="hidden" name="enterprise" value=enterprise.to_string() />
                    <input type="hidden" name="grant" value=id />
                    <button class="button button-danger">{tr!(delegation.revoke)}</button>
                </form>
            </div>
        </section>
    }
    .into_any()
}

/// What is lent, in words.
pub fn permissions_words(permissions: &[Permission]) -> String {
    permissions.iter().map(|permission| permission_words(*permission)).collect::<Vec<_>>().join(" · ")
}

/// What a permission allows.
pub fn permission_words(permission: Permission) -> &'static str {
    match permission {
        Permission::Statistics => tr!(delegation.may_statistics),
        Permission::People => tr!(delegation.may_people),
        Permission::Export => tr!(delegation.may_export),
        Permission::Invite => tr!(delegation.may_invite),
        Permission::Audit => tr!(audit.title),
        Permission::Departments => tr!(department.title),
        Permission::Requests => tr!(rights.requests_title),
        Permission::Managers => tr!(delegation.title),
        Permission::Questionnaire => tr!(choice.title),
        Permission::Tablets => tr!(tablet.title),
    }
}

/// The form that makes an invitation, and those that work.
#[component]
fn Invite(enterprise: EnterpriseId, invitations: Vec<InvitationLine>) -> impl IntoView {
    let hours = HOURS.into_iter().map(|hours| {
        let words = if hours == HOURS[0] { tr!(delegation.hours_day) } else { tr!(delegation.hours_week) };
        view! {
            <label class="choice">
                <input type="radio" name="hours" value=hours.to_string() checked=hours == HOURS[0] />
                <span>{words}</span>
            </label>
        }
    });
    let none = invitations.is_empty();
    let open = invitations.into_iter().map(|invitation| {
        let InvitationLine { id, at, until } = invitation;
        view! {
            <li class="cell cell-ends">
                <span class="cell-label">{tr!(delegation.invitation_until, until = until)}</span>
                <span class="cell-note muted">{tr!(delegation.invitation_at, at = at)}</span>
                <form method="post" action=EndManagerInvitation::PATH>
                    <input type="hidden" name="enterprise" value=enterprise.to_string() />
                    <input type="hidden" name="invitation" value=id.simple().to_string() />
                    <button class="button button-danger">{tr!(delegation.end_invitation)}</button>
                </form>
            </li>
        }
    });
    let open = open.collect_view();
    view! {
        <h2 class="group-title">{tr!(delegation.invite)}</h2>
        <form method="post" action=link::managers(enterprise)>
            <section class="group">
                <p class="group-note">{tr!(delegation.invite_how)}</p>
                <fieldset class="field">
                    <legend class="field-label">{tr!(delegation.hours)}</legend>
                    <div class="choices">{hours.collect_view()}</div>
                </fieldset>
                <div class="actions">
                    <button class="button button-primary">{tr!(delegation.make_invitation)}</button>
                </div>
            </section>
        </form>
        {(!none).then(|| view! { <ul class="group">{open}</ul> })}
    }
    .into_any()
}

#[component]
fn Past(past: Vec<PastLine>) -> impl IntoView {
    let lines = past.into_iter().map(|line| {
        let PastLine { name, since, ended_at, ending } = line;
        let why = match ending {
            Ending::Expired => tr!(delegation.ended_expired),
            Ending::Revoked => tr!(delegation.ended_revoked),
            Ending::Replaced => tr!(delegation.ended_replaced),
            Ending::Dismissed => tr!(delegation.ended_dismissed),
        };
        view! {
            <li class="cell">
                <span class="cell-label">{name}</span>
                <span class="cell-value">{why}</span>
                <span class="cell-note muted">{tr!(delegation.since_until, since = since, until = ended_at)}</span>
            </li>
        }
    });
    view! {
        <h2 class="group-title">{tr!(delegation.past)}</h2>
        <ul class="group">{lines.collect_view()}</ul>
    }
    .into_any()
}
